package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.emit.VectorOps;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.Stmt;
import dev.lathe.codegen.loop.X;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Depthwise convolution over a padded, channels-last input: 16 channels at a time, a few output pixels of a line
 * together, so that neighbouring windows share their loads. Each element is one chain over the taps in order, starting
 * at the bias. The kernel of a line is shared by all layers with the same window and stride.
 */
final class Depthwise {
    /** Taps of the last kernel dimension that are unrolled. */
    private static final int UNROLL = 11;

    /** Operations of a kernel that finishes its elements, where vectors have fewer than 16 lanes: two of each row live through its loops then. */
    private static final int NARROW = 64;

    /** Pixels of a line that are computed together at most: sizes of pictures are multiples of 7. */
    private static final int ROWS = 7;

    /** The same where a kernel goes along a line. */
    private static final int FEW = 4;

    /**
     * Vectors of channels from which on a kernel goes through them, some pixels together, as they stand in memory; below, and where registers hold few pixels,
     * along a line for each of them.
     */
    private static final int MANY = 4;

    /** Taps of the last kernel dimension up to which that pays: 5 x 5 reads too much of each line again. */
    private static final int SHORT = 3;

    /** Vectors of channels that a thread takes at a time, at most. */
    private static final int CHUNK = 16;

    /** Multiply-adds of a layer from which on it has a kernel of its own; layers whose shape is not known have. */
    private static final long LARGE = 1_000_000;

    /**
     * What a kernel knows of its layer when it is that layer's own: then C2 knows by how much each index grows, takes the checks of bounds out of the loop,
     * and each load is one register plus a constant. Null for a number that the kernel is told.
     *
     * @param columns pixels of a line of the result
     * @param channels the weights' step from tap to tap
     * @param oStep the result's pixel step
     * @param steps the input's step of each spatial dimension
     */
    private record Known(Integer columns, Integer channels, Integer oStep, List<Integer> steps) {
        /** Nothing where the layer is too small to have C2 compile another method. */
        static Known of(DepthwiseLayer layer) {
            View x = layer.x();
            View out = layer.out();
            int d = layer.d();
            Dim work = Dim.product(out.dims()).times(layer.weights().dims().get(0));
            if (layer.cx().target().lanes() == 1 || work.isConst() && work.value() < LARGE) {
                return nothing(d);
            }
            return new Known(number(out.dims().get(d)), number(layer.weights().dims().get(1)), number(out.strides().get(d)),
                    x.strides().subList(1, 1 + d).stream().map(Known::number).toList());
        }

        static Known nothing(int d) {
            return new Known(null, null, null, Collections.nCopies(d, null));
        }

        private static Integer number(Dim d) {
            return d.isConst() ? (Integer) d.intValue() : null;
        }

        /** What a kernel is told of the numbers after columns, given all of them. */
        List<Expr> told(Expr channels, Expr oStep, List<Expr> steps) {
            List<Expr> r = new ArrayList<>();
            if (this.channels == null) {
                r.add(channels);
            }
            if (this.oStep == null) {
                r.add(oStep);
            }
            for (int i = 0; i < steps.size(); i++) {
                if (this.steps.get(i) == null) {
                    r.add(steps.get(i));
                }
            }
            return r;
        }
    }

    private Depthwise() {}

