package dev.lathe.codegen.jar;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Files that appear whole or not at all, also when the program is interrupted: written under another name beside their place, then moved there.
 * A link stays, and what it leads to is written. What is no file, such as {@code /dev/null} or a pipe, is written to as it is.
 */
public final class WholeFile {
    private static final int MOST_LINKS = 40;

    /** What an interrupt leaves to be deleted. */
    private static final Set<Path> PARTS = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> PARTS.forEach(WholeFile::delete), "lathe-parts"));
    }

    private WholeFile() {}

    /** Writes a file's contents. */
    public interface Body {
        void write(OutputStream out) throws IOException;
    }

    /** @throws IOException whose message names {@code file} and what is wrong */
    public static void write(Path file, Body body) throws IOException {
        try {
            if (Files.exists(file) && !Files.isRegularFile(file) && !Files.isDirectory(file)) {
                into(file, body, StandardOpenOption.WRITE);
                return;
            }
            Path whole = followed(file.toAbsolutePath());
            if (Files.isDirectory(whole)) {
                throw new FileSystemException(file.toString(), null, "this is a folder, and a file is to be written");
            }
            // not createTempFile: its files are for their owner alone, and this one is for those whom the umask allows
            Path part = whole.resolveSibling(".lathe-" + Long.toHexString(ThreadLocalRandom.current().nextLong()) + ".part");
            PARTS.add(part);
            try {
                into(part, body, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                move(part, whole);
            } finally {
                Files.deleteIfExists(part);
                PARTS.remove(part);
            }
        } catch (AccessDeniedException e) {
            throw named(new AccessDeniedException(file.toString()), e);
        } catch (NoSuchFileException e) {
            throw named(new NoSuchFileException(file.toString()), e);
        } catch (FileSystemException e) {
            throw named(new FileSystemException(file.toString(), null, e.getReason()), e);
        } catch (IOException e) {
            // a full disk, said by a stream that doesn't know whose it is
            throw named(new FileSystemException(file.toString(), null, e.getMessage()), e);
        }
    }

    public static void write(Path file, String text) throws IOException {
        write(file, text.getBytes(StandardCharsets.UTF_8));
    }

    public static void write(Path file, byte[] bytes) throws IOException {
        write(file, out -> out.write(bytes));
    }

    private static void into(Path file, Body body, StandardOpenOption... options) throws IOException {
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file, options), 1 << 16)) {
            body.write(out);
        }
    }

    private static void move(Path part, Path whole) throws IOException {
        try {
            Files.move(part, whole, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(part, whole, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static Path followed(Path file) throws IOException {
        Path at = file;
        for (int i = 0; Files.isSymbolicLink(at); i++) {
            if (i == MOST_LINKS) {
                throw new FileSystemException(file.toString(), null, "this link leads to links without end");
            }
            at = at.resolveSibling(Files.readSymbolicLink(at));
        }
        return at;
    }

    private static IOException named(FileSystemException with, IOException e) {
        with.initCause(e);
        return with;
    }

    private static void delete(Path part) {
        try {
            Files.deleteIfExists(part);
        } catch (IOException e) {
            // the program ends: nobody is left to be told
        }
    }
}
