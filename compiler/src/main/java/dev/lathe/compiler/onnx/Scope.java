package dev.lathe.compiler.onnx;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.proto.NodeProto;
import java.util.HashMap;
import java.util.Map;

/** ONNX names and the values they stand for; an inner graph sees the names around it. */
final class Scope {
    private final Scope outer;
    private final Map<String, Value> values = new HashMap<>();

    Scope(Scope outer) {
        this.outer = outer;
    }

    void put(String name, Value v) {
        if (values.put(name, v) != null) {
            throw new LatheException("", "the name \"" + name + "\" is defined twice");
        }
    }

    Value find(String name) {
        for (Scope s = this; s != null; s = s.outer) {
            Value v = s.values.get(name);
            if (v != null) {
                return v;
            }
        }
        return null;
    }

    Value get(String name, NodeProto user) {
        Value v = find(name);
        if (v == null) {
            throw new LatheException("", "input \"" + name + "\" is not defined before it is used",
                    "the file is damaged, or its nodes take each other's results in a circle");
        }
        return v;
    }
}
