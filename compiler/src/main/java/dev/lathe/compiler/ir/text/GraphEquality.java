package dev.lathe.compiler.ir.text;

import dev.lathe.codegen.text.DataText;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.tensor.Tensor;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** Structural equality of graphs, names included. Values correspond by where they are defined. */
public final class GraphEquality {
    private final Map<Value, Value> twins = new IdentityHashMap<>();

    private GraphEquality() {}

    public static boolean same(Graph a, Graph b) {
        return new GraphEquality().graphs(a, b);
    }

    /** Equal type, dimensions and elements; floats by bits, every NaN equal. */
    public static boolean same(Tensor a, Tensor b) {
        return a.type() == b.type() && Arrays.equals(a.dims(), b.dims()) && DataText.same(a.data(), b.data());
    }

    private boolean graphs(Graph a, Graph b) {
        if (!a.name().equals(b.name()) || !a.limits().equals(b.limits()) || !define(a.inputs(), b.inputs()) || a.nodes().size() != b.nodes().size()) {
            return false;
        }
        for (int i = 0; i < a.nodes().size(); i++) {
            if (!nodes(a.nodes().get(i), b.nodes().get(i))) {
                return false;
            }
        }
        return uses(a.outputs(), b.outputs());
    }

    private boolean nodes(Node a, Node b) {
        if (!a.op().equals(b.op()) || !a.loc().equals(b.loc()) || !uses(a.inputs(), b.inputs()) || !attributes(a.attrs(), b.attrs())
                || a.regions().size() != b.regions().size()) {
            return false;
        }
        for (int i = 0; i < a.regions().size(); i++) {
            if (!graphs(a.regions().get(i), b.regions().get(i))) {
                return false;
            }
        }
        return define(a.outputs(), b.outputs());
    }

    private boolean define(List<Value> a, List<Value> b) {
        if (a.size() != b.size()) {
            return false;
        }
        for (int i = 0; i < a.size(); i++) {
            Value x = a.get(i);
            Value y = b.get(i);
            if (x == null || y == null) {
                if (x != y) {
                    return false;
                }
            } else if (!x.name().equals(y.name()) || !x.type().equals(y.type()) || twins.put(x, y) != null) {
                return false;
            }
        }
        return true;
    }

    private boolean uses(List<Value> a, List<Value> b) {
        if (a.size() != b.size()) {
            return false;
        }
        for (int i = 0; i < a.size(); i++) {
            if (a.get(i) == null ? b.get(i) != null : b.get(i) == null || twins.get(a.get(i)) != b.get(i)) {
                return false;
            }
        }
        return true;
    }

    private static boolean attributes(Attrs a, Attrs b) {
        if (!a.asMap().keySet().equals(b.asMap().keySet())) {
            return false;
        }
        for (Map.Entry<String, Object> e : a.asMap().entrySet()) {
            Object x = e.getValue();
            Object y = b.asMap().get(e.getKey());
            if (!(x instanceof Tensor s && y instanceof Tensor t ? same(s, t) : x.equals(y))) {
                return false;
            }
        }
        return true;
    }
}
