package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ops.OneNode.microsoft;
import static dev.lathe.compiler.onnx.ops.OneNode.near;
import static dev.lathe.compiler.onnx.ops.OneNode.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ContribTest {
    private static Tensor floats(int[] dims, float... v) {
        return Tensor.ofFloats(dims, v);
    }

    private static Tensor ints(ElementType t, int[] dims, int... v) {
        return new Tensor(t, dims, v);
    }

    private static double[] numbers(Tensor t) {
        double[] r = new double[t.size()];
        for (int i = 0; i < r.length; i++) {
            r[i] = t.number(i);
        }
        return r;
    }

    @Test
    void whatOnnxHasSinceMeansTheSame() {
        Tensor x = random(1, 2, 3);
        near(microsoft("Trilu").attr("upper", 0).in(x).run(1).get(0), 0, numbers(OneNode.of("Trilu", 14).attr("upper", 0).in(x).run(1).get(0)));
        near(microsoft("Range").in(floats(new int[0], 1)).in(floats(new int[0], 4)).in(floats(new int[0], 1.5f)).run(1).get(0), 0, 1, 2.5);
        near(microsoft("Pad").attr("mode", "constant").in(floats(new int[] {1, 2}, 1, 2)).constant(Tensor.ofLongs(new int[] {4}, 0, 1, 0, 0))
                .in(floats(new int[0], 9)).run(1).get(0), 0, 9, 1, 2);
        near(microsoft("GatherND").in(x).constant(Tensor.ofLongs(new int[] {1, 2}, 1, 2)).run(1).get(0), 0, x.number(5));
        assertArrayEquals(new int[] {2, 1, 3}, microsoft("ExpandDims").in(x).constant(ints(ElementType.I32, new int[0], 1)).run(1).get(0).dims());
        near(microsoft("TorchEmbedding").in(floats(new int[] {2, 2}, 1, 2, 3, 4)).in(Tensor.ofLongs(new int[] {1}, 1)).run(1).get(0), 0, 3, 4);
        near(microsoft("SampleOp").in(x).run(1).get(0), 0, numbers(x));
    }

    @Test
    void inverses() {
        Tensor x = floats(new int[] {2, 2, 2}, 4, 7, 2, 6, 1, 2, 3, 4);
        near(microsoft("Inverse").in(x).onlyStatic().run(1).get(0), 1e-6, 0.6, -0.7, -0.2, 0.4, -2, 1, 1.5, -0.5);
        near(microsoft("Inverse").in(floats(new int[] {1, 1}, 4)).onlyStatic().run(1).get(0), 0, 0.25);
        Tensor m = random(5, 5, 5);
        Tensor i = microsoft("Inverse").in(m).onlyStatic().run(1).get(0);
        Tensor one = OneNode.of("MatMul", 13).in(m).in(i).run(1).get(0);
        for (int k = 0; k < 25; k++) {
            near(floats(new int[] {1}, one.floats()[k]), 1e-4, k % 6 == 0 ? 1 : 0);
        }
    }

    @Test
    void distancesOfRows() {
        Tensor a = floats(new int[] {2, 2}, 0, 0, 1, 1);
        Tensor b = floats(new int[] {1, 2}, 3, 4);
        near(microsoft("CDist").attr("metric", "euclidean").in(a).in(b).run(1).get(0), 1e-6, 5, Math.sqrt(13));
        near(microsoft("CDist").in(a).in(b).run(1).get(0), 1e-6, 25, 13);
    }

    @Test
    void integersInWideSums() {
        Tensor a = ints(ElementType.I16, new int[] {1, 2}, 30000, -20000);
        Tensor b = ints(ElementType.I16, new int[] {2, 1}, 30000, 10000);
        assertArrayEquals(new int[] {700_000_000}, microsoft("MatMulInteger16").in(a).in(b).run(1).get(0).ints());
        assertArrayEquals(new int[] {-3}, microsoft("ReduceSumInteger").attr("axes", new long[] {1}).attr("keepdims", 0)
                .in(ints(ElementType.I8, new int[] {1, 2}, -100, 97)).run(1).get(0).ints());
        Tensor u = ints(ElementType.U8, new int[] {2}, 5, 250);
        assertArrayEquals(new int[] {-15, 720}, microsoft("MulInteger").in(u).in(ints(ElementType.U8, new int[0], 10)).in(ints(ElementType.U8, new int[] {1}, 3)).run(1).get(0).ints());
    }

    @Test
    void complexProductsOfPairs() {
        Tensor a = floats(new int[] {1, 2}, 1, 2);
        Tensor b = floats(new int[] {1, 2}, 3, 4);
        near(microsoft("ComplexMul").in(a).in(b).run(1).get(0), 0, -5, 10);
        near(microsoft("ComplexMulConj").in(a).in(b).run(1).get(0), 0, 11, 2);
    }

    @Test
    void softmaxOfAnOffset() {
        Tensor x = random(1, 2, 3);
        Tensor bias = floats(new int[] {1, 3}, 1, 0, -1);
        Tensor sum = OneNode.of("Add", 13).in(x).in(bias).run(1).get(0);
        near(microsoft("BiasSoftmax").attr("axis", 1).attr("is_inner_broadcast", 0).in(x).in(bias).run(1).get(0), 1e-6,
                numbers(OneNode.of("Softmax", 13).in(sum).run(1).get(0)));
    }

    @Test
    void finiteness() {
        Tensor bad = floats(new int[] {2}, 1, Float.NaN);
        assertArrayEquals(new int[] {0}, microsoft("IsAllFinite").in(floats(new int[] {1}, 1)).in(bad).run(1).get(0).ints());
        assertArrayEquals(new int[] {1}, microsoft("IsAllFinite").attr("isinf_only", 1).in(bad).run(1).get(0).ints());
    }

    @Test
    void groupsOfChannelsThatComeLast() {
        Tensor x = random(3, 1, 2, 2, 4);
        Tensor first = OneNode.of("Transpose", 13).attr("perm", new long[] {0, 3, 1, 2}).in(x).run(1).get(0);
        Tensor scale = floats(new int[] {4}, 1, 2, 3, 4);
        Tensor bias = floats(new int[] {4}, 0, 1, 0, -1);
        Tensor want = OneNode.of("GroupNormalization", 21).attr("num_groups", 2).in(first).in(scale).in(bias).run(1).get(0);
        want = OneNode.of("Transpose", 13).attr("perm", new long[] {0, 2, 3, 1}).in(want).run(1).get(0);
        near(microsoft("GroupNorm").attr("groups", 2).attr("activation", 0).in(x).in(scale).in(bias).run(1).get(0), 1e-5, numbers(want));
        List<Tensor> r = microsoft("SkipGroupNorm").attr("groups", 2).attr("activation", 1).in(floats(x.dims(), new float[16])).in(scale).in(bias).in(x).run(2);
        double[] swish = numbers(want);
        for (int i = 0; i < swish.length; i++) {
            swish[i] /= 1 + Math.exp(-swish[i]);
        }
        near(r.get(0), 1e-5, swish);
        near(r.get(1), 0, numbers(x));
    }

    @Test
    void windowsOverChannelsThatComeLast() {
        Tensor x = ints(ElementType.U8, new int[] {1, 2, 2, 2}, 1, 80, 2, 70, 3, 60, 4, 50);
        assertArrayEquals(new int[] {4, 80}, microsoft("NhwcMaxPool").attr("kernel_shape", new long[] {2, 2}).in(x).run(1).get(0).ints());
        Tensor f = floats(new int[] {1, 1, 2, 2}, 1, 2, 3, 4);
        Tensor w = floats(new int[] {1, 2, 1, 1}, 1, -1);
        near(microsoft("NhwcConv").in(f).constant(w).run(1).get(0), 0, -1, -1);
        near(microsoft("NhwcFusedConv").attr("activation", "Relu").in(f).constant(w).constant(floats(new int[] {1}, 0.5f)).in(floats(new int[] {1, 1, 2, 1}, 1, 0))
                .run(1).get(0), 0, 0.5, 0);
    }

    // ---- a quantised LSTM, step by step -------------------------------------------------------------------------

    private static double[] product(double[] x, Tensor w, int d, double scale, int zero) {
        int rows = w.dims()[1];
        int columns = w.dims()[2];
        double lo = 0;
        double hi = 0;
        for (double v : x) {
            lo = Math.min(lo, v);
            hi = Math.max(hi, v);
        }
        double s = hi == lo ? 1 : (hi - lo) / 255;
        double z = Math.rint(-lo / s);
        double[] r = new double[x.length / rows * columns];
        for (int i = 0; i < r.length; i++) {
            for (int k = 0; k < rows; k++) {
                double q = Math.rint(x[i / columns * rows + k] / s) + z;
                r[i] += (q - z) * (w.ints()[(d * rows + k) * columns + i % columns] - zero) * s * scale;
            }
        }
        return r;
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    @Test
    void quantisedLstm() {
        int steps = 3;
        int h = 2;
        Tensor x = random(1, steps, 1, 3);
        int[] codes = new int[2 * 3 * 4 * h];
        int[] more = new int[2 * h * 4 * h];
        for (int i = 0; i < codes.length; i++) {
            codes[i] = i * 53 % 255 - 127;
        }
        for (int i = 0; i < more.length; i++) {
            more[i] = i * 31 % 255 - 127;
        }
        Tensor w = ints(ElementType.I8, new int[] {2, 3, 8}, codes);
        Tensor r = ints(ElementType.I8, new int[] {2, h, 8}, more);
        Tensor bias = random(2, 2, 16);
        Tensor zero = ints(ElementType.I8, new int[] {2}, 0, 3);
        Tensor scale = floats(new int[] {2}, 0.01f, 0.02f);
        List<Tensor> got = microsoft("DynamicQuantizeLSTM").attr("hidden_size", h).attr("direction", "bidirectional").in(x).constant(w).constant(r).constant(bias)
                .absent().absent().absent().absent().constant(scale).constant(zero).constant(scale).constant(zero).run(3);
        for (int d = 0; d < 2; d++) {
            double[] gates = product(numbers(x), w, d, scale.number(d), (int) zero.integer(d));
            double[] state = new double[h];
            double[] cell = new double[h];
            for (int t = 0; t < steps; t++) {
                int at = d == 0 ? t : steps - 1 - t;
                double[] again = product(state, r, d, scale.number(d), (int) zero.integer(d));
                double[] g = new double[8];
                for (int i = 0; i < 8; i++) {
                    g[i] = gates[at * 8 + i] + again[i] + bias.number(d * 16 + i) + bias.number(d * 16 + 8 + i);
                }
                for (int i = 0; i < h; i++) {
                    cell[i] = sigmoid(g[2 * h + i]) * cell[i] + sigmoid(g[i]) * Math.tanh(g[3 * h + i]);
                    state[i] = sigmoid(g[h + i]) * Math.tanh(cell[i]);
                    near(floats(new int[] {1}, got.get(0).floats()[(at * 2 + d) * h + i]), 1e-4, state[i]);
                }
            }
            for (int i = 0; i < h; i++) {
                near(floats(new int[] {1}, got.get(1).floats()[d * h + i]), 1e-4, state[i]);
                near(floats(new int[] {1}, got.get(2).floats()[d * h + i]), 1e-4, cell[i]);
            }
        }
    }

    @Test
    void quantisedLstmOfSequencesOfDifferentLengths() {
        Tensor x = random(4, 2, 2, 1);
        Tensor w = ints(ElementType.U8, new int[] {1, 1, 4}, 10, 200, 90, 40);
        Tensor zero = ints(ElementType.U8, new int[] {1}, 128);
        Tensor scale = floats(new int[] {1}, 0.01f);
        List<Tensor> got = microsoft("DynamicQuantizeLSTM").attr("hidden_size", 1).in(x).constant(w).constant(w).absent().in(ints(ElementType.I32, new int[] {2}, 1, 2))
                .absent().absent().absent().constant(scale).constant(zero).constant(scale).constant(zero).run(3);
        // the first sequence ends after a step: its second output is 0, its last state the first output
        near(floats(new int[] {1}, got.get(0).floats()[2]), 0, 0);
        near(floats(new int[] {2}, got.get(1).floats()), 0, got.get(0).number(0), got.get(0).number(3));
    }

    @Test
    void windowsBecomeADimension() {
        Tensor x = floats(new int[] {2, 5}, 0, 1, 2, 3, 4, 10, 11, 12, 13, 14);
        Tensor y = microsoft("UnfoldTensor").attr("dim", 1).attr("size", 3).attr("step", 2).in(x).run(1).get(0);
        org.junit.jupiter.api.Assertions.assertArrayEquals(new int[] {2, 2, 3}, y.dims());
        near(y, 0, 0, 1, 2, 2, 3, 4, 10, 11, 12, 12, 13, 14);
        // the windows stand where the dimension was, their elements behind all others
        Tensor first = microsoft("UnfoldTensor").attr("dim", 0).attr("size", 2).attr("step", 1).in(floats(new int[] {3, 2}, 1, 2, 3, 4, 5, 6)).run(1).get(0);
        near(first, 0, 1, 3, 2, 4, 3, 5, 4, 6);
    }

    @Test
    void rowsOfPackedCodes() {
        // two rows of 32 codes, i and 15-i by turns; blocks of 16
        int[] bytes = new int[32];
        for (int i = 0; i < 64; i++) {
            int code = i < 32 ? i % 16 : 15 - i % 16;
            bytes[i / 2] |= code << i % 2 * 4;
        }
        double[] want = new double[64];
        double[] scale = {0.5, 2, -1, 0.25};
        int[] zero = {8, 3, 15, 0};
        for (int i = 0; i < 64; i++) {
            int row = i < 32 ? 1 : 0;
            int code = row == 0 ? i % 16 : 15 - i % 16;
            int block = row * 2 + i % 32 / 16;
            want[i] = (code - zero[block]) * scale[block];
        }
        Tensor r = microsoft("GatherBlockQuantized").attr("quantize_axis", 1).attr("block_size", 16).attr("bits", 4).constant(ints(ElementType.U8, new int[] {2, 16}, bytes))
                .in(Tensor.ofLongs(new int[] {2}, 1, 0)).constant(floats(new int[] {2, 2}, 0.5f, 2, -1, 0.25f)).constant(ints(ElementType.U8, new int[] {2, 1}, 8 | 3 << 4, 15)).run(1).get(0);
        near(r, 1e-6, want);
    }

    @Test
    void paddingThatIsAnOperand() {
        Tensor x = random(1, 1, 2, 3, 3);
        Tensor w = random(2, 2, 1, 3, 3);
        Tensor want = OneNode.of("ConvTranspose", 11).attr("strides", new long[] {2, 2}).attr("pads", new long[] {1, 0, 0, 2}).in(x).in(w).run(1).get(0);
        double[] numbers = new double[want.size()];
        Arrays.setAll(numbers, want::number);
        Tensor got = microsoft("ConvTransposeWithDynamicPads").attr("strides", new long[] {2, 2}).in(x).in(w).in(Tensor.ofLongs(new int[] {4}, 1, 0, 0, 2)).run(1).get(0);
        near(got, 1e-6, numbers);
    }

    @Test
    void eachOnceInItsFirstPlace() {
        var r = microsoft("Unique").in(floats(new int[] {5}, 3, 1, 3, 2, 1)).run(3);
        near(r.get(0), 0, 3, 1, 2);
        near(r.get(1), 0, 0, 1, 0, 2, 1);
        near(r.get(2), 0, 2, 2, 1);
    }
}
