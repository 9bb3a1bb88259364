package dev.lathe.codegen.loop;

import java.util.List;

/** The kernels that class emission does not write code for, because the library holds methods that do the same, and what they are written down with. */
public final class LibraryKernels {
    private LibraryKernels() {}

    /** True for one of them, under whatever name. */
    public static boolean contains(Kernel k) {
        return BlockProduct.is(k) || DepthwiseProduct.is(k);
    }

    /** A kernel of input, weights, a start value for each column, and result. */
    static Kernel kernel(String name, List<String> ints, Stmt body) {
        return new Kernel(name, List.of(new Kernel.BufParam("a", Scalar.F32, false), new Kernel.BufParam("w", Scalar.F32, false),
                new Kernel.BufParam("b", Scalar.F32, false), new Kernel.BufParam("o", Scalar.F32, true)), ints, List.of(body), false);
    }

    static boolean isSame(Kernel k, Kernel meant) {
        return k.ints().equals(meant.ints()) && k.bufs().equals(meant.bufs()) && k.body().equals(meant.body()) && !k.parallel();
    }

    static Expr v(String name) {
        return X.ivar(name);
    }

    static Stmt let(String name, Expr e) {
        return new Stmt.Let(name, e);
    }

    static Stmt loop(String index, Expr lo, Expr hi, List<Stmt> body) {
        return new Stmt.For(index, lo, hi, 1, body, false);
    }
}
