package dev.lathe.compiler.mnn.ops;

import static dev.lathe.compiler.mnn.MnnTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.mnn.Layout;
import dev.lathe.compiler.mnn.MnnNode;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Resizing of images, and sampling at given places. */
public final class ImageRows {
    private static final int NEAREST = 1;
    private static final int LINEAR = 2;
    private static final int CUBIC = 3;
    private static final int ROUNDED = 4;

    private ImageRows() {}

    public static void register() {
        add("Interp", ImageRows::interpolate);
        add("Interp3D", ImageRows::interpolate);
        add("Resize", n -> {
            Value x = n.as(0, Layout.FIRST);
            float[] scales = {1, 1, n.real(1, 1), n.real(0, 1)};
            return n.likeInput(n.onnx("Resize", new Object[] {"mode", "linear", "coordinate_transformation_mode", "asymmetric"}, x, null,
                    ConvRows.constant(n, scales, 4)));
        });
        add("GridSample", n -> {
            if (n.flag(3) || n.small(1, 0) > 2) {
                throw n.unsupported("this kind of sampling");
            }
            String[] borders = {"zeros", "border", "reflection"};
            Object[] attrs = {"mode", n.small(0, 0) == 0 ? "linear" : "nearest", "padding_mode", borders[n.small(1, 0)], "align_corners", n.flag(2) ? 1L : 0L};
            return n.likeInput(n.onnx("GridSample", attrs, n.as(0, Layout.FIRST), n.need(1)));
        });
        add("ROIAlign", n -> {
            Object[] attrs = {"mode", n.small(5, 1) == 1 ? "avg" : "max", "output_height", (long) n.integer(1, 1), "output_width", (long) n.integer(0, 1),
                "sampling_ratio", (long) Math.max(0, n.integer(3, -1)), "spatial_scale", n.real(2, 1),
                "coordinate_transformation_mode", n.flag(4) ? "half_pixel" : "output_half_pixel"};
            return n.likeInput(n.onnx("RoiAlign", attrs, n.as(0, Layout.FIRST), n.need(1), n.cast(n.need(2), ElementType.I64)));
        });
    }

    /** Where a place of the result stands in the operand, by ONNX's name. */
    private static String transform(MnnNode n, int kind) {
        int given = n.small(10, 0);
        return switch (given) {
            // before models said it themselves; nearest knew no half pixels then
            case 0 -> n.flag(6) && kind != NEAREST ? "half_pixel" : n.flag(5) ? "align_corners" : "asymmetric";
            case 1 -> "align_corners";
            case 2 -> "half_pixel";
            case 3 -> "pytorch_half_pixel";
            case 4 -> "asymmetric";
            case 5 -> "tf_half_pixel_for_nn";
            default -> throw n.unsupported("mode " + given + " of coordinates");
        };
    }

    private static Value interpolate(MnnNode n) {
        Value x = n.as(0, Layout.FIRST);
        int d = x.rank() - 2;
        int kind = n.integer(4, 0);
        if (kind < NEAREST || kind > ROUNDED) {
            throw n.unsupported("interpolation of kind " + kind);
        }
        Object[] attrs = {"mode", kind == LINEAR ? "linear" : kind == CUBIC ? "cubic" : "nearest", "coordinate_transformation_mode", transform(n, kind),
            "nearest_mode", kind == ROUNDED ? "round_prefer_ceil" : "floor", "cubic_coeff_a", n.real(9, -0.75)};
        List<Dim> size = new ArrayList<>(x.tensor().dims().subList(0, 2));
        if (n.in().size() > 1) {
            Value given = n.need(1);
            boolean all = given.tensor().size().is(x.rank());
            if (given.elem().isFloat()) {
                Tensor t = n.constant(given);
                if (t == null) {
                    throw new LatheException("", "the scale must be known when the model is compiled");
                }
                if (all) {
                    boolean last = n.layout(0).channelsLast();
                    float[] scales = new float[x.rank()];
                    for (int i = 0; i < scales.length; i++) {
                        int at = !last || i == 0 ? i : i == 1 ? x.rank() - 1 : i - 1;
                        scales[i] = (float) t.number(at);
                    }
                    return n.likeInput(n.onnx("Resize", attrs, x, null, ConvRows.constant(n, scales, scales.length)));
                }
                for (int i = 0; i < d; i++) {
                    size.add(Dim.of((long) t.number(i)));
                }
            } else {
                List<Dim> dims = n.dims(given);
                int from = !all ? 0 : n.layout(0).channelsLast() ? 1 : 2;
                size.addAll(dims.subList(from, from + d));
            }
        } else {
            int[] own = d == 3 ? new int[] {n.integer(12, 0), n.integer(3, 0), n.integer(2, 0)} : new int[] {n.integer(3, 0), n.integer(2, 0)};
            float[] scales = d == 3 ? new float[] {n.real(11, 0), n.real(1, 0), n.real(0, 0)} : new float[] {n.real(1, 0), n.real(0, 0)};
            boolean given = Arrays.stream(own).allMatch(o -> o != 0);
            for (int i = 0; i < d; i++) {
                size.add(given ? Dim.of(own[i]) : scaled(n, x.dim(2 + i), scales[i]));
            }
        }
        return n.likeInput(n.onnx("Resize", attrs, x, null, null, n.b().dims(size)));
    }

    private static Dim scaled(MnnNode n, Dim in, float by) {
        if (in.isConst()) {
            return Dim.of((long) (in.value() * by));
        }
        if (by != Math.rint(by)) {
            throw new LatheException("", "a scale of " + by + " needs known extents", "give static shapes with --shape");
        }
        return in.times((long) by);
    }
}
