package dev.lathe.codegen.loop;

import java.util.List;

/**
 * A value in the loop IR. Immutable and typed; constructors check what can be checked locally. Arithmetic is Java's:
 * IEEE for floats (no contraction, {@link Fma} is the only fused operation), wrapping for integers. Vector operands
 * of one expression have the same number of lanes; an operation on vectors works lane by lane.
 */
public sealed interface Expr {
    VType type();

    /** A constant; {@code bits} is the raw float or double pattern, the integer, or 0/1. */
    record Lit(Scalar scalar, long bits) implements Expr {
        @Override
        public VType type() {
            return scalar.scalar();
        }
    }

    /** A local: loop index, integer parameter, {@link Stmt.Let} or {@link Stmt.Mut}. */
    record Var(String name, VType type) implements Expr {}

    /**
     * Element {@code index} of a buffer parameter, or {@code type.lanes()} consecutive elements from there. The
     * buffer's own offset is added by the emitter, not written here.
     */
    record Load(String buf, Expr index, VType type) implements Expr {}

    record Un(UnOp op, Expr a) implements Expr {
        @Override
        public VType type() {
            return a.type();
        }
    }

    record Bin(BinOp op, Expr a, Expr b) implements Expr {
        public Bin {
            // shifts take an i32 amount
            same(a, b);
        }

        @Override
        public VType type() {
            return a.type();
        }
    }

    /** a * b + c, rounded once. */
    record Fma(Expr a, Expr b, Expr c) implements Expr {
        public Fma {
            same(a, b);
            same(b, c);
        }

        @Override
        public VType type() {
            return a.type();
        }
    }

    record Cmp(CmpOp op, Expr a, Expr b) implements Expr {
        public Cmp {
            same(a, b);
        }

        @Override
        public VType type() {
            return a.type().with(Scalar.BOOL);
        }
    }

    /** {@code cond ? a : b}, lane by lane; both sides are evaluated in vector form, one in scalar form. */
    record Select(Expr cond, Expr a, Expr b) implements Expr {
        public Select {
            same(a, b);
            if (cond.type().scalar() != Scalar.BOOL || cond.type().lanes() != a.type().lanes()) {
                throw new IllegalArgumentException("select on " + cond.type() + " of " + a.type());
            }
        }

        @Override
        public VType type() {
            return a.type();
        }
    }

    /** Conversion with Java's cast semantics; bool to a number gives 0 or 1. */
    record Convert(Scalar to, Expr a) implements Expr {
        @Override
        public VType type() {
            return a.type().with(to);
        }
    }

    /** The same bits seen as another type of the same width (f32/i32, f64/i64). */
    record Bitcast(Scalar to, Expr a) implements Expr {
        @Override
        public VType type() {
            return a.type().with(to);
        }
    }

    /** A scalar in every lane. */
    record Splat(Expr a, int lanes) implements Expr {
        @Override
        public VType type() {
            return a.type().withLanes(lanes);
        }
    }

    /** A pure function; with vector arguments only those that {@code VectorMath} knows. */
    record Call(Fn fn, List<Expr> args) implements Expr {
        public Call {
            args = List.copyOf(args);
            if (args.size() != fn.params().size()) {
                throw new IllegalArgumentException(fn + " takes " + fn.params().size() + " arguments");
            }
        }

        @Override
        public VType type() {
            return new VType(fn.result(), args.isEmpty() ? 1 : args.get(0).type().lanes());
        }
    }

    /** SQRT is IEEE's; FLOOR, CEIL, RINT (half to even), TRUNC on floats; NOT on bool or integer bits. */
    enum UnOp {
        NEG, ABS, SQRT, FLOOR, CEIL, RINT, NOT
    }

    /**
     * MIN and MAX are {@code Math.min/max} (NaN wins, -0 below 0). DIV and REM are Java's (integers truncate towards
     * zero). AND, OR, XOR on integers and bool. SHL, SHR (arithmetic), USHR take an amount of the same type.
     */
    enum BinOp {
        ADD, SUB, MUL, DIV, REM, MIN, MAX, AND, OR, XOR, SHL, SHR, USHR
    }

    /** Float comparisons with NaN are false but for NE. */
    enum CmpOp {
        EQ, NE, LT, LE, GT, GE
    }

    private static void same(Expr a, Expr b) {
        if (!a.type().equals(b.type())) {
            throw new IllegalArgumentException("operands of types " + a.type() + " and " + b.type() + ": " + a + " / " + b);
        }
    }
}
