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
    private final Graph graph;
    private final GraphInfo outer;
    // made when they are first asked for: most passes don't
    private Map<Value, Node> producers;
    private Map<Value, List<Node>> users;
    private Map<Value, Integer> uses;
    private Map<Node, Integer> index;

    GraphInfo(Graph g, GraphInfo outer) {
        this.graph = g;
        this.outer = outer;
    }

    private void count(Graph g) {
        for (Value v : g.outputs()) {
            uses.merge(v, 1, Integer::sum);
        }
        for (Node n : g.nodes()) {
            for (Value v : n.inputs()) {
                uses.merge(v, 1, Integer::sum);
            }
            for (Graph r : n.regions()) {
                count(r);
            }
        }
    }

    /** The node that makes {@code v}, or null for an input. */
    Node producer(Value v) {
        if (producers == null) {
            producers = new IdentityHashMap<>(graph.nodes().size());
            for (Node p : graph.nodes()) {
                for (Value o : p.outputs()) {
                    producers.put(o, p);
                }
            }
        }
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
        if (uses == null) {
            uses = new IdentityHashMap<>(graph.nodes().size());
            count(graph);
        }
        return uses.getOrDefault(v, 0);
    }

    /** The nodes of this graph that use {@code v}, one entry for each use. */
    List<Node> users(Value v) {
        if (users == null) {
            users = new IdentityHashMap<>(graph.nodes().size());
            for (Node n : graph.nodes()) {
                for (Value x : n.inputs()) {
                    users.merge(x, List.of(n), GraphInfo::and);
                }
            }
        }
        return users.getOrDefault(v, List.of());
    }

    // most values have one user, for which a list that can't grow will do
    private static List<Node> and(List<Node> some, List<Node> one) {
        List<Node> all = some instanceof ArrayList<Node> a ? a : new ArrayList<>(some);
        all.add(one.get(0));
        return all;
    }

    /** The node of this graph that holds the only use of {@code v}, else null. */
    Node onlyUser(Value v) {
        return uses(v) == 1 && users(v).size() == 1 ? users(v).get(0) : null;
    }

    /** The place of a node of this graph. */
    int index(Node n) {
        if (index == null) {
            index = new IdentityHashMap<>();
            graph.nodes().forEach(x -> index.put(x, index.size()));
        }
        return index.getOrDefault(n, -1);
    }
}
