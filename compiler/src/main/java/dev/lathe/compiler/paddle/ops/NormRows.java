package dev.lathe.compiler.paddle.ops;

import static dev.lathe.compiler.paddle.PaddleTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.paddle.PaddleNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Normalisations. */
public final class NormRows {
    private NormRows() {}

    public static void register() {
        add("batch_norm", n -> n.out("Y", batchNorm(n)));
        add("sync_batch_norm", n -> n.out("Y", batchNorm(n)));
        add("layer_norm", NormRows::layerNorm);
        add("instance_norm", NormRows::instanceNorm);
        add("group_norm", NormRows::groupNorm);
        add("affine_channel", NormRows::affineChannel);
        add("softmax", n -> n.out(n.op("softmax", Attrs.of("axis", axis(n)), n.need("X"))));
        add("log_softmax", n -> n.out(n.op("log_softmax", Attrs.of("axis", axis(n)), n.need("X"))));
        add("lrn", n -> {
            // the constant is added to alpha times the sum, not to its mean
            long size = n.integer("n", 5);
            n.out(n.onnx("LRN", new Object[] {"size", size, "alpha", n.real("alpha", 1e-4) * size, "beta", n.real("beta", 0.75), "bias", n.real("k", 2)}, n.need("X")));
        });
        add("norm", n -> {
            Value x = n.need("X");
            int axis = n.axis(n.integer("axis", -1), x.rank());
            Value sum = n.reduce("sum", n.op("mul", x, x), true, axis);
            n.out(n.op("div", x, n.op("sqrt", n.op("add", sum, n.like(x, n.real("epsilon", 1e-10))))));
        });
        add("p_norm", NormRows::norm);
        add("spectral_norm", NormRows::spectral);
    }

    /** Weights divided by their largest singular value, which some turns of power iteration come near to. */
    private static void spectral(PaddleNode n) {
        Value w = n.need("Weight");
        int first = n.axis(n.integer("dim", 0), w.rank());
        int[] perm = ShapeRows.all(w.rank());
        for (int i = first; i > 0; i--) {
            perm[i] = i - 1;
        }
        perm[0] = first;
        Dim rows = w.dim(first);
        Value matrix = n.transpose(w, perm);
        matrix = n.reshape(matrix, rows, Dim.product(matrix.tensor().dims().subList(1, w.rank())));
        Value u = n.reshape(n.need("U"), rows, Dim.ONE);
        Value v = n.reshape(n.need("V"), matrix.dim(1), Dim.ONE);
        for (int i = 0; i < n.intValue("power_iters", 1); i++) {
            v = unit(n, n.op("matmul", n.turned(matrix), u));
            u = unit(n, n.op("matmul", matrix, v));
        }
        Value sigma = n.reduce("sum", n.op("mul", u, n.op("matmul", matrix, v)), false, 0, 1);
        n.out(n.op("div", w, sigma));
    }

    private static Value unit(PaddleNode n, Value v) {
        Value length = n.op("sqrt", n.reduce("sum", n.op("mul", v, v), false, 0, 1));
        return n.op("div", v, n.op("add", length, n.real("eps", 1e-12)));
    }

    private static void norm(PaddleNode n) {
        Value x = n.need("X");
        double p = n.real("porder", 2);
        boolean keep = n.flag("keepdim", false);
        boolean all = n.flag("asvector", false);
        int[] axes = all ? ShapeRows.all(x.rank()) : new int[] {n.axis(n.integer("axis", -1), x.rank())};
        Value y;
        if (p == 2) {
            y = n.op("sqrt", n.reduce("sum", n.op("mul", x, x), keep, axes));
        } else if (Double.isInfinite(p)) {
            y = n.reduce(p > 0 ? "max" : "min", n.op("abs", x), keep, axes);
        } else if (p == 0) {
            y = n.reduce("sum", n.cast(n.op("ne", x, n.like(x, 0)), x.elem()), keep, axes);
        } else {
            Value sum = n.reduce("sum", p == 1 ? n.op("abs", x) : n.op("pow", n.op("abs", x), p), keep, axes);
            y = p == 1 ? sum : n.op("pow", sum, 1 / p);
        }
        n.out(y.rank() == 0 && !n.scalars() ? n.reshape(y, Dim.ONE) : y);
    }

