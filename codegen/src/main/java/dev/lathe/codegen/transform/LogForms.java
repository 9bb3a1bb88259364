package dev.lathe.codegen.transform;

import static dev.lathe.codegen.loop.X.add;
import static dev.lathe.codegen.loop.X.bitcast;
import static dev.lathe.codegen.loop.X.convert;
import static dev.lathe.codegen.loop.X.eq;
import static dev.lathe.codegen.loop.X.f;
import static dev.lathe.codegen.loop.X.fma;
import static dev.lathe.codegen.loop.X.ge;
import static dev.lathe.codegen.loop.X.i;
import static dev.lathe.codegen.loop.X.lt;
import static dev.lathe.codegen.loop.X.mul;
import static dev.lathe.codegen.loop.X.select;
import static dev.lathe.codegen.loop.X.shl;
import static dev.lathe.codegen.loop.X.shr;
import static dev.lathe.codegen.loop.X.sub;

import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.transform.VectorMath.Scope;

/** {@code F32Math}'s logarithms, operation by operation. */
final class LogForms {
    private static final float LN2_H = 0.6931472f;
    private static final int SQRT_HALF_BITS = 0x3f2aaaab;

    private LogForms() {
    }

    static Expr log(Scope s, Expr x) {
        Expr big = s.let(mul(x, f(0x1p23f)));
        Expr a = s.let(select(lt(x, f(Float.MIN_NORMAL)), big, x));
        Expr e0 = s.let(select(lt(x, f(Float.MIN_NORMAL)), f(-23f), f(0f)));
        Expr bits = s.let(bitcast(Scalar.I32, a));
        Expr k = s.let(shr(sub(bits, i(SQRT_HALF_BITS)), i(23)));
        Expr m = s.let(bitcast(Scalar.F32, sub(bits, shl(k, i(23)))));
        Expr e = s.let(add(convert(Scalar.F32, k), e0));
        Expr y0 = s.let(sum(s, s.let(sub(m, f(1f))), e));
        Expr y1 = s.let(select(lt(x, f(Float.POSITIVE_INFINITY)), y0, f(Float.POSITIVE_INFINITY)));
        Expr y2 = s.let(select(eq(x, f(0f)), f(Float.NEGATIVE_INFINITY), y1));
        return select(ge(x, f(0f)), y2, f(Float.NaN));
    }

    static Expr log1p(Scope s, Expr x) {
        Expr u = s.let(add(x, f(1f)));
        Expr k = s.let(shr(sub(bitcast(Scalar.I32, u), i(SQRT_HALF_BITS)), i(23)));
        Expr shift = s.let(shl(k, i(23)));
        Expr m = s.let(bitcast(Scalar.F32, sub(bitcast(Scalar.I32, x), shift)));
        Expr scale = s.let(bitcast(Scalar.F32, sub(i(0x40800000), shift)));
        Expr m1 = s.let(fma(f(0.25f), scale, f(-1f)));
        Expr y0 = s.let(sum(s, s.let(add(m, m1)), s.let(convert(Scalar.F32, k))));
        Expr y1 = s.let(select(lt(x, f(Float.POSITIVE_INFINITY)), y0, f(Float.POSITIVE_INFINITY)));
        Expr y2 = s.let(select(eq(x, f(-1f)), f(Float.NEGATIVE_INFINITY), y1));
        Expr y3 = s.let(select(eq(x, f(0f)), x, y2));
        return select(ge(x, f(-1f)), y3, f(Float.NaN));
    }

    /** log(1 + f) + e * ln 2. */
    private static Expr sum(Scope s, Expr fr, Expr e) {
        Expr q = s.poly(fr, -0.1288907f, 0.13986897f, -0.12184893f, 0.14005306f, -0.16680439f, 0.20010446f,
            -0.24999799f, 0.33333215f, -0.5f);
        Expr ff = s.let(mul(fr, fr));
        Expr g = s.let(fma(q, ff, fr));
        return fma(e, f(LN2_H), g);
    }
}
