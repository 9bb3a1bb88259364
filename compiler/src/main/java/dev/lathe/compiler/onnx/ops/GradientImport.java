package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ImportTable.add;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Type.TensorType;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.NodeImport;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The derivatives of a value by others, backwards through the core operations between them. Of a value of several elements
 * it is their sum that is differentiated.
 */
public final class GradientImport {
    private GradientImport() {}

    public static void register() {
        add("ai.onnx.preview.training.Gradient", GradientImport::gradient);
    }

    // attributes name the values; the operands say what they are to be for this, xs first, then zs
    private static void gradient(NodeImport n) {
        List<Value> xs = named(n, "xs");
        List<Value> zs = named(n, "zs");
        Value y = n.named(n.text("y", ""));
        if (xs.size() + zs.size() != n.inputs()) {
            throw new LatheException("", "it names " + (xs.size() + zs.size()) + " values in xs and zs, and has " + n.inputs() + " inputs");
        }
        Map<Value, Value> given = new IdentityHashMap<>();
        List<Value> names = new ArrayList<>(xs);
        names.addAll(zs);
        boolean elsewhere = false;
        for (int i = 0; i < names.size(); i++) {
            given.put(names.get(i), n.need(i));
            elsewhere |= names.get(i) != n.need(i);
        }
        List<Node> nodes = List.copyOf(n.b().nodes());
        if (elsewhere) {
            Replay again = new Replay(n, nodes, given);
            y = again.of(y);
            nodes = List.copyOf(n.b().nodes());
        }
        Set<Value> from = set(xs.stream().map(given::get).toList());
        Set<Value> fixed = set(zs.stream().map(given::get).toList());
        Map<Value, Value> slopes = slopes(n, nodes, y, from, fixed);
        for (int i = 0; i < xs.size(); i++) {
            Value x = n.need(i);
            Value d = slopes.get(x);
            n.out(i, d != null ? n.op("identity", d) : n.op("expand", Attrs.of("dims", x.tensor().dims()), n.like(i, 0)));
        }
    }

    private static List<Value> named(NodeImport n, String list) {
        List<String> names = n.texts(list);
        return names == null ? List.of() : names.stream().map(n::named).toList();
    }

    private static Set<Value> set(List<Value> values) {
        Set<Value> r = Collections.newSetFromMap(new IdentityHashMap<>());
        r.addAll(values);
        return r;
    }

    /** The nodes that lead to a value once more, on other values. */
    private record Replay(NodeImport n, List<Node> nodes, Map<Value, Value> known) {
        Value of(Value y) {
            for (Node node : nodes) {
                boolean changed = node.inputs().stream().anyMatch(v -> v != null && known.containsKey(v) && known.get(v) != v);
                if (!changed || node.outputs().stream().anyMatch(v -> v != null && known.containsKey(v))) {
                    continue;
                }
                List<Value> in = new ArrayList<>();
                node.inputs().forEach(v -> in.add(v == null ? null : known.getOrDefault(v, v)));
                List<Value> out = n.b().add(node.op(), in, node.attrs(), node.regions(), (String[]) null);
                for (int i = 0; i < out.size(); i++) {
                    if (node.out(i) != null) {
                        known.put(node.out(i), out.get(i));
                    }
                }
            }
            return known.getOrDefault(y, y);
        }
    }

    /** The derivatives of {@code y} by every value on the ways from {@code from} to it, not through {@code fixed}. */
    private static Map<Value, Value> slopes(NodeImport n, List<Node> nodes, Value y, Set<Value> from, Set<Value> fixed) {
        Set<Value> reached = set(List.copyOf(from));
        for (Node node : nodes) {
            if (node.inputs().stream().anyMatch(v -> v != null && reached.contains(v))) {
                node.outputs().stream().filter(v -> v != null && !fixed.contains(v) && differentiable(v)).forEach(reached::add);
            }
        }
        Map<Value, Value> slopes = new IdentityHashMap<>();
        if (reached.contains(y)) {
            slopes.put(y, n.op("expand", Attrs.of("dims", y.tensor().dims()), n.b().scalar(y.elem(), 1)));
        }
        for (int i = nodes.size() - 1; i >= 0; i--) {
            Node node = nodes.get(i);
            boolean on = node.outputs().stream().anyMatch(v -> v != null && slopes.containsKey(v)) && node.inputs().stream().anyMatch(v -> v != null && reached.contains(v));
            // what is asked for stays as it is, whatever it is made of
            if (on && node.outputs().stream().noneMatch(v -> v != null && from.contains(v))) {
                new GradientRules(n, node, reached, slopes).apply();
            }
        }
        return slopes;
    }

    private static boolean differentiable(Value v) {
        return v.type() instanceof TensorType t && t.elem().isFloat();
    }
}
