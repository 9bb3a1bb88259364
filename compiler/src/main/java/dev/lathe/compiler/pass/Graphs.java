package dev.lathe.compiler.pass;

import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Value;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/** Questions and substitutions that several passes share. */
public final class Graphs {
    private Graphs() {}

    /** {@code n} with values replaced, where it defines them and where it or its regions use them; itself where none of them is. */
    public static Node substitute(Node n, Map<Value, Value> by) {
        List<Value> in = values(n.inputs(), by);
        List<Value> out = values(n.outputs(), by);
        if (in == n.inputs() && out == n.outputs() && n.regions().isEmpty()) {
            return n;
        }
        return new Node(n.op(), in, out, n.attrs(), n.regions().isEmpty() ? List.of() : n.regions().stream().map(r -> substitute(r, by)).toList(), n.loc());
    }

    static Graph substitute(Graph g, Map<Value, Value> by) {
        return new Graph(g.name(), values(g.inputs(), by), g.nodes().stream().map(n -> substitute(n, by)).toList(),
                values(g.outputs(), by), g.limits());
    }

    private static List<Value> values(List<Value> in, Map<Value, Value> by) {
        for (Value old : in) {
            if (by.containsKey(old)) {
                List<Value> r = new ArrayList<>();
                for (Value v : in) {
                    r.add(by.getOrDefault(v, v));
                }
                return r;
            }
        }
        return in;
    }

    /** Whether one of these operations stands in a graph or its regions: most passes have nothing to do without theirs. */
    static boolean has(Graph g, Set<String> ops) {
        for (Node n : g.nodes()) {
            if (ops.contains(n.op()) || !n.regions().isEmpty() && n.regions().stream().anyMatch(r -> has(r, ops))) {
                return true;
            }
        }
        return false;
    }

    /** Whether a node that passes the test stands in a graph or its regions. */
    static boolean any(Graph g, Predicate<Node> test) {
        for (Node n : g.nodes()) {
            if (test.test(n) || !n.regions().isEmpty() && n.regions().stream().anyMatch(r -> any(r, test))) {
                return true;
            }
        }
        return false;
    }

    /** Whether two lists hold the very same objects. */
    static boolean same(List<?> a, List<?> b) {
        if (a.size() != b.size()) {
            return false;
        }
        for (int i = 0; i < a.size(); i++) {
            if (a.get(i) != b.get(i)) {
                return false;
            }
        }
        return true;
    }

    /** The values of graphs around that a region uses. */
    static Set<Value> captured(Graph region) {
        Set<Value> used = Collections.newSetFromMap(new IdentityHashMap<>());
        Set<Value> defined = Collections.newSetFromMap(new IdentityHashMap<>());
        collect(region, used, defined);
        used.removeAll(defined);
        return used;
    }

    private static void collect(Graph g, Set<Value> used, Set<Value> defined) {
        defined.addAll(g.inputs());
        for (Node n : g.nodes()) {
            n.inputs().stream().filter(v -> v != null).forEach(used::add);
            n.regions().forEach(r -> collect(r, used, defined));
            defined.addAll(n.outputs());
        }
        used.addAll(g.outputs());
    }
}
