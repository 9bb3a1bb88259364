package dev.lathe.compiler.onnx;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.onnx.proto.AttributeProto;
import dev.lathe.compiler.onnx.proto.FunctionProto;
import dev.lathe.compiler.onnx.proto.GraphProto;
import dev.lathe.compiler.onnx.proto.NodeProto;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Finds all operators that can't be read, before anything else is done. */
final class Unsupported {
    private static final int NAMES = 5;

    private Unsupported() {}

    static void check(GraphProto g, Map<String, FunctionProto> given) {
        // each function that is called is looked at once
        Map<String, FunctionProto> functions = new HashMap<>(given);
        Map<String, List<String>> missing = new TreeMap<>();
        graph(g, functions, missing);
        if (missing.isEmpty()) {
            return;
        }
        int nodes = missing.values().stream().mapToInt(List::size).sum();
        StringBuilder s = new StringBuilder(missing.size() == 1 ? "1 operator is" : missing.size() + " operators are")
                .append(" not supported (").append(nodes).append(nodes == 1 ? " node):" : " nodes):");
        missing.forEach((op, names) -> {
            s.append("\n  ").append(op).append(": ").append(names.size()).append(names.size() == 1 ? " node: " : " nodes: ");
            s.append(String.join(", ", names.subList(0, Math.min(NAMES, names.size())).stream().map(n -> '"' + n + '"').toList()));
            if (names.size() > NAMES) {
                s.append(", and ").append(names.size() - NAMES).append(" more");
            }
        });
        throw new LatheException("", s.toString(),
                "docs/operators.md lists what is supported; export the model with other operators, or as a function of supported ones");
    }

    private static void graph(GraphProto g, Map<String, FunctionProto> functions, Map<String, List<String>> missing) {
        nodes(g.nodes(), functions, missing);
    }

    private static void nodes(List<NodeProto> nodes, Map<String, FunctionProto> functions, Map<String, List<String>> missing) {
        for (NodeProto n : nodes) {
            String key = ImportTable.key(n.domain(), n.opType());
            String local = ImportTable.key(n.domain(), n.opType(), n.overload());
            if (functions.containsKey(local)) {
                FunctionProto f = functions.put(local, null);
                if (f != null) {
                    nodes(f.nodes(), functions, missing);
                }
            } else if (ImportTable.find(n.domain(), n.opType()) == null) {
                missing.computeIfAbsent(key, k -> new ArrayList<>())
                        .add(n.name().isEmpty() ? n.outputs().isEmpty() ? "" : n.outputs().get(0) : n.name());
            }
            for (AttributeProto a : n.attributes()) {
                if (a.g() != null) {
                    graph(a.g(), functions, missing);
                }
                if (a.graphs() != null) {
                    a.graphs().forEach(s -> graph(s, functions, missing));
                }
            }
        }
    }
}
