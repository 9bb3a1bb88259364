package dev.lathe.compiler.paddle.ops;

import static dev.lathe.compiler.paddle.PaddleTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.paddle.PaddleNode;
import dev.lathe.runtime.ElementType;
import java.util.List;

/** Operators of networks that match texts: attention among sequences of one length, and what brings sequences there and back. */
public final class SearchRows {
    private SearchRows() {}

    public static void register() {
        for (String op : new String[] {"sequence_arithmetic", "search_seq_arithmetic"}) {
            add(op, SearchRows::combine);
        }
        for (String op : new String[] {"search_fc", "search_seq_fc"}) {
            add(op, n -> {
                Value y = n.op("matmul", n.need("X"), n.transpose(n.need("W"), 1, 0));
                n.out(n.has("b") ? n.op("add", y, n.need("b")) : y);
            });
        }
        add("search_seq_softmax", n -> n.out(n.op("softmax", Attrs.of("axis", n.axis(n.integer("axis", -1), n.need("X").rank())), n.need("X"))));
        add("search_group_padding", SearchRows::pad);
        add("search_seq_depadding", SearchRows::cut);
        add("search_aligned_mat_mul", SearchRows::products);
        for (String op : new String[] {"attention_padding_mask", "search_attention_padding_mask"}) {
            add(op, SearchRows::mask);
        }
    }

    /** Sequence by sequence; where Y's is shorter X stays as it is. */
    private static void combine(PaddleNode n) {
        Value x = n.need("X");
        Value y = n.need("Y");
        String op = switch (n.intValue("op_type", 1)) {
            case 1 -> "add";
            case 2 -> "sub";
            case 3 -> "mul";
            default -> throw n.unsupported("op_type " + n.integer("op_type", 1));
        };
        Dim rows = x.dim(0);
        Sequences s = Sequences.of(n, n.needLod("X"));
        Sequences t = Sequences.of(n, n.needLod("Y"));
        Value owner = s.owner(rows);
        Value step = n.op("sub", Sequences.iota(n, rows), n.gather(s.starts(), owner, 0));
        Value inside = n.op("lt", step, n.gather(t.lengths(), owner, 0));
        Value at = n.op("min", n.op("add", n.gather(t.starts(), owner, 0), step), n.b().dim(y.dim(0).minus(1)));
        Value all = n.op(op, x, n.gather(y, at, 0));
        n.out(n.op("where", Sequences.widen(n, inside, x.rank()), all, x));
    }

    /** All sequences as long as the longest. */
    private static void pad(PaddleNode n) {
        Value x = n.need("X");
        Value lod = n.needLod("X");
        Sequences s = Sequences.of(n, lod);
        Dim steps = s.longest();
        Dim all = steps.times(s.count());
        Value inside = n.transpose(s.inside(steps), 1, 0);
        Value rows = n.transpose(s.pad(x, steps), 1, 0, 2);
        rows = n.op("where", Sequences.widen(n, inside, 3), rows, n.like(x, 0));
        n.out("Out_emb_padding", n.reshape(rows, all, x.dim(1)));
        n.out("Out_new", n.expand(n.like(x, 0), List.of(x.dim(0), Dim.ONE)));
        n.out("Out_padding", n.reshape(n.op("where", inside, n.like(x, 0), n.like(x, n.integer("pad_id", 0))), all, Dim.ONE));
        Value even = n.op("mul", Sequences.iota(n, s.count().plus(1)), n.b().dim(steps));
        n.outLod("Out_emb_padding", even);
        n.outLod("Out_new", lod);
        n.outLod("Out_padding", even);
    }

    private static void cut(PaddleNode n) {
        Value src = n.needLod("Src");
        Sequences s = Sequences.of(n, src);
        Sequences p = Sequences.of(n, n.needLod("Pad"));
        Dim rows = n.need("Src").dim(0);
        Value owner = s.owner(rows);
        Value step = n.op("sub", Sequences.iota(n, rows), n.gather(s.starts(), owner, 0));
        n.out(n.gather(n.need("Pad"), n.op("add", n.gather(p.starts(), owner, 0), step), 0));
        n.outLod("Out", src);
    }

    private static Value batches(PaddleNode n, String slot) {
        Value v = n.need(slot);
        Sequences s = Sequences.of(n, n.needLod(slot));
        return n.reshape(v, s.count(), s.longest(), v.dim(1));
    }

    /** A product for each pair of sequences, all of X and all of Y having one length. */
    private static void products(PaddleNode n) {
        Value x = batches(n, "X");
        Value y = batches(n, "Y");
        x = n.flag("transpose_X", false) ? n.transpose(x, 0, 2, 1) : x;
        y = n.flag("transpose_Y", false) ? n.transpose(y, 0, 2, 1) : y;
        Value r = n.op("matmul", x, y);
        float alpha = n.real("alpha", 1);
        r = alpha == 1 ? r : n.op("mul", r, alpha);
        n.out(n.reshape(r, r.dim(0).times(r.dim(1)), r.dim(2)));
        n.outLod("Out", n.op("mul", Sequences.iota(n, r.dim(0).plus(1)), n.b().dim(r.dim(1))));
    }

    /** Places behind the last one that isn't padding get a number so small that softmax gives 0. */
    private static void mask(PaddleNode n) {
        Value x = batches(n, "X");
        Value ids = n.need("Y");
        Sequences s = Sequences.of(n, n.needLod("Y"));
        Dim length = x.dim(2);
        Value y = n.reshape(ids, s.count(), length);
        Value real = n.op("ne", y, n.like(y, n.integer("pad_id", 0)));
        Value place = n.op("add", Sequences.iota(n, length), n.number(1));
        Value begin = n.reduce("max", n.op("where", real, place, n.number(0)), false, 1);
        Value of = n.op("mod", Sequences.iota(n, x.dim(0)), n.b().dim(s.count()));
        Value limit = n.reshape(n.gather(begin, of, 0), x.dim(0), Dim.ONE, Dim.ONE);
        Value out = n.op("where", n.op("ge", Sequences.iota(n, length), limit), n.like(x, n.real("mask", 0)), x);
        n.out(n.reshape(out, n.need("X").tensor().dims()));
        n.out("pad_begin", n.cast(begin, ElementType.I32));
    }
}
