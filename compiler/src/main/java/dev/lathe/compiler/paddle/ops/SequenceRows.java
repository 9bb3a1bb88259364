package dev.lathe.compiler.paddle.ops;

import static dev.lathe.compiler.paddle.PaddleTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.paddle.PaddleNode;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.List;

/** Operators on rows that are the steps of sequences (LoD). */
public final class SequenceRows {
    private SequenceRows() {}

    public static void register() {
        add("sequence_pool", SequenceRows::pool);
        add("sequence_softmax", SequenceRows::softmax);
        add("sequence_expand", SequenceRows::expand);
        add("sequence_expand_as", SequenceRows::expand);
        add("sequence_conv", SequenceRows::conv);
        add("sequence_reverse", SequenceRows::reverse);
        add("sequence_pad", SequenceRows::pad);
        add("sequence_unpad", SequenceRows::unpad);
        add("sequence_mask", SequenceRows::mask);
        add("lod_reset", SequenceRows::reset);
    }

    private static void pool(PaddleNode n) {
        Value x = n.need("X");
        Sequences s = Sequences.of(n, n.needLod("X"));
        String type = n.text("pooltype", "AVERAGE");
        Value y;
        if (type.equals("FIRST") || type.equals("LAST")) {
            Value at = type.equals("FIRST") ? s.starts() : n.op("sub", s.ends(), n.b().scalar(ElementType.I64, 1));
            y = n.gather(x, n.op("max", at, n.b().scalar(ElementType.I64, 0)), 0);
        } else {
            Dim steps = s.longest();
            Value all = s.pad(x, steps);
            boolean max = type.equals("MAX");
            all = n.op("where", Sequences.widen(n, s.inside(steps), all.rank()), all, n.like(x, max ? Double.NEGATIVE_INFINITY : 0));
            y = n.reduce(max ? "max" : "sum", all, false, 0);
            Value length = Sequences.widen(n, n.cast(s.lengths(), x.elem()), x.rank());
            y = switch (type) {
                case "MAX", "SUM" -> y;
                case "AVERAGE" -> n.op("div", y, n.op("max", length, n.like(x, 1)));
                case "SQRT" -> n.op("div", y, n.op("sqrt", n.op("max", length, n.like(x, 1))));
                default -> throw n.unsupported("pooltype " + type);
            };
        }
        Value empty = Sequences.widen(n, n.op("eq", s.lengths(), n.b().scalar(ElementType.I64, 0)), x.rank());
        n.out(n.op("where", empty, n.like(x, n.real("pad_value", 0)), y));
        Value outer = n.outerLod(n.lod("X"));
        if (outer != null) {
            n.outLod("Out", outer);
        }
    }

    private static void softmax(PaddleNode n) {
        Value x = n.need("X");
        Sequences s = Sequences.of(n, n.needLod("X"));
        Dim steps = s.longest();
        Value all = s.pad(x, steps);
        all = n.op("where", Sequences.widen(n, s.inside(steps), all.rank()), all, n.like(x, Double.NEGATIVE_INFINITY));
        n.out(s.unpad(n.op("softmax", Attrs.of("axis", 0), all), x.dim(0)));
    }

    /** Rows, or whole sequences where X holds some, repeated as often as Y's sequences are long. */
    private static void expand(PaddleNode n) {
        Value inner = n.needLod("Y");
        boolean above = n.integer("ref_level", -1) == 0 && n.outerLod(inner) != null;
        Value lod = above ? n.outerLod(inner) : inner;
        Value x = n.need("X");
        Sequences y = Sequences.of(n, lod);
        if (n.lod("X") == null || n.type().equals("sequence_expand_as")) {
            n.out(n.gather(x, y.owner(above ? inner.dim(0).minus(1) : n.need("Y").dim(0)), 0));
            n.outLod("Out", lod);
            return;
        }
        Sequences s = Sequences.of(n, n.lod("X"));
        // which sequence each of the new ones repeats
        Dim count = n.dims(n.reduce("sum", y.lengths(), true, 0)).get(0);
        Value of = y.owner(count);
        Value lengths = n.gather(s.lengths(), of, 0);
        Value starts = SequenceEditRows.starts(n, lengths);
        Dim rows = n.dims(n.reduce("sum", lengths, true, 0)).get(0);
        Sequences out = Sequences.of(n, starts);
        Value owner = out.owner(rows);
        Value step = n.op("sub", Sequences.iota(n, rows), n.gather(out.starts(), owner, 0));
        n.out(n.gather(x, n.op("add", step, n.gather(n.gather(s.starts(), of, 0), owner, 0)), 0));
        n.outLod("Out", starts);
    }

