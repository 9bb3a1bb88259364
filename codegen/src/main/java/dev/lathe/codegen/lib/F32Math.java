package dev.lathe.codegen.lib;

/**
 * Elementary functions of {@code float} that give the same bits in the interpreter, in compiled code, on every JVM
 * and in vector form.
 *
 * <p>The first group is straight-line: each local variable is one operation, a conditional expression is a select,
 * and every conversion is of a value in range, so that a code generator spells the same sequence lane by lane. They
 * are {@link #exp}, {@link #expm1}, {@link #log}, {@link #log1p}, {@link #tanh}, {@link #sigmoid}, {@link #erf},
 * {@link #sinCore} and {@link #cosCore}. The others are computed in {@code double} by {@link F64Math} and rounded.
 *
 * <p>A NaN argument gives the canonical NaN unless a method says otherwise. Signed zeros and infinities are treated
 * as in C99 Annex F. Errors are in units in the last place of the exact result; those of the straight-line functions
 * are measured over every float in their range.
 */
public final class F32Math {
    /** The largest |x| for which {@link #sinCore} and {@link #cosCore} hold. */
    public static final float TRIG_LIMIT = 0x1p20f;

    private static final float LOG2E = 1.442695f;
    private static final float LN2_H = 0.6931472f;
    private static final float LN2_L = -1.9046542e-9f;
    /** Adding 1.5 * 2^23 leaves a rounded integer in the low bits. */
    private static final float ROUND = 12582912f;
    private static final int ROUND_BITS = 0x4b400000;

    private F32Math() {
    }

    /**
     * e to the x, subnormal results included. Error at most 0.90 ulp over all floats; +infinity from 88.72284 up,
     * 0 from about -103.98 down.
     */
    public static float exp(float x) {
        float up = x < 89f ? x : 89f;
        float c = up > -104f ? up : -104f;
        float t = Math.fma(c, LOG2E, ROUND);
        float n = t - ROUND;
        float r0 = Math.fma(n, -LN2_H, c);
        float r = Math.fma(n, -LN2_L, r0);
        float p4 = Math.fma(0.0013819931f, r, 0.008368877f);
        float p3 = Math.fma(p4, r, 0.04166828f);
        float p2 = Math.fma(p3, r, 0.1666652f);
        float p1 = Math.fma(p2, r, 0.49999994f);
        float p0 = Math.fma(p1, r, 1f);
        float p = Math.fma(p0, r, 1f);
        int k = Float.floatToRawIntBits(t) - ROUND_BITS;
        int k1 = k >> 1;
        int k2 = k - k1;
        float s1 = Float.intBitsToFloat((k1 + 127) << 23);
        float s2 = Float.intBitsToFloat((k2 + 127) << 23);
        float y0 = p * s1;
        float y = y0 * s2;
        return x != x ? Float.NaN : y;
    }

    /** {@code exp(x) - 1} without cancellation. Error at most 1.44 ulp over all floats. */
    public static float expm1(float x) {
        float up = x < 89f ? x : 89f;
        float c = up > -18f ? up : -18f;
        float t = Math.fma(c, LOG2E, ROUND);
        float n = t - ROUND;
        float r0 = Math.fma(n, -LN2_H, c);
        float r = Math.fma(n, -LN2_L, r0);
        float p4 = Math.fma(0.00019763768f, r, 0.0013932755f);
        float p3 = Math.fma(p4, r, 0.008333544f);
        float p2 = Math.fma(p3, r, 0.04166649f);
        float p1 = Math.fma(p2, r, 0.16666666f);
        float p0 = Math.fma(p1, r, 0.5f);
        float rr = r * r;
        float p = Math.fma(p0, rr, r);
        int k = Float.floatToRawIntBits(t) - ROUND_BITS;
        float s = Float.intBitsToFloat((k + 126) << 23);
        float s0 = s - 0.5f;
        float y0 = Math.fma(p, s, s0);
        float y1 = y0 + y0;
        float y = x == 0f ? x : y1;
        return x != x ? Float.NaN : y;
    }

