package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ImportTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.NodeImport;
import dev.lathe.runtime.ElementType;
import java.util.List;

/** Attention of groups of heads that share keys and values, over a cache of which each sequence fills a part of its own. */
public final class GroupQueryImport {
    private final NodeImport n;
    private final Calc c;
    /** Rows of the cache before this run. */
    private final Dim room;
    /** Rows that each sequence has filled of them, [B]; null when it is none. */
    private final Value filled;
    /** Keys that are looked at. */
    private final Dim total;

    private GroupQueryImport(NodeImport n, Dim batch, Dim more) {
        this.n = n;
        c = new Calc(n);
        room = n.has(3) ? n.in(3).dim(2) : Dim.ZERO;
        if (room.is(0)) {
            filled = null;
            total = more;
            return;
        }
        Value count = c.cast(n.need(6), ElementType.I64);
        total = c.dims(count, 1).get(0);
        // the first run counts from 0, whatever lengths its sequences have
        Value last = n.need(5).rank() == 1 ? n.need(5) : c.reshape(n.need(5), n.need(5).tensor().size());
        Value before = c.max(c.sub(c.add(c.expand(c.cast(last, ElementType.I64), List.of(batch)), 1), c.dim(more)), 0);
        filled = c.where(n.op("eq", c.reshape(count, Dim.ONE), c.dim(more)), c.mul(before, 0), before);
    }

    public static void register() {
        add("com.microsoft.GroupQueryAttention", GroupQueryImport::groupQuery);
    }

    /*
     * query [B, S, D] (with keys and values behind when there is no key); key; value; past key and value [B, H, P, d];
     * lengths less one; total length; cosines; sines; places; attention bias; sinks of the heads; scales of a quantised cache, which are not
     * read; scales of normalised queries and keys.
     */
    private static void groupQuery(NodeImport n) {
        long heads = n.integer("num_heads", 1);
        long kv = n.integer("kv_num_heads", heads);
        if (n.wants(3) || n.has(12) || n.has(13) || n.flag("sliding_window_cache", false)) {
            throw n.unsupported(n.wants(3) ? "output output_qk" : n.has(12) || n.has(13) ? "a quantised cache" : "sliding_window_cache");
        }
        Value q = n.need(0);
        Value k = n.in(1);
        Value v = n.in(2);
        if (k == null) {
            Dim d = q.dim(2).floorDiv(heads + 2 * kv);
            k = MultiHeadImport.part(n, q, d.times(heads), d.times(kv));
            v = MultiHeadImport.part(n, q, d.times(heads + kv), d.times(kv));
            q = MultiHeadImport.part(n, q, Dim.ZERO, d.times(heads));
        }
        new GroupQueryImport(n, q.dim(0), q.dim(1)).run(q, k, v, heads, kv);
    }

    private void run(Value query, Value key, Value value, long heads, long kv) {
        Value q = query;
        Value k = key;
        if (n.has(14)) {
            q = normalised(q, heads, n.in(14));
            k = normalised(k, kv, n.need(15));
        }
        if (n.flag("do_rotary", false)) {
            Value places = n.has(9) ? n.in(9) : c.expand(places(1, 2), List.of(q.dim(0), q.dim(1)));
            boolean interleaved = n.flag("rotary_interleaved", false);
            // a cache narrower than half a head rotates its part only
            Dim half = n.need(7).dim(1);
            Dim size = q.dim(2).floorDiv(heads);
            long dims = half.isConst() && !half.times(2).equals(size) ? half.value() * 2 : 0;
            q = AttentionImport.rotary(n, q, heads, n.need(7), n.need(8), places, interleaved, dims);
            k = AttentionImport.rotary(n, k, kv, n.need(7), n.need(8), places, interleaved, dims);
        }
        q = AttentionImport.split(c, q, Dim.of(heads));
        k = kept(n.in(3), AttentionImport.split(c, k, Dim.of(kv)));
        Value v = kept(n.in(4), AttentionImport.split(c, value, Dim.of(kv)));
        n.out(1, k);
        n.out(2, v);
        Value sink = n.has(11) ? c.along(n.in(11), 1, 4) : n.integer("smooth_softmax", 0) == 1 ? n.b().scalar(q.elem(), 0) : null;
        n.out(MultiHeadImport.attend(n, c, q, seen(k), seen(v), MultiHeadImport.sum(c, hidden(q.elem()), n.in(10)), sink));
    }

    /** Where the new rows stand in their sequences: [B or 1, S] at {@code axis} and 0. */
    private Value places(int axis, int rank) {
        Value row = c.iota(n.need(0).dim(1), ElementType.I64, axis, rank);
        return filled == null ? row : c.add(row, c.along(filled, 0, rank));
    }

    /** The cache with {@code more} behind what each sequence has filled of it, zeros behind those. */
    private Value kept(Value past, Value more) {
        if (filled == null) {
            return more;
        }
        List<Dim> dims = List.of(more.dim(0), more.dim(1), room.max(total), more.dim(3));
        Value both = n.op("concat", Attrs.of("axis", 2), past, more);
        Value row = c.iota(dims.get(2), ElementType.I64, 2, 4);
        Value beyond = c.sub(row, c.along(filled, 0, 4));
        Value from = c.where(c.lt(beyond, 0), row, c.add(beyond, c.dim(room)));
        Value inside = c.min(from, c.dim(both.dim(2).minus(1)));
        Value rows = n.op("gather_elements", Attrs.of("axis", 2), both, c.expand(inside, dims));
        return c.where(n.op("lt", beyond, c.dim(more.dim(2))), rows, c.num(rows, 0));
    }

    /** The keys that any query can look at. */
    private Value seen(Value cache) {
        return cache.dim(2).equals(total) ? cache : TensorImport.part(n, cache, 2, Dim.ZERO, total);
    }

    /** What hides keys from queries: those that come later, or are not there yet, or lie before the window. Null when all are seen. */
    private Value hidden(ElementType t) {
        Value column = c.iota(total, ElementType.I64, 3, 4);
        Value place = places(2, 4);
        Value keep = n.flag("causal", true) ? n.op("ge", place, column) : null;
        if (keep == null && filled != null) {
            keep = n.op("lt", column, c.add(c.along(filled, 0, 4), c.dim(n.need(0).dim(1))));
        }
        long window = n.integer("local_window_size", -1);
        if (window > 0) {
            Value near = n.op("lt", c.sub(place, n.b().scalar(ElementType.I64, window)), column);
            keep = keep == null ? near : n.op("and", keep, near);
        }
        return keep == null ? null : MultiHeadImport.hidden(n, c, keep, t, Double.NEGATIVE_INFINITY);
    }

    /** Heads side by side, each divided by the root of its mean square. */
    private Value normalised(Value x, long heads, Value scale) {
        Value split = c.reshape(x, x.dim(0), x.dim(1), Dim.of(heads), x.dim(2).floorDiv(heads));
        Attrs a = Attrs.of("dims", 1, "eps", (double) n.real("qk_norm_epsilon", 1e-6), "mean", false);
        return c.reshape(n.op("layer_norm", a, split, scale), x.tensor().dims());
    }
}
