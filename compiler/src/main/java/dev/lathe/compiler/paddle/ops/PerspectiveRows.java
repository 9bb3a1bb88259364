package dev.lathe.compiler.paddle.ops;

import static dev.lathe.compiler.paddle.PaddleTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.paddle.PaddleNode;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.List;

/** Quadrangles of images, such as slanted texts, drawn as rectangles. */
public final class PerspectiveRows {
    private static final double NEAR = 1e-4;

    private PerspectiveRows() {}

    public static void register() {
        add("roi_perspective_transform", PerspectiveRows::transform);
    }

    private static Value sub(PaddleNode n, Value a, Value b) {
        return n.op("sub", a, b);
    }

    private static Value mul(PaddleNode n, Value a, Value b) {
        return n.op("mul", a, b);
    }

    private static Value distance(PaddleNode n, Value[] x, Value[] y, int a, int b) {
        Value dx = sub(n, x[a], x[b]);
        Value dy = sub(n, y[a], y[b]);
        return n.op("sqrt", n.op("add", mul(n, dx, dx), mul(n, dy, dy)));
    }

    /** a ahead of b, or as good as there. */
    private static Value reaches(PaddleNode n, Value a, Value b) {
        return n.op("gt", n.op("add", a, NEAR), b);
    }

    private static Value same(PaddleNode n, Value a, Value b) {
        Value d = n.op("abs", sub(n, a, b));
        return n.op("lt", d, n.like(d, NEAR));
    }

