package dev.lathe.codegen.lib;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;

import org.junit.jupiter.api.Test;

/** Accuracy of the double functions: against a table of correctly rounded results, and against StrictMath. */
class F64MathTest {
    private static final double INF = Double.POSITIVE_INFINITY;
    private static final double NAN = Double.NaN;

    static final Map<String, DoubleUnaryOperator> UNARY = new TreeMap<>(Map.ofEntries(
        Map.entry("exp", F64Math::exp), Map.entry("exp2", F64Math::exp2), Map.entry("expm1", F64Math::expm1),
        Map.entry("log", F64Math::log), Map.entry("log2", F64Math::log2), Map.entry("log10", F64Math::log10),
        Map.entry("log1p", F64Math::log1p), Map.entry("sin", F64Math::sin), Map.entry("cos", F64Math::cos),
        Map.entry("tan", F64Math::tan), Map.entry("asin", F64Math::asin), Map.entry("acos", F64Math::acos),
        Map.entry("atan", F64Math::atan), Map.entry("sinh", F64Math::sinh), Map.entry("cosh", F64Math::cosh),
        Map.entry("tanh", F64Math::tanh), Map.entry("asinh", F64Math::asinh), Map.entry("acosh", F64Math::acosh),
        Map.entry("atanh", F64Math::atanh), Map.entry("erf", F64Math::erf), Map.entry("cbrt", F64Math::cbrt),
        Map.entry("sigmoid", F64Math::sigmoid)));

    static final Map<String, DoubleBinaryOperator> BINARY = new TreeMap<>(Map.of(
        "pow", F64Math::pow, "atan2", F64Math::atan2));

    private static final Map<String, DoubleUnaryOperator> STRICT = new TreeMap<>(Map.ofEntries(
        Map.entry("exp", StrictMath::exp), Map.entry("expm1", StrictMath::expm1), Map.entry("log", StrictMath::log),
        Map.entry("log10", StrictMath::log10), Map.entry("log1p", StrictMath::log1p),
        Map.entry("sin", StrictMath::sin), Map.entry("cos", StrictMath::cos), Map.entry("tan", StrictMath::tan),
        Map.entry("asin", StrictMath::asin), Map.entry("acos", StrictMath::acos),
        Map.entry("atan", StrictMath::atan), Map.entry("sinh", StrictMath::sinh),
        Map.entry("cosh", StrictMath::cosh), Map.entry("tanh", StrictMath::tanh),
        Map.entry("cbrt", StrictMath::cbrt)));

    private static void assertNear(String what, double expected, double actual, double ulps) {
        assertTrue(expected == actual || expected != expected && actual != actual
            || Math.abs(expected - actual) <= ulps * Math.ulp(expected),
            () -> what + ": " + expected + " expected, not " + actual);
    }

    /** Both signs, half of them over all exponents, half within a few units of 0. */
    static double[] arguments(int n) {
        Random random = new Random(7);
        double[] x = new double[n];
        for (int i = 0; i < n; i++) {
            x[i] = i % 4 == 0 ? Double.longBitsToDouble(random.nextLong()) : i % 4 == 1 ? random.nextGaussian() * 30
                : i % 4 == 2 ? random.nextDouble() * 2 - 1 : random.nextGaussian() * StrictMath.pow(2, i % 61 - 40);
        }
        return x;
    }

