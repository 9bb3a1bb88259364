package dev.lathe.codegen.emit;

import dev.lathe.codegen.asm.Code;
import dev.lathe.codegen.asm.Jump;
import dev.lathe.codegen.asm.MethodRef;
import dev.lathe.codegen.asm.Op;
import dev.lathe.codegen.loop.Expr.BinOp;
import dev.lathe.codegen.loop.Expr.CmpOp;
import dev.lathe.codegen.loop.Expr.UnOp;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Fns;
import dev.lathe.codegen.loop.Scalar;
import java.util.Arrays;
import java.util.Locale;
import org.objectweb.asm.Type;

/** Scalar expressions in plain bytecode. A bool is an int that is 0 or 1; conditions become jumps where they can. */
final class ScalarExprs {
    private static final MethodRef FMA_F = MethodRef.ofStatic(Math.class, "fma", float.class, float.class, float.class, float.class);
    private static final MethodRef FMA_D = MethodRef.ofStatic(Math.class, "fma", double.class, double.class, double.class, double.class);
    private static final MethodRef FLOAT_BITS = MethodRef.ofStatic(Float.class, "floatToRawIntBits", int.class, float.class);
    private static final MethodRef BITS_FLOAT = MethodRef.ofStatic(Float.class, "intBitsToFloat", float.class, int.class);
    private static final MethodRef DOUBLE_BITS = MethodRef.ofStatic(Double.class, "doubleToRawLongBits", long.class, double.class);
    private static final MethodRef BITS_DOUBLE = MethodRef.ofStatic(Double.class, "longBitsToDouble", double.class, long.class);

    private final Code c;
    private final Exprs all;

    ScalarExprs(Code c, Exprs all) {
        this.c = c;
        this.all = all;
    }

    /** Pushes the value of {@code e}. */
    void emit(Expr e) {
        if (e instanceof Expr.Lit l) {
            literal(l);
        } else if (e instanceof Expr.Var v) {
            c.load(v.name());
        } else if (e instanceof Expr.Load l) {
            all.place(l.buf(), l.index());
            c.op(ofScalar(l.type().scalar(), Op.FALOAD, Op.DALOAD, Op.IALOAD, Op.LALOAD, Op.AALOAD));
        } else if (e instanceof Expr.Un u) {
            unary(u);
        } else if (e instanceof Expr.Bin b) {
            binary(b);
        } else if (e instanceof Expr.Fma f) {
            emit(f.a());
            emit(f.b());
            emit(f.c());
            c.call(ofScalar(f.type().scalar(), FMA_F, FMA_D, null, null, null));
        } else if (e instanceof Expr.Cmp) {
            fromJumps(e);
        } else if (e instanceof Expr.Select s) {
            Code.Target otherwise = new Code.Target();
            Code.Target end = new Code.Target();
            jumpUnless(s.cond(), otherwise);
            emit(s.a());
            c.jump(Jump.GOTO, end).mark(otherwise);
            emit(s.b());
            c.mark(end);
        } else if (e instanceof Expr.Convert v) {
            emit(v.a());
            convert(v.a().type().scalar(), v.to());
        } else if (e instanceof Expr.Bitcast b) {
            emit(b.a());
            bitcast(b.a().type().scalar(), b.to());
        } else if (e instanceof Expr.Splat s) {
            emit(s.a());
        } else if (e instanceof Expr.Call f) {
            f.args().forEach(this::emit);
            c.call(MethodRef.namedStatic(Type.getInternalName(Fns.owner(f.fn().owner())), f.fn().name(), f.fn().descriptor()));
        }
    }

    private static <T> T ofScalar(Scalar s, T f32, T f64, T i32, T i64, T other) {
        T r = switch (s) {
            case F32 -> f32;
            case F64 -> f64;
            case I32 -> i32;
            case I64 -> i64;
            case BOOL, REF -> other;
        };
        if (r == null) {
            throw new IllegalStateException("no such operation on " + s.text());
        }
        return r;
    }

    private void literal(Expr.Lit l) {
        switch (l.scalar()) {
            case F32 -> c.push(Float.intBitsToFloat((int) l.bits()));
            case F64 -> c.push(Double.longBitsToDouble(l.bits()));
            case I32, BOOL -> c.push((int) l.bits());
            case I64 -> c.push(l.bits());
            case REF -> c.op(Op.ACONST_NULL);
        }
    }

