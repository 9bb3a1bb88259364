package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ops.OnnxGraph.floats;
import static dev.lathe.compiler.onnx.ops.OnnxGraph.number;
import static dev.lathe.compiler.onnx.ops.OnnxGraph.numbers;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.Datum;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is computed on extents that are found while running is, bit for bit, what is computed on known ones. */
class LateExtentTest {
    private static final int COLUMNS = 6;

    private final Tensor all = OneNode.random(3, 9, COLUMNS);
    private final int[] chosen = {0, 2, 3, 7, 8};

    /** The graph's rows stand in {@code r}: five of nine, chosen while running, or given as they are. */
    private OnnxGraph rows(boolean late) {
        float[] part = new float[chosen.length * COLUMNS];
        boolean[] which = new boolean[9];
        for (int i = 0; i < chosen.length; i++) {
            System.arraycopy(all.floats(), chosen[i] * COLUMNS, part, i * COLUMNS, COLUMNS);
            which[chosen[i]] = true;
        }
        OnnxGraph g = OnnxGraph.of("g");
        return late
                ? g.in("x", floats(new int[] {9, COLUMNS}, all.floats())).in("c", dev.lathe.runtime.Tensor.ofBooleans(which, 9)).node("Compress", "x c", "r", number("axis", 0))
                : g.in("r", floats(new int[] {5, COLUMNS}, part));
    }

    private static OnnxGraph then(OnnxGraph g, String what) {
        switch (what) {
            case "matmul" -> g.weight("w", OneNode.random(4, COLUMNS, 3)).node("MatMul", "r w", "y");
            case "gemm" -> g.weight("w", OneNode.random(4, 3, COLUMNS)).weight("b", OneNode.random(5, 3)).node("Gemm", "r w b", "y", number("transB", 1));
            case "inner" -> g.node("Transpose", "r", "t").node("MatMul", "t r", "y");
            case "softmax" -> g.node("Softmax", "r", "y", number("axis", 0));
            case "reduce" -> g.weight("axes", 0).node("ReduceSum", "r axes", "a", number("keepdims", 0)).node("ReduceMax", "r", "b", numbers("axes", 1)).node("Mul", "a b", "y");
            case "normalise" -> g.weight("s", Tensor.ofFloats(new int[] {COLUMNS}, 1, 2, 3, 4, 5, 6)).node("LayerNormalization", "r s", "y");
            case "concat" -> g.node("Neg", "r", "n").node("Concat", "r n r", "y", number("axis", 0));
            case "pad" -> g.weight("pads", 1, 0, 2, 1).node("Pad", "r pads", "y");
            case "slice" -> g.weight("from", -1).weight("to", -100).weight("axis", 0).weight("step", -2).node("Slice", "r from to axis step", "y");
            case "expand" -> g.weight("one", Tensor.ofFloats(new int[] {1}, 1)).node("Shape", "r", "s").node("Expand", "one s", "o").node("Add", "o r", "y");
            case "conv" -> g.weight("perm", 1, COLUMNS, -1).node("Transpose", "r", "t").node("Reshape", "t perm", "v").weight("w", OneNode.random(6, 4, COLUMNS, 3))
                    .node("Conv", "v w", "y", numbers("pads", 1, 1));
            case "pool" -> g.weight("perm", 1, COLUMNS, -1).node("Transpose", "r", "t").node("Reshape", "t perm", "v")
                    .node("MaxPool", "v", "y", numbers("kernel_shape", 2), numbers("strides", 2));
            case "again" -> g.weight("zero", Tensor.ofFloats(new int[0], 0)).node("Greater", "r zero", "m").node("NonZero", "m", "i").node("Cast", "i", "y", number("to", 1));
            case "topk" -> g.weight("k", 3).node("TopK", "r k", "y i", number("axis", 0));
            case "where" -> g.weight("zero", Tensor.ofFloats(new int[0], 0)).node("Greater", "r zero", "m").node("Exp", "r", "e").node("Where", "m e r", "y");
            case "cumsum" -> g.weight("axis", Tensor.ofLongs(new int[0], 0)).node("CumSum", "r axis", "y");
            case "argmax" -> g.node("ArgMax", "r", "i", number("axis", 0)).node("Cast", "i", "y", number("to", 1));
            case "tile" -> g.weight("n", 2, 1).node("Tile", "r n", "y");
            case "split" -> g.weight("parts", 2, 4).node("Split", "r parts", "a b", number("axis", 1)).node("ReduceSum", "a", "s", number("keepdims", 1)).node("Mul", "b s", "y");
            case "gru" -> g.weight("dims", -1, 1, COLUMNS).node("Reshape", "r dims", "v").weight("w", OneNode.random(8, 1, 12, COLUMNS)).weight("u", OneNode.random(9, 1, 12, 4))
                    .node("GRU", "v w u", "y", number("hidden_size", 4));
            case "scatter" -> g.weight("at", Tensor.ofLongs(new int[] {1, COLUMNS}, 0, 1, 2, 3, 4, 0)).weight("up", OneNode.random(2, 1, COLUMNS))
                    .node("ScatterElements", "r at up", "y", number("axis", 0));
            default -> throw new IllegalArgumentException(what);
        }
        return g.out("y");
    }

    @ParameterizedTest
    @ValueSource(strings = {"matmul", "gemm", "inner", "softmax", "reduce", "normalise", "concat", "pad", "slice", "expand", "conv", "pool", "again", "topk", "where",
            "cumsum", "argmax", "tile", "split", "gru", "scatter"})
    void same(String what) {
        List<Datum> late = then(rows(true), what).run(13 + (what.equals("normalise") ? 4 : 0));
        List<Datum> known = then(rows(false), what).run(13 + (what.equals("normalise") ? 4 : 0));
        assertEquals(known, late);
        assertEquals(new ArrayList<>(known).size(), late.size());
    }
}