    @Test
    void resultsAgreeWithTheTable() throws IOException {
        int n = 0;
        try (BufferedReader in = new BufferedReader(new InputStreamReader(
            F64MathTest.class.getResourceAsStream("f64math.txt"), StandardCharsets.US_ASCII))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                if (line.startsWith("#")) {
                    continue;
                }
                String[] part = line.split(" ");
                double[] v = new double[part.length - 1];
                for (int i = 0; i < v.length; i++) {
                    v[i] = Double.longBitsToDouble(Long.parseUnsignedLong(part[i + 1], 16));
                }
                double y = v.length == 2 ? UNARY.get(part[0]).applyAsDouble(v[0])
                    : BINARY.get(part[0]).applyAsDouble(v[0], v[1]);
                assertNear(line, v[v.length - 1], y, 2);
                n++;
            }
        }
        assertEquals(40 * (UNARY.size() + BINARY.size()), n);
    }

    @Test
    void resultsAgreeWithStrictMath() {
        double[] x = arguments(100_000);
        STRICT.forEach((name, f) -> {
            for (double a : x) {
                assertNear(name + " " + a, f.applyAsDouble(a), UNARY.get(name).applyAsDouble(a), 3.5);
            }
        });
        for (int i = 1; i < x.length; i++) {
            double a = x[i - 1];
            double b = x[i];
            assertNear("atan2 " + a + " " + b, StrictMath.atan2(a, b), F64Math.atan2(a, b), 2.5);
            assertNear("pow " + a + " " + b, StrictMath.pow(a, b), F64Math.pow(a, b), 2);
            assertNear("pow " + a + " " + i, StrictMath.pow(a, i), F64Math.pow(a, i), 2);
            assertNear("sigmoid " + a, F32MathTest.sigmoidReference(a), F64Math.sigmoid(a), 4);
            assertNear("erf " + a, F32MathTest.erfReference(a), F64Math.erf(a), 40);
        }
    }

    /** pow's special cases are those of StrictMath, except that of C99 for 1 and NaN, and -1 and infinity. */
    @Test
    void specialPairs() {
        double[] v = {0, -0.0, 1, -1, 2, -2, 3, -3, 0.5, -0.5, INF, -INF, NAN, Double.MIN_VALUE, -Double.MIN_VALUE,
            Double.MAX_VALUE, -Double.MAX_VALUE, 0x1p53, 0x1p53 + 2, 0x1p53 - 1, -(0x1p53 - 1), 1e300, 1e-300, 10,
            1 + 0x1p-52, 1 - 0x1p-53};
        for (double a : v) {
            for (double b : v) {
                double expected = a == 1 || a == -1 && Double.isInfinite(b) ? 1 : StrictMath.pow(a, b);
                assertNear("pow " + a + " " + b, expected, F64Math.pow(a, b), 1);
                if (expected == expected) {
                    same(Math.copySign(1, expected), Math.copySign(1, F64Math.pow(a, b)));
                }
                assertNear("atan2 " + a + " " + b, StrictMath.atan2(a, b), F64Math.atan2(a, b), 1);
                if (a == a && b == b) {
                    same(Math.copySign(1, a), Math.copySign(1, F64Math.atan2(a, b)));
                }
            }
        }
    }

    private static void same(double expected, double actual) {
        assertEquals(Double.doubleToRawLongBits(expected), Double.doubleToRawLongBits(actual),
            () -> expected + " expected, not " + actual);
    }

    @Test
    void specialValues() {
        for (double x : new double[] {0.0, -0.0, Double.MIN_VALUE, -Double.MIN_VALUE}) {
            for (String f : "expm1 log1p sin tan asin atan sinh tanh asinh atanh".split(" ")) {
                same(x, UNARY.get(f).applyAsDouble(x));
            }
        }
        same(-0.0, F64Math.cbrt(-0.0));
        same(-0.0, F64Math.erf(-0.0));
        UNARY.values().forEach(f -> same(NAN, f.applyAsDouble(Double.longBitsToDouble(0xfff0000000000123L))));
        UNARY.forEach((name, f) -> {
            if (STRICT.containsKey(name)) {
                for (double x : new double[] {INF, -INF, 1, -1, 1 + 0x1p-52, -1 - 0x1p-52, -Double.MAX_VALUE,
                    Double.MAX_VALUE, Double.MIN_NORMAL, 709.782712893384, 709.7827128933841, 710.4758600739439,
                    710.47586007394398, -745.1332191019411, -745.1332191019412, -745.2,
                    0x1.6ac5b262ca1ffp849, 0x1.921fb54442d18p0, -0x1.921fb54442d18p1}) {
                    assertNear(name + " " + x, STRICT.get(name).applyAsDouble(x), f.applyAsDouble(x), 2);
                }
            }
        });
        for (int k = -1074; k <= 1023; k++) {
            double p = k < -1022 ? Double.longBitsToDouble(1L << k + 1074) : Math.scalb(1.0, k);
            same(k, F64Math.log2(p));
            same(p, F64Math.exp2(k));
        }
        for (int k = 0; k <= 22; k++) {
            same(k, F64Math.log10(Double.parseDouble("1e" + k)));
        }
        same(INF, F64Math.exp2(1024));
        same(0, F64Math.exp2(-1076));
        same(INF, F64Math.asinh(INF));
        same(INF, F64Math.acosh(INF));
        same(0, F64Math.acosh(1));
        same(NAN, F64Math.acosh(0.999));
        same(-INF, F64Math.atanh(-1));
        same(NAN, F64Math.atanh(1.001));
        same(-1, F64Math.erf(-INF));
        same(0, F64Math.sigmoid(-INF));
        same(1, F64Math.sigmoid(INF));
    }
}
