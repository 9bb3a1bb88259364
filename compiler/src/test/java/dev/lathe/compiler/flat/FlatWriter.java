package dev.lathe.compiler.flat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** Writes flatbuffers, each child behind its parent. */
public final class FlatWriter {
    /** Fields by position: null, Integer, Byte, Boolean, Float, String, int[], float[], long[], byte[], Table or a List of tables or strings. */
    public record Table(Object... fields) {}

    private final ByteBuffer b = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);

    public static byte[] model(Table root) {
        return model(root, "TFL3");
    }

    /** @param mark the four letters that tell the format, or none */
    public static byte[] model(Table root, String mark) {
        FlatWriter w = new FlatWriter();
        w.b.putInt(0).put(mark.getBytes(StandardCharsets.US_ASCII));
        int at = w.table(root);
        w.b.putInt(0, at);
        return Arrays.copyOf(w.b.array(), w.b.position());
    }

    private int table(Table t) {
        int vtable = b.position();
        int n = t.fields().length;
        b.position(vtable + 4 + 2 * n);
        int at = b.position();
        b.putInt(at - vtable);
        int[] places = new int[n];
        for (int i = 0; i < n; i++) {
            Object f = t.fields()[i];
            if (f == null) {
                continue;
            }
            places[i] = b.position();
            b.putShort(vtable + 4 + 2 * i, (short) (b.position() - at));
            if (f instanceof Byte x) {
                b.put(x);
            } else if (f instanceof Boolean x) {
                b.put((byte) (x ? 1 : 0));
            } else if (f instanceof Float x) {
                b.putFloat(x);
            } else {
                b.putInt(f instanceof Integer x ? x : 0);
            }
        }
        b.putShort(vtable, (short) (4 + 2 * n)).putShort(vtable + 2, (short) (b.position() - at));
        for (int i = 0; i < n; i++) {
            Object f = t.fields()[i];
            boolean inline = f == null || f instanceof Byte || f instanceof Boolean || f instanceof Float || f instanceof Integer;
            if (!inline) {
                int child = child(f);
                b.putInt(places[i], child - places[i]);
            }
        }
        return at;
    }

    private int child(Object f) {
        if (f instanceof Table t) {
            return table(t);
        }
        int at = b.position();
        if (f instanceof List<?> l) {
            b.putInt(l.size()).position(at + 4 + 4 * l.size());
            for (int i = 0; i < l.size(); i++) {
                int place = at + 4 + 4 * i;
                b.putInt(place, child(l.get(i)) - place);
            }
        } else if (f instanceof int[] x) {
            b.putInt(x.length);
            Arrays.stream(x).forEach(b::putInt);
        } else if (f instanceof long[] x) {
            b.putInt(x.length);
            Arrays.stream(x).forEach(b::putLong);
        } else if (f instanceof float[] x) {
            b.putInt(x.length);
            for (float v : x) {
                b.putFloat(v);
            }
        } else {
            byte[] x = f instanceof String s ? s.getBytes(StandardCharsets.UTF_8) : (byte[]) f;
            b.putInt(x.length).put(x);
        }
        return at;
    }

    public static byte[] bytes(float... values) {
        ByteBuffer b = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float v : values) {
            b.putFloat(v);
        }
        return b.array();
    }
}
