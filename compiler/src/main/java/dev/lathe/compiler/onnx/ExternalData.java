package dev.lathe.compiler.onnx;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.onnx.proto.TensorProto;
import dev.lathe.compiler.tensor.FileBytes;
import dev.lathe.compiler.tensor.SideFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** Reads tensors that stand in files beside the model; never a file outside the model's folder. */
final class ExternalData {
    private final Path folder;

    /** @param folder where the model is; null where it is not in a file */
    ExternalData(Path folder) {
        this.folder = folder;
    }

    /** The tensor's bytes, exactly {@code size}. */
    ByteBuffer read(TensorProto tensor, long size, String where) {
        String location = tensor.externalData().getOrDefault("location", "");
        Path file = locate(location, where);
        long offset = number(tensor, "offset", 0, where);
        long length = number(tensor, "length", size, where);
        if (length != size) {
            throw new LatheException(where, "the model is damaged: its shape and type need " + size
                + " bytes, its entry for external data file \"" + location + "\" says " + length);
        }
        long have = FileBytes.size(file);
        if (offset > have || size > have - offset) {
            throw new LatheException(where, "external data file \"" + location + "\" is truncated: " + size + " bytes from byte " + offset
                + " on are needed, it has " + have,
                "copy or download the file again; it belongs to this very model file");
        }
        return FileBytes.region(file, offset, size);
    }

    private Path locate(String location, String where) {
        if (location.isEmpty()) {
            throw new LatheException(where, "the model is damaged: its data stand in another file, which isn't named");
        }
        if (folder == null) {
            throw new LatheException(where, "its data stand in external file \"" + location
                + "\", but the model itself does not come from a folder", "load the model from its file");
        }
        return SideFile.locate(folder, location, where, "external data file");
    }

    private static long number(TensorProto tensor, String key, long otherwise, String where) {
        String text = tensor.externalData().get(key);
        if (text == null || text.isEmpty()) {
            return otherwise;
        }
        try {
            long value = Long.parseLong(text.strip());
            if (value >= 0) {
                return value;
            }
        } catch (NumberFormatException e) {
            // the message below says it
        }
        throw new LatheException(where, "the model is damaged: external data " + key + " \"" + printable(text)
            + "\" is not a number of bytes");
    }

    private static String printable(String text) {
        return text.replaceAll("\\p{Cntrl}", "?");
    }
}
