package dev.lathe.compiler.tflite;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Points of a face and what lies around them: a matrix from points to the crop that they span, points and images through
 * that matrix. Of the two versions that there are of each, the attributes tell which one it is.
 */
final class TfliteLandmarks {
    private TfliteLandmarks() {}

    static void register() {
        TfliteTable.custom("Landmarks2TransformMatrix", n -> attributes(n).containsKey("subset_idxs") ? crop(n) : box(n));
        TfliteTable.custom("TransformLandmarks", TfliteLandmarks::points);
        TfliteTable.custom("TransformTensorBilinear", TfliteLandmarks::image);
        TfliteTable.custom("TransformTensor", TfliteLandmarks::image);
        TfliteTable.custom("Resampler", TfliteLandmarks::resampled);
    }

    private static Map<String, FlexMap.Entry> attributes(TfliteNode n) {
        return FlexMap.lists(n.custom());
    }

    private static List<Double> list(TfliteNode n, String name, int least) {
        FlexMap.Entry v = attributes(n).get(name);
        if (v == null || v.numbers().size() < least) {
            throw new LatheException("", "attribute " + name + " is missing");
        }
        return v.numbers();
    }

    private static double number(TfliteNode n, String name) {
        return list(n, name, 1).get(0);
    }

    // ---- matrices -----------------------------------------------------------------------------------------------

    /** Points as columns, of which some are looked at. @param x [points, 3] */
    private record Points(TfliteNode n, Value x) {
        static Points of(TfliteNode n) {
            Value all = n.need(0);
            return new Points(n, n.reshape(all, all.tensor().size().floorDiv(Dim.of(3)), Dim.of(3)));
        }

        /** One coordinate of a point. */
        Value at(double point, int axis) {
            long p = Math.round(point);
            if (p < 0 || x.dim(0).isConst() && p >= x.dim(0).value()) {
                throw new LatheException("", "there is no point " + p);
            }
            return n.reshape(n.part(n.part(x, 0, Dim.of(p), Dim.ONE), 1, Dim.of(axis), Dim.ONE), List.of());
        }

        Value difference(double to, double from, int axis) {
            return n.op("sub", at(to, axis), at(from, axis));
        }

        /** One coordinate of several points. */
        Value all(List<Double> points, int axis) {
            points.forEach(p -> at(p, axis));
            Value rows = n.gather(x, n.b().longs(points.stream().mapToLong(Math::round).toArray()), 0);
            return n.reshape(n.part(rows, 1, Dim.of(axis), Dim.ONE), Dim.of(points.size()));
        }
    }

    /** What a turned set of points spans. */
    private record Span(TfliteNode n, Value cos, Value sin, Value width, Value height, Value centreX, Value centreY) {
        /** @param angle by which the points are turned before they are measured; their centre is turned back */
        static Span of(TfliteNode n, Points p, List<Double> subset, Value angle) {
            Value cos = n.op("cos", angle);
            Value sin = n.op("sin", angle);
            Value x = p.all(subset, 0);
            Value y = p.all(subset, 1);
            Value[] low = new Value[2];
            Value[] high = new Value[2];
            Value[] turned = {n.op("sub", n.op("mul", cos, x), n.op("mul", sin, y)), n.op("add", n.op("mul", sin, x), n.op("mul", cos, y))};
            for (int i = 0; i < 2; i++) {
                low[i] = n.reduce("min", turned[i], false, 0);
                high[i] = n.reduce("max", turned[i], false, 0);
            }
            Value mx = half(n, n.op("add", low[0], high[0]));
            Value my = half(n, n.op("add", low[1], high[1]));
            return new Span(n, cos, sin, n.op("sub", high[0], low[0]), n.op("sub", high[1], low[1]),
                    n.op("add", n.op("mul", cos, mx), n.op("mul", sin, my)), n.op("sub", n.op("mul", cos, my), n.op("mul", sin, mx)));
        }
    }

