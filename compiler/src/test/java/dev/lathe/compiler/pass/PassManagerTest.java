package dev.lathe.compiler.pass;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.GraphBuilder;
import dev.lathe.compiler.ir.Loc;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Value;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PassManagerTest {
    private static Graph graph() {
        GraphBuilder b = new GraphBuilder();
        Value x = b.input("x", Type.tensor(ElementType.F32, 2, 3));
        return b.finish("g", List.of(b.op("relu", b.op("neg", x))));
    }

    @Test
    void theListenerSeesEveryPassInOrder() {
        List<String> seen = new ArrayList<>();
        new PassManager(Passes.STANDARD, (p, g, nanos) -> seen.add(p.name())).run(graph());
        assertEquals(Passes.STANDARD.stream().map(Pass::name).toList(), seen);
    }

    @Test
    void aPassThatBreaksAGraphIsNamed() {
        Pass breaks = new Pass() {
            @Override
            public String name() {
                return "break-order";
            }

            @Override
            public String description() {
                return "turns the order around";
            }

            @Override
            public Graph run(Graph g) {
                List<Node> n = new ArrayList<>(g.nodes());
                java.util.Collections.reverse(n);
                return g.withNodes(n);
            }
        };
        IllegalStateException e = assertThrows(IllegalStateException.class, () -> new PassManager(List.of(breaks)).run(graph()));
        assertTrue(e.getMessage().startsWith("internal error after break-order:"), e.getMessage());
        assertTrue(e.getMessage().contains("is used before it is defined"), e.getMessage());
    }

    @Test
    void theVerifierFindsAllFaults() {
        Value x = new Value("x", Type.tensor(ElementType.F32, 2));
        Value y = new Value("y", Type.tensor(ElementType.F32, 3));
        Value z = new Value("z", Type.tensor(ElementType.F32, 2));
        Graph g = new Graph("g", List.of(x), List.of(
                new Node("relu", List.of(x), y, Attrs.NONE, Loc.NONE),
                new Node("frobnicate", List.of(x), z, Attrs.NONE, Loc.NONE),
                new Node("add", List.of(x), x, Attrs.NONE, Loc.NONE)), List.of(new Value("w", x.type())));
        List<String> errors = GraphVerifier.verify(g);
        assertEquals(5, errors.size(), errors.toString());
        assertTrue(errors.get(0).contains("%y is f32[3], should be f32[2]"), errors.get(0));
        assertTrue(errors.get(1).contains("there is no operation frobnicate"), errors.get(1));
        assertTrue(errors.get(2).contains("takes 2 to 2 operands"), errors.get(2));
        assertTrue(errors.get(3).contains("%x is defined twice"), errors.get(3));
        assertTrue(errors.get(4).contains("output %w of g is not defined"), errors.get(4));
    }
}
