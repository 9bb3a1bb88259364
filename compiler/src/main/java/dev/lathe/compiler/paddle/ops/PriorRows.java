package dev.lathe.compiler.paddle.ops;

import static dev.lathe.compiler.paddle.PaddleTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.paddle.PaddleNode;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** Boxes that detectors start from: constants, given the extents of the feature map and of the image. */
public final class PriorRows {
    private PriorRows() {}

    public static void register() {
        add("prior_box", PriorRows::priors);
        add("density_prior_box", PriorRows::dense);
    }

    /** A box around a cell's centre: offset of its own centre and half extents, in pixels. */
    private record Box(double dx, double dy, double halfWidth, double halfHeight) {}

    private static double known(Value v, int axis) {
        if (!v.dim(axis).isConst()) {
            throw new LatheException("", "the boxes need known heights and widths", "give the image's input a static shape with --shape");
        }
        return v.dim(axis).value();
    }

    private static double step(PaddleNode n, String attr, int axis) {
        double given = n.real(attr, 0);
        return given > 0 ? given : known(n.need("Image"), axis) / known(n.need("Input"), axis);
    }

    private static void priors(PaddleNode n) {
        List<Double> ratios = new ArrayList<>(List.of(1.0));
        for (double r : n.reals("aspect_ratios")) {
            if (ratios.stream().noneMatch(have -> Math.abs(have - r) < 1e-6)) {
                ratios.add(r);
                if (n.flag("flip", false)) {
                    ratios.add(1 / r);
                }
            }
        }
        double[] min = n.reals("min_sizes");
        double[] max = n.reals("max_sizes");
        boolean maxSecond = n.flag("min_max_aspect_ratios_order", false);
        List<Box> boxes = new ArrayList<>();
        for (int i = 0; i < min.length; i++) {
            Box largest = max.length == 0 ? null : new Box(0, 0, Math.sqrt(min[i] * max[i]) / 2, Math.sqrt(min[i] * max[i]) / 2);
            for (double r : ratios) {
                boxes.add(new Box(0, 0, min[i] * Math.sqrt(r) / 2, min[i] / Math.sqrt(r) / 2));
                if (maxSecond && r == 1 && largest != null) {
                    boxes.add(largest);
                }
            }
            if (!maxSecond && largest != null) {
                boxes.add(largest);
            }
        }
        place(n, boxes, n.flag("clip", false));
    }

    private static void dense(PaddleNode n) {
        double[] sizes = n.reals("fixed_sizes");
        double[] ratios = n.reals("fixed_ratios");
        int[] densities = n.ints("densities");
        int step = (int) ((step(n, "step_w", 3) + step(n, "step_h", 2)) * 0.5);
        List<Box> boxes = new ArrayList<>();
        for (int i = 0; i < sizes.length; i++) {
            int shift = step / densities[i];
            for (double r : ratios) {
                for (int k = 0; k < densities[i] * densities[i]; k++) {
                    double dx = -step / 2.0 + shift / 2.0 + k % densities[i] * shift;
                    double dy = -step / 2.0 + shift / 2.0 + k / densities[i] * shift;
                    boxes.add(new Box(dx, dy, sizes[i] * Math.sqrt(r) / 2, sizes[i] / Math.sqrt(r) / 2));
                }
            }
        }
        place(n, boxes, true);
    }

    private static boolean fixed(PaddleNode n) {
        List<Dim> all = List.of(n.need("Input").dim(2), n.need("Input").dim(3), n.need("Image").dim(2), n.need("Image").dim(3));
        return all.stream().allMatch(Dim::isConst);
    }

    private static Value real(PaddleNode n, Dim d) {
        return n.cast(n.b().dim(d), ElementType.F64);
    }

    private static Value reals(PaddleNode n, List<Box> boxes, ToDoubleFunction<Box> of) {
        return n.b().constant(new Tensor(ElementType.F64, new int[] {boxes.size(), 1}, boxes.stream().mapToDouble(of).toArray()));
    }

