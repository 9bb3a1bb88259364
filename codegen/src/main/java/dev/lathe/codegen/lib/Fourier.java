package dev.lathe.codegen.lib;

import dev.lathe.runtime.State;

/**
 * Discrete Fourier transforms of any length, in f64 throughout: the length is split into its prime factors (4 counts as
 * one), each factor is one direct sum. The order of operations depends on the length alone.
 */
public final class Fourier {
    private Fourier() {}

    /** Writes cos(2 pi k / n) and sin(2 pi k / n) for k below n, in pairs. */
    public static void table(State s, double[] to, int at, int n) {
        System.arraycopy(table(n), 0, to, at, 2 * n);
    }

    public static double[] table(int n) {
        double[] t = new double[2 * n];
        for (int k = 0; k < n; k++) {
            double a = 2 * Math.PI * k / n;
            t[2 * k] = F64Math.cos(a);
            t[2 * k + 1] = F64Math.sin(a);
        }
        return t;
    }

    /** Scratch elements that {@link #transform} needs. */
    public static int scratch(int n) {
        return 6 * n;
    }

    /**
     * Transforms [outer, count, inner, parts] along its second dimension to [outer, results, inner, parts of the result].
     * Input that is longer than needed is cut, shorter is padded with zeros.
     *
     * @param table as {@link #table} makes it
     * @param work {@link #scratch} elements
     * @param parts 1: real, 2: complex
     * @param inverse 1: the inverse transform, scaled by 1 / n
     * @param onesided 1: half of the spectrum; of an inverse transform, half of the input, with a real result
     */
    public static void transform(State s, Object x, int from, Object y, int to, double[] table, int t, double[] work, int w,
            int outer, int count, int inner, int parts, int n, int inverse, int onesided) {
        int results = onesided == 1 && inverse == 0 ? n / 2 + 1 : n;
        int resultParts = onesided == 1 && inverse == 1 ? 1 : 2;
        Fourier f = new Fourier(table, t, work, w, n, inverse == 1);
        int given = Math.min(count, onesided == 1 && inverse == 1 ? n / 2 + 1 : n);
        double scale = inverse == 1 ? 1.0 / n : 1;
        for (int o = 0; o < outer; o++) {
            for (int i = 0; i < inner; i++) {
                f.load(x, from + (o * count * inner + i) * parts, inner * parts, parts, given, onesided == 1 && inverse == 1);
                f.run();
                f.store(y, to + (o * results * inner + i) * resultParts, inner * resultParts, resultParts, results, scale);
            }
        }
    }

    private double[] table;
    private int t;
    private double[] work;
    private int in;
    private int out;
    private int spare;
    private int n;
    private double sign;

    private Fourier(double[] table, int t, double[] work, int w, int n, boolean inverse) {
        this.table = table;
        this.t = t;
        this.work = work;
        in = w;
        out = w + 2 * n;
        spare = w + 4 * n;
        this.n = n;
        sign = inverse ? 1 : -1;
    }

    private static double get(Object a, int i) {
        return a instanceof float[] f ? f[i] : ((double[]) a)[i];
    }

    private void load(Object x, int from, int step, int parts, int given, boolean mirrored) {
        for (int k = 0; k < n; k++) {
            boolean there = k < given;
            work[in + 2 * k] = there ? get(x, from + k * step) : 0;
            work[in + 2 * k + 1] = there && parts == 2 ? get(x, from + k * step + 1) : 0;
        }
        if (mirrored) {
            // the other half of the spectrum of something real
            for (int k = 1; k < given && n - k >= given; k++) {
                work[in + 2 * (n - k)] = work[in + 2 * k];
                work[in + 2 * (n - k) + 1] = -work[in + 2 * k + 1];
            }
        }
    }

    private void store(Object y, int to, int step, int parts, int results, double scale) {
        for (int k = 0; k < results; k++) {
            for (int p = 0; p < parts; p++) {
                double v = work[out + 2 * k + p] * scale;
                if (y instanceof float[] f) {
                    f[to + k * step + p] = (float) v;
                } else {
                    ((double[]) y)[to + k * step + p] = v;
                }
            }
        }
    }

    private void run() {
        if (n > 0) {
            part(in, 1, out, n);
        }
    }

    private static int factor(int n) {
        if (n % 4 == 0) {
            return 4;
        }
        for (int p = 2; (long) p * p <= n; p++) {
            if (n % p == 0) {
                return p;
            }
        }
        return n;
    }

    // the transform of `size` elements from `from` on, `step` apart, to `size` elements at `to`
    private void part(int from, int step, int to, int size) {
        if (size == 1) {
            work[to] = work[from];
            work[to + 1] = work[from + 1];
            return;
        }
        int p = factor(size);
        int m = size / p;
        for (int r = 0; r < p; r++) {
            part(from + 2 * r * step, step * p, to + 2 * r * m, m);
        }
        int unit = n / size;
        for (int k = 0; k < m; k++) {
            // elements k of the p parts, each turned by its angle
            for (int r = 0; r < p; r++) {
                int a = to + 2 * (r * m + k);
                int w = t + 2 * (int) ((long) r * k % size * unit);
                double c = table[w];
                double s = sign * table[w + 1];
                work[spare + 2 * r] = work[a] * c - work[a + 1] * s;
                work[spare + 2 * r + 1] = work[a] * s + work[a + 1] * c;
            }
            if (p == 2) {
                sums2(to + 2 * k, 2 * m);
            } else if (p == 4) {
                sums4(to + 2 * k, 2 * m);
            } else {
                sums(p, to + 2 * k, 2 * m);
            }
        }
    }

    private void sums2(int to, int step) {
        int a = spare;
        work[to] = work[a] + work[a + 2];
        work[to + 1] = work[a + 1] + work[a + 3];
        work[to + step] = work[a] - work[a + 2];
        work[to + step + 1] = work[a + 1] - work[a + 3];
    }

    private void sums4(int to, int step) {
        int a = spare;
        double er = work[a] + work[a + 4];
        double ei = work[a + 1] + work[a + 5];
        double dr = work[a] - work[a + 4];
        double di = work[a + 1] - work[a + 5];
        double or = work[a + 2] + work[a + 6];
        double oi = work[a + 3] + work[a + 7];
        // (b - d) times +-i
        double hr = -sign * (work[a + 3] - work[a + 7]);
        double hi = sign * (work[a + 2] - work[a + 6]);
        work[to] = er + or;
        work[to + 1] = ei + oi;
        work[to + step] = dr + hr;
        work[to + step + 1] = di + hi;
        work[to + 2 * step] = er - or;
        work[to + 2 * step + 1] = ei - oi;
        work[to + 3 * step] = dr - hr;
        work[to + 3 * step + 1] = di - hi;
    }

    private void sums(int p, int to, int step) {
        int unit = n / p;
        for (int q = 0; q < p; q++) {
            double re = 0;
            double im = 0;
            for (int r = 0; r < p; r++) {
                int w = t + 2 * (int) ((long) q * r % p * unit);
                double c = table[w];
                double s = sign * table[w + 1];
                double x = work[spare + 2 * r];
                double y = work[spare + 2 * r + 1];
                re += x * c - y * s;
                im += x * s + y * c;
            }
            work[to + q * step] = re;
            work[to + q * step + 1] = im;
        }
    }
}
