package dev.lathe.codegen.interp;

import dev.lathe.codegen.loop.Expr.BinOp;
import dev.lathe.codegen.loop.Expr.CmpOp;
import dev.lathe.codegen.loop.Expr.UnOp;
import dev.lathe.codegen.loop.Scalar;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.LongBinaryOperator;
import java.util.function.LongUnaryOperator;

/** What each operation does to the bits of scalars. */
final class ScalarOps {
    private interface FloatBinaryOperator {
        float apply(float a, float b);
    }

    private interface IntBinaryOperator {
        int apply(int a, int b);
    }

    private ScalarOps() {}

    static float f(long bits) {
        return Float.intBitsToFloat((int) bits);
    }

    static double d(long bits) {
        return Double.longBitsToDouble(bits);
    }

    static long bits(float x) {
        return Float.floatToRawIntBits(x);
    }

    static long bits(double x) {
        return Double.doubleToRawLongBits(x);
    }

    private static IllegalStateException none(Object op, Scalar s) {
        return new IllegalStateException(op + " on " + s.text());
    }

    static LongUnaryOperator unary(UnOp op, Scalar s) {
        if (s == Scalar.F32) {
            return switch (op) {
                case NEG -> a -> bits(-f(a));
                case ABS -> a -> bits(Math.abs(f(a)));
                case SQRT -> a -> bits((float) Math.sqrt(f(a)));
                case FLOOR -> a -> bits((float) Math.floor(f(a)));
                case CEIL -> a -> bits((float) Math.ceil(f(a)));
                case RINT -> a -> bits((float) Math.rint(f(a)));
                case NOT -> throw none(op, s);
            };
        }
        if (s == Scalar.F64) {
            DoubleUnaryOperator d = switch (op) {
                case NEG -> a -> -a;
                case ABS -> Math::abs;
                case SQRT -> Math::sqrt;
                case FLOOR -> Math::floor;
                case CEIL -> Math::ceil;
                case RINT -> Math::rint;
                case NOT -> throw none(op, s);
            };
            return a -> bits(d.applyAsDouble(d(a)));
        }
        if (op == UnOp.NOT) {
            return s == Scalar.BOOL ? a -> a ^ 1 : a -> ~a;
        }
        if (op == UnOp.NEG) {
            return s == Scalar.I32 ? a -> -(int) a : a -> -a;
        }
        if (op == UnOp.ABS) {
            return s == Scalar.I32 ? a -> Math.abs((int) a) : Math::abs;
        }
        throw none(op, s);
    }

    static LongBinaryOperator binary(BinOp op, Scalar s) {
        return switch (s) {
            case F32 -> {
                FloatBinaryOperator g = onFloats(op);
                yield (a, b) -> bits(g.apply(f(a), f(b)));
            }
            case F64 -> {
                DoubleBinaryOperator g = onDoubles(op);
                yield (a, b) -> bits(g.applyAsDouble(d(a), d(b)));
            }
            case I32 -> {
                IntBinaryOperator g = onInts(op);
                yield (a, b) -> g.apply((int) a, (int) b);
            }
            case I64, BOOL -> onLongs(op);
            case REF -> throw none(op, s);
        };
    }

    private static FloatBinaryOperator onFloats(BinOp op) {
        return switch (op) {
            case ADD -> (a, b) -> a + b;
            case SUB -> (a, b) -> a - b;
            case MUL -> (a, b) -> a * b;
            case DIV -> (a, b) -> a / b;
            case REM -> (a, b) -> a % b;
            case MIN -> Math::min;
            case MAX -> Math::max;
            case AND, OR, XOR, SHL, SHR, USHR -> throw none(op, Scalar.F32);
        };
    }

    private static DoubleBinaryOperator onDoubles(BinOp op) {
        return switch (op) {
            case ADD -> (a, b) -> a + b;
            case SUB -> (a, b) -> a - b;
            case MUL -> (a, b) -> a * b;
            case DIV -> (a, b) -> a / b;
            case REM -> (a, b) -> a % b;
            case MIN -> Math::min;
            case MAX -> Math::max;
            case AND, OR, XOR, SHL, SHR, USHR -> throw none(op, Scalar.F64);
        };
    }

    private static IntBinaryOperator onInts(BinOp op) {
        return switch (op) {
            case ADD -> (a, b) -> a + b;
            case SUB -> (a, b) -> a - b;
            case MUL -> (a, b) -> a * b;
            case DIV -> (a, b) -> a / b;
            case REM -> (a, b) -> a % b;
            case MIN -> Math::min;
            case MAX -> Math::max;
            case AND -> (a, b) -> a & b;
            case OR -> (a, b) -> a | b;
            case XOR -> (a, b) -> a ^ b;
            case SHL -> (a, b) -> a << b;
            case SHR -> (a, b) -> a >> b;
            case USHR -> (a, b) -> a >>> b;
        };
    }

    private static LongBinaryOperator onLongs(BinOp op) {
        return switch (op) {
            case ADD -> (a, b) -> a + b;
            case SUB -> (a, b) -> a - b;
            case MUL -> (a, b) -> a * b;
            case DIV -> (a, b) -> a / b;
            case REM -> (a, b) -> a % b;
            case MIN -> Math::min;
            case MAX -> Math::max;
            case AND -> (a, b) -> a & b;
            case OR -> (a, b) -> a | b;
            case XOR -> (a, b) -> a ^ b;
            case SHL -> (a, b) -> a << b;
            case SHR -> (a, b) -> a >> b;
            case USHR -> (a, b) -> a >>> b;
        };
    }

    static LongBinaryOperator compare(CmpOp op, Scalar s) {
        return switch (s) {
            case F32, F64 -> {
                boolean wide = s == Scalar.F64;
                yield (a, b) -> {
                    double x = wide ? d(a) : f(a);
                    double y = wide ? d(b) : f(b);
                    return switch (op) {
                        case EQ -> x == y;
                        case NE -> x != y;
                        case LT -> x < y;
                        case LE -> x <= y;
                        case GT -> x > y;
                        case GE -> x >= y;
                    } ? 1 : 0;
                };
            }
            case I32, I64, BOOL -> (a, b) -> switch (op) {
                case EQ -> a == b;
                case NE -> a != b;
                case LT -> a < b;
                case LE -> a <= b;
                case GT -> a > b;
                case GE -> a >= b;
            } ? 1 : 0;
            case REF -> throw none(op, s);
        };
    }

    static LongUnaryOperator convert(Scalar from, Scalar to) {
        if (from == to) {
            return a -> a;
        }
        return switch (from) {
            case F32 -> switch (to) {
                case F64 -> a -> bits((double) f(a));
                case I32 -> a -> (int) f(a);
                case I64 -> a -> (long) f(a);
                case BOOL -> a -> f(a) != 0 ? 1 : 0;
                case F32, REF -> throw none(to, from);
            };
            case F64 -> switch (to) {
                case F32 -> a -> bits((float) d(a));
                case I32 -> a -> (int) d(a);
                case I64 -> a -> (long) d(a);
                case BOOL -> a -> d(a) != 0 ? 1 : 0;
                case F64, REF -> throw none(to, from);
            };
            case I32, I64, BOOL -> switch (to) {
                case F32 -> a -> bits((float) a);
                case F64 -> a -> bits((double) a);
                case I32 -> a -> (int) a;
                case I64 -> a -> a;
                case BOOL -> a -> a != 0 ? 1 : 0;
                case REF -> throw none(to, from);
            };
            case REF -> throw none(to, from);
        };
    }
}
