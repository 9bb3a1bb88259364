package dev.lathe.compiler.pass;

import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.Loc;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Type.TensorType;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.ir.op.Op;
import dev.lathe.compiler.ir.op.OpTable;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Lets chains of operations on f16 run in f32. What passes from one operation to the next is then not rounded in between;
 * conversions that the model asks for, results, and what enters or leaves control flow are. Nearer to the exact result than
 * rounding every step, what native engines do on processors, and less work: f16 lives in f32 arrays anyhow. Not so bf16: its
 * models expect every step to be rounded, as accelerators and PyTorch do.
 */
public final class WidenFloats extends RewritePass {
    /** They only move elements: where all are f16 as they stand, nothing is gained. */
    private static final Set<String> MOVES = Set.of("identity", "gather", "reshape", "transpose", "expand", "slice", "concat", "pad", "strided",
            "gather_elements", "gather_nd", "where");

    /** They compute, in the type of their operands. */
    private static final Set<String> COMPUTES = Set.of("matmul", "conv", "conv_transpose", "reduce", "softmax", "log_softmax", "layer_norm", "pool",
            "pool_arg", "det", "scatter_elements", "scatter_nd", "arg_reduce", "cumulate", "lstm", "gru", "rnn", "linear_attention", "interpolate",
            "grid_sample", "topk");

    /** Elementwise operations about something else than the numbers. */
    private static final Set<String> BITS = Set.of("bitcast", "map", "join");

    public WidenFloats() {
        super("widen-floats", "run chains of operations on f16 in f32", Set.of(), outer -> new Walk((Walk) outer));
    }

    @Override
    boolean concerns(Graph g) {
        if (hasNarrow(g.inputs())) {
            return true;
        }
        for (Node n : g.nodes()) {
            if (hasNarrow(n.outputs()) || !n.regions().isEmpty() && n.regions().stream().anyMatch(this::concerns)) {
                return true;
            }
        }
        return false;
    }

    private static boolean hasNarrow(List<Value> values) {
        for (Value v : values) {
            if (isNarrow(v)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isNarrow(Value v) {
        return v != null && v.type() instanceof TensorType t && t.elem() == ElementType.F16;
    }

    private static boolean widened(Node n) {
        Op row = OpTable.find(n.op());
        return n.regions().isEmpty() && row != null && !n.is("cast") && !BITS.contains(n.op())
                && (row.kind() == Op.Kind.ELEMENTWISE || MOVES.contains(n.op()) || COMPUTES.contains(n.op()));
    }

    private static final class Walk extends Rewriter {
        private final Walk outer;

        /** The values which are f32 now and f16 in the model. */
        private final Set<Value> wide = Collections.newSetFromMap(new IdentityHashMap<>());
        private final Map<Value, Value> converted = new IdentityHashMap<>();
        private final Set<Value> outputs = Collections.newSetFromMap(new IdentityHashMap<>());

        Walk(Walk outer) {
            super(outer, o -> new Walk((Walk) o));
            this.outer = outer;
        }

        @Override
        Graph run(Graph g) {
            outputs.addAll(g.outputs());
            return super.run(g);
        }

        @Override
        void visit(Node n, Node old) {
            if (n.is("cast")) {
                cast(n, old);
            } else if (takesNarrow(n, old) && widened(n)) {
                widen(n);
            } else {
                List<Value> in = new ArrayList<>();
                old.inputs().forEach(v -> in.add(rounded(v)));
                copy(in.equals(n.inputs()) ? n : n.withInputs(in), old);
            }
        }

        @Override
        void finishing(Graph g) {
            for (Value o : g.outputs()) {
                Node from = info.producer(o);
                b.at(from == null ? Loc.NONE : from.loc());
                replace(o, rounded(o));
            }
        }

        private boolean takesNarrow(Node n, Node old) {
            for (Value v : old.inputs()) {
                if (isNarrow(v) && (isWide(get(v)) || !MOVES.contains(n.op()))) {
                    return true;
                }
            }
            return false;
        }

        private boolean isWide(Value v) {
            return wide.contains(v) || outer != null && outer.isWide(v);
        }

        // a conversion sees what had not been rounded to the type that it converts from
        private void cast(Node n, Node old) {
            ElementType to = n.attrs().type("to");
            if (isNarrow(old.in(0)) && isWide(n.in(0)) && (to == ElementType.F32 || to == ElementType.F16)) {
                replace(old.out(), n.in(0));
            } else {
                copy(n, old);
            }
        }

        private void widen(Node n) {
            List<Value> in = new ArrayList<>();
            n.inputs().forEach(v -> in.add(isNarrow(v) ? convert(v, ElementType.F32) : v));
            List<Type> types = b.infer(OpTable.get(n.op()), in, n.attrs(), n.regions());
            List<Value> out = new ArrayList<>();
            for (int i = 0; i < n.outputs().size(); i++) {
                Value v = n.out(i);
                if (isNarrow(v)) {
                    // a result's name stays with what it is rounded to
                    Value w = new Value(outputs.contains(v) ? b.fresh(v.name() + "_f32") : v.name(), types.get(i));
                    wide.add(w);
                    replace(v, w);
                    out.add(w);
                } else {
                    out.add(v);
                }
            }
            b.add(new Node(n.op(), in, out, n.attrs(), n.regions(), n.loc()));
        }

        /** What stands for a value of the model, in the type that the model has it in. */
        private Value rounded(Value old) {
            Value v = get(old);
            return isNarrow(old) && isWide(v) ? convert(v, ElementType.F16) : v;
        }

        private Value convert(Value v, ElementType to) {
            Value known = converted(v);
            if (known == null) {
                known = emit("cast", Attrs.of("to", to), v.name() + "_" + to.text(), v);
                converted.put(v, known);
            }
            return known;
        }

        private Value converted(Value v) {
            Value r = converted.get(v);
            return r != null || outer == null ? r : outer.converted(v);
        }
    }
}
