package dev.lathe.compiler.paddle.ops;

import static dev.lathe.compiler.paddle.PaddleTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.paddle.PaddleNode;
import java.util.ArrayList;
import java.util.List;

/** Windows and shifts of images. */
public final class WindowRows {
    private WindowRows() {}

    public static void register() {
        add("unfold", WindowRows::unfold);
        add("fold", n -> {
            Value size = n.b().dims(n.dims("", "", "output_sizes"));
            Value kernel = n.b().dims(n.dims("", "", "kernel_sizes"));
            n.out("Y", n.onnx("Col2Im", new Object[] {"strides", n.ints("strides", 1, 1), "dilations", n.ints("dilations", 1, 1), "pads", sides(n.ints("paddings", 0, 0))},
                    n.need("X"), size, kernel));
        });
        add("temporal_shift", WindowRows::shift);
        add("correlation", WindowRows::correlate);
        add("pixel_unshuffle", n -> {
            boolean last = ConvRows.channelsLast(n, "data_format");
            Value x = last ? n.toFirst(n.need("X")) : n.need("X");
            long f = n.integer("downscale_factor", 1);
            Dim h = x.dim(2).floorDiv(f);
            Dim w = x.dim(3).floorDiv(f);
            Value apart = n.transpose(n.reshape(x, x.dim(0), x.dim(1), h, Dim.of(f), w, Dim.of(f)), 0, 1, 3, 5, 2, 4);
            Value y = n.reshape(apart, x.dim(0), x.dim(1).times(f * f), h, w);
            n.out(last ? n.toLast(y) : y);
        });
        add("row_conv", WindowRows::lookAhead);
        add("maxout", n -> {
            Value x = n.need("X");
            long groups = n.integer("groups", 1);
            int axis = n.axis(n.integer("axis", 1), x.rank());
            List<Dim> dims = new ArrayList<>(x.tensor().dims());
            dims.set(axis, x.dim(axis).floorDiv(groups));
            dims.add(axis + 1, Dim.of(groups));
            n.out(n.reduce("max", n.reshape(x, dims), false, axis + 1));
        });
    }

    // (top, left, bottom, right), or the same for both sides
    private static int[] sides(int[] p) {
        return p.length == 1 ? new int[] {p[0], p[0], p[0], p[0]} : p.length == 2 ? new int[] {p[0], p[1], p[0], p[1]} : p;
    }

    private static Value pad(PaddleNode n, Value x, int top, int left, int bottom, int right) {
        return n.op("pad", Attrs.of("before", Dim.list(0, 0, top, left), "after", Dim.list(0, 0, bottom, right), "mode", "constant"), x);
    }

    private static Value window(PaddleNode n, Value x, int y0, int x0, Dim h, Dim w, int sy, int sx) {
        List<Dim> starts = Dim.list(0, 0, y0, x0);
        return n.op("slice", Attrs.of("starts", starts, "sizes", List.of(x.dim(0), x.dim(1), h, w), "steps", new int[] {1, 1, sy, sx}), x);
    }

    private static void unfold(PaddleNode n) {
        Value x = n.need("X");
        int[] k = n.ints("kernel_sizes");
        int[] s = n.ints("strides", 1, 1);
        int[] d = n.ints("dilations", 1, 1);
        int[] p = sides(n.ints("paddings", 0, 0));
        Value wide = pad(n, x, p[0], p[1], p[2], p[3]);
        Dim oh = wide.dim(2).minus((long) d[0] * (k[0] - 1) + 1).floorDiv(s[0]).plus(1);
        Dim ow = wide.dim(3).minus((long) d[1] * (k[1] - 1) + 1).floorDiv(s[1]).plus(1);
        List<Value> cells = new ArrayList<>();
        for (int i = 0; i < k[0] * k[1]; i++) {
            Value cell = window(n, wide, i / k[1] * d[0], i % k[1] * d[1], oh, ow, s[0], s[1]);
            cells.add(n.reshape(cell, x.dim(0), x.dim(1), Dim.ONE, oh.times(ow)));
        }
        n.out("Y", n.reshape(n.concat(cells, 2), x.dim(0), x.dim(1).times((long) k[0] * k[1]), oh.times(ow)));
    }

