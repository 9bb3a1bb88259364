package dev.lathe.compiler.paddle.ops;

import static dev.lathe.compiler.paddle.PaddleTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.ops.LoopImport;
import dev.lathe.compiler.paddle.PaddleNode;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.List;

/**
 * Sequences step by step, the longest first, so that fewer rows remain with every step. A rank table is the variable that
 * says in which order: i64 [sequences], with the sequences themselves as its LoD.
 */
public final class RankRows {
    private RankRows() {}

    public static void register() {
        add("lod_rank_table", n -> {
            if (n.integer("level", 0) != 0) {
                throw n.unsupported("level " + n.integer("level", 0) + " of sequences of sequences");
            }
            Value lod = n.needLod("X");
            Sequences s = Sequences.of(n, lod);
            Attrs a = Attrs.of("count", s.count(), "largest", true);
            n.out(n.b().add("topk", List.of(s.lengths()), a, List.of(), (String[]) null).get(1));
            n.outLod("Out", lod);
        });
        add("max_sequence_len", n -> n.out(n.reduce("max", Sequences.of(n, n.needLod("RankTable")).lengths(), true, 0)));
        add("lod_tensor_to_array", RankRows::apart);
        add("array_to_lod_tensor", RankRows::together);
        add("shrink_rnn_memory", RankRows::shrink);
        add("reorder_lod_tensor_by_rank", RankRows::reorder);
    }

    /** The sequences in the table's order. */
    private static Sequences sorted(PaddleNode n) {
        Sequences s = Sequences.of(n, n.needLod("RankTable"));
        Value order = n.need("RankTable");
        return new Sequences(n, n.gather(s.starts(), order, 0), n.gather(s.ends(), order, 0), n.gather(s.lengths(), order, 0), s.count());
    }

    private static void apart(PaddleNode n) {
        Value x = n.need("X");
        Sequences s = sorted(n);
        Dim steps = s.longest();
        Value all = s.pad(x, steps);
        Value lengths = s.lengths();
        Value begin = n.op("seq_empty", Attrs.of("of", x.elem()));
        n.out(LoopImport.loop(n.b(), steps, null, List.of(begin), (b, turn, carried) -> {
            Value longer = b.op("cast", Attrs.of("to", ElementType.I64), b.op("gt", lengths, turn));
            Dim left = b.dimsOf(b.op("reduce", Attrs.of("kind", "sum", "axes", new int[] {0}, "keep", false), longer)).get(0);
            Value step = b.op("gather", Attrs.of("axis", 0), all, turn);
            return new LoopImport.Turn(null, List.of(b.op("seq_insert", carried.get(0), first(b::op, step, left))), List.of());
        }).get(0));
    }

    private interface Adder {
        Value op(String op, Attrs a, Value... in);
    }

    /** The first rows. */
    private static Value first(Adder b, Value x, Dim count) {
        List<Dim> starts = new ArrayList<>();
        x.tensor().dims().forEach(d -> starts.add(Dim.ZERO));
        List<Dim> sizes = new ArrayList<>(x.tensor().dims());
        sizes.set(0, count);
        int[] steps = new int[x.rank()];
        java.util.Arrays.fill(steps, 1);
        return b.op("slice", Attrs.of("starts", starts, "sizes", sizes, "steps", steps), x);
    }

    private static void together(PaddleNode n) {
        Value lod = n.needLod("RankTable");
        Value order = n.need("RankTable");
        Value rows = n.op("seq_concat", Attrs.of("axis", 0, "new", false), n.need("X"));
        // row r of sequence q at step t stands behind the rows of all earlier steps
        Sequences s = Sequences.of(n, lod);
        Dim total = n.dims(n.reduce("sum", s.lengths(), true, 0)).get(0);
        Dim steps = s.longest();
        Value iota = n.reshape(Sequences.iota(n, steps), steps, Dim.ONE);
        Value alive = n.cast(n.op("lt", iota, n.reshape(s.lengths(), Dim.ONE, s.count())), ElementType.I64);
        Value before = n.op("cumulate", Attrs.of("kind", "sum", "axis", 0, "exclusive", true, "reverse", false), n.reduce("sum", alive, false, 1));
        Value place = n.op("scatter_elements", Attrs.of("axis", 0, "reduction", "none"), order, order, Sequences.iota(n, s.count()));
        Value owner = s.owner(total);
        Value step = n.op("sub", Sequences.iota(n, total), n.gather(s.starts(), owner, 0));
        Value at = n.op("add", n.gather(before, step, 0), n.gather(place, owner, 0));
        n.out(n.gather(rows, at, 0));
        n.outLod("Out", lod);
    }

    private static void shrink(PaddleNode n) {
        Value i = n.cast(n.need("I"), ElementType.I64);
        Value longer = n.op("gt", Sequences.of(n, n.needLod("RankTable")).lengths(), i);
        Dim left = n.dims(n.reduce("sum", n.cast(longer, ElementType.I64), true, 0)).get(0);
        n.out(n.part(n.need("X"), 0, Dim.ZERO, left));
    }

    private static void reorder(PaddleNode n) {
        Value x = n.need("X");
        Value order = n.need("RankTable");
        if (n.lod("X") == null) {
            n.out(n.gather(x, order, 0));
            return;
        }
        Sequences s = Sequences.of(n, n.lod("X"));
        Value lengths = n.gather(s.lengths(), order, 0);
        Value ends = n.op("cumulate", Attrs.of("kind", "sum", "axis", 0, "exclusive", false, "reverse", false), lengths);
        Value lod = n.concat(List.of(n.b().longs(0), ends), 0);
        Sequences t = Sequences.of(n, lod);
        Value owner = t.owner(x.dim(0));
        Value step = n.op("sub", Sequences.iota(n, x.dim(0)), n.gather(t.starts(), owner, 0));
        n.out(n.gather(x, n.op("add", step, n.gather(n.gather(s.starts(), order, 0), owner, 0)), 0));
        n.outLod("Out", lod);
    }
}
