package dev.lathe.compiler.lower;

import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.X;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * The kernels of {@link Winograd} that transform one tile of all channels, first down, then across. The numbers of a tile lie in
 * planes, one for each of its places. Where the channels are no multiple of a vector, the last vector begins earlier: what two
 * vectors hold is computed twice.
 *
 * <p>Each loop is a kernel of its own: together they are more vector operations than the JIT takes in one method.
 */
final class WinogradKernels {
    /** Elements from one mask to the next. */
    private static final int MASK = 16;

    private WinogradKernels() {}

    /**
     * Does {@code body} for lines {@code from} to {@code to} and all channels of each, vector by vector, in one loop: C2 of JDK 17 boxes
     * constants that live through two.
     */
    private static void lines(KernelBuilder k, Expr from, Expr to, Expr channels, int width, BiConsumer<Expr, Expr> body) {
        if (width == 1) {
            k.loop("j", from, to, j -> k.lanes("c", X.i(0), channels, c -> body.accept(j, c)));
            return;
        }
        Expr each = k.let("vectors", X.div(X.add(channels, X.i(width - 1)), X.i(width)));
        Expr.Var line = k.mut("j", from);
        Expr.Var channel = k.mut("c", X.i(0));
        k.loop("q", X.i(0), X.mul(X.max(X.sub(to, from), X.i(0)), each), q -> {
            body.accept(line, k.let("c", X.min(channel, X.sub(channels, X.i(width)))));
            Expr next = k.let("next", X.add(channel, X.i(width)));
            Expr more = k.let("more", X.select(X.lt(next, channels), X.i(0), X.i(1)));
            k.set(line, X.add(line, more));
            k.set(channel, X.select(X.eq(more, X.i(1)), X.i(0), next));
        });
    }

    /** Channels of one vector, of at least {@code n}; never two of the target's vectors, see {@link dev.lathe.codegen.emit.VectorOps}. */
    static int width(Lower cx, int n) {
        return Math.min(cx.target().lanes(), n >= 16 ? 16 : 8);
    }

    /** Scratch for one tile and for the masks of its rows. */
    static int scratch(int t, int channels) {
        return t * t * channels + (t - 3) * MASK;
    }

    private static Expr all(Expr scalar, int width) {
        return width == 1 ? scalar : X.splat(scalar, width);
    }

    /**
     * Buffers: input, scratch of {@link #scratch}, planes. Parameters: rows and columns of the tile that the input has (what lies
     * beyond counts as zeros; at least 3), the input's steps from row to row and from column to column, channels, the step from
     * plane to plane.
     */
    static Kernel input(Lower cx, WinogradForm form, int width) {
        int t = form.t();
        Kernel whole = down(cx, form, width, false);
        Kernel cut = down(cx, form, width, true);
        Kernel rest = zeros(cx, form);
        Kernel second = across(cx, form, width);
        KernelBuilder k = cx.kernel("winograd" + form.m() + "_in");
        KernelBuilder.Buf x = k.buffer(Scalar.F32, false);
        KernelBuilder.Buf s = k.buffer(Scalar.F32, true);
        KernelBuilder.Buf v = k.buffer(Scalar.F32, true);
        Expr rows = k.number("rows");
        Expr cols = k.number("cols");
        List<Expr> steps = List.of(k.number("down"), k.number("across"), k.number("channels"));
        Expr channels = steps.get(2);
        Expr plane = k.number("plane");
        k.when(X.eq(rows, X.i(t)), () -> k.invoke(whole, List.of(x.from(X.i(0)), s.from(X.i(0))), first(rows, cols, steps)),
                () -> k.invoke(cut, List.of(x.from(X.i(0)), s.from(X.i(0))), first(rows, cols, steps)));
        k.when(X.lt(cols, X.i(t)), () -> k.invoke(rest, List.of(s.from(X.i(0))), List.of(cols, channels)));
        k.invoke(second, List.of(s.from(X.i(0)), v.from(X.i(0))), List.of(channels, plane));
        return k.part();
    }

    private static List<Expr> first(Expr rows, Expr cols, List<Expr> steps) {
        List<Expr> r = new ArrayList<>(List.of(rows, cols));
        r.addAll(steps);
        return r;
    }

    /** Columns of the input. Buffers: input, scratch. Parameters: rows, columns, steps, channels. */
    private static Kernel down(Lower cx, WinogradForm form, int width, boolean masked) {
        int t = form.t();
        KernelBuilder k = cx.kernel("winograd" + form.m() + (masked ? "_cut" : "_down"));
        KernelBuilder.Buf x = k.buffer(Scalar.F32, false);
        KernelBuilder.Buf s = k.buffer(Scalar.F32, true);
        Expr rows = k.number("rows");
        Expr cols = k.number("cols");
        Expr down = k.number("down");
        Expr across = k.number("across");
        Expr channels = k.number("channels");
        List<Expr> at = new ArrayList<>();
        Expr line = k.let("line", X.mul(channels, X.i(t)));
        Expr masks = k.let("masks", X.mul(line, X.i(t)));
        for (int i = 0; i < t; i++) {
            boolean cut = masked && i >= 3;
            Expr row = cut ? k.let("row", X.min(X.i(i), X.sub(rows, X.i(1)))) : X.i(i);
            at.add(k.let("row", X.mul(row, down)));
            if (cut) {
                s.storeFlat(X.add(masks, X.i((i - 3) * MASK)), all(k.let("mask", X.select(X.lt(X.i(i), rows), X.f(1), X.f(0))), width));
            }
        }
        lines(k, X.i(0), cols, channels, width, (j, c) -> {
            Expr from = k.let("a", X.add(X.mul(j, across), c));
            List<Expr> d = new ArrayList<>();
            for (int i = 0; i < t; i++) {
                Expr e = k.let("d", TileKernel.vector(x, X.add(from, at.get(i)), width));
                d.add(i < 3 || !masked ? e : k.let("d", X.mul(e, TileKernel.vector(s, X.add(masks, X.i((i - 3) * MASK)), width))));
            }
            store(s, k.let("to", X.add(X.mul(j, channels), c)), line, form.input(k, d));
        });
        return k.part();
    }

