package dev.lathe.codegen.lib;

/**
 * Elementary functions of {@code double} that give the same bits in the interpreter, in compiled code and on every
 * JVM: nothing but the four operations, {@code fma}, {@code sqrt}, comparisons and integer arithmetic.
 *
 * <p>A NaN argument gives the canonical NaN unless a method says otherwise. Signed zeros and infinities are treated
 * as in C99 Annex F.
 *
 * <p>The errors stated are measured, then rounded up: the largest over 16,000 to 48,000 random arguments per function
 * (over the whole range, and denser where the method changes) against a multi-precision reference.
 */
public final class F64Math {
    private static final double LOG2E = 1.4426950408889634;
    private static final double LN2_H = 0.6931471805599453;
    private static final double LN2_L = 2.3190468138462996e-17;
    /** ln 2 cut to 42 bits, so that a product with an exponent is exact. */
    private static final double LN2_CUT = 0.6931471805598903;
    private static final double LN2_REST = 5.497923018708371e-14;
    static final double TINY = 0x1p-27;

    // Polynomials, highest power first.
    private static final double[] EXP = {
        2.0911274821900127e-09, 2.510043897623718e-08, 2.7557282889212767e-07, 2.7557268347499137e-06,
        2.480158731719623e-05, 0.0001984126986312606, 0.0013888888888886543, 0.008333333333330048,
        0.041666666666666664, 0.16666666666666669, 0.5};
    private static final double[] LOG = {
        0.11725771221811145, 0.11705988156500907, 0.13334813971292003, 0.15384594791762352, 0.1818181833699257,
        0.2222222222164882, 0.2857142857142938, 0.4};
    private static final double[] SINH = {
        8.309171941866942e-18, 2.8112909646770106e-15, 7.647165414593481e-13, 1.605904382690051e-10,
        2.505210838547607e-08, 2.7557319223985825e-06, 0.0001984126984126984, 0.008333333333333333,
        0.16666666666666666};
    private static final double[] ERF = {
        -4.230945824295338e-12, 8.709045129053106e-11, -1.216456005728345e-09, 1.4792401209404813e-08,
        -1.6364642158167616e-07, 1.6462045441468418e-06, -1.4925647567519332e-05, 0.00012055332902888736,
        -0.000854832702193483, 0.0052239776254232985, -0.02686617064512984, 0.1128379167095512,
        -0.37612638903183754, 0.1283791670955126};
    /** exp(x*x) * erfc(x) in powers of (x - 2.5) / (x + 2.5), for x from 1 to 6. */
    private static final double[] ERFCX = {
        -5.268140589173578e-08, 6.01139831673507e-08, 3.852568644298661e-07, 8.446363724494847e-08,
        -1.8153624603033852e-06, -2.30006973863187e-06, 7.554941106435454e-06, 1.8614759509664103e-05,
        -3.4182478784084115e-05, -0.0001288771977571675, 0.00022838039342770904, 0.0008759154514413982,
        -0.002642365964790273, -0.003993701165892423, 0.03992253907559316, -0.12503305237882892,
        0.2517131932174492, -0.37173673394897333, 0.2108063640611436};
    private F64Math() {
    }

    static double horner(double z, double[] c) {
        double r = c[0];
        for (int i = 1; i < c.length; i++) {
            r = Math.fma(r, z, c[i]);
        }
        return r;
    }

    /** The rounding error of {@code a + b}, where {@code s} is that sum rounded. */
    static double sumError(double a, double b, double s) {
        double t = s - a;
        return (a - (s - t)) + (b - t);
    }

    /** {@code |m|} with the sign of {@code s}. */
    static double withSign(double m, double s) {
        return Double.doubleToRawLongBits(s) < 0 ? -m : m;
    }

    /** (n + nl) / (d + dl), nearly correctly rounded. */
    static double quotient(double n, double nl, double d, double dl) {
        double q = n / d;
        return q + (Math.fma(-q, d, n) + (nl - q * dl)) / d;
    }

    static double power2(int k) {
        return Double.longBitsToDouble((long) (k + 1023) << 52);
    }

    /** {@code exp(h + l) * 2^add}; |l| is small, |add| at most 1100. */
    private static double expScaled(double h, double l, int add) {
        double c = h > 800 ? 800 : h < -800 ? -800 : h;
        double k = Math.rint(c * LOG2E);
        double a = Math.fma(k, -LN2_CUT, c);
        double b = Math.fma(k, -LN2_REST, l);
        double r = a + b;
        double q = Math.fma(r * r, horner(r, EXP), sumError(a, b, r));
        double s = 1 + r;
        double p = s + (((1 - s) + r) + q);
        int n = (int) k + add;
        int half = n >> 1;
        return p * power2(half) * power2(n - half);
    }

