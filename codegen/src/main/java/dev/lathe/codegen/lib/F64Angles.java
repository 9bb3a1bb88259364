package dev.lathe.codegen.lib;

import static dev.lathe.codegen.lib.F64Math.TINY;
import static dev.lathe.codegen.lib.F64Math.horner;
import static dev.lathe.codegen.lib.F64Math.power2;
import static dev.lathe.codegen.lib.F64Math.quotient;
import static dev.lathe.codegen.lib.F64Math.sumError;
import static dev.lathe.codegen.lib.F64Math.withSign;

/** What {@link F64Math} computes angles by: the trigonometric functions and their inverses. */
final class F64Angles {
    private static final double PI_H = 3.141592653589793;
    private static final double PI_L = 1.2246467991473532e-16;
    private static final double HALF_PI_H = 1.5707963267948966;
    private static final double HALF_PI_L = 6.123233995736766e-17;

    // Polynomials, highest power first.
    private static final double[] SIN = {
        -7.586584848459799e-13, 1.605852971266686e-10, -2.5052106220409384e-08, 2.7557319219304477e-06,
        -0.0001984126984126502, 0.008333333333333331, -0.16666666666666666};
    private static final double[] COS = {
        4.745809482337876e-14, -1.1470459827734685e-11, 2.0876755784387464e-09, -2.755731922138354e-07,
        2.480158730158462e-05, -0.0013888888888888887, 0.041666666666666664};
    private static final double[] ATAN = {
        0.01476642155379467, -0.033121323310643644, 0.044919637149159995, -0.05216607416783708,
        0.0587693549653035, -0.06666240859375808, 0.0769228548876496, -0.09090908353049669, 0.11111111096587765,
        -0.1428571428556615, 0.19999999999999407, -0.3333333333333333};
    private static final double[] ASIN = {
        0.02961201126495512, -0.01924167174674304, 0.019554513336123378, 0.0030448799094556773,
        0.009319560794767446, 0.009621842970100282, 0.011566459612121669, 0.01396378001220357,
        0.017352816540325496, 0.02237215744350722, 0.03038194447553234, 0.044642857142551895, 0.07500000000000118,
        0.16666666666666666};
    /** 2/pi, binary digits, after 64 zeros. */
    private static final long[] TWO_OVER_PI = {
        0L, 0xa2f9836e4e441529L, 0xfc2757d1f534ddc0L, 0xdb6295993c439041L, 0xfe5163abdebbc561L, 0xb7246e3a424dd2e0L,
        0x06492eea09d1921cL, 0xfe1deb1cb129a73eL, 0xe88235f52ebb4484L, 0xe99c7026b45f7e41L, 0x3991d639835339f4L,
        0x9c845f8bbdf9283bL, 0x1ff897ffde05980fL, 0xef2f118b5a0a6d1fL, 0x6d367ecf27cb09b7L, 0x4f463f669e5fea2dL,
        0x7527bac7ebe5f17bL, 0x3d0739f78a5292eaL, 0x6bfb5fb11f8d5d08L, 0x56033046fc7b6babL, 0xf0cfbc209af4361dL};

    private F64Angles() {
    }

    /** The upper 64 bits of a * b, b unsigned, a not negative. */
    private static long upper(long a, long b) {
        return Math.multiplyHigh(a, b) + (b < 0 ? a : 0);
    }

    /** Sine, cosine or tangent (0, 1, 2), by exact reduction of the argument to at most pi/4 in size. */
    static double trig(double x, int which) {
        double a = Math.abs(x);
        if (!(a <= Double.MAX_VALUE)) {
            return Double.NaN;
        }
        if (a < TINY) {
            return which == 1 ? 1 : x;
        }
        double r = x;
        double rl = 0;
        int n = 0;
        if (a > 0.785398163397448) {
            long bits = Double.doubleToRawLongBits(a);
            long m = (bits & 0xfffffffffffffL) | 0x10000000000000L;
            int at = (int) (bits >> 52) - 1075 + 62;
            int i = at >> 6;
            int s = at & 63;
            long w0 = TWO_OVER_PI[i] << s | TWO_OVER_PI[i + 1] >>> 1 >>> (63 - s);
            long w1 = TWO_OVER_PI[i + 1] << s | TWO_OVER_PI[i + 2] >>> 1 >>> (63 - s);
            long w2 = TWO_OVER_PI[i + 2] << s | TWO_OVER_PI[i + 3] >>> 1 >>> (63 - s);
            // a * 2/pi modulo 4 is (top, mid) / 2^126.
            long c = upper(m, w2);
            long mid = m * w1 + c;
            long top = m * w0 + upper(m, w1) + (Long.compareUnsigned(mid, c) < 0 ? 1 : 0);
            n = (int) (((top >>> 61) + 1) >>> 1);
            long hi = top << 2 | mid >>> 62;
            long lo = mid << 2;
            double sign = x < 0 ? -1 : 1;
            if (hi < 0) {
                sign = -sign;
                hi = ~hi;
                lo = ~lo;
            }
            int z = Long.numberOfLeadingZeros(hi);
            hi = hi << z | lo >>> 1 >>> (63 - z);
            lo <<= z;
            double scale = sign * power2(-53 - z);
            double fh = (hi >>> 11) * scale;
            double fl = ((hi << 53 | lo >>> 11) >>> 1) * 0x1p-63 * scale;
            double h = fh * HALF_PI_H;
            double l = Math.fma(fh, HALF_PI_H, -h) + (fh * HALF_PI_L + fl * HALF_PI_H);
            r = h + l;
            rl = (h - r) + l;
            n = x < 0 ? -n : n;
        }
        double z = r * r;
        double zl = Math.fma(r, r, -z);
        double sl = Math.fma(r * z, horner(z, SIN), Math.fma(-0.5 * z, rl, rl));
        double hz = 0.5 * z;
        double ch = 1 - hz;
        double cl = ((1 - ch) - hz) + (Math.fma(z * z, horner(z, COS), -r * rl) - 0.5 * zl);
        if (which == 2) {
            double sh = r + sl;
            double st = (r - sh) + sl;
            double dh = ch + cl;
            double dl = (ch - dh) + cl;
            double uh = sh;
            double ul = st;
            if ((n & 1) != 0) {
                uh = -dh;
                ul = -dl;
                dh = sh;
                dl = st;
            }
            return quotient(uh, ul, dh, dl);
        }
        n += which;
        double v = (n & 1) != 0 ? ch + cl : r + sl;
        return (n & 2) != 0 ? -v : v;
    }

