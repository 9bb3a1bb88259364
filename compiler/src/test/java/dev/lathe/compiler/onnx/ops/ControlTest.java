package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ops.OnnxGraph.bool;
import static dev.lathe.compiler.onnx.ops.OnnxGraph.floats;
import static dev.lathe.compiler.onnx.ops.OnnxGraph.graph;
import static dev.lathe.compiler.onnx.ops.OnnxGraph.number;
import static dev.lathe.compiler.onnx.ops.OnnxGraph.numbers;
import static dev.lathe.compiler.onnx.ops.OnnxGraph.scalar;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.Datum;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.LatheRuntimeException;
import java.util.List;
import org.junit.jupiter.api.Test;

class ControlTest {
    private static final Tensor ONE = Tensor.ofFloats(new int[0], 1);

    // ---- If -----------------------------------------------------------------------------------------------------

    @Test
    void branchesMayGiveDifferentExtents() {
        for (boolean c : new boolean[] {true, false}) {
            OnnxGraph then = OnnxGraph.of("t").node("Concat", "x x", "a", number("axis", 0)).out("a");
            OnnxGraph otherwise = OnnxGraph.of("e").node("Neg", "x", "b").out("b");
            OnnxGraph g = OnnxGraph.of("g").in("c", bool(c)).in("x", floats(1, 2)).node("If", "c", "y", graph("then_branch", then), graph("else_branch", otherwise))
                    .weight("one", ONE).node("Add", "y one", "z").node("Shape", "y", "s").out("z", "s");
            List<Datum> r = g.run(13);
            assertEquals(c ? floats(2, 3, 2, 3) : floats(0, -1), r.get(0));
            assertEquals(dev.lathe.runtime.Tensor.ofLongs(new long[] {c ? 4 : 2}, 1), r.get(1));
        }
    }

    @Test
    void branchesGiveConstantsAndOuterValues() {
        OnnxGraph then = OnnxGraph.of("t").weight("w", Tensor.ofFloats(new int[] {2}, 7, 8)).node("Identity", "w", "a").out("a");
        OnnxGraph otherwise = OnnxGraph.of("e").node("Identity", "x", "b").out("b");
        assertEquals(floats(7, 8), ifGraph(then, otherwise, true).run(13).get(0));
        assertEquals(floats(1, 2), ifGraph(then, otherwise, false).run(13).get(0));
    }

    private static OnnxGraph ifGraph(OnnxGraph then, OnnxGraph otherwise, boolean c) {
        return OnnxGraph.of("g").in("c", bool(c)).in("x", floats(1, 2)).node("If", "c", "y", graph("then_branch", then), graph("else_branch", otherwise)).out("y");
    }

    @Test
    void aKnownConditionLeavesNoChoice() {
        OnnxGraph then = OnnxGraph.of("t").node("Squeeze", "x", "a", numbers("axes", 1)).out("a");
        OnnxGraph otherwise = OnnxGraph.of("e").node("Identity", "x", "b").out("b");
        OnnxGraph g = OnnxGraph.of("g").in("x", floats(new int[] {2, 1}, 1, 2)).weight("at", 1).weight("one", 1).node("Shape", "x", "s").node("Gather", "s at", "d")
                .node("Equal", "d one", "c").node("If", "c", "y", graph("then_branch", then), graph("else_branch", otherwise)).out("y");
        assertTrue(g.read(11, false).nodes().stream().noneMatch(n -> n.is("if")));
        // with an open dimension the rank would depend on data: what is meant is the squeezing
        assertEquals(List.of(floats(1, 2)), g.run(11));
        LatheException e = assertThrows(LatheException.class, () -> ranks(then, OnnxGraph.of("e").node("Neg", "x", "b").out("b")).read(11, true));
        assertTrue(e.getMessage().contains("rank"), e.getMessage());
    }

