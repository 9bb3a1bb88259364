package dev.lathe.compiler.paddle.ops;

import static dev.lathe.compiler.paddle.PaddleTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.paddle.PaddleNode;
import java.util.Arrays;

/** Convolutions and their transposes. */
public final class ConvRows {
    private ConvRows() {}

    public static void register() {
        for (String op : new String[] {"conv2d", "depthwise_conv2d", "conv3d"}) {
            add(op, n -> n.out("Output", conv(n)));
        }
        for (String op : new String[] {"conv2d_transpose", "depthwise_conv2d_transpose", "conv3d_transpose"}) {
            add(op, n -> n.out("Output", transposed(n)));
        }
        // the first version has no mask
        for (String op : new String[] {"deformable_conv", "deformable_conv_v1"}) {
            add(op, n -> n.out("Output", n.onnx("DeformConv", new Object[] {"strides", n.ints("strides"), "dilations", n.ints("dilations"),
                "pads", pads(n, 2), "group", n.integer("groups", 1), "offset_group", n.integer("deformable_groups", 1)},
                n.need("Input"), n.need("Filter"), n.need("Offset"), null, n.in("Mask"))));
        }
    }

    static boolean channelsLast(PaddleNode n, String attr) {
        String f = n.text(attr, "NCHW");
        return f.equals("NHWC") || f.equals("NDHWC") || f.equals("NLC");
    }

    /** Begins, then ends; PaddlePaddle gives one number for both or two an axis. */
    static int[] pads(PaddleNode n, int d) {
        int[] p = n.ints("paddings");
        int[] r = new int[2 * d];
        if (p.length == 1) {
            Arrays.fill(r, p[0]);
        } else if (p.length != 0 && p.length != d && p.length != 2 * d) {
            throw new LatheException("", "attribute paddings has " + p.length + " entries for " + d + " spatial dimensions");
        } else {
            for (int i = 0; i < d && p.length > 0; i++) {
                r[i] = p.length == d ? p[i] : p[2 * i];
                r[d + i] = p.length == d ? p[i] : p[2 * i + 1];
            }
        }
        return r;
    }

    private static Value conv(PaddleNode n) {
        boolean last = channelsLast(n, "data_format");
        Value x = last ? n.toFirst(n.need("Input")) : n.need("Input");
        int d = x.rank() - 2;
        String algorithm = n.text("padding_algorithm", "EXPLICIT");
        int[] ones = new int[d];
        Arrays.fill(ones, 1);
        Object pads = algorithm.equals("VALID") ? new int[2 * d] : pads(n, d);
        boolean same = algorithm.equals("SAME");
        Object[] attrs = {"strides", n.ints("strides", ones), "dilations", same ? ones : n.ints("dilations", ones), "group", n.integer("groups", 1),
            same ? "auto_pad" : "pads", same ? "SAME_UPPER" : pads};
        Value bias = n.has("Bias") ? n.reshape(n.need("Bias"), n.need("Filter").dim(0)) : null;
        Value y = n.onnx("Conv", attrs, x, n.need("Filter"), bias);
        if (n.has("ResidualData")) {
            y = n.op("add", y, last ? n.toFirst(n.need("ResidualData")) : n.need("ResidualData"));
        }
        y = n.activate(y, n.flag("fuse_relu", false) ? "relu" : n.text("fuse_activation", ""));
        return last ? n.toLast(y) : y;
    }

    private static Value transposed(PaddleNode n) {
        boolean last = channelsLast(n, "data_format");
        Value x = last ? n.toFirst(n.need("Input")) : n.need("Input");
        Value w = n.need("Filter");
        int d = x.rank() - 2;
        int[] ones = new int[d];
        Arrays.fill(ones, 1);
        int[] strides = n.ints("strides", ones);
        String algorithm = n.text("padding_algorithm", "EXPLICIT");
        int[] dilations = algorithm.equals("SAME") ? ones : n.ints("dilations", ones);
        int[] p = algorithm.equals("EXPLICIT") ? pads(n, d) : new int[2 * d];
        Dim[] cut = new Dim[d];
        if (algorithm.equals("SAME")) {
            for (int i = 0; i < d; i++) {
                Dim sum = samePads(x.dim(2 + i), w.dim(2 + i), strides[i]);
                if (sum.isConst()) {
                    p[i] = sum.intValue() / 2;
                    p[d + i] = sum.intValue() - p[i];
                } else {
                    cut[i] = sum;
                }
            }
        }
        int[] more = n.ints("output_padding");
        more = more.length == 0 ? new int[d] : more.clone();
        int[] size = n.ints("output_size");
        for (int i = 0; i < size.length; i++) {
            Dim without = x.dim(2 + i).minus(1).times(strides[i]).plus(w.dim(2 + i).minus(1).times(dilations[i])).plus(1 - p[i] - p[d + i]);
            if (!without.isConst()) {
                throw new LatheException("", "output_size needs known extents", "give static shapes with --shape");
            }
            more[i] = size[i] - without.intValue();
        }
        Value y = n.onnx("ConvTranspose", new Object[] {"strides", strides, "dilations", dilations, "group", n.integer("groups", 1), "pads", p, "output_padding", more},
                x, w, n.has("Bias") ? n.reshape(n.need("Bias"), w.dim(1).times(n.integer("groups", 1))) : null);
        for (int i = 0; i < d; i++) {
            y = cut[i] == null ? y : n.part(y, 2 + i, cut[i].floorDiv(2), y.dim(2 + i).minus(cut[i]));
        }
        return last ? n.toLast(y) : y;
    }

    /** How much lies around an input so that a window finds a place for each step: SAME, for transposed convolutions, too, means the input. */
    private static Dim samePads(Dim in, Dim kernel, int stride) {
        return in.plus(stride - 1).floorDiv(stride).minus(1).times(stride).plus(kernel).minus(in).max(Dim.ZERO);
    }
}
