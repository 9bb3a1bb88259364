package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ops.OneNode.near;
import static dev.lathe.compiler.onnx.ops.OneNode.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What operators meant in versions that the newest ones no longer say. */
class OldOpsetTest {
    private static Tensor row(float... v) {
        return Tensor.ofFloats(new int[] {v.length}, v);
    }

    private static Tensor floats(int[] dims, float... v) {
        return Tensor.ofFloats(dims, v);
    }

    @Test
    void castsToFourBitsStayInRangeBefore24() {
        Tensor x = row(-20, -8.6f, 7.4f, 15, 100);
        assertArrayEquals(new int[] {-8, -8, 7, 7, 7}, OneNode.of("Cast", 21).attr("to", 22).in(x).run(1).get(0).ints());
        assertArrayEquals(new int[] {0, 0, 7, 15, 15}, OneNode.of("Cast", 21).attr("to", 21).in(x).run(1).get(0).ints());
        // 20 is 0x14, 100 is 0x64: later the low bits count
        assertArrayEquals(new int[] {4, 4}, OneNode.of("Cast", 24).attr("to", 21).in(row(20, 100)).run(1).get(0).ints());
    }

    @Test
    void powersOfTwoRoundAsTheModeSays() {
        Tensor x = row(1, 1.2f, 1.5f, 1.75f, 3, 0.1f, -1.4f);
        near(powers("up", x), 0, 1, 2, 2, 2, 4, 0.125, 2);
        near(powers("down", x), 0, 1, 1, 1, 1, 2, 0.0625, 1);
        near(powers("nearest", x), 0, 1, 1, 2, 2, 4, 0.125, 1);
    }

    private static Tensor powers(String mode, Tensor x) {
        return OneNode.of("Cast", 25).attr("to", 24).attr("round_mode", mode).in(x).run(1).get(0);
    }

    @Test
    void shiftsOfSignedTypesKeepTheSign() {
        int[] dims = {6};
        Tensor x = new Tensor(ElementType.I8, dims, new int[] {-128, -1, 127, -5, 64, -3});
        Tensor by = new Tensor(ElementType.I8, dims, new int[] {3, 9, 2, -1, 1, 1});
        assertArrayEquals(new int[] {-16, -1, 31, -1, 32, -2}, OneNode.of("BitShift", 28).attr("direction", "RIGHT").in(x).in(by).run(1).get(0).ints());
        assertArrayEquals(new int[] {0, 0, -4, 0, -128, -6}, OneNode.of("BitShift", 28).attr("direction", "LEFT").in(x).in(by).run(1).get(0).ints());
        Tensor wide = Tensor.ofLongs(new int[] {3}, Long.MIN_VALUE, -7, 7);
        assertArrayEquals(new long[] {-1, -1, 0}, OneNode.of("BitShift", 28).attr("direction", "RIGHT").in(wide).in(Tensor.ofLongs(new int[] {3}, 63, 64, -2)).run(1).get(0).longs());
        Tensor u = new Tensor(ElementType.U8, new int[] {2}, new int[] {200, 200});
        assertArrayEquals(new int[] {50, 0}, OneNode.of("BitShift", 11).attr("direction", "RIGHT").in(u).in(new Tensor(ElementType.U8, new int[] {2}, new int[] {2, 8})).run(1).get(0).ints());
    }

    @Test
    void remaindersOfZeroHaveTheDivisorsSign() {
        float[] y = OneNode.of("Mod", 28).in(row(0, -4, 4, -3)).in(row(-2, 2, -2, Float.POSITIVE_INFINITY)).run(1).get(0).floats();
        assertArrayEquals(new float[] {-0f, 0f, -0f, Float.POSITIVE_INFINITY}, y);
    }

    @Test
    void theTargetOfACastWasAName() {
        assertArrayEquals(new int[] {1, -2}, OneNode.of("Cast", 5).attr("to", "INT32").in(row(1.9f, -2.1f)).run(1).get(0).ints());
    }

