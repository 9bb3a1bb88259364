package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ImportTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Fraction;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.NodeImport;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Resize and Upsample. Each axis is resized by itself, the last first: nearest is a look-up, linear and cubic are
 * weighted sums of a few places; indices and weights are tables that {@link ResizeTables} calculates, at compile time
 * where everything is known.
 */
public final class ResizeImport {
    private ResizeImport() {}

    public static void register() {
        add("Resize", ResizeImport::resize);
        add("Upsample", ResizeImport::upsample);
    }

    private static void upsample(NodeImport n) {
        Calc c = new Calc(n);
        String mode = n.text("mode", "nearest").endsWith("linear") ? "linear" : "nearest";
        Settings s = new Settings(mode, "asymmetric", "floor", -0.75, false, false, 0);
        int rank = n.rank(0);
        int[] axes = all(rank);
        Tensor scales = null;
        if (n.hasAttr("scales")) {
            scales = Tensor.ofFloats(new int[] {rank}, n.reals("scales"));
        } else if (n.hasAttr("height_scale")) {
            scales = Tensor.ofFloats(new int[] {rank}, 1, 1, n.real("height_scale", 1), n.real("width_scale", 1));
        }
        n.out(run(n, c, s, axes, byScales(n, c, axes, scales == null ? n.need(1) : n.b().constant(scales)), null));
    }

    /**
     * @param transform coordinate_transformation_mode
     * @param extrapolation for tf_crop_and_resize
     */
    record Settings(String mode, String transform, String nearest, double a, boolean exclude, boolean antialias, double extrapolation) {}

    /**
     * One axis: output position i stands at input position i * num / den.
     *
     * @param num f64 scalar, as is {@code den}
     * @param exact false when the ratio is a rounded number from the model's inputs
     * @param factor output positions for each input position; null when that is no whole number
     */
    record Axis(int axis, Dim in, Dim out, Value num, Value den, boolean exact, Dim factor) {}

    private static int[] all(int rank) {
        int[] r = new int[rank];
        Arrays.setAll(r, i -> i);
        return r;
    }

    private static void resize(NodeImport n) {
        Calc c = new Calc(n);
        int rank = n.rank(0);
        boolean old = n.opset() < 11;
        String mode = n.text("mode", "nearest").replace("bilinear", "linear");
        Settings s = new Settings(mode, old ? "asymmetric" : n.text("coordinate_transformation_mode", "half_pixel"),
                old ? "simple" : n.text("nearest_mode", "round_prefer_floor"), n.real("cubic_coeff_a", -0.75),
                n.flag("exclude_outside", false), n.flag("antialias", false), n.real("extrapolation_value", 0));
        int[] axes = n.hasAttr("axes") ? Arrays.stream(n.ints("axes")).map(a -> n.axis(a, rank)).toArray() : all(rank);
        boolean sizes = !old && n.has(3) && !n.in(3).tensor().size().is(0);
        List<Axis> each = sizes ? bySizes(n, c, axes, n.in(3)) : byScales(n, c, axes, n.need(old ? 1 : 2));
        n.out(run(n, c, s, axes, each, n.has(1) && !old ? n.in(1) : null));
    }

    private static List<Axis> bySizes(NodeImport n, Calc c, int[] axes, Value sizes) {
        Value x = n.need(0);
        String policy = n.text("keep_aspect_ratio_policy", "stretch");
        List<Dim> want = c.dims(sizes, axes.length);
        List<Axis> r = new ArrayList<>();
        if (policy.equals("stretch")) {
            for (int i = 0; i < axes.length; i++) {
                Dim in = x.dim(axes[i]);
                r.add(new Axis(axes[i], in, want.get(i), c.dim(in, ElementType.F64), c.dim(want.get(i), ElementType.F64), true, want.get(i).divideExact(in)));
            }
            return r;
        }
        // the axis of the smallest or largest scale decides for all; ratios are compared crosswise, without rounding
        String better = policy.equals("not_larger") ? "lt" : "gt";
        Value num = null;
        Value den = null;
        for (int i = 0; i < axes.length; i++) {
            Value in = c.dim(x.dim(axes[i]), ElementType.F64);
            Value out = c.dim(want.get(i), ElementType.F64);
            Value take = num == null ? null : n.op(better, c.mul(out, num), c.mul(den, in));
            num = num == null ? in : c.where(take, in, num);
            den = den == null ? out : c.where(take, out, den);
        }
        for (int axis : axes) {
            Value in = c.dim(x.dim(axis), ElementType.F64);
            Value out = n.op("floor", c.div(c.add(c.mul(c.mul(in, den), 2), num), c.mul(num, 2)));
            r.add(new Axis(axis, x.dim(axis), c.dimOf(c.cast(out, ElementType.I64)), num, den, true, null));
        }
        return r;
    }

