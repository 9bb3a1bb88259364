package dev.lathe.compiler.tflite;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Attributes of operators beyond the builtin ones: a map of names and numbers in the form that is called flexbuffers. */
final class FlexMap {
    private static final int INT = 1;
    private static final int UINT = 2;
    private static final int FLOAT = 3;
    private static final int MAP = 9;
    /** Kinds from here to {@code 13} are lists of integers, of unsigned ones and of floats, with their length in front. */
    private static final int INTS = 11;
    private static final int FLOATS = 13;
    /** Kinds from here to {@code 24} are lists of two, three and four of each. */
    private static final int TWO_INTS = 16;
    private static final int FOUR_FLOATS = 24;
    private static final int BOOL = 26;
    /** Kinds from here to {@code 8} stand elsewhere, and the value is how far in front. */
    private static final int INDIRECT_INT = 6;

    private final ByteBuffer b;

    private FlexMap(ByteBuffer b) {
        this.b = b;
    }

    /** Its entries that are numbers; others are left out. */
    static Map<String, Double> numbers(ByteBuffer bytes) {
        Map<String, Double> r = new HashMap<>();
        lists(bytes).forEach((k, v) -> {
            if (v.single()) {
                r.put(k, v.numbers().get(0));
            }
        });
        return r;
    }

    /** Numbers of an entry. @param single whether it is a number, and not a list */
    record Entry(List<Double> numbers, boolean single) {}

    /** Its entries that are numbers or lists of numbers of one kind; others are left out. */
    static Map<String, Entry> lists(ByteBuffer bytes) {
        ByteBuffer b = bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
        if (b.limit() < 3) {
            throw new IllegalArgumentException("its attributes have " + b.limit() + " bytes");
        }
        // the root's width, its kind, and before them the root
        int width = b.get(b.limit() - 1);
        int type = b.get(b.limit() - 2) & 0xff;
        if (type >> 2 != MAP) {
            throw new IllegalArgumentException("its attributes are no map");
        }
        FlexMap m = new FlexMap(b);
        int root = b.limit() - 2 - width;
        return m.entries(root - Math.toIntExact(m.whole(root, width)), 1 << (type & 3));
    }

    private long whole(int at, int width) {
        return switch (width) {
            case 1 -> b.get(at) & 0xff;
            case 2 -> b.getShort(at) & 0xffff;
            case 4 -> b.getInt(at) & 0xffffffffL;
            case 8 -> b.getLong(at);
            default -> throw new IllegalArgumentException("a number of " + width + " bytes");
        };
    }

    private Map<String, Entry> entries(int at, int width) {
        int count = Math.toIntExact(whole(at - width, width));
        int keyWidth = Math.toIntExact(whole(at - 2 * width, width));
        int keys = at - 3 * width - Math.toIntExact(whole(at - 3 * width, width));
        Map<String, Entry> r = new HashMap<>();
        if (count > b.limit()) {
            throw new IllegalArgumentException("a map of " + count + " entries");
        }
        for (int i = 0; i < count; i++) {
            int place = keys + i * keyWidth;
            int key = place - Math.toIntExact(whole(place, keyWidth));
            int type = b.get(at + count * width + i) & 0xff;
            Double v = number(at + i * width, width, type >> 2, 1 << (type & 3));
            List<Double> all = v != null ? List.of(v) : list(at + i * width, width, type >> 2, 1 << (type & 3));
            if (all != null) {
                r.put(text(key), new Entry(all, v != null));
            }
        }
        return r;
    }

    private String text(int at) {
        int end = at;
        while (b.get(end) != 0) {
            end++;
        }
        byte[] s = new byte[end - at];
        b.get(at, s);
        return new String(s, StandardCharsets.UTF_8);
    }

    private List<Double> list(int at, int width, int kind, int inner) {
        boolean counted = kind >= INTS && kind <= FLOATS;
        if (!counted && (kind < TWO_INTS || kind > FOUR_FLOATS)) {
            return null;
        }
        int first = at - Math.toIntExact(whole(at, width));
        long count = counted ? whole(first - inner, inner) : 2 + (kind - TWO_INTS) / 3;
        if (count > b.limit()) {
            throw new IllegalArgumentException("a list of " + count + " entries");
        }
        List<Double> r = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            r.add(number(first + i * inner, inner, counted ? kind - INTS + INT : (kind - TWO_INTS) % 3 + INT, inner));
        }
        return r;
    }

    private Double number(int at, int width, int kind, int inner) {
        if (kind >= INDIRECT_INT && kind < MAP) {
            return number(at - Math.toIntExact(whole(at, width)), inner, kind - INDIRECT_INT + INT, inner);
        }
        return switch (kind) {
            case INT -> (double) (width == 1 ? b.get(at) : width == 2 ? b.getShort(at) : width == 4 ? b.getInt(at) : b.getLong(at));
            case UINT, BOOL -> (double) whole(at, width);
            case FLOAT -> width == 8 ? b.getDouble(at) : (double) b.getFloat(at);
            default -> null;
        };
    }
}
