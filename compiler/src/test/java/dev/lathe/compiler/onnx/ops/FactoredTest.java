package dev.lathe.compiler.onnx.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Products of dequantised operands are integer sums, scaled once: to the last bit. */
class FactoredTest {
    private static final float X_SCALE = 0.0173f;
    private static final int X_ZERO = 117;

    private final Random random = new Random(3);
    private final OnnxGraph g = OnnxGraph.of("factored");

    private int[] integers(int n, int from, int to) {
        return random.ints(n, from, to).toArray();
    }

    /** x as a model's input, quantised and dequantised again; what is computed on is x - zero. */
    private int[] x(int... dims) {
        int[] q = integers(Tensor.count(dims), -X_ZERO, 255 - X_ZERO);
        float[] f = new float[q.length];
        for (int i = 0; i < f.length; i++) {
            f[i] = q[i] * X_SCALE;
        }
        g.in("x", OnnxGraph.floats(dims, f)).weight("sx", Tensor.ofFloats(new int[0], X_SCALE)).weight("zx", new Tensor(ElementType.U8, new int[0], new int[] {X_ZERO}));
        g.node("QuantizeLinear", "x sx zx", "xq").node("DequantizeLinear", "xq sx zx", "xd");
        return q;
    }

    private int[] w(float[] scales, int axis, int... dims) {
        int[] q = integers(Tensor.count(dims), -127, 128);
        g.weight("w", new Tensor(ElementType.I8, dims, q)).weight("zw", new Tensor(ElementType.I8, new int[] {scales.length}, new int[scales.length]));
        g.weight("sw", Tensor.ofFloats(new int[] {scales.length}, scales)).node("DequantizeLinear", "w sw zw", "wd", OnnxGraph.number("axis", axis));
        return q;
    }

    private static void same(OnnxGraph g, float... want) {
        float[] got = ((dev.lathe.runtime.Tensor) g.out("y").run(17).get(0)).toFloats();
        assertEquals(want.length, got.length);
        for (int i = 0; i < want.length; i++) {
            assertEquals(want[i], got[i], "element " + i);
        }
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void convolutions(boolean perChannel) {
        int channels = 40;
        float[] scales = perChannel ? new float[] {0.011f, 0.0123f, 0.0007f} : new float[] {0.011f};
        float[] bias = {0.5f, -3.25f, 0.001f};
        int[] x = x(1, channels, 3, 3);
        int[] w = w(scales, 0, 3, channels, 3, 3);
        g.weight("b", Tensor.ofFloats(new int[] {3}, bias)).node("Conv", "xd wd b", "y", OnnxGraph.numbers("pads", 1, 1, 0, 0));
        float[] want = new float[3 * 2 * 2];
        for (int i = 0; i < want.length; i++) {
            int o = i / 4;
            long sum = 0;
            for (int c = 0; c < channels; c++) {
                for (int p = 0; p < 9; p++) {
                    int row = i / 2 % 2 + p / 3 - 1;
                    int column = i % 2 + p % 3 - 1;
                    sum += row < 0 || column < 0 ? 0 : x[(c * 3 + row) * 3 + column] * w[(o * channels + c) * 9 + p];
                }
            }
            want[i] = sum * (X_SCALE * scales[perChannel ? o : 0]) + bias[o];
        }
        same(g, want);
    }

    @Test
    void matrices() {
        float[] scales = {0.011f, 0.0123f, 0.0007f, 0.03f};
        int[] x = x(2, 5, 60);
        int[] w = w(scales, 1, 60, 4);
        g.node("MatMul", "xd wd", "y");
        float[] want = new float[2 * 5 * 4];
        for (int i = 0; i < want.length; i++) {
            long sum = 0;
            for (int k = 0; k < 60; k++) {
                sum += x[i / 4 * 60 + k] * w[k * 4 + i % 4];
            }
            want[i] = sum * (X_SCALE * scales[i % 4]);
        }
        same(g, want);
    }

    @ParameterizedTest
    @CsvSource({"false,false", "false,true", "true,false", "true,true"})
    void gemm(boolean transA, boolean transB) {
        float[] scales = {0.011f, 0.0123f, 0.0007f, 0.03f};
        int[] x = transA ? x(60, 5) : x(5, 60);
        int[] w = transB ? w(scales, 0, 4, 60) : w(scales, 1, 60, 4);
        float[] bias = {1.5f, -0.3f, 7, 0};
        g.weight("b", Tensor.ofFloats(new int[] {4}, bias)).node("Gemm", "xd wd b", "y", OnnxGraph.number("transA", transA ? 1 : 0),
                OnnxGraph.number("transB", transB ? 1 : 0));
        float[] want = new float[5 * 4];
        for (int i = 0; i < want.length; i++) {
            long sum = 0;
            for (int k = 0; k < 60; k++) {
                sum += x[transA ? k * 5 + i / 4 : i / 4 * 60 + k] * w[transB ? i % 4 * 60 + k : k * 4 + i % 4];
            }
            want[i] = sum * (X_SCALE * scales[i % 4]) + bias[i % 4];
        }
        same(g, want);
    }

    @Test
    void scalesOfRowsStayWithTheWeights() {
        float[] scales = {0.011f, 0.5f};
        int[] x = x(3, 2);
        int[] w = w(scales, 0, 2, 3);
        g.node("MatMul", "xd wd", "y");
        float[] want = new float[9];
        for (int i = 0; i < want.length; i++) {
            double sum = 0;
            for (int k = 0; k < 2; k++) {
                sum += (double) x[i / 3 * 2 + k] * X_SCALE * w[k * 3 + i % 3] * scales[k];
            }
            want[i] = (float) sum;
        }
        float[] got = ((dev.lathe.runtime.Tensor) g.out("y").run(17).get(0)).toFloats();
        for (int i = 0; i < want.length; i++) {
            assertEquals(want[i], got[i], 1e-4, "element " + i);
        }
    }
}