    /**
     * The natural logarithm, of subnormals too. Error at most 0.94 ulp over all floats; -infinity at 0, NaN below,
     * +infinity at +infinity.
     */
    public static float log(float x) {
        float big = x * 0x1p23f;
        boolean small = x < Float.MIN_NORMAL;
        float a = small ? big : x;
        float e0 = small ? -23f : 0f;
        int bits = Float.floatToRawIntBits(a);
        int k = (bits - 0x3f2aaaab) >> 23;
        float m = Float.intBitsToFloat(bits - (k << 23));
        float e = (float) k + e0;
        float f = m - 1f;
        float p6 = Math.fma(-0.1288907f, f, 0.13986897f);
        float p5 = Math.fma(p6, f, -0.12184893f);
        float p4 = Math.fma(p5, f, 0.14005306f);
        float p3 = Math.fma(p4, f, -0.16680439f);
        float p2 = Math.fma(p3, f, 0.20010446f);
        float p1 = Math.fma(p2, f, -0.24999799f);
        float p0 = Math.fma(p1, f, 0.33333215f);
        float q = Math.fma(p0, f, -0.5f);
        float ff = f * f;
        float g = Math.fma(q, ff, f);
        float y0 = Math.fma(e, LN2_H, g);
        float y1 = x < Float.POSITIVE_INFINITY ? y0 : Float.POSITIVE_INFINITY;
        float y2 = x == 0f ? Float.NEGATIVE_INFINITY : y1;
        return x >= 0f ? y2 : Float.NaN;
    }

    /**
     * {@code log(1 + x)} without cancellation. Error at most 1.55 ulp over all floats; -infinity at -1, NaN
     * below.
     */
    public static float log1p(float x) {
        float u = x + 1f;
        int k = (Float.floatToRawIntBits(u) - 0x3f2aaaab) >> 23;
        int shift = k << 23;
        float m = Float.intBitsToFloat(Float.floatToRawIntBits(x) - shift);
        float s = Float.intBitsToFloat(0x40800000 - shift);
        float m1 = Math.fma(0.25f, s, -1f);
        float f = m + m1;
        float e = (float) k;
        float p6 = Math.fma(-0.1288907f, f, 0.13986897f);
        float p5 = Math.fma(p6, f, -0.12184893f);
        float p4 = Math.fma(p5, f, 0.14005306f);
        float p3 = Math.fma(p4, f, -0.16680439f);
        float p2 = Math.fma(p3, f, 0.20010446f);
        float p1 = Math.fma(p2, f, -0.24999799f);
        float p0 = Math.fma(p1, f, 0.33333215f);
        float q = Math.fma(p0, f, -0.5f);
        float ff = f * f;
        float g = Math.fma(q, ff, f);
        float y0 = Math.fma(e, LN2_H, g);
        float y1 = x < Float.POSITIVE_INFINITY ? y0 : Float.POSITIVE_INFINITY;
        float y2 = x == -1f ? Float.NEGATIVE_INFINITY : y1;
        float y3 = x == 0f ? x : y2;
        return x >= -1f ? y3 : Float.NaN;
    }

    /** Hyperbolic tangent. Error at most 1.41 ulp over all floats. */
    public static float tanh(float x) {
        float a = Math.abs(x);
        float c = a < 9.1f ? a : 9.1f;
        // 1 - 2 / (exp(2c) + 1)
        float t = Math.fma(c, 2f * LOG2E, ROUND);
        float n = t - ROUND;
        float c2 = c + c;
        float r0 = Math.fma(n, -LN2_H, c2);
        float r = Math.fma(n, -LN2_L, r0);
        float p4 = Math.fma(0.0013819931f, r, 0.008368877f);
        float p3 = Math.fma(p4, r, 0.04166828f);
        float p2 = Math.fma(p3, r, 0.1666652f);
        float p1 = Math.fma(p2, r, 0.49999994f);
        float p0 = Math.fma(p1, r, 1f);
        float p = Math.fma(p0, r, 1f);
        int k = Float.floatToRawIntBits(t) - ROUND_BITS;
        float s = Float.intBitsToFloat((k + 127) << 23);
        float d = Math.fma(p, s, 1f);
        float h = 2f / d;
        float far = 1f - h;
        // c + c^3 P(c^2)
        float z = c * c;
        float q3 = Math.fma(-0.0058979667f, z, 0.020798625f);
        float q2 = Math.fma(q3, z, -0.053784717f);
        float q1 = Math.fma(q2, z, 0.13331936f);
        float q0 = Math.fma(q1, z, -0.333333f);
        float cz = c * z;
        float near = Math.fma(q0, cz, c);
        float y0 = c < 0.6f ? near : far;
        int sign = Float.floatToRawIntBits(x) & 0x80000000;
        float y = Float.intBitsToFloat(Float.floatToRawIntBits(y0) | sign);
        return x != x ? Float.NaN : y;
    }

