package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ImportTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.NodeImport;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.Storage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Attention, rotary embeddings and gated units of the default and preview domains. */
public final class AttentionImport {
    private AttentionImport() {}

    public static void register() {
        add("Attention", AttentionImport::attention);
        add("ai.onnx.preview.FlexAttention", AttentionImport::flex);
        add("RotaryEmbedding", n -> {
            Value x = n.need(0);
            n.out(rotary(n, x, n.integer("num_heads", 0), n.need(1), n.need(2), n.in(3), n.flag("interleaved", false), n.integer("rotary_embedding_dim", 0)));
        });
        add("SwiGLU", n -> n.out(n.op("mul", swish(n, n.need(0), n.real("alpha", 1)), n.need(1))));
    }

    static Value swish(NodeImport n, Value x, double alpha) {
        Calc c = new Calc(n);
        return c.mul(x, n.op("sigmoid", alpha == 1 ? x : c.mul(x, alpha)));
    }

    // ---- heads --------------------------------------------------------------------------------------------------

    /** [B, S, H*d] as [B, H, S, d]. */
    static Value split(Calc c, Value x, Dim heads) {
        return c.transpose(c.reshape(x, x.dim(0), x.dim(1), heads, x.dim(2).floorDiv(heads)), 0, 2, 1, 3);
    }

    /** [B, H, S, d] as [B, S, H*d]. */
    static Value join(Calc c, Value x) {
        return c.reshape(c.transpose(x, 0, 2, 1, 3), x.dim(0), x.dim(2), x.dim(1).times(x.dim(3)));
    }

    /**
     * q [B, Hq, L, d] times k [B, H, S, d] transposed, as [B, Hq, L, S]: consecutive heads of q share a head of k.
     */
    static Value scores(NodeImport n, Calc c, Value q, Value k) {
        if (q.dim(1).equals(k.dim(1))) {
            return n.op("matmul", q, c.transpose(k, 0, 1, 3, 2));
        }
        Value grouped = c.reshape(q, q.dim(0), k.dim(1), q.dim(1).floorDiv(k.dim(1)), q.dim(2), q.dim(3));
        Value shared = c.reshape(k, k.dim(0), k.dim(1), Dim.ONE, k.dim(2), k.dim(3));
        return c.reshape(n.op("matmul", grouped, c.transpose(shared, 0, 1, 2, 4, 3)), q.dim(0), q.dim(1), q.dim(2), k.dim(2));
    }

    /** Probabilities [B, Hq, L, S] times v [B, H, S, d]. */
    static Value weighted(NodeImport n, Calc c, Value p, Value v) {
        if (p.dim(1).equals(v.dim(1))) {
            return n.op("matmul", p, v);
        }
        Value grouped = c.reshape(p, p.dim(0), v.dim(1), p.dim(1).floorDiv(v.dim(1)), p.dim(2), p.dim(3));
        Value shared = c.reshape(v, v.dim(0), v.dim(1), Dim.ONE, v.dim(2), v.dim(3));
        return c.reshape(n.op("matmul", grouped, shared), p.dim(0), p.dim(1), p.dim(2), v.dim(3));
    }

    /** The scores of scaled keys and queries; narrow types scale both by the root, as the operator's definition does. */
    private static Value scaled(NodeImport n, Calc c, Value q, Value k) {
        ElementType t = q.elem();
        boolean given = n.hasAttr("scale") && n.real("scale", 0) != 0;
        Value scale = given ? n.b().scalar(t == ElementType.F64 ? t : ElementType.F32, n.real("scale", 1)) : inverseRoot(n, q.dim(3), t);
        if (wide(t)) {
            return c.mul(scores(n, c, q, k), scale);
        }
        scale = c.cast(n.op("sqrt", scale), t);
        return scores(n, c, c.mul(q, scale), c.mul(k, scale));
    }

    /** 1 / sqrt(d), in f64 for f64 and in f32 for all else; computed alike whether d is known or not. */
    static Value inverseRoot(NodeImport n, Dim d, ElementType t) {
        Calc c = new Calc(n);
        Value v = c.dim(d, t == ElementType.F64 ? t : ElementType.F32);
        return c.div(c.num(v, 1), n.op("sqrt", v));
    }

    private static boolean wide(ElementType t) {
        return t == ElementType.F32 || t == ElementType.F64;
    }

    // ---- masks --------------------------------------------------------------------------------------------------

    private static Value zeroOrNone(NodeImport n, Value keep, ElementType t) {
        return n.op("where", keep, n.b().scalar(t, 0), n.b().scalar(t, Double.NEGATIVE_INFINITY));
    }

