package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ImportTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.NodeImport;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.List;

/** The attention operators of the com.microsoft domain. */
public final class MultiHeadImport {
    private static final String MS = "com.microsoft.";

    private MultiHeadImport() {}

    public static void register() {
        add(MS + "Attention", MultiHeadImport::attention);
        add(MS + "QAttention", MultiHeadImport::quantised);
        add(MS + "MultiHeadAttention", MultiHeadImport::multiHead);
    }

    static Value attend(NodeImport n, Calc c, Value q, Value k, Value v, Value bias) {
        return attend(n, c, q, k, v, bias, null);
    }

    /**
     * Attention of heads [B, H, S, d].
     *
     * @param bias what is added to the scores; may be null
     * @param sink a further score, to be broadcast to [B, H, S, 1], that takes its share and has no value; may be null
     */
    static Value attend(NodeImport n, Calc c, Value q, Value k, Value v, Value bias, Value sink) {
        Value s = AttentionImport.scores(n, c, q, k);
        double scale = n.real("scale", 0);
        s = scale != 0 ? c.mul(s, scale) : c.mul(s, c.cast(AttentionImport.inverseRoot(n, q.dim(3), s.elem()), s.elem()));
        double cap = n.real("softcap", 0);
        s = cap == 0 ? s : c.mul(n.op("tanh", c.div(s, c.num(s, cap))), cap);
        s = bias == null ? s : c.add(s, bias);
        if (sink != null) {
            List<Dim> one = new ArrayList<>(s.tensor().dims());
            one.set(3, Dim.ONE);
            s = n.op("concat", Attrs.of("axis", 3), s, c.expand(c.cast(sink, s.elem()), one));
        }
        Value p = n.op("softmax", Attrs.of("axis", 3), s);
        p = sink == null ? p : part(n, p, Dim.ZERO, k.dim(2));
        return AttentionImport.join(c, AttentionImport.weighted(n, c, p, v));
    }

    static Value sum(Calc c, Value a, Value b) {
        return a == null ? b : b == null ? a : c.add(a, b);
    }

    static Value hidden(NodeImport n, Calc c, Value keep, ElementType t, double by) {
        return c.where(keep, n.b().scalar(t, 0), n.b().scalar(t, by));
    }

    /** A padding mask of any form as what is added to scores [B, H, S, T]. */
    static Value padding(NodeImport n, Calc c, Value mask, Dim batch, Dim total, ElementType t) {
        if (mask == null) {
            return null;
        }
        double by = n.real("mask_filter_value", -10000);
        if (mask.rank() == 1) {
            // lengths of the sequences, or where they end, then where they begin
            Dim more = mask.dim(0).minus(batch);
            if (more.isConst() && !more.is(0) && !more.equals(batch)) {
                throw n.unsupported("a mask of type " + mask.type() + " for " + batch + " sequences");
            }
            Value at = c.iota(total, ElementType.I64, 3, 4);
            Value wide = c.cast(mask, ElementType.I64);
            Value keep = n.op("lt", at, c.along(TensorImport.part(n, wide, 0, Dim.ZERO, batch), 0, 4));
            if (!more.is(0)) {
                // 0 where there are no begins
                Value from = c.mul(TensorImport.part(n, wide, 0, more, batch), c.dim(more.min(Dim.ONE)));
                keep = n.op("and", keep, n.op("ge", at, c.along(from, 0, 4)));
            }
            return hidden(n, c, keep, t, by);
        }
        Value keep = c.cast(mask, ElementType.BOOL);
        List<Dim> d = new ArrayList<>(mask.tensor().dims());
        // [B, T] or [B, S, T] for all heads
        d.add(1, Dim.ONE);
        if (d.size() == 3) {
            d.add(2, Dim.ONE);
        }
        return hidden(n, c, mask.rank() == 4 ? keep : c.reshape(keep, d), t, by);
    }

    private static Value causal(NodeImport n, Calc c, Dim rows, Dim past, Dim total, ElementType t) {
        Value last = c.add(c.iota(rows, ElementType.I64, 2, 4), c.dim(past));
        return hidden(n, c, n.op("ge", last, c.iota(total, ElementType.I64, 3, 4)), t, Double.NEGATIVE_INFINITY);
    }

    static Value part(NodeImport n, Value x, Dim start, Dim size) {
        return TensorImport.part(n, x, x.rank() - 1, start, size);
    }

    // input [B, S, D], weights [D, 3*hidden], bias, mask, past [2, B, H, P, d], attention bias
    private static void attention(NodeImport n) {
        Calc c = new Calc(n);
        Value x = n.need(0);
        sideBySide(n, c, n.has(2) ? n.op("matmul", x, n.need(1), n.in(2)) : n.op("matmul", x, n.need(1)), n.in(3), n.in(4), n.in(5));
    }