    /**
     * The logistic function 1 / (1 + exp(-x)). Error at most 2.31 ulp where the result is a normal number; below, where x is less
     * than -87.33654, it is off by less than the smallest normal number, and 0 from -87.7 down. A NaN gives some NaN.
     */
    public static float sigmoid(float x) {
        // With exp(-x) = p / w, where w is a power of two, it is w / (w + p); w is 0 where k would be 127 or more. There r is large
        // and negative, and p, of even degree, large and positive. A NaN passes both limits as r.
        float c = x > 18f ? 18f : x;
        int k = Math.min(Float.floatToRawIntBits(Math.fma(c, -LOG2E, ROUND)), ROUND_BITS + 127);
        float n = Float.intBitsToFloat(k) - ROUND;
        float r0 = Math.fma(n, LN2_H, c);
        float r = Math.fma(n, LN2_L, r0);
        float p5 = Math.fma(0.0013819931f, r, -0.008368877f);
        float p4 = Math.fma(p5, r, 0.04166828f);
        float p3 = Math.fma(p4, r, -0.1666652f);
        float p2 = Math.fma(p3, r, 0.49999994f);
        float p1 = Math.fma(p2, r, -1f);
        float p = Math.fma(p1, r, 1f);
        float w = Float.intBitsToFloat((ROUND_BITS + 127 - k) << 23);
        float d = w + p;
        return w / d;
    }

    /** The error function. Error at most 1.22 ulp over all floats. */
    public static float erf(float x) {
        float a = Math.abs(x);
        float c = a < 3.95f ? a : 3.95f;
        // 1 - exp(c L(c))
        float l5 = Math.fma(-1.12309435e-05f, c, 0.00032280333f);
        float l4 = Math.fma(l5, c, -0.0036424678f);
        float l3 = Math.fma(l4, c, 0.023762101f);
        float l2 = Math.fma(l3, c, -0.10623694f);
        float l1 = Math.fma(l2, c, -0.63515127f);
        float l0 = Math.fma(l1, c, -0.1286485f);
        float l = Math.fma(l0, c, -c);
        float t = Math.fma(l, LOG2E, ROUND);
        float n = t - ROUND;
        float r0 = Math.fma(n, -LN2_H, l);
        float r = Math.fma(n, -LN2_L, r0);
        float p4 = Math.fma(0.0013819931f, r, 0.008368877f);
        float p3 = Math.fma(p4, r, 0.04166828f);
        float p2 = Math.fma(p3, r, 0.1666652f);
        float p1 = Math.fma(p2, r, 0.49999994f);
        float p0 = Math.fma(p1, r, 1f);
        float p = Math.fma(p0, r, 1f);
        int k = Float.floatToRawIntBits(t) - ROUND_BITS;
        float s = Float.intBitsToFloat((k + 127) << 23);
        float far = Math.fma(p, -s, 1f);
        // c + c P(c^2)
        float z = c * c;
        float q5 = Math.fma(7.806903e-05f, z, -0.0007997853f);
        float q4 = Math.fma(q5, z, 0.005187162f);
        float q3 = Math.fma(q4, z, -0.026853347f);
        float q2 = Math.fma(q3, z, 0.11283581f);
        float q1 = Math.fma(q2, z, -0.37612626f);
        float q0 = Math.fma(q1, z, 0.12837917f);
        float near = Math.fma(q0, c, c);
        float y0 = c < 0.95f ? near : far;
        int sign = Float.floatToRawIntBits(x) & 0x80000000;
        float y = Float.intBitsToFloat(Float.floatToRawIntBits(y0) | sign);
        return x != x ? Float.NaN : y;
    }

    /**
     * Sine of x in radians for |x| up to {@link #TRIG_LIMIT}, as straight-line code; beyond that the value means
     * nothing. Error at most 1.67 ulp.
     */
    public static float sinCore(float x) {
        float t = Math.fma(x, 0.63661975f, ROUND);
        float n = t - ROUND;
        float r0 = Math.fma(n, -1.5707964f, x);
        float r1 = Math.fma(n, 4.371139e-8f, r0);
        float r = Math.fma(n, 1.7151245e-15f, r1);
        float z = r * r;
        float a2 = Math.fma(2.7928886e-06f, z, -0.00019849691f);
        float a1 = Math.fma(a2, z, 0.008333373f);
        float a0 = Math.fma(a1, z, -0.16666667f);
        float rz = r * z;
        float sin = Math.fma(a0, rz, r);
        float b2 = Math.fma(2.4377316e-05f, z, -0.0013886798f);
        float b1 = Math.fma(b2, z, 0.041666634f);
        float b0 = Math.fma(b1, z, -0.5f);
        float cos = Math.fma(b0, z, 1f);
        int k = Float.floatToRawIntBits(t);
        float y0 = (k & 1) == 0 ? sin : cos;
        int flip = (k & 2) << 30;
        float y1 = Float.intBitsToFloat(Float.floatToRawIntBits(y0) + flip);
        float y = x == 0f ? x : y1;
        return x != x ? Float.NaN : y;
    }

