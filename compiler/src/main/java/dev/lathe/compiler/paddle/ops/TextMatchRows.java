package dev.lathe.compiler.paddle.ops;

import static dev.lathe.compiler.paddle.PaddleTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.paddle.PaddleNode;
import java.util.ArrayList;
import java.util.List;

/**
 * How well every step of a sequence fits every step of another: an image for each pair of sequences, as high as the one and as wide as
 * the other. All images stand one behind the other in one column.
 */
public final class TextMatchRows {
    private TextMatchRows() {}

    public static void register() {
        add("match_matrix_tensor", TextMatchRows::match);
        add("var_conv_2d", TextMatchRows::convolution);
        add("sequence_topk_avg_pooling", TextMatchRows::best);
    }

    /** Images of several extents. @param heights i64 [images], as {@code widths} */
    private record Images(PaddleNode n, Value heights, Value widths, long channels) {
        /** Where each begins, and how many elements all have. */
        Value lod() {
            return SequenceEditRows.starts(n, sizes());
        }

        private Value sizes() {
            return n.op("mul", n.op("mul", heights, widths), n.number(channels));
        }

        Dim size() {
            return n.dims(n.reduce("sum", sizes(), true, 0)).get(0);
        }

        /** Where each element stands. */
        Places places() {
            Dim size = size();
            Sequences s = Sequences.of(n, lod());
            Value image = s.owner(size);
            Value rest = n.op("sub", Sequences.iota(n, size), n.gather(s.starts(), image, 0));
            Value width = n.gather(widths, image, 0);
            Value area = n.op("mul", n.gather(heights, image, 0), width);
            Value channel = n.op("div", rest, area);
            rest = n.op("sub", rest, n.op("mul", channel, area));
            Value row = n.op("div", rest, width);
            return new Places(image, channel, row, n.op("sub", rest, n.op("mul", row, width)));
        }
    }

    private record Places(Value image, Value channel, Value row, Value column) {}

    private static Value column(PaddleNode n, Value v) {
        return n.unsqueeze(v, 1);
    }

    private static void match(PaddleNode n) {
        Value x = n.need("X");
        Value w = n.need("W");
        Sequences left = Sequences.of(n, n.needLod("X"));
        Sequences right = Sequences.of(n, n.needLod("Y"));
        long forms = n.integer("dim_t", 1);
        Images images = new Images(n, left.lengths(), right.lengths(), forms);
        Places at = images.places();
        Value all = n.op("matmul", x, n.reshape(w, w.dim(0), w.dim(1).times(w.dim(2))));
        all = n.reshape(all, x.dim(0).times(forms), w.dim(2));
        Value a = n.op("add", n.op("mul", n.op("add", n.gather(left.starts(), at.image(), 0), at.row()), n.number(forms)), at.channel());
        Value b = n.op("add", n.gather(right.starts(), at.image(), 0), at.column());
        Value y = n.reduce("sum", n.op("mul", n.gather(all, a, 0), n.gather(n.need("Y"), b, 0)), true, 1);
        n.out(n.flag("fuse_relu", false) ? n.op("relu", y) : y);
        n.outLod("Out", images.lod());
    }

    /** Ceiling of a quotient. */
    private static Value steps(PaddleNode n, Value extent, long stride) {
        return n.op("div", n.op("add", extent, n.number(stride - 1)), n.number(stride));
    }

