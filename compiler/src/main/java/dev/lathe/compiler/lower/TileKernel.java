package dev.lathe.compiler.lower;

import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.X;
import java.util.ArrayList;
import java.util.List;

/**
 * The innermost kernel of contractions: a tile of rows (pixels) by a few panels of columns, accumulated in registers.
 * Buffers: input, weights, start values, result. Each element is one chain of fused multiply-adds that begins at its
 * start value and goes through the runs in order; what happens to it afterwards is another kernel's business, so that
 * all layers share this one.
 *
 * <p>Two forms: rows a constant step apart, or rows anywhere (convolutions).
 */
final class TileKernel {
    private TileKernel() {}

    /**
     * Rows a step apart. Parameters: valid rows (the others repeat the last), input step, start step, result step, column
     * of the last panel, size of a packed panel, runs, input distance of runs, length of a run.
     */
    static Kernel linear(Lower cx, int rows, int panels, int width) {
        KernelBuilder k = cx.kernel("tile" + rows + "x" + panels * width);
        KernelBuilder.Buf a = k.buffer(Scalar.F32, false);
        KernelBuilder.Buf w = k.buffer(Scalar.F32, false);
        KernelBuilder.Buf c = k.buffer(Scalar.F32, false);
        KernelBuilder.Buf o = k.buffer(Scalar.F32, true);
        Expr valid = k.number("valid");
        Expr aStep = k.number("astep");
        Expr cStep = k.number("cstep");
        Expr oStep = k.number("ostep");
        List<Expr> at = new ArrayList<>();
        List<Expr> ct = new ArrayList<>();
        List<Expr> ot = new ArrayList<>();
        Expr last = k.let("last", X.sub(valid, X.i(1)));
        for (int r = 0; r < rows; r++) {
            Expr row = r == 0 ? X.i(0) : k.let("row", X.min(X.i(r), last));
            at.add(k.let("a", X.mul(row, aStep)));
            ct.add(k.let("c", X.mul(row, cStep)));
            ot.add(k.let("o", X.mul(row, oStep)));
        }
        return body(k, a, w, c, o, at, ct, ot, panels, width);
    }

    /**
     * Rows anywhere. Parameters: the input offset of each row, the start offset of each, the result offset of each, then as
     * above from the column of the last panel on.
     */
    static Kernel gather(Lower cx, int rows, int panels, int width) {
        KernelBuilder k = cx.kernel("gather" + rows + "x" + panels * width);
        KernelBuilder.Buf a = k.buffer(Scalar.F32, false);
        KernelBuilder.Buf w = k.buffer(Scalar.F32, false);
        KernelBuilder.Buf c = k.buffer(Scalar.F32, false);
        KernelBuilder.Buf o = k.buffer(Scalar.F32, true);
        List<Expr> at = numbers(k, "a", rows);
        List<Expr> ct = numbers(k, "c", rows);
        List<Expr> ot = numbers(k, "o", rows);
        return body(k, a, w, c, o, at, ct, ot, panels, width);
    }

    private static List<Expr> numbers(KernelBuilder k, String name, int n) {
        List<Expr> r = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            r.add(k.number(name));
        }
        return r;
    }

    private static Kernel body(KernelBuilder k, KernelBuilder.Buf a, KernelBuilder.Buf w, KernelBuilder.Buf c, KernelBuilder.Buf o, List<Expr> at,
            List<Expr> ct, List<Expr> ot, int panels, int width) {
        Expr lastColumn = k.number("end");
        Expr panelSize = k.number("panel");
        Expr runs = k.number("runs");
        Expr distance = k.number("distance");
        Expr length = k.number("length");
        int rows = at.size();
        List<Expr> columns = new ArrayList<>();
        List<Expr> panel = new ArrayList<>();
        for (int p = 0; p < panels; p++) {
            columns.add(p == panels - 1 && p > 0 ? lastColumn : X.i(p * width));
            panel.add(k.let("p", X.mul(X.i(p), panelSize)));
        }
        List<List<Expr.Var>> acc = new ArrayList<>();
        for (int r = 0; r < rows; r++) {
            List<Expr.Var> line = new ArrayList<>();
            for (int p = 0; p < panels; p++) {
                line.add(k.mut("s", vector(c, X.add(ct.get(r), columns.get(p)), width)));
            }
            acc.add(line);
        }
        k.loop("u", X.i(0), runs, u -> {
            Expr shift = k.let("shift", X.mul(u, distance));
            Expr first = k.let("first", X.mul(X.mul(u, length), X.i(width)));
            List<Expr> row = at.stream().map(x -> k.let("a", X.add(x, shift))).toList();
            List<Expr> from = panel.stream().map(x -> k.let("w", X.add(x, first))).toList();
            k.loop("k", X.i(0), length, i -> {
                List<Expr> ws = new ArrayList<>();
                for (int p = 0; p < panels; p++) {
                    ws.add(k.let("b", vector(w, X.add(from.get(p), X.mul(i, X.i(width))), width)));
                }
                for (int r = 0; r < rows; r++) {
                    Expr v = a.flat(X.add(row.get(r), i));
                    Expr s = width == 1 ? k.let("v", v) : k.let("v", X.splat(v, width));
                    for (int p = 0; p < panels; p++) {
                        k.set(acc.get(r).get(p), X.fma(s, ws.get(p), acc.get(r).get(p)));
                    }
                }
            });
        });
        for (int r = 0; r < rows; r++) {
            for (int p = 0; p < panels; p++) {
                o.storeFlat(X.add(ot.get(r), columns.get(p)), acc.get(r).get(p));
            }
        }
        return k.part();
    }

    static Expr vector(KernelBuilder.Buf b, Expr at, int width) {
        return width == 1 ? b.flat(at) : b.vector(at, width);
    }
}