    private static void transform(PaddleNode n) {
        Value image = n.need("X");
        Value rois = n.need("ROIs");
        Dim rows = rois.dim(0);
        long height = n.integer("transformed_height", 1);
        long width = n.integer("transformed_width", 1);
        Value scaled = n.op("mul", rois, n.real("spatial_scale", 1));
        Value[] x = new Value[4];
        Value[] y = new Value[4];
        for (int k = 0; k < 4; k++) {
            x[k] = n.part(scaled, 1, Dim.of(2 * k), Dim.ONE);
            y[k] = n.part(scaled, 1, Dim.of(2 * k + 1), Dim.ONE);
        }
        List<Value> m = matrix(n, x, y, height, width);
        n.out("TransformMatrix", n.concat(m, 1));
        Dim count = Dim.of(height * width);
        Value place = n.op("iota", Attrs.of("size", count, "to", ElementType.I64));
        Value row = n.op("div", place, n.number(width));
        Value column = n.cast(n.op("sub", place, n.op("mul", row, n.number(width))), ElementType.F32);
        row = n.cast(row, ElementType.F32);
        List<Value> at = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            at.add(n.op("add", n.op("add", mul(n, m.get(3 * i), column), mul(n, m.get(3 * i + 1), row)), m.get(3 * i + 2)));
        }
        Value px = n.op("div", at.get(0), at.get(2));
        Value py = n.op("div", at.get(1), at.get(2));
        Value inside = n.op("and", inside(n, x, y, px, py), within(n, px, py, image));
        Value out = n.op("where", n.reshape(inside, rows, count, Dim.ONE), sampled(n, image, px, py, rows, count), n.like(image, 0));
        n.out(n.reshape(n.transpose(out, 0, 2, 1), rows, image.dim(1), Dim.of(height), Dim.of(width)));
        n.out("Mask", n.reshape(n.cast(inside, ElementType.I32), rows, Dim.ONE, Dim.of(height), Dim.of(width)));
    }

    /** The nine numbers that lead from a place of the result to one of the image, each [rows, 1]. */
    private static List<Value> matrix(PaddleNode n, Value[] x, Value[] y, long height, long width) {
        Value high = n.op("mul", n.op("add", distance(n, x, y, 1, 2), distance(n, x, y, 3, 0)), 0.5);
        Value wide = n.op("mul", n.op("add", distance(n, x, y, 0, 1), distance(n, x, y, 2, 3)), 0.5);
        double h = Math.max(2, height) - 1;
        // as wide as its own form says, at most what there is room for
        Value columns = n.op("add", n.op("floor", n.op("add", n.op("div", n.op("mul", wide, h), high), 0.5)), 1);
        Value w = sub(n, n.between(columns, 2, Math.max(2, width)), n.like(columns, 1));
        Value dx1 = sub(n, x[1], x[2]);
        Value dx2 = sub(n, x[3], x[2]);
        Value dx3 = sub(n, n.op("add", sub(n, x[0], x[1]), x[2]), x[3]);
        Value dy1 = sub(n, y[1], y[2]);
        Value dy2 = sub(n, y[3], y[2]);
        Value dy3 = sub(n, n.op("add", sub(n, y[0], y[1]), y[2]), y[3]);
        Value det = n.op("add", sub(n, mul(n, dx1, dy2), mul(n, dx2, dy1)), 1e-5);
        Value m6 = n.op("div", n.op("div", sub(n, mul(n, dx3, dy2), mul(n, dx2, dy3)), det), w);
        Value m7 = n.op("div", n.op("div", sub(n, mul(n, dx1, dy3), mul(n, dx3, dy1)), det), n.like(w, h));
        List<Value> r = new ArrayList<>();
        for (Value[] c : new Value[][] {x, y}) {
            r.add(n.op("div", n.op("add", sub(n, c[1], c[0]), mul(n, mul(n, m6, w), c[1])), w));
            r.add(n.op("div", n.op("add", sub(n, c[3], c[0]), mul(n, n.op("mul", m7, h), c[3])), n.like(w, h)));
            r.add(c[0]);
        }
        r.addAll(List.of(m6, m7, n.expand(n.like(w, 1), w.tensor().dims())));
        return r;
    }

    /** True within the quadrangle and on its edges: a line to the right crosses an odd number of them. */
    private static Value inside(PaddleNode n, Value[] x, Value[] y, Value px, Value py) {
        Value edge = null;
        Value crossings = null;
        for (int i = 0; i < 4; i++) {
            Value x0 = x[i];
            Value y0 = y[i];
            Value x1 = x[(i + 1) % 4];
            Value y1 = y[(i + 1) % 4];
            Value flat = same(n, y0, y1);
            Value onLine = n.op("and", n.op("and", same(n, py, y0), same(n, py, y1)),
                    n.op("and", reaches(n, px, n.op("min", x0, x1)), reaches(n, n.op("max", x0, x1), px)));
            Value rise = n.op("where", flat, n.like(y0, 1), sub(n, y1, y0));
            Value cut = n.op("add", n.op("div", mul(n, sub(n, py, y0), sub(n, x1, x0)), rise), x0);
            Value between = n.op("and", reaches(n, py, n.op("min", y0, y1)), reaches(n, n.op("max", y0, y1), py));
            Value hit = n.op("and", same(n, cut, px), between);
            Value on = n.op("where", flat, onLine, hit);
            // an edge counts where it begins above and doesn't end there
            Value span = n.op("and", n.op("not", reaches(n, n.op("min", y0, y1), py)), n.op("le", sub(n, py, n.op("max", y0, y1)), n.like(py, NEAR)));
            Value right = n.op("gt", sub(n, cut, px), n.like(px, NEAR));
            Value crossed = n.cast(n.op("and", n.op("not", flat), n.op("and", span, right)), ElementType.I32);
            edge = edge == null ? on : n.op("or", edge, on);
            crossings = crossings == null ? crossed : n.op("add", crossings, crossed);
        }
        Value odd = n.op("or", n.op("eq", crossings, n.like(crossings, 1)), n.op("eq", crossings, n.like(crossings, 3)));
        return n.op("or", edge, odd);
    }

    private static Value extent(PaddleNode n, Value image, int axis) {
        return n.cast(n.b().dim(image.dim(axis)), ElementType.F32);
    }

    private static Value within(PaddleNode n, Value px, Value py, Value image) {
        Value w = sub(n, extent(n, image, 3), n.like(px, 0.5));
        Value h = sub(n, extent(n, image, 2), n.like(px, 0.5));
        Value out = n.op("or", n.op("or", reaches(n, n.like(px, -0.5), px), reaches(n, px, w)), n.op("or", reaches(n, n.like(py, -0.5), py), reaches(n, py, h)));
        return n.op("not", out);
    }

    /** Between the four pixels around: [rows, places, channels]. */
    private static Value sampled(PaddleNode n, Value image, Value px, Value py, Dim rows, Dim count) {
        Value lod = ProposalRows.lodOf(n, n.in("RoisNum"), n.lod("ROIs"));
        Value which = n.reshape(ProposalRows.images(n, lod, rows), rows, Dim.ONE);
        Dim h = image.dim(2);
        Dim w = image.dim(3);
        Value pixels = n.reshape(n.transpose(image, 0, 2, 3, 1), image.dim(0).times(h).times(w), image.dim(1));
        Value x = n.op("min", n.op("max", px, 0), sub(n, extent(n, image, 3), n.like(px, 1)));
        Value y = n.op("min", n.op("max", py, 0), sub(n, extent(n, image, 2), n.like(py, 1)));
        // outside of the image there are no numbers to be had, and nobody looks
        x = n.op("where", n.op("is_nan", x), n.like(x, 0), x);
        y = n.op("where", n.op("is_nan", y), n.like(y, 0), y);
        Value left = n.op("floor", x);
        Value above = n.op("floor", y);
        Value sum = null;
        for (int i = 0; i < 4; i++) {
            Value fx = sub(n, x, left);
            Value fy = sub(n, y, above);
            fx = i % 2 == 0 ? sub(n, n.like(fx, 1), fx) : fx;
            fy = i / 2 == 0 ? sub(n, n.like(fy, 1), fy) : fy;
            Value column = n.op("min", n.op("add", n.cast(left, ElementType.I64), n.number(i % 2)), n.b().dim(w.minus(1)));
            Value row = n.op("min", n.op("add", n.cast(above, ElementType.I64), n.number(i / 2)), n.b().dim(h.minus(1)));
            Value at = n.op("add", n.op("mul", n.op("add", n.op("mul", which, n.b().dim(h)), row), n.b().dim(w)), column);
            Value part = mul(n, n.gather(pixels, at, 0), n.reshape(mul(n, fx, fy), rows, count, Dim.ONE));
            sum = sum == null ? part : n.op("add", sum, part);
        }
        return sum;
    }
}
