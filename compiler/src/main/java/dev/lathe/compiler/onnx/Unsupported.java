package dev.lathe.compiler.onnx;

import dev.lathe.compiler.onnx.proto.AttributeProto;
import dev.lathe.compiler.onnx.proto.FunctionProto;
import dev.lathe.compiler.onnx.proto.GraphProto;
import dev.lathe.compiler.onnx.proto.NodeProto;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Finds all operators that can't be read, before anything else is done. */
final class Unsupported {
    private Unsupported() {}

    static void check(GraphProto g, Map<String, FunctionProto> given) {
        // each function that is called is looked at once
        Map<String, FunctionProto> functions = new HashMap<>(given);
        Missing missing = new Missing("1 operator is", "operators are", "node");
        graph(g, functions, missing);
        missing.refuse("", "docs/operators.md lists what is supported; export the model with other operators, or as a function of supported ones");
    }

    private static void graph(GraphProto g, Map<String, FunctionProto> functions, Missing missing) {
        nodes(g.nodes(), functions, missing);
    }

    private static void nodes(List<NodeProto> nodes, Map<String, FunctionProto> functions, Missing missing) {
        for (NodeProto n : nodes) {
            String key = ImportTable.key(n.domain(), n.opType());
            String local = ImportTable.key(n.domain(), n.opType(), n.overload());
            if (functions.containsKey(local)) {
                FunctionProto f = functions.put(local, null);
                if (f != null) {
                    nodes(f.nodes(), functions, missing);
                }
            } else if (ImportTable.find(n.domain(), n.opType()) == null) {
                missing.add(key, n.name().isEmpty() ? n.outputs().isEmpty() ? "" : n.outputs().get(0) : n.name());
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
