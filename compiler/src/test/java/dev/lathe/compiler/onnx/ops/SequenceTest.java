package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ops.OnnxGraph.bool;
import static dev.lathe.compiler.onnx.ops.OnnxGraph.floats;
import static dev.lathe.compiler.onnx.ops.OnnxGraph.graph;
import static dev.lathe.compiler.onnx.ops.OnnxGraph.number;
import static dev.lathe.compiler.onnx.ops.OnnxGraph.scalar;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.runtime.Datum;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.LatheRuntimeException;
import dev.lathe.runtime.SequenceValue;
import dev.lathe.runtime.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

class SequenceTest {
    private static OnnxGraph two() {
        return OnnxGraph.of("g").in("a", floats(1, 2)).in("b", floats(3)).node("SequenceConstruct", "a b", "s");
    }

    @Test
    void elementsGoInAndOut() {
        OnnxGraph g = two().in("at", scalar(-1)).weight("first", dev.lathe.compiler.tensor.Tensor.ofLongs(new int[0], 0)).node("SequenceInsert", "s b first", "t")
                .node("SequenceErase", "t", "u").node("SequenceAt", "u at", "x").node("SequenceLength", "t", "n").node("Neg", "x", "y").out("t", "u", "y", "n");
        List<Datum> r = g.run(13);
        assertEquals(SequenceValue.of(floats(3), floats(1, 2), floats(3)), r.get(0));
        assertEquals(SequenceValue.of(floats(3), floats(1, 2)), r.get(1));
        assertEquals(floats(-1, -2), r.get(2));
        assertEquals(Tensor.ofLongs(new long[] {3}), r.get(3));
    }

    @Test
    void sequencesAreInputsAndOutputs() {
        SequenceValue in = SequenceValue.of(floats(new int[] {1, 2}, 1, 2), floats(new int[] {2, 2}, 3, 4, 5, 6));
        OnnxGraph g = OnnxGraph.of("g").in("s", in, ElementType.F32, 2).node("ConcatFromSequence", "s", "c", number("axis", 0)).node("Identity", "s", "t")
                .node("ReduceSum", "c", "sum", number("keepdims", 0)).out("c", "t", "sum");
        List<Datum> r = g.run(13);
        assertEquals(floats(new int[] {3, 2}, 1, 2, 3, 4, 5, 6), r.get(0));
        assertEquals(in, r.get(1));
        assertEquals(floats(new int[0], 21), r.get(2));
    }

    @Test
    void stackedAlongANewAxis() {
        OnnxGraph g = OnnxGraph.of("g").in("a", floats(1, 2)).in("b", floats(3, 4)).node("SequenceConstruct", "a b a", "s")
                .node("ConcatFromSequence", "s", "c", number("axis", -1), number("new_axis", 1)).out("c");
        assertEquals(floats(new int[] {2, 3}, 1, 3, 1, 2, 4, 2), g.run(13).get(0));
    }

    @Test
    void splitIntoPartsOfAnExtentOrOfExtents() {
        Tensor x = floats(new int[] {2, 3}, 1, 2, 3, 4, 5, 6);
        OnnxGraph g = OnnxGraph.of("g").in("x", x).weight("two", dev.lathe.compiler.tensor.Tensor.ofLongs(new int[0], 2)).weight("parts", 1, 2)
                .node("SplitToSequence", "x two", "p", number("axis", 1)).node("SplitToSequence", "x parts", "q", number("axis", 1))
                .node("SplitToSequence", "x", "r", number("keepdims", 0)).out("p", "q", "r");
        List<Datum> r = g.run(13);
        assertEquals(SequenceValue.of(floats(new int[] {2, 2}, 1, 2, 4, 5), floats(new int[] {2, 1}, 3, 6)), r.get(0));
        assertEquals(SequenceValue.of(floats(new int[] {2, 1}, 1, 4), floats(new int[] {2, 2}, 2, 3, 5, 6)), r.get(1));
        assertEquals(SequenceValue.of(floats(1, 2, 3), floats(4, 5, 6)), r.get(2));
    }