    private static OnnxGraph ranks(OnnxGraph then, OnnxGraph otherwise) {
        return OnnxGraph.of("g").in("x", floats(new int[] {2, 1}, 1, 2)).in("c", bool(false)).node("If", "c", "y0", graph("then_branch", then), graph("else_branch", otherwise))
                .node("ReduceSum", "y0", "y", number("keepdims", 0)).out("y");
    }

    @Test
    void theChoiceThatWasNotCompiledIsRefusedWhileRunning() {
        OnnxGraph then = OnnxGraph.of("t").node("Squeeze", "x", "a", numbers("axes", 1)).out("a");
        LatheRuntimeException e = assertThrows(LatheRuntimeException.class, () -> ranks(then, OnnxGraph.of("e").node("Identity", "x", "b").out("b")).run(11));
        assertTrue(e.getMessage().contains("If0") && e.getMessage().contains("--shape"), e.getMessage());
    }

    @Test
    void comparisonsOfShapesThatAreCertainLeaveNoChoice() {
        OnnxGraph then = OnnxGraph.of("t").node("Neg", "x", "a").out("a");
        OnnxGraph otherwise = OnnxGraph.of("e").node("Identity", "x", "b").out("b");
        OnnxGraph g = OnnxGraph.of("g").in("x", floats(1, 2)).weight("one", Tensor.ofLongs(new int[] {1}, 1)).weight("none", Tensor.ofLongs(new int[] {1}, 0))
                .node("Shape", "x", "s").node("Add", "s one", "more").node("Less", "more s", "p").node("Not", "p", "q").node("GreaterOrEqual", "s none", "r").node("And", "q r", "w")
                .node("Cast", "w", "w1", number("to", 7)).node("Cast", "w1", "w2", number("to", 9)).node("Equal", "s s", "same").node("Xor", "w2 same", "no").node("Or", "no w2", "yes")
                .node("If", "yes", "y", graph("then_branch", then), graph("else_branch", otherwise)).out("y");
        assertTrue(g.read(13, true).nodes().stream().noneMatch(n -> n.is("if")));
        assertEquals(floats(-1, -2), g.run(13).get(0));
    }

    @Test
    void outputsMayBeNamedLikeValuesInside() {
        // numbers are what values without a name are called
        for (int i = 0; i < 24; i++) {
            String name = Integer.toString(i);
            OnnxGraph body = OnnxGraph.of("body").arg("i", ElementType.I64).arg("on", ElementType.BOOL).arg("s", ElementType.F32).node("Gelu", "s", "t").node("Add", "t x", "u")
                    .out("on", "u");
            OnnxGraph g = OnnxGraph.of("g").in("x", floats(1, 2)).in("m", scalar(2)).node("Loop", "m _ x", "r", graph("body", body)).node("Sub", "r r", name).out(name);
            assertEquals(floats(0, 0), g.run(20).get(0), name);
        }
    }

    @Test
    void choicesNest() {
        OnnxGraph inner = OnnxGraph.of("i").node("Add", "x x", "p").out("p");
        OnnxGraph innerElse = OnnxGraph.of("j").node("Mul", "x x", "q").out("q");
        OnnxGraph then = OnnxGraph.of("t").node("If", "d", "a", graph("then_branch", inner), graph("else_branch", innerElse)).out("a");
        OnnxGraph otherwise = OnnxGraph.of("e").node("Neg", "x", "b").out("b");
        OnnxGraph g = OnnxGraph.of("g").in("c", bool(true)).in("d", bool(false)).in("x", floats(3)).node("If", "c", "y", graph("then_branch", then), graph("else_branch", otherwise)).out("y");
        assertEquals(floats(9), g.run(13).get(0));
    }

    // ---- Loop ---------------------------------------------------------------------------------------------------

    private static OnnxGraph body() {
        return OnnxGraph.of("body").arg("i", ElementType.I64).arg("on", ElementType.BOOL);
    }

