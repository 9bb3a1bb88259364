package dev.lathe.codegen.transform;

import static dev.lathe.codegen.loop.X.add;
import static dev.lathe.codegen.loop.X.and;
import static dev.lathe.codegen.loop.X.bitcast;
import static dev.lathe.codegen.loop.X.eq;
import static dev.lathe.codegen.loop.X.f;
import static dev.lathe.codegen.loop.X.fma;
import static dev.lathe.codegen.loop.X.i;
import static dev.lathe.codegen.loop.X.mul;
import static dev.lathe.codegen.loop.X.select;
import static dev.lathe.codegen.loop.X.shl;
import static dev.lathe.codegen.loop.X.sub;

import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.transform.VectorMath.Scope;

/** {@code F32Math}'s sine and cosine of moderate arguments, operation by operation. */
final class TrigForms {
    private static final float ROUND = 12582912f;

    private TrigForms() {
    }

    static Expr sinCore(Scope s, Expr x) {
        Expr y = quadrant(s, x, 0);
        return ExpForms.orNan(x, s.let(select(eq(x, f(0f)), x, y)));
    }

    static Expr cosCore(Scope s, Expr x) {
        return ExpForms.orNan(x, quadrant(s, x, 1));
    }

    /** The sine of x + turn * pi/2. */
    private static Expr quadrant(Scope s, Expr x, int turn) {
        Expr t = s.let(fma(x, f(0.63661975f), f(ROUND)));
        Expr n = s.let(sub(t, f(ROUND)));
        Expr r0 = s.let(fma(n, f(-1.5707964f), x));
        Expr r1 = s.let(fma(n, f(4.371139e-8f), r0));
        Expr r = s.let(fma(n, f(1.7151245e-15f), r1));
        Expr z = s.let(mul(r, r));
        Expr a0 = s.poly(z, 2.7928886e-06f, -0.00019849691f, 0.008333373f, -0.16666667f);
        Expr rz = s.let(mul(r, z));
        Expr sin = s.let(fma(a0, rz, r));
        Expr cos = s.poly(z, 2.4377316e-05f, -0.0013886798f, 0.041666634f, -0.5f, 1f);
        Expr bits = bitcast(Scalar.I32, t);
        Expr k = s.let(turn == 0 ? bits : add(bits, i(turn)));
        Expr y0 = s.let(select(eq(and(k, i(1)), i(0)), sin, cos));
        Expr flip = s.let(shl(and(k, i(2)), i(30)));
        return s.let(bitcast(Scalar.F32, add(bitcast(Scalar.I32, y0), flip)));
    }
}