    @Test
    void seluHadShorterConstants() {
        double want = 1.0507 * 1.6732 * (Math.exp(-1) - 1);
        near(OneNode.of("Selu", 1).in(row(-1, 2)).run(1).get(0), 1e-7, want, 2.1014);
        near(OneNode.of("Selu", 6).in(row(-1, 2)).run(1).get(0), 1e-7, 1.05070102214813232 * 1.67326319217681885 * (Math.exp(-1) - 1), 2.10140204429626);
    }

    @Test
    void constantFillTakesItsShapeFromThreePlaces() {
        Tensor x = random(1, 2, 3);
        near(OneNode.of("ConstantFill", 1).attr("value", 1.5).in(x).run(1).get(0), 0, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5);
        near(OneNode.of("ConstantFill", 1).attr("shape", new long[] {2}).attr("extra_shape", new long[] {2}).run(1).get(0), 0, 0, 0, 0, 0);
        Tensor r = OneNode.of("ConstantFill", 1).attr("input_as_shape", 1).attr("dtype", 7).attr("value", 3.0).in(Tensor.ofLongs(new int[] {2}, 1, 2))
                .onlyStatic().run(1).get(0);
        assertArrayEquals(new int[] {1, 2}, r.dims());
        assertArrayEquals(new long[] {3, 3}, r.longs());
    }

    @Test
    void loopIndexTensorTakesOneElement() {
        near(OneNode.of("LoopIndexTensor", 1).in(floats(new int[] {3, 2}, 1, 2, 3, 4, 5, 6)).in(Tensor.ofLongs(new int[0], 1)).run(1).get(0), 0, 3, 4);
    }

    @Test
    void padsGivenOnceHoldForBothEnds() {
        Tensor x = floats(new int[] {1, 1, 1, 3}, 3, 6, 9);
        Tensor want = OneNode.of("AveragePool", 1).attr("kernel_shape", new long[] {1, 3}).attr("pads", new long[] {0, 1, 0, 1}).in(x).run(1).get(0);
        Tensor got = OneNode.of("AveragePool", 1).attr("kernel_shape", new long[] {1, 3}).attr("pads", new long[] {0, 1}).in(x).run(1).get(0);
        near(want, 1e-7, 4.5, 6, 7.5);
        assertArrayEquals(want.floats(), got.floats());
    }

    @Test
    void meanVarianceNormalizationMayLeaveTheVariance() {
        Tensor x = floats(new int[] {1, 1, 1, 2}, 1, 5);
        near(OneNode.of("MeanVarianceNormalization", 8).attr("normalize_variance", 0).in(x).run(1).get(0), 0, -2, 2);
        near(OneNode.of("MeanVarianceNormalization", 8).in(x).run(1).get(0), 1e-6, -1, 1);
        near(OneNode.of("MeanVarianceNormalization", 8).attr("across_channels", 1).in(floats(new int[] {1, 2, 1, 1}, 1, 5)).run(1).get(0), 1e-6, -1, 1);
    }

    @Test
    void depthOfOneHotMayBeAVector() {
        Tensor r = OneNode.of("OneHot", 11).in(Tensor.ofLongs(new int[] {2}, 1, -1)).constant(Tensor.ofLongs(new int[] {1}, 3)).in(row(0, 5)).onlyStatic().run(1).get(0);
        near(r, 0, 0, 5, 0, 0, 0, 5);
    }

    @Test
    void operandsOfNothingCanBeConstant() {
        near(OneNode.of("Concat", 4).attr("axis", 0).in(row(1, 2)).constant(row()).run(1).get(0), 0, 1, 2);
    }