    private static List<Axis> byScales(NodeImport n, Calc c, int[] axes, Value scales) {
        Value x = n.need(0);
        Tensor known = n.constantOf(scales);
        List<Fraction> symbolic = n.b().fractions(scales);
        if (known != null && known.size() != axes.length) {
            throw new LatheException("", known.size() + " scales are given for " + axes.length + " axes");
        }
        for (int i = 0; known != null && i < known.size(); i++) {
            if (!(known.number(i) > 0) || Double.isInfinite(known.number(i))) {
                throw new LatheException("", "scale " + known.number(i) + " of axis " + axes[i] + " is not possible: it must be above 0");
            }
        }
        List<Axis> r = new ArrayList<>();
        for (int i = 0; i < axes.length; i++) {
            Dim in = x.dim(axes[i]);
            Fraction f = known != null ? Fraction.of(known.number(i)) : symbolic != null ? symbolic.get(i) : null;
            if (f != null && !(f.num().isConst() && f.num().value() <= 0)) {
                Dim out = f.times(Fraction.of(in)).floor();
                r.add(new Axis(axes[i], in, out, c.dim(f.den(), ElementType.F64), c.dim(f.num(), ElementType.F64), true, f.isWhole() ? f.num() : null));
                continue;
            }
            Value scale = c.reshape(TensorImport.part(n, scales, 0, Dim.of(i), Dim.ONE), List.of());
            Value out = n.op("floor", c.mul(c.dim(in, scale.elem()), scale));
            r.add(new Axis(axes[i], in, c.dimOf(c.cast(out, ElementType.I64)), n.b().scalar(ElementType.F64, 1), c.cast(scale, ElementType.F64), false, null));
        }
        return r;
    }

    private static Value run(NodeImport n, Calc c, Settings s, int[] axes, List<Axis> each, Value roi) {
        Value x = n.need(0);
        boolean crop = s.transform().equals("tf_crop_and_resize");
        boolean nearest = s.mode().equals("nearest");
        ElementType t = x.elem();
        // narrow floats and integers are weighted in f32, what f32 can't hold in f64
        ElementType wide = t.storage() == dev.lathe.runtime.Storage.F32 || t.bits() < 32 ? ElementType.F32 : ElementType.F64;
        if (nearest && each.stream().allMatch(a -> repeats(s, a))) {
            return repeated(n, c, x, each);
        }
        Value y = nearest ? x : c.cast(x, wide);
        Value outside = null;
        for (int i = axes.length - 1; i >= 0; i--) {
            Axis a = each.get(i);
            if (!crop && (a.in().equals(a.out()) && a.exact() && sameRatio(n, a))) {
                continue;
            }
            ResizeTables tables = new ResizeTables(n, c, s, a);
            Value at = tables.positions(crop ? bound(n, c, roi, i) : null, crop ? bound(n, c, roi, axes.length + i) : null);
            if (crop) {
                Value off = c.along(tables.outside(at), a.axis(), x.rank());
                outside = outside == null ? off : n.op("or", outside, off);
            }
            y = nearest
                    ? c.gather(y, tables.nearest(at), a.axis())
                    : interpolate(n, y, tables.taps(at), a.axis(), wide);
        }
        y = c.cast(y, t);
        if (outside != null) {
            y = c.where(outside, n.like(0, s.extrapolation()), y);
        }
        return y == x ? n.op("identity", x) : y;
    }

    // true when nearest means that each element stands a whole number of times in a row
    private static boolean repeats(Settings s, Axis a) {
        if (a.factor() == null || !a.factor().isConst() || a.factor().value() < 1) {
            return false;
        }
        return switch (s.transform()) {
            case "half_pixel", "half_pixel_symmetric" -> s.nearest().startsWith("round");
            case "pytorch_half_pixel" -> s.nearest().startsWith("round") && a.factor().value() > 1;
            case "asymmetric" -> s.nearest().equals("floor") || s.nearest().equals("simple") || a.factor().is(1);
            case "tf_half_pixel_for_nn" -> s.nearest().equals("floor");
            default -> false;
        };
    }

    private static Value repeated(NodeImport n, Calc c, Value x, List<Axis> each) {
        List<Dim> apart = new ArrayList<>();
        List<Dim> wide = new ArrayList<>();
        List<Dim> dims = new ArrayList<>();
        for (int i = 0; i < x.rank(); i++) {
            int axis = i;
            Dim f = each.stream().filter(a -> a.axis() == axis).map(Axis::factor).findFirst().orElse(Dim.ONE);
            apart.add(x.dim(i));
            wide.add(x.dim(i));
            dims.add(x.dim(i).times(f));
            if (!f.is(1)) {
                apart.add(Dim.ONE);
                wide.add(f);
            }
        }
        return dims.equals(x.tensor().dims()) ? n.op("identity", x) : c.reshape(n.op("expand", Attrs.of("dims", wide), c.reshape(x, apart)), dims);
    }

    private static boolean sameRatio(NodeImport n, Axis a) {
        Tensor num = n.constantOf(a.num());
        Tensor den = n.constantOf(a.den());
        // symbolic sizes: input and output are the same expression
        return num == null || den == null || num.number(0) == den.number(0);
    }

    private static Value bound(NodeImport n, Calc c, Value roi, int i) {
        if (roi == null) {
            throw new LatheException("", "tf_crop_and_resize needs the input roi");
        }
        return c.cast(c.reshape(TensorImport.part(n, roi, 0, Dim.of(i), Dim.ONE), List.of()), ElementType.F64);
    }

    private static Value interpolate(NodeImport n, Value y, ResizeTables.Taps taps, int axis, ElementType wide) {
        Value w = taps.weights().elem() == wide ? taps.weights() : n.op("cast", Attrs.of("to", wide), taps.weights());
        return n.op("interpolate", Attrs.of("axis", axis), y, taps.indices(), w);
    }
}
