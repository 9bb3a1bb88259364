package dev.lathe.compiler.picture;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.GraphBuilder;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The operations between a picture's bytes and what a model takes, channels last. Where pixels stand is computed in f64, once a size. */
final class PictureOps {
    private final GraphBuilder b;
    private final Picture o;

    PictureOps(GraphBuilder b, Picture options) {
        this.b = b;
        this.o = options;
    }

    /** Pixels [batch, rows, columns, channels] of type {@code to}, of bytes [batch, height, width, 3]. */
    Value prepare(Value bytes, Dim rows, Dim columns, boolean resize, ElementType to) {
        int first = bytes.rank() - 3;
        Value x = channels(bytes);
        Value outside = null;
        if (resize && o.resize() == Picture.Resize.NEAREST) {
            Side[] sides = sides(bytes, rows, columns);
            for (int i = 0; i < 2; i++) {
                x = b.op("gather", Attrs.of("axis", first + i), x, sides[i].nearest());
                outside = or(outside, beside(sides[i], first + i, bytes.rank()));
            }
            x = cast(x, ElementType.F32);
        } else if (resize) {
            Side[] sides = sides(bytes, rows, columns);
            x = cast(x, ElementType.F32);
            for (int i = 0; i < 2; i++) {
                Side s = sides[i];
                x = b.op("interpolate", Attrs.of("axis", first + i), x, s.index(), cast(s.weights(), ElementType.F32));
                outside = or(outside, beside(s, first + i, bytes.rank()));
            }
        } else if (to == ElementType.U8) {
            return cast(x, to);
        } else {
            x = cast(x, ElementType.F32);
        }
        if (outside != null) {
            x = b.op("where", outside, b.scalar(ElementType.F32, o.fill()), x);
        }
        if (to == ElementType.U8) {
            Value whole = b.op("floor", b.op("add", x, b.scalar(ElementType.F32, 0.5)));
            return cast(b.op("max", b.op("min", whole, b.scalar(ElementType.F32, 255)), b.scalar(ElementType.F32, 0)), to);
        }
        return cast(b.op("add", b.op("mul", x, perChannel(true)), perChannel(false)), to);
    }

    /** In the model's order, of grey pixels what the eye sees of them: numbers are whole. */
    private Value channels(Value bytes) {
        if (o.channels() == Picture.Channels.RGB) {
            return bytes;
        }
        int last = bytes.rank() - 1;
        if (o.channels() == Picture.Channels.BGR) {
            return b.op("gather", Attrs.of("axis", last), bytes, b.longs(2, 1, 0));
        }
        Value weighted = b.op("mul", cast(bytes, ElementType.I32), b.constant(new Tensor(ElementType.I32, new int[] {3}, new int[] {299, 587, 114})));
        Value sum = b.op("reduce", Attrs.of("kind", "sum", "axes", new int[] {last}, "keep", true), weighted);
        return b.op("div", b.op("add", sum, b.scalar(ElementType.I32, 500)), b.scalar(ElementType.I32, 1000));
    }

    // (v * scale - mean) / std, as one product and one sum
    private Value perChannel(boolean factor) {
        boolean one = o.channels() == Picture.Channels.GREY || o.mean().size() == 1 && o.std().size() == 1;
        float[] v = new float[one ? 1 : 3];
        for (int c = 0; c < v.length; c++) {
            v[c] = (float) (factor ? o.scale() / o.std(c) : -o.mean(c) / o.std(c));
        }
        return b.constant(Tensor.ofFloats(new int[] {v.length}, v));
    }

    private Side[] sides(Value bytes, Dim rows, Dim columns) {
        int first = bytes.rank() - 3;
        Dim height = bytes.dim(first);
        Dim width = bytes.dim(first + 1);
        Value down = div(num(height), num(rows));
        Value across = div(num(width), num(columns));
        Value ratio = switch (o.fit()) {
            case STRETCH -> null;
            case CROP -> b.op("mul", b.op("min", down, across), num(o.central()));
            case PAD -> b.op("max", down, across);
        };
        return new Side[] {new Side(height, rows, ratio == null ? down : ratio, width, columns), new Side(width, columns, ratio == null ? across : ratio, height, rows)};
    }

    /** True where an output pixel has none of the picture beneath it, along one axis; null when that can't be. */
    private Value beside(Side s, int axis, int rank) {
        if (o.fit() != Picture.Fit.PAD) {
            return null;
        }
        Value off = b.op("or", b.op("lt", s.at, num(-0.5)), b.op("ge", s.at, b.op("sub", num(s.in), num(0.5))));
        List<Dim> dims = new ArrayList<>(Collections.nCopies(rank, Dim.ONE));
        dims.set(axis, s.out);
        return b.op("reshape", Attrs.of("dims", dims), off);
    }