    private static void conv(PaddleNode n) {
        Value x = n.need("X");
        Dim rows = x.dim(0);
        Sequences s = Sequences.of(n, n.needLod("X"));
        if (n.integer("contextStride", 1) != 1 || n.flag("paddingTrainable", false)) {
            throw n.unsupported("a stride, or borders that were learnt,");
        }
        Value owner = s.owner(rows);
        Value low = n.gather(s.starts(), owner, 0);
        Value high = n.gather(s.ends(), owner, 0);
        Value row = Sequences.iota(n, rows);
        Value last = n.op("sub", n.b().dim(rows), n.b().scalar(ElementType.I64, 1));
        List<Value> parts = new ArrayList<>();
        for (int j = 0; j < n.integer("contextLength", 3); j++) {
            Value at = n.op("add", row, n.b().scalar(ElementType.I64, n.integer("contextStart", 0) + j));
            Value inside = n.op("and", n.op("ge", at, low), n.op("lt", at, high));
            Value safe = n.op("min", n.op("max", at, n.b().scalar(ElementType.I64, 0)), last);
            parts.add(n.op("where", Sequences.widen(n, inside, 2), n.gather(x, safe, 0), n.like(x, 0)));
        }
        n.out(n.op("matmul", n.concat(parts, 1), n.need("Filter")));
    }

    private static void reverse(PaddleNode n) {
        Value x = n.need("X");
        Sequences s = Sequences.of(n, n.needLod("X"));
        Value owner = s.owner(x.dim(0));
        Value sum = n.op("add", n.gather(s.starts(), owner, 0), n.gather(s.ends(), owner, 0));
        Value at = n.op("sub", n.op("sub", sum, n.b().scalar(ElementType.I64, 1)), Sequences.iota(n, x.dim(0)));
        n.out("Y", n.gather(x, at, 0));
    }

    private static int[] swapped(int rank) {
        int[] perm = ShapeRows.all(rank);
        perm[0] = 1;
        perm[1] = 0;
        return perm;
    }

    private static void pad(PaddleNode n) {
        Value x = n.need("X");
        Sequences s = Sequences.of(n, n.needLod("X"));
        Dim steps = n.integer("padded_length", -1) > 0 ? Dim.of(n.integer("padded_length", -1)) : s.longest();
        Value all = s.pad(x, steps);
        Value fill = n.need("PadValue");
        fill = fill.tensor().size().is(1) ? n.reshape(fill, List.of()) : fill;
        all = n.op("where", Sequences.widen(n, s.inside(steps), all.rank()), all, fill);
        n.out(n.transpose(all, swapped(all.rank())));
        n.out("Length", s.lengths());
    }

    private static void unpad(PaddleNode n) {
        Value x = n.need("X");
        Value length = n.need("Length");
        length = n.cast(n.reshape(length, length.tensor().size()), ElementType.I64);
        Value zero = n.b().longs(0);
        Value ends = n.op("cumulate", Attrs.of("kind", "sum", "axis", 0, "exclusive", false, "reverse", false), length);
        Value lod = n.concat(List.of(zero, ends), 0);
        Dim rows = n.dims(n.reduce("sum", length, true, 0)).get(0);
        n.out(Sequences.of(n, lod).unpad(n.transpose(x, swapped(x.rank())), rows));
        n.outLod("Out", lod);
    }

    private static void mask(PaddleNode n) {
        Value x = n.cast(n.need("X"), ElementType.I64);
        Dim most = n.has("MaxLenTensor") ? n.dims(n.need("MaxLenTensor")).get(0) : Dim.of(n.integer("maxlen", -1));
        if (most.is(-1)) {
            most = n.dims(n.reduce("max", x, false, ShapeRows.all(x.rank()))).get(0);
        }
        List<Dim> dims = new ArrayList<>(x.tensor().dims());
        dims.add(Dim.ONE);
        Value y = n.op("lt", Sequences.iota(n, most), n.reshape(x, dims));
        n.out("Y", n.cast(y, n.elem("out_dtype", ElementType.I64)));
    }

    private static void reset(PaddleNode n) {
        Value lod;
        if (n.has("Y")) {
            lod = n.lod("Y") != null ? n.lod("Y") : n.cast(n.need("Y"), ElementType.I64);
        } else {
            lod = n.b().longs(n.integers("target_lod"));
        }
        n.out(n.op("identity", n.need("X")));
        n.outLod("Out", lod);
    }
}
