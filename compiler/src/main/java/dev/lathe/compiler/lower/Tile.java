package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.X;
import java.util.ArrayList;
import java.util.List;

/**
 * The register-tiled contraction: a tile of {@code rows} pixels by a few panels of columns is accumulated in registers
 * over all runs of the reduced dimension. Serves matrix products and convolutions over explicitly padded,
 * channels-last inputs alike. Each element is one chain of fused multiply-adds that starts at the bias and goes through
 * the runs in order, whatever the tile.
 */
final class Tile {
    /**
     * What is contracted.
     *
     * @param a the input with dimensions [pixel dims..., run dims..., run]: the last with stride 1
     * @param out the result with dimensions [pixel dims..., columns], columns with stride 1
     * @param pixels number of pixel dimensions, at least 1
     * @param weights packed, [group][panel][runs x run][width]
     * @param bias per column of all groups, or null
     * @param groups the columns of group g use the input from element {@code g * groupStep} on
     */
    record Spec(View a, View out, int pixels, View weights, View bias, Panels panels, int groups, Dim groupStep, Dim groupWeights,
            Epilogue epilogue, List<View> extras) {}

    private final Lower cx;
    private final Spec s;
    private final Panels.Block block;
    private final int rows;
    private final boolean last;

    private Tile(Lower cx, Spec s, Panels.Block block, int rows, boolean last) {
        this.cx = cx;
        this.s = s;
        this.block = block;
        this.rows = rows;
        this.last = last;
    }

    /** Adds the steps that compute everything. */
    static void run(Lower cx, Spec spec) {
        Spec s = collapse(spec);
        List<Panels.Block> blocks = s.panels().blocks(TileTable.panels(cx.target()));
        Dim cols = s.a().dims().get(s.pixels() - 1);
        for (Panels.Block b : blocks) {
            boolean last = b.first() + b.panels() * b.repeat() == s.panels().count();
            int width = 0;
            for (int i = 0; i < b.panels(); i++) {
                width += s.panels().widths().get(b.first() + i);
            }
            int rows = TileTable.rows(cx.target(), width, cols);
            if (cols.isConst()) {
                new Tile(cx, s, b, rows, last).emit(Dim.ONE);
            } else {
                // fewer pixels than the tile has rows: one by one
                Dim enough = cols.floorDiv(rows).min(Dim.ONE);
                new Tile(cx, s, b, rows, last).emit(enough);
                new Tile(cx, s, b, 1, last).emit(Dim.ONE.minus(enough));
            }
        }
    }

    // joins neighbouring pixel dimensions where input, result and extra operands allow it
    private static Spec collapse(Spec s) {
        int p = s.pixels();
        List<View> all = new ArrayList<>();
        all.add(pixelsOf(s.a(), p));
        all.add(pixelsOf(s.out(), p));
        for (View e : s.extras()) {
            if (e != null) {
                all.add(pixelsOf(e, p));
            }
        }
        List<View> c = MapKernel.collapse(all);
        if (c.get(0).dims().isEmpty()) {
            c = all.stream().map(v -> new View(v.buffer(), v.type(), v.offset(), List.of(Dim.ONE), List.of(Dim.ZERO))).toList();
        }
        List<View> extras = new ArrayList<>();
        int i = 2;
        for (View e : s.extras()) {
            extras.add(e == null ? null : rejoin(c.get(i++), e, p));
        }
        return new Spec(rejoin(c.get(0), s.a(), p), rejoin(c.get(1), s.out(), p), c.get(0).rank(), s.weights(), s.bias(), s.panels(),
                s.groups(), s.groupStep(), s.groupWeights(), s.epilogue(), extras);
    }

    private static View pixelsOf(View v, int p) {
        return new View(v.buffer(), v.type(), v.offset(), v.dims().subList(0, p), v.strides().subList(0, p));
    }

    private static View rejoin(View pixels, View v, int p) {
        List<Dim> d = new ArrayList<>(pixels.dims());
        List<Dim> t = new ArrayList<>(pixels.strides());
        d.addAll(v.dims().subList(p, v.rank()));
        t.addAll(v.strides().subList(p, v.rank()));
        return new View(v.buffer(), v.type(), v.offset(), d, t);
    }

    private KernelBuilder k;
    private KernelBuilder.Buf a;
    private KernelBuilder.Buf w;
    private KernelBuilder.Buf bias;
    private KernelBuilder.Buf o;
    private Expr colStep;
    private Expr outStep;
    private List<Expr> panelStart;
    private List<Expr> panelWeights;
    private List<Integer> widths;

