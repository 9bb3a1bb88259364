package dev.lathe.compiler.lower;

import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.X;
import dev.lathe.compiler.ir.Node;
import java.util.List;

/** Means or maxima of interpolated samples in the bins of boxes; all channels of a sample at a time. */
final class RoiAlignLowering {
    private final BoxKernel b;
    private final KernelBuilder k;

    private RoiAlignLowering(BoxKernel b) {
        this.b = b;
        this.k = b.k;
    }

    /** One side of a box: where it begins, how wide a bin is, and how many samples a bin has. */
    private record Side(Expr start, Expr bin, Expr samples) {}

    static void lower(Node n, Lower cx) {
        new RoiAlignLowering(new BoxKernel(n, cx, "roi_align_" + n.attrs().text("mode"))).emit(n);
    }

    private void emit(Node n) {
        boolean max = n.attrs().text("mode").equals("max");
        KernelBuilder.Buf boxes = b.boxes.get(0);
        b.each(r -> {
            Expr image = k.let("image", GatherLowering.wrap(k, b.boxes.get(1).load(r), b.count));
            Side v = side(n, boxes.load(r, X.i(1)), boxes.load(r, X.i(3)), b.rows);
            Side h = side(n, boxes.load(r, X.i(0)), boxes.load(r, X.i(2)), b.columns);
            k.loop("i", X.i(0), b.rows, i -> k.loop("j", X.i(0), b.columns, j -> {
                List<Expr> bin = List.of(r, i, j);
                b.set(bin, c -> b.num(max ? Double.NEGATIVE_INFINITY : 0));
                k.loop("sy", X.i(0), v.samples, sy -> {
                    Expr py = sample(v, i, sy);
                    k.loop("sx", X.i(0), h.samples, sx -> {
                        Expr px = sample(h, j, sx);
                        Expr out = k.let("out", X.or(outside(py, b.height), outside(px, b.width)));
                        Point p = point(py, b.height);
                        Point q = point(px, b.width);
                        Expr[] w = {weight(out, p.near, q.near), weight(out, p.near, q.far), weight(out, p.far, q.near), weight(out, p.far, q.far)};
                        b.update(bin, (c, old) -> {
                            Expr[] e = {b.image.load(image, p.low, q.low, c), b.image.load(image, p.low, q.high, c),
                                b.image.load(image, p.high, q.low, c), b.image.load(image, p.high, q.high, c)};
                            Expr sum = old;
                            for (int t = 0; t < 4; t++) {
                                sum = max ? X.max(sum, X.mul(w[t], e[t])) : X.fma(w[t], e[t], sum);
                            }
                            return sum;
                        });
                    });
                });
                Expr samples = k.let("n", X.mul(v.samples, h.samples));
                if (max) {
                    k.when(X.le(samples, X.i(0)), () -> b.set(bin, c -> b.num(0)));
                } else {
                    Expr total = k.let("total", b.real(X.max(samples, X.i(1))));
                    b.update(bin, (c, old) -> X.div(old, total));
                }
            }));
        });
    }

    private Side side(Node n, Expr from, Expr to, Expr bins) {
        boolean half = n.attrs().flag("half");
        Expr scale = b.num(n.attrs().real("scale"));
        Expr offset = b.num(half ? 0.5 : 0);
        Expr start = k.let("start", X.sub(X.mul(from, scale), offset));
        Expr extent = X.sub(X.sub(X.mul(to, scale), offset), start);
        // without the half pixel, boxes are at least one pixel
        Expr length = k.let("length", half ? extent : X.max(extent, b.num(1)));
        Expr bin = k.let("bin", X.div(length, b.real(bins)));
        int ratio = n.attrs().intValue("ratio");
        Expr samples = ratio > 0 ? X.i(ratio) : k.let("samples", X.convert(Scalar.I32, X.ceil(bin)));
        return new Side(start, bin, samples);
    }

    private Expr sample(Side s, Expr bin, Expr i) {
        Expr inside = X.div(X.mul(X.add(b.real(i), b.num(0.5)), s.bin), b.real(s.samples));
        return k.let("at", X.add(X.add(s.start, X.mul(b.real(bin), s.bin)), inside));
    }

    private Expr outside(Expr at, Expr size) {
        return X.or(X.lt(at, b.num(-1)), X.gt(at, b.real(size)));
    }

    /** The two elements around a position, and their weights. */
    private record Point(Expr low, Expr high, Expr near, Expr far) {}

    private Point point(Expr at, Expr size) {
        Expr last = X.sub(size, X.i(1));
        Expr p = k.let("p", X.max(at, b.num(0)));
        Expr low = k.let("low", X.min(X.convert(Scalar.I32, p), last));
        Expr far = k.let("far", X.select(X.ge(low, last), b.num(0), X.sub(p, b.real(low))));
        return new Point(low, k.let("high", X.min(X.add(low, X.i(1)), last)), k.let("near", X.sub(b.num(1), far)), far);
    }

    private Expr weight(Expr outside, Expr p, Expr q) {
        return k.let("w", X.select(outside, b.num(0), X.mul(p, q)));
    }
}
