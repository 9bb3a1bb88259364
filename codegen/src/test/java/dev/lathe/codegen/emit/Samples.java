package dev.lathe.codegen.emit;

import dev.lathe.codegen.loop.Scalar;
import java.lang.reflect.Array;
import java.util.Random;

/** Values that break naive implementations, and random ones. */
final class Samples {
    private static final float[] FLOATS = {
        0f, -0f, 1f, -1f, 0.5f, -0.5f, 1.5f, -1.5f, 2.5f, -2.5f, 0.49999997f, -0.49999997f, 0.99999994f, -0.99999994f,
        Float.MIN_VALUE, -Float.MIN_VALUE, Float.MIN_NORMAL, Float.MAX_VALUE, -Float.MAX_VALUE, Float.NaN,
        Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 8388607.5f, -8388607.5f, 8388608f, -8388608f, 8388609f,
        4194303.5f, -4194304.5f, 16777216f, 2147483520f, 2147483648f, -2147483648f, -2147483904f, 1e10f, -1e10f, 3.7f,
        9.223372e18f, -9.223372e18f, 1e-10f, 1234567.5f, Float.intBitsToFloat(0x7f800001), Float.intBitsToFloat(0xffc00000)
    };
    private static final double[] DOUBLES = {
        0, -0d, 1, -1, 0.5, -0.5, 1.5, -1.5, 2.5, -2.5, 0.49999999999999994, -0.49999999999999994, Double.MIN_VALUE,
        -Double.MIN_VALUE, Double.MIN_NORMAL, Double.MAX_VALUE, -Double.MAX_VALUE, Double.NaN, Double.POSITIVE_INFINITY,
        Double.NEGATIVE_INFINITY, 4503599627370495.5, -4503599627370495.5, 4503599627370496d, 9007199254740993d, 2147483647d,
        2147483647.5, 2147483648d, -2147483648d, -2147483648.9, -2147483649d, 9.223372036854775e18, 9.3e18, -9.3e18,
        -9.223372036854775808e18, 1e300, 1e-300, 1e39, -1e39, 3.4028235677973366e38, 1.401298464324817E-45, 7.0e-46
    };
    private static final int[] INTS = {
        0, 1, -1, 2, -2, 3, 7, 31, 32, 33, -31, -32, 63, 64, 100, 255, 256, 65535, 65536, 16777217, -16777217, 0x55555555,
        Integer.MAX_VALUE, Integer.MIN_VALUE, Integer.MAX_VALUE - 1, Integer.MIN_VALUE + 1
    };
    private static final long[] LONGS = {
        0, 1, -1, 2, -2, 31, 32, 63, 64, -63, 65, 1L << 24, (1L << 24) + 1, (1L << 53) + 1, -(1L << 53) - 1, 1L << 32, -1L << 32,
        0x5555555555555555L, Long.MAX_VALUE, Long.MIN_VALUE, Long.MAX_VALUE - 1, Long.MIN_VALUE + 1, Integer.MAX_VALUE,
        Integer.MIN_VALUE, 0xffffffffL, 0x80000000L, 0x7fffffffffffffbfL, 0x7fffffffffffff40L
    };

    private Samples() {}

    /** {@code n} values for a buffer of {@code s}: mostly special ones at first, then random. */
    static Object array(Scalar s, int n, Random r) {
        switch (s) {
            case F32 -> {
                float[] a = new float[n];
                for (int i = 0; i < n; i++) {
                    a[i] = switch (r.nextInt(4)) {
                        case 0, 1 -> FLOATS[r.nextInt(FLOATS.length)];
                        case 2 -> Float.intBitsToFloat(r.nextInt());
                        default -> (r.nextFloat() - 0.5f) * 20;
                    };
                }
                return a;
            }
            case F64 -> {
                double[] a = new double[n];
                for (int i = 0; i < n; i++) {
                    a[i] = switch (r.nextInt(4)) {
                        case 0, 1 -> DOUBLES[r.nextInt(DOUBLES.length)];
                        case 2 -> Double.longBitsToDouble(r.nextLong());
                        default -> (r.nextDouble() - 0.5) * 20;
                    };
                }
                return a;
            }
            case I32 -> {
                int[] a = new int[n];
                for (int i = 0; i < n; i++) {
                    a[i] = r.nextBoolean() ? INTS[r.nextInt(INTS.length)] : r.nextInt();
                }
                return a;
            }
            case I64 -> {
                long[] a = new long[n];
                for (int i = 0; i < n; i++) {
                    a[i] = r.nextBoolean() ? LONGS[r.nextInt(LONGS.length)] : r.nextLong();
                }
                return a;
            }
            case BOOL, REF -> throw new IllegalArgumentException(s.text());
        }
        throw new IllegalArgumentException(s.text());
    }

    /** All pairs of special values: the first array holds the left ones, the second the right ones. */
    static Object[] pairs(Scalar s) {
        int n = switch (s) {
            case F32 -> FLOATS.length;
            case F64 -> DOUBLES.length;
            case I32 -> INTS.length;
            case I64 -> LONGS.length;
            case BOOL, REF -> throw new IllegalArgumentException(s.text());
        };
        int total = (n * n + 15) / 16 * 16;
        Object a = s.storage().allocate(total);
        Object b = s.storage().allocate(total);
        Object from = switch (s) {
            case F32 -> FLOATS;
            case F64 -> DOUBLES;
            case I32 -> INTS;
            default -> LONGS;
        };
        for (int i = 0; i < total; i++) {
            Array.set(a, i, Array.get(from, i / n % n));
            Array.set(b, i, Array.get(from, i % n));
        }
        return new Object[] {a, b};
    }
}
