package dev.lathe.compiler.lower;

import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.X;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.op.ContractionOps;
import java.util.ArrayList;
import java.util.List;

/** Pooling over windows. Window bounds are clipped outside the channel loop, so that channels can be lanes. */
final class PoolLowering {
    private PoolLowering() {}

    static void lower(Node n, Lower cx) {
        boolean last = ContractionOps.channelsLast(n.attrs());
        View in = cx.view(n.in(0));
        View out = cx.result(n.out());
        int d = in.rank() - 2;
        // to batch, spatial..., channels
        int[] perm = new int[d + 2];
        for (int i = 0; i < d; i++) {
            perm[1 + i] = 2 + i;
        }
        perm[d + 1] = 1;
        View x = last ? in : in.transposed(perm);
        View y = last ? out : out.transposed(perm);
        int[] kernel = n.attrs().ints("kernel");
        int[] strides = n.attrs().ints("strides");
        int[] dil = n.attrs().ints("dilations");
        int[] pads = n.attrs().ints("pads");
        boolean mean = n.attrs().text("kind").equals("mean");
        boolean countPads = n.attrs().flag("count_pads");
        Reducer red = Reducer.of(mean ? "sum" : "max", n.out().elem());
        KernelBuilder k = cx.kernel("pool_" + n.attrs().text("kind"));
        KernelBuilder.Buf o = k.write(y);
        KernelBuilder.Buf a = k.read(x);
        List<Expr> size = new ArrayList<>();
        List<Expr> outs = new ArrayList<>();
        for (int i = 0; i < d; i++) {
            size.add(k.dim(x.dims().get(1 + i)));
            outs.add(k.dim(y.dims().get(1 + i)));
        }
        Expr channels = k.dim(x.dims().get(d + 1));
        k.parallel("b", y.dims().get(0).times(y.dims().get(1)), 1, false, row -> {
            Expr b = k.let("b", X.div(row, outs.get(0)));
            List<Expr> place = new ArrayList<>(List.of(b, k.let("y", X.sub(row, X.mul(b, outs.get(0))))));
            ReductionLowering.loops(k, outs.subList(1, d), place, () -> {
                List<Expr> first = new ArrayList<>();
                List<Expr> from = new ArrayList<>();
                List<Expr> to = new ArrayList<>();
                Expr count = X.i(1);
                for (int i = 0; i < d; i++) {
                    Expr start = k.let("start", X.sub(X.mul(place.get(1 + i), X.i(strides[i])), X.i(pads[i])));
                    first.add(start);
                    // window steps inside the input
                    Expr lo = k.let("lo", X.div(X.add(X.max(X.neg(start), X.i(0)), X.i(dil[i] - 1)), X.i(dil[i])));
                    Expr hi = k.let("hi", X.min(X.i(kernel[i]), X.div(X.add(X.sub(size.get(i), start), X.i(dil[i] - 1)), X.i(dil[i]))));
                    from.add(lo);
                    to.add(hi);
                    if (countPads) {
                        // positions inside the input and its padding
                        Expr end = X.add(size.get(i), X.i(pads[d + i]));
                        count = X.mul(count, X.min(X.i(kernel[i]), X.div(X.add(X.sub(end, start), X.i(dil[i] - 1)), X.i(dil[i]))));
                    } else {
                        count = X.mul(count, X.max(X.sub(hi, lo), X.i(0)));
                    }
                }
                Expr total = mean ? k.let("count", X.convert(Scalar.of(n.out().elem().storage()), count)) : null;
                k.lanes("c", X.i(0), channels, c -> {
                    Expr.Var acc = k.mut("acc", red.start());
                    window(k, 0, d, from, to, first, dil, new ArrayList<>(), at -> {
                        List<Expr> index = new ArrayList<>(List.of(b));
                        index.addAll(at);
                        index.add(c);
                        k.set(acc, red.add(acc, a.load(index)));
                    });
                    List<Expr> index = new ArrayList<>(place);
                    index.add(c);
                    Expr v = mean ? Elementwise.narrow(n.out().elem(), X.div(acc, total)) : acc;
                    o.store(index, v);
                });
            });
        });
        k.run();
    }

    private static void window(KernelBuilder k, int i, int d, List<Expr> from, List<Expr> to, List<Expr> first, int[] dil,
            List<Expr> at, java.util.function.Consumer<List<Expr>> body) {
        if (i == d) {
            body.accept(at);
            return;
        }
        k.loop("w", from.get(i), to.get(i), w -> {
            at.add(X.add(first.get(i), X.mul(w, X.i(dil[i]))));
            window(k, i + 1, d, from, to, first, dil, at, body);
            at.remove(at.size() - 1);
        });
    }
}
