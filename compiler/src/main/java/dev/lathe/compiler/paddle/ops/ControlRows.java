package dev.lathe.compiler.paddle.ops;

import static dev.lathe.compiler.paddle.PaddleTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.GraphBuilder;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Type.TensorType;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.ops.LoopImport;
import dev.lathe.compiler.paddle.PaddleNode;
import dev.lathe.compiler.paddle.proto.BlockDesc;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Operations that run blocks. A block changes variables around it: those are what loops carry and choices give. */
public final class ControlRows {
    /** What programs that were Python functions put where a variable has no value; see {@link #select}. */
    private static final double UNDEFINED = 1.77113e27;

    private ControlRows() {}

    public static void register() {
        add("while", ControlRows::repeat);
        add("while_loop", ControlRows::loop);
        add("if", ControlRows::branch);
        add("conditional_block", ControlRows::condition);
        add("conditional_block_infer", ControlRows::condition);
        add("select_input", ControlRows::select);
        add("recurrent", ControlRows::recurrent);
        // what it would say when it fails is of no use any more
        add("assert", n -> { });
        // the second operand is what it writes to
        add("write_back", n -> n.put(n.names(PaddleNode.WRITTEN).get(0), n.op("identity", n.need("Src_LoDTensor"))));
        add("is_empty", n -> {
            Value size = n.b().dim(n.need("X").tensor().size());
            n.out(n.reshape(n.op("eq", size, n.b().scalar(ElementType.I64, 0)), Dim.ONE));
        });
        add("split_lod_tensor", ControlRows::split);
        add("merge_lod_tensor", ControlRows::merge);
        add("merge_lod_tensor_infer", ControlRows::merge);
    }

    // ---- loops --------------------------------------------------------------------------------------------------

    private static void repeat(PaddleNode n) {
        BlockDesc body = n.inner();
        String condition = n.names("Condition").isEmpty() ? "" : n.names("Condition").get(0);
        List<String> carried = new ArrayList<>(n.written(body));
        if (!carried.contains(condition)) {
            throw new LatheException("", "this loop would never end: nothing in it changes its condition, \"" + condition + "\"");
        }
        List<Value> init = new ArrayList<>(begin(n, body, carried));
        CarriedLods lods = CarriedLods.of(n, body, carried);
        init.addAll(lods.begin());
        int values = carried.size();
        List<Value> r = LoopImport.loop(n.b(), null, single(n.b(), n.need("Condition")), init, (b, turn, args) -> {
            PaddleNode.After after = n.run(body, b, named(carried, args.subList(0, values)), lods.named(args.subList(values, args.size())));
            List<Value> next = new ArrayList<>(carried.stream().map(after.values()).toList());
            next.addAll(lods.after(after));
            return new LoopImport.Turn(single(b, after.values().apply(condition)), next, List.of());
        });
        for (int i = 0; i < values; i++) {
            n.put(carried.get(i), r.get(i));
        }
        lods.named(r.subList(values, r.size())).forEach(n::putLod);
    }

    private static Map<String, Value> named(List<String> names, List<Value> values) {
        Map<String, Value> m = new LinkedHashMap<>();
        for (int i = 0; i < names.size(); i++) {
            m.put(names.get(i), values.get(i));
        }
        return m;
    }

    private static Value single(GraphBuilder b, Value bool) {
        return bool.rank() == 0 ? bool : b.op("reshape", Attrs.of("dims", List.of()), bool);
    }

    /** What the variables of a loop hold before it; zeros where that is nothing. */
    private static List<Value> begin(PaddleNode n, BlockDesc body, List<String> carried) {
        Function<String, Value> after = null;
        List<Value> r = new ArrayList<>();
        for (String name : carried) {
            Value v = n.find(name);
            if (v == null && ArrayRows.isArray(n, name)) {
                v = ArrayRows.empty(n, n.b(), name);
            } else if (v == null) {
                // a turn that is thrown away tells what it will be
                after = after == null ? n.run(body, n.b().region(), Map.of()) : after;
                v = nothing(n, n.b(), after.apply(name).type());
            }
            r.add(v);
        }
        return r;
    }

    /** A value of a type that nobody looks at: zeros, or none where an extent isn't known here. */
    private static Value nothing(PaddleNode n, GraphBuilder b, Type type) {
        if (!(type instanceof TensorType t)) {
            return ArrayRows.empty(b, type);
        }
        List<Dim> dims = t.dims().stream().map(d -> n.known(d) ? d : Dim.ZERO).toList();
        return b.op("expand", Attrs.of("dims", dims), b.scalar(t.elem(), 0));
    }