    /** As {@link #place} where extents are found while running. */
    private static void placeLater(PaddleNode n, List<Box> boxes, boolean clip) {
        Dim h = n.need("Input").dim(2);
        Dim w = n.need("Input").dim(3);
        List<Dim> dims = List.of(h, w, Dim.of(boxes.size()), Dim.ONE);
        List<Value> low = new ArrayList<>();
        List<Value> high = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            Dim cells = i == 0 ? w : h;
            Value image = real(n, n.need("Image").dim(3 - i));
            double given = n.real(i == 0 ? "step_w" : "step_h", 0);
            Value step = given > 0 ? n.b().scalar(ElementType.F64, given) : n.op("div", image, real(n, cells));
            Value cell = n.op("add", n.cast(Sequences.iota(n, cells), ElementType.F64), n.b().scalar(ElementType.F64, n.real("offset", 0.5)));
            cell = n.reshape(cell, i == 0 ? List.of(Dim.ONE, w, Dim.ONE, Dim.ONE) : List.of(h, Dim.ONE, Dim.ONE, Dim.ONE));
            Value centre = n.op("add", n.op("mul", cell, step), reals(n, boxes, i == 0 ? Box::dx : Box::dy));
            Value half = reals(n, boxes, i == 0 ? Box::halfWidth : Box::halfHeight);
            low.add(n.expand(n.cast(n.op("div", n.op("sub", centre, half), image), ElementType.F32), dims));
            high.add(n.expand(n.cast(n.op("div", n.op("add", centre, half), image), ElementType.F32), dims));
        }
        low.addAll(high);
        Value all = n.concat(low, 3);
        all = clip ? n.between(all, 0, 1) : all;
        double[] v = n.reals("variances");
        List<Dim> four = List.of(h, w, Dim.of(boxes.size()), Dim.of(4));
        Value each = n.expand(n.b().constant(Tensor.ofFloats(new int[] {4}, (float) v[0], (float) v[1], (float) v[2], (float) v[3])), four);
        List<Dim> flat = n.flag("flatten_to_2d", false) ? List.of(h.times(w).times(boxes.size()), Dim.of(4)) : four;
        n.out("Boxes", n.reshape(all, flat));
        n.out("Variances", n.reshape(each, flat));
    }

    private static void place(PaddleNode n, List<Box> boxes, boolean clip) {
        if (!fixed(n)) {
            placeLater(n, boxes, clip);
            return;
        }
        int h = (int) known(n.need("Input"), 2);
        int w = (int) known(n.need("Input"), 3);
        double height = known(n.need("Image"), 2);
        double width = known(n.need("Image"), 3);
        double stepX = step(n, "step_w", 3);
        double stepY = step(n, "step_h", 2);
        double offset = n.real("offset", 0.5);
        double[] variance = n.reals("variances");
        float[] out = new float[h * w * boxes.size() * 4];
        float[] variances = new float[out.length];
        int at = 0;
        for (int y = 0; y < h; y++) {
            for (int x = 0; x < w; x++) {
                for (Box b : boxes) {
                    double cx = (x + offset) * stepX + b.dx();
                    double cy = (y + offset) * stepY + b.dy();
                    double[] box = {(cx - b.halfWidth()) / width, (cy - b.halfHeight()) / height, (cx + b.halfWidth()) / width, (cy + b.halfHeight()) / height};
                    for (int k = 0; k < 4; k++, at++) {
                        out[at] = (float) (clip ? Math.min(Math.max(box[k], 0), 1) : box[k]);
                        variances[at] = (float) variance[k];
                    }
                }
            }
        }
        Value all = n.b().constant(Tensor.ofFloats(new int[] {h, w, boxes.size(), 4}, out));
        Value each = n.b().constant(Tensor.ofFloats(new int[] {h, w, boxes.size(), 4}, variances));
        boolean flat = n.flag("flatten_to_2d", false);
        List<Dim> dims = Dim.list((long) h * w * boxes.size(), 4);
        n.out("Boxes", flat ? n.reshape(all, dims) : all);
        n.out("Variances", flat ? n.reshape(each, dims) : each);
    }
}
