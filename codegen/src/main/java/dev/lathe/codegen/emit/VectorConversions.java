package dev.lathe.codegen.emit;

import static dev.lathe.codegen.loop.Scalar.F32;
import static dev.lathe.codegen.loop.Scalar.F64;
import static dev.lathe.codegen.loop.Scalar.I32;
import static dev.lathe.codegen.loop.Scalar.I64;

import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Expr.BinOp;
import dev.lathe.codegen.loop.Expr.CmpOp;
import dev.lathe.codegen.loop.Scalar;

/**
 * Conversions of vectors with Java's cast semantics. C2 of JDK 17 compiles those that widen, those from i32, and
 * f64 to f32; the others are written with integer operations.
 */
final class VectorConversions {
    private final VectorExprs vectors;

    VectorConversions(VectorExprs vectors) {
        this.vectors = vectors;
    }

    /** Pushes the converted vector; false, with nothing pushed, when there is no form of it. */
    boolean emit(Expr.Convert x) {
        Scalar from = x.a().type().scalar();
        Scalar to = x.to();
        switch (from) {
            case F32 -> {
                if (to == F64) {
                    direct(x);
                } else if (to == I32) {
                    floatToInt(x.a(), I32, 23, 8);
                } else {
                    vectors.emit(new Expr.Convert(I64, new Expr.Convert(F64, x.a())));
                }
                return true;
            }
            case F64 -> {
                if (to == F32) {
                    direct(x);
                } else if (to == I64) {
                    floatToInt(x.a(), I64, 52, 11);
                } else {
                    doubleToInt(x.a());
                }
                return true;
            }
            case I32 -> {
                direct(x);
                return true;
            }
            case I64 -> {
                if (to == I32) {
                    direct(x);
                } else if (to == F64) {
                    longToDouble(x.a());
                } else {
                    return false;
                }
                return true;
            }
            case BOOL, REF -> {
                return false;
            }
        }
        return false;
    }

    private void direct(Expr.Convert x) {
        vectors.emitExact(x.a());
        vectors.spelling().convert(x.a().type().scalar(), x.to(), x.type().lanes());
    }

    /**
     * Splits a float of {@code fraction} and {@code exponent} bits and shifts its significand into place. Below 1 it
     * vanishes; beyond the integers it saturates; NaN gives 0.
     */
    private void floatToInt(Expr a, Scalar to, int fraction, int exponent) {
        boolean wide = to == I64;
        int width = wide ? 64 : 32;
        int bias = (1 << exponent - 1) - 1;
        Expr x = vectors.let(a);
        Expr bits = vectors.let(new Expr.Bitcast(to, x));
        // power of two of the significand's lowest bit; NaN and infinity end up above the limit
        Expr power = vectors.let(op(BinOp.SUB,
                op(BinOp.AND, op(BinOp.USHR, bits, num(to, fraction, x)), num(to, (1 << exponent) - 1, x)),
                num(to, bias + fraction, x)));
        Expr significand = vectors.let(op(BinOp.OR, op(BinOp.AND, bits, num(to, (1L << fraction) - 1, x)), num(to, 1L << fraction, x)));
        Expr right = op(BinOp.USHR, significand, op(BinOp.MIN, op(BinOp.SUB, num(to, 0, x), power), num(to, width - 1, x)));
        Expr left = op(BinOp.SHL, significand, power);
        Expr magnitude = new Expr.Select(cmp(CmpOp.LT, power, num(to, 0, x)), right, left);
        Expr sign = vectors.let(op(BinOp.SHR, bits, num(to, width - 1, x)));
        Expr inside = op(BinOp.SUB, op(BinOp.XOR, magnitude, sign), sign);
        Expr outside = op(BinOp.XOR, sign, num(to, wide ? Long.MAX_VALUE : Integer.MAX_VALUE, x));
        Expr saturated = new Expr.Select(cmp(CmpOp.LT, power, num(to, width - 1 - fraction, x)), inside, outside);
        vectors.emit(new Expr.Select(cmp(CmpOp.EQ, x, x), saturated, num(to, 0, x)));
    }

    /** By way of i64, after clamping to the range of i32; NaN passes through. */
    private void doubleToInt(Expr a) {
        Expr max = num(F64, Double.doubleToRawLongBits(Integer.MAX_VALUE), a);
        Expr min = num(F64, Double.doubleToRawLongBits(Integer.MIN_VALUE), a);
        vectors.emit(new Expr.Convert(I32, new Expr.Convert(I64, op(BinOp.MAX, op(BinOp.MIN, a, max), min))));
    }

    /** Both halves as doubles by their bits, then one rounding: (2^84 + 2^63 + high * 2^32) - (2^84 + 2^63 + 2^52) + (2^52 + low). */
    private void longToDouble(Expr a) {
        Expr x = vectors.let(a);
        Expr low = op(BinOp.OR, op(BinOp.AND, x, num(I64, 0xffffffffL, x)), num(I64, 0x4330000000000000L, x));
        Expr high = op(BinOp.XOR, op(BinOp.USHR, x, num(I64, 32, x)), num(I64, 0x4530000080000000L, x));
        Expr offset = num(F64, Double.doubleToRawLongBits(0x1p84 + 0x1p63 + 0x1p52), x);
        vectors.emit(op(BinOp.ADD, op(BinOp.SUB, new Expr.Bitcast(F64, high), offset), new Expr.Bitcast(F64, low)));
    }

    private static Expr op(BinOp op, Expr a, Expr b) {
        return new Expr.Bin(op, a, b);
    }

    private static Expr cmp(CmpOp op, Expr a, Expr b) {
        return new Expr.Cmp(op, a, b);
    }

    private static Expr num(Scalar s, long bits, Expr like) {
        return VectorExprs.splat(s, bits, like);
    }
}
