package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.X;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.op.ContractionOps;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/** Pooling over windows. Window bounds are clipped outside the channel loop, so that channels can be lanes. */
final class PoolLowering {
    /** Places of a window up to which it is written out. */
    private static final int WRITTEN_OUT = 25;

    private final int d;
    private final View x;
    private final View y;
    private final int[] kernel;
    private final int[] strides;
    private final int[] dil;
    private final int[] pads;
    private final boolean countPads;
    private final boolean ceil;

    private PoolLowering(Node n, Lower cx) {
        boolean last = ContractionOps.channelsLast(n.attrs());
        View in = cx.view(n.in(0));
        View out = cx.result(n.out());
        d = in.rank() - 2;
        // to batch, spatial..., channels
        int[] perm = new int[d + 2];
        for (int i = 0; i < d; i++) {
            perm[1 + i] = 2 + i;
        }
        perm[d + 1] = 1;
        x = last ? in : in.transposed(perm);
        y = last ? out : out.transposed(perm);
        kernel = n.attrs().ints("kernel");
        strides = n.attrs().ints("strides");
        dil = n.attrs().ints("dilations");
        pads = n.attrs().ints("pads");
        countPads = n.attrs().flag("count_pads");
        ceil = n.attrs().flag("ceil");
    }

    /**
     * One window.
     *
     * @param size the operand's extents
     * @param place batch and output position
     * @param first input position of the window's first element, which may be outside
     * @param from window steps inside the input, up to {@code to}
     * @param count elements inside, or inside input and padding
     */
    private record Window(List<Expr> size, List<Expr> place, List<Expr> first, List<Expr> from, List<Expr> to, Expr count) {
        Expr batch() {
            return place.get(0);
        }
    }

    static void lower(Node n, Lower cx) {
        PoolLowering p = new PoolLowering(n, cx);
        String kind = n.attrs().text("kind");
        boolean mean = kind.equals("mean");
        Reducer red = Reducer.of(mean ? "sum" : kind, n.out().elem());
        KernelBuilder k = cx.kernel("pool_" + kind);
        KernelBuilder.Buf o = k.write(p.y);
        KernelBuilder.Buf a = k.read(p.x);
        p.each(k, w -> {
            Expr total = mean ? k.let("count", X.convert(Scalar.of(n.out().elem().storage()), w.count)) : null;
            if (p.clamps(kind)) {
                List<List<Expr>> places = p.clamped(k, w);
                k.lanes("c", X.i(0), k.dim(p.x.dims().get(p.d + 1)), c -> {
                    Expr acc = a.load(index(w.batch(), places.get(0), c));
                    for (List<Expr> at : places.subList(1, places.size())) {
                        acc = k.let("acc", red.join(acc, a.load(index(w.batch(), at, c))));
                    }
                    o.store(RunningLowering.with(w.place, c), acc);
                });
                return;
            }
            k.lanes("c", X.i(0), k.dim(p.x.dims().get(p.d + 1)), c -> {
                Expr.Var acc = k.mut("acc", red.start());
                p.steps(k, w, at -> k.set(acc, red.add(acc, a.load(index(w.batch(), at, c)))));
                o.store(RunningLowering.with(w.place, c), mean ? Elementwise.narrow(n.out().elem(), X.div(acc, total)) : red.finish(k, acc, w.count));
            });
        });
        k.run();
    }

    /**
     * True when each window is small and holds something of the operand, so that places outside can be moved to its border, which
     * the window holds as well: another look at the same element changes no extreme.
     */
    private boolean clamps(String kind) {
        boolean ok = kind.equals("max") && Arrays.stream(kernel).reduce(1, (a, b) -> a * b) <= WRITTEN_OUT;
        for (int i = 0; ok && i < d; i++) {
            Dim in = x.dims().get(1 + i);
            Dim out = y.dims().get(1 + i);
            boolean fixed = in.isConst() && out.isConst();
            long end = fixed ? (out.value() - 1) * strides[i] - pads[i] : 0;
            boolean within = fixed && pads[i] == 0 && end + (kernel[i] - 1L) * dil[i] < in.value();
            boolean touches = dil[i] == 1 && pads[i] < kernel[i] && (fixed ? end < in.value() && in.value() > 0 : !ceil && pads[d + i] < kernel[i]);
            ok = within || touches;
        }
        return ok;
    }

