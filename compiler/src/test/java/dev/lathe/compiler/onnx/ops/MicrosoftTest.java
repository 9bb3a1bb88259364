package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ops.OneNode.near;
import static dev.lathe.compiler.onnx.ops.OneNode.random;

import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Fused operators against what they are fused from. */
class MicrosoftTest {
    private static double[] numbers(Tensor t) {
        double[] r = new double[t.size()];
        for (int i = 0; i < r.length; i++) {
            r[i] = t.number(i);
        }
        return r;
    }

    private static Tensor columns(Tensor t, int from, int count) {
        int all = t.dims()[t.rank() - 1];
        float[] f = new float[t.size() / all * count];
        for (int i = 0; i < f.length; i++) {
            f[i] = t.floats()[i / count * all + from + i % count];
        }
        int[] d = t.dims().clone();
        d[d.length - 1] = count;
        return Tensor.ofFloats(d, f);
    }

    private static double[] matmul(Tensor a, Tensor b, double alpha) {
        int m = a.dims()[0];
        int k = a.dims()[1];
        int n = b.dims()[1];
        double[] r = new double[m * n];
        for (int i = 0; i < m * n; i++) {
            for (int j = 0; j < k; j++) {
                r[i] += alpha * a.number(i / n * k + j) * b.number(j * n + i % n);
            }
        }
        return r;
    }

    @Test
    void transposedProductsWithAFactor() {
        Tensor a = random(1, 3, 4);
        Tensor b = random(2, 5, 3);
        Tensor at = OneNode.of("Transpose", 13).in(a).run(1).get(0);
        Tensor bt = OneNode.of("Transpose", 13).in(b).run(1).get(0);
        near(OneNode.microsoft("FusedMatMul").attr("transA", 1).attr("transB", 1).attr("alpha", 0.25).in(a).in(b).run(1).get(0), 1e-6, matmul(at, bt, 0.25));
    }

    @Test
    void projectedAttentionIsAttentionOfProjections() {
        Tensor x = random(1, 1, 3, 8);
        Tensor w = random(2, 8, 24);
        Tensor bias = random(3, 24);
        Tensor all = OneNode.of("Gemm", 13).in(x.reshaped(3, 8)).constant(w).constant(bias).run(1).get(0).reshaped(1, 3, 24);
        Tensor want = OneNode.of("Attention", 23).attr("q_num_heads", 2).attr("kv_num_heads", 2).attr("is_causal", 1)
                .in(columns(all, 0, 8)).in(columns(all, 8, 8)).in(columns(all, 16, 8)).run(1).get(0);
        Tensor got = OneNode.microsoft("Attention").attr("num_heads", 2).attr("unidirectional", 1).in(x).constant(w).in(bias).run(1).get(0);
        near(got, 1e-6, numbers(want));
        Tensor multi = OneNode.microsoft("MultiHeadAttention").attr("num_heads", 2).attr("unidirectional", 1)
                .in(columns(all, 0, 8)).in(columns(all, 8, 8)).in(columns(all, 16, 8)).run(1).get(0);
        near(multi, 1e-6, numbers(want));
    }

    @Test
    void quantisedProjectionsAreProjectionsOfWhatTheyStandFor() {
        Tensor x = new Tensor(ElementType.U8, new int[] {1, 2, 4}, new int[] {10, 200, 30, 128, 255, 0, 90, 64});
        int[] codes = new int[48];
        for (int i = 0; i < codes.length; i++) {
            codes[i] = i * 37 % 256 - 128;
        }
        Tensor w = new Tensor(ElementType.I8, new int[] {4, 12}, codes);
        float[] fx = new float[8];
        float[] fw = new float[48];
        for (int i = 0; i < 8; i++) {
            fx[i] = (x.ints()[i] - 100) * 0.01f;
        }
        for (int i = 0; i < 48; i++) {
            fw[i] = codes[i] * 0.02f;
        }
        Tensor bias = random(3, 12);
        Tensor want = OneNode.microsoft("Attention").attr("num_heads", 2).in(Tensor.ofFloats(new int[] {1, 2, 4}, fx))
                .constant(Tensor.ofFloats(new int[] {4, 12}, fw)).constant(bias).run(1).get(0);
        Tensor got = OneNode.microsoft("QAttention").attr("num_heads", 2).in(x).constant(w).constant(bias).constant(Tensor.ofFloats(new int[0], 0.01f))
                .constant(Tensor.ofFloats(new int[0], 0.02f)).absent().constant(new Tensor(ElementType.U8, new int[0], new int[] {100})).run(1).get(0);
        near(got, 1e-5, numbers(want));
    }

