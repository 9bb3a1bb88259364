package dev.lathe.bench;

import java.util.Arrays;

/**
 * Times of one engine, one for each round.
 *
 * @param millis the median of each round's inferences
 * @param bytes allocated on the Java heap for each inference, in each round
 */
record Sample(double[] millis, double[] bytes) {
    double median() {
        return quantile(millis, 0.5);
    }

    /** Half the distance between the quartiles of the rounds. */
    double spread() {
        return (quantile(millis, 0.75) - quantile(millis, 0.25)) / 2;
    }

    double medianBytes() {
        return quantile(bytes, 0.5);
    }

    static Sample join(Sample a, Sample b) {
        return new Sample(join(a.millis, b.millis), join(a.bytes, b.bytes));
    }

    static double[] join(double[] a, double[] b) {
        double[] r = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, r, a.length, b.length);
        return r;
    }

    /** How many times longer {@code other} takes: the median over pairs of rounds that followed each other. */
    double ratioOf(Sample other) {
        double[] r = new double[millis.length];
        for (int i = 0; i < r.length; i++) {
            r[i] = other.millis[i] / millis[i];
        }
        return quantile(r, 0.5);
    }

    /** The quantile of the values, between two of them where it falls there. */
    static double quantile(double[] values, double q) {
        double[] s = values.clone();
        Arrays.sort(s);
        double at = q * (s.length - 1);
        int i = (int) at;
        return i + 1 < s.length ? s[i] + (at - i) * (s[i + 1] - s[i]) : s[i];
    }

    static double geometricMean(double[] values) {
        double sum = 0;
        for (double v : values) {
            sum += Math.log(v);
        }
        return Math.exp(sum / values.length);
    }
}
