package dev.lathe.compiler.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.NarrowFloats;

/** Tensors for tests. */
public final class TestTensors {
    private TestTensors() {
    }

    /** A tensor whose elements differ and are values of the type. */
    public static Tensor of(ElementType type, int... dims) {
        int n = Tensor.count(dims);
        Object data = switch (type) {
            case F32 -> floats(n);
            case C64 -> floats(2 * n);
            case F64 -> doubles(n);
            case C128 -> doubles(2 * n);
            case F16, BF16, F8E4M3FN, F8E4M3FNUZ, F8E5M2, F8E5M2FNUZ, F8E8M0, F4E2M1 -> {
                float[] values = new float[n];
                for (int i = 0; i < n; i++) {
                    values[i] = NarrowFloats.decode(type, i * 5 + 1 & 0x3f);
                }
                yield values;
            }
            case I8, U8, I16, U16, I32, I4, U4, I2, U2, BOOL -> {
                int[] values = new int[n];
                for (int i = 0; i < n; i++) {
                    int code = i * 0x35a7_9b1d + 3;
                    values[i] = type == ElementType.BOOL ? i & 1
                        : type == ElementType.I32 ? code : TensorBytes.narrowInteger(type, code);
                }
                yield values;
            }
            case I64, U64, U32 -> {
                long[] values = new long[n];
                for (int i = 0; i < n; i++) {
                    long code = (i + 1) * 0x9e37_79b9_7f4a_7c15L;
                    values[i] = type == ElementType.U32 ? code >>> 32 : code;
                }
                yield values;
            }
            case STR -> {
                String[] values = new String[n];
                for (int i = 0; i < n; i++) {
                    values[i] = i == 1 ? "" : "x\u00fc\ud83d\ude00".repeat(i % 3 + 1) + i;
                }
                yield values;
            }
        };
        return new Tensor(type, dims, data);
    }

    public static void assertSame(Tensor want, Tensor have) {
        assertEquals(want.type(), have.type());
        assertArrayEquals(want.dims(), have.dims());
        assertArrayEquals(new Object[] {want.data()}, new Object[] {have.data()});
    }

    private static float[] floats(int n) {
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = i == 2 ? Float.NaN : (i - 3) * 1.37f;
        }
        return values;
    }

    private static double[] doubles(int n) {
        double[] values = new double[n];
        for (int i = 0; i < n; i++) {
            values[i] = i == 2 ? Double.NEGATIVE_INFINITY : (i - 3) * 1.37;
        }
        return values;
    }
}
