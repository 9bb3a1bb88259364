package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ops.OneNode.near;
import static dev.lathe.compiler.onnx.ops.OneNode.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Axes, shapes and ranges that a model is given while it runs. */
class AxesTest {
    /** Small whole numbers: sums are exact in whatever order. */
    private final Tensor x = whole(2, 3, 4);

    private static Tensor whole(int... dims) {
        float[] f = random(1, dims).floats();
        for (int i = 0; i < f.length; i++) {
            f[i] = Math.round(f[i] * 64);
        }
        return Tensor.ofFloats(dims, f);
    }

    private static Tensor vector(long... v) {
        return Tensor.ofLongs(new int[] {v.length}, v);
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "1, 0", "-1, 1", "0, 0"})
    void sumsOverOne(int axis, int keep) {
        int at = axis < 0 ? axis + 3 : axis;
        int[] dims = {2, 3, 4};
        int[] strides = {12, 4, 1};
        double[] want = new double[24 / dims[at]];
        for (int i = 0; i < 24; i++) {
            int outer = i / (strides[at] * dims[at]);
            want[outer * strides[at] + i % strides[at]] += x.number(i);
        }
        OneNode n = OneNode.of("ReduceSum", 13).attr("keepdims", keep).in(x).in(vector(axis));
        Tensor y = (keep == 1 ? n : n.onlyStatic()).run(1).get(0);
        near(y, 1e-6, want);
        assertArrayEquals(keep == 1
                ? new int[] {at == 0 ? 1 : 2, at == 1 ? 1 : 3, at == 2 ? 1 : 4}
                : at == 0 ? new int[] {3, 4} : at == 1 ? new int[] {2, 4} : new int[] {2, 3}, y.dims());
    }

    @Test
    void meansOverTwo() {
        double[] want = new double[3];
        for (int i = 0; i < 24; i++) {
            want[i / 4 % 3] += x.number(i) / 8;
        }
        near(OneNode.of("ReduceMean", 18).in(x).in(vector(-1, 0)).run(1).get(0), 1e-6, want);
    }

    @Test
    void logSumsDontOverflow() {
        Tensor big = Tensor.ofFloats(new int[] {2, 2}, 1000, 1000, -1000, Float.NEGATIVE_INFINITY);
        near(OneNode.of("ReduceLogSumExp", 18).attr("keepdims", 0).in(big).in(vector(1)).onlyStatic().run(1).get(0), 1e-6, 1000 + Math.log(2), -1000);
    }

    @Test
    void noAxesMeanAllOrNothing() {
        Tensor y = OneNode.of("ReduceMax", 18).attr("noop_with_empty_axes", 1).in(x).in(vector()).run(1).get(0);
        assertArrayEquals(x.floats(), y.floats());
        assertArrayEquals(new int[] {1, 1, 1}, OneNode.of("ReduceMax", 18).in(x).in(vector()).run(1).get(0).dims());
    }

    @Test
    void dimensionsComeAndGo() {
        Tensor one = random(2, 1, 3, 1, 2);
        assertArrayEquals(new int[] {3, 2}, OneNode.of("Squeeze", 13).in(one).in(vector(0, -2)).onlyStatic().run(1).get(0).dims());
        assertArrayEquals(new int[] {1, 2, 3, 1, 4}, OneNode.of("Unsqueeze", 13).in(x).in(vector(-2, 0)).onlyStatic().run(1).get(0).dims());
    }

    @Test
    void shapesWithHoles() {
        assertArrayEquals(new int[] {2, 12}, OneNode.of("Reshape", 14).in(x).in(vector(0, -1)).onlyStatic().run(1).get(0).dims());
        assertArrayEquals(new int[] {4, 3, 2}, OneNode.of("Reshape", 14).in(x).in(vector(-1, 3, 2)).onlyStatic().run(1).get(0).dims());
        Tensor none = Tensor.ofFloats(new int[] {0, 3});
        assertArrayEquals(new int[] {3, 0}, OneNode.of("Reshape", 14).attr("allowzero", 1).in(none).in(vector(3, 0)).onlyStatic().run(1).get(0).dims());
    }

    @Test
    void slicesOfAllKinds() {
        Tensor a = Tensor.ofFloats(new int[] {2, 5}, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
        near(OneNode.of("Slice", 13).in(a).in(vector(-1)).in(vector(-100)).in(vector(1)).in(vector(-2)).run(1).get(0), 0, 4, 2, 0, 9, 7, 5);
        near(OneNode.of("Slice", 13).in(a).in(vector(1, 1)).in(vector(2, 1L << 40)).in(vector(0, 1)).in(vector(1, 3)).run(1).get(0), 0, 6, 9);
        near(OneNode.of("Slice", 13).in(a).in(vector(1)).in(vector(-1)).in(vector(-1)).run(1).get(0), 0, 1, 2, 3, 6, 7, 8);
        assertArrayEquals(new int[] {2, 0}, OneNode.of("Slice", 13).in(a).in(vector(4)).in(vector(2)).in(vector(1)).run(1).get(0).dims());
    }

    @Test
    void padsAlongAxes() {
        Tensor a = Tensor.ofFloats(new int[] {2, 2}, 1, 2, 3, 4);
        Tensor y = OneNode.of("Pad", 18).in(a).in(vector(1, 2)).in(Tensor.ofFloats(new int[0], 9)).in(vector(-1)).run(1).get(0);
        assertArrayEquals(new int[] {2, 5}, y.dims());
        near(y, 0, 9, 1, 2, 9, 9, 9, 3, 4, 9, 9);
        near(OneNode.of("Pad", 18).attr("mode", "reflect").in(a).in(vector(1, 0)).absent().in(vector(0)).run(1).get(0), 0, 3, 4, 1, 2, 3, 4);
        near(OneNode.of("Pad", 13).in(a).in(vector(-1, 0, 0, 1)).run(1).get(0), 0, 3, 4, 0);
    }

    @Test
    void whatIsDroppedMustHaveOneElement() {
        // with one dimension open, nothing else would notice
        OnnxGraph g = OnnxGraph.of("g").in("x", OnnxGraph.floats(new int[] {3, 2}, 1, 0, 1, 1, 0, 1)).node("NonZero", "x", "at").node("Transpose", "at", "rows")
                .node("Squeeze", "rows", "y", OnnxGraph.numbers("axes", 1)).out("y");
        LatheException e = assertThrows(LatheException.class, () -> g.read(12, false));
        assertTrue(e.getMessage().contains("axis 1 of i64"), e.getMessage());
    }

    @Test
    void anOpenExtentThatIsDroppedIsOne() {
        OnnxGraph g = OnnxGraph.of("g").open("x", OnnxGraph.floats(new int[] {1, 3}, 5, 6, 7), 0).node("Squeeze", "x", "v", OnnxGraph.numbers("axes", 0)).node("Relu", "v", "y").out("y");
        assertArrayEquals(new int[] {3}, ((dev.lathe.runtime.Tensor) g.runOnce(12).get(0)).shape());
        RuntimeException e = assertThrows(RuntimeException.class, () -> g.give(OnnxGraph.floats(new int[] {2, 3}, new float[6])).runOnce(12));
        assertTrue(e.getMessage().contains("2x3"), e.getMessage());
    }

    @Test
    void anOpenBatchIsDroppedWhereNothingElseFits() {
        // places in a vector; a batch of more would have two coordinates each
        OnnxGraph g = OnnxGraph.of("g").open("x", OnnxGraph.floats(new int[] {1, 4, 1}, 0, 2, 0, 3), 0).node("Squeeze", "x", "v").node("NonZero", "v", "at")
                .node("Transpose", "at", "rows").node("Squeeze", "rows", "y", OnnxGraph.numbers("axes", 1)).out("y");
        assertArrayEquals(new long[] {1, 3}, ((dev.lathe.runtime.Tensor) g.runOnce(12).get(0)).toLongs());
        RuntimeException e = assertThrows(RuntimeException.class, () -> g.give(OnnxGraph.floats(new int[] {2, 4, 1}, new float[8])).runOnce(12));
        assertTrue(e.getMessage().contains("must be 1"), e.getMessage());
        // where it fits as it is, it is kept
        OnnxGraph kept = OnnxGraph.of("g").open("x", OnnxGraph.floats(new int[] {1, 2, 1}, 5, 6), 0).node("Squeeze", "x", "v").node("Relu", "v", "y").out("y");
        assertArrayEquals(new int[] {1, 2}, ((dev.lathe.runtime.Tensor) kept.runOnce(12).get(0)).shape());
    }
}
