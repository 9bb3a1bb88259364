package dev.lathe.codegen.emit;

import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Expr.BinOp;
import dev.lathe.codegen.loop.Expr.CmpOp;
import dev.lathe.codegen.loop.Expr.UnOp;
import dev.lathe.codegen.loop.Scalar;

/**
 * FLOOR, CEIL and RINT of vectors, in additions and comparisons: the Vector API has no such operations. Bit for bit
 * what {@code Math} gives, for -0, NaN, infinities and values too large to have a fraction.
 */
final class VectorRounding {
    private final VectorExprs vectors;

    VectorRounding(VectorExprs vectors) {
        this.vectors = vectors;
    }

    /** rint(x) == |x| < 2^m ? copysign((|x| + 2^m) - 2^m, x) : x, where m is the number of bits in the fraction */
    void rint(Expr a) {
        vectors.emit(nearest(vectors.let(a)));
    }

    private Expr nearest(Expr x) {
        boolean wide = x.type().scalar() == Scalar.F64;
        Scalar bits = wide ? Scalar.I64 : Scalar.I32;
        Expr magic = constant(x, wide ? 0x1p52 : 0x1p23);
        Expr magnitude = vectors.let(new Expr.Un(UnOp.ABS, x));
        Expr rounded = new Expr.Bin(BinOp.SUB, new Expr.Bin(BinOp.ADD, magnitude, magic), magic);
        Expr sign = new Expr.Bin(BinOp.AND, new Expr.Bitcast(bits, x),
                VectorExprs.splat(bits, wide ? Long.MIN_VALUE : Integer.MIN_VALUE, x));
        Expr signed = new Expr.Bitcast(x.type().scalar(), new Expr.Bin(BinOp.OR, new Expr.Bitcast(bits, rounded), sign));
        return new Expr.Select(new Expr.Cmp(CmpOp.LT, magnitude, magic), signed, x);
    }

    /** floor(x) == rint(x) - (rint(x) > x ? 1 : 0), without a subtraction where it would lose the sign of -0 */
    void floor(Expr a) {
        Expr x = vectors.let(a);
        Expr r = vectors.let(nearest(x));
        Expr down = new Expr.Bin(BinOp.SUB, r, constant(x, 1));
        vectors.emit(new Expr.Select(new Expr.Cmp(CmpOp.GT, r, x), down, r));
    }

    /** ceil(x) == -floor(-x) */
    void ceil(Expr a) {
        floor(new Expr.Un(UnOp.NEG, a));
        vectors.spelling().unary(a.type().scalar(), "NEG");
    }

    private static Expr constant(Expr like, double value) {
        Scalar s = like.type().scalar();
        return VectorExprs.splat(s, s == Scalar.F64 ? Double.doubleToRawLongBits(value) : Float.floatToRawIntBits((float) value), like);
    }
}
