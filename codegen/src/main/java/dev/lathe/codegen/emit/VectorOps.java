package dev.lathe.codegen.emit;

import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.Stmt;
import dev.lathe.codegen.transform.Walk;
import java.util.List;

/**
 * How many operations of the Vector API the method of a kernel calls.
 *
 * <p>C2 of JDK 17 makes about 400 nodes of each while it parses; from 18,000 on (its {@code NodeCountInliningCutoff}) it puts off what it
 * would inline, and doesn't know of which class a result is: a store then goes by the profile of the shared {@code intoArray}, and where vectors
 * of several lengths have passed there, vectors become objects. C1 in turn runs out of virtual registers at some 100; what it has compiled
 * without profiling before never comes to C2 then.
 */
public final class VectorOps {
    /** Kernels that call more say of each result which class it has, if they don't call so many that C1 has no room for that. */
    private static final int MANY = 50;

    /** Kernels that call more had better be two. */
    public static final int LIMIT = 80;

    /** Rows of the largest tile but for those whose addresses go beyond the registers anyway. */
    private static final int ELEMENTS = 8;

    private static final int ROUNDING = 12;

    private VectorOps() {}

    /** The operations of {@code k}. */
    public static int of(Kernel k) {
        return count(k.body());
    }

    /** Whether a kernel spreads so few elements over vectors that reading each through a handle leaves C1 and C2 room, and registers for their addresses. */
    static boolean readsFewElements(Kernel k) {
        int[] n = {0};
        Walk.expressions(k.body(), e -> n[0] += isElement(e) ? 1 : 0);
        return n[0] <= ELEMENTS;
    }

    /** Whether {@code e} spreads an element of a buffer of floats over a vector. */
    static boolean isElement(Expr e) {
        return e instanceof Expr.Splat p && p.a() instanceof Expr.Load && p.type().scalar() == Scalar.F32;
    }

    /** Whether C2 may not know any more what the end of this kernel stores, and the kernel has room to say it. */
    static boolean isMany(Kernel k) {
        int n = of(k);
        return n > MANY && n <= LIMIT;
    }

    /** The operations of a statement. */
    static int of(Stmt s) {
        return count(List.of(s));
    }

    private static int count(List<Stmt> body) {
        int n = 0;
        for (Stmt s : body) {
            if (s instanceof Stmt.Local l) {
                n += count(l.value());
            } else if (s instanceof Stmt.Store t) {
                n += count(t.value()) + (t.value().type().isVector() ? 1 : 0);
            } else if (s instanceof Stmt.For f) {
                n += count(f.body());
            } else if (s instanceof Stmt.If i) {
                n += count(i.then()) + count(i.otherwise());
            } else if (s instanceof Stmt.While w) {
                n += count(w.body());
            }
        }
        return n;
    }

    private static int count(Expr e) {
        if (!e.type().isVector()) {
            return 0;
        }
        if (e instanceof Expr.Load || e instanceof Expr.Splat) {
            return 1;
        } else if (e instanceof Expr.Un u) {
            boolean rounds = u.op() == Expr.UnOp.FLOOR || u.op() == Expr.UnOp.CEIL || u.op() == Expr.UnOp.RINT;
            return count(u.a()) + (rounds ? ROUNDING : 1);
        } else if (e instanceof Expr.Bin b) {
            return count(b.a()) + count(b.b()) + 1;
        } else if (e instanceof Expr.Fma f) {
            return count(f.a()) + count(f.b()) + count(f.c()) + 1;
        } else if (e instanceof Expr.Cmp p) {
            return count(p.a()) + count(p.b()) + 1;
        } else if (e instanceof Expr.Select p) {
            return count(p.cond()) + count(p.a()) + count(p.b()) + 1;
        } else if (e instanceof Expr.Convert x) {
            return count(x.a()) + 1;
        } else if (e instanceof Expr.Bitcast b) {
            return count(b.a()) + 1;
        }
        return 0;
    }
}