    static void run(Node n, Lower cx, View x, Tensor w) {
        int channels = w.dims()[0];
        int taps = w.size() / channels;
        // [taps][channels]
        View weights = cx.pack(List.of("taps", n.in(1)), n.in(1).name(), ElementType.F32, List.of(Dim.of(taps), Dim.of(channels)), () -> {
            float[] to = new float[taps * channels];
            for (int c = 0; c < channels; c++) {
                for (int t = 0; t < taps; t++) {
                    to[t * channels + c] = w.floats()[c * taps + t];
                }
            }
            return to;
        });
        View bias = ContractionLowering.bias(n, cx, channels);
        View out = cx.result(n.out());
        Epilogue e = new Epilogue(n, cx, out, 3);
        DepthwiseLayer layer = new DepthwiseLayer(n, cx, x, w.dims(), weights, bias, out, e, e.walkable(cx));
        if (DepthwiseLines.takes(cx, w)) {
            new DepthwiseLines(layer).run();
            return;
        }
        int width = channels >= 16 ? 16 : channels >= 8 ? 8 : channels >= 4 ? 4 : 1;
        int whole = channels / width;
        block(layer, 0, width, whole);
        // what is left, narrower: no two kernels write the same element
        int at = whole * width;
        for (int half = width / 2; half >= 1; half = half == 4 ? 1 : half / 2) {
            int m = (channels - at) / half;
            if (m > 0) {
                block(layer, at, half, m);
                at += m * half;
            }
        }
    }

    /** Pixels that registers hold. */
    private static int most(Lower cx, int width) {
        int lanes = cx.target().lanes();
        return lanes == 1 ? 1 : Math.max(1, cx.target().registers() / (4 * Math.max(1, width / lanes)));
    }

    /**
     * How many pixels of a line a kernel computes together: as many as registers hold and the JIT takes in one method.
     *
     * @param across whether the kernel goes through channels
     */
    private static int rows(Lower cx, int[] wd, int[] dil, int stride, int width, Epilogue e, boolean across, Known known) {
        int most = Math.min(across ? ROWS : FEW, most(cx, width));
        if (!across && known.columns() != null) {
            // tiles that don't overlap
            for (int r = Math.min(ROWS, most(cx, width)); r > FEW; r--) {
                if (known.columns() % r == 0 && fits(cx, wd, dil, stride, width, r, e, false, known)) {
                    return r;
                }
            }
        }
        return most <= FEW || fits(cx, wd, dil, stride, width, most, e, across, known) ? most : FEW;
    }

