package dev.lathe.compiler.tflite;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** Attributes of operators beyond the builtin ones: a map of names and numbers in the form that is called flexbuffers. */
final class FlexMap {
    private static final int INT = 1;
    private static final int UINT = 2;
    private static final int FLOAT = 3;
    private static final int MAP = 9;
    private static final int BOOL = 26;
    /** Kinds from here to {@code 8} stand elsewhere, and the value is how far in front. */
    private static final int INDIRECT_INT = 6;

    private final ByteBuffer b;

    private FlexMap(ByteBuffer b) {
        this.b = b;
    }

    /** Its entries that are numbers; others are left out. */
    static Map<String, Double> numbers(ByteBuffer bytes) {
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

    private Map<String, Double> entries(int at, int width) {
        int count = Math.toIntExact(whole(at - width, width));
        int keyWidth = Math.toIntExact(whole(at - 2 * width, width));
        int keys = at - 3 * width - Math.toIntExact(whole(at - 3 * width, width));
        Map<String, Double> r = new HashMap<>();
        if (count > b.limit()) {
            throw new IllegalArgumentException("a map of " + count + " entries");
        }
        for (int i = 0; i < count; i++) {
            int place = keys + i * keyWidth;
            int key = place - Math.toIntExact(whole(place, keyWidth));
            int type = b.get(at + count * width + i) & 0xff;
            Double v = number(at + i * width, width, type >> 2, 1 << (type & 3));
            if (v != null) {
                r.put(text(key), v);
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