    /** A loop of version 3: its block takes what is carried as arguments and yields whether to go on and what is carried. */
    private static void loop(PaddleNode n) {
        BlockDesc body = n.inner();
        List<String> args = texts(n, "args");
        List<String> yields = texts(n, "yields");
        List<Value> init = n.ins("X");
        if (args.size() != init.size() || yields.size() != init.size() + 1) {
            throw new LatheException("", "the file is damaged: " + init.size() + " values go into the loop, " + args.size() + " into its block, and " + yields.size() + " come out");
        }
        List<Value> r = LoopImport.loop(n.b(), null, single(n.b(), n.need("Condition")), init, (b, turn, carried) -> {
            Function<String, Value> after = n.run(body, b, named(args, carried));
            List<Value> all = yields.stream().map(y -> given(after, y)).toList();
            return new LoopImport.Turn(single(b, all.get(0)), all.subList(1, all.size()), List.of());
        });
        n.outs("Out", r);
    }

    private static List<String> texts(PaddleNode n, String attr) {
        return n.list(attr).stream().map(String.class::cast).toList();
    }

    private static Value given(Function<String, Value> after, String name) {
        Value v = after.apply(name);
        if (v == null) {
            throw new LatheException("", "the file is damaged: its block gives no value \"" + name + "\"");
        }
        return v;
    }

    // ---- choices ------------------------------------------------------------------------------------------------

    private static Value holds(PaddleNode n) {
        if (n.flag("is_scalar_condition", false)) {
            Value c = n.need("Cond");
            return n.cast(single(n.b(), c), ElementType.BOOL);
        }
        Value zero = n.b().scalar(ElementType.I64, 0);
        return n.ins("Input").stream().map(x -> n.op("gt", n.b().dim(x.tensor().size()), zero)).reduce((a, c) -> n.op("and", a, c))
                .orElseGet(() -> n.b().constant(new Tensor(ElementType.BOOL, new int[0], new int[] {1})));
    }

    private static void condition(PaddleNode n) {
        BlockDesc body = n.inner();
        List<String> given = new ArrayList<>(n.written(body));
        Value c = holds(n);
        Tensor known = n.constant(c);
        if (known != null) {
            if (known.integer(0) != 0) {
                Function<String, Value> after = n.run(body, n.b(), Map.of());
                given.forEach(name -> n.put(name, after.apply(name)));
            }
            return;
        }
        GraphBuilder yes = n.b().region();
        GraphBuilder no = n.b().region();
        Function<String, Value> after = n.run(body, yes, Map.of());
        given.removeIf(name -> after.apply(name) == null);
        List<Value> then = new ArrayList<>();
        List<Value> otherwise = new ArrayList<>();
        for (String name : given) {
            Value v = after.apply(name);
            then.add(yes.op("identity", v));
            Value before = n.find(name);
            boolean usable = before != null && same(before.type(), v.type());
            otherwise.add(usable ? no.op("identity", before) : nothing(n, no, v.type()));
        }
        choose(n, c, yes, then, no, otherwise, given);
    }

    /** A choice of version 3: two blocks that yield values. */
    private static void branch(PaddleNode n) {
        Value c = n.cast(single(n.b(), n.need("Cond")), ElementType.BOOL);
        List<String> out = n.outs("Out");
        Tensor known = n.constant(c);
        if (known != null) {
            boolean yes = known.integer(0) != 0;
            Function<String, Value> after = n.run(n.inner(yes ? "sub_block" : "else_block"), n.b(), Map.of());
            n.outs("Out", texts(n, yes ? "then" : "else").stream().map(y -> given(after, y)).toList());
            return;
        }
        GraphBuilder yes = n.b().region();
        GraphBuilder no = n.b().region();
        Function<String, Value> a = n.run(n.inner("sub_block"), yes, Map.of());
        Function<String, Value> b = n.run(n.inner("else_block"), no, Map.of());
        List<Value> then = texts(n, "then").stream().map(y -> yes.op("identity", given(a, y))).toList();
        List<Value> otherwise = texts(n, "else").stream().map(y -> no.op("identity", given(b, y))).toList();
        if (then.size() != out.size() || otherwise.size() != out.size()) {
            throw new LatheException("", "the file is damaged: its blocks give " + then.size() + " and " + otherwise.size() + " values for " + out.size());
        }
        choose(n, c, yes, then, no, otherwise, out);
    }

    private static boolean same(Type a, Type b) {
        return a instanceof TensorType x && b instanceof TensorType y ? x.elem() == y.elem() && x.rank() == y.rank()
                : !(a instanceof TensorType) && !(b instanceof TensorType);
    }

    private static void choose(PaddleNode n, Value c, GraphBuilder yes, List<Value> then, GraphBuilder no, List<Value> otherwise, List<String> names) {
        if (names.isEmpty()) {
            return;
        }
        List<Graph> regions = List.of(yes.finish(n.b().fresh("then"), then), no.finish(n.b().fresh("else"), otherwise));
        List<Value> r = n.b().add("if", List.of(c), Attrs.NONE, regions, (String[]) null);
        for (int i = 0; i < names.size(); i++) {
            n.put(names.get(i), r.get(i));
        }
    }

