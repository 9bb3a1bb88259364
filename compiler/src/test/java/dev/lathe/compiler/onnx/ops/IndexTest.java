package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ops.OneNode.near;
import static dev.lathe.compiler.onnx.ops.OneNode.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Operators about places. */
class IndexTest {
    private static Tensor longs(int[] dims, long... v) {
        return Tensor.ofLongs(dims, v);
    }

    private static Tensor scalar(long v) {
        return longs(new int[0], v);
    }

    private final Tensor x = Tensor.ofFloats(new int[] {2, 3}, 3, 1, 3, -2, 5, 5);

    @Test
    void placesOfExtremes() {
        assertArrayEquals(new long[] {0, 1}, OneNode.of("ArgMax", 13).attr("axis", 1).attr("keepdims", 0).in(x).run(1).get(0).longs());
        assertArrayEquals(new long[] {2, 2}, OneNode.of("ArgMax", 13).attr("axis", -1).attr("select_last_index", 1).in(x).run(1).get(0).longs());
        assertArrayEquals(new long[] {1, 0, 0}, OneNode.of("ArgMin", 13).in(x).run(1).get(0).longs());
        Tensor nan = Tensor.ofFloats(new int[] {4}, 1, Float.NaN, 7, Float.NaN);
        assertArrayEquals(new long[] {1}, OneNode.of("ArgMax", 13).in(nan).run(1).get(0).longs());
    }

    @ParameterizedTest
    @CsvSource({"0, 0, 3 1 3 1 6 8", "1, 0, 3 4 7 -2 3 8", "-1, 1, 0 3 4 0 -2 3"})
    void sumsRun(long axis, long exclusive, String want) {
        // the axis is found while running
        near(OneNode.of("CumSum", 14).in(x).in(scalar(axis)).attr("exclusive", exclusive).run(1).get(0), 0, numbers(want));
    }

    @Test
    void productsRunBackwards() {
        near(OneNode.of("CumProd", 26).in(x).constant(scalar(1)).attr("reverse", 1).run(1).get(0), 0, 9, 3, 3, -50, 25, 5);
    }

    private static double[] numbers(String s) {
        return java.util.Arrays.stream(s.split(" ")).mapToDouble(Double::parseDouble).toArray();
    }

    @Test
    void triangles() {
        Tensor a = Tensor.ofFloats(new int[] {3, 3}, 1, 2, 3, 4, 5, 6, 7, 8, 9);
        near(OneNode.of("Trilu", 14).in(a).in(scalar(1)).run(1).get(0), 0, 0, 2, 3, 0, 0, 6, 0, 0, 0);
        near(OneNode.of("Trilu", 14).in(a).attr("upper", 0).run(1).get(0), 0, 1, 0, 0, 4, 5, 0, 7, 8, 9);
        near(OneNode.of("EyeLike", 9).in(a).attr("k", -1).run(1).get(0), 0, 0, 0, 0, 1, 0, 0, 0, 1, 0);
    }

    @Test
    void oneIsHot() {
        Tensor values = Tensor.ofFloats(new int[] {2}, -1, 2);
        Tensor y = OneNode.of("OneHot", 11).attr("axis", 0).in(longs(new int[] {3}, 1, -1, 7)).in(scalar(3)).in(values).run(1).get(0);
        assertArrayEquals(new int[] {3, 3}, y.dims());
        near(y, 0, -1, -1, -1, 2, -1, -1, -1, 2, -1);
        near(OneNode.of("Hardmax", 13).in(x).run(1).get(0), 0, 1, 0, 0, 0, 1, 0);
        near(OneNode.of("Hardmax", 1).attr("axis", 0).in(x).run(1).get(0), 0, 0, 0, 0, 0, 1, 0);
    }

    @Test
    void rangesOfEveryKind() {
        assertArrayEquals(new long[] {10, 7, 4}, OneNode.of("Range", 11).in(scalar(10)).in(scalar(2)).in(scalar(-3)).run(1).get(0).longs());
        assertArrayEquals(new long[0], OneNode.of("Range", 11).in(scalar(3)).in(scalar(1)).in(scalar(1)).run(1).get(0).longs());
        Tensor half = Tensor.ofFloats(new int[0], 0.5f);
        near(OneNode.of("Range", 11).in(half).in(Tensor.ofFloats(new int[0], 2.1f)).in(half).run(1).get(0), 1e-6, 0.5, 1, 1.5, 2);
    }

    @Test
    void looksUpElementsAndTuples() {
        near(OneNode.of("GatherElements", 13).attr("axis", 1).in(x).in(longs(new int[] {2, 2}, 0, -1, 1, 0)).run(1).get(0), 0, 3, 3, 5, -2);
        near(OneNode.of("GatherND", 13).in(x).constant(longs(new int[] {2, 2}, 1, 0, -1, -2)).run(1).get(0), 0, -2, 5);
        near(OneNode.of("GatherND", 13).attr("batch_dims", 1).in(x).constant(longs(new int[] {2, 1}, 2, 0)).run(1).get(0), 0, 3, -2);
        near(OneNode.of("GatherND", 13).in(x).constant(longs(new int[] {1, 1}, 1)).run(1).get(0), 0, -2, 5, 5);
    }