    @Test
    void broadcastingHadAnAxis() {
        Tensor x = random(1, 2, 3, 2);
        Tensor b = row(1, 2, 3);
        for (int opset : new int[] {1, 6}) {
            Tensor y = OneNode.of("Add", opset).attr("broadcast", 1).attr("axis", 1).in(x).in(b).run(1).get(0);
            for (int i = 0; i < 12; i++) {
                near(floats(new int[] {1}, y.floats()[i]), 1e-6, x.floats()[i] + b.floats()[i / 2 % 3]);
            }
        }
        Tensor last = OneNode.of("Mul", 6).attr("broadcast", 1).in(x).in(row(2, 3)).run(1).get(0);
        near(floats(new int[] {2}, last.floats()[0], last.floats()[1]), 1e-6, 2 * x.floats()[0], 3 * x.floats()[1]);
        Tensor slopes = OneNode.of("PRelu", 6).in(floats(new int[] {1, 2, 1}, -1, -1)).in(row(2, 3)).run(1).get(0);
        near(slopes, 0, -2, -3);
        Tensor sum = OneNode.of("Gemm", 1).attr("broadcast", 1).in(floats(new int[] {1, 2}, 1, 2)).in(floats(new int[] {2, 2}, 1, 0, 0, 1)).in(row(10)).run(1).get(0);
        near(sum, 0, 11, 12);
        assertArrayEquals(new int[] {0, 1}, OneNode.of("Greater", 1).attr("broadcast", 1).in(row(1, 3)).in(row(2)).run(1).get(0).ints());
    }

    @Test
    void batchNormalizationWasByPlaceAndInTraining() {
        Tensor x = floats(new int[] {2, 1, 2}, 1, 2, 3, 4);
        Tensor one = floats(new int[] {1, 2}, 1, 1);
        Tensor zero = floats(new int[] {1, 2}, 0, 0);
        Tensor mean = floats(new int[] {1, 2}, 2, 3);
        near(OneNode.of("BatchNormalization", 7).attr("spatial", 0).attr("epsilon", 0.0).in(x).in(one).in(zero).in(mean).in(one).run(1).get(0), 1e-6, -1, -1, 1, 1);
        near(OneNode.of("BatchNormalization", 1).attr("is_test", 1).attr("consumed_inputs", new long[] {0, 0, 0, 1, 1}).attr("epsilon", 0.0)
                .in(x).in(row(2)).in(row(1)).in(row(2.5f)).in(row(1)).run(1).get(0), 1e-6, -2, 0, 2, 4);
        List<Tensor> r = OneNode.of("BatchNormalization", 7).attr("momentum", 0.5).attr("epsilon", 0.0).in(x).in(row(2)).in(row(1)).in(row(0)).in(row(1)).run(5);
        double d = Math.sqrt(1.25);
        near(r.get(0), 1e-6, 1 - 3 / d, 1 - 1 / d, 1 + 1 / d, 1 + 3 / d);
        near(r.get(1), 1e-6, 1.25);
        near(r.get(2), 1e-6, 0.5 + 0.625);
        near(r.get(3), 1e-6, 2.5);
        near(r.get(4), 1e-6, 1.25);
    }

