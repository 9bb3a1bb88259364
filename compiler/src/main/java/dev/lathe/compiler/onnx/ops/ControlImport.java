package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ImportTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.GraphBuilder;
import dev.lathe.compiler.ir.Type.OptType;
import dev.lathe.compiler.ir.Type.SeqType;
import dev.lathe.compiler.ir.Type.TensorType;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.NodeImport;
import dev.lathe.compiler.onnx.ops.LoopImport.Turn;
import dev.lathe.compiler.onnx.proto.GraphProto;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** If, Loop and Scan. */
public final class ControlImport {
    private ControlImport() {}

    public static void register() {
        add("If", ControlImport::branch);
        add("Loop", ControlImport::loop);
        add("Scan", n -> {
            if (n.opset() < 9) {
                scanBatches(n);
            } else {
                scan(n);
            }
        });
    }

    // ---- If -----------------------------------------------------------------------------------------------------

    /** Whether a bool is known to be true or false; null when it isn't known. */
    private static Boolean known(NodeImport n, GraphBuilder b, Value v) {
        Tensor t = n.constantOf(b, v);
        if (t != null) {
            return t.integer(0) != 0;
        }
        List<Dim> d = b.symbolic(v);
        return d != null && d.size() == 1 && d.get(0).isConst() ? Boolean.valueOf(!d.get(0).is(0)) : null;
    }

    private static void branch(NodeImport n) {
        GraphProto then = n.graph("then_branch");
        GraphProto otherwise = n.graph("else_branch");
        Boolean known = known(n, n.b(), n.need(0));
        List<Value> r;
        if (known != null) {
            r = n.body(known ? then : otherwise, n.b(), List.of());
        } else {
            GraphBuilder a = n.b().region();
            GraphBuilder b = n.b().region();
            List<Value> x = new ArrayList<>(n.body(then, a, List.of()));
            List<Value> y = new ArrayList<>(n.body(otherwise, b, List.of()));
            for (int i = 0; i < Math.min(x.size(), y.size()); i++) {
                wrap(a, x, y, i);
                wrap(b, y, x, i);
            }
            int only = only(n, then, otherwise, x, y);
            r = only >= 0 ? guarded(n, only == 0, only == 0 ? then : otherwise, (only == 0 ? y : x))
                    : n.b().add("if", List.of(n.need(0)), Attrs.NONE, List.of(a.finish(n.b().fresh("then"), x), b.finish(n.b().fresh("else"), y)), (String[]) null);
        }
        for (int i = 0; i < n.outputs(); i++) {
            n.out(i, r.get(i));
        }
    }

    /*
     * Which branch is the one that is meant, where their results have different ranks: 0 or 1; -1 when that can't be
     * told. Such choices stand where PyTorch didn't know whether a dimension that it squeezes is 1.
     */
    private static int only(NodeImport n, GraphProto then, GraphProto otherwise, List<Value> x, List<Value> y) {
        for (int i = 0; i < Math.min(x.size(), y.size()); i++) {
            if (x.get(i).type() instanceof TensorType a && y.get(i).type() instanceof TensorType b && a.rank() != b.rank()) {
                int declared = n.declaredRank(i);
                return declared == a.rank() ? 0 : declared == b.rank() ? 1 : squeezes(then) && passes(otherwise) ? 0 : squeezes(otherwise) && passes(then) ? 1 : -1;
            }
        }
        return -1;
    }

    private static boolean squeezes(GraphProto g) {
        return g.nodes().stream().allMatch(m -> m.opType().equals("Squeeze") || m.opType().equals("Constant")) && g.nodes().stream().anyMatch(m -> m.opType().equals("Squeeze"));
    }

    private static boolean passes(GraphProto g) {
        return g.nodes().stream().allMatch(m -> m.opType().equals("Identity"));
    }

    // one branch in place of the choice, and a check that it is the one
    private static List<Value> guarded(NodeImport n, boolean is, GraphProto branch, List<Value> others) {
        List<Value> r = n.body(branch, n.b(), List.of());
        List<Value> all = new ArrayList<>();
        for (int i = 0; i < r.size(); i++) {
            String why = "the model chooses (" + String.join(", ", n.b().loc().names()) + ") a result of type " + others.get(i).type() + "; compiled was the other choice, "
                    + r.get(i).type() + ", because the rank must be known before the model runs: compile the model for this shape (--shape)";
            all.add(n.b().op("require", Attrs.of("is", is, "why", why), r.get(i), n.need(0)));
        }
        return all;
    }

