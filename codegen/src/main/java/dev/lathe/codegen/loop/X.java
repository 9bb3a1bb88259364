package dev.lathe.codegen.loop;

import dev.lathe.codegen.loop.Expr.Bin;
import dev.lathe.codegen.loop.Expr.BinOp;
import dev.lathe.codegen.loop.Expr.Bitcast;
import dev.lathe.codegen.loop.Expr.Call;
import dev.lathe.codegen.loop.Expr.Cmp;
import dev.lathe.codegen.loop.Expr.CmpOp;
import dev.lathe.codegen.loop.Expr.Convert;
import dev.lathe.codegen.loop.Expr.Fma;
import dev.lathe.codegen.loop.Expr.Lit;
import dev.lathe.codegen.loop.Expr.Load;
import dev.lathe.codegen.loop.Expr.Select;
import dev.lathe.codegen.loop.Expr.Splat;
import dev.lathe.codegen.loop.Expr.Un;
import dev.lathe.codegen.loop.Expr.UnOp;
import dev.lathe.codegen.loop.Expr.Var;
import java.util.List;

/**
 * Smart constructors of {@link Expr}. Scalar integer and bool constants are folded, and identities that hold for
 * every integer are applied, so that index arithmetic stays short; literals move to the right of commutative
 * integer operations. Floats are never folded. Where one operand is a vector and another a scalar, the scalar is
 * splatted.
 */
public final class X {
    public static final Lit TRUE = bool(true);
    public static final Lit FALSE = bool(false);

    private X() {
    }

    // ---- leaves ----

    public static Lit i(int v) {
        return new Lit(Scalar.I32, v);
    }

    public static Lit l(long v) {
        return new Lit(Scalar.I64, v);
    }

    /** The pattern is held sign-extended, as that of an i32 is. */
    public static Lit f(float v) {
        return new Lit(Scalar.F32, Float.floatToRawIntBits(v));
    }

    public static Lit d(double v) {
        return new Lit(Scalar.F64, Double.doubleToRawLongBits(v));
    }

    public static Lit bool(boolean v) {
        return new Lit(Scalar.BOOL, v ? 1 : 0);
    }

    /** The number 0, or false. */
    public static Lit zero(Scalar s) {
        return new Lit(s, 0);
    }

    /** A scalar i32 local. */
    public static Var ivar(String name) {
        return new Var(name, Scalar.I32.scalar());
    }

    public static Var var(String name, Scalar s) {
        return new Var(name, s.scalar());
    }

    public static Load load(String buf, Expr index, Scalar s) {
        return new Load(buf, index, s.scalar());
    }

    public static Load load(String buf, Expr index, VType type) {
        return new Load(buf, index, type);
    }

    // ---- arithmetic ----

    public static Expr add(Expr a, Expr b) {
        return bin(BinOp.ADD, a, b);
    }

    public static Expr sub(Expr a, Expr b) {
        return bin(BinOp.SUB, a, b);
    }

    public static Expr mul(Expr a, Expr b) {
        return bin(BinOp.MUL, a, b);
    }

    public static Expr div(Expr a, Expr b) {
        return bin(BinOp.DIV, a, b);
    }

    public static Expr rem(Expr a, Expr b) {
        return bin(BinOp.REM, a, b);
    }

    public static Expr min(Expr a, Expr b) {
        return bin(BinOp.MIN, a, b);
    }

    public static Expr max(Expr a, Expr b) {
        return bin(BinOp.MAX, a, b);
    }

    public static Expr and(Expr a, Expr b) {
        return bin(BinOp.AND, a, b);
    }

    public static Expr or(Expr a, Expr b) {
        return bin(BinOp.OR, a, b);
    }

    public static Expr xor(Expr a, Expr b) {
        return bin(BinOp.XOR, a, b);
    }

    public static Expr shl(Expr a, Expr b) {
        return bin(BinOp.SHL, a, b);
    }

    public static Expr shr(Expr a, Expr b) {
        return bin(BinOp.SHR, a, b);
    }

    public static Expr ushr(Expr a, Expr b) {
        return bin(BinOp.USHR, a, b);
    }

    public static Expr neg(Expr a) {
        return un(UnOp.NEG, a);
    }

