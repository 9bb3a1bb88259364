package dev.lathe.compiler.interp;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.pass.GraphVerifier;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A graph with f64 in the place of f32, f16 and bf16, as values, constants and what is converted to. All else stays: comparisons, control
 * flow, integers and what is rounded to them or to floats of 8 bits and fewer.
 */
public final class InDoubles {
    private static final Set<ElementType> WIDENED = Set.of(ElementType.F32, ElementType.F16, ElementType.BF16);

    /** No two calls give the same, or its numbers are drawn type by type. */
    private static final Set<String> RANDOM = Set.of("random_seed", "random");

    private final Map<Value, Value> wide = new IdentityHashMap<>();

    private InDoubles() {}

    /** The graph in f64 from beginning to end. @throws LatheException where it can't be: it draws random numbers, or has operations of f32 alone */
    public static Graph of(Graph g) {
        return new InDoubles().all(g);
    }

    /** What stands for a tensor in such a graph. */
    public static Tensor widened(Tensor t) {
        if (!WIDENED.contains(t.type()) && t.type() != ElementType.C64) {
            return t;
        }
        float[] from = t.floats();
        double[] to = new double[from.length];
        for (int i = 0; i < to.length; i++) {
            to[i] = from[i];
        }
        return new Tensor(wide(t.type()), t.dims(), to);
    }

    private Graph all(Graph g) {
        Graph r = graph(g);
        List<String> wrong = GraphVerifier.verify(r);
        if (!wrong.isEmpty()) {
            throw new LatheException(g.name(), "it can't be computed in f64: " + wrong.get(0));
        }
        return r;
    }

    private Graph graph(Graph g) {
        List<Value> inputs = g.inputs().stream().map(this::define).toList();
        List<Node> nodes = new ArrayList<>();
        for (Node n : g.nodes()) {
            if (RANDOM.contains(n.op())) {
                throw new LatheException(n.loc().toString(), "random numbers can't be computed in f64");
            }
            List<Value> in = values(n.inputs());
            List<Graph> regions = n.regions().stream().map(this::graph).toList();
            nodes.add(new Node(n.op(), in, n.outputs().stream().map(v -> v == null ? null : define(v)).toList(), attrs(n.attrs()), regions, n.loc()));
        }
        return new Graph(g.name(), inputs, nodes, values(g.outputs()), g.limits());
    }

    private static Attrs attrs(Attrs old) {
        Map<String, Object> all = new TreeMap<>(old.asMap());
        all.replaceAll((k, v) -> v instanceof Tensor t ? widened(t) : v instanceof ElementType t ? wide(t) : v);
        return Attrs.of(all);
    }

    private List<Value> values(List<Value> old) {
        List<Value> r = new ArrayList<>();
        for (Value v : old) {
            r.add(v == null ? null : wide.get(v));
        }
        return r;
    }

    private Value define(Value v) {
        Value w = new Value(v.name(), wide(v.type()));
        wide.put(v, w);
        return w;
    }

    private static ElementType wide(ElementType t) {
        return WIDENED.contains(t) ? ElementType.F64 : t == ElementType.C64 ? ElementType.C128 : t;
    }

    private static Type wide(Type t) {
        if (t instanceof Type.TensorType x) {
            return x.withElem(wide(x.elem()));
        } else if (t instanceof Type.SeqType s) {
            return new Type.SeqType(wide(s.elem()));
        } else if (t instanceof Type.OptType o) {
            return new Type.OptType(wide(o.elem()));
        }
        Type.MapType m = (Type.MapType) t;
        return new Type.MapType(m.key(), wide(m.value()));
    }
}