    private static Value half(TfliteNode n, Value v) {
        return times(n, v, 0.5);
    }

    private static Value times(TfliteNode n, Value v, double by) {
        return n.op("mul", v, n.like(v, by));
    }

    private static Value sum(TfliteNode n, Value... v) {
        Value r = v[0];
        for (int i = 1; i < v.length; i++) {
            r = n.op("add", r, v[i]);
        }
        return r;
    }

    /** [1, 4, 4] of scalars; null: 0. */
    private static Value matrix(TfliteNode n, Value zero, Value... entries) {
        List<Value> all = new ArrayList<>();
        for (Value v : entries) {
            all.add(n.reshape(v == null ? zero : v, Dim.ONE));
        }
        return n.reshape(n.concat(all, 0), Dim.ONE, Dim.of(4), Dim.of(4));
    }

    /** The second version: from the crop's pixels to the image's. */
    private static Value crop(TfliteNode n) {
        Points p = Points.of(n);
        double left = number(n, "left_rotation_idx");
        double right = number(n, "right_rotation_idx");
        double width = number(n, "output_width");
        double height = number(n, "output_height");
        FlexMap.Entry target = attributes(n).get("target_rotation_radians");
        Value lean = n.op("atan2", p.difference(right, left, 1), p.difference(right, left, 0));
        Value angle = n.op("sub", n.like(lean, target == null ? 0 : target.numbers().get(0)), lean);
        Span s = Span.of(n, p, list(n, "subset_idxs", 1), angle);
        Value wide = times(n, s.width(), number(n, "scale_x") / width);
        Value high = times(n, s.height(), number(n, "scale_y") / height);
        // turned back, and the crop's middle at the points'
        Value a = n.op("mul", s.cos(), wide);
        Value b = n.op("mul", s.sin(), high);
        Value c = n.op("neg", n.op("mul", s.sin(), wide));
        Value d = n.op("mul", s.cos(), high);
        Value x = n.op("sub", s.centreX(), sum(n, times(n, a, width / 2), times(n, b, height / 2)));
        Value y = n.op("sub", s.centreY(), sum(n, times(n, c, width / 2), times(n, d, height / 2)));
        Value one = n.like(a, 1);
        return matrix(n, n.like(a, 0), a, b, null, x, c, d, null, y, null, null, one, null, null, null, null, one);
    }

    /** The first version, whose points lie in a square of its own. */
    private static Value box(TfliteNode n) {
        if (number(n, "dimensions") != 3) {
            throw n.unsupported("points of " + number(n, "dimensions") + " dimensions");
        }
        Points p = Points.of(n);
        double left = number(n, "left_rotation_idx");
        double right = number(n, "right_rotation_idx");
        double range = number(n, "landmarks_range");
        double more = number(n, "bbox_size_multiplier");
        List<Double> in = list(n, "input_hw", 2);
        List<Double> out = list(n, "output_hw", 2);
        Value angle = n.op("neg", n.op("atan", n.op("div", p.difference(right, left, 1), p.difference(right, left, 0))));
        Span s = Span.of(n, p, list(n, "subset", 1), angle);
        Value wide = times(n, s.width(), more / range);
        Value high = times(n, s.height(), more / range);
        double toX = (in.get(1) - 1) / 2;
        double toY = (in.get(0) - 1) / 2;
        double fromX = 2 / (out.get(1) - 1);
        double fromY = 2 / (out.get(0) - 1);
        Value a = times(n, n.op("mul", s.cos(), wide), toX);
        Value b = times(n, n.op("mul", s.sin(), high), toX);
        Value c = times(n, n.op("mul", n.op("neg", s.sin()), wide), toY);
        Value d = times(n, n.op("mul", s.cos(), high), toY);
        // the middle, from -1 to 1 in the square, is 0 to 2 from its corner
        Value x = n.op("sub", times(n, s.centreX(), 2 / range * toX), n.op("add", a, b));
        Value y = n.op("sub", times(n, s.centreY(), 2 / range * toY), n.op("add", c, d));
        Value one = n.like(a, 1);
        return matrix(n, n.like(a, 0), times(n, a, fromX), times(n, b, fromY), null, x, times(n, c, fromX), times(n, d, fromY), null, y, null, null, one, null, null,
                null, null, one);
    }

