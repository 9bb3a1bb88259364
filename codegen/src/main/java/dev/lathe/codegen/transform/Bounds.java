package dev.lathe.codegen.transform;

import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.Stmt;
import dev.lathe.codegen.loop.X;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * The two ways to bound a number by a constant, {@code x < c ? c : x} and {@code max(x, c)}, and the like, each written as the other where
 * that is the same. Of scalar code the first is a branch that no processor foresees, the second an instruction, in loops that the
 * JIT vectorises too. Of vectors the first is two instructions, the second six: it looks after NaN and zeros of both operands.
 */
final class Bounds {
    private Bounds() {}

    /** Comparisons become operations. */
    static Kernel operations(Kernel k) {
        return k.with(block(k.body(), Bounds::operation));
    }

    /** Operations on vectors become comparisons. */
    static Kernel comparisons(Kernel k) {
        return k.with(block(k.body(), Bounds::comparison));
    }

    private static List<Stmt> block(List<Stmt> body, UnaryOperator<Expr> each) {
        return body.stream().map(s -> Walk.map(s, each, b -> block(b, each))).toList();
    }

    private static Expr comparison(Expr whole) {
        Expr e = Walk.map(whole, Bounds::comparison);
        // what is compared is also chosen: a name, so that it isn't computed twice
        if (!(e instanceof Expr.Bin b) || !e.type().isVector() || !e.type().scalar().isFloat() || !(b.a() instanceof Expr.Var x)
                || !(b.b() instanceof Expr.Splat c) || !(c.a() instanceof Expr.Lit l)) {
            return e;
        }
        if (number(l) != number(l)) {
            return e;
        }
        // of zeros max takes 0 and min -0
        return switch (b.op()) {
            case MAX -> X.select(l.bits() == 0 ? X.le(x, c) : X.lt(x, c), c, x);
            case MIN -> X.select(l.bits() == 0 ? X.gt(x, c) : X.ge(x, c), c, x);
            default -> e;
        };
    }

    private static double number(Expr.Lit l) {
        return l.scalar() == Scalar.F32 ? Float.intBitsToFloat((int) l.bits()) : Double.longBitsToDouble(l.bits());
    }

    private static Expr operation(Expr whole) {
        Expr e = Walk.map(whole, Bounds::operation);
        if (!(e instanceof Expr.Select s) || !(s.cond() instanceof Expr.Cmp c) || !(c.b() instanceof Expr.Lit l) || !s.a().equals(l)
                || !s.b().equals(c.a()) || !l.scalar().isFloat()) {
            return e;
        }
        double v = number(l);
        boolean max = c.op() == Expr.CmpOp.LT || c.op() == Expr.CmpOp.LE;
        boolean min = c.op() == Expr.CmpOp.GT || c.op() == Expr.CmpOp.GE;
        // zeros compare as equal, but are none: of the two max takes 0 and min -0
        boolean positive = l.bits() == 0;
        boolean same = v != 0 ? v == v : c.op() == (positive ? Expr.CmpOp.LE : Expr.CmpOp.GE);
        return !same ? e : max ? X.max(c.a(), l) : min ? X.min(c.a(), l) : e;
    }
}
