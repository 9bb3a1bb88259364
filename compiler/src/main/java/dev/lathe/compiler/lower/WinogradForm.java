package dev.lathe.compiler.lower;

import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.X;
import java.util.ArrayList;
import java.util.List;

/**
 * The transformations of Winograd's F(m x m, 3 x 3) for m = 2 and 4 (Lavin and Gray, "Fast Algorithms for Convolutional
 * Neural Networks", 2016; made from points as Toom and Cook do): m x m results of a 3 x 3 convolution from t x t products,
 * t = m + 2. Points are 0, infinity, and pairs of a number and its negative. For m = 4 the pairs are 3/4 and 3/2, whose
 * powers f32 holds exactly, and whose error is a third of that of the usual 1 and 2: about twice that of the sum itself.
 *
 * @param m results of one dimension
 * @param pairs the positive points
 */
record WinogradForm(int m, List<Double> pairs) {
    static WinogradForm of(int m) {
        return new WinogradForm(m, m == 2 ? List.of(1.0) : List.of(0.75, 1.5));
    }

    /** Products of one dimension. */
    int t() {
        return m + 2;
    }

    private double[] points() {
        double[] p = new double[t() - 1];
        for (int i = 0; i < pairs.size(); i++) {
            p[1 + 2 * i] = pairs.get(i);
            p[2 + 2 * i] = -pairs.get(i);
        }
        return p;
    }

    /** The t numbers that stand for 3 weights at {@code at}, {@code at + step}, {@code at + 2 * step}, put at {@code to} and on by {@code toStep}. */
    private void weights(double[] from, int at, int step, double[] result, int to, int toStep) {
        double[] p = points();
        double a = from[at];
        double b = from[at + step];
        double c = from[at + 2 * step];
        for (int i = 0; i < p.length; i++) {
            double divisor = 1;
            for (int j = 0; j < p.length; j++) {
                divisor *= j == i ? 1 : p[i] - p[j];
            }
            result[to + i * toStep] = (a + p[i] * b + p[i] * p[i] * c) / divisor;
        }
        result[to + p.length * toStep] = c;
    }

    /** The t x t numbers that stand for the 3 x 3 weights from {@code at} on. */
    float[] weights(float[] w, int at) {
        int t = t();
        double[] d = new double[9];
        for (int i = 0; i < 9; i++) {
            d[i] = w[at + i];
        }
        double[] columns = new double[t * 3];
        for (int j = 0; j < 3; j++) {
            weights(d, j, 3, columns, j, 3);
        }
        double[] all = new double[t * t];
        for (int i = 0; i < t; i++) {
            weights(columns, 3 * i, 1, all, t * i, 1);
        }
        float[] r = new float[t * t];
        for (int i = 0; i < r.length; i++) {
            r[i] = (float) all[i];
        }
        return r;
    }

    // a constant beside elements like this one
    private static Expr times(double a, Expr b, Expr plus) {
        return X.fma(Elementwise.like(b, X.f((float) a)), b, plus);
    }

    private static Expr times(double a, Expr b) {
        return X.mul(Elementwise.like(b, X.f((float) a)), b);
    }

    /** The t numbers that stand for t elements of the input; elements may be vectors. */
    List<Expr> input(KernelBuilder k, List<Expr> d) {
        double a = pairs.get(0);
        List<Expr> r = new ArrayList<>();
        if (m == 2) {
            r.add(times(-a * a, d.get(0), d.get(2)));
            r.add(times(a, d.get(1), d.get(2)));
            r.add(times(-a, d.get(1), d.get(2)));
            r.add(times(-a * a, d.get(1), d.get(3)));
            return r;
        }
        double b = pairs.get(1);
        double sum = a * a + b * b;
        double product = a * a * b * b;
        Expr e1 = k.let("e", times(-b * b, d.get(2), d.get(4)));
        Expr o1 = k.let("u", times(-b * b, d.get(1), d.get(3)));
        Expr e2 = k.let("e", times(-a * a, d.get(2), d.get(4)));
        Expr o2 = k.let("u", times(-a * a, d.get(1), d.get(3)));
        r.add(times(product, d.get(0), times(-sum, d.get(2), d.get(4))));
        r.add(times(a, o1, e1));
        r.add(times(-a, o1, e1));
        r.add(times(b, o2, e2));
        r.add(times(-b, o2, e2));
        r.add(times(product, d.get(1), times(-sum, d.get(3), d.get(5))));
        return r;
    }

    /** The m results that t products stand for. */
    List<Expr> output(KernelBuilder k, List<Expr> v) {
        double a = pairs.get(0);
        Expr s1 = k.let("s", X.add(v.get(1), v.get(2)));
        Expr d1 = k.let("d", X.sub(v.get(1), v.get(2)));
        if (m == 2) {
            return List.of(X.add(v.get(0), s1), times(a, d1, v.get(3)));
        }
        double b = pairs.get(1);
        Expr s2 = k.let("s", X.add(v.get(3), v.get(4)));
        Expr d2 = k.let("d", X.sub(v.get(3), v.get(4)));
        return List.of(X.add(X.add(v.get(0), s1), s2), times(a, d1, times(b, d2)), times(a * a, s1, times(b * b, s2)),
                times(a * a * a, d1, times(b * b * b, d2, v.get(5))));
    }
}