    // ---- through a matrix ---------------------------------------------------------------------------------------

    private static Value entry(TfliteNode n, Value matrix, int i) {
        return n.reshape(n.part(n.reshape(matrix, matrix.tensor().size()), 0, Dim.of(i), Dim.ONE), List.of());
    }

    private static Value points(TfliteNode n) {
        Value x = n.need(0);
        Map<String, FlexMap.Entry> a = n.custom().remaining() < 3 ? Map.of() : attributes(n);
        // the second version has no attributes, but a dimension for the coordinates
        boolean old = a.containsKey("dimensions") || a.containsKey("scale") || x.rank() == 4;
        long size = old ? a.containsKey("dimensions") ? Math.round(number(n, "dimensions")) : 3 : x.dim(-1).value();
        double scale = a.containsKey("scale") ? number(n, "scale") : 1;
        if (size != 2 && size != 3) {
            throw n.unsupported("points of " + size + " dimensions");
        }
        Value p = n.reshape(x, x.tensor().size().floorDiv(Dim.of(size)), Dim.of(size));
        Value px = n.part(p, 1, Dim.ZERO, Dim.ONE);
        Value py = n.part(p, 1, Dim.ONE, Dim.ONE);
        List<Value> to = new ArrayList<>();
        for (int row = 0; row < 2; row++) {
            Value[] m = {entry(n, n.need(1), 4 * row), entry(n, n.need(1), 4 * row + 1), entry(n, n.need(1), 4 * row + 3)};
            to.add(sum(n, n.op("mul", px, m[0]), n.op("mul", py, m[1]), times(n, m[2], scale)));
        }
        if (size == 3) {
            to.add(n.part(p, 1, Dim.of(2), Dim.ONE));
        }
        return n.reshape(n.concat(to, 1), x.tensor().dims());
    }

    /** For each pixel of the result the place in the image that the matrix says, between pixels; beyond them it is 0. */
    private static Value image(TfliteNode n) {
        Map<String, FlexMap.Entry> a = attributes(n);
        boolean old = a.containsKey("output_size");
        Dim height = Dim.of(Math.round(old ? list(n, "output_size", 2).get(0) : number(n, "output_height")));
        Dim width = Dim.of(Math.round(old ? list(n, "output_size", 2).get(1) : number(n, "output_width")));
        Value x = n.need(0);
        if (!x.dim(0).is(1)) {
            throw n.unsupported("a batch of " + x.dim(0));
        }
        Value[] at = new Value[2];
        Value column = n.reshape(count(n, width), Dim.ONE, width);
        Value row = n.reshape(count(n, height), height, Dim.ONE);
        for (int i = 0; i < 2; i++) {
            Value[] m = {entry(n, n.need(1), 4 * i), entry(n, n.need(1), 4 * i + 1), entry(n, n.need(1), 4 * i + 3)};
            // the second version goes by the middle of pixels
            Value shift = old ? m[2] : n.op("sub", sum(n, m[2], half(n, m[0]), half(n, m[1])), n.like(m[2], 0.5));
            at[i] = n.reshape(sum(n, n.op("mul", m[0], column), n.op("mul", m[1], row), shift), Dim.ONE, height.times(width));
        }
        Value outside = n.op("or", beyond(n, at[0], x.dim(2), 0), beyond(n, at[1], x.dim(1), 0));
        return n.reshape(sampled(n, x, at[0], at[1], outside), Dim.ONE, height, width, x.dim(3));
    }

