package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ops.OnnxGraph.bool;
import static dev.lathe.compiler.onnx.ops.OnnxGraph.floats;
import static dev.lathe.compiler.onnx.ops.OnnxGraph.graph;
import static dev.lathe.compiler.onnx.ops.OnnxGraph.number;
import static dev.lathe.compiler.onnx.ops.OnnxGraph.reference;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.runtime.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Functions that a model brings along. */
class FunctionTest {
    @Test
    void overloadsAreDifferentFunctions() {
        OnnxGraph g = OnnxGraph.of("g").in("x", floats(2, 3)).function("f", "", "a", "", OnnxGraph.of("b").node("Neg", "a", "r").out("r"))
                .function("f", "square", "a", "", OnnxGraph.of("b").node("Mul", "a a", "r").out("r")).node("local.f", "x", "y").node("local.f:square", "x", "z").out("y", "z");
        assertEquals(List.of(floats(-2, -3), floats(4, 9)), g.run(13));
    }

    @Test
    void nestedGraphsSeeTheCallsAttributesAndTheFunctionsValues() {
        OnnxGraph then = OnnxGraph.of("t").node("Cast", "a", "p", reference("to", "type")).out("p");
        OnnxGraph otherwise = OnnxGraph.of("e").node("Neg", "a", "n").node("Cast", "n", "q", reference("to", "type")).out("q");
        OnnxGraph body = OnnxGraph.of("b").node("If", "c", "r", graph("then_branch", then), graph("else_branch", otherwise)).out("r");
        OnnxGraph g = OnnxGraph.of("g").in("x", floats(2)).in("on", bool(false)).function("f", "", "a c", "type", body).node("local.f", "x on", "y", number("type", 7)).out("y");
        assertEquals(Tensor.ofLongs(new long[] {-2}, 1), g.run(13).get(0));
    }

    @Test
    void onlyFunctionsThatAreCalledMustBeSupported() {
        OnnxGraph g = OnnxGraph.of("g").in("x", floats(2)).function("idle", "", "a", "", OnnxGraph.of("b").node("NoSuchThing", "a", "r").out("r"))
                .function("f", "", "a", "", OnnxGraph.of("b").node("local.g", "a", "r").out("r"))
                .function("g", "", "a", "", OnnxGraph.of("b").node("Abs", "a", "r").out("r")).node("local.f", "x", "y").out("y");
        assertEquals(floats(2), g.run(13).get(0));
        OnnxGraph h = OnnxGraph.of("g").in("x", floats(2)).function("f", "", "a", "", OnnxGraph.of("b").node("NoSuchThing", "a", "r").out("r")).node("local.f", "x", "y").out("y");
        assertTrue(assertThrows(LatheException.class, () -> h.read(13, false)).getMessage().contains("NoSuchThing"));
    }
}
