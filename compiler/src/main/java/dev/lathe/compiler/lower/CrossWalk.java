package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.X;
import java.util.List;
import java.util.function.Consumer;

/**
 * A walk through all elements of a result that is written along its last dimension while an operand is read along another one: in square
 * blocks of both, so that the cache lines of each are used up before they leave the cache.
 */
final class CrossWalk {
    /** Extent of a block: a cache line of f32 each way. */
    private static final int BLOCK = 16;

    /** Elements below which all lines stay in the first cache anyway. */
    private static final int SMALL = 8 * 1024;

    private final KernelBuilder k;
    private final List<Dim> dims;
    private final int across;
    private final int grain;
    private final List<Expr> extents;
    private final Expr[] index;

    /** @param grain elements below which a thread is not worth waking */
    CrossWalk(KernelBuilder k, List<Dim> dims, int across, int grain) {
        this.k = k;
        this.dims = dims;
        this.across = across;
        this.grain = grain;
        extents = dims.stream().map(k::dim).toList();
        index = new Expr[dims.size()];
    }

    /** The dimension that one of the operands, which follow {@code results} results, goes through one by one, where that isn't the last; else -1. */
    static int across(List<View> views, int results) {
        List<Dim> dims = views.get(0).dims();
        int last = dims.size() - 1;
        if (last < 1 || !views.get(0).strides().get(last).is(1) || below(dims.get(last), BLOCK) || below(Dim.product(dims), SMALL)) {
            return -1;
        }
        for (View v : views.subList(results, views.size())) {
            for (int i = 0; i < last; i++) {
                if (v.strides().get(i).is(1) && !v.strides().get(last).is(0) && !below(dims.get(i), BLOCK)) {
                    return i;
                }
            }
        }
        return -1;
    }

    private static boolean below(Dim d, int least) {
        return d.isConst() && d.value() < least;
    }

    /** Writes the loops; {@code written}: those along a whole block are written out. */
    void run(boolean written, Consumer<List<Expr>> element) {
        Dim items = across == 0 ? dims.get(0).ceilDiv(Dim.of(BLOCK)) : dims.get(0);
        Dim all = Dim.product(dims);
        int least = all.isConst() ? (int) Math.max(1, Math.min(Integer.MAX_VALUE, grain * items.value() / Math.max(1, all.value()))) : 1;
        k.parallel("i", items, least, false, i -> {
            if (across > 0) {
                index[0] = i;
            }
            outer(across > 0 ? 1 : 0, () -> {
                if (across == 0) {
                    strip(k.let("from", X.mul(i, X.i(BLOCK))), written, element);
                } else {
                    k.loop("from", X.i(0), extents.get(across), BLOCK, false, from -> strip(from, written, element));
                }
            });
        });
    }

    private void outer(int dim, Runnable body) {
        if (dim == dims.size() - 1) {
            body.run();
        } else if (dim == across) {
            outer(dim + 1, body);
        } else {
            k.loop("i", X.i(0), extents.get(dim), i -> {
                index[dim] = i;
                outer(dim + 1, body);
            });
        }
    }

    private void strip(Expr from, boolean written, Consumer<List<Expr>> element) {
        int last = dims.size() - 1;
        Expr to = k.let("to", X.add(from, X.min(X.i(BLOCK), X.sub(extents.get(across), from))));
        k.loop("l", X.i(0), extents.get(last), BLOCK, false, first -> {
            Expr n = k.let("n", X.min(X.i(BLOCK), X.sub(extents.get(last), first)));
            Runnable loops = () -> lines(from, to, () -> k.loop("i", X.i(0), n, i -> at(X.add(first, i), element)));
            if (!written) {
                loops.run();
                return;
            }
            k.when(X.eq(n, X.i(BLOCK)), () -> lines(from, to, () -> {
                for (int j = 0; j < BLOCK; j++) {
                    at(X.add(first, X.i(j)), element);
                }
            }), loops);
        });
    }

    private void lines(Expr from, Expr to, Runnable body) {
        k.loop("e", from, to, e -> {
            index[across] = e;
            body.run();
        });
    }

    private void at(Expr l, Consumer<List<Expr>> element) {
        index[dims.size() - 1] = l;
        element.accept(List.of(index));
    }
}
