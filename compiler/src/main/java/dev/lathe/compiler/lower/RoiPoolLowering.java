package dev.lathe.compiler.lower;

import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.X;
import dev.lathe.compiler.ir.Node;
import java.util.List;

/** Maxima of the elements in the bins of boxes, whose corners are rounded to whole elements; an empty bin gives 0. */
final class RoiPoolLowering {
    private final BoxKernel b;
    private final KernelBuilder k;

    private RoiPoolLowering(BoxKernel b) {
        this.b = b;
        this.k = b.k;
    }

    static void lower(Node n, Lower cx) {
        new RoiPoolLowering(new BoxKernel(n, cx, "roi_pool")).emit(n.attrs().real("scale"));
    }

    private void emit(double scale) {
        KernelBuilder.Buf boxes = b.boxes.get(0);
        b.each(r -> {
            Expr image = k.let("image", GatherLowering.wrap(k, X.convert(Scalar.I32, boxes.load(r, X.i(0))), b.count));
            Side v = side(boxes.load(r, X.i(2)), boxes.load(r, X.i(4)), scale, b.rows);
            Side h = side(boxes.load(r, X.i(1)), boxes.load(r, X.i(3)), scale, b.columns);
            k.loop("i", X.i(0), b.rows, i -> {
                Expr top = edge(v, i, b.height);
                Expr bottom = end(v, i, b.height);
                k.loop("j", X.i(0), b.columns, j -> {
                    List<Expr> bin = List.of(r, i, j);
                    Expr left = edge(h, j, b.width);
                    Expr right = end(h, j, b.width);
                    Expr none = k.let("none", X.or(X.le(bottom, top), X.le(right, left)));
                    b.set(bin, c -> X.select(none, b.num(0), b.num(Double.NEGATIVE_INFINITY)));
                    k.loop("p", top, bottom, p -> k.loop("q", left, right, q -> b.update(bin, (c, old) -> X.max(old, b.image.load(image, p, q, c)))));
                });
            });
        });
    }

    /** One side of a box: its first element, and how many elements a bin has. */
    private record Side(Expr start, Expr bin) {}

    private Side side(Expr from, Expr to, double scale, Expr bins) {
        Expr start = nearest(X.mul(from, b.num(scale)));
        Expr length = X.max(X.add(X.sub(nearest(X.mul(to, b.num(scale))), start), X.i(1)), X.i(1));
        return new Side(start, k.let("bin", X.div(b.real(length), b.real(bins))));
    }

    // halves are rounded away from 0
    private Expr nearest(Expr v) {
        Expr x = k.let("x", v);
        Expr half = X.select(X.lt(x, b.num(0)), b.num(-0.5), b.num(0.5));
        return k.let("at", X.convert(Scalar.I32, X.add(x, half)));
    }

    private Expr edge(Side s, Expr bin, Expr size) {
        return clipped(X.floor(X.mul(b.real(bin), s.bin)), s, size);
    }

    private Expr end(Side s, Expr bin, Expr size) {
        return clipped(X.ceil(X.mul(b.real(X.add(bin, X.i(1))), s.bin)), s, size);
    }

    private Expr clipped(Expr at, Side s, Expr size) {
        return k.let("edge", X.min(X.max(X.add(X.convert(Scalar.I32, at), s.start), X.i(0)), size));
    }
}