    /** How many keys beside its own place a query may look at on one side; negative for all of them. */
    private static long window(NodeImport n, String side) {
        return n.opset() >= 25 ? n.integer(side, -1) : -1;
    }

    private static Value both(NodeImport n, Value a, Value b) {
        return a == null ? b : n.op("and", a, b);
    }

    /** What is added to the scores; null for nothing. */
    private static Value bias(NodeImport n, Calc c, Value q, Dim total, Dim past) {
        ElementType t = q.elem();
        Value bias = null;
        if (n.has(3)) {
            Value m = n.in(3);
            bias = m.elem() == ElementType.BOOL ? zeroOrNone(n, m, t) : c.cast(m, t);
            if (n.opset() >= 24 && !m.dim(-1).equals(total)) {
                // a mask for fewer keys than there are hides the rest
                List<Dim> none = new ArrayList<>(Collections.nCopies(m.rank(), Dim.ZERO));
                List<Dim> after = new ArrayList<>(none);
                after.set(m.rank() - 1, total.minus(m.dim(-1)));
                bias = n.op("pad", Attrs.of("before", none, "after", after, "mode", "constant"), bias, n.b().scalar(t, Double.NEGATIVE_INFINITY));
            }
        }
        Value lengths = n.opset() >= 24 && n.has(6) ? c.cast(n.in(6), ElementType.I64) : null;
        Value column = c.iota(total, ElementType.I64, 3, 4);
        boolean causal = n.flag("is_causal", false);
        long left = window(n, "left_window_size");
        long right = window(n, "right_window_size");
        if (causal || left >= 0 || right >= 0) {
            Value row = c.iota(q.dim(2), ElementType.I64, 2, 4);
            Value place = lengths == null ? c.add(row, c.dim(past)) : c.add(row, c.along(c.sub(lengths, c.dim(q.dim(2))), 0, 4));
            Value seen = causal ? n.op("ge", place, column) : null;
            seen = left < 0 ? seen : both(n, seen, n.op("ge", column, c.add(place, -left)));
            seen = right < 0 ? seen : both(n, seen, n.op("ge", c.add(place, right), column));
            Value b = zeroOrNone(n, seen, t);
            bias = bias == null ? b : c.add(bias, b);
        }
        if (lengths != null) {
            Value b = zeroOrNone(n, n.op("lt", column, c.along(lengths, 0, 4)), t);
            bias = bias == null ? b : c.add(bias, b);
        }
        return bias;
    }

    private static void attention(NodeImport n) {
        Calc c = new Calc(n);
        boolean flat = n.rank(0) == 3;
        Value q = n.need(0);
        Value k = n.need(1);
        Value v = n.need(2);
        if (flat) {
            if (!n.hasAttr("q_num_heads") || !n.hasAttr("kv_num_heads")) {
                throw new LatheException("", "inputs of three dimensions need attributes q_num_heads and kv_num_heads");
            }
            Dim heads = Dim.of(n.integer("kv_num_heads", 1));
            q = split(c, q, Dim.of(n.integer("q_num_heads", 1)));
            k = split(c, k, heads);
            v = split(c, v, heads);
        }
        Dim past = n.has(4) ? n.in(4).dim(2) : Dim.ZERO;
        k = n.has(4) ? n.op("concat", Attrs.of("axis", 2), n.in(4), k) : k;
        v = n.has(5) ? n.op("concat", Attrs.of("axis", 2), n.in(5), v) : v;
        n.out(1, k);
        n.out(2, v);
        int mode = (int) n.integer("qk_matmul_output_mode", 0);
        Value s = scaled(n, c, q, k);
        Value shown = s;
        double cap = n.real("softcap", 0);
        if (cap != 0) {
            s = c.mul(n.op("tanh", c.div(s, c.num(s, cap))), cap);
        }
        shown = mode == 1 ? s : shown;
        Value bias = bias(n, c, q, k.dim(2), past);
        s = bias == null ? s : c.add(s, bias);
        shown = mode == 2 ? s : shown;
        ElementType t = s.elem();
        ElementType precision = n.type("softmax_precision", t);
        // the storage types' softmax computes in f32 anyway
        boolean narrower = precision != t && precision != ElementType.F64 && !(precision == ElementType.F32 && t.storage() == Storage.F32);
        Value p = precision == ElementType.F64 || narrower ? c.cast(softmax(n, c.cast(s, precision)), t) : softmax(n, s);
        if (n.has(3) || n.opset() >= 24 && n.has(6) || window(n, "left_window_size") >= 0 || window(n, "right_window_size") >= 0) {
            // a row that sees nothing gives zeros
            Value most = c.reduce("max", bias, true, bias.rank() - 1);
            p = c.where(c.eq(most, Double.NEGATIVE_INFINITY), c.num(p, 0), p);
        }
        n.out(3, mode == 3 ? p : shown);
        Value y = weighted(n, c, p, v);
        n.out(flat ? join(c, y) : y);
    }

