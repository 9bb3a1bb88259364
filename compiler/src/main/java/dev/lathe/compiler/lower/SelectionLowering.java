package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.X;
import dev.lathe.codegen.program.Step;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Value;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.Storage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Choices by value: sorting goes to helpers, the rest is loops. Extents found on the way become symbols. */
final class SelectionLowering {
    private SelectionLowering() {}

    static Map<String, Lowering> rows() {
        return Map.of(
                "nonzero", SelectionLowering::nonzero,
                "unique", SelectionLowering::unique,
                "topk", SelectionLowering::topk,
                "nms", SelectionLowering::suppress);
    }

    private static Dim flag(boolean b) {
        return b ? Dim.ONE : Dim.ZERO;
    }

    private static boolean unsigned(View v) {
        return v.type() == ElementType.U64;
    }

    // counted first, then written: two passes in row-major order
    private static void nonzero(Node n, Lower cx) {
        View x = cx.view(n.in(0));
        View count = cx.buffer("count", ElementType.I32, List.of());
        KernelBuilder k = cx.kernel("count_nonzero");
        KernelBuilder.Buf o = k.write(count);
        KernelBuilder.Buf a = k.read(x);
        Expr.Var total = k.mut("n", X.i(0));
        List<Expr> index = new ArrayList<>();
        Loops.nest(k, x.dims().stream().map(k::dim).toList(), index,
                () -> k.set(total, X.add(total, X.convert(Scalar.I32, given(a.load(index))))));
        o.storeFlat(X.i(0), total);
        k.run();
        String symbol = n.out().dim(1).symbol();
        cx.markLate(List.of(symbol));
        cx.step(new Step.Bind(List.of(symbol), count.ref(), cx.loc()));
        View out = cx.result(n.out());
        KernelBuilder w = cx.kernel("nonzero");
        KernelBuilder.Buf to = w.write(out);
        KernelBuilder.Buf from = w.read(x);
        Expr.Var next = w.mut("n", X.i(0));
        List<Expr> at = new ArrayList<>();
        Loops.nest(w, x.dims().stream().map(w::dim).toList(), at, () -> w.when(given(from.load(at)), () -> {
            for (int d = 0; d < at.size(); d++) {
                to.store(List.of(X.i(d), next), X.convert(Scalar.I64, at.get(d)));
            }
            w.set(next, X.add(next, X.i(1)));
        }));
        w.run();
    }

    private static Expr given(Expr x) {
        return switch (x.type().scalar()) {
            case F32 -> X.ne(x, X.f(0));
            case F64 -> X.ne(x, X.d(0));
            case I64 -> X.ne(x, X.l(0));
            case REF -> X.not(X.call("StringOps", "isEmpty", x));
            default -> X.ne(x, X.i(0));
        };
    }

    /** A growing buffer of its own that a helper fills, as the place of {@code v}. */
    static View filled(Lower cx, Value v, String wish) {
        int id = cx.own(wish, v == null ? Storage.I64 : v.elem().storage());
        List<Dim> dims = v == null ? List.of(Dim.ZERO) : v.tensor().dims();
        View w = new View(id, v == null ? ElementType.I64 : v.elem(), Dim.ZERO, dims, View.rowMajor(dims));
        if (v != null) {
            cx.alias(v, w);
        }
        return w;
    }

    private static void unique(Node n, Lower cx) {
        View x = cx.packedView(n.in(0));
        View inverse = n.out(1) == null ? cx.scratch(ElementType.I64, x.dims().get(0)) : cx.result(n.out(1));
        View first = filled(cx, n.out(0), "first");
        View counts = filled(cx, n.out(2), "counts");
        Value sized = n.out(0) != null ? n.out(0) : n.out(2);
        List<String> binds = sized == null ? List.of() : List.of(sized.dim(0).symbol());
        cx.markLate(binds);
        cx.helper("Order.unique", List.of(x, inverse),
                List.of(x.dims().get(0), x.dims().get(1), flag(n.attrs().flag("sorted")), flag(unsigned(x)), Dim.of(first.buffer()), Dim.of(counts.buffer())),
                List.of(), binds);
    }

    private static void topk(Node n, Lower cx) {
        View x = cx.packedView(n.in(0));
        Dim count = n.attrs().dim("count");
        Dim rows = Dim.product(x.dims().subList(0, x.rank() - 1));
        Dim width = x.dims().get(x.rank() - 1);
        List<Dim> dims = new ArrayList<>(x.dims());
        dims.set(x.rank() - 1, count);
        View index = n.out(1) == null ? cx.buffer("indices", ElementType.I64, dims) : cx.result(n.out(1));
        cx.helper("Order.top", List.of(x, index), List.of(rows, width, count, flag(n.attrs().flag("largest")), flag(unsigned(x))), List.of(), List.of());
        if (n.out(0) != null) {
            View out = cx.result(n.out(0));
            KernelBuilder k = cx.kernel("take");
            KernelBuilder.Buf o = k.write(out);
            KernelBuilder.Buf a = k.read(x);
            KernelBuilder.Buf ix = k.read(index);
            List<Expr> extents = dims.stream().map(k::dim).toList();
            List<Expr> at = new ArrayList<>();
            Loops.shared(k, dims, extents, 64, true, at, () -> {
                List<Expr> from = new ArrayList<>(at);
                from.set(at.size() - 1, k.let("ix", X.convert(Scalar.I32, ix.load(at))));
                o.store(at, a.load(from));
            });
            k.run();
        }
    }

    private static void suppress(Node n, Lower cx) {
        List<View> in = n.inputs().stream().map(cx::packedView).toList();
        View boxes = in.get(0);
        View scores = in.get(1);
        View out = filled(cx, n.out(), "chosen");
        String symbol = n.out().dim(0).symbol();
        cx.markLate(List.of(symbol));
        cx.helper("Boxes.suppress", in, List.of(boxes.dims().get(0), scores.dims().get(1), boxes.dims().get(1), flag(n.attrs().flag("center")),
                Dim.of(out.buffer())), List.of(), List.of(symbol));
    }
}