    @Test
    void paddedKeysAreHidden() {
        Tensor q = random(1, 2, 3, 8);
        Tensor k = random(2, 2, 4, 8);
        Tensor v = random(3, 2, 4, 8);
        int[] bits = {1, 1, 1, 0, 1, 1, 0, 0};
        Tensor want = OneNode.of("Attention", 23).attr("q_num_heads", 2).attr("kv_num_heads", 2).in(q).in(k).in(v)
                .in(new Tensor(ElementType.BOOL, new int[] {2, 1, 1, 4}, bits)).run(1).get(0);
        Tensor lengths = Tensor.ofInts(new int[] {2}, 3, 2);
        near(OneNode.microsoft("MultiHeadAttention").attr("num_heads", 2).in(q).in(k).in(v).absent().in(lengths).run(1).get(0), 1e-6, numbers(want));
        near(OneNode.microsoft("MultiHeadAttention").attr("num_heads", 2).in(q).in(k).in(v).absent().in(Tensor.ofInts(new int[] {2, 4}, bits)).run(1).get(0),
                1e-6, numbers(want));
    }

    @Test
    void groupedQueriesGoOnFromAPast() {
        Tensor q = random(1, 1, 2, 16);
        Tensor k = random(2, 1, 2, 8);
        Tensor v = random(3, 1, 2, 8);
        Tensor pk = random(4, 1, 2, 3, 4);
        Tensor pv = random(5, 1, 2, 3, 4);
        List<Tensor> want = OneNode.of("Attention", 23).attr("q_num_heads", 4).attr("kv_num_heads", 2).attr("is_causal", 1)
                .in(q).in(k).in(v).absent().in(pk).in(pv).run(3);
        List<Tensor> got = OneNode.microsoft("GroupQueryAttention").attr("num_heads", 4).attr("kv_num_heads", 2).in(q).in(k).in(v).in(pk).in(pv)
                .in(Tensor.ofInts(new int[] {1}, 4)).in(Tensor.ofInts(new int[0], 5)).run(3);
        for (int i = 0; i < 3; i++) {
            near(got.get(i), 1e-6, numbers(want.get(i)));
        }
    }

    @Test
    void fourBitWeights() {
        // two columns of one block of 16: codes 0..15, and 15 down to 0
        int[] packed = new int[16];
        double[] sums = new double[2];
        Tensor x = random(1, 1, 16);
        for (int i = 0; i < 16; i++) {
            packed[i / 2] |= i << i % 2 * 4;
            packed[8 + i / 2] |= (15 - i) << i % 2 * 4;
            sums[0] += x.number(i) * (i - 8) * 0.5;
            sums[1] += x.number(i) * (15 - i - 8) * 2;
        }
        near(OneNode.microsoft("MatMulNBits").attr("K", 16).attr("N", 2).attr("bits", 4).attr("block_size", 16).in(x)
                .constant(new Tensor(ElementType.U8, new int[] {2, 1, 8}, packed)).constant(Tensor.ofFloats(new int[] {2}, 0.5f, 2)).run(1).get(0), 1e-6, sums);
    }

    @Test
    void gaussianUnits() {
        Tensor x = Tensor.ofFloats(new int[] {3}, -1, 0.5f, 2);
        near(OneNode.microsoft("Gelu").in(x).run(1).get(0), 1e-5, -0.158655, 0.345731, 1.954500);
        near(OneNode.microsoft("FastGelu").in(x).run(1).get(0), 1e-5, -0.158808, 0.345714, 1.954598);
        near(OneNode.microsoft("QuickGelu").in(x).run(1).get(0), 1e-5, -0.154203, 0.350388, 1.935659);
    }
}