    // input, weights, bias, input scale, weight scale, mask, input zero, weight zero, past
    private static void quantised(NodeImport n) {
        Quant q = new Quant(n);
        Value sums = q.f32(q.matmul(n.need(0), q.scalar(n.in(6)), n.need(1), QuantImport.columns(q, n.in(7))));
        Value all = q.c.add(q.c.mul(sums, q.c.mul(q.scalar(n.need(3)), QuantImport.columns(q, n.need(4)))), n.need(2));
        sideBySide(n, q.c, all, n.in(5), n.in(8), null);
    }

    /** Attention of projected queries, keys and values that stand side by side. */
    private static void sideBySide(NodeImport n, Calc c, Value all, Value mask, Value before, Value extra) {
        if (n.flag("past_present_share_buffer", false)) {
            throw n.unsupported("past_present_share_buffer");
        }
        Dim heads = Dim.of(n.integer("num_heads", 1));
        long[] sizes = n.integers("qkv_hidden_sizes");
        Dim third = all.dim(2).floorDiv(3);
        Dim dq = sizes == null ? third : Dim.of(sizes[0]);
        Dim dk = sizes == null ? third : Dim.of(sizes[1]);
        Dim dv = sizes == null ? third : Dim.of(sizes[2]);
        Value q = AttentionImport.split(c, part(n, all, Dim.ZERO, dq), heads);
        Value k = AttentionImport.split(c, part(n, all, dq, dk), heads);
        Value v = AttentionImport.split(c, part(n, all, dq.plus(dk), dv), heads);
        Dim past = Dim.ZERO;
        if (before != null) {
            past = before.dim(3);
            List<Dim> dims = before.tensor().dims().subList(1, 5);
            k = n.op("concat", Attrs.of("axis", 2), c.reshape(TensorImport.part(n, before, 0, Dim.ZERO, Dim.ONE), dims), k);
            v = n.op("concat", Attrs.of("axis", 2), c.reshape(TensorImport.part(n, before, 0, Dim.ONE, Dim.ONE), dims), v);
        }
        if (n.wants(1)) {
            List<Dim> one = new ArrayList<>(k.tensor().dims());
            one.add(0, Dim.ONE);
            n.out(1, n.op("concat", Attrs.of("axis", 0), c.reshape(k, one), c.reshape(v, one)));
        }
        Value bias = sum(c, padding(n, c, mask, q.dim(0), k.dim(2), q.elem()), extra);
        bias = n.flag("unidirectional", false) ? sum(c, bias, causal(n, c, q.dim(2), past, k.dim(2), q.elem())) : bias;
        n.out(attend(n, c, q, k, v, bias));
    }

    // query [B, S, D] or [B, S, H, 3, d]; key [B, L, D], [B, L, H, 2, d] or [B, H, L, d]; value; bias; mask; attention bias; past key and value
    private static void multiHead(NodeImport n) {
        Calc c = new Calc(n);
        Dim heads = Dim.of(n.integer("num_heads", 1));
        Value q = n.need(0);
        Value k = n.in(1);
        Value v = n.in(2);
        if (q.rank() == 5) {
            k = packed(n, c, q, 1);
            v = packed(n, c, q, 2);
            q = packed(n, c, q, 0);
        } else {
            boolean ready = k.rank() == 4;
            Value b = n.in(3);
            Dim d = q.dim(2);
            q = b == null ? q : c.add(q, part(n, b, Dim.ZERO, d));
            q = AttentionImport.split(c, q, heads);
            if (k.rank() == 5) {
                v = packed(n, c, k, 1);
                k = packed(n, c, k, 0);
            } else if (!ready) {
                Dim e = k.dim(2);
                k = AttentionImport.split(c, b == null ? k : c.add(k, part(n, b, d, e)), heads);
                v = AttentionImport.split(c, b == null ? v : c.add(v, part(n, b, d.plus(e), v.dim(2))), heads);
            }
        }
        Dim past = Dim.ZERO;
        if (n.has(6)) {
            past = n.in(6).dim(2);
            k = n.op("concat", Attrs.of("axis", 2), n.in(6), k);
            v = n.op("concat", Attrs.of("axis", 2), n.in(7), v);
        }
        n.out(1, k);
        n.out(2, v);
        Value bias = sum(c, padding(n, c, n.in(4), q.dim(0), k.dim(2), q.elem()), n.in(5));
        bias = n.flag("unidirectional", false) ? sum(c, bias, causal(n, c, q.dim(2), past, k.dim(2), q.elem())) : bias;
        n.out(attend(n, c, q, k, v, bias));
    }

    // one of several tensors [B, S, H, several, d] as [B, H, S, d]
    private static Value packed(NodeImport n, Calc c, Value x, int which) {
        Value p = TensorImport.part(n, x, 3, Dim.of(which), Dim.ONE);
        return c.transpose(c.reshape(p, x.dim(0), x.dim(1), x.dim(2), x.dim(4)), 0, 2, 1, 3);
    }
}
