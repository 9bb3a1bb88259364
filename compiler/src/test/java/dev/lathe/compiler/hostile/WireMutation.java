package dev.lathe.compiler.hostile;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Damages protobuf messages so that they still are some: fields removed, repeated, swapped, numbers and texts changed,
 * at any depth, and all lengths made to fit. What this makes comes further than what {@link Mutation} makes.
 */
final class WireMutation {
    private static final long[] NUMBERS = {0, 1, 2, 3, 5, 7, -1, -2, 16, 127, 1 << 16, Integer.MAX_VALUE, Integer.MIN_VALUE, 1L << 31, 1L << 40, 1L << 62, Long.MAX_VALUE,
        Long.MIN_VALUE};

    private final Random r;
    private final List<String> texts = new ArrayList<>();

    private record Field(int number, int type, long value, byte[] bytes) {}

    private WireMutation(long seed) {
        r = new Random(seed);
    }

    static byte[] of(byte[] good, long seed) {
        WireMutation m = new WireMutation(seed);
        m.collect(good, 0);
        byte[] b = good;
        for (int i = new int[] {1, 1, 2, 4}[m.r.nextInt(4)]; i > 0; i--) {
            b = m.change(b, 0);
        }
        return b;
    }

    /** Names and operators of this file, to be put where others stand. */
    private void collect(byte[] message, int depth) {
        List<Field> fields = parse(message);
        if (fields == null || depth > 8) {
            return;
        }
        for (Field f : fields) {
            if (f.type == 2 && f.bytes.length < 40) {
                texts.add(new String(f.bytes, StandardCharsets.ISO_8859_1));
            }
            if (f.type == 2) {
                collect(f.bytes, depth + 1);
            }
        }
    }

    private byte[] change(byte[] message, int depth) {
        List<Field> fields = parse(message);
        if (fields == null || fields.isEmpty()) {
            return message;
        }
        int at = r.nextInt(fields.size());
        Field f = fields.get(at);
        boolean inner = f.type == 2 && depth < 8 && parse(f.bytes) != null && f.bytes.length > 2;
        if (inner && r.nextInt(8) != 0) {
            fields.set(at, new Field(f.number, 2, 0, change(f.bytes, depth + 1)));
            return write(fields);
        }
        switch (r.nextInt(6)) {
            case 0 -> fields.remove(at);
            case 1 -> fields.add(r.nextInt(fields.size() + 1), f);
            case 2 -> java.util.Collections.swap(fields, at, r.nextInt(fields.size()));
            default -> fields.set(at, other(f));
        }
        return write(fields);
    }

    private Field other(Field f) {
        if (f.type != 2) {
            return new Field(f.number, f.type, r.nextInt(3) == 0 ? f.value + r.nextInt(5) - 2 : NUMBERS[r.nextInt(NUMBERS.length)], null);
        }
        byte[] b = switch (r.nextInt(4)) {
            case 0 -> new byte[0];
            case 1 -> Arrays.copyOf(f.bytes, r.nextInt(f.bytes.length + 9));
            case 2 -> texts.isEmpty() ? f.bytes : texts.get(r.nextInt(texts.size())).getBytes(StandardCharsets.ISO_8859_1);
            default -> f.bytes.length == 0 ? new byte[1] : Mutation.of(f.bytes, r.nextLong());
        };
        return new Field(f.number, 2, 0, b);
    }

    /** Null when this is no message. */
    private static List<Field> parse(byte[] b) {
        List<Field> fields = new ArrayList<>();
        int[] at = {0};
        while (at[0] < b.length) {
            long key = varint(b, at);
            int type = (int) (key & 7);
            int number = (int) (key >>> 3);
            if (number < 1 || number > 2000 || at[0] < 0) {
                return null;
            }
            int n = type == 1 ? 8 : type == 5 ? 4 : 0;
            if (type == 0) {
                fields.add(new Field(number, 0, varint(b, at), null));
            } else if (type == 2) {
                long length = varint(b, at);
                if (at[0] < 0 || length < 0 || length > b.length - at[0]) {
                    return null;
                }
                fields.add(new Field(number, 2, 0, Arrays.copyOfRange(b, at[0], at[0] + (int) length)));
                at[0] += (int) length;
            } else if (n > 0 && n <= b.length - at[0]) {
                long v = 0;
                for (int i = n - 1; i >= 0; i--) {
                    v = v << 8 | b[at[0] + i] & 255;
                }
                fields.add(new Field(number, type, v, null));
                at[0] += n;
            } else {
                return null;
            }
            if (at[0] < 0) {
                return null;
            }
        }
        return fields;
    }

    private static long varint(byte[] b, int[] at) {
        long v = 0;
        for (int shift = 0; at[0] >= 0 && at[0] < b.length && shift < 64; shift += 7) {
            byte x = b[at[0]++];
            v |= (x & 127L) << shift;
            if (x >= 0) {
                return v;
            }
        }
        at[0] = -1;
        return 0;
    }

    private static byte[] write(List<Field> fields) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (Field f : fields) {
            varint(out, (long) f.number << 3 | f.type);
            if (f.type == 0) {
                varint(out, f.value);
            } else if (f.type == 2) {
                varint(out, f.bytes.length);
                out.writeBytes(f.bytes);
            } else {
                for (int i = 0; i < (f.type == 1 ? 8 : 4); i++) {
                    out.write((int) (f.value >>> 8 * i));
                }
            }
        }
        return out.toByteArray();
    }

    private static void varint(ByteArrayOutputStream out, long value) {
        long v = value;
        while ((v & ~0x7fL) != 0) {
            out.write((int) (v & 0x7f | 0x80));
            v >>>= 7;
        }
        out.write((int) v);
    }
}