    @Test
    void partsOfEqualExtentsMayBeShapes() {
        OnnxGraph g = OnnxGraph.of("g").in("x", floats(7)).in("n", Tensor.ofLongs(new long[] {2, 3}, 2)).in("at", scalar(1)).node("Shape", "n", "s")
                .node("ConstantOfShape", "s", "ones", new dev.lathe.compiler.onnx.proto.WireWriter().string(1, "value").int64(20, 4)
                        .message(5, dev.lathe.compiler.onnx.TensorEncoder.encode(dev.lathe.compiler.tensor.Tensor.ofLongs(new int[] {1}, 1), "")))
                .node("SplitToSequence", "n ones", "p").node("SequenceAt", "p at", "d").node("Expand", "x d", "y").weight("two", dev.lathe.compiler.tensor.Tensor.ofLongs(new int[0], 2))
                .node("SplitToSequence", "n two", "q").node("SequenceAt", "q first", "e").weight("first", dev.lathe.compiler.tensor.Tensor.ofLongs(new int[0], 0)).out("y", "e");
        List<Datum> r = g.run(13);
        assertEquals(floats(7, 7, 7), r.get(0));
        assertEquals(Tensor.ofLongs(new long[] {2, 3}, 2), r.get(1));
    }

    @Test
    void aLoopCollectsASequence() {
        OnnxGraph body = OnnxGraph.of("body").arg("i", ElementType.I64).arg("on", ElementType.BOOL).arg("s", ElementType.F32).weight("to", 1).node("Add", "i i", "e2")
                .node("Reshape", "e2 to", "e").weight("from", 0).node("Slice", "x from e", "part").node("SequenceInsert", "s part", "t").out("on", "t");
        OnnxGraph g = OnnxGraph.of("g").in("m", scalar(3)).in("x", floats(1, 2, 3, 4, 5)).node("SequenceEmpty", "", "s0").node("Loop", "m _ s0", "s1", graph("body", body))
                .node("ConcatFromSequence", "s1", "c", number("axis", 0)).out("s1", "c");
        List<Datum> r = g.run(13);
        assertEquals(SequenceValue.of(floats(), floats(1, 2), floats(1, 2, 3, 4)), r.get(0));
        assertEquals(floats(1, 2, 1, 2, 3, 4), r.get(1));
    }

    @Test
    void mapAppliesAGraphToEachElement() {
        OnnxGraph body = OnnxGraph.of("body").arg("e", ElementType.F32).arg("k", ElementType.F32).node("Mul", "e k", "y").node("Shape", "e", "n").out("y", "n");
        OnnxGraph g = two().in("k", floats(10)).node("SequenceMap", "s k", "t u", graph("body", body)).out("t", "u");
        List<Datum> r = g.run(17);
        assertEquals(SequenceValue.of(floats(10, 20), floats(30)), r.get(0));
        assertEquals(SequenceValue.of(Tensor.ofLongs(new long[] {2}, 1), Tensor.ofLongs(new long[] {1}, 1)), r.get(1));
    }

    @Test
    void optionalsOfTensorsAndSequences() {
        for (boolean c : new boolean[] {true, false}) {
            OnnxGraph then = OnnxGraph.of("t").node("SequenceConstruct", "a a", "p").node("Optional", "p", "o").out("o");
            OnnxGraph otherwise = OnnxGraph.of("e").node("SequenceConstruct", "a", "q").node("Optional", "q", "o2").out("o2");
            OnnxGraph g = OnnxGraph.of("g").in("c", bool(c)).in("a", floats(4)).node("If", "c", "opt", graph("then_branch", then), graph("else_branch", otherwise))
                    .node("OptionalHasElement", "opt", "has").node("OptionalGetElement", "opt", "s").node("SequenceLength", "s", "n").node("Optional", "a", "oa")
                    .node("OptionalGetElement", "oa", "b").node("Neg", "b", "y").out("has", "n", "y");
            List<Datum> r = g.run(18);
            assertEquals(Tensor.ofBooleans(new boolean[] {true}), r.get(0));
            assertEquals(Tensor.ofLongs(new long[] {c ? 2 : 1}), r.get(1));
            assertEquals(floats(-4), r.get(2));
        }
    }

    @Test
    void positionsAreChecked() {
        OnnxGraph g = two().in("at", scalar(2)).node("SequenceAt", "s at", "x").out("x");
        String message = assertThrows(LatheRuntimeException.class, () -> g.run(13)).getMessage();
        assertTrue(message.contains("position 2"), message);
        OnnxGraph h = OnnxGraph.of("g").in("a", floats(1, 2)).in("b", floats(new int[] {1, 1}, 3)).node("SequenceConstruct", "a b", "s").node("SequenceErase", "s", "t")
                .weight("p", dev.lathe.compiler.tensor.Tensor.ofLongs(new int[0], 0)).node("SequenceAt", "t p", "x").out("x");
        // elements of different ranks: what comes out can't be typed
        assertTrue(assertThrows(LatheException.class, () -> h.run(13)).getMessage().contains("rank"));
    }
}
