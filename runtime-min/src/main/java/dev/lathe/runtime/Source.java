package dev.lathe.runtime;

import java.lang.reflect.Array;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;

/** Copies what callers give into the array that holds it while the model runs. Makes no garbage. */
final class Source {
    private Source() {}

    /** The number of array elements in {@code from} for an element type; -1 when this kind of source does not suit it. */
    static long count(Object from, ElementType t) {
        Storage s = t.storage();
        if (from instanceof ByteBuffer b) {
            return t == ElementType.STR ? -1 : whole(b.remaining(), t);
        }
        if (from instanceof Buffer b) {
            boolean fits = from instanceof FloatBuffer ? s == Storage.F32 : from instanceof LongBuffer ? s == Storage.I64
                    : from instanceof IntBuffer ? s == Storage.I32 : from instanceof DoubleBuffer && s == Storage.F64;
            return fits ? b.remaining() : -1;
        }
        boolean fits = from instanceof Object[] ? t == ElementType.STR : from instanceof boolean[] ? t == ElementType.BOOL
                : from instanceof byte[] ? t == ElementType.I8 || t == ElementType.U8
                : from instanceof short[] ? t == ElementType.I16 || t == ElementType.U16 : s.holds(from);
        return fits ? Array.getLength(from) : -1;
    }

    private static long whole(int bytes, ElementType t) {
        return 8L * bytes / RawData.bits(t);
    }

    /** What an element type is given as, for messages. */
    static String wanted(ElementType t) {
        String also = t == ElementType.BOOL ? "boolean[], " : t.bits() == 8 && t.isInteger() ? "byte[], "
                : t.bits() == 16 && t.isInteger() ? "short[], " : "";
        return t == ElementType.STR ? "String[]" : also + t.storage().text();
    }

    /** Copies {@code n} array elements to {@code to} from {@code offset} on. */
    static void copy(Object from, ElementType t, Object to, int offset, int n) {
        if (from instanceof float[] || from instanceof int[] || from instanceof long[] || from instanceof double[] || from instanceof Object[]) {
            System.arraycopy(from, 0, to, offset, n);
        } else if (from instanceof FloatBuffer b) {
            b.get(b.position(), (float[]) to, offset, n);
        } else if (from instanceof ByteBuffer b) {
            RawData.decode(t, b, b.position(), to, offset, n);
        } else if (from instanceof IntBuffer b) {
            b.get(b.position(), (int[]) to, offset, n);
        } else if (from instanceof LongBuffer b) {
            b.get(b.position(), (long[]) to, offset, n);
        } else if (from instanceof DoubleBuffer b) {
            b.get(b.position(), (double[]) to, offset, n);
        } else {
            small(from, t, (int[]) to, offset, n);
        }
        fit(t, to, offset, n);
    }

    private static void small(Object from, ElementType t, int[] to, int offset, int n) {
        if (from instanceof boolean[] a) {
            for (int i = 0; i < n; i++) {
                to[offset + i] = a[i] ? 1 : 0;
            }
        } else if (from instanceof byte[] a) {
            int mask = t.isUnsigned() ? 255 : -1;
            for (int i = 0; i < n; i++) {
                to[offset + i] = a[i] & mask;
            }
        } else {
            short[] a = (short[]) from;
            int mask = t.isUnsigned() ? 65535 : -1;
            for (int i = 0; i < n; i++) {
                to[offset + i] = a[i] & mask;
            }
        }
    }

    /** Makes the values ones that a narrow type has: rounds floating-point ones, refuses integers out of range. */
    private static void fit(ElementType t, Object a, int offset, int n) {
        if (t.storage() == Storage.F32 && t.isFloat() && t != ElementType.F32) {
            float[] f = (float[]) a;
            for (int i = offset; i < offset + n; i++) {
                f[i] = NarrowFloats.round(t, f[i], true);
            }
        } else if (t.storage() == Storage.I32 && t != ElementType.I32) {
            int bits = t == ElementType.BOOL ? 1 : t.bits();
            boolean unsigned = t.isUnsigned() || t == ElementType.BOOL;
            int min = unsigned ? 0 : -1 << bits - 1;
            int max = unsigned ? (1 << bits) - 1 : (1 << bits - 1) - 1;
            int[] v = (int[]) a;
            for (int i = offset; i < offset + n; i++) {
                if (v[i] < min || v[i] > max) {
                    throw new BadInputException("element " + (i - offset) + " is " + v[i] + ", outside " + t.text() + "'s " + min + " to " + max);
                }
            }
        }
    }
}