    // the branches' results differ in form only: a plain value where the other gives an optional
    private static void wrap(GraphBuilder b, List<Value> mine, List<Value> other, int i) {
        Value v = mine.get(i);
        if (other.get(i).type() instanceof OptType && !(v.type() instanceof OptType)) {
            mine.set(i, b.op("opt_some", v));
        }
        // a scalar where the other branch gives a vector of one element
        if (v.type() instanceof TensorType t && other.get(i).type() instanceof TensorType o && t.rank() < o.rank() && t.size().is(1) && o.size().is(1)) {
            mine.set(i, b.op("reshape", Attrs.of("dims", o.dims()), v));
        }
    }

    // ---- Loop ---------------------------------------------------------------------------------------------------

    private static void loop(NodeImport n) {
        GraphProto g = n.graph("body");
        Boolean known = n.has(1) ? known(n, n.b(), n.in(1)) : Boolean.TRUE;
        Dim trip = n.has(0) ? trip(n) : null;
        Value begin = known == null || !known ? n.in(1) : null;
        List<Value> init = n.in().subList(Math.min(2, n.inputs()), n.inputs());
        int carried = init.size();
        List<Value> r = LoopImport.loop(n, trip, begin, init, (b, number, args) -> {
            List<Value> in = new ArrayList<>();
            in.add(number);
            // a turn runs only when its condition holds
            in.add(b.constant(new Tensor(ElementType.BOOL, new int[0], new int[] {1})));
            in.addAll(args);
            List<Value> out = n.body(g, b, in);
            Boolean on = known(n, b, out.get(0));
            return new Turn(on != null && on ? null : out.get(0), out.subList(1, 1 + carried), out.subList(1 + carried, out.size()));
        });
        for (int i = 0; i < n.outputs(); i++) {
            Value v = r.get(i);
            // an optional that a turn makes a sequence is one after the loop
            n.out(i, v.type() instanceof OptType && n.declared(i) instanceof SeqType ? n.op("opt_get", v) : v);
        }
    }

    // null: as many turns as one likes
    private static Dim trip(NodeImport n) {
        long[] known = n.numbers(0);
        if (known != null) {
            return known[0] >= Integer.MAX_VALUE ? null : Dim.of(Math.max(0, known[0]));
        }
        Value m = n.need(0);
        if (n.b().symbolic(m) == null) {
            // a large number means no bound; it must fit a symbol
            m = n.op("min", m, n.b().scalar(m.elem(), Integer.MAX_VALUE));
            m = m.rank() == 0 ? m : n.op("reshape", Attrs.of("dims", List.of()), m);
        }
        return n.b().dimsOf(m).get(0).max(Dim.ZERO);
    }

    // ---- Scan ---------------------------------------------------------------------------------------------------

    private static void scan(NodeImport n) {
        int inputs = (int) n.integer("num_scan_inputs", 1);
        int states = n.inputs() - inputs;
        GraphProto g = n.graph("body");
        int collected = g.outputs().size() - states;
        List<Value> x = n.in().subList(states, n.inputs());
        int[] axes = axes(n, "scan_input_axes", inputs, x);
        int[] directions = directions(n, "scan_input_directions", inputs);
        int[] out = directions(n, "scan_output_directions", collected);
        long[] outAxes = n.integers("scan_output_axes");
        Dim trip = x.get(0).dim(axes[0]);
        List<Value> r = LoopImport.loop(n, trip, null, n.in().subList(0, states), (b, number, args) -> {
            Dim turn = b.symbolic(number).get(0);
            List<Value> in = new ArrayList<>(args);
            for (int i = 0; i < inputs; i++) {
                in.add(element(b, x.get(i), axes[i], directions[i] == 0 ? turn : trip.minus(1).minus(turn)));
            }
            List<Value> o = n.body(g, b, in);
            return new Turn(null, o.subList(0, states), o.subList(states, o.size()));
        });
        for (int i = 0; i < n.outputs(); i++) {
            Value v = r.get(i);
            int k = i - states;
            if (k >= 0) {
                v = out[k] == 0 ? v : reverse(n, v);
                v = outAxes == null ? v : moved(n, v, n.axis(outAxes[k], v.rank()));
            }
            n.out(i, v);
        }
    }

