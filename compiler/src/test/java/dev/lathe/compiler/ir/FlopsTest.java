package dev.lathe.compiler.ir;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.text.GraphParser;
import java.util.List;
import org.junit.jupiter.api.Test;

class FlopsTest {
    private static final String WINDOW = "dilations = [1,1], groups = 2, pads = [1,1,1,1], strides = [2,2]";

    private static Flops of(String inputs, String... lines) {
        return Flops.of(GraphParser.parse("g.lir", "lathe 1\ngraph @g(" + inputs + ") -> (%r) {\n" + String.join("\n", lines) + "\nreturn %r\n}\n"));
    }

    private static void assertCount(long multiplyAdds, String inputs, String... lines) {
        assertEquals(new Flops(multiplyAdds, true), of(inputs, lines));
    }

    @Test
    void convolutionsInBothLayouts() {
        // 4 x 5 results of 6 channels, each of 2 channels under a kernel of 9
        assertCount(4 * 5 * 6 * 2 * 9, "%x: f32[1,4,8,10], %w: f32[6,2,3,3]", "%r: f32[1,6,4,5] = conv(%x, %w) {layout = \"first\", " + WINDOW + "}");
        assertCount(4 * 5 * 6 * 2 * 9, "%x: f32[1,8,10,4], %w: f32[6,2,3,3]", "%r: f32[1,4,5,6] = conv(%x, %w) {layout = \"last\", " + WINDOW + "}");
    }

    @Test
    void transposedConvolutionsSpreadEachInput() {
        // 4 x 5 pixels of 4 channels, each spread over 3 channels under a kernel of 9
        assertCount(4 * 5 * 4 * 3 * 9, "%x: f32[1,4,4,5], %w: f32[4,3,3,3]",
                "%r: f32[1,6,7,9] = conv_transpose(%x, %w) {layout = \"first\", output_pads = [0,0], " + WINDOW + "}");
    }

    @Test
    void matrixProductsInBatches() {
        assertCount(7 * 3 * 5 * 4, "%a: f32[7,3,4], %b: f32[4,5]", "%r: f32[7,3,5] = matmul(%a, %b)");
    }

    @Test
    void recurrentWeightsAreTakenOnceAStep() {
        // 10 steps of 3 sequences, two directions, 4 gates, 5 units
        assertCount(10 * 3 * 2 * 20 * 5, "%x: f32[10,3,40], %w: f32[2,20,5]",
                "%r: f32[10,2,3,5], %h: f32[2,3,5], %c: f32[2,3,5] = lstm(%x, %w) {direction = \"bidirectional\", "
                        + "activations = [\"sigmoid\",\"tanh\",\"tanh\",\"sigmoid\",\"tanh\",\"tanh\"]}");
    }

    @Test
    void elementwiseWorkIsNotCounted() {
        assertCount(0, "%x: f32[8]", "%r: f32[8] = relu(%x)");
    }

    @Test
    void openShapesLeaveTheCountIncomplete() {
        assertEquals(new Flops(12, false), of("%a: f32[N,4], %b: f32[4,5], %c: f32[1,4], %d: f32[4,3]", "%e: f32[1,3] = matmul(%c, %d)", "%r: f32[N,5] = matmul(%a, %b)"));
    }

    @Test
    void ofTwoBranchesTheLargerCounts() {
        assertEquals(new Flops(60, false), of("%c: bool[], %a: f32[3,4], %b: f32[4,5], %y: f32[3,5]",
                "%r: f32[3,5] = if(%c) ({ yield %y }, { %z: f32[3,5] = matmul(%a, %b) yield %z })"));
        assertCount(60, "%c: bool[], %a: f32[3,4], %b: f32[4,5]",
                "%r: f32[3,5] = if(%c) ({ %y: f32[3,5] = matmul(%a, %b) yield %y }, { %z: f32[3,5] = matmul(%a, %b) yield %z })");
    }

    @Test
    void loopsCountEachTurnWhenTheirNumberIsKnown() {
        assertEquals(new Flops(300, true), loop(Attrs.of("trip", Dim.of(5), "all", true)));
        assertEquals(new Flops(0, false), loop(Attrs.of("trip", Dim.of(5))));
        assertEquals(new Flops(0, false), loop(Attrs.of("trip", Dim.sym("N"), "all", true)));
    }

    private static Flops loop(Attrs attrs) {
        Graph body = GraphParser.parse("g.lir", "lathe 1\ngraph @g(%a: f32[3,4], %b: f32[4,5]) -> (%r) {\n%r: f32[3,5] = matmul(%a, %b)\nreturn %r\n}\n");
        return Flops.of(new Graph("g", List.of(), List.of(new Node("loop", List.of(), List.of(), attrs, List.of(body), Loc.NONE)), List.of()));
    }
}
