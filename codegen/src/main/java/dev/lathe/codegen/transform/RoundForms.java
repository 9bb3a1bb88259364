package dev.lathe.codegen.transform;

import static dev.lathe.codegen.loop.X.abs;
import static dev.lathe.codegen.loop.X.add;
import static dev.lathe.codegen.loop.X.and;
import static dev.lathe.codegen.loop.X.bitcast;
import static dev.lathe.codegen.loop.X.f;
import static dev.lathe.codegen.loop.X.ge;
import static dev.lathe.codegen.loop.X.gt;
import static dev.lathe.codegen.loop.X.i;
import static dev.lathe.codegen.loop.X.lt;
import static dev.lathe.codegen.loop.X.or;
import static dev.lathe.codegen.loop.X.select;
import static dev.lathe.codegen.loop.X.sub;
import static dev.lathe.codegen.loop.X.ushr;

import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.transform.VectorMath.Scope;

/** Rounding of f32 vectors: to integers, and to the values of narrower formats. */
final class RoundForms {
    private static final int SIGN = 0x80000000;
    private static final int INFINITY = 0x7f800000;

    private RoundForms() {
    }

    // ---- to integers ----

    static Expr rint(Scope s, Expr x) {
        Expr a = s.let(abs(x));
        // a NaN becomes quiet in the addition; between 2^23 and 2^24 the neighbours of a float are integers
        Expr up = s.let(add(a, f(0x1p23f)));
        Expr r = s.let(sub(up, f(0x1p23f)));
        return s.let(select(ge(a, f(0x1p23f)), x, signed(s, r, x)));
    }

    static Expr floor(Scope s, Expr x) {
        Expr r = rint(s, x);
        return s.let(select(gt(r, x), sub(r, f(1f)), r));
    }

    static Expr ceil(Scope s, Expr x) {
        Expr r = rint(s, x);
        // -0.5 gives -0
        return s.let(select(lt(r, x), signed(s, s.let(add(r, f(1f))), x), r));
    }

    private static Expr signed(Scope s, Expr y, Expr x) {
        return s.let(bitcast(Scalar.F32, or(bitcast(Scalar.I32, y), and(bitcast(Scalar.I32, x), i(SIGN)))));
    }

    // ---- to narrower formats ----

    static Expr f16(Scope s, Expr x) {
        Expr bits = s.let(bitcast(Scalar.I32, x));
        Expr a = s.let(and(bits, i(~SIGN)));
        Expr normal = nearest(s, a, 13);
        Expr finite = s.let(select(ge(normal, i(0x47800000)), i(INFINITY), normal));
        // the neighbours of 0.5 are 2^-24 apart, as are the subnormals of f16
        Expr shifted = s.let(add(bitcast(Scalar.F32, a), f(0.5f)));
        Expr small = s.let(bitcast(Scalar.I32, sub(shifted, f(0.5f))));
        Expr number = s.let(select(lt(a, i(0x38800000)), small, finite));
        Expr nan = s.let(or(and(a, i(0x003fe000)), i(0x7fc00000)));
        return number(s, bits, select(gt(a, i(INFINITY)), nan, number));
    }

    static Expr bf16(Scope s, Expr x) {
        Expr bits = s.let(bitcast(Scalar.I32, x));
        Expr a = s.let(and(bits, i(~SIGN)));
        Expr number = nearest(s, a, 16);
        Expr nan = s.let(or(and(a, i(0xffff0000)), i(0x00400000)));
        return number(s, bits, select(gt(a, i(INFINITY)), nan, number));
    }

    /** Magnitude bits rounded to a multiple of 2^drop, ties to even. */
    private static Expr nearest(Scope s, Expr a, int drop) {
        Expr odd = s.let(and(ushr(a, i(drop)), i(1)));
        Expr up = s.let(add(add(a, i((1 << drop - 1) - 1)), odd));
        return s.let(and(up, i(-1 << drop)));
    }

    private static Expr number(Scope s, Expr bits, Expr magnitude) {
        return s.let(bitcast(Scalar.F32, or(magnitude, and(bits, i(SIGN)))));
    }
}
