package dev.lathe.compiler.picture;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.program.Program.Range;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Type.TensorType;
import dev.lathe.compiler.ir.Value;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The symbols of a graph, and the same graph with some of them replaced. */
final class Symbols {
    private final Map<String, Dim> by;
    private final Map<Value, Value> now = new IdentityHashMap<>();

    private Symbols(Map<String, Dim> by) {
        this.by = by;
    }

    static Graph replace(Graph g, Map<String, Dim> by) {
        return by.isEmpty() ? g : new Symbols(by).graph(g);
    }

    /** Adds all symbols of types and limits, and those that nodes bind. */
    static void collect(Graph g, Set<String> to) {
        to.addAll(g.limits().keySet());
        all(g, v -> {
            if (v.type() instanceof TensorType t) {
                t.dims().forEach(d -> to.addAll(d.symbols()));
            }
        }, n -> {
            if (n.is("bind")) {
                to.addAll(n.attrs().texts("symbols"));
            }
        });
    }

    /** The names of all values. */
    static Set<String> names(Graph g) {
        Set<String> names = new HashSet<>();
        all(g, v -> names.add(v.name()), n -> {});
        return names;
    }

    private static void all(Graph g, java.util.function.Consumer<Value> values, java.util.function.Consumer<Node> nodes) {
        g.inputs().forEach(values);
        for (Node n : g.nodes()) {
            nodes.accept(n);
            n.outputs().stream().filter(v -> v != null).forEach(values);
            n.regions().forEach(r -> all(r, values, nodes));
        }
    }

    private Graph graph(Graph g) {
        List<Value> inputs = values(g.inputs());
        List<Node> nodes = new ArrayList<>();
        for (Node n : g.nodes()) {
            nodes.add(new Node(n.op(), values(n.inputs()), values(n.outputs()), attrs(n.attrs()), n.regions().stream().map(this::graph).toList(), n.loc()));
        }
        Map<String, Range> limits = new LinkedHashMap<>(g.limits());
        limits.keySet().removeAll(by.keySet());
        return new Graph(g.name(), inputs, nodes, values(g.outputs()), limits);
    }

    private List<Value> values(List<Value> all) {
        List<Value> r = new ArrayList<>();
        for (Value v : all) {
            r.add(v == null ? null : now.computeIfAbsent(v, k -> new Value(k.name(), k.type().substitute(by::get))));
        }
        return r;
    }

    private Attrs attrs(Attrs a) {
        Map<String, Object> m = new LinkedHashMap<>(a.asMap());
        m.replaceAll((name, v) -> v instanceof Dim d ? d.substitute(by::get)
                : v instanceof List<?> l && !l.isEmpty() && l.get(0) instanceof Dim ? l.stream().map(d -> ((Dim) d).substitute(by::get)).toList() : v);
        return Attrs.of(m);
    }
}