    private void emit(Dim when) {
        int p = s.pixels();
        Dim cols = s.a().dims().get(p - 1);
        // one pixel dimension alone is cut into chunks, so that threads can share it
        boolean chunked = p == 1;
        int chunk = rows * 16;
        Dim lines = chunked ? cols.ceilDiv(Dim.of(chunk)) : Dim.product(s.a().dims().subList(0, p - 1));
        widths = s.panels().widths().subList(block.first(), block.first() + block.panels());
        StringBuilder name = new StringBuilder("tile").append(rows).append('x');
        int total = widths.stream().mapToInt(i -> i).sum();
        name.append(total);
        k = cx.kernel(name.toString());
        o = k.write(s.out());
        a = k.read(s.a());
        w = k.read(s.weights());
        bias = s.bias() == null ? null : k.read(s.bias());
        s.epilogue().open(k, s.extras());
        Expr colCount = k.dim(cols);
        Expr lineCount = k.dim(lines);
        List<Expr> lineDims = new ArrayList<>();
        for (int i = 1; i < p - 1; i++) {
            lineDims.add(k.dim(s.a().dims().get(i)));
        }
        colStep = a.stride(p - 1);
        outStep = o.stride(p - 1);
        int firstCol = s.panels().starts().get(block.first());
        Expr first = k.dim(Dim.of(firstCol));
        Expr blockWidth = k.dim(Dim.of(total));
        Expr panelSize = k.dim(Dim.product(s.a().dims().subList(p, s.a().rank())).times(widths.get(0)));
        Expr firstWeights = k.dim(Dim.product(s.a().dims().subList(p, s.a().rank())).times(s.panels().offset(block.first(), 1)));
        Expr lastCol = last ? k.dim(Dim.of(s.panels().starts().get(s.panels().count() - 1))) : null;
        boolean grouped = s.groups() > 1;
        Expr blocks = k.structural(Dim.of(block.repeat()));
        Expr groupStep = grouped ? k.dim(s.groupStep()) : null;
        Expr groupWeights = grouped ? k.dim(s.groupWeights()) : null;
        Expr groupCols = grouped ? k.dim(Dim.of(s.panels().columns())) : null;
        boolean manyBlocks = block.repeat() > 1;
        Dim items = lines.times(block.repeat()).times(s.groups()).times(when);
        k.range(items, 1, (lo, hi) -> k.loop("item", lo, hi, item -> {
            boolean one = !manyBlocks && !grouped;
            Expr nb = one ? X.i(0) : k.let("nb", X.div(item, lineCount));
            Expr line = one ? item : k.let("line", X.sub(item, X.mul(nb, lineCount)));
            Expr group = !grouped ? null : manyBlocks ? k.let("g", X.div(nb, blocks)) : nb;
            Expr b = grouped && manyBlocks ? k.let("b", X.sub(nb, X.mul(group, blocks))) : grouped ? X.i(0) : nb;
            Expr col = X.add(first, X.mul(b, blockWidth));
            Expr weight = X.add(firstWeights, X.mul(X.mul(b, X.i(widths.size())), panelSize));
            Expr aGroup = X.i(0);
            Expr lastAt = lastCol;
            if (grouped) {
                Expr gc = k.let("gc", X.mul(group, groupCols));
                col = X.add(col, gc);
                lastAt = last ? X.add(lastCol, gc) : null;
                weight = X.add(weight, X.mul(group, groupWeights));
                aGroup = X.mul(group, groupStep);
            }
            panelStart = new ArrayList<>();
            panelWeights = new ArrayList<>();
            Expr c0 = k.let("col", col);
            Expr w0 = k.let("w", weight);
            for (int i = 0; i < widths.size(); i++) {
                boolean end = last && i == widths.size() - 1 && block.repeat() == 1;
                panelStart.add(end ? k.let("col", lastAt) : k.let("col", X.add(c0, X.i(i * widths.get(0)))));
                panelWeights.add(k.let("w", X.add(w0, X.mul(X.i(i), panelSize))));
            }
            List<Expr> at = new ArrayList<>();
            Expr from = X.i(0);
            Expr to = colCount;
            if (chunked) {
                from = k.let("from", X.mul(line, X.i(chunk)));
                to = k.let("to", X.min(X.add(from, X.i(chunk)), colCount));
            } else {
                split(line, lineDims, at);
            }
            Expr aLine = k.let("a", X.add(aGroup, a.at(at)));
            Expr oLine = k.let("o", o.at(at));
            k.loop("m", from, to, rows, false, m -> tile(rows == 1 ? m : k.let("x", X.min(m, X.sub(colCount, X.i(rows)))), at, aLine, oLine));
        }));
        k.run();
    }

    // the indices of all pixel dimensions but the last
    private void split(Expr line, List<Expr> dims, List<Expr> at) {
        Expr rest = line;
        List<Expr> r = new ArrayList<>();
        for (int i = dims.size() - 1; i >= 0; i--) {
            Expr q = k.let("q", X.div(rest, dims.get(i)));
            r.add(0, k.let("p", X.sub(rest, X.mul(q, dims.get(i)))));
            rest = q;
        }
        at.add(rest);
        at.addAll(r);
    }

