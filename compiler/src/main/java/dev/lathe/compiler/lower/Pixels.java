package dev.lathe.compiler.lower;

import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.X;
import java.util.ArrayList;
import java.util.List;

/**
 * Pixels counted through in a kernel: from a pixel's number to its indices, to the next pixel, and to where it stands in a buffer
 * whose first dimensions are those of the pixels.
 *
 * @param p number of dimensions
 * @param dims all but the outermost dimension
 */
record Pixels(KernelBuilder k, int p, List<Expr> dims) {
    /** The indices of pixel {@code m}. */
    List<Expr> split(Expr m) {
        List<Expr> r = new ArrayList<>();
        Expr rest = m;
        for (int i = dims.size() - 1; i >= 0; i--) {
            Expr q = k.let("q", X.div(rest, dims.get(i)));
            r.add(0, k.let("x", X.sub(rest, X.mul(q, dims.get(i)))));
            rest = q;
        }
        r.add(0, rest);
        return r;
    }

    /**
     * The indices of the pixel after this one, but for the outermost, which nobody asks for: a division each would cost more than a
     * short run. In {@code over} whether each of the other dimensions ends here, the innermost first.
     */
    List<Expr> next(List<Expr> index, List<Expr> over) {
        List<Expr> r = new ArrayList<>();
        Expr carry = X.i(1);
        for (int i = index.size() - 1; i > 0; i--) {
            Expr up = k.let("x", X.add(index.get(i), carry));
            Expr ends = X.eq(up, dims.get(i - 1));
            r.add(0, k.let("x", X.select(ends, X.i(0), up)));
            carry = X.select(ends, X.i(1), X.i(0));
            over.add(ends);
        }
        r.add(0, index.get(0));
        return r;
    }

    /** Where the pixel after the one {@code at} stands. */
    Expr next(KernelBuilder.Buf b, Expr at, List<Expr> jumps, List<Expr> over) {
        Expr r = X.add(at, b.stride(p - 1));
        for (int i = 0; i < over.size(); i++) {
            r = X.add(r, X.select(over.get(i), jumps.get(i), X.i(0)));
        }
        return r;
    }

    /** How much further on the next pixel stands than a step away, where dimensions end: the innermost, the one around it ... */
    List<Expr> jumps(KernelBuilder.Buf b) {
        List<Expr> r = new ArrayList<>();
        for (int i = p - 1; i > 0; i--) {
            r.add(k.let("jump", X.sub(b.stride(i - 1), X.mul(dims.get(i - 1), b.stride(i)))));
        }
        return r;
    }

    /** Where a pixel stands. */
    static Expr at(KernelBuilder.Buf b, List<Expr> index) {
        Expr r = X.i(0);
        for (int i = 0; i < index.size(); i++) {
            r = X.add(r, X.mul(index.get(i), b.stride(i)));
        }
        return r;
    }

    /** Pixels of one line that stand a step apart. */
    interface Line {
        void run(List<Expr> index, Expr n);
    }

    /** Goes through the pixels from one to another, line by line. */
    void lines(Expr from, Expr to, Line body) {
        if (p == 1) {
            body.run(List.of(from), k.let("n", X.sub(to, from)));
            return;
        }
        Expr.Var m = k.mut("m", from);
        k.whileTrue(X.lt(m, to), () -> {
            Expr here = k.let("here", X.max(m, X.i(0)));
            List<Expr> index = split(here);
            Expr n = k.let("n", X.min(X.sub(to, here), X.sub(dims.get(p - 2), index.get(p - 1))));
            body.run(index, n);
            k.set(m, X.add(here, n));
        });
    }

    /** Where a column of a pixel stands. */
    static Expr place(KernelBuilder.Buf b, List<Expr> index, Expr base, Expr column) {
        return X.add(X.add(at(b, index), base), column);
    }
}