    private static boolean undefined(PaddleNode n, Value v) {
        Tensor t = v.type() instanceof TensorType x && x.elem().isFloat() ? n.constant(v) : null;
        return t != null && t.size() == 1 && Math.abs(t.number(0) / UNDEFINED - 1) < 1e-5;
    }

    private static void select(PaddleNode n) {
        Value mask = n.need("Mask");
        List<String> names = n.names("X");
        Tensor known = n.constant(mask);
        if (known != null) {
            n.out(n.op("identity", n.ins("X", Math.toIntExact(known.integer(0)))));
            return;
        }
        if (names.size() != 2) {
            throw n.unsupported("a choice among " + names.size());
        }
        List<Value> x = n.ins("X");
        for (int i = 0; i < 2; i++) {
            if (undefined(n, x.get(i)) || x.get(i) == x.get(1 - i)) {
                n.out(n.op("identity", x.get(1 - i)));
                return;
            }
        }
        if (!same(x.get(0).type(), x.get(1).type())) {
            x = List.of(x.get(0), alike(n, x.get(1), x.get(0)));
        }
        GraphBuilder yes = n.b().region();
        GraphBuilder no = n.b().region();
        Value c = n.cast(single(n.b(), mask), ElementType.BOOL);
        choose(n, c, yes, List.of(yes.op("identity", x.get(1))), no, List.of(no.op("identity", x.get(0))), n.outs("Out").subList(0, 1));
    }

    // one element may be a scalar one way and a vector another
    private static Value alike(PaddleNode n, Value v, Value other) {
        boolean one = v.type() instanceof TensorType t && other.type() instanceof TensorType o && t.elem() == o.elem() && t.size().is(1) && o.size().is(1);
        if (!one) {
            throw new LatheException("", "a value is " + other.type() + " one way and " + v.type() + " another; its element type and rank must not depend on data");
        }
        return n.reshape(v, other.tensor().dims());
    }

    // ---- rows by a mask -----------------------------------------------------------------------------------------

    private static Value flat(PaddleNode n, String slot) {
        Value m = n.need(slot);
        return n.reshape(m, m.tensor().size());
    }

    private static void split(PaddleNode n) {
        Value mask = flat(n, "Mask");
        for (String slot : new String[] {"OutTrue", "OutFalse"}) {
            Value which = slot.equals("OutTrue") ? mask : n.op("not", mask);
            Value at = n.binding("nonzero", Attrs.NONE, which).get(0);
            n.out(slot, n.gather(n.need("X"), n.reshape(at, at.dim(1)), 0));
        }
    }

    private static void merge(PaddleNode n) {
        Value mask = flat(n, "Mask");
        Attrs running = Attrs.of("kind", "sum", "axis", 0, "exclusive", true, "reverse", false);
        Value yes = n.op("cumulate", running, n.cast(mask, ElementType.I64));
        Value no = n.op("cumulate", running, n.cast(n.op("not", mask), ElementType.I64));
        Value t = n.need("InTrue");
        Value at = n.op("where", mask, yes, n.op("add", no, n.b().dim(t.dim(0))));
        n.out(n.gather(n.concat(List.of(t, n.need("InFalse")), 0), at, 0));
    }

    // ---- steps --------------------------------------------------------------------------------------------------

    /** A block for each step of the inputs' first dimension: it sees a step under the input's name and gives one of each output. */
    private static void recurrent(PaddleNode n) {
        BlockDesc body = n.inner();
        List<String> sequences = n.names("inputs");
        List<String> outputs = n.outs("outputs");
        List<String> before = n.list("ex_states").stream().map(String.class::cast).toList();
        List<String> states = n.list("states").stream().map(String.class::cast).toList();
        List<Value> x = n.ins("inputs");
        Dim steps = x.get(0).dim(0);
        boolean reverse = n.flag("reverse", false);
        List<Value> r = LoopImport.loop(n.b(), steps, null, n.ins("initial_states"), (b, turn, args) -> {
            Value step = reverse ? b.op("sub", b.dim(steps.minus(1)), turn) : turn;
            Map<String, Value> begin = named(before, args);
            for (int i = 0; i < x.size(); i++) {
                begin.put(sequences.get(i), b.op("gather", Attrs.of("axis", 0), x.get(i), step));
            }
            Function<String, Value> after = n.run(body, b, begin);
            return new LoopImport.Turn(null, states.stream().map(after).toList(), outputs.stream().map(o -> b.op("identity", after.apply(o))).toList());
        });
        n.outs("outputs", r.subList(states.size(), r.size()).stream().map(v -> reverse ? n.flip(v, 0) : v).toList());
    }
}