    private static int[] axes(NodeImport n, String name, int count, List<Value> of) {
        int[] a = n.ints(name, new int[count]);
        for (int i = 0; i < count; i++) {
            a[i] = n.axis(a[i], of.get(i).rank());
        }
        return a;
    }

    private static int[] directions(NodeImport n, String name, int count) {
        int[] d = n.ints(name, new int[count]);
        if (d.length != count) {
            throw new LatheException("", "attribute " + name + " has " + d.length + " entries, should have " + count);
        }
        return d;
    }

    /** One element along an axis, which goes. */
    private static Value element(GraphBuilder b, Value x, int axis, Dim at) {
        List<Dim> sizes = new ArrayList<>(x.tensor().dims());
        sizes.remove(axis);
        return b.op("reshape", Attrs.of("dims", sizes), b.part(x, axis, at, Dim.ONE));
    }

    static Value reverse(NodeImport n, Value x) {
        List<Dim> from = new ArrayList<>(Collections.nCopies(x.rank(), Dim.ZERO));
        int[] step = new int[x.rank()];
        Arrays.fill(step, 1);
        from.set(0, x.dim(0).minus(1));
        step[0] = -1;
        return n.op("slice", Attrs.of("starts", from, "sizes", x.tensor().dims(), "steps", step), x);
    }

    // the first axis becomes axis `to`
    private static Value moved(NodeImport n, Value x, int to) {
        if (to == 0) {
            return x;
        }
        int[] perm = new int[x.rank()];
        for (int i = 0; i < perm.length; i++) {
            perm[i] = i < to ? i + 1 : i == to ? 0 : i;
        }
        return n.op("transpose", Attrs.of("perm", perm), x);
    }

    /** Opset 8: operand 0 may hold the lengths of the sequences; a batch dimension stands before all others. */
    private static void scanBatches(NodeImport n) {
        int inputs = (int) n.integer("num_scan_inputs", 1);
        int states = n.inputs() - 1 - inputs;
        GraphProto g = n.graph("body");
        Value lengths = n.in(0);
        List<Value> first = n.in().subList(1, 1 + states);
        List<Value> x = n.in().subList(1 + states, n.inputs());
        int[] directions = directions(n, "directions", inputs);
        Dim batch = x.get(0).dim(0);
        Dim longest = x.get(0).dim(1);
        List<Value> r = LoopImport.loop(n, batch, null, List.of(), (outer, which, none) -> {
            Dim row = outer.symbolic(which).get(0);
            List<Value> init = first.stream().map(v -> element(outer, v, 0, row)).toList();
            List<Value> rows = x.stream().map(v -> element(outer, v, 0, row)).toList();
            Dim length = lengths == null ? longest : outer.dimsOf(element(outer, lengths, 0, row)).get(0).max(Dim.ZERO).min(longest);
            List<Value> done = LoopImport.loop(outer, length, null, init, (b, number, args) -> {
                Dim turn = b.symbolic(number).get(0);
                List<Value> in = new ArrayList<>(args);
                for (int i = 0; i < inputs; i++) {
                    in.add(element(b, rows.get(i), 0, directions[i] == 0 ? turn : length.minus(1).minus(turn)));
                }
                List<Value> o = n.body(g, b, in);
                return new Turn(null, o.subList(0, states), o.subList(states, o.size()));
            });
            List<Value> collected = new ArrayList<>();
            for (int i = 0; i < done.size(); i++) {
                Value v = done.get(i);
                collected.add(i < states || length.equals(longest) ? v : padded(outer, v, longest));
            }
            return new Turn(null, List.of(), collected);
        });
        for (int i = 0; i < n.outputs(); i++) {
            n.out(i, r.get(i));
        }
    }

    // zeros after a sequence that is shorter than others
    private static Value padded(GraphBuilder b, Value v, Dim to) {
        List<Dim> before = new ArrayList<>(Collections.nCopies(v.rank(), Dim.ZERO));
        List<Dim> after = new ArrayList<>(before);
        after.set(0, to.minus(v.dim(0)));
        Value p = b.op("pad", Attrs.of("before", before, "after", after, "mode", "constant"), v);
        List<Dim> dims = new ArrayList<>(v.tensor().dims());
        dims.set(0, to);
        return b.op("reshape", Attrs.of("dims", dims), p);
    }
}
