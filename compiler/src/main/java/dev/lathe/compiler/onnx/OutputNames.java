package dev.lathe.compiler.onnx;

import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.Loc;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Value;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Gives a graph's outputs the names that the model's users know. */
public final class OutputNames {
    private OutputNames() {}

    public static Graph keep(Graph g, List<String> names) {
        Set<Value> inputs = java.util.Collections.newSetFromMap(new IdentityHashMap<>());
        inputs.addAll(g.inputs());
        Map<Value, Value> renamed = new IdentityHashMap<>();
        Set<String> wanted = new HashSet<>(names);
        // another value with the name of an output makes way
        for (Node n : g.nodes()) {
            for (Value v : n.outputs()) {
                if (v != null && wanted.contains(v.name())) {
                    renamed.put(v, new Value(v.name() + "__", v.type()));
                }
            }
        }
        List<Node> extra = new ArrayList<>();
        List<Value> outputs = new ArrayList<>();
        Set<Value> taken = java.util.Collections.newSetFromMap(new IdentityHashMap<>());
        for (int i = 0; i < names.size(); i++) {
            Value v = g.outputs().get(i);
            if (inputs.contains(v) && v.name().equals(names.get(i))) {
                outputs.add(v);
            } else if (inputs.contains(v) || !taken.add(v)) {
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
            nodes.add(Rename.node(n, renamed));
        }
        for (Node n : extra) {
            nodes.add(Rename.node(n, renamed));
        }
        return new Graph(g.name(), g.inputs(), nodes, outputs, g.limits());
    }

    private static final class Rename {
        static Node node(Node n, Map<Value, Value> map) {
            List<Value> in = new ArrayList<>();
            n.inputs().forEach(v -> in.add(v == null ? null : map.getOrDefault(v, v)));
            List<Value> out = new ArrayList<>();
            n.outputs().forEach(v -> out.add(v == null ? null : map.getOrDefault(v, v)));
            List<Graph> regions = new ArrayList<>();
            for (Graph r : n.regions()) {
                List<Value> ro = new ArrayList<>();
                r.outputs().forEach(v -> ro.add(map.getOrDefault(v, v)));
                regions.add(new Graph(r.name(), r.inputs(), r.nodes().stream().map(x -> node(x, map)).toList(), ro, r.limits()));
            }
            return new Node(n.op(), in, out, n.attrs(), regions, n.loc());
        }
    }
}
