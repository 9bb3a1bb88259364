package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.X;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.List;

/**
 * Depthwise convolution over a padded, channels-last input: 16 channels at a time, a few output pixels of a line
 * together, so that neighbouring windows share their loads. Each element is one chain over the taps in order.
 */
final class Depthwise {
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
        View bias = n.in(2) == null ? null : cx.packedView(n.in(2));
        View out = cx.result(n.out());
        Panels p = Panels.of(channels);
        for (Panels.Block b : p.blocks(1)) {
            block(n, cx, x, w.dims(), weights, bias, out, p, b);
        }
    }

    private static void block(Node n, Lower cx, View x, int[] wd, View weights, View bias, View out, Panels p, Panels.Block b) {
        int d = wd.length - 2;
        int[] strides = n.attrs().ints("strides");
        int[] dil = n.attrs().ints("dilations");
        int width = p.widths().get(b.first());
        int kw = wd[d + 1];
        Dim cols = out.dims().get(d);
        int vectors = Math.max(1, width / Math.max(1, cx.target().lanes()));
        int most = cx.target().lanes() == 1 ? 1 : Math.max(1, Math.min(6, (cx.target().registers() - 4) / (2 * vectors)));
        int rows = cols.isConst() ? rows(cols.intValue(), most) : most;
        Epilogue e = new Epilogue(n, cx, out, 3);
        if (cols.isConst()) {
            emit(n, cx, x, wd, weights, bias, out, p, b, rows, Dim.ONE, e);
        } else {
            Dim enough = cols.floorDiv(rows).min(Dim.ONE);
            emit(n, cx, x, wd, weights, bias, out, p, b, rows, enough, e);
            emit(n, cx, x, wd, weights, bias, out, p, b, 1, Dim.ONE.minus(enough), e);
        }
        assert kw > 0 && strides.length == d && dil.length == d;
    }

    private static int rows(int cols, int most) {
        int best = 1;
        double cost = Double.MAX_VALUE;
        for (int r = 1; r <= most && r <= cols; r++) {
            double c = Math.ceil((double) cols / r) * (r + 1.0);
            if (c < cost) {
                cost = c;
                best = r;
            }
        }
        return best;
    }

    private static void emit(Node n, Lower cx, View x, int[] wd, View weights, View bias, View out, Panels p, Panels.Block b, int rows, Dim when,
            Epilogue e) {
        int d = wd.length - 2;
        int[] strides = n.attrs().ints("strides");
        int[] dil = n.attrs().ints("dilations");
        int width = p.widths().get(b.first());
        KernelBuilder k = cx.kernel("depthwise" + rows + "x" + width);
        KernelBuilder.Buf o = k.write(out);
        KernelBuilder.Buf a = k.read(x);
        KernelBuilder.Buf wt = k.read(weights);
        KernelBuilder.Buf bs = bias == null ? null : k.read(bias);
        e.open(k, e.extras());
        Expr cols = k.dim(out.dims().get(d));
        Expr first = k.dim(Dim.of(p.starts().get(b.first())));
        Expr channels = k.dim(weights.dims().get(1));
        // all output dimensions but the last spatial one
        List<Expr> lineDims = new ArrayList<>();
        for (int i = 0; i < d; i++) {
            lineDims.add(k.dim(out.dims().get(i)));
        }
        Dim lines = Dim.product(out.dims().subList(0, d));
        Expr lineCount = k.dim(lines);
        k.range(lines.times(b.repeat()).times(when), 1, (lo, hi) -> k.loop("item", lo, hi, item -> {
            Expr nb = b.repeat() == 1 ? X.i(0) : k.let("nb", X.div(item, lineCount));
            Expr line = b.repeat() == 1 ? item : k.let("line", X.sub(item, X.mul(nb, lineCount)));
            Expr col = k.let("c", X.add(first, X.mul(nb, X.i(width))));
            List<Expr> at = new ArrayList<>();
            Expr rest = line;
            for (int i = d - 1; i > 0; i--) {
                Expr q = k.let("q", X.div(rest, lineDims.get(i)));
                at.add(0, k.let("p", X.sub(rest, X.mul(q, lineDims.get(i)))));
                rest = q;
            }
            at.add(0, rest);
            Expr aLine = X.mul(at.get(0), a.stride(0));
            for (int i = 1; i < d; i++) {
                aLine = X.add(aLine, X.mul(X.mul(at.get(i), X.i(strides[i - 1])), a.stride(i)));
            }
            Expr a0 = k.let("a", X.add(aLine, col));
            Expr o0 = k.let("o", X.add(o.at(at), col));
            Expr bias0 = bs == null ? null : k.let("bias", vec(bs, col, width));
            k.loop("m", X.i(0), cols, rows, false, m -> {
                Expr px = rows == 1 ? m : k.let("x", X.min(m, X.sub(cols, X.i(rows))));
                List<Expr.Var> acc = new ArrayList<>();
                for (int r = 0; r < rows; r++) {
                    acc.add(k.mut("s", bias0 == null ? splat(X.f(0), width) : bias0));
                }
                Expr start = k.let("a", X.add(a0, X.mul(X.mul(px, X.i(strides[d - 1])), a.stride(d))));
                taps(k, a, wt, wd, dil, strides[d - 1], 0, d, start, X.i(0), channels, col, width, rows, acc);
                for (int r = 0; r < rows; r++) {
                    Expr pixel = X.add(px, X.i(r));
                    Expr v = e.apply(k, acc.get(r), buf -> {
                        List<Expr> index = new ArrayList<>(at);
                        index.add(pixel);
                        Expr base = buf.at(index);
                        return buf.stride(-1).equals(X.i(0)) ? buf.flat(base) : vec(buf, X.add(base, col), width);
                    });
                    o.storeFlat(X.add(o0, X.mul(pixel, o.stride(d))), v);
                }
            });
        }));
        k.run();
    }

    // all kernel dimensions but the last are loops when they are long; the last is unrolled and shares loads
    private static void taps(KernelBuilder k, KernelBuilder.Buf a, KernelBuilder.Buf wt, int[] wd, int[] dil, int stride, int dim, int d, Expr start,
            Expr tap, Expr channels, Expr col, int width, int rows, List<Expr.Var> acc) {
        int extent = wd[2 + dim];
        if (dim < d - 1) {
            if (extent * wd[d + 1] <= 9) {
                for (int u = 0; u < extent; u++) {
                    Expr s = k.let("a", X.add(start, X.mul(X.i(u * dil[dim]), a.stride(1 + dim))));
                    taps(k, a, wt, wd, dil, stride, dim + 1, d, s, X.add(X.mul(tap, X.i(extent)), X.i(u)), channels, col, width, rows, acc);
                }
            } else {
                k.loop("u", X.i(0), X.i(extent), u -> {
                    Expr s = k.let("a", X.add(start, X.mul(X.mul(u, X.i(dil[dim])), a.stride(1 + dim))));
                    taps(k, a, wt, wd, dil, stride, dim + 1, d, s, k.let("t", X.add(X.mul(tap, X.i(extent)), u)), channels, col, width, rows, acc);
                });
            }
            return;
        }
        if (extent > 16) {
            k.loop("u", X.i(0), X.i(extent), u -> {
                Expr w = k.let("w", vec(wt, X.add(X.mul(X.add(X.mul(tap, X.i(extent)), u), channels), col), width));
                for (int r = 0; r < rows; r++) {
                    Expr at = X.add(start, X.mul(X.add(X.mul(u, X.i(dil[dim])), X.i(r * stride)), a.stride(1 + dim)));
                    k.set(acc.get(r), X.fma(vec(a, at, width), w, acc.get(r)));
                }
            });
            return;
        }
        java.util.Map<Integer, Expr> loaded = new java.util.HashMap<>();
        for (int u = 0; u < extent; u++) {
            Expr w = k.let("w", vec(wt, X.add(X.mul(X.add(X.mul(tap, X.i(extent)), X.i(u)), channels), col), width));
            for (int r = 0; r < rows; r++) {
                int place = u * dil[dim] + r * stride;
                Expr v = loaded.computeIfAbsent(place, q -> k.let("v", vec(a, X.add(start, X.mul(X.i(q), a.stride(1 + dim))), width)));
                k.set(acc.get(r), X.fma(v, w, acc.get(r)));
            }
        }
    }

    private static Expr vec(KernelBuilder.Buf b, Expr at, int width) {
        return width == 1 ? b.flat(at) : b.vector(at, width);
    }

    private static Expr splat(Expr e, int width) {
        return width == 1 ? e : X.splat(e, width);
    }
}
