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
