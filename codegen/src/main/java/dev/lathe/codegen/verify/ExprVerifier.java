package dev.lathe.codegen.verify;

import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Expr.BinOp;
import dev.lathe.codegen.loop.Expr.CmpOp;
import dev.lathe.codegen.loop.Expr.UnOp;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.VType;
import java.util.Map;
import java.util.function.Consumer;

/** Types of expressions, and that what they name exists. */
final class ExprVerifier {
    private final Map<String, Kernel.BufParam> bufs;
    private final Map<String, VType> locals;
    private final Consumer<String> error;

    /**
     * @param locals those in scope, kept up to date by the caller
     */
    ExprVerifier(Map<String, Kernel.BufParam> bufs, Map<String, VType> locals, Consumer<String> error) {
        this.bufs = bufs;
        this.locals = locals;
        this.error = error;
    }

    private void require(boolean holds, Expr e, String message) {
        if (!holds) {
            String text = e.toString();
            error.accept(message + " in " + (text.length() > 200 ? text.substring(0, 200) + "..." : text));
        }
    }

    /** Checks that {@code e} is an index or a count: a scalar i32. */
    void integer(Expr e) {
        check(e);
        require(e.type().equals(Scalar.I32.scalar()), e, "an i32 is needed, not " + e.type() + ",");
    }

    /** Checks that {@code e} is a scalar bool. */
    void condition(Expr e) {
        check(e);
        require(e.type().equals(Scalar.BOOL.scalar()), e, "a bool is needed, not " + e.type() + ",");
    }

    void check(Expr e) {
        vector(e);
        if (e instanceof Expr.Var v) {
            VType t = locals.get(v.name());
            require(t != null, e, "no local " + v.name() + " in scope");
            require(t == null || t.equals(v.type()), e, "local " + v.name() + " is of type " + t);
        } else if (e instanceof Expr.Load l) {
            integer(l.index());
            buffer(l.buf(), l.type(), e);
        } else if (e instanceof Expr.Un u) {
            check(u.a());
            unary(u);
        } else if (e instanceof Expr.Bin b) {
            check(b.a());
            check(b.b());
            binary(b);
        } else if (e instanceof Expr.Fma f) {
            check(f.a());
            check(f.b());
            check(f.c());
            require(e.type().scalar().isFloat(), e, "fma of " + e.type());
        } else if (e instanceof Expr.Cmp c) {
            check(c.a());
            check(c.b());
            Scalar s = c.a().type().scalar();
            boolean equality = c.op() == CmpOp.EQ || c.op() == CmpOp.NE;
            require(s != Scalar.REF && (s != Scalar.BOOL || equality), e, c.op() + " of " + c.a().type());
        } else if (e instanceof Expr.Select s) {
            check(s.cond());
            check(s.a());
            check(s.b());
        } else if (e instanceof Expr.Convert c) {
            check(c.a());
            require(c.a().type().scalar() != Scalar.REF && c.to() != Scalar.REF, e, "conversion of a reference");
        } else if (e instanceof Expr.Bitcast b) {
            check(b.a());
            require(width(b.to()) > 0 && width(b.to()) == width(b.a().type().scalar()), e, "bits of " + b.a().type() + " as " + b.to().text());
        } else if (e instanceof Expr.Splat s) {
            check(s.a());
            require(!s.a().type().isVector() && s.a().type().scalar() != Scalar.REF, e, "splat of " + s.a().type());
        } else if (e instanceof Expr.Call c) {
            call(c);
        }
    }

    // 64 to 512 bits in a power of two of lanes; a mask has as many lanes as such a vector
    private void vector(Expr e) {
        VType t = e.type();
        if (t.isVector()) {
            int bits = t.scalar() == Scalar.BOOL ? 32 : width(t.scalar());
            require(Integer.bitCount(t.lanes()) == 1 && bits > 0 && t.lanes() * bits <= 512, e, "no vector type " + t);
        }
    }

    private static int width(Scalar s) {
        return switch (s) {
            case F32, I32 -> 32;
            case F64, I64 -> 64;
            case BOOL, REF -> 0;
        };
    }

    /** Checks that buffer parameter {@code name} holds elements of {@code type}. */
    void buffer(String name, VType type, Expr e) {
        Kernel.BufParam b = bufs.get(name);
        require(b != null, e, "no buffer " + name);
        require(b == null || b.scalar() == type.scalar(), e, "buffer " + name + " holds " + (b == null ? "" : b.scalar().text()) + ", not " + type);
    }

    private void unary(Expr.Un u) {
        Scalar s = u.type().scalar();
        boolean legal = switch (u.op()) {
            case NEG, ABS -> width(s) > 0;
            case SQRT, FLOOR, CEIL, RINT -> s.isFloat();
            case NOT -> !s.isFloat() && s != Scalar.REF;
        };
        require(legal, u, (u.op() == UnOp.NOT ? "not" : u.op().name()) + " of " + u.type());
    }

    private void binary(Expr.Bin b) {
        Scalar s = b.type().scalar();
        boolean integer = s == Scalar.I32 || s == Scalar.I64;
        boolean legal = switch (b.op()) {
            case ADD, SUB, MUL, MIN, MAX -> width(s) > 0;
            case DIV -> s.isFloat() || integer && !b.type().isVector();
            case REM -> width(s) > 0 && !b.type().isVector();
            case AND, OR, XOR -> integer || s == Scalar.BOOL;
            case SHL, SHR, USHR -> integer;
        };
        require(legal, b, b.op() + " of " + b.type());
        boolean divides = (b.op() == BinOp.DIV || b.op() == BinOp.REM) && integer;
        require(!divides || !(b.b() instanceof Expr.Lit l && l.bits() == 0), b, "division by 0");
    }

    private void call(Expr.Call c) {
        c.args().forEach(this::check);
        for (int i = 0; i < c.args().size(); i++) {
            VType t = c.args().get(i).type();
            Scalar want = c.fn().params().get(i);
            require(t.scalar() == want, c, "argument " + i + " of " + c.fn() + " is " + t + ", not " + want.text());
            require(t.lanes() == c.type().lanes(), c, "arguments of different lengths");
        }
    }
}
