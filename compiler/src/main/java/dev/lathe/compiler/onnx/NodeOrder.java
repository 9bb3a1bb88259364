package dev.lathe.compiler.onnx;

import dev.lathe.compiler.onnx.proto.AttributeProto;
import dev.lathe.compiler.onnx.proto.GraphProto;
import dev.lathe.compiler.onnx.proto.NodeProto;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.function.Consumer;

/** Nodes in an order in which each comes after what it takes. ONNX asks files for that, but not all writers keep to it. */
final class NodeOrder {
    private NodeOrder() {}

    /** The nodes, moved only where that is needed; those of a cycle stay where they are. */
    static List<NodeProto> of(List<NodeProto> nodes) {
        Map<String, Integer> makers = new HashMap<>();
        for (int i = 0; i < nodes.size(); i++) {
            for (String o : nodes.get(i).outputs()) {
                if (!o.isEmpty()) {
                    makers.putIfAbsent(o, i);
                }
            }
        }
        List<List<Integer>> users = new ArrayList<>();
        nodes.forEach(n -> users.add(new ArrayList<>(1)));
        int[] waits = new int[nodes.size()];
        boolean[] late = new boolean[1];
        for (int i = 0; i < nodes.size(); i++) {
            int at = i;
            uses(nodes.get(i), name -> {
                Integer maker = makers.get(name);
                if (maker != null && maker != at) {
                    users.get(maker).add(at);
                    waits[at]++;
                    late[0] |= maker > at;
                }
            });
        }
        return late[0] ? sorted(nodes, users, waits) : nodes;
    }

    private static List<NodeProto> sorted(List<NodeProto> nodes, List<List<Integer>> users, int[] waits) {
        PriorityQueue<Integer> ready = new PriorityQueue<>();
        for (int i = 0; i < waits.length; i++) {
            if (waits[i] == 0) {
                ready.add(i);
            }
        }
        List<NodeProto> order = new ArrayList<>();
        while (!ready.isEmpty()) {
            int i = ready.poll();
            order.add(nodes.get(i));
            for (int u : users.get(i)) {
                if (--waits[u] == 0) {
                    ready.add(u);
                }
            }
        }
        return Arrays.stream(waits).allMatch(w -> w == 0) ? order : nodes;
    }

    // the names that a node reads itself, and those that its graphs may take from around it
    private static void uses(NodeProto n, Consumer<String> name) {
        for (String i : n.inputs()) {
            if (!i.isEmpty()) {
                name.accept(i);
            }
        }
        for (AttributeProto a : n.attributes()) {
            for (GraphProto g : a.graphs()) {
                uses(g, name);
            }
            if (a.g() != null) {
                uses(a.g(), name);
            }
        }
    }

    private static void uses(GraphProto g, Consumer<String> name) {
        g.outputs().forEach(o -> name.accept(o.name()));
        g.nodes().forEach(n -> uses(n, name));
    }
}
