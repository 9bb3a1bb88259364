package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ops.OneNode.near;
import static dev.lathe.compiler.onnx.ops.OneNode.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Quantised operators against integer arithmetic in plain loops. */
class QuantTest {
    private static Tensor integers(int seed, ElementType t, int... dims) {
        Random r = new Random(seed);
        int lo = t.isUnsigned() ? 0 : -(1 << t.bits() - 1);
        int[] v = new int[Tensor.count(dims)];
        for (int i = 0; i < v.length; i++) {
            v[i] = lo + r.nextInt(1 << t.bits());
        }
        return new Tensor(t, dims, v);
    }

    private static Tensor scalar(ElementType t, int v) {
        return new Tensor(t, new int[0], new int[] {v});
    }

    private static int requantised(long sum, float scale, int zero, ElementType t) {
        int lo = t.isUnsigned() ? 0 : -(1 << t.bits() - 1);
        return (int) Math.max(lo, Math.min(lo + (1 << t.bits()) - 1, Math.rint((float) sum * scale) + zero));
    }

    @ParameterizedTest
    @CsvSource({"3,1,true", "600,1,true", "600,1,false", "6,3,true", "6,3,false"})
    void convolutionsAreExact(int channels, int groups, boolean constant) {
        // 600 channels of 3x3 add up to more than f32 holds exactly
        int out = 6;
        int per = channels / groups;
        Tensor x = integers(1, ElementType.U8, 1, channels, 4, 5);
        Tensor w = integers(2, ElementType.I8, out, per, 3, 3);
        Tensor ws = Tensor.ofFloats(new int[] {out}, 0.011f, 0.012f, 0.013f, 0.014f, 0.015f, 0.016f);
        Tensor wz = new Tensor(ElementType.I8, new int[] {out}, new int[] {0, 1, -2, 0, 3, 0});
        Tensor b = Tensor.ofInts(new int[] {out}, 5, -70, 16_777_217, 0, 9, -100_000);
        OneNode node = OneNode.of("QLinearConv", 10).attr("pads", new long[] {1, 1, 0, 0}).attr("group", groups)
                .in(x).constant(Tensor.ofFloats(new int[0], 0.02f)).constant(scalar(ElementType.U8, 117));
        node = constant ? node.constant(w) : node.in(w);
        float ys = per > 100 ? 20f : 0.4f;
        Tensor got = node.constant(ws).constant(wz).constant(Tensor.ofFloats(new int[0], ys)).constant(scalar(ElementType.U8, 100)).constant(b)
                .onlyStatic().run(1).get(0);
        int[] want = new int[out * 3 * 4];
        for (int o = 0; o < out; o++) {
            for (int i = 0; i < 3; i++) {
                for (int j = 0; j < 4; j++) {
                    long sum = b.ints()[o];
                    for (int c = 0; c < per; c++) {
                        for (int p = 0; p < 3; p++) {
                            for (int q = 0; q < 3; q++) {
                                int r = i + p - 1;
                                int s = j + q - 1;
                                int from = o / (out / groups) * per + c;
                                sum += r < 0 || s < 0 || r > 3 || s > 4 ? 0
                                        : (x.ints()[(from * 4 + r) * 5 + s] - 117) * (w.ints()[((o * per + c) * 3 + p) * 3 + q] - wz.ints()[o]);
                            }
                        }
                    }
                    want[(o * 3 + i) * 4 + j] = requantised(sum, 0.02f * ws.floats()[o] / ys, 100, ElementType.U8);
                }
            }
        }
        assertEquals(ElementType.U8, got.type());
        assertArrayEquals(want, got.ints());
    }

    @Test
    void productsOfRowsAndColumnsWithTheirOwnZeroPoints() {
        Tensor a = integers(3, ElementType.U8, 2, 3, 7);
        Tensor b = integers(4, ElementType.I8, 7, 4);
        Tensor az = new Tensor(ElementType.U8, new int[] {3}, new int[] {7, 100, 255});
        Tensor bz = new Tensor(ElementType.I8, new int[] {4}, new int[] {0, -128, 127, 3});
        int[] want = new int[2 * 3 * 4];
        for (int i = 0; i < 6; i++) {
            for (int j = 0; j < 4; j++) {
                for (int k = 0; k < 7; k++) {
                    want[i * 4 + j] += (a.ints()[i * 7 + k] - az.ints()[i % 3]) * (b.ints()[k * 4 + j] - bz.ints()[j]);
                }
            }
        }
        assertArrayEquals(want, OneNode.of("MatMulInteger", 10).in(a).constant(b).in(az).constant(bz).run(1).get(0).ints());
    }

    @Test
    void scalesOfBlocks() {
        Tensor x = Tensor.ofFloats(new int[] {2, 5}, 1, 2, 3, 4, 5, -1, -2, -3, -4, -100);
        Tensor s = Tensor.ofFloats(new int[] {2, 2}, 0.5f, 1, 2, 4);
        List<Tensor> q = OneNode.of("QuantizeLinear", 21).attr("axis", 1).attr("block_size", 3).attr("output_dtype", 22).in(x).in(s).run(1);
        assertEquals(ElementType.I4, q.get(0).type());
        assertArrayEquals(new int[] {2, 4, 6, 4, 5, 0, -1, -2, -1, -8}, q.get(0).ints());
        near(OneNode.of("DequantizeLinear", 21).attr("axis", 1).attr("block_size", 3).in(q.get(0)).in(s).run(1).get(0), 0,
                1, 2, 3, 4, 5, 0, -2, -4, -4, -32);
    }