    /** Windows lie around their places; beyond an image there are zeros. */
    private static void convolution(PaddleNode n) {
        Value heights = Sequences.of(n, n.needLod("ROW")).lengths();
        Value widths = Sequences.of(n, n.needLod("COLUMN")).lengths();
        long in = n.integer("InputChannel", 1);
        long out = n.integer("OutputChannel", 1);
        long sh = n.integer("StrideH", 1);
        long sw = n.integer("StrideW", 1);
        long kh = n.integer("KernelH", 1);
        long kw = n.integer("KernelW", 1);
        Images sources = new Images(n, heights, widths, in);
        Value begin = Sequences.of(n, sources.lod()).starts();
        Images windows = new Images(n, steps(n, heights, sh), steps(n, widths, sw), 1);
        Places at = windows.places();
        Value height = n.gather(heights, at.image(), 0);
        Value width = n.gather(widths, at.image(), 0);
        Value x = n.need("X");
        Value flat = n.reshape(x, x.tensor().size());
        Value last = n.b().dim(x.tensor().size().minus(1));
        Value channels = n.reshape(Sequences.iota(n, Dim.of(in)), Dim.ONE, Dim.of(in));
        List<Value> taps = new ArrayList<>();
        for (long k = 0; k < kh * kw; k++) {
            Value row = n.op("add", n.op("mul", at.row(), n.number(sh)), n.number(k / kw - kh / 2));
            Value column = n.op("add", n.op("mul", at.column(), n.number(sw)), n.number(k % kw - kw / 2));
            Value inside = n.op("and", n.op("and", n.op("ge", row, n.number(0)), n.op("lt", row, height)),
                    n.op("and", n.op("ge", column, n.number(0)), n.op("lt", column, width)));
            Value place = n.op("add", n.gather(begin, at.image(), 0), n.op("add", n.op("mul", row, width), column));
            Value each = n.op("add", column(n, place), n.op("mul", channels, column(n, n.op("mul", height, width))));
            Value found = n.gather(flat, n.op("max", n.op("min", each, last), n.number(0)), 0);
            taps.add(n.unsqueeze(n.op("where", column(n, inside), found, n.like(x, 0)), 2));
        }
        Value patches = n.concat(taps, 2);
        Value w = n.reshape(n.need("W"), Dim.of(out), Dim.of(in * kh * kw));
        Value all = n.op("matmul", n.reshape(patches, patches.dim(0), Dim.of(in * kh * kw)), n.turned(w));
        // from channels behind each place to an image for each channel
        Images results = new Images(n, windows.heights(), windows.widths(), out);
        Places to = results.places();
        Value first = n.gather(Sequences.of(n, windows.lod()).starts(), to.image(), 0);
        Value place = n.op("add", first, n.op("add", n.op("mul", to.row(), n.gather(windows.widths(), to.image(), 0)), to.column()));
        Value y = column(n, n.gather(n.reshape(all, all.tensor().size()), n.op("add", n.op("mul", place, n.number(out)), to.channel()), 0));
        n.out(n.flag("fuse_relu", false) ? n.op("relu", y) : y);
        n.outLod("Out", results.lod());
    }

    /** For each row and channel the mean of its best columns, as often as there are numbers of them. */
    private static void best(PaddleNode n) {
        Value rows = n.needLod("ROW");
        Sequences r = Sequences.of(n, rows);
        Sequences c = Sequences.of(n, n.needLod("COLUMN"));
        long channels = n.integer("channel_num", 1);
        long[] counts = n.integers("topks");
        long most = counts[counts.length - 1];
        Value x = n.need("X");
        Value begin = Sequences.of(n, new Images(n, r.lengths(), c.lengths(), channels).lod()).starts();
        Dim count = n.need("ROW").dim(0);
        Dim wide = c.longest().plus(most);
        Value image = r.owner(count);
        Value row = n.op("sub", Sequences.iota(n, count), n.gather(r.starts(), image, 0));
        Value height = n.gather(r.lengths(), image, 0);
        Value width = n.gather(c.lengths(), image, 0);
        Value channel = n.reshape(Sequences.iota(n, Dim.of(channels)), Dim.ONE, Dim.of(channels));
        Value line = n.op("mul", n.op("add", n.op("mul", column(n, height), channel), column(n, row)), column(n, width));
        Value at = n.op("add", n.unsqueeze(n.op("add", line, column(n, n.gather(begin, image, 0))), 2), Sequences.iota(n, wide));
        Value inside = n.op("lt", Sequences.iota(n, wide), n.unsqueeze(width, 1, 2));
        Value all = n.gather(n.reshape(x, x.tensor().size()), n.op("min", at, n.b().dim(x.tensor().size().minus(1))), 0);
        Value found = n.sorted(n.op("where", inside, all, n.like(x, Double.NEGATIVE_INFINITY)), Dim.of(most), true).get(0);
        Value there = n.op("gt", found, n.like(x, Double.NEGATIVE_INFINITY));
        Value sums = n.op("cumulate", Attrs.of("kind", "sum", "axis", 2, "exclusive", false, "reverse", false), n.op("where", there, found, n.like(x, 0)));
        List<Value> means = new ArrayList<>();
        for (long k : counts) {
            means.add(n.op("div", n.part(sums, 2, Dim.of(k - 1), Dim.ONE), n.like(x, k)));
        }
        n.out(n.reshape(n.concat(means, 2), count, Dim.of(channels * counts.length)));
        n.outLod("Out", rows);
    }
}
