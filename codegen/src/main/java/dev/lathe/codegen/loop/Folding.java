package dev.lathe.codegen.loop;

import dev.lathe.codegen.loop.Expr.Bin;
import dev.lathe.codegen.loop.Expr.BinOp;
import dev.lathe.codegen.loop.Expr.Cmp;
import dev.lathe.codegen.loop.Expr.CmpOp;
import dev.lathe.codegen.loop.Expr.Lit;
import dev.lathe.codegen.loop.Expr.Un;
import dev.lathe.codegen.loop.Expr.UnOp;
import dev.lathe.codegen.loop.Expr.Var;

/** Constant folding and identities of scalar integers and bools, for {@link X}. */
final class Folding {
    private Folding() {
    }

    static Expr un(UnOp op, Expr a) {
        Scalar s = a.type().scalar();
        if (a instanceof Lit x && !s.isFloat()) {
            switch (op) {
                case NEG -> {
                    return lit(s, -x.bits());
                }
                case ABS -> {
                    return lit(s, s == Scalar.I32 ? Math.abs((int) x.bits()) : Math.abs(x.bits()));
                }
                case NOT -> {
                    return s == Scalar.BOOL ? X.bool(x.bits() == 0) : lit(s, ~x.bits());
                }
                default -> {
                }
            }
        }
        if (op == UnOp.NOT && a instanceof Un u && u.op() == UnOp.NOT) {
            return u.a();
        }
        return new Un(op, a);
    }

    static Expr bin(BinOp op, Expr a, Expr b) {
        Scalar s = a.type().scalar();
        if (s.isFloat() || s == Scalar.REF || !a.type().equals(b.type())) {
            return new Bin(op, a, b);
        }
        if (a instanceof Lit x && b instanceof Lit y && !(divides(op) && y.bits() == 0)) {
            return lit(s, s == Scalar.I32 ? eval(op, (int) x.bits(), (int) y.bits()) : eval(op, x.bits(), y.bits()));
        }
        if (a instanceof Lit && commutes(op)) {
            return bin(op, b, a);
        }
        Expr r = b instanceof Lit y ? withLiteral(op, a, y) : withoutLiteral(op, a, b);
        return r != null ? r : new Bin(op, a, b);
    }

    static Expr cmp(CmpOp op, Expr a, Expr b) {
        Scalar s = a.type().scalar();
        if (s.isFloat() || s == Scalar.REF) {
            return new Cmp(op, a, b);
        }
        if (a instanceof Lit x && b instanceof Lit y) {
            return X.bool(holds(op, Long.compare(x.bits(), y.bits())));
        }
        if (a instanceof Var && a.equals(b)) {
            return X.bool(holds(op, 0));
        }
        return new Cmp(op, a, b);
    }

    /** {@code a op y}, simplified, or null. */
    private static Expr withLiteral(BinOp op, Expr a, Lit y) {
        Scalar s = y.scalar();
        long v = y.bits();
        long ones = s == Scalar.BOOL ? 1 : -1;
        switch (op) {
            case ADD -> {
                return v == 0 ? a : a instanceof Bin in && in.op() == BinOp.ADD && in.b() instanceof Lit z
                    ? bin(BinOp.ADD, in.a(), lit(s, z.bits() + v)) : null;
            }
            case SUB -> {
                return bin(BinOp.ADD, a, lit(s, -v));
            }
            case MUL -> {
                return v == 0 ? y : v == 1 ? a : a instanceof Bin in && in.op() == BinOp.MUL && in.b() instanceof Lit z
                    ? bin(BinOp.MUL, in.a(), lit(s, z.bits() * v)) : null;
            }
            case DIV -> {
                return v == 1 ? a : null;
            }
            case REM -> {
                return v == 1 ? lit(s, 0) : null;
            }
            case AND -> {
                return v == 0 ? y : v == ones ? a : null;
            }
            case OR -> {
                return v == 0 ? a : v == ones ? y : null;
            }
            case XOR -> {
                return v == 0 ? a : v == ones ? un(UnOp.NOT, a) : null;
            }
            case SHL, SHR, USHR -> {
                return v == 0 ? a : null;
            }
            default -> {
                return null;
            }
        }
    }

    /** {@code a op b}, simplified, or null. */
    private static Expr withoutLiteral(BinOp op, Expr a, Expr b) {
        Scalar s = a.type().scalar();
        switch (op) {
            case ADD -> {
                // (x + c) + y is (x + y) + c
                if (a instanceof Bin in && in.op() == BinOp.ADD && in.b() instanceof Lit z) {
                    return bin(BinOp.ADD, bin(BinOp.ADD, in.a(), b), z);
                }
                if (b instanceof Bin in && in.op() == BinOp.ADD && in.b() instanceof Lit z) {
                    return bin(BinOp.ADD, bin(BinOp.ADD, a, in.a()), z);
                }
                return null;
            }
            case SUB -> {
                if (a.equals(b)) {
                    return lit(s, 0);
                }
                if (a instanceof Bin in && in.op() == BinOp.ADD) {
                    if (in.b() instanceof Lit z) {
                        return bin(BinOp.ADD, bin(BinOp.SUB, in.a(), b), z);
                    }
                    return in.a().equals(b) ? in.b() : in.b().equals(b) ? in.a() : null;
                }
                if (b instanceof Bin in && in.op() == BinOp.ADD && in.b() instanceof Lit z) {
                    return bin(BinOp.ADD, bin(BinOp.SUB, a, in.a()), lit(s, -z.bits()));
                }
                return X.is(a, 0) ? un(UnOp.NEG, b) : null;
            }
            case MIN, MAX, AND, OR -> {
                return a.equals(b) ? a : null;
            }
            default -> {
                return null;
            }
        }
    }

    private static boolean divides(BinOp op) {
        return op == BinOp.DIV || op == BinOp.REM;
    }

    private static boolean commutes(BinOp op) {
        return switch (op) {
            case ADD, MUL, MIN, MAX, AND, OR, XOR -> true;
            default -> false;
        };
    }

    private static Lit lit(Scalar s, long v) {
        return new Lit(s, s == Scalar.I32 ? (int) v : v);
    }

    private static long eval(BinOp op, int x, int y) {
        return switch (op) {
            case SHL -> x << y;
            case SHR -> x >> y;
            case USHR -> x >>> y;
            // DIV overflows for MIN_VALUE / -1 as i64 does not, and the caller narrows
            default -> eval(op, (long) x, (long) y);
        };
    }

    private static long eval(BinOp op, long x, long y) {
        return switch (op) {
            case ADD -> x + y;
            case SUB -> x - y;
            case MUL -> x * y;
            case DIV -> x / y;
            case REM -> x % y;
            case MIN -> Math.min(x, y);
            case MAX -> Math.max(x, y);
            case AND -> x & y;
            case OR -> x | y;
            case XOR -> x ^ y;
            case SHL -> x << y;
            case SHR -> x >> y;
            case USHR -> x >>> y;
        };
    }

    private static boolean holds(CmpOp op, int order) {
        return switch (op) {
            case EQ -> order == 0;
            case NE -> order != 0;
            case LT -> order < 0;
            case LE -> order <= 0;
            case GT -> order > 0;
            case GE -> order >= 0;
        };
    }
}
