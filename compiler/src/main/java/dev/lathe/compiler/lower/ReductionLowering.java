package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.X;
import dev.lathe.compiler.ir.Node;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Reductions over axes. The order of the additions is part of an operation's meaning here: see {@link Reducer}. */
final class ReductionLowering {
    /** Results, and elements read for them, below which a thread is not worth waking. */
    static final int LEAST = 64;
    private static final int WORTH = 8192;

    private ReductionLowering() {}

    static Map<String, Lowering> rows() {
        return Map.of(
                "reduce", ReductionLowering::reduce,
                "softmax", RowLowering::softmax,
                "log_softmax", RowLowering::softmax,
                "layer_norm", RowLowering::layerNorm,
                "pool", PoolLowering::lower,
                "pool_arg", PoolLowering::places,
                "det", DetLowering::lower);
    }

    private static void reduce(Node n, Lower cx) {
        View in = cx.view(n.in(0));
        int[] axes = n.attrs().ints("axes");
        boolean[] reduced = new boolean[in.rank()];
        for (int a : axes) {
            reduced[a] = true;
        }
        List<Dim> kept = new ArrayList<>();
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < in.rank(); i++) {
            if (!reduced[i]) {
                order.add(i);
                kept.add(in.dims().get(i));
            }
        }
        for (int a : axes) {
            order.add(a);
        }
        View out = cx.result(n.out());
        // the result as kept dimensions only
        View o = keptOnly(out, reduced, n.attrs().flag("keep"));
        View v = in.transposed(order.stream().mapToInt(i -> i).toArray());
        boolean lastReduced = in.rank() > 0 && axes.length > 0 && reduced[in.rank() - 1];
        run(cx, n.attrs().text("kind"), n.out().elem(), v, kept.size(), o, lastReduced);
    }

    private static View keptOnly(View out, boolean[] reduced, boolean keep) {
        if (!keep) {
            return out;
        }
        List<Dim> d = new ArrayList<>();
        List<Dim> s = new ArrayList<>();
        for (int i = 0; i < reduced.length; i++) {
            if (!reduced[i]) {
                d.add(out.dims().get(i));
                s.add(out.strides().get(i));
            }
        }
        return new View(out.buffer(), out.type(), out.offset(), d, s);
    }

    /** Reduces the dimensions of {@code v} from {@code kept} on into {@code out}. */
    static void run(Lower cx, String kind, ElementType type, View v, int kept, View out, boolean lastReduced) {
        Reducer r = Reducer.of(kind, type);
        List<Dim> tail = v.dims().subList(kept, v.rank());
        boolean flat = lastReduced && type.storage() == dev.lathe.runtime.Storage.F32;
        View x = v;
        if (flat) {
            // one packed run a result
            x = v.packed(v.rank() - kept) ? v : cx.contiguous(v);
        }
        View scratch = flat ? cx.scratch(ElementType.F32, out.size().times(16)) : null;
        KernelBuilder k = cx.kernel("reduce_" + kind);
        KernelBuilder.Buf o = k.write(out);
        KernelBuilder.Buf a = k.read(x);
        KernelBuilder.Buf s = flat ? k.write(scratch) : null;
        List<Expr> outer = new ArrayList<>();
        for (int i = 0; i < kept; i++) {
            outer.add(k.dim(x.dims().get(i)));
        }
        Expr count = k.dim(Dim.product(tail));
        List<Expr> inner = new ArrayList<>();
        if (!flat) {
            tail.forEach(d -> inner.add(k.dim(d)));
        }
        Runnable[] body = new Runnable[1];
        List<Expr> index = new ArrayList<>();
        body[0] = () -> {
            if (flat) {
                Expr base = k.let("base", a.at(index));
                Expr item = X.i(0);
                for (int i = 0; i < kept; i++) {
                    item = X.add(X.mul(item, outer.get(i)), index.get(i));
                }
                Expr lane = k.let("lane", X.mul(item, X.i(16)));
                o.store(index, r.finish(k, r.row(k, a, base, count, s, lane), count));
            } else {
                Expr.Var acc = k.mut("acc", r.start());
                List<Expr> at = new ArrayList<>(index);
                int last = inner.size() - 1;
                if (last > 0 && r.sums()) {
                    // a row sums up on its own: one chain of f32 over a large map loses what it adds
                    Loops.nest(k, inner.subList(0, last), at, () -> {
                        Expr.Var part = k.mut("part", r.start());
                        Loops.nest(k, inner.subList(last, last + 1), at, () -> k.set(part, r.add(part, a.load(at))));
                        k.set(acc, X.add(acc, part));
                    });
                } else {
                    Loops.nest(k, inner, at, () -> k.set(acc, r.add(acc, a.load(at))));
                }
                o.store(index, r.finish(k, acc, count));
            }
        };
        Loops.shared(k, x.dims().subList(0, kept), outer, flat ? 1 : worth(tail), !flat, index, body[0]);
        k.run();
    }

    // results for which a thread is worth waking: whole vectors, and enough of what they reduce
    private static int worth(List<Dim> tail) {
        Dim each = Dim.product(tail);
        return each.isConst() ? (int) Math.max(LEAST, Math.min(WORTH, WORTH / Math.max(1, each.value()))) : LEAST;
    }

    static Scalar scalar(ElementType t) {
        return Scalar.of(t.storage());
    }
}