    private static Value softmax(NodeImport n, Value s) {
        return n.op("softmax", Attrs.of("axis", s.rank() - 1), s);
    }

    private static void flex(NodeImport n) {
        Calc c = new Calc(n);
        Value q = n.need(0);
        Value s = scaled(n, c, q, n.need(1));
        ElementType precision = n.type("softmax_precision", q.elem() == ElementType.F64 ? ElementType.F64 : ElementType.F32);
        s = c.cast(s, precision);
        s = n.hasAttr("score_mod") ? n.body(n.graph("score_mod"), n.b(), List.of(s)).get(0) : s;
        Value p = softmax(n, s);
        p = n.hasAttr("prob_mod") ? n.body(n.graph("prob_mod"), n.b(), List.of(p)).get(0) : p;
        n.out(weighted(n, c, c.cast(p, q.elem()), n.need(2)));
    }

    // ---- rotary embedding ---------------------------------------------------------------------------------------

    /**
     * Rotates pairs of elements of each head by an angle that depends on the position.
     *
     * @param x [B, H, S, d], or [B, S, H*d] with {@code heads}
     * @param cos [positions, d/2], or [B, S, d/2] without {@code places}
     * @param dims rotated elements of a head; 0: all
     */
    static Value rotary(NodeImport n, Value x, long heads, Value cos, Value sin, Value places, boolean interleaved, long dims) {
        Calc c = new Calc(n);
        boolean flat = x.rank() == 3;
        if (flat && heads == 0) {
            throw new LatheException("", "an input of three dimensions needs attribute num_heads");
        }
        // to [B, S, H, d]
        Value v = flat ? c.reshape(x, x.dim(0), x.dim(1), Dim.of(heads), x.dim(2).floorDiv(heads)) : c.transpose(x, 0, 2, 1, 3);
        Dim size = v.dim(3);
        Dim rotated = dims == 0 ? size : Dim.of(dims);
        Dim half = rotated.floorDiv(2);
        Value co = angle(c, n, places == null ? cos : c.gather(cos, places, 0), half);
        Value si = angle(c, n, places == null ? sin : c.gather(sin, places, 0), half);
        Value turn = TensorImport.part(n, v, 3, Dim.ZERO, rotated);
        Value y;
        if (interleaved) {
            Value pairs = c.reshape(turn, v.dim(0), v.dim(1), v.dim(2), half, Dim.of(2));
            Value a = c.reshape(TensorImport.part(n, pairs, 4, Dim.ZERO, Dim.ONE), v.dim(0), v.dim(1), v.dim(2), half);
            Value b = c.reshape(TensorImport.part(n, pairs, 4, Dim.ONE, Dim.ONE), v.dim(0), v.dim(1), v.dim(2), half);
            List<Dim> one = List.of(v.dim(0), v.dim(1), v.dim(2), half, Dim.ONE);
            Value r = n.op("concat", Attrs.of("axis", 4), c.reshape(c.sub(c.mul(co, a), c.mul(si, b)), one), c.reshape(c.add(c.mul(si, a), c.mul(co, b)), one));
            y = c.reshape(r, v.dim(0), v.dim(1), v.dim(2), rotated);
        } else {
            Value a = TensorImport.part(n, turn, 3, Dim.ZERO, half);
            Value b = TensorImport.part(n, turn, 3, half, half);
            y = n.op("concat", Attrs.of("axis", 3), c.sub(c.mul(co, a), c.mul(si, b)), c.add(c.mul(si, a), c.mul(co, b)));
        }
        if (!rotated.equals(size)) {
            y = n.op("concat", Attrs.of("axis", 3), y, TensorImport.part(n, v, 3, rotated, size.minus(rotated)));
        }
        return flat ? c.reshape(y, x.tensor().dims()) : c.transpose(y, 0, 2, 1, 3);
    }

    // [B, S, half] as [B, S, 1, half]; a cache may be longer than what is rotated
    private static Value angle(Calc c, NodeImport n, Value cache, Dim half) {
        Value a = cache.rank() == 3 ? cache : c.reshape(cache, Dim.ONE, cache.dim(0), cache.dim(1));
        a = a.dim(2).equals(half) ? a : TensorImport.part(n, a, 2, Dim.ZERO, half);
        return c.reshape(a, a.dim(0), a.dim(1), Dim.ONE, half);
    }
}
