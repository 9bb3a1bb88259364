package dev.lathe.codegen.lib;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;

/**
 * Accuracy of the float functions. The normal run strides over all bit patterns; with {@code -Dlathe.exhaustive} it
 * takes every one (some minutes per function). As a program: {@code F32MathTest <stride> [function...]}.
 */
class F32MathTest {
    private static final float INF = Float.POSITIVE_INFINITY;
    private static final float NAN = Float.NaN;

    interface FloatFunction {
        float apply(float x);
    }

    /** A function, its reference in double, its stated bound in ulp, and the largest |x| for which that holds. */
    record Case(FloatFunction f, DoubleUnaryOperator reference, double bound, float limit) {
    }

    static final Map<String, Case> STRAIGHT = new TreeMap<>(Map.of(
        "exp", new Case(F32Math::exp, StrictMath::exp, 1, INF),
        "expm1", new Case(F32Math::expm1, StrictMath::expm1, 2, INF),
        "log", new Case(F32Math::log, StrictMath::log, 1, INF),
        "log1p", new Case(F32Math::log1p, StrictMath::log1p, 2, INF),
        "tanh", new Case(F32Math::tanh, StrictMath::tanh, 2, INF),
        "sigmoid", new Case(F32Math::sigmoid, F32MathTest::sigmoidReference, 2.31, 87.33654f),
        "erf", new Case(F32Math::erf, F32MathTest::erfReference, 2, INF),
        "sin", new Case(F32Math::sinCore, StrictMath::sin, 2, F32Math.TRIG_LIMIT),
        "cos", new Case(F32Math::cosCore, StrictMath::cos, 2, F32Math.TRIG_LIMIT)));

    static final Map<String, Case> ROUNDED = new TreeMap<>(Map.ofEntries(
        Map.entry("sin", new Case(F32Math::sin, StrictMath::sin, 2, INF)),
        Map.entry("cos", new Case(F32Math::cos, StrictMath::cos, 2, INF)),
        Map.entry("sinLarge", new Case(F32Math::sinLarge, StrictMath::sin, 0.5001, INF)),
        Map.entry("cosLarge", new Case(F32Math::cosLarge, StrictMath::cos, 0.5001, INF)),
        Map.entry("tan", new Case(F32Math::tan, StrictMath::tan, 0.5001, INF)),
        Map.entry("asin", new Case(F32Math::asin, StrictMath::asin, 0.5001, INF)),
        Map.entry("acos", new Case(F32Math::acos, StrictMath::acos, 0.5001, INF)),
        Map.entry("atan", new Case(F32Math::atan, StrictMath::atan, 0.5001, INF)),
        Map.entry("sinh", new Case(F32Math::sinh, StrictMath::sinh, 0.5001, INF)),
        Map.entry("cosh", new Case(F32Math::cosh, StrictMath::cosh, 0.5001, INF)),
        Map.entry("cbrt", new Case(F32Math::cbrt, StrictMath::cbrt, 0.5001, INF)),
        Map.entry("exp2", new Case(F32Math::exp2, x -> StrictMath.pow(2, x), 0.5001, INF)),
        Map.entry("log2", new Case(F32Math::log2, x -> StrictMath.log(x) / StrictMath.log(2), 0.5001, INF)),
        Map.entry("log10", new Case(F32Math::log10, StrictMath::log10, 0.5001, INF)),
        Map.entry("asinh", new Case(F32Math::asinh, F32MathTest::asinhReference, 0.5001, INF)),
        Map.entry("acosh", new Case(F32Math::acosh, F32MathTest::acoshReference, 0.5001, INF)),
        Map.entry("atanh", new Case(F32Math::atanh,
            x -> 0.5 * StrictMath.log1p(2 * x / (1 - x)), 0.5001, INF))));

    static double sigmoidReference(double x) {
        double e = StrictMath.exp(-StrictMath.abs(x));
        return (x < 0 ? e : 1) / (1 + e);
    }

    private static double asinhReference(double x) {
        double a = StrictMath.abs(x);
        return a > Double.MAX_VALUE ? x
            : StrictMath.copySign(StrictMath.log1p(a + a * a / (1 + StrictMath.sqrt(1 + a * a))), x);
    }

