package dev.lathe.compiler.onnx.ops;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.NodeImport;
import dev.lathe.runtime.ElementType;

/** Where along one axis each output position of a Resize stands, and what it takes from there; in f64. */
final class ResizeTables {
    private final NodeImport n;
    private final Calc c;
    private final ResizeImport.Settings s;
    private final ResizeImport.Axis a;

    ResizeTables(NodeImport n, Calc c, ResizeImport.Settings s, ResizeImport.Axis a) {
        this.n = n;
        this.c = c;
        this.s = s;
        this.a = a;
    }

    /** indices i64[out, taps], weights f64[out, taps] */
    record Taps(Value indices, Value weights) {}

    private Value in() {
        return c.dim(a.in(), ElementType.F64);
    }

    private Value out() {
        return c.dim(a.out(), ElementType.F64);
    }

    // (i + 1/2) * num / den, rounded once
    private Value middle(Value i) {
        return c.div(c.mul(c.add(c.mul(i, 2), 1), a.num()), c.mul(a.den(), 2));
    }

    private Value halfPixel(Value i) {
        return c.add(middle(i), -0.5);
    }

    // i * by / (in * den / num - 1), or alone when the output is one element
    private Value stretched(Value i, Value by, Value alone) {
        Value den = c.sub(c.mul(in(), a.den()), a.num());
        Value one = n.op("le", den, c.num(den, 0));
        return c.where(one, alone, c.div(c.mul(i, c.mul(by, a.num())), c.where(one, c.num(den, 1), den)));
    }

    /** Input position of each output position, f64[out]. @param from start and {@code to} end of the crop, null without one */
    Value positions(Value from, Value to) {
        Value i = c.iota(a.out(), ElementType.F64);
        Value last = c.add(in(), -1);
        return switch (s.transform()) {
            case "half_pixel" -> halfPixel(i);
            case "pytorch_half_pixel" -> c.where(n.op("gt", out(), c.num(i, 1)), halfPixel(i), c.num(i, 0));
            case "asymmetric" -> c.div(c.mul(i, a.num()), a.den());
            case "tf_half_pixel_for_nn" -> middle(i);
            case "align_corners" -> stretched(i, last, c.num(i, 0));
            case "half_pixel_symmetric" -> {
                // what rounding down the output's extent cut off, half of it on each side
                Value adjust = c.div(c.mul(out(), a.num()), c.mul(in(), a.den()));
                Value offset = c.mul(c.mul(in(), 0.5), c.sub(c.num(adjust, 1), adjust));
                yield c.add(offset, halfPixel(i));
            }
            case "tf_crop_and_resize" -> {
                Value middle = c.mul(c.mul(c.add(from, to), 0.5), last);
                Value start = c.mul(from, last);
                yield c.add(stretched(i, c.mul(c.sub(to, from), last), c.sub(middle, start)), start);
            }
            default -> throw new LatheException("", "coordinate_transformation_mode " + s.transform() + " is not known");
        };
    }

    /** True where a position is outside of the input. */
    Value outside(Value at) {
        return n.op("or", c.lt(at, 0), n.op("gt", at, c.add(in(), -1)));
    }

    private Value clamped(Value index) {
        return c.max(c.min(index, c.dim(a.in().minus(1))), 0);
    }

    Value nearest(Value at) {
        // a ratio or a crop's corner that was rounded misses whole numbers by a little: f32 forgets that
        Value p = a.exact() && !s.transform().equals("tf_crop_and_resize") ? at : c.cast(c.cast(at, ElementType.F32), ElementType.F64);
        Value i = switch (s.nearest()) {
            case "round_prefer_floor" -> n.op("ceil", c.add(p, -0.5));
            case "round_prefer_ceil" -> n.op("floor", c.add(p, 0.5));
            case "floor" -> n.op("floor", p);
            case "ceil" -> n.op("ceil", p);
            // opset 10: up when the output is smaller than the input
            case "simple" -> c.where(n.op("gt", a.num(), a.den()), n.op("ceil", p), n.op("floor", p));
            default -> throw new LatheException("", "nearest_mode " + s.nearest() + " is not known");
        };
        return clamped(c.cast(i, ElementType.I64));
    }

    Taps taps(Value at) {
        int reach = switch (s.mode()) {
            case "linear" -> 1;
            case "cubic" -> 2;
            default -> throw new LatheException("", "mode " + s.mode() + " is not known");
        };
        // with antialiasing, output pixels are as wide as the scale says
        Value wide = c.max(c.div(a.num(), a.den()), 1);
        Dim half = s.antialias() ? c.dimOf(c.cast(n.op("ceil", c.mul(wide, reach)), ElementType.I64)) : Dim.of(reach);
        Dim count = half.times(2);
        Value step = c.add(c.iota(count, ElementType.F64, 1, 2), c.dim(Dim.ONE.minus(half), ElementType.F64));
        Value base = c.along(n.op("floor", at), 0, 2);
        Value from = n.op("abs", c.sub(step, c.sub(c.along(at, 0, 2), base)));
        from = s.antialias() ? c.div(from, wide) : from;
        Value w = reach == 1 ? c.max(c.sub(c.num(from, 1), from), 0) : cubic(from);
        Value index = c.cast(c.add(base, step), ElementType.I64);
        if (s.exclude()) {
            Value inside = n.op("and", n.op("ge", index, c.num(index, 0)), n.op("lt", index, c.dim(a.in())));
            w = c.where(inside, w, c.num(w, 0));
        }
        if (s.exclude() || s.antialias()) {
            w = c.div(w, c.reduce("sum", w, true, 1));
        }
        return new Taps(clamped(index), w);
    }

    // Keys' kernel
    private Value cubic(Value x) {
        double k = s.a();
        Value xx = c.mul(x, x);
        Value xxx = c.mul(xx, x);
        Value near = c.add(c.sub(c.mul(xxx, k + 2), c.mul(xx, k + 3)), 1);
        Value far = c.add(c.add(c.sub(c.mul(xxx, k), c.mul(xx, 5 * k)), c.mul(x, 8 * k)), -4 * k);
        return c.where(n.op("le", x, c.num(x, 1)), near, c.where(c.lt(x, 2), far, c.num(x, 0)));
    }
}