    private Value or(Value a, Value c) {
        return a == null ? c : c == null ? a : b.op("or", a, c);
    }

    private Value cast(Value v, ElementType to) {
        return v.elem() == to ? v : b.op("cast", Attrs.of("to", to), v);
    }

    private Value num(double v) {
        return b.scalar(ElementType.F64, v);
    }

    private Value num(Dim d) {
        return d.isConst() ? num(d.value()) : cast(b.dim(d), ElementType.F64);
    }

    private Value div(Value a, Value c) {
        return b.op("div", a, c);
    }

    /** One side of the picture: where each output pixel stands on it. */
    private final class Side {
        private final Dim in;
        private final Dim out;
        /** Input pixels for each output pixel. */
        private final Value ratio;
        private final Value at;
        private final Dim half;

        Side(Dim in, Dim out, Value ratio, Dim otherIn, Dim otherOut) {
            this.in = in;
            this.out = out;
            this.ratio = ratio;
            // the middles of both fall together: (i + 1/2 - out/2) * ratio + in/2 - 1/2
            Value i = b.op("iota", Attrs.of("size", out, "to", ElementType.F64));
            Value fromMiddle = b.op("sub", b.op("add", i, num(0.5)), num(out.value() / 2.0));
            this.at = b.op("add", b.op("mul", fromMiddle, ratio), b.op("sub", b.op("mul", num(in), num(0.5)), num(0.5)));
            int reach = o.resize() == Picture.Resize.BICUBIC ? 2 : 1;
            // an upper bound of the ratio that is known before pixels are; weights beyond the true one are 0
            Dim most = o.fit() == Picture.Fit.PAD ? in.ceilDiv(out).plus(otherIn.ceilDiv(otherOut)) : in.ceilDiv(out);
            this.half = o.resize() == Picture.Resize.BILINEAR ? Dim.ONE : most.times(reach);
        }

        Value nearest() {
            return clamped(b.op("floor", b.op("add", at, num(0.5))));
        }

        private Value clamped(Value index) {
            return cast(b.op("max", b.op("min", index, b.op("sub", num(in), num(1))), num(0)), ElementType.I64);
        }

        // base + step, for the pixels on both sides of a place
        private Value taps() {
            Value step = b.op("add", b.op("iota", Attrs.of("size", half.times(2), "to", ElementType.F64)), b.op("sub", num(1), num(half)));
            return b.op("add", column(b.op("floor", at)), b.op("reshape", Attrs.of("dims", List.of(Dim.ONE, half.times(2))), step));
        }

        private Value column(Value v) {
            return b.op("reshape", Attrs.of("dims", List.of(out, Dim.ONE)), v);
        }

        Value index() {
            return clamped(taps());
        }

        Value weights() {
            Value taps = taps();
            Value away = b.op("abs", b.op("sub", taps, column(at)));
            if (o.resize() == Picture.Resize.BILINEAR) {
                // beyond the border its pixels go on
                return b.op("max", b.op("sub", num(1), away), num(0));
            }
            Value x = div(away, b.op("max", ratio, num(1)));
            Value w = o.resize() == Picture.Resize.BICUBIC ? cubic(x) : b.op("max", b.op("sub", num(1), x), num(0));
            // what lies outside of the picture doesn't count
            Value inside = b.op("and", b.op("ge", taps, num(0)), b.op("lt", taps, num(in)));
            w = b.op("where", inside, w, num(0));
            Value sum = b.op("reduce", Attrs.of("kind", "sum", "axes", new int[] {1}, "keep", true), w);
            // no weight at all: beside the picture, where the fill goes
            return div(w, b.op("where", b.op("eq", sum, num(0)), num(1), sum));
        }

        // Keys' kernel with a = -1/2
        private Value cubic(Value x) {
            Value xx = b.op("mul", x, x);
            Value xxx = b.op("mul", xx, x);
            Value near = b.op("add", b.op("sub", b.op("mul", xxx, num(1.5)), b.op("mul", xx, num(2.5))), num(1));
            Value far = b.op("add", b.op("sub", b.op("mul", xx, num(2.5)), b.op("mul", xxx, num(0.5))), b.op("sub", num(2), b.op("mul", x, num(4))));
            return b.op("where", b.op("le", x, num(1)), near, b.op("where", b.op("lt", x, num(2)), far, num(0)));
        }
    }
}
