package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ImportTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.NodeImport;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.Storage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** Normalisation over space, groups and neighbours, by vector norms, and of batches while training. */
public final class NormImport {
    private NormImport() {}

    public static void register() {
        add("InstanceNormalization", NormImport::instanceNorm);
        add("GroupNormalization", NormImport::groupNorm);
        add("MeanVarianceNormalization", NormImport::meanVariance);
        add("LpNormalization", NormImport::lpNorm);
        add("LRN", NormImport::lrn);
    }

    // as reductions over space, which no layout of the channels stands in the way of
    private static void instanceNorm(NodeImport n) {
        Calc c = new Calc(n);
        Value x = n.need(0);
        int[] axes = new int[x.rank() - 2];
        Arrays.setAll(axes, i -> 2 + i);
        Value d = c.sub(x, c.reduce("mean", x, true, axes));
        Value count = c.dim(Dim.product(x.tensor().dims().subList(2, x.rank())), x.elem());
        Value variance = c.div(c.reduce("sum_square", d, true, axes), count);
        Value scale = c.div(c.along(n.need(1), 1, x.rank()), n.op("sqrt", c.add(variance, n.real("epsilon", 1e-5))));
        n.out(c.add(c.mul(d, scale), c.along(n.need(2), 1, x.rank())));
    }

    /** {@code x} with mean 0 and variance 1 over space and the channels of each of {@code groups}. */
    static Value normalise(NodeImport n, Value x, Dim groups, double eps) {
        Calc c = new Calc(n);
        List<Dim> dims = x.tensor().dims();
        Dim rest = Dim.product(dims.subList(1, dims.size())).floorDiv(groups);
        Value flat = c.reshape(x, dims.get(0), groups, rest);
        return c.reshape(standard(n, flat, eps), dims);
    }

    /** Mean 0 and variance 1 over the last dimension. */
    static Value standard(NodeImport n, Value x, double eps) {
        if (x.elem().storage() == Storage.F32) {
            return n.op("layer_norm", Attrs.of("dims", 1, "eps", eps, "mean", true), x);
        }
        Calc c = new Calc(n);
        int last = x.rank() - 1;
        Value d = c.sub(x, c.reduce("mean", x, true, last));
        return c.div(d, n.op("sqrt", c.add(c.reduce("mean", c.mul(d, d), true, last), eps)));
    }

    // times scale plus bias of each channel
    static Value affine(Calc c, Value y, Value scale, Value bias) {
        return c.add(c.mul(y, c.along(scale, 1, y.rank())), c.along(bias, 1, y.rank()));
    }

    private static void groupNorm(NodeImport n) {
        Calc c = new Calc(n);
        Value x = n.need(0);
        Dim groups = Dim.of(n.integer("num_groups", 1));
        ElementType stash = n.opset() >= 21 ? n.type("stash_type", ElementType.F32) : x.elem();
        Value y = normalise(n, c.cast(x, stash), groups, n.real("epsilon", 1e-5));
        Value scale = n.need(1);
        Value bias = n.need(2);
        if (n.opset() < 21) {
            // one number a group
            scale = perChannel(c, scale, x.dim(1));
            bias = perChannel(c, bias, x.dim(1));
        }
        n.out(affine(c, c.cast(y, x.elem()), scale, bias));
    }

    private static Value perChannel(Calc c, Value v, Dim channels) {
        Dim each = channels.floorDiv(v.dim(0));
        return c.reshape(c.expand(c.reshape(v, v.dim(0), Dim.ONE), List.of(v.dim(0), each)), channels);
    }

    private static void meanVariance(NodeImport n) {
        Calc c = new Calc(n);
        Value x = n.need(0);
        int[] axes = n.hasAttr("axes") ? n.ints("axes") : new int[] {0, 2, 3};
        if (n.opset() < 9 && !n.hasAttr("axes")) {
            axes = n.flag("across_channels", false) ? new int[] {0, 1, 2, 3} : axes;
        }
        axes = Arrays.stream(axes).map(a -> n.axis(a, x.rank())).sorted().toArray();
        Value mean = c.reduce("mean", x, true, axes);
        Value variance = c.sub(c.reduce("mean", c.mul(x, x), true, axes), c.mul(mean, mean));
        Value d = c.sub(x, mean);
        n.out(n.opset() < 9 && !n.flag("normalize_variance", true) ? d : c.div(d, c.add(n.op("sqrt", variance), 1e-9)));
    }

    private static void lpNorm(NodeImport n) {
        Calc c = new Calc(n);
        Value x = n.need(0);
        int axis = n.axis("axis", -1, x.rank());
        Value norm = c.reduce(n.integer("p", 2) == 1 ? "l1" : "l2", x, true, axis);
        // nothing divided by nothing is nothing
        n.out(c.div(x, c.where(c.eq(norm, 0), c.num(norm, 1), norm)));
    }

    private static void lrn(NodeImport n) {
        Calc c = new Calc(n);
        Value x = n.need(0);
        int size = (int) n.integer("size", 1);
        List<Dim> dims = x.tensor().dims();
        Dim rest = Dim.product(dims.subList(2, dims.size()));
        // a window that slides over channels
        Value squares = c.reshape(c.mul(x, x), dims.get(0), Dim.ONE, dims.get(1), rest);
        int before = (size - 1) / 2;
        Attrs a = Attrs.of("kind", "sum", "kernel", new int[] {size, 1}, "strides", new int[] {1, 1}, "dilations", new int[] {1, 1},
                "pads", new int[] {before, 0, size - 1 - before, 0}, "ceil", false, "count_pads", false, "layout", "first");
        Value sum = c.reshape(n.op("pool", a, squares), dims);
        Value base = c.add(c.mul(sum, n.real("alpha", 1e-4) / size), n.real("bias", 1));
        n.out(c.div(x, n.op("pow", base, n.like(0, n.real("beta", 0.75)))));
    }

    /** Batch normalisation that takes mean and variance from the batch and keeps running ones. */
    static void trainBatchNorm(NodeImport n) {
        Calc c = new Calc(n);
        Value x = n.need(0);
        int[] axes = new int[x.rank() - 1];
        Arrays.setAll(axes, i -> i == 0 ? 0 : i + 1);
        Value wide = c.cast(x, n.elem(3));
        Value mean = c.reduce("mean", wide, true, axes);
        Value d = c.sub(wide, mean);
        Value variance = c.reduce("mean", c.mul(d, d), true, axes);
        Value y = c.div(d, n.op("sqrt", c.add(variance, n.real("epsilon", 1e-5))));
        List<Dim> channel = new ArrayList<>(Collections.nCopies(x.rank(), Dim.ONE));
        channel.set(1, x.dim(1));
        Value scale = c.cast(c.reshape(n.need(1), channel), y.elem());
        Value bias = c.cast(c.reshape(n.need(2), channel), y.elem());
        n.out(c.cast(c.add(c.mul(y, scale), bias), x.elem()));
        float keep = n.real("momentum", 0.9);
        n.out(1, c.add(c.mul(n.need(3), keep), c.mul(c.reshape(mean, x.dim(1)), 1 - keep)));
        n.out(2, c.add(c.mul(n.need(4), keep), c.mul(c.reshape(variance, x.dim(1)), 1 - keep)));
        // the batch's own, of which later versions say nothing
        n.out(3, c.reshape(mean, x.dim(1)));
        n.out(4, c.reshape(variance, x.dim(1)));
    }
}
