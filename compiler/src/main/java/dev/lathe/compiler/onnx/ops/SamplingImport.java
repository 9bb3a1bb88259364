package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ImportTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.NodeImport;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Operators that read between the elements of an image. */
public final class SamplingImport {
    private SamplingImport() {}

    public static void register() {
        add("GridSample", SamplingImport::gridSample);
        add("AffineGrid", SamplingImport::affineGrid);
        add("RoiAlign", SamplingImport::roiAlign);
        add("MaxRoiPool", SamplingImport::roiPool);
        add("DeformConv", SamplingImport::deformConv);
        add("com.microsoft.CropAndResize", SamplingImport::crop);
    }

    /** Boxes [y1, x1, y2, x2] in parts of an image's extents, at one size; their corners are elements. */
    private static void crop(NodeImport n) {
        Calc c = new Calc(n);
        Value x = n.need(0);
        ElementType t = wide(x.elem());
        Value boxes = c.cast(n.need(1), t);
        List<Dim> size = c.dims(n.need(3), 2);
        List<Dim> map = List.of(boxes.dim(0), size.get(0), size.get(1));
        Value[] place = new Value[2];
        Value inside = null;
        for (int a = 0; a < 2; a++) {
            Value p = c.reshape(places(n, c, boxes, a, size.get(a), x.dim(2 + a)), boxes.dim(0), a == 0 ? map.get(1) : Dim.ONE, a == 0 ? Dim.ONE : map.get(2));
            Value end = c.add(c.dim(x.dim(2 + a), t), -1);
            Value in = n.op("and", n.op("ge", p, c.num(p, 0)), n.op("le", p, end));
            inside = inside == null ? in : n.op("and", inside, in);
            place[a] = c.max(c.min(p, end), 0);
        }
        // one row of channels for each pixel of all images
        Value pixels = c.reshape(c.transpose(c.cast(x, t), 0, 2, 3, 1), x.dim(0).times(x.dim(2)).times(x.dim(3)), x.dim(1));
        Value image = c.mul(c.reshape(c.cast(n.need(2), ElementType.I64), boxes.dim(0), Dim.ONE, Dim.ONE), c.dim(x.dim(2).times(x.dim(3))));
        Value y;
        if (n.text("mode", "bilinear").equals("nearest")) {
            y = at(n, pixels, image, n.op("floor", c.add(place[0], 0.5)), n.op("floor", c.add(place[1], 0.5)), x.dim(3));
        } else {
            Value top = n.op("floor", place[0]);
            Value left = n.op("floor", place[1]);
            Value right = n.op("ceil", place[1]);
            Value down = perPixel(c, c.sub(place[0], top));
            Value along = perPixel(c, c.sub(place[1], left));
            Value upper = between(c, at(n, pixels, image, top, left, x.dim(3)), at(n, pixels, image, top, right, x.dim(3)), along);
            Value bottom = n.op("ceil", place[0]);
            Value lower = between(c, at(n, pixels, image, bottom, left, x.dim(3)), at(n, pixels, image, bottom, right, x.dim(3)), along);
            y = between(c, upper, lower, down);
        }
        y = c.where(perPixel(c, inside), y, c.num(y, n.real("extrapolation_value", 0)));
        n.out(c.cast(c.transpose(y, 0, 3, 1, 2), x.elem()));
    }

    // where each element of a crop lies along one axis, [boxes, size]
    private static Value places(NodeImport n, Calc c, Value boxes, int axis, Dim size, Dim extent) {
        Value from = TensorImport.part(n, boxes, 1, Dim.of(axis), Dim.ONE);
        Value to = TensorImport.part(n, boxes, 1, Dim.of(axis + 2), Dim.ONE);
        Value end = c.add(c.dim(extent, boxes.elem()), -1);
        Value gaps = c.add(c.dim(size, boxes.elem()), -1);
        Value step = c.div(c.mul(c.sub(to, from), end), c.max(gaps, 1));
        Value several = c.add(c.mul(from, end), c.mul(c.iota(size, boxes.elem(), 1, 2), step));
        return c.where(c.eq(gaps, 0), c.mul(c.mul(c.add(from, to), 0.5), end), several);
    }

    private static Value at(NodeImport n, Value pixels, Value image, Value row, Value column, Dim width) {
        Calc c = new Calc(n);
        Value place = c.add(c.mul(c.cast(row, ElementType.I64), c.dim(width)), c.cast(column, ElementType.I64));
        return c.gather(pixels, c.add(place, image), 0);
    }

    private static Value perPixel(Calc c, Value v) {
        List<Dim> dims = new ArrayList<>(v.tensor().dims());
        dims.add(Dim.ONE);
        return c.reshape(v, dims);
    }

    private static Value between(Calc c, Value a, Value b, Value share) {
        return c.add(a, c.mul(c.sub(b, a), share));
    }

    // what can't be weighted in its own type is in f32, or in f64 where f32 is too narrow
    private static ElementType wide(ElementType t) {
        return t.storage() == dev.lathe.runtime.Storage.F32 || t.bits() < 32 ? ElementType.F32 : ElementType.F64;
    }

    private static void gridSample(NodeImport n) {
        Calc c = new Calc(n);
        Value x = n.need(0);
        ElementType t = wide(x.elem());
        String mode = n.text("mode", "linear").replaceFirst("^bi", "");
        Attrs a = Attrs.of("mode", mode, "padding", n.text("padding_mode", "zeros"), "align", n.flag("align_corners", false));
        n.out(c.cast(n.op("grid_sample", a, c.cast(x, t), c.cast(n.need(1), t)), x.elem()));
    }

