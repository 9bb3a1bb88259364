package dev.lathe.codegen.transform;

import static dev.lathe.codegen.loop.X.abs;
import static dev.lathe.codegen.loop.X.add;
import static dev.lathe.codegen.loop.X.and;
import static dev.lathe.codegen.loop.X.bitcast;
import static dev.lathe.codegen.loop.X.div;
import static dev.lathe.codegen.loop.X.eq;
import static dev.lathe.codegen.loop.X.f;
import static dev.lathe.codegen.loop.X.fma;
import static dev.lathe.codegen.loop.X.gt;
import static dev.lathe.codegen.loop.X.i;
import static dev.lathe.codegen.loop.X.lt;
import static dev.lathe.codegen.loop.X.min;
import static dev.lathe.codegen.loop.X.mul;
import static dev.lathe.codegen.loop.X.ne;
import static dev.lathe.codegen.loop.X.neg;
import static dev.lathe.codegen.loop.X.or;
import static dev.lathe.codegen.loop.X.select;
import static dev.lathe.codegen.loop.X.shl;
import static dev.lathe.codegen.loop.X.shr;
import static dev.lathe.codegen.loop.X.sub;

import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.transform.VectorMath.Scope;

/** {@code F32Math}'s functions built on the exponential, operation by operation. */
final class ExpForms {
    private static final float LOG2E = 1.442695f;
    private static final float LN2_H = 0.6931472f;
    private static final float LN2_L = -1.9046542e-9f;
    private static final float ROUND = 12582912f;
    private static final int ROUND_BITS = 0x4b400000;
    private static final float[] EXP = {0.0013819931f, 0.008368877f, 0.04166828f, 0.1666652f, 0.49999994f, 1f, 1f};

    private ExpForms() {
    }

    static Expr exp(Scope s, Expr x) {
        Expr up = s.let(select(lt(x, f(89f)), x, f(89f)));
        Expr c = s.let(select(gt(up, f(-104f)), up, f(-104f)));
        Expr t = s.let(fma(c, f(LOG2E), f(ROUND)));
        Expr p = s.poly(reduced(s, t, c), EXP);
        Expr k = s.let(sub(bitcast(Scalar.I32, t), i(ROUND_BITS)));
        Expr k1 = s.let(shr(k, i(1)));
        Expr k2 = s.let(sub(k, k1));
        Expr y0 = s.let(mul(p, power(k1, 127)));
        return orNan(x, s.let(mul(y0, power(k2, 127))));
    }

    static Expr sigmoid(Scope s, Expr x) {
        Expr c = s.let(select(gt(x, f(18f)), f(18f), x));
        Expr t = s.let(fma(c, f(-LOG2E), f(ROUND)));
        Expr k = s.let(min(bitcast(Scalar.I32, t), i(ROUND_BITS + 127)));
        Expr n = s.let(sub(bitcast(Scalar.F32, k), f(ROUND)));
        Expr r0 = s.let(fma(n, f(LN2_H), c));
        Expr r = s.let(fma(n, f(LN2_L), r0));
        Expr p = s.poly(r, 0.0013819931f, -0.008368877f, 0.04166828f, -0.1666652f, 0.49999994f, -1f, 1f);
        Expr w = s.let(bitcast(Scalar.F32, shl(sub(i(ROUND_BITS + 127), k), i(23))));
        Expr d = s.let(add(w, p));
        return s.let(div(w, d));
    }

    static Expr expm1(Scope s, Expr x) {
        Expr up = s.let(select(lt(x, f(89f)), x, f(89f)));
        Expr c = s.let(select(gt(up, f(-18f)), up, f(-18f)));
        Expr t = s.let(fma(c, f(LOG2E), f(ROUND)));
        Expr r = reduced(s, t, c);
        Expr p0 = s.poly(r, 0.00019763768f, 0.0013932755f, 0.008333544f, 0.04166649f, 0.16666666f, 0.5f);
        Expr rr = s.let(mul(r, r));
        Expr p = s.let(fma(p0, rr, r));
        Expr k = s.let(sub(bitcast(Scalar.I32, t), i(ROUND_BITS)));
        Expr p2 = s.let(power(k, 126));
        Expr s0 = s.let(sub(p2, f(0.5f)));
        Expr y0 = s.let(fma(p, p2, s0));
        Expr y1 = s.let(add(y0, y0));
        return orNan(x, s.let(select(eq(x, f(0f)), x, y1)));
    }

    static Expr tanh(Scope s, Expr x) {
        Expr a = s.let(abs(x));
        Expr c = s.let(select(lt(a, f(9.1f)), a, f(9.1f)));
        Expr t = s.let(fma(c, f(2f * LOG2E), f(ROUND)));
        Expr c2 = s.let(add(c, c));
        Expr p = s.poly(reduced(s, t, c2), EXP);
        Expr k = s.let(sub(bitcast(Scalar.I32, t), i(ROUND_BITS)));
        Expr d = s.let(fma(p, power(k, 127), f(1f)));
        Expr h = s.let(div(f(2f), d));
        Expr far = s.let(sub(f(1f), h));
        Expr z = s.let(mul(c, c));
        Expr q0 = s.poly(z, -0.0058979667f, 0.020798625f, -0.053784717f, 0.13331936f, -0.333333f);
        Expr cz = s.let(mul(c, z));
        Expr near = s.let(fma(q0, cz, c));
        Expr y0 = s.let(select(lt(c, f(0.6f)), near, far));
        return orNan(x, signed(s, y0, x));
    }

    static Expr erf(Scope s, Expr x) {
        Expr a = s.let(abs(x));
        Expr c = s.let(select(lt(a, f(3.95f)), a, f(3.95f)));
        Expr l0 = s.poly(c, -1.12309435e-05f, 0.00032280333f, -0.0036424678f, 0.023762101f, -0.10623694f,
            -0.63515127f, -0.1286485f);
        Expr l = s.let(fma(l0, c, neg(c)));
        Expr t = s.let(fma(l, f(LOG2E), f(ROUND)));
        Expr p = s.poly(reduced(s, t, l), EXP);
        Expr k = s.let(sub(bitcast(Scalar.I32, t), i(ROUND_BITS)));
        Expr far = s.let(fma(p, neg(power(k, 127)), f(1f)));
        Expr z = s.let(mul(c, c));
        Expr q0 = s.poly(z, 7.806903e-05f, -0.0007997853f, 0.005187162f, -0.026853347f, 0.11283581f, -0.37612626f,
            0.12837917f);
        Expr near = s.let(fma(q0, c, c));
        Expr y0 = s.let(select(lt(c, f(0.95f)), near, far));
        return orNan(x, signed(s, y0, x));
    }

    /** c less a multiple of ln 2, where t is the multiple with ROUND added. */
    private static Expr reduced(Scope s, Expr t, Expr c) {
        Expr n = s.let(sub(t, f(ROUND)));
        Expr r0 = s.let(fma(n, f(-LN2_H), c));
        return s.let(fma(n, f(-LN2_L), r0));
    }

    private static Expr power(Expr k, int bias) {
        return bitcast(Scalar.F32, shl(add(k, i(bias)), i(23)));
    }

    private static Expr signed(Scope s, Expr magnitude, Expr x) {
        Expr sign = and(bitcast(Scalar.I32, x), i(0x80000000));
        return s.let(bitcast(Scalar.F32, or(bitcast(Scalar.I32, magnitude), sign)));
    }

    static Expr orNan(Expr x, Expr y) {
        return select(ne(x, x), f(Float.NaN), y);
    }
}
