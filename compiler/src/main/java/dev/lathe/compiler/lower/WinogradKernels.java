package dev.lathe.compiler.lower;

import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.X;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;

/**
 * The kernels of {@link Winograd} that transform one tile of all channels, first down, then across. The numbers of a tile lie in
 * planes, one for each of its places. Where the channels are no multiple of a vector, the last vector begins earlier: what two
 * vectors hold is computed twice.
 */
final class WinogradKernels {
    private WinogradKernels() {}

    /** Does {@code body} for all channels, vector by vector. */
    private static void channels(KernelBuilder k, Expr channels, int width, Consumer<Expr> body) {
        if (width == 1) {
            k.lanes("c", X.i(0), channels, body);
            return;
        }
        k.loop("c", X.i(0), channels, width, false, c -> body.accept(k.let("c", X.min(c, X.sub(channels, X.i(width))))));
    }

    /** Channels of one vector, of at least {@code n}. */
    static int width(Lower cx, int n) {
        return cx.target().lanes() == 1 ? 1 : n >= 16 ? 16 : 8;
    }

    private static Expr all(Expr scalar, int width) {
        return width == 1 ? scalar : X.splat(scalar, width);
    }

    /**
     * Buffers: input, scratch of t x t x channels, planes. Parameters: rows and columns of the tile that the input has (what lies
     * beyond counts as zeros; at least 3), the input's steps from row to row and from column to column, channels, the step from
     * plane to plane.
     */
    static Kernel input(Lower cx, WinogradForm form, int width) {
        int t = form.t();
        KernelBuilder k = cx.kernel("winograd" + form.m() + "_in");
        KernelBuilder.Buf x = k.buffer(Scalar.F32, false);
        KernelBuilder.Buf s = k.buffer(Scalar.F32, true);
        KernelBuilder.Buf v = k.buffer(Scalar.F32, true);
        Expr rows = k.number("rows");
        Expr cols = k.number("cols");
        Expr down = k.number("down");
        Expr across = k.number("across");
        Expr channels = k.number("channels");
        Expr plane = k.number("plane");
        List<Expr> at = new ArrayList<>();
        List<Expr> masks = new ArrayList<>();
        for (int i = 0; i < t; i++) {
            Expr row = i < 3 ? X.i(i) : k.let("row", X.min(X.i(i), X.sub(rows, X.i(1))));
            at.add(k.let("row", X.mul(row, down)));
            masks.add(i < 3 ? null : k.let("mask", X.select(X.lt(X.i(i), rows), X.f(1), X.f(0))));
        }
        Expr line = k.let("line", X.mul(channels, X.i(t)));
        k.loop("j", X.i(0), cols, j -> {
            Expr from = k.let("a", X.mul(j, across));
            Expr to = k.let("to", X.mul(j, channels));
            channels(k, channels, width, c -> {
                List<Expr> d = new ArrayList<>();
                for (int i = 0; i < t; i++) {
                    Expr e = k.let("d", TileKernel.vector(x, X.add(X.add(from, at.get(i)), c), width));
                    d.add(i < 3 ? e : k.let("d", X.mul(e, all(masks.get(i), width))));
                }
                store(s, X.add(to, c), line, form.input(k, d));
            });
        });
        k.loop("j", cols, X.i(t), j -> {
            Expr to = k.let("to", X.mul(j, channels));
            channels(k, channels, width, c -> store(s, X.add(to, c), line, Collections.nCopies(t, all(X.f(0), width))));
        });
        Expr step = k.let("step", X.mul(plane, X.i(t)));
        k.loop("r", X.i(0), X.i(t), r -> {
            Expr from = k.let("a", X.mul(r, line));
            Expr to = k.let("to", X.mul(r, step));
            channels(k, channels, width, c -> store(v, X.add(to, c), plane, form.input(k, load(k, s, X.add(from, c), channels, t, width))));
        });
        return k.part();
    }

    /**
     * Buffers: planes, scratch of m x t x channels, bias, result. Parameters: rows and columns of the tile that the result has, the
     * result's steps from row to row and from column to column, its channels, the step from plane to plane.
     *
     * @param e what happens to an element before it is stored; it has no further operands
     */
    static Kernel output(Lower cx, WinogradForm form, int width, Epilogue e) {
        int t = form.t();
        KernelBuilder k = cx.kernel("winograd" + form.m() + "_out");
        KernelBuilder.Buf m = k.buffer(Scalar.F32, false);
        KernelBuilder.Buf s = k.buffer(Scalar.F32, true);
        KernelBuilder.Buf bias = k.buffer(Scalar.F32, false);
        KernelBuilder.Buf o = k.buffer(Scalar.F32, true);
        Expr rows = k.number("rows");
        Expr cols = k.number("cols");
        Expr down = k.number("down");
        Expr across = k.number("across");
        Expr channels = k.number("channels");
        Expr plane = k.number("plane");
        Expr line = k.let("line", X.mul(channels, X.i(t)));
        Expr step = k.let("step", X.mul(plane, X.i(t)));
        List<Expr> pixels = new ArrayList<>();
        for (int j = 0; j < form.m(); j++) {
            pixels.add(j == 0 ? X.i(0) : k.let("o", X.mul(X.min(X.i(j), X.sub(cols, X.i(1))), across)));
        }
        k.loop("j", X.i(0), X.i(t), j -> {
            Expr from = k.let("m", X.mul(j, plane));
            Expr to = k.let("to", X.mul(j, channels));
            channels(k, channels, width, c -> store(s, X.add(to, c), line, form.output(k, load(k, m, X.add(from, c), step, t, width))));
        });
        k.loop("r", X.i(0), rows, r -> {
            Expr from = k.let("m", X.mul(r, line));
            Expr to = k.let("o", X.mul(r, down));
            channels(k, channels, width, c -> {
                List<Expr> y = form.output(k, load(k, s, X.add(from, c), channels, t, width));
                Expr b = k.let("b", TileKernel.vector(bias, c, width));
                // what lies beyond the last column goes first to its place, and is overwritten
                for (int j = form.m() - 1; j >= 0; j--) {
                    o.storeFlat(X.add(X.add(to, pixels.get(j)), c), e.apply(k, k.let("v", X.add(y.get(j), b)), List.of()));
                }
            });
        });
        return k.part();
    }

    private static List<Expr> load(KernelBuilder k, KernelBuilder.Buf b, Expr at, Expr step, int n, int width) {
        List<Expr> r = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            r.add(k.let("d", TileKernel.vector(b, X.add(at, X.mul(X.i(i), step)), width)));
        }
        return r;
    }

    private static void store(KernelBuilder.Buf b, Expr at, Expr step, List<? extends Expr> values) {
        for (int i = 0; i < values.size(); i++) {
            b.storeFlat(X.add(at, X.mul(X.i(i), step)), values.get(i));
        }
    }
}