    private static void affineGrid(NodeImport n) {
        Calc c = new Calc(n);
        Value theta = n.need(0);
        Dim known = n.need(1).tensor().size();
        int d = (known.isConst() ? known.intValue() : new LateAxes(n).declaredRank()) - 2;
        theta = c.reshape(theta, theta.dim(0), Dim.of(d), Dim.of(d + 1));
        List<Dim> size = c.dims(n.need(1), d + 2);
        int rank = d + 2;
        Value grid = null;
        // x is the last dimension
        for (int j = 0; j <= d; j++) {
            List<Dim> shape = new ArrayList<>(java.util.Collections.nCopies(rank, Dim.ONE));
            shape.set(0, theta.dim(0));
            shape.set(rank - 1, Dim.of(d));
            Value by = c.reshape(TensorImport.part(n, theta, 2, Dim.of(j), Dim.ONE), shape);
            Value term = j == d ? by : c.mul(by, c.along(places(n, c, size.get(rank - 1 - j), theta.elem()), rank - 2 - j, rank));
            grid = grid == null ? term : c.add(grid, term);
        }
        n.out(grid);
    }

    // from -1 to 1, at the elements' middles or, with aligned corners, ends
    private static Value places(NodeImport n, Calc c, Dim size, ElementType t) {
        Value i = c.iota(size, ElementType.F64);
        Value s = c.dim(size, ElementType.F64);
        if (!n.flag("align_corners", false)) {
            return c.cast(c.add(c.div(c.add(c.mul(i, 2), 1), s), -1), t);
        }
        Value gaps = c.add(s, -1);
        Value one = c.eq(gaps, 0);
        return c.cast(c.where(one, c.num(i, 0), c.add(c.div(c.mul(i, 2), c.max(gaps, 1)), -1)), t);
    }

    private static void roiPool(NodeImport n) {
        Calc c = new Calc(n);
        Value x = n.need(0);
        ElementType t = wide(x.elem());
        long[] size = n.integers("pooled_shape");
        if (size == null || size.length != 2) {
            throw new LatheException("", "attribute pooled_shape must have two numbers");
        }
        Attrs a = Attrs.of("height", size[0], "width", size[1], "scale", n.real("spatial_scale", 1));
        n.out(c.cast(n.op("roi_pool", a, c.cast(x, t), c.cast(n.need(1), t)), x.elem()));
    }

    private static void roiAlign(NodeImport n) {
        Calc c = new Calc(n);
        Value x = n.need(0);
        ElementType t = wide(x.elem());
        String shift = n.text("coordinate_transformation_mode", n.opset() < 16 ? "output_half_pixel" : "half_pixel");
        Attrs a = Attrs.of("mode", n.text("mode", "avg").toLowerCase(Locale.ROOT), "height", n.integer("output_height", 1), "width", n.integer("output_width", 1),
                "ratio", n.integer("sampling_ratio", 0), "scale", n.real("spatial_scale", 1), "half", shift.equalsIgnoreCase("half_pixel"));
        Value y = n.op("roi_align", a, c.cast(x, t), c.cast(n.need(1), t), c.cast(n.need(2), ElementType.I64));
        n.out(c.cast(y, x.elem()));
    }

    private static void deformConv(NodeImport n) {
        Calc c = new Calc(n);
        Value x = n.need(0);
        Value w = n.need(1);
        ElementType t = wide(x.elem());
        int d = x.rank() - 2;
        if (d != 2) {
            throw n.unsupported("a convolution over " + d + " deformed dimensions");
        }
        int groups = (int) n.integer("group", 1);
        if (!n.hasAttr("kernel_shape") && !(w.dim(2).isConst() && w.dim(3).isConst())) {
            throw new LatheException("", "the extents of the kernel " + w.type() + " are not known", "give the attribute kernel_shape, or static shapes with --shape");
        }
        int[] kernel = n.hasAttr("kernel_shape") ? n.ints("kernel_shape") : new int[] {w.dim(2).intValue(), w.dim(3).intValue()};
        w = c.reshape(w, w.dim(0), w.dim(1), Dim.of(kernel[0]), Dim.of(kernel[1]));
        Attrs a = Attrs.of("kernel", kernel, "strides", NeuralImport.orOnes(n, "strides", d),
                "dilations", NeuralImport.orOnes(n, "dilations", d), "pads", n.hasAttr("pads") ? n.ints("pads") : new int[2 * d],
                "groups", n.integer("offset_group", 1));
        Value offset = c.cast(n.need(2), t);
        Value columns = n.has(4)
                ? n.op("deform_columns", a, c.cast(x, t), offset, c.cast(n.in(4), t))
                : n.op("deform_columns", a, c.cast(x, t), offset);
        // a product for each group
        Dim g = Dim.of(groups);
        Dim each = w.dim(0).floorDiv(groups);
        Dim depth = w.dim(1).times(w.dim(2)).times(w.dim(3));
        Dim oh = offset.dim(2);
        Dim ow = offset.dim(3);
        Value y = n.op("matmul", c.reshape(c.cast(w, t), Dim.ONE, g, each, depth), c.reshape(columns, x.dim(0), g, depth, oh.times(ow)));
        y = c.reshape(y, x.dim(0), w.dim(0), oh, ow);
        y = n.has(3) ? c.add(y, c.along(c.cast(n.in(3), t), 1, 4)) : y;
        n.out(c.cast(y, x.elem()));
    }
}
