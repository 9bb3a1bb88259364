package dev.lathe.compiler.pass;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.Faults;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.GraphBuilder;
import dev.lathe.compiler.ir.Loc;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Type.TensorType;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.ir.ValueMap;
import dev.lathe.compiler.ir.ValueSet;
import dev.lathe.compiler.ir.op.Op;
import dev.lathe.compiler.ir.op.OpTable;
import dev.lathe.compiler.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Builds a graph anew, node by node. A subclass decides for each node: {@link #copy} it, {@link #emit} others, or say
 * by {@link #replace} what stands for its result from now on. Regions of control flow are rebuilt by a rewriter of
 * the same kind; regions of fused nodes stay as they are.
 */
abstract class Rewriter {
    private final Rewriter outer;
    private final UnaryOperator<Rewriter> same;
    protected final GraphBuilder b;
    protected GraphInfo info;
    private final ValueMap<Value> now = new ValueMap<>();

    /**
     * @param outer the rewriter of the graph around this one, or null
     * @param same makes a rewriter of the same kind for a region, given the one around it
     */
    Rewriter(Rewriter outer, UnaryOperator<Rewriter> same) {
        this.outer = outer;
        this.same = same;
        this.b = outer == null ? new GraphBuilder() : outer.b.region();
    }

    /** Adds what stands for {@code n}, whose operands are values of the new graph. {@code old} is the node as it was. */
    abstract void visit(Node n, Node old);

    /** Called before the regions of {@code n} are rebuilt. */
    void beforeRegions(Node n) {}

    /** Called after the last node, before outputs are looked up. */
    void finishing(Graph g) {}

    Graph run(Graph g) {
        info = new GraphInfo(g, outer == null ? null : outer.info);
        if (outer == null) {
            b.reserveBy(() -> reserve(g));
        }
        for (Node n : g.nodes()) {
            Node m = hasOther(n.inputs()) ? n.withInputs(others(n.inputs())) : n;
            b.at(n.loc());
            if (isControl(n)) {
                beforeRegions(n);
                List<Graph> regions = n.regions().stream().map(r -> same.apply(this).run(r)).toList();
                m = Graphs.same(regions, n.regions()) ? m : m.withRegions(regions);
            }
            try {
                visit(m, n);
            } catch (RuntimeException e) {
                throw Faults.at(n.loc().names(), e);
            }
        }
        b.at(Loc.NONE);
        finishing(g);
        return finish(g);
    }

    /** Whether something else stands for one of these values of the old graph. */
    private boolean hasOther(List<Value> values) {
        if (outer == null && now.isEmpty()) {
            return false;
        }
        for (Value v : values) {
            if (get(v) != v) {
                return true;
            }
        }
        return false;
    }

    private List<Value> others(List<Value> values) {
        Value[] r = new Value[values.size()];
        for (int i = 0; i < r.length; i++) {
            r[i] = get(values.get(i));
        }
        return Arrays.asList(r);
    }

    static boolean isControl(Node n) {
        if (n.regions().isEmpty()) {
            return false;
        }
        Op op = OpTable.find(n.op());
        return op == null || op.kind() == Op.Kind.CONTROL;
    }

    /** Whether {@code g} is no region, and has none but those of fused nodes: then it stays as it is where none of its nodes changes. */
    boolean isPlain(Graph g) {
        if (outer != null) {
            return false;
        }
        for (Node n : g.nodes()) {
            if (isControl(n)) {
                return false;
            }
        }
        return true;
    }

    private void reserve(Graph g) {
        g.inputs().forEach(this::reserve);
        for (Node n : g.nodes()) {
            for (Value v : n.outputs()) {
                reserve(v);
            }
            if (n.is("bind")) {
                n.attrs().texts("symbols").forEach(b::reserveSymbol);
            }
            for (Graph r : n.regions()) {
                reserve(r);
            }
        }
    }

    private void reserve(Value v) {
        if (v != null) {
            b.reserve(v.name());
            if (v.type() instanceof TensorType t && !t.isStatic()) {
                t.dims().forEach(d -> d.symbols().forEach(b::reserveSymbol));
            }
        }
    }

    /** What stands for a value of the old graph. */
    Value get(Value v) {
        Value r = now.get(v);
        return r != null ? r : outer == null || v == null ? v : outer.get(v);
    }

    void replace(Value old, Value by) {
        if (old != by) {
            now.put(old, by);
        }
    }

    /** Adds {@code n} as it is; its results get new types where its operands' types have changed. */
    void copy(Node n, Node old) {
        boolean changed = false;
        for (int i = 0; i < n.inputs().size(); i++) {
            Value a = n.in(i);
            Value o = old.in(i);
            changed |= a != o && !a.type().equals(o.type());
        }
        Op row = OpTable.find(n.op());
        if (changed && row != null && row.kind() != Op.Kind.CONTROL && row.kind() != Op.Kind.BINDING) {
            List<Type> types = b.infer(row, n.inputs(), n.attrs(), n.regions());
            List<Value> out = new ArrayList<>();
            for (int i = 0; i < n.outputs().size(); i++) {
                Value v = n.out(i);
                Value w = v == null || v.type().equals(types.get(i)) ? v : b.value(v.name(), types.get(i));
                out.add(w);
                if (v != null) {
                    replace(v, w);
                }
            }
            b.add(new Node(n.op(), n.inputs(), out, n.attrs(), n.regions(), n.loc()));
            return;
        }
        b.add(n);
    }

    /** Adds a node whose result takes the place and name of {@code out}. */
    void emitAs(Value out, String op, Attrs attrs, List<Graph> regions, Loc loc, List<Value> in) {
        Type t = b.infer(OpTable.get(op), in, attrs, regions).get(0);
        Value v = t.equals(out.type()) ? out : b.value(out.name(), t);
        b.add(new Node(op, in, Collections.singletonList(v), attrs, regions, loc));
        replace(out, v);
    }

    void emitAs(Value out, String op, Attrs attrs, Loc loc, Value... in) {
        emitAs(out, op, attrs, List.of(), loc, Arrays.asList(in));
    }

    /** Adds a node with a new result, named after {@code wish}. */
    Value emit(String op, Attrs attrs, String wish, Value... in) {
        return b.add(op, Arrays.asList(in), attrs, List.of(), wish).get(0);
    }

    Value constant(String wish, Tensor t) {
        return b.constant(wish, t);
    }

    /** Contents of a value of the new graph, else null. */
    Tensor tensor(Value v) {
        return b.constantOf(v);
    }

    /** What makes a value of the new graph, or null. */
    Node producer(Value v) {
        return b.producer(v);
    }

    // an output keeps its name: what stands for it is renamed, or passed on where that has a name to keep
    private Graph finish(Graph g) {
        List<Value> outputs = new ArrayList<>();
        Map<Value, Value> renamed = new IdentityHashMap<>();
        ValueSet taken = new ValueSet(g.outputs());
        ValueSet here = null;
        for (Value o : g.outputs()) {
            Value v = get(o);
            if (v == o || v.name().equals(o.name()) || outer != null) {
                outputs.add(v);
                continue;
            }
            here = here == null ? made() : here;
            if (here.has(v) && taken.add(v)) {
                Value w = v.type().equals(o.type()) ? o : new Value(o.name(), v.type());
                renamed.put(v, w);
                outputs.add(w);
            } else {
                Node from = info.producer(o);
                Value w = new Value(o.name(), v.type());
                b.add(new Node("identity", List.of(renamed.getOrDefault(v, v)), w, Attrs.NONE, from == null ? Loc.NONE : from.loc()));
                outputs.add(w);
            }
        }
        List<Node> nodes = b.nodes();
        if (!renamed.isEmpty()) {
            nodes = nodes.stream().map(n -> Graphs.substitute(n, renamed)).toList();
        }
        // the same graph says that nothing has changed
        return Graphs.same(nodes, g.nodes()) && Graphs.same(outputs, g.outputs()) ? g : new Graph(g.name(), g.inputs(), nodes, outputs, g.limits());
    }

    private ValueSet made() {
        ValueSet all = new ValueSet(b.nodes().size());
        b.nodes().forEach(n -> n.outputs().forEach(all::add));
        return all;
    }

    static Attrs dims(List<Dim> dims) {
        return Attrs.of("dims", dims);
    }
}
