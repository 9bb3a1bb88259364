package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.X;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.op.ContractionOps;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.List;

/** Contractions of any element type, layout and grouping by plain loops; what {@link Tile} doesn't take. */
final class GeneralContraction {
    private GeneralContraction() {}

    /** One more product: fused for floats, wrapping for integers. */
    private static Expr accumulate(ElementType t, Expr a, Expr b, Expr acc) {
        return t.isFloat() ? X.fma(a, b, acc) : X.add(acc, X.mul(a, b));
    }

    private static Expr zero(ElementType t) {
        return switch (t.storage()) {
            case F32 -> X.f(0);
            case F64 -> X.d(0);
            case I32 -> X.i(0);
            case I64 -> X.l(0);
            case REF -> throw new IllegalStateException("no product of strings");
        };
    }

    static void matmul(Node n, Lower cx) {
        ElementType t = n.in(0).elem();
        View out = cx.result(n.out());
        int r = out.rank();
        View a = cx.view(n.in(0));
        View b = cx.view(n.in(1));
        List<Dim> lead = out.dims().subList(0, r - 2);
        View x = a.expanded(with(lead, a.dims().get(a.rank() - 2), a.dims().get(a.rank() - 1)));
        View y = b.expanded(with(lead, b.dims().get(b.rank() - 2), b.dims().get(b.rank() - 1)));
        View bias = n.in(2) == null ? null : cx.view(n.in(2)).expanded(out.dims());
        Epilogue e = new Epilogue(n, cx, out, 3);
        KernelBuilder k = cx.kernel("matmul");
        KernelBuilder.Buf o = k.write(out);
        KernelBuilder.Buf p = k.read(x);
        KernelBuilder.Buf q = k.read(y);
        KernelBuilder.Buf c = bias == null ? null : k.read(bias);
        List<KernelBuilder.Buf> extra = e.extras().stream().map(k::read).toList();
        List<Expr> extents = out.dims().stream().map(k::dim).toList();
        k.multiplyAdds(out.size().times(x.dims().get(r - 1)));
        Expr depth = k.dim(x.dims().get(r - 1));
        k.parallel("i", out.dims().get(0), 1, false, first -> {
            List<Expr> index = new ArrayList<>(List.of(first));
            ReductionLowering.loops(k, extents.subList(1, r - 1), index, () -> k.lanes("j", X.i(0), extents.get(r - 1), j -> {
                List<Expr> at = new ArrayList<>(index);
                at.add(j);
                Expr.Var acc = k.mut("acc", c == null ? zero(t) : c.load(at));
                k.loop("k", X.i(0), depth, i -> {
                    List<Expr> pa = new ArrayList<>(index);
                    pa.add(i);
                    List<Expr> qa = new ArrayList<>(index.subList(0, r - 2));
                    qa.add(i);
                    qa.add(j);
                    k.set(acc, accumulate(t, p.load(pa), q.load(qa), acc));
                });
                o.store(at, e.apply(k, Elementwise.narrow(t, acc), extra.stream().map(x0 -> x0.load(at)).toList()));
            }));
        });
        k.run();
    }

    private static List<Dim> with(List<Dim> lead, Dim m, Dim n) {
        List<Dim> r = new ArrayList<>(lead);
        r.add(m);
        r.add(n);
        return r;
    }

    // [N, C, spatial...] seen as [N, spatial..., C]
    private static View last(Node n, View v) {
        if (ContractionOps.channelsLast(n.attrs())) {
            return v;
        }
        int[] perm = new int[v.rank()];
        for (int i = 1; i < v.rank() - 1; i++) {
            perm[i] = i + 1;
        }
        perm[v.rank() - 1] = 1;
        return v.transposed(perm);
    }

    static void conv(Node n, Lower cx) {
        ElementType t = n.in(0).elem();
        View x = last(n, cx.view(n.in(0)));
        View w = cx.view(n.in(1));
        View out = last(n, cx.result(n.out()));
        int d = x.rank() - 2;
        int[] strides = n.attrs().ints("strides");
        int[] dil = n.attrs().ints("dilations");
        int[] pads = n.attrs().ints("pads");
        Epilogue e = new Epilogue(n, cx, cx.result(n.out()), 3);
        List<View> extras = e.extras().stream().map(v -> last(n, v)).toList();
        View bias = n.in(2) == null ? null : cx.packedView(n.in(2));
        KernelBuilder k = cx.kernel("conv");
        KernelBuilder.Buf o = k.write(out);
        KernelBuilder.Buf a = k.read(x);
        KernelBuilder.Buf ww = k.read(w);
        KernelBuilder.Buf c = bias == null ? null : k.read(bias);
        List<KernelBuilder.Buf> extra = extras.stream().map(k::read).toList();
        // the border's taps too
        k.multiplyAdds(out.size().times(Dim.product(w.dims().subList(1, w.rank()))));
        int groups = n.attrs().intValue("groups");
        Expr perGroup = k.dim(w.dims().get(0).floorDiv(groups));
        Expr cin = k.dim(w.dims().get(1));
        Expr columns = k.dim(w.dims().get(0));
        List<Expr> outs = new ArrayList<>();
        List<Expr> size = new ArrayList<>();
        List<Expr> kernel = new ArrayList<>();
        for (int i = 0; i < d; i++) {
            outs.add(k.dim(out.dims().get(1 + i)));
            size.add(k.dim(x.dims().get(1 + i)));
            kernel.add(k.dim(w.dims().get(2 + i)));
        }
        k.parallel("b", out.dims().get(0), 1, false, b -> {
            List<Expr> place = new ArrayList<>(List.of(b));
            ReductionLowering.loops(k, outs, place, () -> k.loop("f", X.i(0), columns, f -> {
                Expr.Var acc = k.mut("acc", c == null ? zero(t) : c.flat(f));
                Expr group = k.let("g", X.mul(X.div(f, perGroup), cin));
                taps(k, 0, d, kernel, new ArrayList<>(), tap -> {
                    List<Expr> from = new ArrayList<>();
                    Expr inside = X.bool(true);
                    for (int i = 0; i < d; i++) {
                        Expr p = k.let("p", X.sub(X.add(X.mul(place.get(1 + i), X.i(strides[i])), X.mul(tap.get(i), X.i(dil[i]))), X.i(pads[i])));
                        from.add(p);
                        inside = X.and(inside, X.and(X.ge(p, X.i(0)), X.lt(p, size.get(i))));
                    }
                    k.when(inside, () -> k.loop("c", X.i(0), cin, ch -> {
                        List<Expr> at = new ArrayList<>(List.of(b));
                        at.addAll(from);
                        at.add(X.add(group, ch));
                        List<Expr> wa = new ArrayList<>(List.of(f, ch));
                        wa.addAll(tap);
                        k.set(acc, accumulate(t, a.load(at), ww.load(wa), acc));
                    }));
                });
                List<Expr> at = new ArrayList<>(place);
                at.add(f);
                o.store(at, e.apply(k, Elementwise.narrow(t, acc), extra.stream().map(x0 -> x0.load(at)).toList()));
            }));
        });
        k.run();
    }

