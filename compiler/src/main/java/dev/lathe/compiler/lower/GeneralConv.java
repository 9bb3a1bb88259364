package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.X;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.op.ContractionOps;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Convolutions, transposed or not, of any element type, layout and grouping by plain loops; what {@link Tile} doesn't take. Each
 * element of the result gathers the taps of its window that fall inside the input.
 */
final class GeneralConv {
    private final boolean transposed;
    private final KernelBuilder k;
    private final KernelBuilder.Buf a;
    private final KernelBuilder.Buf w;
    private final List<Expr> size = new ArrayList<>();
    private final int[] strides;
    private final int[] dilations;
    private final int[] pads;

    private GeneralConv(Node n, Lower cx, boolean transposed) {
        this.transposed = transposed;
        ElementType t = n.in(0).elem();
        View x = last(n, cx.view(n.in(0)));
        View weights = cx.view(n.in(1));
        View out = last(n, cx.result(n.out()));
        int d = x.rank() - 2;
        strides = n.attrs().ints("strides");
        dilations = n.attrs().ints("dilations");
        pads = n.attrs().ints("pads");
        Epilogue e = new Epilogue(n, cx, cx.result(n.out()), 3);
        List<View> extras = e.extras().stream().map(v -> last(n, v)).toList();
        View bias = n.in(2) == null ? null : cx.packedView(n.in(2));
        k = cx.kernel(transposed ? "conv_transpose" : "conv");
        KernelBuilder.Buf o = k.write(out);
        a = k.read(x);
        w = k.read(weights);
        KernelBuilder.Buf c = bias == null ? null : k.read(bias);
        List<KernelBuilder.Buf> extra = extras.stream().map(k::read).toList();
        // the border's taps too
        k.multiplyAdds((transposed ? x : out).size().times(Dim.product(weights.dims().subList(1, weights.rank()))));
        int groups = n.attrs().intValue("groups");
        Dim rows = weights.dims().get(0);
        Dim each = weights.dims().get(1);
        // result channels of a group, input channels of a group, result channels
        Expr perGroup = k.dim(transposed ? each : rows.floorDiv(groups));
        Expr depth = k.dim(transposed ? rows.floorDiv(groups) : each);
        Expr columns = k.dim(transposed ? each.times(groups) : rows);
        List<Expr> outs = new ArrayList<>();
        List<Expr> kernel = new ArrayList<>();
        for (int i = 0; i < d; i++) {
            outs.add(k.dim(out.dims().get(1 + i)));
            size.add(k.dim(x.dims().get(1 + i)));
            kernel.add(k.dim(weights.dims().get(2 + i)));
        }
        k.parallel("b", out.dims().get(0), 1, false, b -> {
            List<Expr> place = new ArrayList<>(List.of(b));
            Loops.nest(k, outs, place, () -> k.loop("f", X.i(0), columns, f -> {
                Expr.Var acc = k.mut("acc", c == null ? GeneralContraction.zero(t) : c.flat(f));
                Expr group = k.let("g", X.div(f, perGroup));
                Expr first = k.let("gc", X.mul(group, depth));
                Expr inGroup = transposed ? k.let("fg", X.sub(f, X.mul(group, perGroup))) : null;
                taps(0, kernel, new ArrayList<>(), tap -> window(place, tap, (from, inside) -> k.when(inside, () -> k.loop("c", X.i(0), depth, ch -> {
                    Expr channel = X.add(first, ch);
                    List<Expr> at = new ArrayList<>(List.of(b));
                    at.addAll(from);
                    at.add(channel);
                    List<Expr> wa = new ArrayList<>(transposed ? List.of(channel, inGroup) : List.of(f, ch));
                    wa.addAll(tap);
                    k.set(acc, GeneralContraction.accumulate(t, a.load(at), w.load(wa), acc));
                }))));
                List<Expr> at = new ArrayList<>(place);
                at.add(f);
                o.store(at, e.apply(k, Elementwise.narrow(t, acc), extra.stream().map(x0 -> x0.load(at)).toList()));
            }));
        });
    }

    static void conv(Node n, Lower cx) {
        new GeneralConv(n, cx, false).k.run();
    }

    static void convTranspose(Node n, Lower cx) {
        new GeneralConv(n, cx, true).k.run();
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

    private void taps(int i, List<Expr> kernel, List<Expr> tap, Consumer<List<Expr>> body) {
        if (i == kernel.size()) {
            body.accept(tap);
            return;
        }
        k.loop("u", X.i(0), kernel.get(i), u -> {
            tap.add(u);
            taps(i + 1, kernel, tap, body);
            tap.remove(tap.size() - 1);
        });
    }

    /** Where the tap of a place of the result reads. */
    private interface Read {
        /**
         * @param from the input's position in each spatial dimension
         * @param inside whether that is one
         */
        void at(List<Expr> from, Expr inside);
    }

    private void window(List<Expr> place, List<Expr> tap, Read body) {
        List<Expr> from = new ArrayList<>();
        Expr inside = X.bool(true);
        for (int i = 0; i < size.size(); i++) {
            Expr to = place.get(1 + i);
            Expr shift = X.mul(tap.get(i), X.i(dilations[i]));
            if (transposed) {
                // the input position that this tap carries here, if the stride divides
                Expr p = k.let("p", X.sub(X.add(to, X.i(pads[i])), shift));
                Expr q = k.let("q", X.div(p, X.i(strides[i])));
                from.add(q);
                inside = X.and(inside, X.and(X.ge(p, X.i(0)), X.and(X.eq(X.mul(q, X.i(strides[i])), p), X.lt(q, size.get(i)))));
            } else {
                Expr p = k.let("p", X.sub(X.add(X.mul(to, X.i(strides[i])), shift), X.i(pads[i])));
                from.add(p);
                inside = X.and(inside, X.and(X.ge(p, X.i(0)), X.lt(p, size.get(i))));
            }
        }
        body.at(from, inside);
    }
}