    @Test
    void shapesAxesAndCountsWereAttributes() {
        Tensor x = floats(new int[] {2, 3}, 1, 2, 3, 4, 5, 6);
        assertArrayEquals(new int[] {3, 2}, OneNode.of("Reshape", 1).attr("shape", new long[] {0, -1, 2}).in(x.reshaped(3, 2)).onlyStatic().run(1).get(0).reshaped(3, 2).dims());
        near(OneNode.of("Slice", 1).attr("starts", new long[] {-2}).attr("ends", new long[] {Long.MAX_VALUE}).attr("axes", new long[] {1}).in(x).run(1).get(0), 0, 2, 3, 5, 6);
        near(OneNode.of("Pad", 1).attr("paddings", new long[] {0, 1, 0, 0}).attr("value", 9.0).in(x).run(1).get(0), 0, 9, 1, 2, 3, 9, 4, 5, 6);
        near(OneNode.of("ReduceSum", 1).attr("axes", new long[] {-1}).attr("keepdims", 0).in(x).run(1).get(0), 0, 6, 15);
        List<Tensor> top = OneNode.of("TopK", 1).attr("k", 2).in(x).run(2);
        near(top.get(0), 0, 3, 2, 6, 5);
        assertArrayEquals(new long[] {2, 1, 2, 1}, top.get(1).longs());
        List<Tensor> parts = OneNode.of("Split", 2).attr("axis", 1).attr("split", new long[] {1, 2}).in(x).run(2);
        near(parts.get(1), 0, 2, 3, 5, 6);
        parts = OneNode.of("Split", 1).attr("axis", 1).in(x).constant(Tensor.ofLongs(new int[] {2}, 2, 1)).run(2);
        near(parts.get(0), 0, 1, 2, 4, 5);
        near(OneNode.of("Clip", 1).attr("max", 2.0).in(x).run(1).get(0), 0, 1, 2, 2, 2, 2, 2);
        near(OneNode.of("Tile", 1).in(row(1, 2)).constant(Tensor.ofLongs(new int[] {1}, 2)).constant(Tensor.ofLongs(new int[] {1}, 0)).run(1).get(0), 0, 1, 2, 1, 2);
        near(OneNode.of("Upsample", 1).attr("height_scale", 1.0).attr("width_scale", 2.0).in(x.reshaped(1, 1, 2, 3)).run(1).get(0), 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6);
        near(OneNode.of("Concat", 1).in(x).in(floats(new int[] {2, 1}, 7, 8)).run(1).get(0), 0, 1, 2, 3, 7, 4, 5, 6, 8);
        near(OneNode.of("Dropout", 1).attr("ratio", 0.9).in(row(1, 2)).run(1).get(0), 0, 1, 2);
    }

    @Test
    void softmaxWasOfAllDimensionsFromTheAxisOn() {
        Tensor x = floats(new int[] {1, 2, 2}, 0, 0, 0, 0);
        near(OneNode.of("Softmax", 11).in(x).run(1).get(0), 1e-7, 0.25, 0.25, 0.25, 0.25);
        near(OneNode.of("Softmax", 13).in(x).run(1).get(0), 1e-7, 0.5, 0.5, 0.5, 0.5);
        near(OneNode.of("LogSoftmax", 1).attr("axis", 0).in(x).run(1).get(0), 1e-6, -Math.log(4), -Math.log(4), -Math.log(4), -Math.log(4));
        near(OneNode.of("Hardmax", 1).in(floats(new int[] {1, 2, 2}, 1, 2, 3, 0)).run(1).get(0), 0, 0, 0, 1, 0);
    }

    @Test
    void powersOfPoolsWereReal() {
        Tensor x = floats(new int[] {1, 1, 2}, 3, 4);
        near(OneNode.of("LpPool", 1).attr("kernel_shape", new long[] {2}).attr("p", 2.0).in(x).run(1).get(0), 1e-6, 5);
        near(OneNode.of("GlobalLpPool", 1).attr("p", 1.0).in(x).run(1).get(0), 1e-6, 7);
        near(OneNode.of("LpPool", 2).attr("kernel_shape", new long[] {2}).attr("p", 1).in(x).run(1).get(0), 1e-6, 7);
    }

    @Test
    void halvesOfResizeWereFlooredBefore11() {
        near(OneNode.of("Resize", 10).in(floats(new int[] {1, 1, 1, 4}, 1, 2, 3, 4)).constant(row(1, 1, 1, 0.5f)).run(1).get(0), 0, 1, 3);
        near(OneNode.of("Resize", 10).attr("mode", "linear").in(floats(new int[] {1, 1, 1, 2}, 1, 2)).constant(row(1, 1, 1, 2)).run(1).get(0), 0, 1, 1.5, 2, 2);
    }

    @Test
    void theMaskOfDropoutWasAFloat() {
        Tensor mask = OneNode.of("Dropout", 7).in(row(5)).run(2).get(1);
        near(mask, 0, 1);
        org.junit.jupiter.api.Assertions.assertEquals(ElementType.F32, mask.type());
        org.junit.jupiter.api.Assertions.assertEquals(ElementType.BOOL, OneNode.of("Dropout", 10).in(row(5)).run(2).get(1).type());
    }
}
