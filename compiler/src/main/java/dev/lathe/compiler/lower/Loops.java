package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.X;
import java.util.List;

/** Loops over the indices of some dimensions. What they count is appended to {@code index} while the body is written. */
final class Loops {
    /** Extents up to which the innermost loop is written out. */
    static final int FEW = 4;

    private Loops() {}

    /** One after the other, in row-major order. */
    static void nest(KernelBuilder k, List<Expr> extents, List<Expr> index, Runnable body) {
        if (extents.isEmpty()) {
            body.run();
            return;
        }
        k.loop("r", X.i(0), extents.get(0), i -> {
            index.add(i);
            nest(k, extents.subList(1, extents.size()), index, body);
            index.remove(index.size() - 1);
        });
    }

    /** In any order: the innermost may become lanes, or is written out where it is a small number. */
    static void lanes(KernelBuilder k, List<Expr> extents, List<Expr> index, Runnable body) {
        if (extents.isEmpty()) {
            body.run();
            return;
        }
        if (extents.size() == 1 && extents.get(0) instanceof Expr.Lit few && few.bits() <= FEW) {
            for (int i = 0; i < few.bits(); i++) {
                index.add(X.i(i));
                body.run();
                index.remove(index.size() - 1);
            }
            return;
        }
        k.loop("i", X.i(0), extents.get(0), 1, extents.size() == 1, i -> {
            index.add(i);
            lanes(k, extents.subList(1, extents.size()), index, body);
            index.remove(index.size() - 1);
        });
    }

    /**
     * All loops of a kernel: threads share the first dimension that is not of extent 1, if there is one.
     *
     * @param extents of {@code dims}, as the kernel knows them
     * @param least indices below which a thread is not worth waking
     * @param lanes whether the innermost may become lanes
     */
    static void shared(KernelBuilder k, List<Dim> dims, List<Expr> extents, int least, boolean lanes, List<Expr> index, Runnable body) {
        if (dims.isEmpty()) {
            body.run();
            return;
        }
        int ones = 0;
        while (ones < dims.size() - 1 && dims.get(ones).is(1)) {
            index.add(X.i(0));
            ones++;
        }
        List<Expr> inner = extents.subList(ones + 1, dims.size());
        Dim each = Dim.product(dims.subList(ones + 1, dims.size()));
        int grain = each.isConst() ? (int) Math.max(1, least / Math.max(1, each.value())) : 1;
        k.parallel("i", dims.get(ones), grain, lanes && inner.isEmpty(), i -> {
            index.add(i);
            if (lanes) {
                lanes(k, inner, index, body);
            } else {
                nest(k, inner, index, body);
            }
        });
    }
}
