package dev.lathe.compiler.lower;

import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.X;
import dev.lathe.compiler.ir.Node;
import dev.lathe.runtime.Storage;
import java.util.List;

/** Maxima of the elements in the bins of boxes, whose corners are rounded to whole elements; an empty bin gives 0. */
final class RoiPoolLowering {
    private final KernelBuilder k;
    private final Scalar scalar;

    private RoiPoolLowering(KernelBuilder k, Scalar scalar) {
        this.k = k;
        this.scalar = scalar;
    }

    private Expr num(double v) {
        return scalar == Scalar.F64 ? X.d(v) : X.f((float) v);
    }

    static void lower(Node n, Lower cx) {
        View x = RunningLowering.axisLast(cx.view(n.in(0)), 1);
        View y = RunningLowering.axisLast(cx.result(n.out()), 1);
        KernelBuilder k = cx.kernel("roi_pool");
        KernelBuilder.Buf o = k.write(y);
        KernelBuilder.Buf a = k.read(x);
        KernelBuilder.Buf boxes = k.read(cx.view(n.in(1)));
        RoiPoolLowering l = new RoiPoolLowering(k, n.out().elem().storage() == Storage.F64 ? Scalar.F64 : Scalar.F32);
        Expr count = k.dim(x.dims().get(0));
        Expr height = k.dim(x.dims().get(1));
        Expr width = k.dim(x.dims().get(2));
        Expr channels = k.dim(x.dims().get(3));
        Expr rows = k.dim(y.dims().get(1));
        Expr columns = k.dim(y.dims().get(2));
        double scale = n.attrs().real("scale");
        k.parallel("r", y.dims().get(0), 1, false, r -> {
            Expr image = k.let("image", GatherLowering.wrap(k, X.convert(Scalar.I32, boxes.load(r, X.i(0))), count));
            Side v = l.side(boxes.load(r, X.i(2)), boxes.load(r, X.i(4)), scale, rows);
            Side h = l.side(boxes.load(r, X.i(1)), boxes.load(r, X.i(3)), scale, columns);
            k.loop("i", X.i(0), rows, i -> {
                Expr top = l.edge(v, i, height);
                Expr bottom = l.end(v, i, height);
                k.loop("j", X.i(0), columns, j -> {
                    Expr left = l.edge(h, j, width);
                    Expr right = l.end(h, j, width);
                    Expr none = k.let("none", X.or(X.le(bottom, top), X.le(right, left)));
                    k.lanes("c", X.i(0), channels, c -> o.store(List.of(r, i, j, c), X.select(none, l.num(0), l.num(Double.NEGATIVE_INFINITY))));
                    k.loop("p", top, bottom, p -> k.loop("q", left, right, q -> k.lanes("c", X.i(0), channels, c -> {
                        List<Expr> to = List.of(r, i, j, c);
                        o.store(to, X.max(o.load(to), a.load(image, p, q, c)));
                    })));
                });
            });
        });
        k.run();
    }

    /** One side of a box: its first element, and how many elements a bin has. */
    private record Side(Expr start, Expr bin) {}

    private Side side(Expr from, Expr to, double scale, Expr bins) {
        Expr start = nearest(X.mul(from, num(scale)));
        Expr length = X.max(X.add(X.sub(nearest(X.mul(to, num(scale))), start), X.i(1)), X.i(1));
        return new Side(start, k.let("bin", X.div(X.convert(scalar, length), X.convert(scalar, bins))));
    }

    // halves are rounded away from 0
    private Expr nearest(Expr v) {
        Expr x = k.let("x", v);
        Expr half = X.select(X.lt(x, num(0)), num(-0.5), num(0.5));
        return k.let("at", X.convert(Scalar.I32, X.add(x, half)));
    }

    private Expr edge(Side s, Expr bin, Expr size) {
        return clipped(X.floor(X.mul(X.convert(scalar, bin), s.bin)), s, size);
    }

    private Expr end(Side s, Expr bin, Expr size) {
        return clipped(X.ceil(X.mul(X.convert(scalar, X.add(bin, X.i(1))), s.bin)), s, size);
    }

    private Expr clipped(Expr at, Side s, Expr size) {
        return k.let("edge", X.min(X.max(X.add(X.convert(Scalar.I32, at), s.start), X.i(0)), size));
    }
}