    /**
     * log(x + xl) to about 2^-64, for normal or subnormal x > 0: {@code scale * (log of the mantissa) + exponent *
     * step}, then times {@code y} and through exp when {@code y} isn't NaN.
     */
    private static double logScaled(double x, double xl, double scaleH, double scaleL, double stepH, double stepL,
            double y) {
        double v = x;
        int k = 0;
        if (v < Double.MIN_NORMAL) {
            v *= 0x1p54;
            k = -54;
        }
        long bits = Double.doubleToRawLongBits(v);
        int e = (int) ((bits - 0x3fe6a09e667f3bcdL) >> 52);
        double f = Double.longBitsToDouble(bits - ((long) e << 52)) - 1;
        k += e;
        double g = k > 1000 || xl == 0 ? 0 : xl * power2(-k);
        double fh = f + g;
        double fl = sumError(f, g, fh);

        double dh = 2 + fh;
        double dl = ((2 - dh) + fh) + fl;
        double s = fh / dh;
        double sl = (Math.fma(-s, dh, fh) + fl - s * dl) / dh;
        double zh = s * s;
        double zl = Math.fma(s, s, -zh) + 2 * s * sl;
        double ch = s * zh;
        double cl = Math.fma(s, zh, -ch) + s * zl + sl * zh;
        double th = ch * 0.6666666666666666;
        double tl = Math.fma(ch, 0.6666666666666666, -th) + ch * 3.700743415417188e-17 + cl * 0.6666666666666666;
        double uh = 2 * s + th;
        double ul = ((2 * s - uh) + th) + (2 * sl + tl + ch * zh * horner(zh, LOG));
        double lh = uh + ul;
        double ll = (uh - lh) + ul;

        double mh = lh * scaleH;
        double ml = Math.fma(lh, scaleH, -mh) + lh * scaleL + ll * scaleH;
        double ah = k * stepH;
        double al = Math.fma(k, stepH, -ah) + k * stepL;
        double h = ah + mh;
        double l = sumError(ah, mh, h) + (al + ml);
        if (y != y) {
            return h + l;
        }
        double ph = h * y;
        return Math.abs(ph) > 800 ? (ph > 0 ? Double.POSITIVE_INFINITY : 0)
            : expScaled(ph, Math.fma(h, y, -ph) + l * y, 0);
    }

    private static double logNatural(double x, double xl) {
        return logScaled(x, xl, 1, 0, LN2_H, LN2_L, Double.NaN);
    }

    /** log(1 + z + zl) for finite z > -1. */
    private static double logOnePlus(double z, double zl) {
        double u = 1 + z;
        return logNatural(u, sumError(1, z, u) + zl);
    }

    /** Whether {@code log(x)} isn't finite, or needs no computing. */
    private static boolean logSpecial(double x) {
        return !(x > 0) || x == Double.POSITIVE_INFINITY;
    }

    private static double logOfSpecial(double x) {
        return x == 0 ? Double.NEGATIVE_INFINITY : x > 0 ? x : Double.NaN;
    }

    /** e to the x. Error at most 0.75 ulp. */
    public static double exp(double x) {
        return x != x ? Double.NaN : expScaled(x, 0, 0);
    }

    /** 2 to the x; exact for integers. Error at most 0.75 ulp. */
    public static double exp2(double x) {
        if (x != x) {
            return Double.NaN;
        }
        double c = x > 1100 ? 1100 : x < -1100 ? -1100 : x;
        double k = Math.rint(c);
        double f = c - k;
        double h = f * LN2_H;
        return expScaled(h, Math.fma(f, LN2_H, -h) + f * LN2_L, (int) k);
    }

    /** {@code exp(x) - 1} without cancellation. Error at most 1.15 ulp. */
    public static double expm1(double x) {
        if (x != x) {
            return Double.NaN;
        }
        if (Math.abs(x) < 0x1p-54) {
            return x;
        }
        if (x > 42) {
            return expScaled(x, 0, 0);
        }
        double c = x < -42 ? -42 : x;
        double k = Math.rint(c * LOG2E);
        double a = Math.fma(k, -LN2_CUT, c);
        double b = k * -LN2_REST;
        double r = a + b;
        double q = Math.fma(r * r, horner(r, EXP), sumError(a, b, r));
        double s = power2((int) k);
        double m = s - 1;
        double sr = s * r;
        double h = m + sr;
        return h + (sumError(m, sr, h) + (sumError(s, -1, m) + s * q));
    }