    private static int axis(PaddleNode n) {
        return n.axis(n.integer("axis", -1), n.need("X").rank());
    }

    private static Value along(PaddleNode n, Value v, int axis, int rank) {
        List<Dim> dims = new ArrayList<>(Collections.nCopies(rank, Dim.ONE));
        dims.set(axis, v.tensor().size());
        return n.reshape(v, dims);
    }

    private static Value batchNorm(PaddleNode n) {
        boolean last = ConvRows.channelsLast(n, "data_layout") && n.need("X").rank() > 2;
        Value x = last ? n.toFirst(n.need("X")) : n.need("X");
        Value y = n.onnx("BatchNormalization", new Object[] {"epsilon", n.real("epsilon", 1e-5)}, x, n.need("Scale"), n.need("Bias"), n.need("Mean"), n.need("Variance"));
        y = n.flag("fuse_with_relu", false) ? n.op("relu", y) : y;
        return last ? n.toLast(y) : y;
    }

    private static void layerNorm(PaddleNode n) {
        Value x = n.need("X");
        int axis = n.axis(n.integer("begin_norm_axis", 1), x.rank());
        List<Dim> dims = x.tensor().dims().subList(axis, x.rank());
        Value scale = n.has("Scale") ? n.reshape(n.need("Scale"), dims) : n.expand(n.like(x, 1), dims);
        Value bias = n.has("Bias") ? n.reshape(n.need("Bias"), dims) : n.expand(n.like(x, 0), dims);
        n.out("Y", n.onnx("LayerNormalization", new Object[] {"axis", (long) axis, "epsilon", n.real("epsilon", 1e-5)}, x, scale, bias));
    }

    private static boolean channelsLast(PaddleNode n) {
        return n.need("X").rank() > 2 && (ConvRows.channelsLast(n, "data_layout") || ConvRows.channelsLast(n, "data_format"));
    }

    private static void instanceNorm(PaddleNode n) {
        boolean last = channelsLast(n);
        Value x = last ? n.toFirst(n.need("X")) : n.need("X");
        List<Dim> channels = List.of(x.dim(1));
        Value scale = n.has("Scale") ? n.need("Scale") : n.expand(n.like(x, 1), channels);
        Value bias = n.has("Bias") ? n.need("Bias") : n.expand(n.like(x, 0), channels);
        Value y = n.onnx("InstanceNormalization", new Object[] {"epsilon", n.real("epsilon", 1e-5)}, x, scale, bias);
        n.out("Y", last ? n.toLast(y) : y);
    }

    private static void groupNorm(PaddleNode n) {
        boolean last = channelsLast(n);
        Value x = last ? n.toFirst(n.need("X")) : n.need("X");
        List<Dim> channels = List.of(x.dim(1));
        Value scale = n.has("Scale") ? n.need("Scale") : n.expand(n.like(x, 1), channels);
        Value bias = n.has("Bias") ? n.need("Bias") : n.expand(n.like(x, 0), channels);
        Value y = n.onnx("GroupNormalization", new Object[] {"epsilon", n.real("epsilon", 1e-5), "num_groups", n.integer("groups", 1)}, x, scale, bias);
        n.out("Y", last ? n.toLast(y) : y);
    }

    private static void affineChannel(PaddleNode n) {
        Value x = n.need("X");
        int axis = n.text("data_layout", "NCHW").equals("NHWC") ? x.rank() - 1 : 1;
        n.out(n.op("add", n.op("mul", x, along(n, n.need("Scale"), axis, x.rank())), along(n, n.need("Bias"), axis, x.rank())));
    }
}