    @Test
    void rangesFoundWhileRunning() {
        List<Tensor> r = OneNode.of("DynamicQuantizeLinear", 11).in(Tensor.ofFloats(new int[] {6}, 0, 2, -3, -2.5f, 1.34f, 0.5f)).run(3);
        assertArrayEquals(new int[] {153, 255, 0, 26, 221, 179}, r.get(0).ints());
        near(r.get(1), 1e-7, 5 / 255.0);
        assertArrayEquals(new int[] {153}, r.get(2).ints());
    }

    @Test
    void activationsOfQuantisedValues() {
        Tensor x = integers(5, ElementType.U8, 40);
        Tensor got = OneNode.microsoft("QLinearSigmoid").in(x).constant(Tensor.ofFloats(new int[0], 0.05f)).constant(scalar(ElementType.U8, 120))
                .constant(Tensor.ofFloats(new int[0], 1 / 256f)).constant(scalar(ElementType.U8, 0)).run(1).get(0);
        for (int i = 0; i < 40; i++) {
            double y = Math.min(255, 256 / (1 + Math.exp(-0.05 * (x.ints()[i] - 120))));
            assertEquals(y, got.ints()[i], 0.5001);
        }
    }

    @Test
    void floatsAsUnsignedBytesAreMultipliedExactly() {
        Tensor x = random(7, 3, 8);
        Tensor w = integers(8, ElementType.I8, 8, 5);
        Tensor got = OneNode.microsoft("DynamicQuantizeMatMul").in(x).constant(w).constant(Tensor.ofFloats(new int[] {1}, 0.01f)).run(1).get(0);
        double[] want = new double[15];
        for (int i = 0; i < 3; i++) {
            for (int j = 0; j < 5; j++) {
                for (int k = 0; k < 8; k++) {
                    want[i * 5 + j] += x.number(i * 8 + k) * w.ints()[k * 5 + j] * 0.01;
                }
            }
        }
        near(got, 0.03, want);
    }

    /** Every pair of bytes: the first changes with the row. */
    private static Tensor pairs(boolean first) {
        int[] v = new int[1 << 16];
        for (int i = 0; i < v.length; i++) {
            v[i] = first ? i >> 8 : i & 255;
        }
        return new Tensor(ElementType.U8, new int[] {256, 256}, v);
    }

    private static OneNode ofTwo(String op, Tensor a, Tensor b, int[] zeros, float... scales) {
        OneNode n = OneNode.microsoft(op).in(a).constant(Tensor.ofFloats(new int[0], scales[0])).constant(scalar(ElementType.U8, zeros[0]));
        n.in(b).constant(Tensor.ofFloats(new int[0], scales[1])).constant(scalar(ElementType.U8, zeros[1]));
        return n.constant(Tensor.ofFloats(new int[0], scales[2])).constant(scalar(ElementType.U8, zeros[2]));
    }

    private static int byteOf(float v) {
        return (int) Math.max(0, Math.min(255, Math.rint(v)));
    }

    @Test
    void sumsOfQuantisedValuesRoundOnceForEachOperand() {
        // a trained network's numbers: with two roundings for an operand, or another order, some pair ends a step aside
        int[] zeros = {137, 130, 128};
        float a = 0.03178011f / 0.03524611f;
        float b = 0.021092402f / 0.03524611f;
        float fixed = 128 - Math.fma(a, 137, b * 130);
        Tensor x = pairs(true);
        Tensor y = pairs(false);
        int[] want = new int[1 << 16];
        int[] plain = new int[1 << 16];
        for (int i = 0; i < want.length; i++) {
            want[i] = byteOf(Math.fma((float) x.ints()[i], a, Math.fma((float) y.ints()[i], b, fixed)));
            plain[i] = byteOf(x.ints()[i] * a + (128 - (a * 137 + b * 130)) + y.ints()[i] * b);
        }
        org.junit.jupiter.api.Assertions.assertFalse(java.util.Arrays.equals(want, plain), "these numbers tell nothing");
        assertArrayEquals(want, ofTwo("QLinearAdd", x, y, zeros, 0.03178011f, 0.021092402f, 0.03524611f).run(1).get(0).ints());
        // one number for each row is part of what is fixed
        Tensor column = new Tensor(ElementType.U8, new int[] {256, 1}, java.util.stream.IntStream.range(0, 256).toArray());
        for (int i = 0; i < want.length; i++) {
            want[i] = byteOf(Math.fma((float) y.ints()[i], b, fixed + x.ints()[i] * a));
        }
        assertArrayEquals(want, ofTwo("QLinearAdd", column, y, zeros, 0.03178011f, 0.021092402f, 0.03524611f).onlyStatic().run(1).get(0).ints());
    }

    @Test
    void productsOfQuantisedValuesAreShiftedBeforeTheyAreRounded() {
        Tensor x = pairs(true);
        Tensor y = pairs(false);
        int[] want = new int[1 << 16];
        for (int i = 0; i < want.length; i++) {
            want[i] = byteOf((x.ints()[i] - 128) * (y.ints()[i] - 100) * 0.0625f + 83);
        }
        // -1 / 2 is 0 and 83, but 82.5 is 82
        assertEquals(82, want[127 * 256 + 108]);
        assertArrayEquals(want, ofTwo("QLinearMul", x, y, new int[] {128, 100, 83}, 0.25f, 0.5f, 2).run(1).get(0).ints());
    }
}
