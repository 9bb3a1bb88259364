package dev.lathe.compiler.interp;

import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.Loc;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Type.TensorType;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A graph with sigmoids that are as exact as the last bit of 1, which is what native engines make of them: near 0 they are 0 or twice what they should be. */
public final class CoarseSigmoids {
    private final Set<String> names = new HashSet<>();

    private CoarseSigmoids() {}

    /** The graph with 1 added to each sigmoid in f32, and taken away again. */
    public static Graph of(Graph g) {
        CoarseSigmoids c = new CoarseSigmoids();
        c.reserve(g);
        return c.graph(g);
    }

    private void reserve(Graph g) {
        g.inputs().forEach(v -> names.add(v.name()));
        for (Node n : g.nodes()) {
            n.outputs().stream().filter(v -> v != null).forEach(v -> names.add(v.name()));
            n.regions().forEach(this::reserve);
        }
    }

    private Graph graph(Graph g) {
        List<Node> nodes = new ArrayList<>();
        for (Node n : g.nodes()) {
            if (n.is("sigmoid") && n.out().type() instanceof TensorType t && t.elem() == ElementType.F32) {
                Value exact = value(n.out().name() + "_exact", t);
                Value one = value(n.out().name() + "_one", Type.tensor(ElementType.F32));
                Value up = value(n.out().name() + "_up", t);
                Loc at = n.loc();
                nodes.add(new Node("sigmoid", n.inputs(), exact, n.attrs(), at));
                nodes.add(new Node("const", List.of(), one, Attrs.of("value", Tensor.ofFloats(new int[0], 1)), at));
                nodes.add(new Node("add", List.of(exact, one), up, Attrs.NONE, at));
                nodes.add(new Node("sub", List.of(up, one), n.out(), Attrs.NONE, at));
            } else {
                nodes.add(n.regions().isEmpty() ? n : n.withRegions(n.regions().stream().map(this::graph).toList()));
            }
        }
        return g.withNodes(nodes);
    }

    private Value value(String wish, Type type) {
        String n = wish;
        for (int i = 0; !names.add(n); i++) {
            n = wish + "_" + i;
        }
        return new Value(n, type);
    }
}