    @Test
    void carriedValuesChangeAllAtOnce() {
        // (a, b) -> (b, a + b), and every a is collected
        OnnxGraph body = body().arg("a", ElementType.F32).arg("b", ElementType.F32).node("Add", "a b", "s").node("Identity", "b", "a1").node("Identity", "on", "go")
                .node("Identity", "a", "seen").out("go", "a1", "s", "seen");
        for (long turns : new long[] {0, 1, 10}) {
            OnnxGraph g = OnnxGraph.of("g").in("m", scalar(turns)).in("a0", floats(0)).in("b0", floats(1)).node("Loop", "m _ a0 b0", "x y all", graph("body", body)).out("x", "y", "all");
            List<Datum> r = g.run(13);
            float[] want = new float[(int) turns];
            float a = 0;
            float b = 1;
            for (int i = 0; i < turns; i++) {
                want[i] = a;
                float s = a + b;
                a = b;
                b = s;
            }
            assertEquals(floats(a), r.get(0));
            assertEquals(floats(b), r.get(1));
            assertEquals(floats(new int[] {(int) turns, 1}, want), r.get(2));
        }
    }

    @Test
    void aCarriedValueGrows() {
        OnnxGraph body = body().arg("v", ElementType.F32).node("Cast", "i", "f", number("to", 1)).weight("shape", 1).node("Reshape", "f shape", "f1")
                .node("Concat", "v f1", "w", number("axis", 0)).node("ReduceSum", "w", "sum", number("keepdims", 0)).out("on", "w", "sum");
        OnnxGraph g = OnnxGraph.of("g").in("m", scalar(4)).in("c", bool(true)).in("v0", floats(5, 6)).node("Loop", "m c v0", "v1 sums", graph("body", body))
                .node("Neg", "v1", "neg").out("neg", "sums");
        List<Datum> r = g.run(13);
        assertEquals(floats(-5, -6, -0f, -1, -2, -3), r.get(0));
        assertEquals(floats(11, 12, 14, 17), r.get(1));
    }

    @Test
    void conditionsEndLoops() {
        // doubles x until it is over 100; the trip count means no bound
        OnnxGraph body = body().arg("x", ElementType.F32).node("Add", "x x", "y").weight("limit", Tensor.ofFloats(new int[0], 100)).node("Less", "y limit", "go").out("go", "y");
        OnnxGraph g = OnnxGraph.of("g").in("c", bool(true)).in("x0", floats(new int[0], 3)).weight("m", Tensor.ofLongs(new int[0], Long.MAX_VALUE))
                .node("Loop", "m c x0", "x1", graph("body", body)).out("x1");
        assertEquals(floats(new int[0], 192), g.run(13).get(0));
        OnnxGraph never = OnnxGraph.of("g").in("c", bool(false)).in("x0", floats(new int[0], 3)).node("Loop", "_ c x0", "x1", graph("body", body)).out("x1");
        assertEquals(floats(new int[0], 3), never.run(13).get(0));
        // a number of turns found while running that is as large
        OnnxGraph open = OnnxGraph.of("g").in("m", scalar(Long.MAX_VALUE)).in("x0", floats(new int[0], 3)).node("Loop", "m _ x0", "x1", graph("body", body)).out("x1");
        assertEquals(floats(new int[0], 192), open.run(13).get(0));
    }

    @Test
    void aLoopIndexesAndCollects() {
        OnnxGraph body = body().node("Gather", "x i", "row", number("axis", 0)).node("ReduceSum", "row", "s", number("keepdims", 1)).node("Mul", "row s", "p").out("on", "p");
        OnnxGraph g = OnnxGraph.of("g").in("x", floats(new int[] {3, 2}, 1, 2, 3, 4, 5, 6)).weight("m", Tensor.ofLongs(new int[0], 3))
                .node("Loop", "m _", "all", graph("body", body)).out("all");
        assertEquals(floats(new int[] {3, 2}, 3, 6, 21, 28, 55, 66), g.run(13).get(0));
    }

