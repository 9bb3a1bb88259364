package dev.lathe.compiler.tensor;

import dev.lathe.compiler.diag.LatheException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Bytes of files, little endian: small ones read, large ones mapped. Faults are the user's, with the file's name. */
public final class FileBytes {
    private static final int MAP_FROM = 1 << 20;

    private FileBytes() {
    }

    /** The whole file, of less than 2 GiB. */
    public static ByteBuffer whole(Path file) {
        return region(file, 0, size(file));
    }

    /** A part of a file that is known to be that long. */
    public static ByteBuffer region(Path file, long offset, long length) {
        if (length > Integer.MAX_VALUE) {
            throw new LatheException(file.toString(), length + " bytes in one piece; the most is 2 GiB",
                "export the model with external data");
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            if (length >= MAP_FROM) {
                return channel.map(FileChannel.MapMode.READ_ONLY, offset, length).order(ByteOrder.LITTLE_ENDIAN);
            }
            ByteBuffer bytes = ByteBuffer.allocate((int) length).order(ByteOrder.LITTLE_ENDIAN);
            while (bytes.hasRemaining()) {
                if (channel.read(bytes, offset + bytes.position()) < 0) {
                    throw new LatheException(file.toString(), "the file is truncated: it ends at byte "
                        + (offset + bytes.position()) + ", before " + (offset + length));
                }
            }
            return bytes.flip();
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    public static long size(Path file) {
        try {
            if (Files.isDirectory(file)) {
                throw new LatheException(file.toString(), "this is a folder, not a file");
            }
            return Files.size(file);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    static LatheException unreadable(Path file, IOException e) {
        if (e instanceof NoSuchFileException) {
            return new LatheException(file.toString(), "there is no such file");
        }
        String reason = e instanceof FileSystemException f && f.getReason() != null ? f.getReason() : e.toString();
        return new LatheException(file.toString(), "can't read the file: " + reason);
    }

    static LatheException unwritable(Path file, IOException e) {
        String reason = e instanceof NoSuchFileException ? "there is no such folder"
                : e instanceof AccessDeniedException ? "access is denied" : e instanceof FileSystemException f && f.getReason() != null ? f.getReason() : e.toString();
        return new LatheException(file.toString(), "can't write the file: " + reason);
    }

    /** The refusal of an archive that can't be read; what the JVM says of its parts is kept for {@code --stacktrace}. */
    public static LatheException damaged(Path file, String what, IOException e) {
        LatheException fault = new LatheException(file.toString(), what, "copy, download or make it again");
        fault.addSuppressed(e);
        return fault;
    }
}