    /**
     * Cosine of x in radians for |x| up to {@link #TRIG_LIMIT}, as straight-line code; beyond that the value means
     * nothing. Error at most 1.81 ulp.
     */
    public static float cosCore(float x) {
        float t = Math.fma(x, 0.63661975f, ROUND);
        float n = t - ROUND;
        float r0 = Math.fma(n, -1.5707964f, x);
        float r1 = Math.fma(n, 4.371139e-8f, r0);
        float r = Math.fma(n, 1.7151245e-15f, r1);
        float z = r * r;
        float a2 = Math.fma(2.7928886e-06f, z, -0.00019849691f);
        float a1 = Math.fma(a2, z, 0.008333373f);
        float a0 = Math.fma(a1, z, -0.16666667f);
        float rz = r * z;
        float sin = Math.fma(a0, rz, r);
        float b2 = Math.fma(2.4377316e-05f, z, -0.0013886798f);
        float b1 = Math.fma(b2, z, 0.041666634f);
        float b0 = Math.fma(b1, z, -0.5f);
        float cos = Math.fma(b0, z, 1f);
        int k = Float.floatToRawIntBits(t) + 1;
        float y0 = (k & 1) == 0 ? sin : cos;
        int flip = (k & 2) << 30;
        float y = Float.intBitsToFloat(Float.floatToRawIntBits(y0) + flip);
        return x != x ? Float.NaN : y;
    }

    /**
     * Sine of x in radians, of any size: {@link #sinCore} within its limit, else {@link #sinLarge}; NaN for
     * infinities. Vector code takes the same choice lane by lane. Error at most 1.67 ulp.
     */
    public static float sin(float x) {
        return Math.abs(x) <= TRIG_LIMIT ? sinCore(x) : sinLarge(x);
    }

    /**
     * Cosine of x in radians, of any size: {@link #cosCore} within its limit, else {@link #cosLarge}; NaN for
     * infinities. Vector code takes the same choice lane by lane. Error at most 1.81 ulp.
     */
    public static float cos(float x) {
        return Math.abs(x) <= TRIG_LIMIT ? cosCore(x) : cosLarge(x);
    }

    /** Sine by way of {@code double}, of any size. Error at most 0.5001 ulp. */
    public static float sinLarge(float x) {
        return (float) F64Math.sin(x);
    }

    /** Cosine by way of {@code double}, of any size. Error at most 0.5001 ulp. */
    public static float cosLarge(float x) {
        return (float) F64Math.cos(x);
    }

    /** Tangent of x in radians, of any size; NaN for infinities. Error at most 0.5001 ulp. */
    public static float tan(float x) {
        return (float) F64Math.tan(x);
    }

    /** Arc sine; NaN outside [-1, 1]. Error at most 0.5001 ulp. */
    public static float asin(float x) {
        return (float) F64Math.asin(x);
    }

    /** Arc cosine; NaN outside [-1, 1]. Error at most 0.5001 ulp. */
    public static float acos(float x) {
        return (float) F64Math.acos(x);
    }

    /** Arc tangent. Error at most 0.5001 ulp. */
    public static float atan(float x) {
        return (float) F64Math.atan(x);
    }

    /** Hyperbolic sine. Error at most 0.5001 ulp. */
    public static float sinh(float x) {
        return (float) F64Math.sinh(x);
    }

    /** Hyperbolic cosine. Error at most 0.5001 ulp. */
    public static float cosh(float x) {
        return (float) F64Math.cosh(x);
    }

    /** Inverse hyperbolic sine. Error at most 0.5001 ulp. */
    public static float asinh(float x) {
        return (float) F64Math.asinh(x);
    }

    /** Inverse hyperbolic cosine; NaN below 1. Error at most 0.5001 ulp. */
    public static float acosh(float x) {
        return (float) F64Math.acosh(x);
    }

    /** Inverse hyperbolic tangent; NaN outside [-1, 1], infinite at its ends. Error at most 0.5001 ulp. */
    public static float atanh(float x) {
        return (float) F64Math.atanh(x);
    }

    /** 2 to the x. Error at most 0.5001 ulp. */
    public static float exp2(float x) {
        return (float) F64Math.exp2(x);
    }

    /** The logarithm to base 2; -infinity at 0, NaN below, exact for powers of 2. Error at most 0.5001 ulp. */
    public static float log2(float x) {
        return (float) F64Math.log2(x);
    }

    /** The logarithm to base 10; -infinity at 0, NaN below, exact for powers of 10. Error at most 0.5001 ulp. */
    public static float log10(float x) {
        return (float) F64Math.log10(x);
    }

    /** Cube root. Error at most 0.5001 ulp. */
    public static float cbrt(float x) {
        return (float) F64Math.cbrt(x);
    }

    /** The angle of the point (x, y), from -pi to pi. Error at most 0.5001 ulp. */
    public static float atan2(float y, float x) {
        return (float) F64Math.atan2(y, x);
    }

    /** x to the y, with the special cases of {@link F64Math#pow}. Error at most 0.5001 ulp. */
    public static float pow(float x, float y) {
        return (float) F64Math.pow(x, y);
    }
}
