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
import java.util.HashMap;
import java.util.List;
import java.util.Map;

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
        List<View> extras = e.walkable(cx);
        int width = channels >= 16 ? 16 : channels >= 8 ? 8 : channels >= 4 ? 4 : 1;
        int whole = channels / width;
        block(n, cx, x, w.dims(), weights, bias, out, e, extras, 0, width, whole);
        // what is left, narrower: no two kernels write the same element
        int at = whole * width;
        for (int half = width / 2; half >= 1; half = half == 4 ? 1 : half / 2) {
            int m = (channels - at) / half;
            if (m > 0) {
                block(n, cx, x, w.dims(), weights, bias, out, e, extras, at, half, m);
                at += m * half;
            }
        }
    }

    private static int rows(Lower cx, int width) {
        int lanes = cx.target().lanes();
        if (lanes == 1) {
            return 1;
        }
        int vectors = Math.max(1, width / lanes);
        return Math.max(1, Math.min(4, cx.target().registers() / (4 * vectors)));
    }

    private static void block(Node n, Lower cx, View x, int[] wd, View weights, View bias, View out, Epilogue e, List<View> extras, int first, int width,
            int repeat) {
        int d = wd.length - 2;
        int[] strides = n.attrs().ints("strides");
        int[] dil = n.attrs().ints("dilations");
        Dim cols = out.dims().get(d);
        int most = rows(cx, width);
        int rows = cols.isConst() ? (int) Math.min(most, cols.value()) : most;
        Epilogue inner = e.inline() && fits(cx, wd, dil, strides[d - 1], width, rows, e) ? e : null;
        Kernel line = line(cx, wd, dil, strides[d - 1], width, rows, inner);
        Kernel single = cols.isConst() || rows == 1 ? line : line(cx, wd, dil, strides[d - 1], width, 1, inner);
        Kernel after = e.isEmpty() || inner != null ? null : e.rows(cx, extras, width);
        KernelBuilder k = cx.kernel("depthwise");
        KernelBuilder.Buf o = k.write(out);
        KernelBuilder.Buf a = k.read(x);
        KernelBuilder.Buf wt = k.read(weights);
        KernelBuilder.Buf bs = k.read(bias);
        List<KernelBuilder.Buf> more = extras.stream().map(k::read).toList();
        Dim pixels = Dim.product(out.dims().subList(0, d + 1));
        int part = width * repeat;
        k.multiplyAdds(pixels.times(weights.dims().get(0)).times(part));
        k.touches(o, pixels.times(part));
        k.touches(a, Dim.product(x.dims().subList(0, d + 1)).times(part));
        k.touches(wt, weights.dims().get(0).times(part));
        k.touches(bs, Dim.of(part));
        Expr colCount = k.dim(cols);
        Expr start = k.dim(Dim.of(first));
        Expr channels = k.dim(weights.dims().get(1));
        List<Expr> lineDims = new ArrayList<>();
        for (int i = 1; i < d; i++) {
            lineDims.add(k.dim(out.dims().get(i)));
        }
        Dim lines = Dim.product(out.dims().subList(0, d));
        Expr blocks = k.dim(Dim.of(repeat));
        k.range(lines.times(repeat), 1, (lo, hi) -> k.loop("item", lo, hi, item -> {
            Expr at = k.let("line", X.div(item, blocks));
            Expr nb = k.let("nb", X.sub(item, X.mul(at, blocks)));
            Expr col = k.let("c", X.add(start, X.mul(nb, X.i(width))));
            List<Expr> index = split(k, at, lineDims);
            Expr aLine = X.mul(index.get(0), a.stride(0));
            for (int i = 1; i < d; i++) {
                aLine = X.add(aLine, X.mul(X.mul(index.get(i), X.i(strides[i - 1])), a.stride(i)));
            }
            Expr a0 = k.let("a", X.add(aLine, col));
            Expr o0 = k.let("o", X.add(o.at(index), col));
            List<Stmt.BufArg> bufs = List.of(a.from(a0), wt.from(col), bs.from(col), o.from(o0));
            List<Expr> numbers = new ArrayList<>(List.of(colCount, channels, o.stride(d)));
            for (int i = 0; i < d; i++) {
                numbers.add(a.stride(1 + i));
            }
            if (single == line) {
                k.invoke(line, bufs, numbers);
            } else {
                k.when(X.ge(colCount, X.i(rows)), () -> k.invoke(line, bufs, numbers), () -> k.invoke(single, bufs, numbers));
            }
            if (after != null) {
                List<Stmt.BufArg> on = new ArrayList<>(List.of(o.from(o0)));
                List<Expr> given = new ArrayList<>(List.of(colCount, X.i(width), o.stride(d)));
                for (int i = 0; i < more.size(); i++) {
                    KernelBuilder.Buf b = more.get(i);
                    on.add(b.from(Epilogue.broadcast(extras.get(i)) ? b.at(index) : X.add(b.at(index), col)));
                    given.add(b.stride(d));
                }
                k.invoke(after, on, given);
            }
        }));
        k.run();
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

    /**
     * One output line of {@code width} channels. Buffers: input, weights, bias, result; parameters: columns, channels (the
     * weights' step from tap to tap), the result's pixel step, the input's step of each spatial dimension.
     *
     * @param e what happens to an element before it is stored; null when that is left to others
     */
    private static Kernel line(Lower cx, int[] wd, int[] dil, int stride, int width, int rows, Epilogue e) {
        return build(cx, wd, dil, stride, width, rows, e).part();
    }

    /** Whether the elements can be finished where they are computed, or that makes a method too long for the JIT. */
    private static boolean fits(Lower cx, int[] wd, int[] dil, int stride, int width, int rows, Epilogue e) {
        return build(cx, wd, dil, stride, width, rows, e).vectorOps(width, cx.target().lanes()) <= (cx.target().lanes() == 16 ? VectorOps.LIMIT : NARROW);
    }

    private static KernelBuilder build(Lower cx, int[] wd, int[] dil, int stride, int width, int rows, Epilogue e) {
        int d = wd.length - 2;
        KernelBuilder k = cx.kernel("depthwise_line" + rows + "x" + width);
        KernelBuilder.Buf a = k.buffer(Scalar.F32, false);
        KernelBuilder.Buf w = k.buffer(Scalar.F32, false);
        KernelBuilder.Buf bias = k.buffer(Scalar.F32, false);
        KernelBuilder.Buf o = k.buffer(Scalar.F32, true);
        Expr cols = k.number("columns");
        Expr channels = k.number("channels");
        Expr oStep = k.number("ostep");
        List<Expr> steps = new ArrayList<>();
        for (int i = 0; i < d; i++) {
            steps.add(k.number("step"));
        }
        Expr start = k.let("bias", TileKernel.vector(bias, X.i(0), width));
        k.loop("m", X.i(0), cols, rows, false, m -> {
            // the last tile begins earlier; what two tiles compute is the same
            Expr px = rows == 1 ? m : k.let("x", X.min(m, X.sub(cols, X.i(rows))));
            List<Expr.Var> acc = new ArrayList<>();
            for (int r = 0; r < rows; r++) {
                acc.add(k.mut("s", start));
            }
            Expr from = k.let("a", X.mul(X.mul(px, X.i(stride)), steps.get(d - 1)));
            taps(k, a, w, wd, dil, stride, steps, 0, from, X.i(0), channels, width, acc);
            for (int r = 0; r < rows; r++) {
                o.storeFlat(X.mul(X.add(px, X.i(r)), oStep), e == null ? acc.get(r) : e.inlined(k, acc.get(r)));
            }
        });
        return k;
    }

    private static void taps(KernelBuilder k, KernelBuilder.Buf a, KernelBuilder.Buf w, int[] wd, int[] dil, int stride, List<Expr> steps, int dim,
            Expr start, Expr tap, Expr channels, int width, List<Expr.Var> acc) {
        int d = steps.size();
        int extent = wd[2 + dim];
        if (dim < d - 1) {
            k.loop("u", X.i(0), X.i(extent), u -> {
                Expr s = k.let("a", X.add(start, X.mul(X.mul(u, X.i(dil[dim])), steps.get(dim))));
                taps(k, a, w, wd, dil, stride, steps, dim + 1, s, k.let("t", X.add(X.mul(tap, X.i(extent)), u)), channels, width, acc);
            });
            return;
        }
        Expr w0 = k.let("w", X.mul(X.mul(tap, X.i(extent)), channels));
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
