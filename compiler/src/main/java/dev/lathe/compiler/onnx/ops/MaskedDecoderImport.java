package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ImportTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.NodeImport;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.List;

/** Attention of one query a sequence over a cache that has room for more keys than it holds, as decoders for ONNX Runtime do it. */
public final class MaskedDecoderImport {
    private static final String MS = "com.microsoft.";

    /** What the cache holds with the new keys or values, and the cache after it. */
    private record Kept(Value all, Value cache) {}

    private MaskedDecoderImport() {}

    public static void register() {
        add(MS + "DecoderMaskedMultiHeadAttention", MaskedDecoderImport::multiHead);
        add(MS + "DecoderMaskedSelfAttention", MaskedDecoderImport::self);
    }

    // query [B, 1, D], or with key and value behind; key, value [B, 1, D], or [B, H, L, d] of an encoder; mask [B, T]; bias of the scores;
    // caches [B, H, M, d]; how much of them is filled; beams; their paths; bias of query, key and value
    private static void multiHead(NodeImport n) {
        if (n.has(9) || n.wants(3)) {
            throw n.unsupported(n.has(9) ? "cache_indirection" : "output qk");
        }
        Calc c = new Calc(n);
        Dim heads = Dim.of(n.integer("num_heads", 1));
        Value q = n.need(0);
        Value k = n.in(1);
        Value v = n.in(2);
        if (k == null) {
            Dim third = q.dim(2).floorDiv(3);
            k = MultiHeadImport.part(n, q, third, third);
            v = MultiHeadImport.part(n, q, third.times(2), third);
            q = MultiHeadImport.part(n, q, Dim.ZERO, third);
        }
        Value bias = n.in(10);
        Dim d = q.dim(2);
        q = head(n, c, q, bias, Dim.ZERO, heads);
        if (k.rank() == 4) {
            n.out(MultiHeadImport.attend(n, c, q, k, v, scores(n, c, n.in(3), null, q, k)));
            return;
        }
        k = head(n, c, k, bias, d, heads);
        v = head(n, c, v, bias, d.times(2), heads);
        if (n.has(5)) {
            Kept keys = kept(n, c, n.in(5), k, n.in(7));
            Kept values = kept(n, c, n.need(6), v, n.in(7));
            k = keys.all;
            v = values.all;
            n.out(1, keys.cache);
            n.out(2, values.cache);
        } else {
            n.out(1, k);
            n.out(2, v);
        }
        n.out(MultiHeadImport.attend(n, c, q, k, v, scores(n, c, n.in(3), n.in(4), q, k)));
    }

    // input [B, 1, D], weights [D, 3*hidden], bias, mask, cache [2, B, H, M, d], bias of the scores, how much is filled, beams, their paths
    private static void self(NodeImport n) {
        if (n.has(8) || n.flag("do_rotary", false)) {
            throw n.unsupported(n.has(8) ? "cache_indirection" : "do_rotary");
        }
        Calc c = new Calc(n);
        Dim heads = Dim.of(n.integer("num_heads", 1));
        Value all = n.has(2) ? n.op("matmul", n.need(0), n.need(1), n.in(2)) : n.op("matmul", n.need(0), n.need(1));
        Dim third = all.dim(2).floorDiv(3);
        List<Value> parts = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            parts.add(AttentionImport.split(c, MultiHeadImport.part(n, all, third.times(i), third), heads));
        }
        Value k = parts.get(1);
        Value v = parts.get(2);
        if (n.has(4)) {
            Value past = n.in(4);
            List<Dim> one = past.tensor().dims().subList(1, 5);
            Kept keys = kept(n, c, c.reshape(TensorImport.part(n, past, 0, Dim.ZERO, Dim.ONE), one), k, n.in(6));
            Kept values = kept(n, c, c.reshape(TensorImport.part(n, past, 0, Dim.ONE, Dim.ONE), one), v, n.in(6));
            k = keys.all;
            v = values.all;
            n.out(1, pair(n, c, keys.cache, values.cache));
        } else {
            n.out(1, pair(n, c, k, v));
        }
        n.out(MultiHeadImport.attend(n, c, parts.get(0), k, v, scores(n, c, n.in(3), n.in(5), parts.get(0), k)));
    }

    private static Value pair(NodeImport n, Calc c, Value a, Value b) {
        List<Dim> one = new ArrayList<>(a.tensor().dims());
        one.add(0, Dim.ONE);
        return n.op("concat", Attrs.of("axis", 0), c.reshape(a, one), c.reshape(b, one));
    }

    /** A third of the bias added, then [B, H, S, d]. */
    private static Value head(NodeImport n, Calc c, Value x, Value bias, Dim from, Dim heads) {
        return AttentionImport.split(c, bias == null ? x : c.add(x, MultiHeadImport.part(n, bias, from, x.dim(2))), heads);
    }

    private static Kept kept(NodeImport n, Calc c, Value cache, Value more, Value filled) {
        if (!n.flag("past_present_share_buffer", false)) {
            Value all = n.op("concat", Attrs.of("axis", 2), cache, more);
            return new Kept(all, all);
        }
        Dim before = c.dims(filled == null ? n.b().dim(cache.dim(2)) : c.cast(filled, ElementType.I64), 1).get(0);
        Value all = n.op("concat", Attrs.of("axis", 2), TensorImport.part(n, cache, 2, Dim.ZERO, before), more);
        Dim now = all.dim(2);
        Value rest = TensorImport.part(n, cache, 2, now, cache.dim(2).minus(now));
        return new Kept(all, c.reshape(n.op("concat", Attrs.of("axis", 2), all, rest), cache.tensor().dims()));
    }

    /** What is added to the scores; masks and biases may be as long as the cache. */
    private static Value scores(NodeImport n, Calc c, Value mask, Value extra, Value q, Value k) {
        Dim total = k.dim(2);
        Value m = mask == null ? null : TensorImport.part(n, mask, mask.rank() - 1, Dim.ZERO, total);
        return MultiHeadImport.sum(c, MultiHeadImport.padding(n, c, m, q.dim(0), total, q.elem()), extra == null ? null : MultiHeadImport.part(n, extra, Dim.ZERO, total));
    }
}