    private void unary(Expr.Un u) {
        Scalar s = u.type().scalar();
        emit(u.a());
        switch (u.op()) {
            case NEG -> c.op(ofScalar(s, Op.FNEG, Op.DNEG, Op.INEG, Op.LNEG, null));
            case ABS -> math("abs", s, 1);
            case SQRT, FLOOR, CEIL, RINT -> roundedByMath(u.op(), s);
            case NOT -> {
                if (s == Scalar.I64) {
                    c.push(-1L).op(Op.LXOR);
                } else {
                    c.push(s == Scalar.BOOL ? 1 : -1).op(ofScalar(s, null, null, Op.IXOR, null, Op.IXOR));
                }
            }
        }
    }

    // exact for floats: the result of the double operation is a float, or for sqrt rounds to the right one
    private void roundedByMath(UnOp op, Scalar s) {
        if (s == Scalar.F32) {
            c.op(Op.F2D);
        } else if (s != Scalar.F64) {
            throw new IllegalStateException(op + " on " + s.text());
        }
        math(op.name().toLowerCase(Locale.ROOT), Scalar.F64, 1);
        if (s == Scalar.F32) {
            c.op(Op.D2F);
        }
    }

    private void math(String name, Scalar s, int operands) {
        Class<?> t = ofScalar(s, float.class, double.class, int.class, long.class, null);
        Class<?>[] params = new Class<?>[operands];
        Arrays.fill(params, t);
        c.call(MethodRef.ofStatic(Math.class, name, t, params));
    }

    private void binary(Expr.Bin b) {
        Scalar s = b.type().scalar();
        if (s == Scalar.BOOL && (b.op() == BinOp.AND || b.op() == BinOp.OR)) {
            fromJumps(b);
            return;
        }
        emit(b.a());
        emit(b.b());
        switch (b.op()) {
            case ADD -> c.op(ofScalar(s, Op.FADD, Op.DADD, Op.IADD, Op.LADD, null));
            case SUB -> c.op(ofScalar(s, Op.FSUB, Op.DSUB, Op.ISUB, Op.LSUB, null));
            case MUL -> c.op(ofScalar(s, Op.FMUL, Op.DMUL, Op.IMUL, Op.LMUL, null));
            case DIV -> c.op(ofScalar(s, Op.FDIV, Op.DDIV, Op.IDIV, Op.LDIV, null));
            case REM -> c.op(ofScalar(s, Op.FREM, Op.DREM, Op.IREM, Op.LREM, null));
            case MIN -> math("min", s, 2);
            case MAX -> math("max", s, 2);
            case AND -> c.op(ofScalar(s, null, null, Op.IAND, Op.LAND, Op.IAND));
            case OR -> c.op(ofScalar(s, null, null, Op.IOR, Op.LOR, Op.IOR));
            case XOR -> c.op(ofScalar(s, null, null, Op.IXOR, Op.LXOR, Op.IXOR));
            case SHL -> shift(s, Op.ISHL, Op.LSHL);
            case SHR -> shift(s, Op.ISHR, Op.LSHR);
            case USHR -> shift(s, Op.IUSHR, Op.LUSHR);
        }
    }

    private void shift(Scalar s, Op onInt, Op onLong) {
        if (s == Scalar.I64) {
            c.op(Op.L2I);
        }
        c.op(ofScalar(s, null, null, onInt, onLong, null));
    }

    private void convert(Scalar from, Scalar to) {
        if (from == to || from == Scalar.BOOL && to == Scalar.I32) {
            return;
        }
        if (to == Scalar.BOOL) {
            switch (from) {
                case F32 -> c.push(0f).op(Op.FCMPL);
                case F64 -> c.push(0d).op(Op.DCMPL);
                case I64 -> c.push(0L).op(Op.LCMP);
                case I32 -> {}
                case BOOL, REF -> throw new IllegalStateException(from.text() + " to bool");
            }
            Code.Target no = new Code.Target();
            Code.Target end = new Code.Target();
            c.jump(Jump.IFEQ, no).push(1).jump(Jump.GOTO, end).mark(no).push(0).mark(end);
            return;
        }
        Op op = switch (from) {
            case F32 -> ofScalar(to, null, Op.F2D, Op.F2I, Op.F2L, null);
            case F64 -> ofScalar(to, Op.D2F, null, Op.D2I, Op.D2L, null);
            case I32, BOOL -> ofScalar(to, Op.I2F, Op.I2D, null, Op.I2L, null);
            case I64 -> ofScalar(to, Op.L2F, Op.L2D, Op.L2I, null, null);
            case REF -> throw new IllegalStateException("conversion of a reference");
        };
        c.op(op);
    }

