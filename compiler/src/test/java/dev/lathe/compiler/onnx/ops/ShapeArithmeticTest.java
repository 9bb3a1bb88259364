package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ops.OnnxGraph.floats;
import static dev.lathe.compiler.onnx.ops.OnnxGraph.number;
import static dev.lathe.compiler.onnx.ops.OnnxGraph.numbers;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.Type.TensorType;
import dev.lathe.runtime.Tensor;
import org.junit.jupiter.api.Test;

/** Shapes that a model computes from shapes: they are followed, so that nothing has to be found while running. */
class ShapeArithmeticTest {
    private static final Tensor X = floats(new int[] {1, 4, 1, 2}, 0, 1, 2, 3, 4, 5, 6, 7);

    private static boolean finds(Graph g) {
        return g.nodes().stream().anyMatch(n -> n.is("bind"));
    }

    @Test
    void castsThatChangeNothingAreFollowed() {
        // how PyTorch writes a channel shuffle
        OnnxGraph g = OnnxGraph.of("g").in("x", X).weight("at", 1).weight("two", 2).weight("rest", -1).node("Shape", "x", "s").node("Gather", "s at", "c")
                .node("Div", "c two", "h").node("Cast", "h", "h2", number("to", 7)).weight("zero", 0).node("Gather", "s zero", "b")
                .node("Concat", "b two h2 rest", "to", number("axis", 0)).node("Reshape", "x to", "r").node("Transpose", "r", "t", numbers("perm", 0, 2, 1, 3)).out("t");
        assertEquals(floats(new int[] {1, 2, 2, 2}, 0, 1, 4, 5, 2, 3, 6, 7), g.run(13).get(0));
        assertTrue(!finds(g.read(13, true)));
    }

    @Test
    void amountsOfPaddingAreFollowedThroughMatrices() {
        // how PyTorch writes a padding up to a multiple of 3: pairs, last dimension first, are turned round
        OnnxGraph g = OnnxGraph.of("g").in("x", X).weight("last", 3).weight("three", 3).weight("none", 0).weight("pairs", -1, 2).weight("flat", -1).weight("from", -1)
                .weight("end", -5).weight("axis", 0).weight("back", -1).weight("more", 0, 0, 0, 0, 0, 0)
                .node("Shape", "x", "s").node("Gather", "s last", "w").node("Neg", "w", "n").node("Mod", "n three", "m")
                .node("Concat", "none m more", "p", number("axis", 0)).node("Reshape", "p pairs", "q").node("Slice", "q from end axis back", "r")
                .node("Transpose", "r", "t").node("Reshape", "t flat", "u").node("Pad", "x u", "y").out("y");
        assertEquals(floats(new int[] {1, 4, 1, 3}, 0, 1, 0, 2, 3, 0, 4, 5, 0, 6, 7, 0), g.run(13).get(0));
        assertTrue(!finds(g.read(13, true)));
    }

    @Test
    void complementaryPartsMakeTheWhole() {
        OnnxGraph g = OnnxGraph.of("g").in("x", X).weight("zero", 0).weight("three", 3).weight("most", Long.MAX_VALUE).weight("axis", 1)
                .node("Slice", "x zero three axis", "a").node("Slice", "x three most axis", "b").node("Concat", "b a", "c", number("axis", 1)).node("Add", "c x", "y").out("c", "y");
        assertEquals(floats(new int[] {1, 4, 1, 2}, 6, 7, 0, 1, 2, 3, 4, 5), g.run(13).get(0));
        Graph open = g.read(13, true);
        assertEquals("x_1", ((TensorType) open.outputs().get(0).type()).dim(1).toString());
    }

    @Test
    void whatGrowsTooLongGetsASymbol() {
        // every turn multiplies and cuts what no rule can simplify
        OnnxGraph g = OnnxGraph.of("g").in("x", floats(new int[] {2, 3}, 1, 2, 3, 4, 5, 6)).in("y", floats(new int[] {5, 7}, new float[35])).weight("zero", 0).weight("one", 1)
                .weight("flat", -1).node("Shape", "x", "s").node("Shape", "y", "t").node("Gather", "s zero", "a0").node("Gather", "s one", "b").node("Gather", "t zero", "c")
                .node("Gather", "t one", "d").node("Reshape", "y flat", "x0");
        for (int i = 0; i < 8; i++) {
            g.node("Mul", "a" + i + " c", "p" + i).node("Max", "p" + i + " d", "q" + i).node("Add", "q" + i + " b", "r" + i).node("Mod", "r" + i + " c", "v" + i)
                    .node("Max", "v" + i + " b", "w" + i).node("Min", "w" + i + " a" + i, "z" + i).node("Add", "z" + i + " one", "a" + (i + 1))
                    .node("Slice", "x" + i + " zero a" + (i + 1), "x" + (i + 1));
        }
        g.out("x8");
        // the extents asked for are 3, 4, 4, ...
        assertEquals(floats(0, 0, 0), g.run(13).get(0));
        g.read(13, true).nodes().forEach(n -> n.outputs().forEach(v -> assertTrue(v == null || v.type().toString().length() < 2000)));
    }
}
