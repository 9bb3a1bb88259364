package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.X;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.Storage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Products of a few short vectors with a matrix inside another kernel's loop. The matrix is packed in panels once, at
 * compile time where it is constant. Each element of the result is one chain of fused multiply-adds that begins at what
 * the caller gives and goes through the vector in order.
 */
final class MatVec {
    private final View weights;
    private final Panels panels;
    private final Dim columns;
    private final Dim depth;

    private MatVec(View weights, Panels panels, Dim columns, Dim depth) {
        this.weights = weights;
        this.panels = panels;
        this.columns = columns;
        this.depth = depth;
    }

    /**
     * The product with columns [first, first + columns) of each matrix of {@code w}, a value [matrices, columns, depth].
     */
    static MatVec of(Lower cx, Value w, Dim first, Dim columns, Dim depth) {
        View v = cx.view(w);
        Dim count = v.dims().get(0);
        View part = new View(v.buffer(), v.type(), v.offset(), List.of(count, w.dim(1), depth), v.strides()).part(1, first, columns);
        if (!columns.isConst() || !depth.isConst() || !count.isConst() || w.elem().storage() != Storage.F32 || columns.is(0)) {
            return new MatVec(cx.contiguous(part.transposed(new int[] {0, 2, 1})), null, columns, depth);
        }
        Panels p = Panels.of(columns.intValue());
        int d = depth.intValue();
        int each = p.packedSize(d);
        Dim size = count.times(each);
        Tensor t = cx.constant(w);
        if (t == null) {
            return new MatVec(packNow(cx, part, p, d), p, columns, depth);
        }
        int from = first.intValue();
        int all = t.dims()[1];
        return new MatVec(cx.pack(List.of("recurrent", w, first, columns), w.name(), w.elem(), List.of(size), () -> {
            float[] to = new float[size.intValue()];
            for (int m = 0; m < count.intValue(); m++) {
                int at = (m * all + from) * d;
                p.pack(d, (row, col) -> t.floats()[at + col * d + row], to, m * each);
            }
            return to;
        }), p, columns, depth);
    }

    // the same packing while the model runs: all equal panels by one copy, a last one that differs by another
    private static View packNow(Lower cx, View part, Panels p, int depth) {
        Dim count = part.dims().get(0);
        int each = p.packedSize(depth);
        View to = cx.buffer("recurrent", part.type(), List.of(count, Dim.of(each)));
        int width = p.width();
        int alike = p.overlap() ? p.count() - 1 : p.count();
        for (Panels.Block b : List.of(new Panels.Block(0, 1, alike), new Panels.Block(alike, 1, p.count() - alike))) {
            if (b.repeat() == 0) {
                continue;
            }
            List<Dim> dims = List.of(count, Dim.of(b.repeat()), Dim.of(depth), Dim.of(width));
            Dim col = part.strides().get(1);
            View source = new View(part.buffer(), part.type(), part.offset().plus(col.times(p.starts().get(b.first()))), dims,
                    List.of(part.strides().get(0), col.times(width), part.strides().get(2), col));
            cx.copy(source, new View(to.buffer(), to.type(), to.offset().plus((long) b.first() * width * depth), dims,
                    List.of(Dim.of(each), Dim.of((long) depth * width), Dim.of(width), Dim.ONE)));
        }
        return to;
    }

    View weights() {
        return weights;
    }

    /** True when several vectors share what is loaded of the matrix. */
    boolean tiled() {
        return panels != null;
    }

    /** Panels of 16 columns that stay in registers for {@code rows} vectors. */
    private static int panels(TargetInfo t, int rows) {
        // a single vector needs as many chains as the machine keeps in flight
        return rows > 1 ? TileTable.panels(t, 16) : Math.max(2, t.lanes() / 2);
    }

    /** Vectors that one tile takes of {@code count}. */
    int rows(TargetInfo t, Dim count) {
        if (panels == null) {
            return 1;
        }
        int most = TileTable.rows(t, panels.width(), Math.min(panels.count(), Math.max(2, TileTable.panels(t, panels.width()))));
        return count.isConst() ? (int) Math.max(1, Math.min(most, count.value())) : most;
    }

    /** What a chain begins with. */
    interface Start {
        Expr at(int row, Expr column, int width);
    }

