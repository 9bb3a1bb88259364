package dev.lathe.compiler.pass;

import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.tensor.Tensor;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** Who makes and who uses each value of one graph; inside a region it also sees the graphs around. */
final class GraphInfo {
    private final GraphInfo outer;
    private final Map<Value, Node> producers = new IdentityHashMap<>();
    private final Map<Value, List<Node>> users = new IdentityHashMap<>();
    private final Map<Value, Integer> uses = new IdentityHashMap<>();
    private final Map<Node, Integer> index = new IdentityHashMap<>();

    GraphInfo(Graph g, GraphInfo outer) {
        this.outer = outer;
        for (Node n : g.nodes()) {
            index.put(n, index.size());
            n.outputs().forEach(v -> producers.put(v, n));
            n.inputs().forEach(v -> users.computeIfAbsent(v, x -> new ArrayList<>()).add(n));
        }
        count(g);
    }

    private void count(Graph g) {
        g.outputs().forEach(v -> uses.merge(v, 1, Integer::sum));
        for (Node n : g.nodes()) {
            n.inputs().forEach(v -> uses.merge(v, 1, Integer::sum));
            n.regions().forEach(this::count);
        }
    }

    /** The node that makes {@code v}, or null for an input. */
    Node producer(Value v) {
        Node n = producers.get(v);
        return n != null || outer == null ? n : outer.producer(v);
    }

    /** The contents of a constant, else null. */
    Tensor constant(Value v) {
        Node n = v == null ? null : producer(v);
        return n != null && n.is("const") ? n.attrs().tensor("value") : null;
    }

    /** How often a value is used, graph outputs and uses inside regions included. */
    int uses(Value v) {
        return uses.getOrDefault(v, 0);
    }

    /** The nodes of this graph that use {@code v}, one entry for each use. */
    List<Node> users(Value v) {
        return users.getOrDefault(v, List.of());
    }

    /** The node of this graph that holds the only use of {@code v}, else null. */
    Node onlyUser(Value v) {
        return uses(v) == 1 && users(v).size() == 1 ? users(v).get(0) : null;
    }

    /** The place of a node of this graph. */
    int index(Node n) {
        return index.getOrDefault(n, -1);
    }
}
