package dev.lathe.compiler.lower;

import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.X;
import dev.lathe.compiler.ir.Node;
import dev.lathe.runtime.Storage;
import java.util.List;

/** Means or maxima of interpolated samples in the bins of boxes; all channels of a sample at a time. */
final class RoiAlignLowering {
    private final KernelBuilder k;
    private final Scalar scalar;

    private RoiAlignLowering(KernelBuilder k, Scalar scalar) {
        this.k = k;
        this.scalar = scalar;
    }

    private Expr num(double v) {
        return scalar == Scalar.F64 ? X.d(v) : X.f((float) v);
    }

    private Expr real(Expr i) {
        return X.convert(scalar, i);
    }

    /** One side of a box: where it begins, how wide a bin is, and how many samples a bin has. */
    private record Side(Expr start, Expr bin, Expr samples) {}

    static void lower(Node n, Lower cx) {
        View x = RunningLowering.axisLast(cx.view(n.in(0)), 1);
        View y = RunningLowering.axisLast(cx.result(n.out()), 1);
        boolean max = n.attrs().text("mode").equals("max");
        KernelBuilder k = cx.kernel("roi_align_" + n.attrs().text("mode"));
        KernelBuilder.Buf o = k.write(y);
        KernelBuilder.Buf a = k.read(x);
        KernelBuilder.Buf boxes = k.read(cx.view(n.in(1)));
        KernelBuilder.Buf images = k.read(cx.view(n.in(2)));
        Scalar scalar = n.out().elem().storage() == Storage.F64 ? Scalar.F64 : Scalar.F32;
        RoiAlignLowering l = new RoiAlignLowering(k, scalar);
        Expr count = k.dim(x.dims().get(0));
        Expr height = k.dim(x.dims().get(1));
        Expr width = k.dim(x.dims().get(2));
        Expr channels = k.dim(x.dims().get(3));
        Expr rows = k.dim(y.dims().get(1));
        Expr columns = k.dim(y.dims().get(2));
        k.parallel("r", y.dims().get(0), 1, false, r -> {
            Expr image = k.let("image", GatherLowering.wrap(k, images.load(r), count));
            Side v = l.side(n, boxes.load(r, X.i(1)), boxes.load(r, X.i(3)), rows);
            Side h = l.side(n, boxes.load(r, X.i(0)), boxes.load(r, X.i(2)), columns);
            k.loop("i", X.i(0), rows, i -> k.loop("j", X.i(0), columns, j -> {
                k.lanes("c", X.i(0), channels, c -> o.store(List.of(r, i, j, c), l.num(max ? Double.NEGATIVE_INFINITY : 0)));
                k.loop("sy", X.i(0), v.samples, sy -> {
                    Expr py = l.sample(v, i, sy);
                    k.loop("sx", X.i(0), h.samples, sx -> {
                        Expr px = l.sample(h, j, sx);
                        Expr out = k.let("out", X.or(l.outside(py, height), l.outside(px, width)));
                        Point p = l.point(py, height);
                        Point q = l.point(px, width);
                        Expr[] w = {l.weight(out, p.near, q.near), l.weight(out, p.near, q.far), l.weight(out, p.far, q.near), l.weight(out, p.far, q.far)};
                        k.lanes("c", X.i(0), channels, c -> {
                            List<Expr> to = List.of(r, i, j, c);
                            Expr[] e = {a.load(image, p.low, q.low, c), a.load(image, p.low, q.high, c),
                                a.load(image, p.high, q.low, c), a.load(image, p.high, q.high, c)};
                            Expr sum = o.load(to);
                            for (int t = 0; t < 4; t++) {
                                sum = max ? X.max(sum, X.mul(w[t], e[t])) : X.fma(w[t], e[t], sum);
                            }
                            o.store(to, sum);
                        });
                    });
                });
                Expr samples = k.let("n", X.mul(v.samples, h.samples));
                if (max) {
                    k.when(X.le(samples, X.i(0)), () -> k.lanes("c", X.i(0), channels, c -> o.store(List.of(r, i, j, c), l.num(0))));
                } else {
                    Expr total = k.let("total", l.real(X.max(samples, X.i(1))));
                    k.lanes("c", X.i(0), channels, c -> o.store(List.of(r, i, j, c), X.div(o.load(r, i, j, c), total)));
                }
            }));
        });
        k.run();
    }

    private Side side(Node n, Expr from, Expr to, Expr bins) {
        boolean half = n.attrs().flag("half");
        Expr scale = num(n.attrs().real("scale"));
        Expr offset = num(half ? 0.5 : 0);
        Expr start = k.let("start", X.sub(X.mul(from, scale), offset));
        Expr extent = X.sub(X.sub(X.mul(to, scale), offset), start);
        // without the half pixel, boxes are at least one pixel
        Expr length = k.let("length", half ? extent : X.max(extent, num(1)));
        Expr bin = k.let("bin", X.div(length, real(bins)));
        int ratio = n.attrs().intValue("ratio");
        Expr samples = ratio > 0 ? X.i(ratio) : k.let("samples", X.convert(Scalar.I32, X.ceil(bin)));
        return new Side(start, bin, samples);
    }

    private Expr sample(Side s, Expr bin, Expr i) {
        Expr inside = X.div(X.mul(X.add(real(i), num(0.5)), s.bin), real(s.samples));
        return k.let("at", X.add(X.add(s.start, X.mul(real(bin), s.bin)), inside));
    }

    private Expr outside(Expr at, Expr size) {
        return X.or(X.lt(at, num(-1)), X.gt(at, real(size)));
    }

    /** The two elements around a position, and their weights. */
    private record Point(Expr low, Expr high, Expr near, Expr far) {}

    private Point point(Expr at, Expr size) {
        Expr last = X.sub(size, X.i(1));
        Expr p = k.let("p", X.max(at, num(0)));
        Expr low = k.let("low", X.min(X.convert(Scalar.I32, p), last));
        Expr far = k.let("far", X.select(X.ge(low, last), num(0), X.sub(p, real(low))));
        return new Point(low, k.let("high", X.min(X.add(low, X.i(1)), last)), k.let("near", X.sub(num(1), far)), far);
    }

    private Expr weight(Expr outside, Expr a, Expr b) {
        return k.let("w", X.select(outside, num(0), X.mul(a, b)));
    }
}