    /**
     * Writes the products.
     *
     * @param w {@link #weights()} as the kernel's parameter
     * @param matrix which matrix
     * @param from flat indices of the vectors in {@code source}
     * @param to flat indices of the results in {@code result}
     */
    void emit(KernelBuilder k, TargetInfo target, KernelBuilder.Buf w, Expr matrix, KernelBuilder.Buf source, List<Expr> from,
            Start start, KernelBuilder.Buf result, List<Expr> to) {
        if (panels == null) {
            plain(k, w, matrix, source, from, start, result, to);
            return;
        }
        int d = depth.intValue();
        Expr base = k.let("w", X.mul(matrix, X.i(panels.packedSize(d))));
        for (Panels.Block b : panels.blocks(panels(target, from.size()))) {
            List<Integer> widths = Collections.nCopies(b.panels(), panels.width());
            boolean end = b.first() + b.panels() * b.repeat() == panels.count();
            int total = widths.stream().mapToInt(i -> i).sum();
            k.loop("nb", X.i(0), X.i(b.repeat()), nb -> {
                List<Expr> column = new ArrayList<>();
                List<Expr> weight = new ArrayList<>();
                Expr c0 = k.let("col", X.add(X.mul(nb, X.i(total)), X.i(panels.starts().get(b.first()))));
                Expr w0 = k.let("w", X.add(base, X.add(X.mul(nb, X.i(total * d)), X.i(b.first() * panels.width() * d))));
                for (int i = 0; i < widths.size(); i++) {
                    boolean last = end && i == widths.size() - 1 && b.repeat() == 1;
                    column.add(last ? X.i(panels.starts().get(panels.count() - 1)) : k.let("col", X.add(c0, X.i(i * widths.get(0)))));
                    weight.add(k.let("w", X.add(w0, X.i(i * widths.get(0) * d))));
                }
                tile(k, w, widths, column, weight, source, from, start, result, to);
            });
        }
    }

    private void tile(KernelBuilder k, KernelBuilder.Buf w, List<Integer> widths, List<Expr> column, List<Expr> weight,
            KernelBuilder.Buf source, List<Expr> from, Start start, KernelBuilder.Buf result, List<Expr> to) {
        List<List<Expr.Var>> acc = new ArrayList<>();
        for (int r = 0; r < from.size(); r++) {
            List<Expr.Var> line = new ArrayList<>();
            for (int c = 0; c < widths.size(); c++) {
                line.add(k.mut("s", start.at(r, column.get(c), widths.get(c))));
            }
            acc.add(line);
        }
        k.loop("k", X.i(0), X.i(depth.intValue()), i -> {
            List<Expr> ws = new ArrayList<>();
            for (int c = 0; c < widths.size(); c++) {
                ws.add(k.let("b", vector(w, X.add(weight.get(c), X.mul(i, X.i(widths.get(c)))), widths.get(c))));
            }
            for (int r = 0; r < from.size(); r++) {
                Expr v = k.let("v", source.flat(X.add(from.get(r), i)));
                for (int c = 0; c < widths.size(); c++) {
                    k.set(acc.get(r).get(c), X.fma(v, ws.get(c), acc.get(r).get(c)));
                }
            }
        });
        for (int r = 0; r < from.size(); r++) {
            for (int c = 0; c < widths.size(); c++) {
                result.storeFlat(X.add(to.get(r), column.get(c)), acc.get(r).get(c));
            }
        }
    }

    private void plain(KernelBuilder k, KernelBuilder.Buf w, Expr matrix, KernelBuilder.Buf source, List<Expr> from, Start start,
            KernelBuilder.Buf result, List<Expr> to) {
        Expr n = k.dim(columns);
        Expr d = k.dim(depth);
        Expr base = k.let("w", X.mul(matrix, X.mul(n, d)));
        for (int r = 0; r < from.size(); r++) {
            int row = r;
            k.lanes("j", X.i(0), n, j -> {
                Expr.Var acc = k.mut("s", start.at(row, j, 1));
                k.loop("k", X.i(0), d, i -> k.set(acc,
                        X.fma(source.flat(X.add(from.get(row), i)), w.flat(X.add(X.add(base, X.mul(i, n)), j)), acc)));
                result.storeFlat(X.add(to.get(row), j), acc);
            });
        }
    }

    static Expr vector(KernelBuilder.Buf b, Expr at, int width) {
        return width == 1 ? b.flat(at) : b.vector(at, width);
    }

    static Expr zero(ElementType t, int width) {
        return X.splat(X.zero(Scalar.of(t.storage())), width);
    }
}
