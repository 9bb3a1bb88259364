package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.X;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.Storage;
import java.util.ArrayList;
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

    /** Panels that one tile holds for {@code rows} vectors. */
    private int panels(TargetInfo t, int rows) {
        return Math.max(2, TileTable.panels(t, panels.width(), Dim.of(rows)));
    }

    /** Vectors that one tile takes of {@code count}. */
    int rows(TargetInfo t, Dim count) {
        if (panels == null) {
            return 1;
        }
        int most = TileTable.rows(t, panels.width(), Math.min(panels.count(), panels(t, 2)), count, false, false);
        return count.isConst() ? (int) Math.max(1, Math.min(most, count.value())) : most;
    }

    /** Vectors, start values or results of a product: where the first stands, and how far apart they are. */
    record Rows(KernelBuilder.Buf buf, Expr at, Expr step) {}

    /**
     * Writes the products of {@code rows} vectors.
     *
     * @param w {@link #weights()} as the kernel's parameter
     * @param matrix which matrix
     * @param start what the chains begin with
     */
    void emit(KernelBuilder k, Lower cx, int rows, KernelBuilder.Buf w, Expr matrix, Rows vectors, Rows start, Rows results) {
        Expr d = k.dim(depth);
        if (panels == null) {
            Expr n = k.dim(columns);
            k.invoke(plain(cx, start.buf().scalar()), List.of(vectors.buf().from(vectors.at()), w.from(X.mul(matrix, X.mul(n, d))), start.buf().from(start.at()),
                    results.buf().from(results.at())), List.of(n, d));
            return;
        }
        int width = panels.width();
        Expr panelSize = k.dim(depth.times(width));
        Expr base = k.let("w", X.mul(matrix, k.dim(depth.times((long) width * panels.count()))));
        for (Panels.Block b : panels.blocks(panels(cx.target(), rows))) {
            Kernel tile = tile(cx, rows, b.panels(), width);
            int total = b.panels() * width;
            int first = panels.starts().get(b.first());
            int end = panels.starts().get(b.first() + b.panels() * b.repeat() - 1) - (b.repeat() - 1) * total - first;
            k.loop("nb", X.i(0), X.i(b.repeat()), nb -> {
                Expr column = k.let("col", X.add(X.mul(nb, X.i(total)), X.i(first)));
                Expr at = k.let("w", X.add(base, X.mul(X.add(X.mul(nb, X.i(b.panels())), X.i(b.first())), panelSize)));
                k.invoke(tile, List.of(vectors.buf().from(vectors.at()), w.from(at), start.buf().from(X.add(start.at(), column)),
                        results.buf().from(X.add(results.at(), column))), List.of(vectors.step(), start.step(), results.step(), X.i(end), panelSize, d));
            });
        }
    }

    /** A tile whose chains begin at values of their own, in one loop. */
    private static Kernel tile(Lower cx, int rows, int panels, int width) {
        KernelBuilder k = cx.kernel("recur" + rows + "x" + panels * width);
        KernelBuilder.Buf v = k.buffer(Scalar.F32, false);
        KernelBuilder.Buf w = k.buffer(Scalar.F32, false);
        KernelBuilder.Buf c = k.buffer(Scalar.F32, false);
        KernelBuilder.Buf o = k.buffer(Scalar.F32, true);
        Expr vStep = k.number("vstep");
        Expr cStep = k.number("cstep");
        Expr oStep = k.number("ostep");
        Expr end = k.number("end");
        Expr panelSize = k.number("panel");
        Expr length = k.number("length");
        List<Expr> columns = new ArrayList<>();
        List<Expr> panel = new ArrayList<>();
        for (int p = 0; p < panels; p++) {
            columns.add(p == panels - 1 && p > 0 ? end : X.i(p * width));
            panel.add(k.let("p", X.mul(X.i(p), panelSize)));
        }
        List<List<Expr.Var>> acc = new ArrayList<>();
        List<Expr> from = new ArrayList<>();
        for (int r = 0; r < rows; r++) {
            from.add(k.let("v", X.mul(X.i(r), vStep)));
            Expr start = k.let("c", X.mul(X.i(r), cStep));
            acc.add(columns.stream().map(col -> k.mut("s", TileKernel.vector(c, X.add(start, col), width))).toList());
        }
        k.loop("k", X.i(0), length, i -> {
            List<Expr> ws = panel.stream().map(p -> k.let("b", TileKernel.vector(w, X.add(p, X.mul(i, X.i(width))), width))).toList();
            for (int r = 0; r < rows; r++) {
                Expr x = v.flat(X.add(from.get(r), i));
                Expr s = k.let("v", width == 1 ? x : X.splat(x, width));
                for (int p = 0; p < panels; p++) {
                    k.set(acc.get(r).get(p), X.fma(s, ws.get(p), acc.get(r).get(p)));
                }
            }
        });
        for (int r = 0; r < rows; r++) {
            Expr to = k.let("o", X.mul(X.i(r), oStep));
            for (int p = 0; p < panels; p++) {
                o.storeFlat(X.add(to, columns.get(p)), acc.get(r).get(p));
            }
        }
        return k.part();
    }

    /** One vector times a matrix [depth, columns] of any type and extents. */
    private static Kernel plain(Lower cx, Scalar type) {
        KernelBuilder k = cx.kernel("recur");
        KernelBuilder.Buf v = k.buffer(type, false);
        KernelBuilder.Buf w = k.buffer(type, false);
        KernelBuilder.Buf c = k.buffer(type, false);
        KernelBuilder.Buf o = k.buffer(type, true);
        Expr n = k.number("columns");
        Expr d = k.number("length");
        k.lanes("j", X.i(0), n, j -> {
            Expr.Var acc = k.mut("s", c.flat(j));
            k.loop("k", X.i(0), d, i -> k.set(acc, X.fma(v.flat(i), w.flat(X.add(X.mul(i, n), j)), acc)));
            o.storeFlat(j, acc);
        });
        return k.part();
    }
}
