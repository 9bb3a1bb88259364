package dev.lathe.compiler.paddle.ops;

import static dev.lathe.compiler.paddle.PaddleTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.paddle.PaddleNode;
import dev.lathe.compiler.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Resizing of images, and sampling at given places. */
public final class ResizeRows {
    private static final String[] OUT = {"out_d", "out_h", "out_w"};

    private ResizeRows() {}

    public static void register() {
        for (String v : new String[] {"", "_v2"}) {
            add("nearest_interp" + v, n -> n.out(resize(n, "nearest")));
            add("bilinear_interp" + v, n -> n.out(resize(n, "linear")));
            add("bicubic_interp" + v, n -> n.out(resize(n, "cubic")));
            add("linear_interp" + v, n -> n.out(resize(n, "linear")));
            add("trilinear_interp" + v, n -> n.out(resize(n, "linear")));
        }
        add("grid_sampler", n -> {
            String padding = n.text("padding_mode", "zeros");
            n.out("Output", n.onnx("GridSample", new Object[] {"mode", n.text("mode", "bilinear").equals("nearest") ? "nearest" : "linear",
                "padding_mode", padding.equals("reflect") ? "reflection" : padding, "align_corners", n.flag("align_corners", true) ? 1L : 0L}, n.need("X"), n.need("Grid")));
        });
        add("affine_grid", n -> n.out("Output", n.onnx("AffineGrid", new Object[] {"align_corners", n.flag("align_corners", true) ? 1L : 0L}, n.need("Theta"),
                n.b().dims(n.dims("OutputShape", "", "output_shape")))));
    }

    private static Value resize(PaddleNode n, String mode) {
        boolean last = ConvRows.channelsLast(n, "data_layout");
        Value x = last ? n.toFirst(n.need("X")) : n.need("X");
        int d = x.rank() - 2;
        float[] scale = scales(n, d);
        List<Dim> size = new ArrayList<>(x.tensor().dims().subList(0, 2));
        boolean scaled = scale != null && !n.has("OutSize") && !n.has("SizeTensor");
        if (n.has("OutSize")) {
            size.addAll(n.dims(n.need("OutSize")));
        } else if (n.has("SizeTensor")) {
            size.addAll(n.dims("", "SizeTensor", ""));
        } else {
            for (int i = 0; i < d; i++) {
                size.add(scaled ? scaled(x.dim(2 + i), scale[i]) : Dim.of(n.integer(OUT[3 - d + i], -1)));
            }
        }
        boolean align = n.flag("align_corners", true);
        boolean half = n.integer("align_mode", 1) == 0;
        String transform = align ? "align_corners" : mode.equals("cubic") || mode.equals("linear") && half ? "half_pixel" : "asymmetric";
        // without aligned corners nearest takes the place before, else the nearer one, the later of two
        Object[] attrs = {"mode", mode, "coordinate_transformation_mode", transform, "nearest_mode", align ? "round_prefer_ceil" : "floor", "cubic_coeff_a", -0.75};
        if (transform.equals("half_pixel") && mode.equals("linear")) {
            // a single place takes the first element, not the middle
            for (int i = 2; i < x.rank(); i++) {
                x = size.get(i).is(1) && !x.dim(i).is(1) ? n.part(x, i, Dim.ZERO, Dim.ONE) : x;
            }
        }
        Value y = null;
        if (scaled && !align && n.type().endsWith("_v2") && !whole(x, size, scale)) {
            // the second version goes on by the scale that is given, the first by what the extents make of it
            float[] all = new float[x.rank()];
            Arrays.fill(all, 0, 2, 1);
            System.arraycopy(scale, 0, all, 2, d);
            y = n.onnx("Resize", attrs, x, null, n.b().constant(Tensor.ofFloats(new int[] {all.length}, all)));
        }
        if (y == null || !y.tensor().dims().equals(size)) {
            y = n.onnx("Resize", attrs, x, null, null, n.b().dims(size));
        }
        return last ? n.toLast(y) : y;
    }

    /** True when the extents are a scale apart exactly. */
    private static boolean whole(Value x, List<Dim> size, float[] scale) {
        for (int i = 0; i < scale.length; i++) {
            Dim in = x.dim(2 + i);
            if (in.isConst() ? (double) in.value() * scale[i] != size.get(2 + i).value() : scale[i] != Math.rint(scale[i])) {
                return false;
            }
        }
        return true;
    }

    /** One scale for each axis, or null where sizes are given. */
    private static float[] scales(PaddleNode n, int d) {
        double[] s = new double[0];
        if (n.has("Scale")) {
            Tensor t = n.constant(n.need("Scale"));
            if (t == null) {
                throw new LatheException("", "the scale must be known when the model is compiled");
            }
            s = new double[t.size()];
            for (int i = 0; i < s.length; i++) {
                s[i] = t.number(i);
            }
        } else if (n.hasAttr("scale")) {
            s = n.type().endsWith("_v2") ? n.reals("scale") : new double[] {n.real("scale", 0)};
        }
        if (s.length == 0 || s[0] <= 0) {
            return null;
        }
        float[] r = new float[d];
        for (int i = 0; i < d; i++) {
            r[i] = (float) s[s.length == 1 ? 0 : i];
        }
        return r;
    }

    private static Dim scaled(Dim in, float scale) {
        if (in.isConst()) {
            return Dim.of((long) (in.value() * scale));
        }
        int whole = Math.round(scale);
        if (whole == scale) {
            return in.times(whole);
        }
        for (int den = 2; den <= 64; den++) {
            float num = scale * den;
            if (num == Math.rint(num)) {
                return in.times((long) num).floorDiv(den);
            }
        }
        throw new LatheException("", "a scale of " + scale + " needs known extents", "give static shapes with --shape");
    }
}