    private static double acoshReference(double x) {
        double t = x - 1;
        return t < 0 ? Double.NaN : StrictMath.log1p(t + StrictMath.sqrt(t * t + 2 * t));
    }

    /** Taylor series (all terms positive, after a factor exp(-x^2)) up to 3, continued fraction above. */
    static double erfReference(double x) {
        double a = StrictMath.abs(x);
        if (!(a < 6)) {
            return StrictMath.signum(x);
        }
        double scale = StrictMath.exp(-a * a) / StrictMath.sqrt(StrictMath.PI);
        if (a < 3) {
            double term = 2 * x;
            double sum = term;
            for (int n = 1; StrictMath.abs(term) > 1e-18 * StrictMath.abs(sum); n++) {
                term *= 2 * x * x / (2 * n + 1);
                sum += term;
            }
            return sum * scale;
        }
        double t = a;
        for (int n = 60; n > 0; n--) {
            t = a + n * 0.5 / t;
        }
        return StrictMath.copySign(1 - scale / t, x);
    }

    /** The error of {@code y} in ulp of the float nearest to {@code r}; infinite where only one of them is NaN. */
    static double error(float y, double r) {
        if (r != r || y != y) {
            return r != r && y != y ? 0 : Double.POSITIVE_INFINITY;
        }
        if (Math.abs(y) == INF) {
            return Math.abs(r) >= 0x1.ffffffp127 && (r > 0) == (y > 0) ? 0 : Double.POSITIVE_INFINITY;
        }
        int e = Math.max(Math.getExponent(r), Float.MIN_EXPONENT);
        return Math.abs(r) == Double.POSITIVE_INFINITY ? r
            : Math.abs(y - r) * Double.longBitsToDouble((long) (1023 + 23 - e) << 52);
    }

    /** The worst error over every {@code stride}-th bit pattern: {error, bits of its argument}. */
    static double[] worst(Case c, int stride) {
        return IntStream.range(0, 1024).parallel().mapToObj(part -> {
            long from = (long) part << 22;
            double max = -1;
            int where = 0;
            for (long i = (from + stride - 1) / stride * stride; i < from + (1 << 22); i += stride) {
                float x = Float.intBitsToFloat((int) i);
                if (!(Math.abs(x) > c.limit)) {
                    double e = error(c.f.apply(x), c.reference.applyAsDouble(x));
                    if (e > max) {
                        max = e;
                        where = (int) i;
                    }
                }
            }
            return new double[] {max, where};
        }).reduce((a, b) -> a[0] >= b[0] ? a : b).orElseThrow();
    }

    private static void checkAll(Map<String, Case> cases, int stride) {
        cases.forEach((name, c) -> {
            double[] w = worst(c, stride);
            assertTrue(w[0] <= c.bound, () -> name + " is off by " + w[0] + " ulp at "
                + Float.intBitsToFloat((int) w[1]));
        });
    }

    @Test
    void straightLineFunctionsKeepTheirBounds() {
        checkAll(STRAIGHT, Boolean.getBoolean("lathe.exhaustive")
            || "".equals(System.getProperty("lathe.exhaustive")) ? 1 : 3989);
    }

    @Test
    void functionsByWayOfDoubleAreNearlyExact() {
        checkAll(ROUNDED, 19997);
    }

    @Test
    void edgesAndSubnormalsKeepTheBounds() {
        Map<String, Case> all = new TreeMap<>(ROUNDED);
        STRAIGHT.forEach((n, c) -> all.put(n + " straight", c));
        all.forEach((name, c) -> {
            for (int exponent = 0; exponent <= 255; exponent++) {
                for (int near = -40; near <= 40; near++) {
                    for (int sign = 0; sign < 2; sign++) {
                        int bits = (exponent << 23) + near & 0x7fffffff | sign << 31;
                        float x = Float.intBitsToFloat(bits);
                        if (!(Math.abs(x) > c.limit)) {
                            double e = error(c.f.apply(x), c.reference.applyAsDouble(x));
                            assertTrue(e <= c.bound, () -> name + " is off by " + e + " ulp at " + x);
                        }
                    }
                }
            }
        });
    }