    private static void block(DepthwiseLayer layer, int first, int width, int repeat) {
        Lower cx = layer.cx();
        int[] wd = layer.wd();
        View out = layer.out();
        View weights = layer.weights();
        Epilogue e = layer.epilogue();
        int d = layer.d();
        int[] strides = layer.strides();
        int[] dil = layer.dilations();
        Dim cols = out.dims().get(d);
        boolean across = repeat >= MANY && wd[wd.length - 1] <= SHORT && most(cx, width) > FEW;
        Epilogue last = e.inline() ? e : null;
        Known known = Known.of(layer);
        int most = rows(cx, wd, dil, strides[d - 1], width, last, across, known);
        int rows = cols.isConst() ? (int) Math.min(most, cols.value()) : most;
        Epilogue inner = last != null && fits(cx, wd, dil, strides[d - 1], width, rows, last, across, known) ? last : null;
        Kernel line = kernel(cx, wd, dil, strides[d - 1], width, rows, inner, across, known);
        Kernel single = cols.isConst() || rows == 1 ? line : kernel(cx, wd, dil, strides[d - 1], width, 1, inner, across, Known.nothing(d));
        Kernel after = e.isEmpty() || inner != null ? null : e.rows(cx, layer.extras(), width);
        KernelBuilder k = cx.kernel("depthwise");
        int part = width * repeat;
        DepthwiseLayer.Buffers bufs = layer.open(k, part);
        KernelBuilder.Buf o = bufs.o();
        KernelBuilder.Buf a = bufs.a();
        KernelBuilder.Buf wt = bufs.w();
        KernelBuilder.Buf bs = bufs.bias();
        Expr colCount = k.dim(cols);
        Expr start = k.dim(Dim.of(first));
        Expr channels = k.dim(weights.dims().get(1));
        List<Expr> lineDims = new ArrayList<>();
        for (int i = 1; i < d; i++) {
            lineDims.add(k.dim(out.dims().get(i)));
        }
        Dim lines = Dim.product(out.dims().subList(0, d));
        // channels of an item: all of a vector's, or up to CHUNK vectors, in parts of one size
        int parts = across ? (repeat + CHUNK - 1) / CHUNK : repeat;
        int chunk = (repeat + parts - 1) / parts * width;
        Expr chunks = k.dim(Dim.of(parts));
        k.range(lines.times(parts), 1, (lo, hi) -> k.loop("item", lo, hi, item -> {
            Expr at = k.let("line", X.div(item, chunks));
            Expr nb = k.let("nb", X.sub(item, X.mul(at, chunks)));
            Expr col = k.let("c", X.add(start, X.mul(nb, X.i(chunk))));
            List<Expr> index = split(k, at, lineDims);
            Expr aLine = X.mul(index.get(0), a.stride(0));
            for (int i = 1; i < d; i++) {
                aLine = X.add(aLine, X.mul(X.mul(index.get(i), X.i(strides[i - 1])), a.stride(i)));
            }
            Expr a0 = k.let("a", X.add(aLine, col));
            Expr o0 = k.let("o", X.add(o.at(index), col));
            Expr count = across ? k.let("count", X.min(X.i(chunk), X.sub(X.add(start, X.i(part)), col))) : X.i(width);
            List<Expr> steps = IntStream.rangeClosed(1, d).mapToObj(a::stride).toList();
            List<Expr> numbers = new ArrayList<>();
            if (across || known.columns() == null) {
                numbers.add(across ? count : colCount);
            }
            numbers.addAll(known.told(channels, o.stride(d), steps));
            List<Expr> all = new ArrayList<>(List.of(across ? count : colCount));
            all.addAll(Known.nothing(d).told(channels, o.stride(d), steps));
            if (across) {
                Expr aStep = k.let("step", X.mul(X.i(strides[d - 1]), a.stride(d)));
                Consumer<Expr> tile = px -> k.invoke(line,
                        List.of(a.from(X.add(a0, X.mul(px, aStep))), wt.from(col), bs.from(col), o.from(X.add(o0, X.mul(px, o.stride(d))))), numbers);
                Runnable tiles = () -> k.loop("m", X.i(0), colCount, rows, false, m -> tile.accept(overlapping(k, m, colCount, rows)));
                if (single == line) {
                    tiles.run();
                } else {
                    k.when(X.ge(colCount, X.i(rows)), tiles, () -> k.loop("m", X.i(0), colCount, m -> k.invoke(single,
                            List.of(a.from(X.add(a0, X.mul(m, aStep))), wt.from(col), bs.from(col), o.from(X.add(o0, X.mul(m, o.stride(d))))), all)));
                }
            } else {
                List<Stmt.BufArg> on = List.of(a.from(a0), wt.from(col), bs.from(col), o.from(o0));
                if (single == line) {
                    k.invoke(line, on, numbers);
                } else {
                    k.when(X.ge(colCount, X.i(rows)), () -> k.invoke(line, on, numbers), () -> k.invoke(single, on, all));
                }
            }
            if (after != null) {
                k.loop("e", X.i(0), count, width, false, c -> {
                    List<Expr> sizes = List.of(colCount, X.i(width), o.stride(d));
                    layer.finish(k, after, bufs, index, o.from(X.add(o0, c)), b -> X.add(X.add(b, col), c), sizes);
                });
            }
        }));
        k.run();
    }

    /** Where the tile for pixel {@code m} begins: the last one begins earlier, and what two tiles compute is the same. */
    private static Expr overlapping(KernelBuilder k, Expr m, Expr cols, int rows) {
        return rows == 1 ? m : k.let("x", X.min(m, X.sub(cols, X.i(rows))));
    }

