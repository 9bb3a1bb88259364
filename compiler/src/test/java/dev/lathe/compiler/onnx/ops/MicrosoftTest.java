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

    private static Tensor ints(int... v) {
        return new Tensor(ElementType.I32, new int[] {v.length}, v);
    }

    @Test
    void sequencesThatBeginLaterHideTheirFirstKeys() {
        Tensor x = random(1, 2, 4, 8);
        Tensor w = random(2, 8, 24);
        Tensor bias = random(3, 24);
        OneNode both = OneNode.microsoft("Attention").attr("num_heads", 2).in(x).constant(w).constant(bias);
        // ends, then starts; against which keys are there
        Tensor keep = new Tensor(ElementType.I32, new int[] {2, 4}, new int[] {0, 1, 1, 0, 1, 1, 1, 1});
        Tensor want = OneNode.microsoft("Attention").attr("num_heads", 2).in(x).constant(w).constant(bias).in(keep).run(1).get(0);
        near(both.in(ints(3, 4, 1, 0)).run(1).get(0), 1e-6, numbers(want));
    }

    @Test
    void sinksTakeTheirShare() {
        // one key: its weight is e^s / (e^s + e^sink)
        Tensor q = Tensor.ofFloats(new int[] {1, 1, 4}, 1, 0, 0, 2);
        Tensor k = Tensor.ofFloats(new int[] {1, 1, 2}, 3, 1);
        Tensor v = Tensor.ofFloats(new int[] {1, 1, 2}, 10, 20);
        Tensor none = Tensor.ofFloats(new int[] {1, 1, 0, 2});
        double[] scores = {3 / Math.sqrt(2), 2 / Math.sqrt(2)};
        Tensor smooth = grouped(q, k, v, none).attr("smooth_softmax", 1).onlyStatic().run(1).get(0);
        double a = 1 / (1 + Math.exp(-scores[0]));
        double b = 1 / (1 + Math.exp(-scores[1]));
        near(smooth, 1e-5, 10 * a, 20 * a, 10 * b, 20 * b);
        Tensor sunk = grouped(q, k, v, none).absent().absent().absent().absent().in(Tensor.ofFloats(new int[] {2}, 1, -1)).onlyStatic().run(1).get(0);
        a = 1 / (1 + Math.exp(1 - scores[0]));
        b = 1 / (1 + Math.exp(-1 - scores[1]));
        near(sunk, 1e-5, 10 * a, 20 * a, 10 * b, 20 * b);
    }

    private static OneNode grouped(Tensor q, Tensor k, Tensor v, Tensor past) {
        return OneNode.microsoft("GroupQueryAttention").attr("num_heads", 2).attr("kv_num_heads", 1).in(q).in(k).in(v).in(past).in(past)
                .constant(ints(0)).constant(new Tensor(ElementType.I32, new int[0], new int[] {1}));
    }

    @Test
    void activationsOfFusedOperators() {
        Tensor x = Tensor.ofFloats(new int[] {1, 4}, -2, -0.5f, 0.75f, 4);
        Tensor one = Tensor.ofFloats(new int[] {4, 4}, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1);
        near(gemm("Elu", x, one).attr("activation_alpha", 0.5).run(1).get(0), 1e-6, 0.5 * Math.expm1(-2), 0.5 * Math.expm1(-0.5), 0.75, 4);
        near(gemm("HardSigmoid", x, one).attr("activation_alpha", 0.25).attr("activation_beta", 0.5).run(1).get(0), 1e-6, 0, 0.375, 0.6875, 1);
        near(gemm("Softplus", x, one).run(1).get(0), 1e-6, Math.log1p(Math.exp(-2)), Math.log1p(Math.exp(-0.5)), Math.log1p(Math.exp(0.75)), Math.log1p(Math.exp(4)));
        near(gemm("Softsign", x, one).run(1).get(0), 1e-6, -2 / 3.0, -1 / 3.0, 3 / 7.0, 0.8);
        near(gemm("ThresholdedRelu", x, one).attr("activation_alpha", 1.0).run(1).get(0), 0, 0, 0, 0, 4);
        Tensor image = x.reshaped(1, 1, 1, 4);
        near(OneNode.microsoft("FusedConv").attr("activation", "HardSwish").in(image).constant(Tensor.ofFloats(new int[] {1, 1, 1, 1}, 1)).run(1).get(0), 1e-6,
                -2 * (1 / 6.0), -0.5 * (2.5 / 6), 0.75 * (3.75 / 6), 4);
    }

    private static OneNode gemm(String activation, Tensor a, Tensor b) {
        return OneNode.microsoft("FusedGemm").attr("activation", activation).in(a).constant(b);
    }

    @Test
    void rowsOfAMatrixMayBelongToAnyGroup() {
        // K = 16, N = 1: codes 0 to 15, of which row i is of group 1 where i is odd
        int[] packed = new int[8];
        int[] groups = new int[32];
        double want = 0;
        for (int i = 0; i < 16; i++) {
            packed[i / 2] |= i << i % 2 * 4;
        }
        int[] two = new int[16];
        System.arraycopy(packed, 0, two, 0, 8);
        System.arraycopy(packed, 0, two, 8, 8);
        float[] x = new float[32];
        for (int i = 0; i < 32; i++) {
            x[i] = i - 3;
            groups[i] = i % 2;
            want += x[i] * (i % 16 - 8) * (i % 2 == 0 ? 0.5 : 2);
        }
        Tensor r = OneNode.microsoft("MatMulNBits").attr("K", 32).attr("N", 1).attr("bits", 4).attr("block_size", 16).in(Tensor.ofFloats(new int[] {1, 32}, x))
                .constant(new Tensor(ElementType.U8, new int[] {1, 2, 8}, two)).constant(Tensor.ofFloats(new int[] {2}, 0.5f, 2)).absent().constant(ints(groups)).run(1).get(0);
        near(r, 1e-3, want);
    }

    @Test
    void embeddingsOfBytesAreEmbeddingsOfWhatTheyStandFor() {
        int[] words = {10, 20, 30, 40, 50, 60};
        int[] places = {5, 0, 7, 1};
        int[] scale = {101, 102};
        int[] shift = {99, 103};
        OneNode n = OneNode.microsoft("QEmbedLayerNormalization").attr("epsilon", 1e-5).in(new Tensor(ElementType.I32, new int[] {1, 2}, new int[] {2, 0})).absent()
                .constant(bytes(words, 3, 2)).constant(bytes(places, 2, 2)).absent().constant(bytes(scale, 2)).constant(bytes(shift, 2)).absent();
        for (double s : new double[] {0.5, 0.25, 0, 2, 0.125}) {
            n = s == 0 ? n.absent() : n.constant(Tensor.ofFloats(new int[0], (float) s));
        }
        for (int z : new int[] {8, 4, -1, 100, 100}) {
            n = z < 0 ? n.absent() : n.constant(bytes(new int[] {z}));
        }
        double[][] x = {{(50 - 8) * 0.5 + (5 - 4) * 0.25, (60 - 8) * 0.5 + (0 - 4) * 0.25}, {(10 - 8) * 0.5 + (7 - 4) * 0.25, (20 - 8) * 0.5 + (1 - 4) * 0.25}};
        double[] want = new double[4];
        for (int i = 0; i < 4; i++) {
            double[] v = x[i / 2];
            double mean = (v[0] + v[1]) / 2;
            double deviation = Math.sqrt((v[0] - mean) * (v[0] - mean) + 1e-5);
            want[i] = (v[i % 2] - mean) / deviation * (i % 2 + 1) * 2 + (i % 2 == 0 ? -1 : 3) * 0.125;
        }
        near(n.run(1).get(0), 1e-4, want);
    }

    private static Tensor bytes(int[] v, int... dims) {
        return new Tensor(ElementType.U8, dims, v);
    }

    @Test
    void groupsMayLookAheadAndNormaliseHeads() {
        Tensor q = random(21, 2, 3, 8);
        Tensor k = random(22, 2, 3, 4);
        Tensor v = random(23, 2, 3, 4);
        Tensor lengths = new Tensor(ElementType.I32, new int[] {2}, new int[] {2, 2});
        Tensor total = new Tensor(ElementType.I32, new int[0], new int[] {3});
        Tensor ahead = OneNode.of("Attention", 23).attr("q_num_heads", 4).attr("kv_num_heads", 2).in(q).in(k).in(v).run(1).get(0);
        near(group(q, k, v).attr("causal", 0).constant(lengths).constant(total).run(1).get(0), 1e-6, numbers(ahead));
        Tensor scale = Tensor.ofFloats(new int[] {2}, 0.5f, 2);
        Tensor want = OneNode.of("Attention", 23).attr("q_num_heads", 4).attr("kv_num_heads", 2).attr("is_causal", 1)
                .in(normalised(q, scale)).in(normalised(k, scale)).in(v).run(1).get(0);
        OneNode normal = group(q, k, v).constant(lengths).constant(total);
        for (int i = 7; i < 14; i++) {
            normal.absent();
        }
        near(normal.constant(scale).constant(scale).run(1).get(0), 1e-5, numbers(want));
    }

    private static OneNode group(Tensor q, Tensor k, Tensor v) {
        return OneNode.microsoft("GroupQueryAttention").attr("num_heads", 4).attr("kv_num_heads", 2).in(q).in(k).in(v).absent().absent();
    }

    /** Heads of two, divided by the root of their mean square. */
    private static Tensor normalised(Tensor x, Tensor scale) {
        float[] y = new float[x.size()];
        for (int i = 0; i < y.length; i += 2) {
            double root = Math.sqrt((x.number(i) * x.number(i) + x.number(i + 1) * x.number(i + 1)) / 2 + 1e-6);
            y[i] = (float) (x.number(i) / root * scale.number(0));
            y[i + 1] = (float) (x.number(i + 1) / root * scale.number(1));
        }
        return Tensor.ofFloats(x.dims(), y);
    }

    @Test
    void halvesOfSpectraThereAndBack() {
        Tensor x = Tensor.ofFloats(new int[] {2, 4}, 1, 2, 3, 4, 0, 1, 0, -1);
        Tensor y = OneNode.microsoft("Rfft").attr("signal_ndim", 1).in(x).run(1).get(0);
        org.junit.jupiter.api.Assertions.assertArrayEquals(new int[] {2, 3, 2}, y.dims());
        near(y, 1e-6, 10, 0, -2, 2, -2, 0, 0, 0, 0, -2, 0, 0);
        near(OneNode.microsoft("Irfft").attr("signal_ndim", 1).in(y).run(1).get(0), 1e-6, numbers(x));
    }

    @Test
    void productsWithFourBitsOfTheNormalDistribution() {
        Tensor a = Tensor.ofFloats(new int[] {1, 16}, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2);
        // codes 15 and 0 first, 12 and 9 last
        int[] codes = {0xF0, 0, 0, 0, 0, 0, 0, 0xC9};
        Tensor b = new Tensor(ElementType.U8, new int[] {8}, codes);
        Tensor most = Tensor.ofFloats(new int[] {1}, 3);
        near(bnb(1).in(a).constant(b).constant(most).run(1).get(0), 1e-6, 3 * (1 + 2 * 0.16093020141124725));
        near(bnb(0).in(a).constant(b).constant(most).run(1).get(0), 1e-6, 3 * (-0.25 + 2 * -0.005208333333));
        near(bnb(1).attr("transB", 0).in(Tensor.ofFloats(new int[] {1, 1}, 1)).constant(b).constant(most).run(1).get(0), 1e-6,
                3, -3, -3, -3, -3, -3, -3, -3, -3, -3, -3, -3, -3, -3, 3 * 0.44070982933044434, 3 * 0.16093020141124725);
    }

    @Test
    void packedMatricesHoldWhatTheirNodesSay() {
        Tensor x = random(1, 1, 16);
        Tensor codes = new Tensor(ElementType.U8, new int[] {8}, new int[8]);
        Tensor scale = Tensor.ofFloats(new int[] {1}, 3);
        for (int[] wrong : new int[][] {{1 << 20, 1 << 20, 16}, {16, 2, 16}, {16, 1, 0}, {16, 1, 8}, {-16, -1, 16}}) {
            for (String op : List.of("MatMulBnb4", "MatMulNBits")) {
                refused("don't fit the 8 bytes", OneNode.microsoft(op).attr("K", wrong[0]).attr("N", wrong[1]).attr("block_size", wrong[2]).in(x)
                        .constant(codes).constant(scale));
            }
        }
    }

    private static OneNode bnb(int type) {
        return OneNode.microsoft("MatMulBnb4").attr("K", 16).attr("N", 1).attr("block_size", 16).attr("quant_type", type);
    }

    @Test
    void sumsBesideDropoutAndActivationsOfProducts() {
        Tensor x = Tensor.ofFloats(new int[] {1, 2}, 1, -2);
        near(OneNode.microsoft("BiasDropout").in(x).in(Tensor.ofFloats(new int[] {2}, 10, 20)).in(x).run(1).get(0), 0, 12, 16);
        near(OneNode.microsoft("FusedMatMulActivation").attr("activation", "Relu").attr("transB", 1).attr("alpha", 0.5).in(x)
                .in(Tensor.ofFloats(new int[] {2, 2}, 1, 1, 3, 1)).run(1).get(0), 0, 0, 0.5);
    }

    @Test
    void whatIsNotReadIsSaid() {
        Tensor x = random(1, 1, 2, 4);
        refused("past_present_share_buffer", OneNode.microsoft("Attention").attr("num_heads", 2).attr("past_present_share_buffer", 1).in(x).constant(random(2, 4, 12)));
        Tensor angles = random(3, 4, 1);
        refused("is_packed_batching", OneNode.microsoft("RotaryEmbedding").attr("is_packed_batching", 1).in(x).in(Tensor.ofLongs(new int[] {1}, 0)).in(angles).in(angles));
        Tensor lengths = new Tensor(ElementType.I32, new int[] {2}, new int[] {2, 2});
        Tensor q = random(4, 2, 3, 8);
        Tensor k = random(5, 2, 3, 4);
        refused("sliding_window_cache", group(q, k, k).attr("sliding_window_cache", 1).constant(lengths).constant(new Tensor(ElementType.I32, new int[0], new int[] {3})));
    }

    private static void refused(String what, OneNode node) {
        String said = org.junit.jupiter.api.Assertions.assertThrows(dev.lathe.compiler.diag.LatheException.class, () -> node.run(1)).getMessage();
        org.junit.jupiter.api.Assertions.assertTrue(said.contains(what), said);
    }
}