    static void convTranspose(Node n, Lower cx) {
        ElementType t = n.in(0).elem();
        View x = last(n, cx.view(n.in(0)));
        View w = cx.view(n.in(1));
        View out = last(n, cx.result(n.out()));
        int d = x.rank() - 2;
        int[] strides = n.attrs().ints("strides");
        int[] dil = n.attrs().ints("dilations");
        int[] pads = n.attrs().ints("pads");
        Epilogue e = new Epilogue(n, cx, cx.result(n.out()), 3);
        List<View> extras = e.extras().stream().map(v -> last(n, v)).toList();
        View bias = n.in(2) == null ? null : cx.packedView(n.in(2));
        KernelBuilder k = cx.kernel("conv_transpose");
        KernelBuilder.Buf o = k.write(out);
        KernelBuilder.Buf a = k.read(x);
        KernelBuilder.Buf ww = k.read(w);
        KernelBuilder.Buf c = bias == null ? null : k.read(bias);
        List<KernelBuilder.Buf> extra = extras.stream().map(k::read).toList();
        k.multiplyAdds(x.size().times(Dim.product(w.dims().subList(1, w.rank()))));
        int groups = n.attrs().intValue("groups");
        Expr perGroup = k.dim(w.dims().get(1));
        Expr cin = k.dim(w.dims().get(0).floorDiv(groups));
        Expr columns = k.dim(w.dims().get(1).times(groups));
        List<Expr> outs = new ArrayList<>();
        List<Expr> size = new ArrayList<>();
        List<Expr> kernel = new ArrayList<>();
        for (int i = 0; i < d; i++) {
            outs.add(k.dim(out.dims().get(1 + i)));
            size.add(k.dim(x.dims().get(1 + i)));
            kernel.add(k.dim(w.dims().get(2 + i)));
        }
        k.parallel("b", out.dims().get(0), 1, false, b -> {
            List<Expr> place = new ArrayList<>(List.of(b));
            ReductionLowering.loops(k, outs, place, () -> k.loop("f", X.i(0), columns, f -> {
                Expr.Var acc = k.mut("acc", c == null ? zero(t) : c.flat(f));
                Expr g = k.let("g", X.div(f, perGroup));
                Expr group = k.let("gc", X.mul(g, cin));
                Expr inGroup = k.let("fg", X.sub(f, X.mul(g, perGroup)));
                taps(k, 0, d, kernel, new ArrayList<>(), tap -> {
                    List<Expr> from = new ArrayList<>();
                    Expr inside = X.bool(true);
                    for (int i = 0; i < d; i++) {
                        // the input position that this tap carries here, if the stride divides
                        Expr p = k.let("p", X.sub(X.add(place.get(1 + i), X.i(pads[i])), X.mul(tap.get(i), X.i(dil[i]))));
                        Expr q = k.let("q", X.div(p, X.i(strides[i])));
                        from.add(q);
                        inside = X.and(inside, X.and(X.ge(p, X.i(0)), X.and(X.eq(X.mul(q, X.i(strides[i])), p), X.lt(q, size.get(i)))));
                    }
                    k.when(inside, () -> k.loop("c", X.i(0), cin, ch -> {
                        List<Expr> at = new ArrayList<>(List.of(b));
                        at.addAll(from);
                        at.add(X.add(group, ch));
                        List<Expr> wa = new ArrayList<>(List.of(X.add(group, ch), inGroup));
                        wa.addAll(tap);
                        k.set(acc, accumulate(t, a.load(at), ww.load(wa), acc));
                    }));
                });
                List<Expr> at = new ArrayList<>(place);
                at.add(f);
                o.store(at, e.apply(k, Elementwise.narrow(t, acc), extra.stream().map(x0 -> x0.load(at)).toList()));
            }));
        });
        k.run();
    }

    private static void taps(KernelBuilder k, int i, int d, List<Expr> kernel, List<Expr> tap, java.util.function.Consumer<List<Expr>> body) {
        if (i == d) {
            body.accept(tap);
            return;
        }
        k.loop("u", X.i(0), kernel.get(i), u -> {
            tap.add(u);
            taps(k, i + 1, d, kernel, tap, body);
            tap.remove(tap.size() - 1);
        });
    }
}
