package dev.lathe.codegen.transform;

import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.Stmt;
import dev.lathe.codegen.loop.X;
import java.util.List;

/**
 * Writes {@code x < c ? c : x} as {@code max(x, c)}, and the like, where that is the same: of scalar code the one is a branch that
 * no processor foresees, the other an instruction, in loops that the JIT vectorises too.
 */
final class Bounds {
    private Bounds() {}

    static Kernel apply(Kernel k) {
        return new Kernel(k.name(), k.bufs(), k.ints(), block(k.body()), k.parallel());
    }

    private static List<Stmt> block(List<Stmt> body) {
        return body.stream().map(s -> Walk.map(s, Bounds::bound, Bounds::block)).toList();
    }

    private static Expr bound(Expr whole) {
        Expr e = Walk.map(whole, Bounds::bound);
        if (!(e instanceof Expr.Select s) || !(s.cond() instanceof Expr.Cmp c) || !(c.b() instanceof Expr.Lit l) || !s.a().equals(l)
                || !s.b().equals(c.a()) || !l.scalar().isFloat()) {
            return e;
        }
        double v = l.scalar() == Scalar.F32 ? Float.intBitsToFloat((int) l.bits()) : Double.longBitsToDouble(l.bits());
        boolean max = c.op() == Expr.CmpOp.LT || c.op() == Expr.CmpOp.LE;
        boolean min = c.op() == Expr.CmpOp.GT || c.op() == Expr.CmpOp.GE;
        // zeros compare as equal, but are none: of the two max takes 0 and min -0
        boolean positive = l.bits() == 0;
        boolean same = v != 0 ? v == v : c.op() == (positive ? Expr.CmpOp.LE : Expr.CmpOp.GE);
        return !same ? e : max ? X.max(c.a(), l) : min ? X.min(c.a(), l) : e;
    }
}