    /** The natural logarithm; -infinity at 0, NaN below. Error at most 0.51 ulp. */
    public static double log(double x) {
        return logSpecial(x) ? logOfSpecial(x) : logNatural(x, 0);
    }

    /** The logarithm to base 2; exact for powers of 2. Error at most 0.51 ulp. */
    public static double log2(double x) {
        return logSpecial(x) ? logOfSpecial(x)
            : logScaled(x, 0, LOG2E, 2.0355273740931033e-17, 1, 0, Double.NaN);
    }

    /** The logarithm to base 10; exact for powers of 10. Error at most 0.51 ulp. */
    public static double log10(double x) {
        return logSpecial(x) ? logOfSpecial(x)
            : logScaled(x, 0, 0.4342944819032518, 1.098319650216765e-17, 0.3010299956639812,
                -2.8037281277851704e-18, Double.NaN);
    }

    /** {@code log(1 + x)} without cancellation; -infinity at -1, NaN below. Error at most 0.51 ulp. */
    public static double log1p(double x) {
        if (Math.abs(x) < 0x1p-54) {
            return x;
        }
        double u = 1 + x;
        return logSpecial(u) ? logOfSpecial(u) : logOnePlus(x, 0);
    }

    /**
     * x to the y. Error at most 0.75 ulp. {@code pow(x, 0)} and {@code pow(1, y)} are 1 even for NaN; a negative x
     * with a finite y that isn't an integer gives NaN; {@code pow(-1, +-infinity)} is 1.
     */
    public static double pow(double x, double y) {
        if (y == 0 || x == 1) {
            return 1;
        }
        if (x != x || y != y) {
            return Double.NaN;
        }
        double a = Math.abs(x);
        if (Double.isInfinite(y)) {
            return a == 1 ? 1 : (a > 1) == (y > 0) ? Double.POSITIVE_INFINITY : 0;
        }
        boolean odd = Math.abs(y) < 0x1p53 && y == Math.rint(y) && ((long) y & 1) != 0;
        boolean negative = Double.doubleToRawLongBits(x) < 0;
        double r;
        if (a == 0 || a == Double.POSITIVE_INFINITY) {
            r = (a == 0) == (y < 0) ? Double.POSITIVE_INFINITY : 0;
        } else if (negative && y != Math.rint(y)) {
            return Double.NaN;
        } else {
            r = logScaled(a, 0, 1, 0, LN2_H, LN2_L, y);
        }
        return negative && odd ? -r : r;
    }

    /** The logistic function 1 / (1 + exp(-x)). Error at most 1.4 ulp. */
    public static double sigmoid(double x) {
        double e = exp(-Math.abs(x));
        double d = 1 + e;
        return x != x ? Double.NaN : quotient(x < 0 ? e : 1, 0, d, (1 - d) + e);
    }

    /** Sine of x in radians, of any size; NaN for infinities. Error at most 0.7 ulp. */
    public static double sin(double x) {
        return F64Angles.trig(x, 0);
    }

    /** Cosine of x in radians, of any size; NaN for infinities. Error at most 0.7 ulp. */
    public static double cos(double x) {
        return F64Angles.trig(x, 1);
    }

    /** Tangent of x in radians, of any size; NaN for infinities. Error at most 0.8 ulp. */
    public static double tan(double x) {
        return F64Angles.trig(x, 2);
    }

    /** Arc tangent. Error at most 0.65 ulp. */
    public static double atan(double x) {
        return F64Angles.atan(x);
    }

    /** The angle of the point (x, y), from -pi to pi. Error at most 1.0 ulp. */
    public static double atan2(double y, double x) {
        return F64Angles.atan2(y, x);
    }

    /** Arc sine; NaN outside [-1, 1]. Error at most 0.65 ulp. */
    public static double asin(double x) {
        return F64Angles.asin(x);
    }

    /** Arc cosine; NaN outside [-1, 1]. Error at most 0.6 ulp. */
    public static double acos(double x) {
        return F64Angles.acos(x);
    }

    /** Hyperbolic sine. Error at most 1.5 ulp. */
    public static double sinh(double x) {
        double a = Math.abs(x);
        if (x != x) {
            return Double.NaN;
        }
        if (a <= 1) {
            return a < TINY ? x : Math.fma(x * (x * x), horner(x * x, SINH), x);
        }
        double e = expScaled(a, 0, -1);
        return withSign(e - 0.25 / e, x);
    }

    /** Hyperbolic cosine. Error at most 1.05 ulp. */
    public static double cosh(double x) {
        if (x != x) {
            return Double.NaN;
        }
        double e = expScaled(Math.abs(x), 0, -1);
        return e + 0.25 / e;
    }