    @ParameterizedTest
    @CsvSource({"none, 3 9 7 -2 5 8", "add, 3 19 10 -2 5 13", "mul, 3 90 21 -2 5 40", "max, 3 10 7 -2 5 8", "min, 3 1 3 -2 5 5"})
    void writesElements(String reduction, String want) {
        Tensor at = longs(new int[] {2, 3}, 1, 2, 1, 2, 2, -1);
        Tensor updates = Tensor.ofFloats(new int[] {2, 3}, 10, 7, 9, 8, 8, 8);
        OneNode n = OneNode.of("ScatterElements", 18).attr("axis", 1).attr("reduction", reduction).in(x).in(at).in(updates);
        double[] w = numbers(want);
        if (reduction.equals("add") || reduction.equals("mul")) {
            // 8 three times
            w[1] = reduction.equals("add") ? 20 : 90;
            w[5] = reduction.equals("add") ? 29 : 2560;
        }
        near(n.run(1).get(0), 0, w);
    }

    @Test
    void writesTuples() {
        Tensor at = longs(new int[] {3, 1}, 1, 0, 1);
        Tensor updates = Tensor.ofFloats(new int[] {3, 3}, 1, 1, 1, 2, 2, 2, 3, 3, 3);
        near(OneNode.of("ScatterND", 18).in(x).constant(at).in(updates).run(1).get(0), 0, 2, 2, 2, 3, 3, 3);
        near(OneNode.of("ScatterND", 18).attr("reduction", "add").in(x).constant(at).in(updates).run(1).get(0), 0, 5, 3, 5, 2, 9, 9);
    }

    @Test
    void reversesBeginnings() {
        Tensor a = Tensor.ofFloats(new int[] {3, 2}, 0, 1, 2, 3, 4, 5);
        near(OneNode.of("ReverseSequence", 10).in(a).in(longs(new int[] {2}, 3, 2)).run(1).get(0), 0, 4, 3, 2, 1, 0, 5);
        near(OneNode.of("ReverseSequence", 10).attr("time_axis", 1).attr("batch_axis", 0).in(a).in(longs(new int[] {3}, 1, 2, 1)).run(1).get(0), 0,
                0, 1, 3, 2, 4, 5);
    }

    @Test
    void cachesGoRound() {
        Tensor cache = Tensor.ofFloats(new int[] {1, 4, 1}, 1, 2, 3, 4);
        Tensor update = Tensor.ofFloats(new int[] {1, 2, 1}, 8, 9);
        near(OneNode.of("TensorScatter", 24).attr("mode", "circular").in(cache).in(update).in(longs(new int[] {1}, 3)).run(1).get(0), 0, 9, 2, 3, 8);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void anIndexOutOfRangeReadsNothingStrange(int axis) {
        Tensor y = OneNode.of("GatherElements", 13).attr("axis", axis).in(x).in(longs(new int[] {1, 1}, 1000)).run(1).get(0);
        near(y, 0, axis == 0 ? -2 : 3);
    }

    @Test
    void bitsOfOtherTypes() {
        Tensor f = Tensor.ofFloats(new int[] {2}, 1, -0f);
        assertArrayEquals(new int[] {0x3f800000, 0x80000000}, OneNode.of("BitCast", 26).attr("to", 6).in(f).run(1).get(0).ints());
        Tensor h = new Tensor(ElementType.U16, new int[] {1}, new int[] {0x3c00});
        near(OneNode.of("BitCast", 26).attr("to", 10).in(h).run(1).get(0), 0, 1);
        Tensor b = new Tensor(ElementType.I8, new int[] {1}, new int[] {-1});
        assertArrayEquals(new int[] {255}, OneNode.of("BitCast", 26).attr("to", 2).in(b).run(1).get(0).ints());
    }

    @Test
    void determinants() {
        Tensor a = Tensor.ofFloats(new int[] {2, 2, 2}, 0, 2, 3, 4, 1, 2, 2, 4);
        near(OneNode.of("Det", 11).in(a).run(1).get(0), 1e-6, -6, 0);
        Tensor big = random(4, 3, 3);
        double want = 0;
        int[][] perms = {{0, 1, 2}, {1, 2, 0}, {2, 0, 1}, {0, 2, 1}, {2, 1, 0}, {1, 0, 2}};
        for (int p = 0; p < 6; p++) {
            want += (p < 3 ? 1 : -1) * big.number(perms[p][0]) * big.number(3 + perms[p][1]) * big.number(6 + perms[p][2]);
        }
        near(OneNode.of("Det", 11).in(big).run(1).get(0), 1e-5, want);
    }
}
