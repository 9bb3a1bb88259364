package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ImportTable.add;

import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.NodeImport;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.Storage;

/** Normalisation over the last dimensions, and the forms of it that transformer exporters write. */
public final class LayerNormImport {
    private static final String MS = "com.microsoft.";

    /** Index of a result that there isn't. */
    private static final int NONE = 99;

    private LayerNormImport() {}

    public static void register() {
        add("LayerNormalization", n -> {
            Value x = n.need(0);
            int axis = n.axis("axis", -1, x.rank());
            layerNorm(n, x, n.need(1), n.in(2), axis, 0, 1, 2);
        });
        add("RMSNormalization", n -> rms(n, n.need(0), n.need(1), n.axis("axis", -1, n.rank(0)), 0, NONE));
        // what ONNX Runtime's optimiser writes; the first is in the default domain
        add("SimplifiedLayerNormalization", n -> rms(n, n.need(0), n.need(1), n.axis("axis", -1, n.rank(0)), 0, 1));
        add(MS + "SimplifiedLayerNormalization", n -> rms(n, n.need(0), n.need(1), n.axis("axis", -1, n.rank(0)), 0, 1));
        add(MS + "LayerNormalization", n -> layerNorm(n, n.need(0), n.need(1), n.in(2), n.axis("axis", -1, n.rank(0)), 0, 1, 2));
        add(MS + "SkipLayerNormalization", n -> {
            Value x = skip(n, n.in(4));
            layerNorm(n, x, n.need(2), n.in(3), x.rank() - 1, 0, 1, 2);
            n.out(3, x);
        });
        add(MS + "SkipSimplifiedLayerNormalization", n -> {
            Value x = skip(n, n.in(3));
            rms(n, x, n.need(2), x.rank() - 1, 0, 2);
            n.out(3, x);
        });
        add(MS + "EmbedLayerNormalization", LayerNormImport::embed);
        add(MS + "QEmbedLayerNormalization", LayerNormImport::embedQuantised);
    }

    private static Value skip(NodeImport n, Value bias) {
        Value x = n.op("add", n.need(0), n.need(1));
        return bias == null ? x : n.op("add", x, bias);
    }

    private static int[] from(int axis, int rank) {
        int[] axes = new int[rank - axis];
        java.util.Arrays.setAll(axes, i -> axis + i);
        return axes;
    }

    /** @param mean index of the result that takes the mean, as {@code deviation} that of 1 / standard deviation */
    private static void layerNorm(NodeImport n, Value x, Value scale, Value bias, int axis, int out, int mean, int deviation) {
        Calc c = new Calc(n);
        int dims = x.rank() - axis;
        double eps = n.real("epsilon", 1e-5);
        boolean whole = x.elem().storage() == Storage.F32 && scale.elem() == x.elem() && scale.rank() <= dims && (bias == null || bias.rank() <= dims);
        if (whole) {
            Attrs a = Attrs.of("dims", dims, "eps", eps, "mean", true);
            n.out(out, bias == null ? n.op("layer_norm", a, x, scale) : n.op("layer_norm", a, x, scale, bias));
        }
        if (whole && !n.wants(mean) && !n.wants(deviation)) {
            return;
        }
        ElementType stash = n.type("stash_type", ElementType.F32);
        Value wide = x.elem() == ElementType.F64 ? x : c.cast(x, ElementType.F32);
        int[] axes = from(axis, x.rank());
        Value m = c.reduce("mean", wide, true, axes);
        Value d = c.sub(wide, m);
        Value inverse = inverse(n, c, d, axes, eps);
        if (!whole) {
            Value y = c.mul(c.cast(c.mul(d, inverse), scale.elem()), scale);
            n.out(out, c.cast(bias == null ? y : c.add(y, bias), x.elem()));
        }
        n.out(mean, c.cast(m, stash));
        n.out(deviation, c.cast(inverse, stash));
    }

    private static Value inverse(NodeImport n, Calc c, Value d, int[] axes, double eps) {
        Value var = c.reduce("mean", c.mul(d, d), true, axes);
        return c.div(c.num(var, 1), n.op("sqrt", c.add(var, eps)));
    }

    private static void rms(NodeImport n, Value x, Value scale, int axis, int out, int deviation) {
        Calc c = new Calc(n);
        int dims = x.rank() - axis;
        double eps = n.real("epsilon", 1e-5);
        boolean whole = x.elem().storage() == Storage.F32 && scale.elem() == x.elem() && scale.rank() <= dims;
        if (whole) {
            n.out(out, n.op("layer_norm", Attrs.of("dims", dims, "eps", eps, "mean", false), x, scale));
        }
        if (whole && !n.wants(deviation)) {
            return;
        }
        Value wide = x.elem() == ElementType.F64 ? x : c.cast(x, ElementType.F32);
        Value inverse = inverse(n, c, wide, from(axis, x.rank()), eps);
        if (!whole) {
            n.out(out, c.mul(c.cast(c.mul(wide, inverse), scale.elem()), scale));
        }
        n.out(deviation, inverse);
    }

    // input_ids, segment_ids, word, position and segment embeddings, gamma, beta, mask, position_ids
    /** An operand, or the rows of it that an index names; null: the operand whole. */
    @FunctionalInterface
    private interface Table {
        Value rows(int operand, Value index);
    }

    // ids, segments, tables of words, places and segments, scale, bias, mask, places
    private static void embed(NodeImport n) {
        n.out(2, embed(n, (i, index) -> index == null ? n.need(i) : new Calc(n).gather(n.need(i), index, 0), n.in(8)));
    }

    // the same with tables, scale and bias of 8 bits; their scales from operand 8 on, their zero points from 13 on
    private static void embedQuantised(NodeImport n) {
        Quant q = new Quant(n);
        embed(n, (i, index) -> {
            int k = i - 2;
            Value v = index == null ? n.need(i) : q.c.gather(n.need(i), index, 0);
            return q.dequantized(v, q.scalar(n.need(8 + k)), q.scalar(n.need(13 + k)), ElementType.F32);
        }, null);
    }

    private static Value embed(NodeImport n, Table t, Value given) {
        Calc c = new Calc(n);
        Value ids = n.need(0);
        Value places = given != null ? given : c.iota(ids.dim(1), ElementType.I64);
        Value x = c.add(t.rows(2, ids), t.rows(3, places));
        x = n.has(1) ? c.add(x, t.rows(4, n.in(1))) : x;
        layerNorm(n, x, t.rows(5, null), t.rows(6, null), 2, 0, NONE, NONE);
        if (n.wants(1)) {
            // how many of a sequence are no padding
            Value mask = n.has(7) ? c.reduce("sum", c.cast(n.in(7), ElementType.I32), false, 1) : c.expand(n.b().scalar(ElementType.I32, 0), java.util.List.of(ids.dim(0)));
            n.out(1, mask);
        }
        return x;
    }
}