    private void tile(Expr x, List<Expr> at, Expr aLine, Expr oLine) {
        int p = s.pixels();
        List<List<Expr.Var>> acc = new ArrayList<>();
        List<Expr> init = new ArrayList<>();
        for (int c = 0; c < widths.size(); c++) {
            init.add(bias == null ? splat(X.f(0), widths.get(c)) : k.let("bias", vector(bias, panelStart.get(c), widths.get(c))));
        }
        List<Expr> base = new ArrayList<>();
        Expr a0 = k.let("a", X.add(aLine, X.mul(x, colStep)));
        for (int r = 0; r < rows; r++) {
            base.add(r == 0 ? a0 : k.let("a", X.add(a0, X.mul(X.i(r), colStep))));
            List<Expr.Var> line = new ArrayList<>();
            for (int c = 0; c < widths.size(); c++) {
                line.add(k.mut("s", init.get(c)));
            }
            acc.add(line);
        }
        runs(p, X.i(0), X.i(0), (aOff, run, length) -> {
            List<Expr> rowAt = base.stream().map(b -> k.let("a", X.add(b, aOff))).toList();
            List<Expr> weightAt = new ArrayList<>();
            for (int c = 0; c < widths.size(); c++) {
                weightAt.add(k.let("w", X.add(panelWeights.get(c), X.mul(X.mul(run, length), X.i(widths.get(c))))));
            }
            k.loop("k", X.i(0), length, i -> {
                List<Expr> ws = new ArrayList<>();
                for (int c = 0; c < widths.size(); c++) {
                    ws.add(k.let("b", vector(w, X.add(weightAt.get(c), X.mul(i, X.i(widths.get(c)))), widths.get(c))));
                }
                for (int r = 0; r < rows; r++) {
                    Expr v = k.let("v", a.flat(X.add(rowAt.get(r), i)));
                    // narrower panels take a splat of their own
                    for (int c = 0; c < widths.size(); c++) {
                        k.set(acc.get(r).get(c), X.fma(splat(v, widths.get(c)), ws.get(c), acc.get(r).get(c)));
                    }
                }
            });
        });
        store(x, at, oLine, acc);
    }

    private interface Run {
        void body(Expr aOffset, Expr index, Expr length);
    }

    // loops over the run dimensions; the last is the run itself
    private void runs(int dim, Expr aOffset, Expr index, Run body) {
        if (dim == s.a().rank() - 1) {
            body.body(aOffset, index, k.dim(s.a().dims().get(dim)));
            return;
        }
        Expr extent = k.dim(s.a().dims().get(dim));
        k.loop("u", X.i(0), extent, u -> runs(dim + 1, k.let("u", X.add(aOffset, X.mul(u, a.stride(dim)))),
                k.let("u", X.add(X.mul(index, extent), u)), body));
    }

    private void store(Expr x, List<Expr> at, Expr oLine, List<List<Expr.Var>> acc) {
        boolean later = s.epilogue().cost() * rows * widths.size() > 160;
        for (int r = 0; r < rows; r++) {
            Expr px = X.add(x, X.i(r));
            Expr to = k.let("o", X.add(oLine, X.mul(px, outStep)));
            for (int c = 0; c < widths.size(); c++) {
                Expr col = panelStart.get(c);
                Expr v = later ? acc.get(r).get(c) : finish(acc.get(r).get(c), px, at, col, widths.get(c));
                o.storeFlat(X.add(to, col), v);
            }
        }
        if (later) {
            // a long epilogue runs as a loop over the tile, which is still in the nearest cache
            k.loop("r", X.i(0), X.i(rows), r -> {
                Expr px = k.let("px", X.add(x, r));
                Expr to = k.let("o", X.add(oLine, X.mul(px, outStep)));
                for (int c = 0; c < widths.size(); c++) {
                    Expr col = panelStart.get(c);
                    Expr v = k.let("v", vector(o, X.add(to, col), widths.get(c)));
                    o.storeFlat(X.add(to, col), finish(v, px, at, col, widths.get(c)));
                }
            });
        }
    }

    private Expr finish(Expr v, Expr px, List<Expr> at, Expr col, int width) {
        return s.epilogue().apply(k, v, b -> {
            List<Expr> index = new ArrayList<>(at);
            index.add(px);
            Expr base = b.at(index);
            Expr step = b.stride(-1);
            return step.equals(X.i(0)) ? b.flat(base) : vector(b, X.add(base, col), width);
        });
    }

    private static Expr vector(KernelBuilder.Buf b, Expr at, int width) {
        return width == 1 ? b.flat(at) : b.vector(at, width);
    }

    private static Expr splat(Expr e, int width) {
        return width == 1 ? e : X.splat(e, width);
    }
}
