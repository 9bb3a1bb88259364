package dev.lathe.compiler.tensor;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.runtime.ElementType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Named tensors in a safetensors file. Only the header is read at once; tensors are read when asked for. Tensors of
 * types that the format lacks stand there as bytes, with the real type and shape in the metadata.
 */
public final class SafetensorsFile {
    /** The limit of the format's own library. */
    private static final long MAX_HEADER = 100_000_000;

    private final Path file;
    private final long dataStart;
    private final Map<String, SafetensorsEntry> entries;
    private final Map<String, String> metadata;

    private SafetensorsFile(Path file, long dataStart, Map<String, SafetensorsEntry> entries,
        Map<String, String> metadata) {
        this.file = file;
        this.dataStart = dataStart;
        this.entries = entries;
        this.metadata = metadata;
    }

    /** Reads and checks the header. */
    public static SafetensorsFile open(Path file) {
        String source = file.toString();
        long size = FileBytes.size(file);
        if (size < 8) {
            throw damaged(source, "it has only " + size + " bytes");
        }
        long length = FileBytes.region(file, 0, 8).getLong();
        if (length < 2 || length > size - 8 || length > MAX_HEADER) {
            throw damaged(source, "a header of " + Long.toUnsignedString(length) + " bytes in a file of " + size);
        }
        String text;
        try {
            text = StandardCharsets.UTF_8.newDecoder().decode(FileBytes.region(file, 8, length)).toString();
        } catch (CharacterCodingException e) {
            throw damaged(source, "the header is not valid UTF-8");
        }
        Object json;
        try {
            json = JsonReader.parse(text);
        } catch (JsonReader.JsonException e) {
            throw damaged(source, "the header is not JSON: " + e.getMessage());
        }
        SafetensorsHeader header = SafetensorsHeader.of(json, size - 8 - length, source);
        return new SafetensorsFile(file, 8 + length, header.entries(), header.metadata());
    }

    /** Writes tensors in the map's order; the same tensors give the same bytes. */
    public static void write(Path file, Map<String, Tensor> tensors, Map<String, String> metadata) {
        SafetensorsWriter.write(file, tensors, metadata);
    }

    /** In the header's order. */
    public Set<String> names() {
        return entries.keySet();
    }

    /** What the writer said about the file, without the entries that describe types. */
    public Map<String, String> metadata() {
        return metadata;
    }

    /** The type of a tensor that is there, without reading its data. */
    public ElementType type(String name) {
        return entry(name).type();
    }

    /** The dimensions of a tensor that is there, without reading its data. */
    public int[] dims(String name) {
        return entry(name).dims().clone();
    }

    /** Reads a tensor. */
    public Tensor tensor(String name) {
        SafetensorsEntry e = entry(name);
        ByteBuffer bytes = FileBytes.region(file, dataStart + e.begin(), e.end() - e.begin());
        if (e.type() == ElementType.STR) {
            return new Tensor(ElementType.STR, e.dims(), strings(bytes, Tensor.count(e.dims()), name));
        }
        return TensorBytes.decode(e.type(), e.dims(), bytes);
    }

    /** Reads all tensors, in the header's order. */
    public Map<String, Tensor> tensors() {
        Map<String, Tensor> all = new LinkedHashMap<>();
        entries.keySet().forEach(name -> all.put(name, tensor(name)));
        return all;
    }

    private SafetensorsEntry entry(String name) {
        SafetensorsEntry e = entries.get(name);
        if (e == null) {
            throw new LatheException(file.toString(), "there is no tensor \"" + name + "\" in the file");
        }
        return e;
    }

    private String[] strings(ByteBuffer bytes, int count, String name) {
        ByteBuffer b = bytes.order(ByteOrder.LITTLE_ENDIAN);
        if (count > b.remaining() / 4) {
            throw damaged(file.toString(), "tensor \"" + name + "\" has too few bytes for " + count + " strings");
        }
        String[] texts = new String[count];
        for (int i = 0; i < count; i++) {
            int length = b.remaining() < 4 ? -1 : b.getInt();
            if (length < 0 || length > b.remaining()) {
                throw damaged(file.toString(), "string " + i + " of tensor \"" + name + "\" goes past its end");
            }
            byte[] text = new byte[length];
            b.get(text);
            texts[i] = new String(text, StandardCharsets.UTF_8);
        }
        return texts;
    }

    static LatheException damaged(String source, String why) {
        return new LatheException(source, "the safetensors file is truncated or damaged: " + why,
            "write or download the file again");
    }

    @Override
    public String toString() {
        StringBuilder s = new StringBuilder(file.toString());
        entries.forEach((name, e) -> s.append("\n  ").append(name).append(": ").append(e.type().text())
            .append(Arrays.toString(e.dims())));
        return s.toString();
    }
}
