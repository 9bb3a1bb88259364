package dev.lathe.compiler.pass;

import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.ir.ValueMap;
import dev.lathe.compiler.tensor.Tensor;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** Who makes and who uses each value of one graph; inside a region it also sees the graphs around. */
public final class GraphInfo {
    private final Graph graph;
    private final GraphInfo outer;
    // made when they are first asked for: most passes don't
    private ValueMap<Node> producers;
    private ValueMap<List<Node>> users;
    private ValueMap<Integer> uses;
    private Map<Node, Integer> index;

    /** @param outer what is known of the graph around a region, or null */
    public GraphInfo(Graph g, GraphInfo outer) {
        this.graph = g;
        this.outer = outer;
    }

    private void count(Graph g) {
        for (Value v : g.outputs()) {
            use(v);
        }
        for (Node n : g.nodes()) {
            for (Value v : n.inputs()) {
                use(v);
            }
            for (Graph r : n.regions()) {
                count(r);
            }
        }
    }

    private void use(Value v) {
        Integer before = uses.put(v, 1);
        if (before != null) {
            uses.put(v, before + 1);
        }
    }

    /** The node that makes {@code v}, or null for an input. */
    public Node producer(Value v) {
        if (producers == null) {
            producers = new ValueMap<>(graph.nodes().size());
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
            uses = new ValueMap<>(graph.nodes().size());
            count(graph);
        }
        Integer n = uses.get(v);
        return n == null ? 0 : n;
    }

    /** The nodes of this graph that use {@code v}, one entry for each use. */
    public List<Node> users(Value v) {
        if (users == null) {
            users = new ValueMap<>(graph.nodes().size());
            for (Node n : graph.nodes()) {
                for (Value x : n.inputs()) {
                    List<Node> before = users.get(x);
                    if (before == null) {
                        users.put(x, List.of(n));
                    } else if (before instanceof ArrayList<Node>) {
                        before.add(n);
                    } else {
                        users.put(x, and(before, n));
                    }
                }
            }
        }
        List<Node> all = users.get(v);
        return all == null ? List.of() : all;
    }

    // most values have one user, for which a list that can't grow will do
    private static List<Node> and(List<Node> some, Node one) {
        List<Node> all = new ArrayList<>(some);
        all.add(one);
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
