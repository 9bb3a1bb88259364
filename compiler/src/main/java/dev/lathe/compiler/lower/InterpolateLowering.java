package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.X;
import dev.lathe.compiler.ir.Node;
import dev.lathe.runtime.Storage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Weighted sums of a few places along one axis. */
final class InterpolateLowering {
    /** Taps that are written out. */
    private static final int UNROLLED = 4;

    private InterpolateLowering() {}

    static Map<String, Lowering> rows() {
        return Map.of(
                "interpolate", InterpolateLowering::lower,
                "grid_sample", GridSampleLowering::lower,
                "roi_align", RoiAlignLowering::lower,
                "roi_pool", RoiPoolLowering::lower,
                "deform_columns", DeformLowering::lower);
    }

    static void lower(Node n, Lower cx) {
        View in = cx.view(n.in(0));
        View out = cx.result(n.out());
        int axis = StructureLowering.axis(n);
        KernelBuilder k = cx.kernel("interpolate");
        KernelBuilder.Buf o = k.write(out);
        KernelBuilder.Buf a = k.read(in);
        KernelBuilder.Buf ix = k.read(cx.view(n.in(1)));
        KernelBuilder.Buf w = k.read(cx.view(n.in(2)));
        Dim taps = n.in(1).dim(1);
        Expr count = k.structural(taps);
        List<Expr> extents = out.dims().subList(0, axis + 1).stream().map(k::dim).toList();
        List<Expr> inner = out.dims().subList(axis + 1, out.rank()).stream().map(k::dim).toList();
        Expr zero = out.type().storage() == Storage.F64 ? X.d(0) : X.f(0);
        boolean unroll = taps.isConst() && taps.value() <= UNROLLED;
        List<Expr> index = new ArrayList<>();
        Runnable place = () -> {
            Expr p = index.get(axis);
            List<Expr> at = new ArrayList<>();
            List<Expr> by = new ArrayList<>();
            for (int t = 0; unroll && t < taps.value(); t++) {
                at.add(k.let("at", X.convert(Scalar.I32, ix.load(p, X.i(t)))));
                by.add(k.let("w", w.load(p, X.i(t))));
            }
            List<Expr> to = new ArrayList<>(index);
            Loops.lanes(k, inner, to, () -> {
                List<Expr> from = new ArrayList<>(to);
                Expr sum;
                if (unroll) {
                    sum = zero;
                    for (int t = 0; t < at.size(); t++) {
                        from.set(axis, at.get(t));
                        sum = X.fma(by.get(t), a.load(from), sum);
                    }
                } else {
                    Expr.Var acc = k.mut("acc", zero);
                    k.loop("t", X.i(0), count, t -> {
                        from.set(axis, k.let("at", X.convert(Scalar.I32, ix.load(p, t))));
                        k.set(acc, X.fma(w.load(p, t), a.load(from), acc));
                    });
                    sum = acc;
                }
                o.store(to, Casts.narrow(out.type(), sum));
            });
        };
        Loops.shared(k, out.dims().subList(0, axis + 1), extents, 1, inner.isEmpty(), index, place);
        k.run();
    }
}