    private static Value count(TfliteNode n, Dim size) {
        return n.op("iota", Attrs.of("size", size, "to", ElementType.F32));
    }

    /** Where a coordinate lies in front of the first pixel or behind the last by more than {@code more}, or by that. */
    private static Value beyond(TfliteNode n, Value at, Dim extent, int more) {
        Value last = n.cast(n.b().dim(extent.minus(1).plus(more)), at.elem());
        return n.op("or", n.op(more == 0 ? "lt" : "le", at, n.like(at, -more)), n.op(more == 0 ? "gt" : "ge", at, last));
    }

    private static Value resampled(TfliteNode n) {
        Value x = n.need(0);
        Value warp = n.need(1);
        Dim places = warp.tensor().size().floorDiv(warp.dim(0).times(2));
        Value flat = n.reshape(warp, warp.dim(0), places, Dim.of(2));
        Value px = n.reshape(n.part(flat, 2, Dim.ZERO, Dim.ONE), warp.dim(0), places);
        Value py = n.reshape(n.part(flat, 2, Dim.ONE, Dim.ONE), warp.dim(0), places);
        Value outside = n.op("or", beyond(n, px, x.dim(2), 1), beyond(n, py, x.dim(1), 1));
        List<Dim> dims = new ArrayList<>(warp.tensor().dims().subList(0, warp.rank() - 1));
        dims.add(x.dim(3));
        return n.reshape(sampled(n, x, px, py, outside), dims);
    }

    /** Between four pixels, of which those beyond the image are 0. @param px [batch, places]; @return [batch, places, channels] */
    private static Value sampled(TfliteNode n, Value x, Value px, Value py, Value outside) {
        Dim height = x.dim(1);
        Dim width = x.dim(2);
        Value rows = n.reshape(x, x.dim(0).times(height).times(width), x.dim(3));
        Value batch = n.op("mul", n.reshape(n.op("iota", Attrs.of("size", x.dim(0), "to", ElementType.I64)), x.dim(0), Dim.ONE), n.b().dim(height.times(width)));
        Value zero = n.like(px, 0);
        // nothing is read for places outside
        Value safeX = n.op("where", outside, zero, px);
        Value safeY = n.op("where", outside, zero, py);
        Value left = n.op("floor", safeX);
        Value top = n.op("floor", safeY);
        Value right = n.op("sub", safeX, left);
        Value low = n.op("sub", safeY, top);
        Value[] line = new Value[2];
        for (int dy = 0; dy < 2; dy++) {
            Value[] corner = new Value[2];
            for (int dx = 0; dx < 2; dx++) {
                Value cx = n.op("add", left, n.like(left, dx));
                Value cy = n.op("add", top, n.like(top, dy));
                Value gone = n.op("or", beyond(n, cx, width, 0), beyond(n, cy, height, 0));
                Value ix = whole(n, cx, width);
                Value iy = whole(n, cy, height);
                Value index = n.op("add", batch, n.op("add", n.op("mul", iy, n.b().dim(width)), ix));
                corner[dx] = n.op("where", n.unsqueeze(gone, 2), n.like(x, 0), n.gather(rows, index, 0));
            }
            line[dy] = mixed(n, corner[0], corner[1], n.unsqueeze(right, 2));
        }
        return n.op("where", n.unsqueeze(outside, 2), n.like(x, 0), mixed(n, line[0], line[1], n.unsqueeze(low, 2)));
    }

    private static Value whole(TfliteNode n, Value at, Dim extent) {
        Value most = n.cast(n.b().dim(extent.minus(1)), at.elem());
        return n.cast(n.op("min", n.op("max", at, n.like(at, 0)), most), ElementType.I64);
    }

    private static Value mixed(TfliteNode n, Value a, Value b, Value share) {
        return n.op("add", n.op("mul", n.op("sub", n.like(share, 1), share), a), n.op("mul", share, b));
    }
}
