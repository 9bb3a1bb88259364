package dev.lathe.compiler.pass;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.Loc;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.List;
import org.junit.jupiter.api.Test;

class FoldConstantsTest {
    private static Graph branch(String op, Value x) {
        Value y = new Value(op + "_result", x.type());
        return new Graph("", List.of(), List.of(new Node(op, List.of(x), y, Attrs.NONE, Loc.of(op))), List.of(y));
    }

    /** r = if(condition) { neg(x) } else { relu(x) } */
    private static Graph choice(int condition) {
        Value x = new Value("x", Type.tensor(ElementType.F32, 3));
        Value c = new Value("c", Type.tensor(ElementType.BOOL));
        Value r = new Value("r", x.type());
        Node constant = new Node("const", List.of(), c, Attrs.of("value", new Tensor(ElementType.BOOL, new int[0], new int[] {condition})), Loc.NONE);
        Node choose = new Node("if", List.of(c), List.of(r), Attrs.NONE, List.of(branch("neg", x), branch("relu", x)), Loc.of("If_0"));
        return new Graph("g", List.of(x), List.of(constant, choose), List.of(r));
    }

    @Test
    void theBranchThatIsTakenStandsInPlaceOfTheChoice() {
        for (int condition = 0; condition < 2; condition++) {
            Graph g = new FoldConstants(Evaluator.NONE).run(choice(condition));
            assertEquals(List.of(), GraphVerifier.verify(g));
            assertEquals(1, g.nodes().size());
            assertEquals(condition == 1 ? "neg" : "relu", g.nodes().get(0).op());
            assertEquals("r", g.outputs().get(0).name());
        }
    }

    @Test
    void theEvaluatorIsAskedWithAllOperandsAndMayDecline() {
        Value x = new Value("x", Type.tensor(ElementType.F32, 2));
        Value y = new Value("y", x.type());
        Node constant = new Node("const", List.of(), x, Attrs.of("value", Tensor.ofFloats(new int[] {2}, 1, 2)), Loc.NONE);
        Graph g = new Graph("g", List.of(), List.of(constant, new Node("tanh", List.of(x), y, Attrs.NONE, Loc.NONE)), List.of(y));
        Graph same = new FoldConstants((n, in) -> null).run(g);
        assertEquals("tanh", same.nodes().get(1).op());
        Graph folded = new FoldConstants((n, in) -> List.of(Tensor.ofFloats(new int[] {2}, in.get(0).floats()[1], 7))).run(g);
        assertEquals(1, folded.nodes().size());
        assertEquals(2f, folded.nodes().get(0).attrs().tensor("value").floats()[0]);
    }
}