    private void bitcast(Scalar from, Scalar to) {
        if (from != to) {
            c.call(switch (from) {
                case F32 -> ofScalar(to, null, null, FLOAT_BITS, null, null);
                case F64 -> ofScalar(to, null, null, null, DOUBLE_BITS, null);
                case I32 -> ofScalar(to, BITS_FLOAT, null, null, null, null);
                case I64 -> ofScalar(to, null, BITS_DOUBLE, null, null, null);
                case BOOL, REF -> throw new IllegalStateException("bits of " + from.text());
            });
        }
    }

    private void fromJumps(Expr cond) {
        Code.Target no = new Code.Target();
        Code.Target end = new Code.Target();
        jumpUnless(cond, no);
        c.push(1).jump(Jump.GOTO, end).mark(no).push(0).mark(end);
    }

    /** Jumps to {@code no} when {@code cond} is false. The right side of AND and OR is evaluated only where it decides. */
    void jumpUnless(Expr cond, Code.Target no) {
        jump(cond, false, no);
    }

    private void jump(Expr cond, boolean when, Code.Target to) {
        if (cond instanceof Expr.Cmp p) {
            compare(p, when, to);
        } else if (cond instanceof Expr.Un u && u.op() == UnOp.NOT) {
            jump(u.a(), !when, to);
        } else if (cond instanceof Expr.Bin b && (b.op() == BinOp.AND || b.op() == BinOp.OR)) {
            if ((b.op() == BinOp.OR) == when) {
                jump(b.a(), when, to);
                jump(b.b(), when, to);
            } else {
                Code.Target skip = new Code.Target();
                jump(b.a(), !when, skip);
                jump(b.b(), when, to);
                c.mark(skip);
            }
        } else {
            emit(cond);
            c.jump(when ? Jump.IFNE : Jump.IFEQ, to);
        }
    }

    private void compare(Expr.Cmp p, boolean when, Code.Target to) {
        Scalar s = p.a().type().scalar();
        CmpOp op = p.op();
        emit(p.a());
        boolean ints = s == Scalar.I32 || s == Scalar.BOOL;
        boolean zero = ints && p.b() instanceof Expr.Lit l && l.bits() == 0;
        if (!zero) {
            emit(p.b());
        }
        if (!ints) {
            // a comparison with NaN must come out false: -1 where "less" would be true, 1 elsewhere
            boolean less = op == CmpOp.LT || op == CmpOp.LE;
            c.op(ofScalar(s, less ? Op.FCMPG : Op.FCMPL, less ? Op.DCMPG : Op.DCMPL, null, Op.LCMP, null));
        }
        c.jump(jump(op, when, ints && !zero), to);
    }

    private static Jump jump(CmpOp op, boolean when, boolean two) {
        return switch (op) {
            case EQ -> when ? pick(two, Jump.ICMPEQ, Jump.IFEQ) : pick(two, Jump.ICMPNE, Jump.IFNE);
            case NE -> when ? pick(two, Jump.ICMPNE, Jump.IFNE) : pick(two, Jump.ICMPEQ, Jump.IFEQ);
            case LT -> when ? pick(two, Jump.ICMPLT, Jump.IFLT) : pick(two, Jump.ICMPGE, Jump.IFGE);
            case GE -> when ? pick(two, Jump.ICMPGE, Jump.IFGE) : pick(two, Jump.ICMPLT, Jump.IFLT);
            case GT -> when ? pick(two, Jump.ICMPGT, Jump.IFGT) : pick(two, Jump.ICMPLE, Jump.IFLE);
            case LE -> when ? pick(two, Jump.ICMPLE, Jump.IFLE) : pick(two, Jump.ICMPGT, Jump.IFGT);
        };
    }

    private static Jump pick(boolean two, Jump ofTwo, Jump ofOne) {
        return two ? ofTwo : ofOne;
    }
}