    /** Hyperbolic tangent. Error at most 1.5 ulp. */
    public static double tanh(double x) {
        double a = Math.abs(x);
        if (x != x) {
            return Double.NaN;
        }
        if (a < TINY) {
            return x;
        }
        double t = expm1(2 * (a > 22 ? 22 : a));
        double d = t + 2;
        return withSign(a < 0.5625 ? quotient(t, 0, d, (2 - d) + t) : 1 - 2 / d, x);
    }

    /** Inverse hyperbolic sine. Error at most 1.0 ulp. */
    public static double asinh(double x) {
        double a = Math.abs(x);
        if (x != x) {
            return Double.NaN;
        }
        if (a < TINY / 8 || a == Double.POSITIVE_INFINITY) {
            return x;
        }
        if (a > 0x1p28) {
            return withSign(logNatural(a, 0) + LN2_H, x);
        }
        // log(1 + (a + a^2 / (1 + sqrt(1 + a^2))))
        double p = a * a;
        double pl = Math.fma(a, a, -p);
        double q = p + 1;
        double ql = sumError(p, 1, q) + pl;
        double r = Math.sqrt(q);
        double rl = (Math.fma(-r, r, q) + ql) / (2 * r);
        double d = 1 + r;
        double dl = sumError(1, r, d) + rl;
        double e = p / d;
        double el = (Math.fma(-e, d, p) + (pl - e * dl)) / d;
        double z = a + e;
        return withSign(logOnePlus(z, sumError(a, e, z) + el), x);
    }

    /** Inverse hyperbolic cosine; NaN below 1. Error at most 1.0 ulp. */
    public static double acosh(double x) {
        if (!(x >= 1)) {
            return Double.NaN;
        }
        if (x > 0x1p28) {
            return x == Double.POSITIVE_INFINITY ? x : logNatural(x, 0) + LN2_H;
        }
        if (x == 1) {
            return 0;
        }
        // log(1 + (t + sqrt(t^2 + 2t))), t = x - 1
        double t = x - 1;
        double p = t * t;
        double q = p + 2 * t;
        double ql = sumError(p, 2 * t, q) + Math.fma(t, t, -p);
        double r = Math.sqrt(q);
        double rl = (Math.fma(-r, r, q) + ql) / (2 * r);
        double z = t + r;
        return logOnePlus(z, sumError(t, r, z) + rl);
    }

    /** Inverse hyperbolic tangent; NaN outside [-1, 1]. Error at most 0.51 ulp. */
    public static double atanh(double x) {
        double a = Math.abs(x);
        if (!(a <= 1)) {
            return Double.NaN;
        }
        if (a < TINY / 8) {
            return x;
        }
        if (a == 1) {
            return withSign(Double.POSITIVE_INFINITY, x);
        }
        double d = 1 - a;
        double q = 2 * a / d;
        double ql = (Math.fma(-q, d, 2 * a) - q * sumError(1, -a, d)) / d;
        return withSign(0.5 * logOnePlus(q, ql), x);
    }

    /** The error function. Error at most 0.95 ulp. */
    public static double erf(double x) {
        double a = Math.abs(x);
        if (x != x) {
            return Double.NaN;
        }
        if (a < 1) {
            return Math.fma(x, horner(x * x, ERF), x);
        }
        if (a > 6) {
            return withSign(1, x);
        }
        double z = a * a;
        double e = expScaled(-z, -Math.fma(a, a, -z), 0);
        return withSign(1 - e * horner((a - 2.5) / (a + 2.5), ERFCX), x);
    }

    /** Cube root. Error at most 0.51 ulp. */
    public static double cbrt(double x) {
        double a = Math.abs(x);
        if (x != x) {
            return Double.NaN;
        }
        if (a == 0 || a == Double.POSITIVE_INFINITY) {
            return x;
        }
        double back = 1;
        if (a < 0x1p-800) {
            a *= 0x1p300;
            back = 0x1p-100;
        } else if (a > 0x1p800) {
            a *= 0x1p-300;
            back = 0x1p100;
        }
        double r = Double.longBitsToDouble(Double.doubleToRawLongBits(a) / 3 + 0x2a9f789300000000L);
        for (int i = 0; i < 3; i++) {
            double c = r * r * r;
            r *= (c + 2 * a) / (2 * c + a);
        }
        double s = r * r;
        double off = Math.fma(s, r, -a) + Math.fma(r, r, -s) * r;
        return withSign((r - off / (3 * s)) * back, x);
    }
}
