package dev.lathe.runtime;

import java.nio.ByteBuffer;

/**
 * Elements as files hold them, to and from the arrays that hold them while a model runs. Counts are counts of array
 * elements: a complex element takes two. Elements of fewer than 8 bits are packed, the first one in the lowest bits.
 */
public final class RawData {
    private RawData() {}

    /** Bits in a file of one array element. */
    static int bits(ElementType t) {
        return t.isComplex() ? t.bits() / 2 : t.bits();
    }

    /** Bytes in a file of {@code n} array elements of a type other than str. */
    public static long bytes(ElementType type, long n) {
        return Math.addExact(Math.multiplyExact(n, (long) bits(type)), 7) / 8;
    }

    /**
     * Reads {@code n} elements from byte {@code at} on, in the buffer's byte order; its position stays.
     *
     * @param to the array of the type's storage
     */
    public static void decode(ElementType type, ByteBuffer from, int at, Object to, int offset, int n) {
        int bits = bits(type);
        if (to instanceof float[] a) {
            for (int i = 0; i < n; i++) {
                a[offset + i] = bits == 32 ? from.getFloat(at + 4 * i) : NarrowFloats.decode(type, integer(from, at, i, bits));
            }
        } else if (to instanceof double[] a) {
            for (int i = 0; i < n; i++) {
                a[offset + i] = from.getDouble(at + 8 * i);
            }
        } else if (to instanceof int[] a) {
            int shift = type.isUnsigned() || type == ElementType.BOOL ? 0 : 32 - bits;
            for (int i = 0; i < n; i++) {
                int v = integer(from, at, i, bits);
                a[offset + i] = type == ElementType.BOOL ? v == 0 ? 0 : 1 : v << shift >> shift;
            }
        } else {
            long[] a = (long[]) to;
            for (int i = 0; i < n; i++) {
                a[offset + i] = bits == 64 ? from.getLong(at + 8 * i) : from.getInt(at + 4 * i) & 0xffffffffL;
            }
        }
    }

    /** Element {@code i} of {@code bits} bits, zero-extended. */
    private static int integer(ByteBuffer from, int at, int i, int bits) {
        return switch (bits) {
            case 32 -> from.getInt(at + 4 * i);
            case 16 -> from.getShort(at + 2 * i) & 0xffff;
            case 8 -> from.get(at + i) & 0xff;
            default -> from.get(at + (int) ((long) i * bits / 8)) >> (i & 7) * bits % 8 & (1 << bits) - 1;
        };
    }

    /** Writes {@code n} elements at the buffer's position, in its byte order; packed ones from a byte's beginning. */
    public static void encode(ElementType type, Object from, int offset, int n, ByteBuffer to) {
        int bits = bits(type);
        int packed = 0;
        for (int i = 0; i < n; i++) {
            long v;
            if (from instanceof float[] a) {
                float f = a[offset + i];
                // f8e5m2 has an infinity of its own, which saturating would lose
                boolean saturate = type != ElementType.F8E5M2 || !Float.isInfinite(f);
                v = bits == 32 ? Float.floatToRawIntBits(f) : NarrowFloats.encode(type, f, saturate);
            } else if (from instanceof double[] a) {
                v = Double.doubleToRawLongBits(a[offset + i]);
            } else {
                v = from instanceof int[] a ? a[offset + i] : ((long[]) from)[offset + i];
            }
            switch (bits) {
                case 64 -> to.putLong(v);
                case 32 -> to.putInt((int) v);
                case 16 -> to.putShort((short) v);
                case 8 -> to.put((byte) v);
                default -> {
                    int shift = (i & 7) * bits % 8;
                    packed |= (int) (v & (1 << bits) - 1) << shift;
                    if (shift + bits == 8 || i == n - 1) {
                        to.put((byte) packed);
                        packed = 0;
                    }
                }
            }
        }
    }
}
