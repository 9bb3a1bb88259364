package dev.lathe.runtime;

import java.nio.ByteBuffer;

/**
 * Elements as files hold them, to and from the arrays that hold them while a model runs. Counts are counts of array
 * elements: a complex element takes two. Elements of fewer than 8 bits are packed, the first one in the lowest bits.
 */
public final class RawData {
    private RawData() {}

    /** Bits in a file of one array element. */
    private static int bits(ElementType t) {
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
        switch (type.storage()) {
            case F32 -> {
                float[] a = (float[]) to;
                if (bits == 32) {
                    for (int i = 0; i < n; i++) {
                        a[offset + i] = from.getFloat(at + 4 * i);
                    }
                } else {
                    for (int i = 0; i < n; i++) {
                        a[offset + i] = NarrowFloats.decode(type, integer(from, at, i, bits));
                    }
                }
            }
            case F64 -> {
                double[] a = (double[]) to;
                for (int i = 0; i < n; i++) {
                    a[offset + i] = from.getDouble(at + 8 * i);
                }
            }
            case I32 -> {
                int[] a = (int[]) to;
                int shift = type.isUnsigned() || type == ElementType.BOOL ? 0 : 32 - bits;
                for (int i = 0; i < n; i++) {
                    int v = integer(from, at, i, bits);
                    a[offset + i] = type == ElementType.BOOL ? v == 0 ? 0 : 1 : v << shift >> shift;
                }
            }
            case I64 -> {
                long[] a = (long[]) to;
                for (int i = 0; i < n; i++) {
                    a[offset + i] = bits == 64 ? from.getLong(at + 8 * i) : from.getInt(at + 4 * i) & 0xffffffffL;
                }
            }
            case REF -> throw new IllegalArgumentException("strings have no fixed size");
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

    /** Writes {@code n} elements at the buffer's position, in its byte order. */
    public static void encode(ElementType type, Object from, int offset, int n, ByteBuffer to) {
        int bits = bits(type);
        switch (type.storage()) {
            case F32 -> {
                float[] a = (float[]) from;
                if (bits == 32) {
                    for (int i = 0; i < n; i++) {
                        to.putInt(Float.floatToRawIntBits(a[offset + i]));
                    }
                } else {
                    Packer p = new Packer(to, bits);
                    for (int i = 0; i < n; i++) {
                        p.put(NarrowFloats.encode(type, a[offset + i], true));
                    }
                    p.end();
                }
            }
            case F64 -> {
                double[] a = (double[]) from;
                for (int i = 0; i < n; i++) {
                    to.putLong(Double.doubleToRawLongBits(a[offset + i]));
                }
            }
            case I32 -> {
                int[] a = (int[]) from;
                Packer p = new Packer(to, bits);
                for (int i = 0; i < n; i++) {
                    p.put(a[offset + i]);
                }
                p.end();
            }
            case I64 -> {
                long[] a = (long[]) from;
                for (int i = 0; i < n; i++) {
                    if (bits == 64) {
                        to.putLong(a[offset + i]);
                    } else {
                        to.putInt((int) a[offset + i]);
                    }
                }
            }
            case REF -> throw new IllegalArgumentException("strings have no fixed size");
        }
    }

    /** Puts integers of a number of bits one after the other. */
    private static final class Packer {
        private final ByteBuffer to;
        private final int bits;
        private int pending;
        private int filled;

        Packer(ByteBuffer to, int bits) {
            this.to = to;
            this.bits = bits;
        }

        void put(int v) {
            switch (bits) {
                case 32 -> to.putInt(v);
                case 16 -> to.putShort((short) v);
                case 8 -> to.put((byte) v);
                default -> {
                    pending |= (v & (1 << bits) - 1) << filled;
                    filled += bits;
                    if (filled == 8) {
                        end();
                    }
                }
            }
        }

        void end() {
            if (filled > 0) {
                to.put((byte) pending);
                pending = 0;
                filled = 0;
            }
        }
    }
}