    /** A part of the channels comes from the frame before, another from the one behind. */
    private static void shift(PaddleNode n) {
        boolean last = n.text("data_format", "NCHW").equals("NHWC");
        Value x = last ? n.toFirst(n.need("X")) : n.need("X");
        Dim frames = Dim.of(n.integer("seg_num", 1));
        Dim c = x.dim(1);
        long first = (long) (c.value() * n.real("shift_ratio", 0.25));
        List<Dim> dims = List.of(x.dim(0).floorDiv(frames), frames, c, x.dim(2), x.dim(3));
        Value all = n.reshape(x, dims);
        List<Value> parts = new ArrayList<>();
        long[] ends = {0, first, 2 * first, c.value()};
        for (int i = 0; i < 3; i++) {
            Value part = n.part(all, 2, Dim.of(ends[i]), Dim.of(ends[i + 1] - ends[i]));
            int by = i == 0 ? 1 : i == 1 ? -1 : 0;
            List<Dim> before = Dim.list(0, by, 0, 0, 0);
            List<Dim> after = Dim.list(0, -by, 0, 0, 0);
            parts.add(by == 0 ? part : n.op("pad", Attrs.of("before", before, "after", after, "mode", "constant"), part));
        }
        Value y = n.reshape(n.concat(parts, 2), x.tensor().dims());
        n.out(last ? n.toLast(y) : y);
    }

    /** How well patches of one image fit those of another at every displacement. */
    private static void correlate(PaddleNode n) {
        int pad = n.intValue("pad_size", 0);
        int kernel = n.intValue("kernel_size", 1);
        int most = n.intValue("max_displacement", 1);
        int step = n.intValue("stride1", 1);
        int grid = n.intValue("stride2", 1);
        Value a = pad(n, n.need("Input1"), pad, pad, pad, pad);
        Value c = pad(n, n.need("Input2"), pad, pad, pad, pad);
        int border = kernel / 2 + most;
        Dim h = a.dim(2).minus(2L * border).plus(step - 1).floorDiv(step);
        Dim w = a.dim(3).minus(2L * border).plus(step - 1).floorDiv(step);
        int radius = most / grid;
        List<Value> all = new ArrayList<>();
        for (int dy = -radius; dy <= radius; dy++) {
            for (int dx = -radius; dx <= radius; dx++) {
                Value sum = null;
                for (int k = 0; k < kernel * kernel; k++) {
                    int y0 = most + k / kernel;
                    int x0 = most + k % kernel;
                    Value product = n.op("mul", window(n, a, y0, x0, h, w, step, step), window(n, c, y0 + dy * grid, x0 + dx * grid, h, w, step, step));
                    sum = sum == null ? product : n.op("add", sum, product);
                }
                Value mean = n.reduce("mean", sum, true, 1);
                all.add(kernel == 1 ? mean : n.op("div", mean, (double) kernel * kernel));
            }
        }
        n.out("Output", n.concat(all, 1));
    }

    /** Each row is a weighted sum of it and of those behind it in its sequence. */
    private static void lookAhead(PaddleNode n) {
        Value x = n.need("X");
        Value filter = n.need("Filter");
        if (n.lod("X") == null) {
            throw n.unsupported("a padded batch");
        }
        Dim rows = x.dim(0);
        Sequences s = Sequences.of(n, n.needLod("X"));
        Value end = n.gather(s.ends(), s.owner(rows), 0);
        Value last = n.op("sub", n.b().dim(rows), n.number(1));
        Value sum = null;
        for (int i = 0; i < filter.dim(0).intValue(); i++) {
            Value at = n.op("add", Sequences.iota(n, rows), n.number(i));
            Value inside = n.reshape(n.op("lt", at, end), rows, Dim.ONE);
            Value row = n.op("mul", n.gather(x, n.op("min", at, last), 0), n.part(filter, 0, Dim.of(i), Dim.ONE));
            row = n.op("where", inside, row, n.like(x, 0));
            sum = sum == null ? row : n.op("add", sum, row);
        }
        n.out(sum);
    }
}
