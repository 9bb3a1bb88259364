package dev.lathe.compiler.tensor;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A checked header: every tensor has exactly its bytes, and the tensors fill the data without gap or overlap. */
record SafetensorsHeader(Map<String, SafetensorsEntry> entries, Map<String, String> metadata) {
    private static final Pattern TYPE = Pattern.compile("(\\w+)\\[([\\d,]*)\\]");

    static SafetensorsHeader of(Object json, long dataBytes, String source) {
        Map<?, ?> root = map(json, "the header", source);
        Map<String, String> metadata = new LinkedHashMap<>();
        Map<String, String> types = new LinkedHashMap<>();
        if (root.containsKey("__metadata__")) {
            map(root.get("__metadata__"), "__metadata__", source).forEach((key, value) -> {
                if (!(value instanceof String text)) {
                    throw SafetensorsFile.damaged(source, "metadata \"" + key + "\" is not a text");
                }
                String name = (String) key;
                if (name.startsWith(SafetensorsEntry.TYPE_KEY)) {
                    types.put(name.substring(SafetensorsEntry.TYPE_KEY.length()), text);
                } else {
                    metadata.put(name, text);
                }
            });
        }
        Map<String, SafetensorsEntry> entries = new LinkedHashMap<>();
        root.forEach((key, value) -> {
            String name = (String) key;
            if (!name.equals("__metadata__")) {
                entries.put(name, entry(name, value, types.get(name), dataBytes, source));
            }
        });
        requireFilled(entries, dataBytes, source);
        return new SafetensorsHeader(Collections.unmodifiableMap(entries), Collections.unmodifiableMap(metadata));
    }

    private static SafetensorsEntry entry(String name, Object json, String realType, long dataBytes, String source) {
        String what = "tensor \"" + name + "\"";
        Map<?, ?> fields = map(json, what, source);
        ElementType type = SafetensorsEntry.ofDtype(fields.get("dtype"));
        if (type == null) {
            throw new LatheException(source, what + " has type " + fields.get("dtype")
                + ", which is not known, or the file is damaged");
        }
        int[] dims = dims(list(fields.get("shape"), what + ", shape", source), what, source);
        List<?> offsets = list(fields.get("data_offsets"), what + ", data_offsets", source);
        if (offsets.size() != 2 || !(offsets.get(0) instanceof Long begin) || !(offsets.get(1) instanceof Long end)
            || begin < 0 || end < begin || end > dataBytes) {
            throw SafetensorsFile.damaged(source, what + " is at " + offsets + " of " + dataBytes + " bytes");
        }
        requireSize(type, dims, end - begin, what, source);
        if (realType == null) {
            return new SafetensorsEntry(type, dims, begin, end);
        }
        Matcher m = TYPE.matcher(realType);
        ElementType real = m.matches() ? ElementType.ofText(m.group(1)) : null;
        if (type != ElementType.U8 || real == null) {
            throw SafetensorsFile.damaged(source, what + " is said to be " + realType);
        }
        List<Object> sizes = new ArrayList<>();
        for (String d : m.group(2).isEmpty() ? new String[0] : m.group(2).split(",", -1)) {
            if (d.isEmpty() || d.length() > 10) {
                throw SafetensorsFile.damaged(source, what + " is said to be " + realType);
            }
            sizes.add(Long.parseLong(d));
        }
        int[] realDims = dims(sizes, what, source);
        if (real != ElementType.STR) {
            requireSize(real, realDims, end - begin, what, source);
        }
        return new SafetensorsEntry(real, realDims, begin, end);
    }

    private static void requireSize(ElementType type, int[] dims, long bytes, String what, String source) {
        long size = TensorBytes.size(type, Tensor.count(dims));
        if (size != bytes) {
            throw SafetensorsFile.damaged(source, what + " needs " + size + " bytes and has " + bytes);
        }
    }

    private static int[] dims(List<?> list, String what, String source) {
        int[] dims = new int[list.size()];
        long count = 1;
        for (int i = 0; i < dims.length; i++) {
            if (!(list.get(i) instanceof Long d) || d < 0 || d > Integer.MAX_VALUE) {
                throw SafetensorsFile.damaged(source, what + " has the shape " + list);
            }
            dims[i] = (int) (long) d;
            count *= d;
            if (count > Integer.MAX_VALUE) {
                throw new LatheException(source, what + " " + list + " has more than 2^31 elements");
            }
        }
        return dims;
    }

    private static void requireFilled(Map<String, SafetensorsEntry> entries, long dataBytes, String source) {
        List<SafetensorsEntry> sorted = new ArrayList<>(entries.values());
        sorted.sort(Comparator.comparingLong(SafetensorsEntry::begin).thenComparingLong(SafetensorsEntry::end));
        long at = 0;
        for (SafetensorsEntry e : sorted) {
            if (e.begin() != at) {
                throw SafetensorsFile.damaged(source, "the tensors leave a gap or overlap at byte " + at + " of the data");
            }
            at = e.end();
        }
        if (at != dataBytes) {
            throw SafetensorsFile.damaged(source, "the tensors take " + at + " bytes, the file has " + dataBytes);
        }
    }

    private static Map<?, ?> map(Object json, String what, String source) {
        if (json instanceof Map<?, ?> map) {
            return map;
        }
        throw SafetensorsFile.damaged(source, what + " is not an object");
    }

    private static List<?> list(Object json, String what, String source) {
        if (json instanceof List<?> list) {
            return list;
        }
        throw SafetensorsFile.damaged(source, what + " is not a list");
    }
}