    /** Columns that the input doesn't have. Buffer: scratch. Parameters: columns, channels. */
    private static Kernel zeros(Lower cx, WinogradForm form) {
        int t = form.t();
        KernelBuilder k = cx.kernel("winograd" + form.m() + "_zeros");
        KernelBuilder.Buf s = k.buffer(Scalar.F32, true);
        Expr cols = k.number("cols");
        Expr channels = k.number("channels");
        Expr count = k.let("n", X.mul(X.sub(X.i(t), cols), channels));
        k.loop("r", X.i(0), X.i(t), r -> {
            Expr from = k.let("to", X.mul(X.add(X.mul(r, X.i(t)), cols), channels));
            k.lanes("c", X.i(0), count, c -> s.storeFlat(X.add(from, c), X.f(0)));
        });
        return k.part();
    }

    /** Rows of what {@link #down} left. Buffers: scratch, planes. Parameters: channels, the step from plane to plane. */
    private static Kernel across(Lower cx, WinogradForm form, int width) {
        int t = form.t();
        KernelBuilder k = cx.kernel("winograd" + form.m() + "_across");
        KernelBuilder.Buf s = k.buffer(Scalar.F32, false);
        KernelBuilder.Buf v = k.buffer(Scalar.F32, true);
        Expr channels = k.number("channels");
        Expr plane = k.number("plane");
        Expr line = k.let("line", X.mul(channels, X.i(t)));
        Expr step = k.let("step", X.mul(plane, X.i(t)));
        lines(k, X.i(0), X.i(t), channels, width, (r, c) -> {
            Expr from = k.let("a", X.add(X.mul(r, line), c));
            store(v, k.let("to", X.add(X.mul(r, step), c)), plane, form.input(k, load(k, s, from, channels, t, width)));
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
        Kernel first = back(cx, form, width);
        Kernel second = finish(cx, form, width, e);
        KernelBuilder k = cx.kernel("winograd" + form.m() + "_out");
        KernelBuilder.Buf m = k.buffer(Scalar.F32, false);
        KernelBuilder.Buf s = k.buffer(Scalar.F32, true);
        KernelBuilder.Buf bias = k.buffer(Scalar.F32, false);
        KernelBuilder.Buf o = k.buffer(Scalar.F32, true);
        List<Expr> numbers = List.of(k.number("rows"), k.number("cols"), k.number("down"), k.number("across"), k.number("channels"));
        Expr plane = k.number("plane");
        k.invoke(first, List.of(m.from(X.i(0)), s.from(X.i(0))), List.of(numbers.get(4), plane));
        k.invoke(second, List.of(s.from(X.i(0)), bias.from(X.i(0)), o.from(X.i(0))), numbers);
        return k.part();
    }

    /** Buffers: planes, scratch. Parameters: channels, the step from plane to plane. */
    private static Kernel back(Lower cx, WinogradForm form, int width) {
        int t = form.t();
        KernelBuilder k = cx.kernel("winograd" + form.m() + "_back");
        KernelBuilder.Buf m = k.buffer(Scalar.F32, false);
        KernelBuilder.Buf s = k.buffer(Scalar.F32, true);
        Expr channels = k.number("channels");
        Expr plane = k.number("plane");
        Expr line = k.let("line", X.mul(channels, X.i(t)));
        Expr step = k.let("step", X.mul(plane, X.i(t)));
        lines(k, X.i(0), X.i(t), channels, width, (j, c) -> {
            Expr from = k.let("m", X.add(X.mul(j, plane), c));
            store(s, k.let("to", X.add(X.mul(j, channels), c)), line, form.output(k, load(k, m, from, step, t, width)));
        });
        return k.part();
    }

    /** Buffers: scratch, bias, result. Parameters: rows, columns, steps, channels. */
    private static Kernel finish(Lower cx, WinogradForm form, int width, Epilogue e) {
        int t = form.t();
        KernelBuilder k = cx.kernel("winograd" + form.m() + "_finish");
        KernelBuilder.Buf s = k.buffer(Scalar.F32, false);
        KernelBuilder.Buf bias = k.buffer(Scalar.F32, false);
        KernelBuilder.Buf o = k.buffer(Scalar.F32, true);
        Expr rows = k.number("rows");
        Expr cols = k.number("cols");
        Expr down = k.number("down");
        Expr across = k.number("across");
        Expr channels = k.number("channels");
        Expr line = k.let("line", X.mul(channels, X.i(t)));
        List<Expr> pixels = new ArrayList<>();
        for (int j = 0; j < form.m(); j++) {
            pixels.add(j == 0 ? X.i(0) : k.let("o", X.mul(X.min(X.i(j), X.sub(cols, X.i(1))), across)));
        }
        lines(k, X.i(0), rows, channels, width, (r, c) -> {
            Expr to = k.let("o", X.add(X.mul(r, down), c));
            List<Expr> y = form.output(k, load(k, s, k.let("m", X.add(X.mul(r, line), c)), channels, t, width));
            Expr b = k.let("b", TileKernel.vector(bias, c, width));
            // what lies beyond the last column goes first to its place, and is overwritten
            for (int j = form.m() - 1; j >= 0; j--) {
                o.storeFlat(X.add(to, pixels.get(j)), e.apply(k, k.let("v", X.add(y.get(j), b)), List.of()));
            }
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