    private static void same(float expected, float actual) {
        assertEquals(Float.floatToRawIntBits(expected), Float.floatToRawIntBits(actual),
            () -> expected + " expected, not " + actual);
    }

    @Test
    void oddFunctionsKeepTheSignOfZero() {
        for (float zero : new float[] {0f, -0f}) {
            for (FloatFunction f : new FloatFunction[] {F32Math::expm1, F32Math::log1p, F32Math::tanh, F32Math::erf,
                F32Math::sin, F32Math::sinCore, F32Math::sinLarge, F32Math::tan, F32Math::asin, F32Math::atan,
                F32Math::sinh, F32Math::asinh, F32Math::atanh, F32Math::cbrt}) {
                same(zero, f.apply(zero));
            }
        }
    }

    @Test
    void specialValues() {
        same(INF, F32Math.exp(INF));
        same(0f, F32Math.exp(-INF));
        same(1f, F32Math.exp(-0f));
        same(INF, F32Math.exp(88.72284f));
        same(Float.MIN_VALUE, F32Math.exp(-103.9f));
        same(-1f, F32Math.expm1(-INF));
        same(INF, F32Math.expm1(INF));
        same(-INF, F32Math.log(0f));
        same(-INF, F32Math.log(-0f));
        same(NAN, F32Math.log(-Float.MIN_VALUE));
        same(NAN, F32Math.log(-INF));
        same(INF, F32Math.log(INF));
        same(0f, F32Math.log(1f));
        same(-INF, F32Math.log1p(-1f));
        same(NAN, F32Math.log1p(-1.0000001f));
        same(INF, F32Math.log1p(INF));
        same(-1f, F32Math.tanh(-INF));
        same(1f, F32Math.erf(INF));
        same(0f, F32Math.sigmoid(-INF));
        same(0.5f, F32Math.sigmoid(-0f));
        same(1f, F32Math.sigmoid(INF));
        same(NAN, F32Math.sin(INF));
        same(NAN, F32Math.cos(-INF));
        same(1f, F32Math.cos(-0f));
        same(3f, F32Math.log2(8f));
        same(-149f, F32Math.log2(Float.MIN_VALUE));
        same(5f, F32Math.log10(100000f));
        same(3f, F32Math.cbrt(27f));
        same(-0f, F32Math.pow(-0f, 3f));
        same(-INF, F32Math.pow(-0f, -3f));
        same(1f, F32Math.pow(NAN, 0f));
        same(NAN, F32Math.pow(-8f, 1 / 3f));
        same(-8f, F32Math.pow(-2f, 3f));
        same((float) -Math.PI, F32Math.atan2(-0f, -0f));
    }

    @Test
    void smallLogisticsFadeOut() {
        float last = Float.MIN_NORMAL * 1.001f;
        for (float x = -87.33654f; x > -110; x = Math.nextDown(x)) {
            float y = F32Math.sigmoid(x);
            assertTrue(Math.abs(y - sigmoidReference(x)) < Float.MIN_NORMAL, "" + x);
            assertTrue(y <= last && (x > -87.7f || y == 0), "" + x);
            last = y * (1 + 0x1p-21f);
        }
        same(1f, F32Math.sigmoid(89f));
    }

    @Test
    void aNanGivesTheCanonicalNan() {
        for (int bits : new int[] {0x7fc00000, 0x7f800001, 0xffc12345, 0xff800001}) {
            float x = Float.intBitsToFloat(bits);
            // which NaN the logistic function gives is left to the machine
            STRAIGHT.forEach((name, c) -> {
                float y = c.f.apply(x);
                same(NAN, name.equals("sigmoid") && y != y ? NAN : y);
            });
            ROUNDED.values().forEach(c -> same(NAN, c.f.apply(x)));
        }
    }

    public static void main(String[] args) {
        for (String name : args.length > 1 ? java.util.Arrays.asList(args).subList(1, args.length)
            : STRAIGHT.keySet()) {
            long start = System.nanoTime();
            double[] w = worst(STRAIGHT.get(name), Integer.parseInt(args[0]));
            System.out.printf("%-8s %.4f ulp at %s (%.0f s)%n", name, w[0], Float.intBitsToFloat((int) w[1]),
                (System.nanoTime() - start) / 1e9);
        }
    }
}