    /** atan(y / x) for y, x >= 0, finite and not both 0, neither huge nor both tiny. */
    private static double atanOfRatio(double y, double x) {
        double q = y / x;
        double baseH = 0;
        double baseL = 0;
        double c = 0;
        double n = y;
        double d = x;
        double nl = 0;
        double dl = 0;
        if (q >= 2.4375) {
            n = -x;
            d = y;
            baseH = HALF_PI_H;
            baseL = HALF_PI_L;
        } else if (q >= 0.4375) {
            if (q < 0.6875) {
                c = 0.5;
                baseH = 0.4636476090008061;
                baseL = 2.2698777452961687e-17;
            } else if (q < 1.1875) {
                c = 1;
                baseH = HALF_PI_H / 2;
                baseL = HALF_PI_L / 2;
            } else {
                c = 1.5;
                baseH = 0.982793723247329;
                baseL = 1.3903311031230998e-17;
            }
            double cx = c * x;
            n = y - cx;
            nl = sumError(y, -cx, n) - Math.fma(c, x, -cx);
            double cy = c * y;
            d = x + cy;
            dl = sumError(x, cy, d) + Math.fma(c, y, -cy);
        }
        double t = n / d;
        double tl = (Math.fma(-t, d, n) + (nl - t * dl)) / d;
        double z = t * t;
        double rest = Math.fma(t * z, horner(z, ATAN), tl + baseL);
        double h = baseH + t;
        return h + (((baseH - h) + t) + rest);
    }

    static double atan(double x) {
        double a = Math.abs(x);
        if (x != x) {
            return Double.NaN;
        }
        return a < TINY ? x : withSign(a > 0x1p60 ? HALF_PI_H : atanOfRatio(a, 1), x);
    }

    static double atan2(double y, double x) {
        if (x != x || y != y) {
            return Double.NaN;
        }
        double n = Math.abs(y);
        double d = Math.abs(x);
        if (Double.isInfinite(n) || Double.isInfinite(d)) {
            n = Double.isInfinite(n) ? 1 : 0;
            d = Double.isInfinite(d) ? 1 : 0;
        } else if (n == 0) {
            d = 1;
        } else if (n > 0x1p900 || d > 0x1p900) {
            n *= 0x1p-200;
            d *= 0x1p-200;
        } else if (n < 0x1p-700 && d < 0x1p-700) {
            n *= 0x1p400;
            d *= 0x1p400;
        }
        double a = atanOfRatio(n, d);
        if (Double.doubleToRawLongBits(x) < 0) {
            double h = PI_H - a;
            a = h + (((PI_H - h) - a) + PI_L);
        }
        return withSign(a, y);
    }

    /** For 1/2 < a <= 1: acos(a) / 2 as {@code s} and the rest, where {@code s = sqrt((1 - a) / 2)}. */
    private static double acosRest(double w, double s) {
        return s == 0 ? 0 : Math.fma(s * w, horner(w, ASIN), Math.fma(-s, s, w) / (2 * s));
    }

    static double asin(double x) {
        double a = Math.abs(x);
        if (!(a <= 1)) {
            return Double.NaN;
        }
        if (a <= 0.5) {
            return a < TINY ? x : Math.fma(x * (x * x), horner(x * x, ASIN), x);
        }
        double w = (1 - a) * 0.5;
        double s = Math.sqrt(w);
        double h = HALF_PI_H - 2 * s;
        return withSign(h + (((HALF_PI_H - h) - 2 * s) + (HALF_PI_L - 2 * acosRest(w, s))), x);
    }

    static double acos(double x) {
        double a = Math.abs(x);
        if (!(a <= 1)) {
            return Double.NaN;
        }
        if (a <= 0.5) {
            double h = HALF_PI_H - x;
            return h + (((HALF_PI_H - h) - x) + (HALF_PI_L - x * (x * x) * horner(x * x, ASIN)));
        }
        double w = (1 - a) * 0.5;
        double s = Math.sqrt(w);
        double rest = acosRest(w, s);
        if (x > 0) {
            return 2 * (s + rest);
        }
        double h = PI_H - 2 * s;
        return h + (((PI_H - h) - 2 * s) + (PI_L - 2 * rest));
    }
}