    public static Expr abs(Expr a) {
        return un(UnOp.ABS, a);
    }

    public static Expr sqrt(Expr a) {
        return un(UnOp.SQRT, a);
    }

    public static Expr floor(Expr a) {
        return un(UnOp.FLOOR, a);
    }

    public static Expr ceil(Expr a) {
        return un(UnOp.CEIL, a);
    }

    public static Expr rint(Expr a) {
        return un(UnOp.RINT, a);
    }

    public static Expr not(Expr a) {
        return un(UnOp.NOT, a);
    }

    /** a * b + c, rounded once. */
    public static Expr fma(Expr a, Expr b, Expr c) {
        int n = lanes(a, b, c);
        return new Fma(splat(a, n), splat(b, n), splat(c, n));
    }

    public static Expr un(UnOp op, Expr a) {
        return Folding.un(op, a);
    }

    public static Expr bin(BinOp op, Expr a, Expr b) {
        int n = Math.max(a.type().lanes(), b.type().lanes());
        return n > 1 ? new Bin(op, splat(a, n), splat(b, n)) : Folding.bin(op, a, b);
    }

    // ---- comparison and choice ----

    public static Expr lt(Expr a, Expr b) {
        return cmp(CmpOp.LT, a, b);
    }

    public static Expr le(Expr a, Expr b) {
        return cmp(CmpOp.LE, a, b);
    }

    public static Expr gt(Expr a, Expr b) {
        return cmp(CmpOp.GT, a, b);
    }

    public static Expr ge(Expr a, Expr b) {
        return cmp(CmpOp.GE, a, b);
    }

    public static Expr eq(Expr a, Expr b) {
        return cmp(CmpOp.EQ, a, b);
    }

    public static Expr ne(Expr a, Expr b) {
        return cmp(CmpOp.NE, a, b);
    }

    public static Expr cmp(CmpOp op, Expr a, Expr b) {
        int n = lanes(a, b);
        return n > 1 ? new Cmp(op, splat(a, n), splat(b, n)) : Folding.cmp(op, a, b);
    }

    public static Expr select(Expr cond, Expr a, Expr b) {
        int n = lanes(cond, a, b);
        if (cond instanceof Lit c) {
            return splat(c.bits() != 0 ? a : b, n);
        }
        return new Select(splat(cond, n), splat(a, n), splat(b, n));
    }

    // ---- types ----

    public static Expr convert(Scalar to, Expr a) {
        Scalar from = a.type().scalar();
        if (from == to) {
            return a;
        }
        if (a instanceof Lit x && !from.isFloat() && (to == Scalar.I32 || to == Scalar.I64)) {
            return new Lit(to, to == Scalar.I32 ? (int) x.bits() : x.bits());
        }
        return new Convert(to, a);
    }

    public static Expr bitcast(Scalar to, Expr a) {
        return a.type().scalar() == to ? a : new Bitcast(to, a);
    }

    /** The value itself where it already has that many lanes. */
    public static Expr splat(Expr a, int lanes) {
        return a.type().lanes() == lanes ? a : new Splat(a, lanes);
    }

    // ---- calls ----

    /** A call of a public static method of a class of {@link Fns#owner}. */
    public static Expr call(String owner, String method, Expr... args) {
        Scalar[] types = new Scalar[args.length];
        for (int i = 0; i < args.length; i++) {
            types[i] = args[i].type().scalar();
        }
        Fn fn = Fns.of(owner, method, List.of(types));
        return call(fn != null ? fn : Fns.of(owner, method), args);
    }

    public static Expr call(Fn fn, Expr... args) {
        int n = lanes(args);
        Expr[] splatted = new Expr[args.length];
        for (int i = 0; i < args.length; i++) {
            splatted[i] = splat(args[i], n);
        }
        return new Call(fn, List.of(splatted));
    }

    // ---- questions ----

    /** Whether the expression is the i32 or i64 literal {@code v}. */
    public static boolean is(Expr e, long v) {
        return e instanceof Lit x && (x.scalar() == Scalar.I32 || x.scalar() == Scalar.I64) && x.bits() == v;
    }

    private static int lanes(Expr... es) {
        int n = 1;
        for (Expr e : es) {
            n = Math.max(n, e.type().lanes());
        }
        return n;
    }
}
