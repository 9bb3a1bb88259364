package dev.lathe.compiler.tensor;

import dev.lathe.codegen.jar.WholeFile;
import dev.lathe.runtime.ElementType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.StringJoiner;

/** Writes safetensors files. */
final class SafetensorsWriter {
    private SafetensorsWriter() {
    }

    static void write(Path file, Map<String, Tensor> tensors, Map<String, String> metadata) {
        try {
            WholeFile.write(file, out -> write(out, tensors, metadata));
        } catch (IOException e) {
            throw FileBytes.unwritable(file, e);
        }
    }

    private static void write(OutputStream out, Map<String, Tensor> tensors, Map<String, String> metadata) throws IOException {
        byte[] header = header(tensors, metadata);
        out.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(header.length).array());
        out.write(header);
        for (Tensor t : tensors.values()) {
            if (t.type() == ElementType.STR) {
                out.write(strings(t));
            } else {
                TensorBytes.write(t, out);
            }
        }
    }

    private static byte[] header(Map<String, Tensor> tensors, Map<String, String> metadata) {
        Map<String, String> all = new LinkedHashMap<>(metadata);
        StringJoiner entries = new StringJoiner(",", "{", "}");
        StringJoiner described = new StringJoiner(",");
        long at = 0;
        for (Map.Entry<String, Tensor> e : tensors.entrySet()) {
            if (e.getKey().equals("__metadata__")) {
                throw new IllegalArgumentException("a tensor can't be named __metadata__ in a safetensors file");
            }
            Tensor t = e.getValue();
            long size = t.type() == ElementType.STR ? strings(t).length : TensorBytes.size(t.type(), t.size());
            String dtype = SafetensorsEntry.dtype(t.type());
            if (dtype == null) {
                all.put(SafetensorsEntry.TYPE_KEY + e.getKey(), t.type().text() + "[" + dims(t) + "]");
            }
            described.add(JsonReader.quote(e.getKey()) + ":{\"dtype\":\"" + (dtype == null ? "U8" : dtype)
                + "\",\"shape\":[" + (dtype == null ? size : dims(t)) + "],\"data_offsets\":[" + at + "," + (at + size)
                + "]}");
            at += size;
        }
        if (!all.isEmpty()) {
            StringJoiner texts = new StringJoiner(",", "{", "}");
            all.forEach((key, value) -> texts.add(JsonReader.quote(key) + ":" + JsonReader.quote(value)));
            entries.add("\"__metadata__\":" + texts);
        }
        if (!tensors.isEmpty()) {
            entries.add(described.toString());
        }
        StringBuilder header = new StringBuilder(entries.toString());
        int bytes = header.toString().getBytes(StandardCharsets.UTF_8).length;
        // the data start at a multiple of 8
        header.append(" ".repeat((8 - bytes % 8) % 8));
        return header.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static String dims(Tensor t) {
        StringJoiner s = new StringJoiner(",");
        for (int d : t.dims()) {
            s.add(Integer.toString(d));
        }
        return s.toString();
    }

    /** Each string as its length in bytes, 4 bytes, and its UTF-8. */
    private static byte[] strings(Tensor t) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (String s : t.strings()) {
            byte[] text = s.getBytes(StandardCharsets.UTF_8);
            out.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(text.length).array());
            out.writeBytes(text);
        }
        return out.toByteArray();
    }
}
