package dev.lathe.compiler.cli.html;

import dev.lathe.compiler.ir.Flops;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** The optimised graph as the page shows it: constants are named at the nodes that use them and have no place of their own. */
final class GraphData {
    private static final int LONGEST = 200;

    private final Graph graph;
    private final List<Map<String, Object>> nodes = new ArrayList<>();
    private final Set<List<Integer>> edges = new LinkedHashSet<>();
    private final Map<Value, Integer> producer = new IdentityHashMap<>();
    private final Map<Value, Node> consts = new IdentityHashMap<>();

    private GraphData(Graph graph) {
        this.graph = graph;
    }

    static Map<String, Object> of(Graph g) {
        GraphData d = new GraphData(g);
        g.inputs().forEach(v -> d.port("input", v, List.of(), List.of(v)));
        g.nodes().forEach(d::node);
        g.outputs().forEach(v -> d.port("output", v, List.of(v), List.of()));
        return placed(d.nodes, d.edges.stream().map(e -> new int[] {e.get(0), e.get(1)}).toList());
    }

    /** Nodes, which have {@code o} and maybe {@code d}, with their places. */
    static Map<String, Object> placed(List<Map<String, Object>> nodes, List<int[]> edges) {
        double[] widths = nodes.stream().mapToDouble(n -> Math.max(70, Math.min(230,
                24 + 7.2 * Math.max(n.get("o").toString().length(), n.getOrDefault("d", "").toString().length())))).toArray();
        GraphLayout l = new GraphLayout(widths, edges);
        for (int i = 0; i < widths.length; i++) {
            nodes.get(i).put("x", Math.round(l.x(i)));
            nodes.get(i).put("y", l.y(i));
            nodes.get(i).put("w", Math.round(widths[i]));
        }
        List<Object> lines = new ArrayList<>();
        for (int i = 0; i < edges.size(); i++) {
            List<Integer> line = new ArrayList<>(List.of(edges.get(i)[0], edges.get(i)[1]));
            line.addAll(l.route(i));
            lines.add(line);
        }
        return Json.object("nodes", nodes, "edges", lines);
    }

    private void port(String kind, Value v, List<Value> in, List<Value> out) {
        add(kind, v.name(), in, out, Json.object("o", kind, "d", cut(v.name(), 30), "in", values(in), "out", values(out)));
    }

    private void node(Node n) {
        if (n.is("const")) {
            consts.put(n.out(), n);
            return;
        }
        Set<Value> used = new LinkedHashSet<>();
        used(n, used);
        long cost = Flops.of(graph.withNodes(List.of(n))).multiplyAdds();
        Map<String, Object> attributes = new java.util.LinkedHashMap<>();
        n.attrs().asMap().forEach((k, v) -> attributes.put(k, v instanceof Tensor t ? t.type().text() + Arrays.toString(t.dims()) : cut(v.toString(), LONGEST)));
        String type = n.out(0) == null ? "" : n.out(0).type().toString();
        add(n.op(), null, List.copyOf(used), n.outputs(), Json.object("o", label(n), "d", cut(type, 30), "n", n.loc().names().isEmpty() ? null : n.loc().names(),
                "in", values(List.copyOf(used)), "out", values(n.outputs()), "a", attributes.isEmpty() ? null : attributes,
                "r", n.regions().isEmpty() ? null : n.regions().stream().map(GraphData::body).toList(), "f", cost == 0 ? null : cost));
    }

    /** The operator; of a fused one, what it is made of. */
    private static String label(Node n) {
        return n.regions().isEmpty() ? n.op() : cut(n.op() + ": " + String.join(" ", n.regions().stream()
                .flatMap(r -> r.nodes().stream()).filter(m -> !m.is("const")).map(Node::op).toList()), 30);
    }

    private static List<String> body(Graph region) {
        return region.nodes().stream().filter(m -> !m.is("const"))
                .map(m -> cut(String.join(", ", m.outputs().stream().filter(Objects::nonNull).map(Value::toString).toList()) + " = " + m.op() + "("
                        + String.join(", ", m.inputs().stream().map(v -> v == null ? "_" : v.toString()).toList()) + ")", LONGEST)).limit(60).toList();
    }

    private void add(String op, String name, List<Value> in, List<Value> out, Map<String, Object> node) {
        int id = nodes.size();
        for (Value v : in) {
            Integer from = producer.get(v);
            if (from != null) {
                edges.add(List.of(from, id));
            }
        }
        out.stream().filter(Objects::nonNull).forEach(v -> producer.put(v, id));
        node.put("k", op);
        if (name != null) {
            node.put("n", List.of(name));
        }
        nodes.add(node);
    }

    /** What a node uses of the graph around it, in its regions too. */
    private void used(Node n, Set<Value> into) {
        n.inputs().stream().filter(Objects::nonNull).forEach(into::add);
        for (Graph r : n.regions()) {
            Set<Value> inner = new LinkedHashSet<>();
            r.nodes().forEach(m -> used(m, inner));
            inner.addAll(r.outputs());
            inner.stream().filter(v -> producer.containsKey(v) || consts.containsKey(v)).forEach(into::add);
        }
    }

    private List<Object> values(List<Value> values) {
        List<Object> all = new ArrayList<>();
        for (Value v : values) {
            if (v != null) {
                all.add(consts.containsKey(v) ? List.of(v.name(), v.type().toString(), 1) : List.of(v.name(), v.type().toString()));
            }
        }
        return all;
    }

    /** Number of operations by operator, those in regions included. */
    static Map<String, Integer> operators(Graph g) {
        Map<String, Integer> counts = new HashMap<>();
        count(g, counts);
        return counts;
    }

    private static void count(Graph g, Map<String, Integer> counts) {
        g.nodes().forEach(n -> {
            counts.merge(n.op(), 1, Integer::sum);
            n.regions().forEach(r -> count(r, counts));
        });
    }

    static String cut(String s, int most) {
        return s.length() <= most ? s : s.substring(0, most - 1) + "…";
    }
}
