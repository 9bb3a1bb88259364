package dev.lathe.compiler.ir;

import dev.lathe.codegen.dim.Dim;

/**
 * A number in shape arithmetic: a dimension, or a dimension times or divided by something, as scales are. Models
 * calculate with rounded numbers; what they mean is the simple fraction nearby, so 1.3333334 is 4/3.
 */
public record Fraction(Dim num, Dim den) {
    private static final long LARGEST = 1 << 13;

    public static Fraction of(Dim d) {
        return new Fraction(d, Dim.ONE);
    }

    /** The fraction that a constant stands for; null when there is no simple one. */
    public static Fraction of(double v) {
        if (v == Math.rint(v) && Math.abs(v) < 1L << 31) {
            return of(Dim.of((long) v));
        }
        long[] r = simplest((float) v);
        return r == null ? null : new Fraction(Dim.of(r[0]), Dim.of(r[1]));
    }

    /** Numerator and denominator of the simplest fraction that rounds to {@code scale} in f32; null when there is no simple one. */
    public static long[] simplest(float scale) {
        if (!(scale > 0) || scale > LARGEST) {
            return null;
        }
        // convergents of the continued fraction
        long p0 = 1;
        long q0 = 0;
        long p1 = (long) Math.floor(scale);
        long q1 = 1;
        double rest = scale - Math.floor(scale);
        while ((float) ((double) p1 / q1) != scale) {
            if (rest == 0) {
                return null;
            }
            double inverse = 1 / rest;
            long a = (long) Math.floor(inverse);
            rest = inverse - a;
            long p = a * p1 + p0;
            long q = a * q1 + q0;
            if (p > LARGEST || q > LARGEST || p < 0 || q < 0) {
                return null;
            }
            p0 = p1;
            q0 = q1;
            p1 = p;
            q1 = q;
        }
        return new long[] {p1, q1};
    }

    public boolean isWhole() {
        return den.is(1);
    }

    // common factors that are easy to see
    private static Fraction lowest(Dim num, Dim den) {
        if (num.equals(den)) {
            return of(Dim.ONE);
        }
        Dim whole = den.is(0) ? null : num.divideExact(den);
        if (whole != null) {
            return of(whole);
        }
        Dim part = num.is(0) ? null : den.divideExact(num);
        return part != null ? new Fraction(Dim.ONE, part) : new Fraction(num, den);
    }

    public Fraction plus(Fraction o) {
        return den.equals(o.den) ? lowest(num.plus(o.num), den) : lowest(num.times(o.den).plus(o.num.times(den)), den.times(o.den));
    }

    public Fraction minus(Fraction o) {
        return plus(new Fraction(o.num.times(-1), o.den));
    }

    public Fraction times(Fraction o) {
        Fraction a = lowest(num, o.den);
        Fraction b = lowest(o.num, den);
        return lowest(a.num.times(b.num), a.den.times(b.den));
    }

    /** Null when the divisor is 0. */
    public Fraction over(Fraction o) {
        return o.num.is(0) ? null : times(new Fraction(o.den, o.num));
    }

    public Dim floor() {
        return num.floorDiv(den);
    }

    public Dim ceil() {
        return isWhole() ? num : num.ceilDiv(den);
    }
}
