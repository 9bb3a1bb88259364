package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.X;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Type.TensorType;
import dev.lathe.compiler.ir.Value;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Sequences and optionals: calls of helpers on whole objects. */
final class SequenceLowering {
    private SequenceLowering() {}

    static Map<String, Lowering> rows() {
        Map<String, Lowering> m = new HashMap<>();
        m.put("seq_empty", (n, cx) -> cx.helper("Sequences.empty", List.of(cx.result(n.out())), List.of(), List.of(), List.of()));
        m.put("seq_construct", SequenceLowering::construct);
        m.put("seq_insert", (n, cx) -> insert(cx, cx.view(n.in(0)), n.in(1), n.in(2), cx.result(n.out())));
        m.put("seq_write", (n, cx) -> {
            Value x = n.in(1);
            cx.helper("Sequences.write", List.of(cx.view(n.in(0)), cx.packedView(x), numbers(cx, x.tensor().dims()), cx.packedView(n.in(2)), cx.result(n.out())),
                    List.of(Dim.of(x.rank())), List.of(x.elem().name()), List.of());
        });
        m.put("seq_erase", (n, cx) -> {
            View position = n.in(1) == null ? numbers(cx, List.of(Dim.ZERO)) : cx.packedView(n.in(1));
            cx.helper("Sequences.erase", List.of(cx.view(n.in(0)), position, cx.result(n.out())), List.of(flag(n.in(1) != null)), List.of(), List.of());
        });
        m.put("seq_at", (n, cx) -> take(n, cx, "Sequences.at", List.of(cx.view(n.in(0)), cx.packedView(n.in(1))), List.of()));
        m.put("seq_length", (n, cx) -> cx.helper("Sequences.length", List.of(cx.view(n.in(0)), cx.result(n.out())), List.of(), List.of(), List.of()));
        m.put("seq_concat", (n, cx) -> {
            int axis = n.attrs().intValue("axis");
            take(n, cx, "Sequences.concat", List.of(cx.view(n.in(0))),
                    List.of(Dim.of(axis < 0 ? axis + n.out().rank() : axis), flag(n.attrs().flag("new"))));
        });
        m.put("seq_split", SequenceLowering::split);
        m.put("opt_none", (n, cx) -> cx.helper("Sequences.none", List.of(cx.result(n.out())), List.of(), List.of(), List.of()));
        m.put("opt_some", SequenceLowering::some);
        m.put("opt_has", (n, cx) -> cx.helper("Sequences.has", List.of(cx.view(n.in(0)), cx.result(n.out())), List.of(), List.of(), List.of()));
        m.put("opt_get", (n, cx) -> {
            if (n.out().type() instanceof TensorType) {
                take(n, cx, "Sequences.get", List.of(cx.view(n.in(0))), List.of());
            } else {
                cx.helper("Sequences.getObject", List.of(cx.view(n.in(0)), cx.result(n.out())), List.of(), List.of(), List.of());
            }
        });
        return m;
    }

    private static Dim flag(boolean b) {
        return b ? Dim.ONE : Dim.ZERO;
    }

    /** Dimensions as an i64 vector in memory. */
    static View numbers(Lower cx, List<Dim> dims) {
        Dim count = Dim.of(dims.size());
        if (dims.stream().allMatch(Dim::isConst)) {
            return cx.pack(List.of("numbers", dims), "numbers", ElementType.I64, dims.stream().mapToLong(Dim::value).toArray(), List.of(count));
        }
        View v = cx.buffer("numbers", ElementType.I64, List.of(count));
        KernelBuilder k = cx.kernel("dims");
        KernelBuilder.Buf o = k.write(v);
        for (int i = 0; i < dims.size(); i++) {
            o.storeFlat(X.i(i), X.convert(Scalar.I64, k.dim(dims.get(i))));
        }
        k.run();
        return v;
    }

    private static void construct(Node n, Lower cx) {
        View out = cx.result(n.out());
        cx.helper("Sequences.empty", List.of(out), List.of(), List.of(), List.of());
        n.inputs().forEach(v -> insert(cx, out, v, null, out));
    }

    private static void insert(Lower cx, View in, Value x, Value at, View out) {
        View shape = numbers(cx, x.tensor().dims());
        cx.helper("Sequences.insert", List.of(in, cx.packedView(x), shape, at == null ? shape(cx) : cx.packedView(at), out),
                List.of(Dim.of(x.rank()), flag(at != null)), List.of(x.elem().name()), List.of());
    }

    // stands where nothing is read
    private static View shape(Lower cx) {
        return numbers(cx, List.of(Dim.ZERO));
    }

    /** A helper that leaves a tensor in a buffer of its own and returns its shape. */
    private static void take(Node n, Lower cx, String method, List<View> in, List<Dim> ints) {
        TensorType t = n.out().tensor();
        List<Dim> expected = new ArrayList<>();
        List<String> binds = new ArrayList<>();
        for (Dim d : t.dims()) {
            boolean found = d.symbol() != null;
            // a known extent comes back too, and is not looked at
            String s = found ? d.symbol() : cx.lateSymbol().symbol();
            expected.add(found ? Dim.of(-1) : d);
            binds.add(s);
        }
        cx.markLate(binds);
        View out = SelectionLowering.filled(cx, n.out(), n.out().name());
        List<View> views = new ArrayList<>(in);
        views.add(numbers(cx, expected));
        List<Dim> all = new ArrayList<>(List.of(Dim.of(t.rank())));
        all.addAll(ints);
        all.add(Dim.of(out.buffer()));
        cx.helper(method, views, all, List.of(t.elem().name()), binds);
    }

    private static void split(Node n, Lower cx) {
        View x = cx.packedView(n.in(0));
        View parts = n.in(1) == null ? shape(cx) : cx.packedView(n.in(1));
        Dim count = n.in(1) == null ? Dim.of(-1) : n.in(1).rank() == 0 ? Dim.ZERO : n.in(1).dim(0);
        int axis = n.attrs().intValue("axis");
        cx.helper("Sequences.split", List.of(x, numbers(cx, x.dims()), parts, cx.result(n.out())),
                List.of(Dim.of(x.rank()), Dim.of(axis < 0 ? axis + x.rank() : axis), count, flag(n.attrs().flag("keep"))),
                List.of(x.type().name()), List.of());
    }

    private static void some(Node n, Lower cx) {
        Value v = n.in(0);
        if (v.type() instanceof TensorType t) {
            cx.helper("Sequences.some", List.of(cx.packedView(v), numbers(cx, t.dims()), cx.result(n.out())), List.of(Dim.of(t.rank())),
                    List.of(t.elem().name()), List.of());
        } else {
            cx.helper("Sequences.someObject", List.of(cx.view(v), cx.result(n.out())), List.of(), List.of(), List.of());
        }
    }
}