    @Test
    void collectedElementsMayHaveAnExtentThatTurnsFind() {
        OnnxGraph body = body().node("NonZero", "x", "at").node("Cast", "at", "f", number("to", 1)).out("on", "f");
        OnnxGraph g = OnnxGraph.of("g").in("x", floats(0, 1, 1)).weight("m", Tensor.ofLongs(new int[0], 2)).node("Loop", "m _", "all", graph("body", body))
                .node("Neg", "all", "y").out("y");
        assertEquals(floats(new int[] {2, 1, 2}, -1, -2, -1, -2), g.run(13).get(0));
    }

    @Test
    void collectedElementsMustHaveOneShape() {
        OnnxGraph body = body().arg("v", ElementType.F32).node("Concat", "v v", "w", number("axis", 0)).node("Neg", "v", "c").out("on", "w", "c");
        OnnxGraph g = OnnxGraph.of("g").in("m", scalar(2)).in("v0", floats(1)).node("Loop", "m _ v0", "v1 all", graph("body", body)).out("v1", "all");
        LatheRuntimeException e = assertThrows(LatheRuntimeException.class, () -> g.run(13));
        assertTrue(e.getMessage().contains("one shape"), e.getMessage());
    }

    @Test
    void loopsNestAndSeeValuesAround() {
        // sum over j of (i + j) * x, collected over i
        OnnxGraph inner = OnnxGraph.of("inner").arg("j", ElementType.I64).arg("on2", ElementType.BOOL).arg("s", ElementType.F32).node("Add", "i j", "ij")
                .node("Cast", "ij", "f", number("to", 1)).node("Mul", "f x", "fx").node("Add", "s fx", "t").out("on2", "t");
        OnnxGraph outer = body().weight("zero", Tensor.ofFloats(new int[] {2}, 0, 0)).node("Loop", "m _ zero", "sum", graph("body", inner)).out("on", "sum");
        OnnxGraph g = OnnxGraph.of("g").in("m", scalar(3)).in("x", floats(1, 10)).node("Loop", "m _", "all", graph("body", outer)).out("all");
        assertEquals(floats(new int[] {3, 2}, 3, 30, 6, 60, 9, 90), g.run(13).get(0));
    }

    @Test
    void loopsAndChoicesMix() {
        OnnxGraph even = OnnxGraph.of("even").node("Concat", "v one", "a", number("axis", 0)).out("a");
        OnnxGraph odd = OnnxGraph.of("odd").node("Add", "v v", "b").out("b");
        OnnxGraph body = body().arg("v", ElementType.F32).weight("two", Tensor.ofLongs(new int[0], 2)).weight("zero", Tensor.ofLongs(new int[0], 0)).node("Mod", "i two", "r")
                .node("Equal", "r zero", "is").node("If", "is", "w", graph("then_branch", even), graph("else_branch", odd)).out("on", "w");
        OnnxGraph g = OnnxGraph.of("g").in("m", scalar(4)).in("v0", floats(5)).weight("one", Tensor.ofFloats(new int[] {1}, 1)).node("Loop", "m _ v0", "v1", graph("body", body)).out("v1");
        // [5] [5 1] [10 2] [10 2 1] [20 4 2]
        assertEquals(floats(20, 4, 2), g.run(13).get(0));
    }

    @Test
    void whatNoTurnChangesIsNotCarried() {
        OnnxGraph body = body().arg("k", ElementType.F32).arg("s", ElementType.F32).node("Add", "s k", "t").node("Identity", "k", "k1").out("on", "k1", "t");
        OnnxGraph g = OnnxGraph.of("g").in("m", scalar(3)).in("k0", floats(2)).in("s0", floats(1)).node("Loop", "m _ k0 s0", "k2 s1", graph("body", body)).out("k2", "s1");
        assertEquals(List.of(floats(2), floats(7)), g.run(13));
        assertEquals(2, g.read(13, false).nodes().stream().filter(n -> n.is("loop")).findFirst().orElseThrow().inputs().size());
    }

