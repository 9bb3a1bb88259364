package dev.lathe.compiler.paddle.ops;

import static dev.lathe.compiler.paddle.PaddleTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.paddle.PaddleNode;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.List;

/** Operators that make sequences longer, shorter or other ones (LoD). */
public final class SequenceEditRows {
    private SequenceEditRows() {}

    public static void register() {
        add("sequence_concat", SequenceEditRows::join);
        add("sequence_slice", SequenceEditRows::cut);
        add("sequence_reshape", n -> {
            Value x = n.need("X");
            Dim wide = Dim.of(n.integer("new_dim", 1));
            n.out(n.reshape(x, x.tensor().size().floorDiv(wide), wide));
            Value elements = n.op("mul", n.needLod("X"), n.b().dim(x.dim(1)));
            n.outLod("Out", n.op("div", elements, n.b().dim(wide)));
        });
        add("sequence_enumerate", SequenceEditRows::windows);
        add("sequence_erase", n -> {
            Value keep = null;
            Value x = n.need("X");
            Value flat = n.reshape(x, x.dim(0));
            for (long token : n.integers("tokens")) {
                Value other = n.op("ne", flat, n.b().scalar(x.elem(), token));
                keep = keep == null ? other : n.op("and", keep, other);
            }
            filter(n, x, "Out", n.needLod("X"), keep == null ? n.op("ge", flat, flat) : keep);
        });
        add("ctc_align", SequenceEditRows::align);
    }

    /** The first row of each sequence, and the number of rows, from lengths. */
    static Value starts(PaddleNode n, Value lengths) {
        return n.concat(List.of(n.b().longs(0), n.runningSum(lengths, 0, false)), 0);
    }

    /** Row i of every operand's sequence, one behind the other. */
    private static void join(PaddleNode n) {
        List<Value> x = n.ins("X");
        List<Sequences> parts = new ArrayList<>();
        for (String name : n.names("X")) {
            Value lod = n.findLod(name);
            parts.add(Sequences.of(n, lod == null ? n.needLod("X") : lod));
        }
        Value all = n.concat(x, 0);
        Dim rows = all.dim(0);
        Value lengths = parts.stream().map(Sequences::lengths).reduce((a, c) -> n.op("add", a, c)).orElseThrow();
        Value lod = starts(n, lengths);
        Sequences out = Sequences.of(n, lod);
        Value owner = out.owner(rows);
        Value rest = n.op("sub", Sequences.iota(n, rows), n.gather(out.starts(), owner, 0));
        Value at = null;
        Dim base = Dim.ZERO;
        Value found = null;
        for (int i = 0; i < parts.size(); i++) {
            Value length = n.gather(parts.get(i).lengths(), owner, 0);
            Value here = n.op("add", n.op("add", n.gather(parts.get(i).starts(), owner, 0), rest), n.b().dim(base));
            Value mine = n.op("lt", rest, length);
            at = at == null ? here : n.op("where", found, at, here);
            found = found == null ? mine : n.op("or", found, mine);
            rest = n.op("sub", rest, length);
            base = base.plus(x.get(i).dim(0));
        }
        n.out(n.gather(all, at, 0));
        n.outLod("Out", lod);
    }

    private static void cut(PaddleNode n) {
        Value x = n.need("X");
        Sequences s = Sequences.of(n, n.needLod("X"));
        Value from = n.reshape(n.cast(n.need("Offset"), ElementType.I64), s.count());
        Value lengths = n.reshape(n.cast(n.need("Length"), ElementType.I64), s.count());
        Value lod = starts(n, lengths);
        Dim rows = n.dims(n.reduce("sum", lengths, true, 0)).get(0);
        Sequences out = Sequences.of(n, lod);
        Value owner = out.owner(rows);
        Value step = n.op("sub", Sequences.iota(n, rows), n.gather(out.starts(), owner, 0));
        n.out(n.gather(x, n.op("add", step, n.gather(n.op("add", s.starts(), from), owner, 0)), 0));
        n.outLod("Out", lod);
    }

    private static void windows(PaddleNode n) {
        Value x = n.need("X");
        Dim rows = x.dim(0);
        Value flat = n.reshape(x, rows);
        Value owner = Sequences.of(n, n.needLod("X")).owner(rows);
        Value end = n.gather(Sequences.of(n, n.needLod("X")).ends(), owner, 0);
        Value last = n.op("sub", n.b().dim(rows), n.number(1));
        List<Value> columns = new ArrayList<>();
        for (long i = 0; i < n.integer("win_size", 1); i++) {
            Value at = n.op("add", Sequences.iota(n, rows), n.number(i));
            Value v = n.gather(flat, n.op("min", at, last), 0);
            columns.add(n.reshape(n.op("where", n.op("lt", at, end), v, n.b().scalar(x.elem(), n.integer("pad_value", 0))), rows, Dim.ONE));
        }
        n.out(n.concat(columns, 1));
    }

    /** Only the rows where {@code keep} is true. */
    private static void filter(PaddleNode n, Value x, String slot, Value lod, Value keep) {
        n.out(slot, n.gather(x, n.places(keep), 0));
        Value before = n.concat(List.of(n.b().longs(0), n.runningSum(n.cast(keep, ElementType.I64), 0, false)), 0);
        n.outLod(slot, n.gather(before, lod, 0));
    }

    /** What a CTC decoder reads: neither blanks nor repetitions. */
    private static void align(PaddleNode n) {
        Value x = n.need("Input");
        Value blank = n.b().scalar(x.elem(), n.integer("blank", 0));
        boolean merge = n.flag("merge_repeated", true);
        if (!n.has("InputLength")) {
            Value lod = n.needLod("Input");
            Dim rows = x.dim(0);
            Value flat = n.reshape(x, rows);
            Value keep = n.op("ne", flat, blank);
            if (merge) {
                Value before = n.gather(flat, n.op("max", n.op("sub", Sequences.iota(n, rows), n.number(1)), n.number(0)), 0);
                Value first = n.gather(Sequences.of(n, lod).starts(), Sequences.of(n, lod).owner(rows), 0);
                keep = n.op("and", keep, n.op("or", n.op("ne", flat, before), n.op("eq", first, Sequences.iota(n, rows))));
            }
            filter(n, x, "Output", lod, keep);
            return;
        }
        Dim batch = x.dim(0);
        Dim steps = x.dim(1);
        Value step = n.reshape(Sequences.iota(n, steps), Dim.ONE, steps);
        Value length = n.reshape(n.cast(n.need("InputLength"), ElementType.I64), batch, Dim.ONE);
        Value keep = n.op("and", n.op("ne", x, blank), n.op("lt", step, length));
        if (merge) {
            Value before = n.gather(x, n.op("max", n.op("sub", Sequences.iota(n, steps), n.number(1)), n.number(0)), 1);
            keep = n.op("and", keep, n.op("or", n.op("ne", x, before), n.op("eq", step, n.number(0))));
        }
        Value kept = n.cast(keep, ElementType.I64);
        Value total = n.reduce("sum", kept, true, 1);
        // what is kept moves to the front; the others' places are behind the last and are cut off
        Value to = n.op("where", keep, n.runningSum(kept, 1, true), n.b().dim(steps));
        Value padded = n.expand(n.b().scalar(x.elem(), n.integer("padding_value", 0)), List.of(batch, steps.plus(1)));
        Value y = n.op("scatter_elements", Attrs.of("axis", 1, "reduction", "none"), padded, to, x);
        n.out("Output", n.part(y, 1, Dim.ZERO, steps));
        n.out("OutputLength", n.cast(total, n.need("InputLength").elem()));
    }
}