    private static List<Expr> split(KernelBuilder k, Expr line, List<Expr> dims) {
        List<Expr> r = new ArrayList<>();
        Expr rest = line;
        for (int i = dims.size() - 1; i >= 0; i--) {
            Expr q = k.let("q", X.div(rest, dims.get(i)));
            r.add(0, k.let("p", X.sub(rest, X.mul(q, dims.get(i)))));
            rest = q;
        }
        r.add(0, rest);
        return r;
    }

    /** Whether the method of a kernel that does {@code e} (or nothing, for null) before it stores is not too long for the JIT. */
    private static boolean fits(Lower cx, int[] wd, int[] dil, int stride, int width, int rows, Epilogue e, boolean across, Known known) {
        int most = cx.target().lanes() == 16 ? VectorOps.LIMIT : NARROW;
        return build(cx, wd, dil, stride, width, rows, e, across, known).vectorOps(width, cx.target().lanes()) <= most;
    }

    /**
     * {@code width} channels of one output line, or of {@code rows} pixels in it {@code width} channels after the other. Buffers: input, weights, bias,
     * result; parameters: columns, or channels to go through; channels (the weights' step from tap to tap), the result's pixel step, the input's step of
     * each spatial dimension; of these only what is not known, and channels to go through.
     *
     * @param e what happens to an element before it is stored; null when that is left to others
     * @param across whether it goes through channels
     * @param known what is known of the layer that it is for
     */
    private static KernelBuilder build(Lower cx, int[] wd, int[] dil, int stride, int width, int rows, Epilogue e, boolean across, Known known) {
        int d = wd.length - 2;
        KernelBuilder k = cx.kernel((across ? "depthwise_tile" : "depthwise_line") + rows + "x" + width);
        KernelBuilder.Buf a = k.buffer(Scalar.F32, false);
        KernelBuilder.Buf w = k.buffer(Scalar.F32, false);
        KernelBuilder.Buf bias = k.buffer(Scalar.F32, false);
        KernelBuilder.Buf o = k.buffer(Scalar.F32, true);
        Numbers n = Numbers.of(k, known, across);
        Expr count = n.count;
        Expr channels = n.channels;
        Expr oStep = n.oStep;
        List<Expr> steps = n.steps;
        Expr shared = across ? null : k.let("bias", TileKernel.vector(bias, X.i(0), width));
        k.loop(across ? "c" : "m", X.i(0), count, across ? width : rows, false, i -> {
            Expr col = across ? i : X.i(0);
            Expr px = across ? X.i(0) : known.columns() != null && known.columns() % rows == 0 ? i : overlapping(k, i, count, rows);
            Expr start = across ? k.let("bias", TileKernel.vector(bias, col, width)) : shared;
            List<Expr.Var> acc = new ArrayList<>();
            for (int r = 0; r < rows; r++) {
                acc.add(k.mut("s", start));
            }
            Expr from = k.let("a", X.add(X.mul(X.mul(px, X.i(stride)), steps.get(d - 1)), col));
            taps(k, a, w, wd, dil, stride, steps, 0, from, col, X.i(0), channels, width, acc);
            for (int r = 0; r < rows; r++) {
                o.storeFlat(X.add(X.mul(X.add(px, X.i(r)), oStep), col), e == null ? acc.get(r) : e.inlined(k, acc.get(r)));
            }
        });
        return k;
    }

    /** The numbers of {@link #build}, known or told. */
    private record Numbers(Expr count, Expr channels, Expr oStep, List<Expr> steps) {
        static Numbers of(KernelBuilder k, Known known, boolean across) {
            Expr count = number(k, across ? null : known.columns(), across ? "count" : "columns");
            return new Numbers(count, number(k, known.channels(), "channels"), number(k, known.oStep(), "ostep"),
                    known.steps().stream().map(v -> number(k, v, "step")).toList());
        }

        private static Expr number(KernelBuilder k, Integer known, String name) {
            return known != null ? X.i(known) : k.number(name);
        }
    }

