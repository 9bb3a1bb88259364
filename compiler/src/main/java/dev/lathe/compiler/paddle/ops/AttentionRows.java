package dev.lathe.compiler.paddle.ops;

import static dev.lathe.compiler.paddle.PaddleTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.paddle.PaddleNode;

/** Attention as one operator: queries, keys and values are [batch, steps, heads, width]. */
public final class AttentionRows {
    private AttentionRows() {}

    public static void register() {
        add("flash_attn", n -> n.out(attention(n, n.in("attn_mask"), n.flag("causal", false), -1)));
        add("memory_efficient_attention", n -> n.out(attention(n, n.in("bias"), n.flag("causal", false), n.real("scale", -1))));
    }

    private static Value attention(PaddleNode n, Value mask, boolean causal, double scale) {
        Value q = n.transpose(n.need("q"), 0, 2, 1, 3);
        Value k = n.transpose(n.need("k"), 0, 2, 3, 1);
        Value v = n.transpose(n.need("v"), 0, 2, 1, 3);
        if (!q.dim(1).equals(k.dim(1))) {
            throw n.unsupported("several heads of queries for one of keys");
        }
        double by = scale > 0 ? scale : 1 / Math.sqrt(q.dim(3).value());
        Value scores = n.op("matmul", n.op("mul", q, by), k);
        scores = mask == null ? scores : n.op("add", scores, n.cast(mask, scores.elem()));
        if (causal) {
            // the last query sees all keys
            Value row = n.op("add", n.reshape(Sequences.iota(n, q.dim(2)), q.dim(2), Dim.ONE), n.b().dim(k.dim(3).minus(q.dim(2))));
            Value seen = n.op("le", Sequences.iota(n, k.dim(3)), row);
            scores = n.op("where", seen, scores, n.like(scores, Double.NEGATIVE_INFINITY));
        }
        Value y = n.op("matmul", n.op("softmax", Attrs.of("axis", 3), scores), v);
        return n.transpose(y, 0, 2, 1, 3);
    }
}