    @Test
    void aLoopThatNeverEndsIsRefused() {
        OnnxGraph body = body().arg("v", ElementType.F32).node("Neg", "v", "w").out("on", "w");
        OnnxGraph g = OnnxGraph.of("g").in("v0", floats(2)).node("Loop", "_ _ v0", "v1", graph("body", body)).out("v1");
        assertTrue(assertThrows(LatheException.class, () -> g.read(13, false)).getMessage().contains("never end"));
    }

    @Test
    void aShapeIsPutTogetherFromWhatIsKnownAndWhatIsNot() {
        // a number of rows found while running, and -1
        OnnxGraph g = OnnxGraph.of("g").in("n", scalar(2)).in("x", floats(1, 2, 3, 4, 5, 6)).weight("rest", -1).weight("one", 1)
                .node("Reshape", "n one", "m").node("Concat", "m rest", "s", number("axis", 0)).node("Reshape", "x s", "r").node("Transpose", "r", "y").out("y");
        assertEquals(floats(new int[] {3, 2}, 1, 4, 2, 5, 3, 6), g.run(13).get(0));
    }

    @Test
    void aCarriedTypeMustStay() {
        OnnxGraph body = body().arg("v", ElementType.F32).node("Cast", "v", "w", number("to", 7)).out("on", "w");
        OnnxGraph g = OnnxGraph.of("g").in("m", scalar(3)).in("v0", floats(2)).node("Loop", "m _ v0", "v1", graph("body", body)).out("v1");
        assertTrue(assertThrows(LatheException.class, () -> g.read(13, false)).getMessage().contains("carried"));
    }

    // ---- Scan ---------------------------------------------------------------------------------------------------

    @Test
    void scanWalksAxesInBothDirections() {
        OnnxGraph body = OnnxGraph.of("body").arg("s", ElementType.F32).arg("x", ElementType.F32).arg("y", ElementType.F32).node("Add", "s x", "a").node("Add", "a y", "t")
                .node("Identity", "t", "c").node("Neg", "t", "d").out("t", "c", "d");
        OnnxGraph g = OnnxGraph.of("g").in("s0", floats(new int[] {2}, 0, 0)).in("x", floats(new int[] {3, 2}, 1, 2, 3, 4, 5, 6)).in("y", floats(new int[] {2, 3}, 10, 20, 30, 40, 50, 60))
                .node("Scan", "s0 x y", "s1 c d", graph("body", body), number("num_scan_inputs", 2), numbers("scan_input_axes", 0, 1), numbers("scan_input_directions", 0, 1),
                        numbers("scan_output_axes", 1, 0), numbers("scan_output_directions", 0, 1))
                .out("s1", "c", "d");
        List<Datum> r = g.run(9);
        // turns take x rows 0, 1, 2 and y columns 2, 1, 0
        assertEquals(floats(69, 162), r.get(0));
        assertEquals(floats(new int[] {2, 3}, 31, 54, 69, 62, 116, 162), r.get(1));
        assertEquals(floats(new int[] {3, 2}, -69, -162, -54, -116, -31, -62), r.get(2));
    }

    @Test
    void scanOfBatchesWithLengths() {
        OnnxGraph body = OnnxGraph.of("body").arg("s", ElementType.F32).arg("x", ElementType.F32).node("Add", "s x", "t").node("Identity", "t", "c").out("t", "c");
        OnnxGraph g = OnnxGraph.of("g").in("n", dev.lathe.runtime.Tensor.ofLongs(new long[] {3, 2}, 2)).in("s0", floats(new int[] {2, 1}, 0, 100))
                .in("x", floats(new int[] {2, 3, 1}, 1, 2, 3, 4, 5, 6)).node("Scan", "n s0 x", "s1 c", graph("body", body), number("num_scan_inputs", 1)).out("s1", "c");
        List<Datum> r = g.run(8);
        assertEquals(floats(new int[] {2, 1}, 6, 109), r.get(0));
        assertEquals(floats(new int[] {2, 3, 1}, 1, 3, 6, 104, 109, 0), r.get(1));
    }
}