    /** The kernel of {@link #build}, and where it has vectors, before it one that stands in for it. */
    private static Kernel kernel(Lower cx, int[] wd, int[] dil, int stride, int width, int rows, Epilogue e, boolean across, Known known) {
        boolean plain = cx.target().lanes() == 1 || width == 1;
        return build(cx, wd, dil, stride, width, rows, e, across, known).part(plain ? null : understudy(cx, wd, dil, stride, width, rows, e, across, known));
    }

    // one pixel after the other, and one channel
    private static Kernel understudy(Lower cx, int[] wd, int[] dil, int stride, int width, int rows, Epilogue e, boolean across, Known known) {
        int d = wd.length - 2;
        // of one pixel the stride is of no account
        Kernel pixel = build(cx, wd, dil, 1, 1, 1, e, true, Known.nothing(d)).part();
        KernelBuilder k = cx.kernel("understudy_depthwise" + rows + "x" + width);
        KernelBuilder.Buf a = k.buffer(Scalar.F32, false);
        KernelBuilder.Buf w = k.buffer(Scalar.F32, false);
        KernelBuilder.Buf bias = k.buffer(Scalar.F32, false);
        KernelBuilder.Buf o = k.buffer(Scalar.F32, true);
        Numbers n = Numbers.of(k, known, across);
        Expr step = k.let("step", X.mul(X.i(stride), n.steps.get(d - 1)));
        List<Expr> numbers = new ArrayList<>(List.of(across ? n.count : X.i(width)));
        numbers.addAll(Known.nothing(d).told(n.channels, n.oStep, n.steps));
        k.loop("m", X.i(0), across ? X.i(rows) : n.count,
                m -> k.invoke(pixel, List.of(a.from(X.mul(m, step)), w.from(X.i(0)), bias.from(X.i(0)), o.from(X.mul(m, n.oStep))), numbers));
        return k.part();
    }

    private static void taps(KernelBuilder k, KernelBuilder.Buf a, KernelBuilder.Buf w, int[] wd, int[] dil, int stride, List<Expr> steps, int dim,
            Expr start, Expr col, Expr tap, Expr channels, int width, List<Expr.Var> acc) {
        int d = steps.size();
        int extent = wd[2 + dim];
        if (dim < d - 1) {
            k.loop("u", X.i(0), X.i(extent), u -> {
                Expr s = k.let("a", X.add(start, X.mul(X.mul(u, X.i(dil[dim])), steps.get(dim))));
                taps(k, a, w, wd, dil, stride, steps, dim + 1, s, col, k.let("t", X.add(X.mul(tap, X.i(extent)), u)), channels, width, acc);
            });
            return;
        }
        Expr w0 = k.let("w", X.add(X.mul(X.mul(tap, X.i(extent)), channels), col));
        if (extent > UNROLL) {
            k.loop("u", X.i(0), X.i(extent), u -> {
                Expr v = k.let("w", TileKernel.vector(w, X.add(w0, X.mul(u, channels)), width));
                for (int r = 0; r < acc.size(); r++) {
                    Expr at = X.add(start, X.mul(X.add(X.mul(u, X.i(dil[dim])), X.i(r * stride)), steps.get(dim)));
                    k.set(acc.get(r), X.fma(TileKernel.vector(a, at, width), v, acc.get(r)));
                }
            });
            return;
        }
        Map<Integer, Expr> loaded = new HashMap<>();
        for (int u = 0; u < extent; u++) {
            Expr v = k.let("w", TileKernel.vector(w, X.add(w0, X.mul(X.i(u), channels)), width));
            for (int r = 0; r < acc.size(); r++) {
                int place = u * dil[dim] + r * stride;
                Expr x = loaded.computeIfAbsent(place, q -> k.let("v", TileKernel.vector(a, X.add(start, X.mul(X.i(q), steps.get(dim))), width)));
                k.set(acc.get(r), X.fma(x, v, acc.get(r)));
            }
        }
    }
}
