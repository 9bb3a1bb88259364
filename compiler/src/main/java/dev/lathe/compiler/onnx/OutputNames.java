package dev.lathe.compiler.onnx;

import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.Loc;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.ir.ValueSet;
import dev.lathe.compiler.pass.Graphs;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Gives a graph's outputs the names that the model's users know. */
public final class OutputNames {
    private OutputNames() {}

    /** @param listed a name that stands there again is the same value once more: what is behind the first has a number after it */
    public static Graph keep(Graph g, List<String> listed) {
        List<String> names = distinct(listed);
        ValueSet inputs = new ValueSet(g.inputs());
        Map<Value, Value> renamed = new IdentityHashMap<>();
        Set<String> wanted = new HashSet<>(names);
        Set<String> used = new HashSet<>(names);
        List<Value> all = new ArrayList<>();
        values(g, all);
        all.forEach(v -> used.add(v.name()));
        // other values with the name of an output, also those of nested graphs, make way
        for (Value v : all) {
            if (wanted.contains(v.name()) && !inputs.has(v)) {
                String name = v.name() + "__";
                for (int i = 1; !used.add(name); i++) {
                    name = v.name() + "__" + i;
                }
                renamed.put(v, new Value(name, v.type()));
            }
        }
        List<Node> extra = new ArrayList<>();
        List<Value> outputs = new ArrayList<>();
        ValueSet taken = new ValueSet();
        for (int i = 0; i < names.size(); i++) {
            Value v = g.outputs().get(i);
            if (inputs.has(v) && v.name().equals(names.get(i))) {
                outputs.add(v);
            } else if (inputs.has(v) || !taken.add(v)) {
                // an output that is an input, or the same as another output, is a copy
                Value c = new Value(names.get(i), v.type());
                outputs.add(c);
                extra.add(new Node("identity", List.of(v), c, Attrs.NONE, Loc.NONE));
            } else {
                Value c = new Value(names.get(i), v.type());
                renamed.put(v, c);
                outputs.add(c);
            }
        }
        List<Node> nodes = new ArrayList<>();
        for (Node n : g.nodes()) {
            nodes.add(Graphs.substitute(n, renamed));
        }
        extra.forEach(n -> nodes.add(Graphs.substitute(n, renamed)));
        return new Graph(g.name(), g.inputs(), nodes, outputs, g.limits());
    }

    private static List<String> distinct(List<String> listed) {
        Set<String> all = new HashSet<>(listed);
        Set<String> given = new HashSet<>();
        List<String> names = new ArrayList<>();
        for (String name : listed) {
            String own = name;
            for (int i = 2; !given.add(own); i++) {
                // no name that another output has itself
                own = all.contains(name + "_" + i) ? name : name + "_" + i;
            }
            names.add(own);
        }
        return names;
    }

    private static void values(Graph g, List<Value> all) {
        all.addAll(g.inputs());
        for (Node n : g.nodes()) {
            for (Value v : n.outputs()) {
                if (v != null) {
                    all.add(v);
                }
            }
            for (Graph r : n.regions()) {
                values(r, all);
            }
        }
    }
}
