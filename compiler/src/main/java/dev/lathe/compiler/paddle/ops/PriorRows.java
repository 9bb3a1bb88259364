package dev.lathe.compiler.paddle.ops;

import static dev.lathe.compiler.paddle.PaddleTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.paddle.PaddleNode;
import dev.lathe.compiler.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

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

    private static void place(PaddleNode n, List<Box> boxes, boolean clip) {
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