    /** The places of a window, each moved into the operand. */
    private List<List<Expr>> clamped(KernelBuilder k, Window w) {
        List<List<Expr>> all = List.of(List.of());
        for (int i = 0; i < d; i++) {
            List<List<Expr>> next = new ArrayList<>();
            for (int j = 0; j < kernel[i]; j++) {
                Expr at = X.add(w.first.get(i), X.i(j * dil[i]));
                Expr inside = k.let("at", X.min(X.max(at, X.i(0)), X.sub(w.size.get(i), X.i(1))));
                all.forEach(before -> next.add(RunningLowering.with(before, inside)));
            }
            all = next;
        }
        return all;
    }

    /** Where the largest element of each window stands in the whole operand. */
    static void places(Node n, Lower cx) {
        PoolLowering p = new PoolLowering(n, cx);
        Reducer red = Reducer.of("max", n.in(0).elem());
        KernelBuilder k = cx.kernel("pool_arg");
        KernelBuilder.Buf o = k.write(p.y);
        KernelBuilder.Buf a = k.read(p.x);
        List<Expr> size = p.x.dims().subList(1, p.d + 1).stream().map(k::dim).toList();
        Expr channels = k.dim(p.x.dims().get(p.d + 1));
        p.each(k, w -> k.loop("c", X.i(0), channels, c -> {
            Expr.Var best = k.mut("best", red.start());
            Expr.Var place = k.mut("place", X.i(-1));
            p.steps(k, w, at -> {
                Expr v = k.let("v", a.load(index(w.batch(), at, c)));
                Expr here = X.add(X.mul(w.batch(), channels), c);
                Expr within = X.i(0);
                for (int i = 0; i < p.d; i++) {
                    int axis = n.attrs().flag("columns") ? p.d - 1 - i : i;
                    here = X.mul(here, size.get(i));
                    within = X.add(X.mul(within, size.get(axis)), at.get(axis));
                }
                Expr joined = red.join(best, v);
                Expr more = k.let("more", X.or(X.lt(place, X.i(0)), X.ne(joined, best)));
                k.set(place, X.select(more, X.add(here, within), place));
                k.set(best, X.select(more, v, best));
            });
            o.store(RunningLowering.with(w.place, c), X.convert(Scalar.I64, place));
        }));
        k.run();
    }

    private static List<Expr> index(Expr batch, List<Expr> at, Expr channel) {
        List<Expr> r = new ArrayList<>(List.of(batch));
        r.addAll(at);
        r.add(channel);
        return r;
    }

    private void each(KernelBuilder k, Consumer<Window> body) {
        List<Expr> size = new ArrayList<>();
        List<Expr> outs = new ArrayList<>();
        for (int i = 0; i < d; i++) {
            size.add(k.dim(x.dims().get(1 + i)));
            outs.add(k.dim(y.dims().get(1 + i)));
        }
        k.parallel("b", y.dims().get(0).times(y.dims().get(1)), 1, false, row -> {
            Expr b = k.let("b", X.div(row, outs.get(0)));
            List<Expr> place = new ArrayList<>(List.of(b, k.let("y", X.sub(row, X.mul(b, outs.get(0))))));
            Loops.nest(k, outs.subList(1, d), place, () -> body.accept(window(k, size, List.copyOf(place))));
        });
    }

    private Window window(KernelBuilder k, List<Expr> size, List<Expr> place) {
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
        return new Window(size, place, first, from, to, count);
    }

    // every input position of a window, in one loop: C2 of JDK 17 boxes a vector that lives through two
    private void steps(KernelBuilder k, Window w, Consumer<List<Expr>> body) {
        Expr total = X.i(1);
        List<Expr.Var> step = new ArrayList<>();
        for (int i = 0; i < d; i++) {
            total = X.mul(total, X.max(X.sub(w.to.get(i), w.from.get(i)), X.i(0)));
        }
        Expr count = k.let("steps", total);
        for (int i = 0; i < d; i++) {
            step.add(k.mut("step", w.from.get(i)));
        }
        k.loop("w", X.i(0), count, s -> {
            List<Expr> at = new ArrayList<>();
            for (int i = 0; i < d; i++) {
                at.add(k.let("at", X.add(w.first.get(i), X.mul(step.get(i), X.i(dil[i])))));
            }
            body.accept(at);
            Expr carry = X.i(1);
            for (int i = d - 1; i >= 0; i--) {
                Expr next = k.let("next", X.add(step.get(i), carry));
                Expr over = X.eq(next, w.to.get(i));
                carry = k.let("carry", X.select(over, X.i(1), X.i(0)));
                k.set(step.get(i), X.select(over, w.from.get(i), next));
            }
        });
    }
}
