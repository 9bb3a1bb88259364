package dev.lathe.compiler.paddle;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lathe.runtime.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.LongBinaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What functions of one and two elements give, beside what PaddlePaddle defines them as. */
class ElementRowsTest {
    private static final int BOOL = 0;
    private static final int I32 = 2;
    private static final int I64 = 3;
    private static final float[] ANY = {-25, -7.5f, -3, -2.5f, -1.5f, -0.75f, -0.5f, -0.1f, 0, 0.1f, 0.5f, 0.6f, 1, 1.5f, 2.5f, 3, 4.75f, 6.5f, 21, 30};
    private static final float[] ABOVE = {0.01f, 0.1f, 0.5f, 1, 1.75f, 2, 3.5f, 10, 77};

    @TempDir
    Path dir;

    private record Function(String op, DoubleUnaryOperator meaning, Object... attrs) {}

    private void functions(float[] x, Function... all) {
        TestProgram p = new TestProgram().input("x", 0, x.length);
        for (int i = 0; i < all.length; i++) {
            p.op(all[i].op, Map.of("X", "x"), Map.of("Out", "y" + i), all[i].attrs).output("y" + i);
        }
        List<Tensor> y = p.run(dir, "x", Tensor.ofFloats(x, x.length));
        for (int i = 0; i < all.length; i++) {
            float[] got = y.get(i).toFloats();
            for (int k = 0; k < x.length; k++) {
                double want = all[i].meaning.applyAsDouble(x[k]);
                assertEquals(want, got[k], 2e-6 * Math.max(1, Math.abs(want)), all[i].op + " of " + x[k]);
            }
        }
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    private static double between(double x, double least, double most) {
        return Math.min(Math.max(x, least), most);
    }

    /** By its series, which is exact enough between -3 and 3. */
    private static double erf(double x) {
        double term = x;
        double sum = x;
        for (int n = 1; n < 80; n++) {
            term *= -x * x / n;
            sum += term / (2 * n + 1);
        }
        return Math.abs(x) > 4 ? Math.signum(x) : 2 / Math.sqrt(Math.PI) * sum;
    }

    @Test
    void functionsOfAnyNumber() {
        functions(ANY, new Function("abs", Math::abs), new Function("ceil", Math::ceil), new Function("floor", Math::floor),
                // halves go away from zero
                new Function("round", x -> Math.signum(x) * Math.floor(Math.abs(x) + 0.5)),
                new Function("cos", Math::cos), new Function("sin", Math::sin), new Function("exp", x -> Math.exp(x)), new Function("square", x -> x * x),
                new Function("reciprocal", x -> 1 / x), new Function("erf", ElementRowsTest::erf), new Function("relu", x -> Math.max(x, 0)),
                new Function("sigmoid", ElementRowsTest::sigmoid), new Function("tanh", Math::tanh), new Function("silu", x -> x * sigmoid(x)),
                new Function("swish", x -> x * sigmoid(1.5 * x), "beta", 1.5f), new Function("softsign", x -> x / (1 + Math.abs(x))),
                new Function("relu6", x -> between(x, 0, 6), "threshold", 6f), new Function("relu_clipped", x -> between(x, 0, 2), "Relu_clipped_coef", 2f),
                new Function("clip", x -> between(x, -0.6f, 2), "min", -0.6f, "max", 2f), new Function("leaky_relu", x -> x < 0 ? x * 0.1f : x, "alpha", 0.1f),
                new Function("thresholded_relu", x -> x > 0.5 ? x : 0, "threshold", 0.5f), new Function("elu", x -> x < 0 ? 0.5 * Math.expm1(x) : x, "alpha", 0.5f),
                new Function("hard_sigmoid", x -> between(0.25 * x + 0.4f, 0, 1), "slope", 0.25f, "offset", 0.4f),
                new Function("hard_swish", x -> x * between(x + 2, 0, 5) / 4, "offset", 2f, "threshold", 5f, "scale", 4f),
                new Function("softplus", x -> 2 * x > 15 ? x : Math.log1p(Math.exp(2 * x)) / 2, "beta", 2f, "threshold", 15f),
                new Function("mish", x -> x * Math.tanh(Math.log1p(Math.exp(x)))), new Function("gelu", x -> x * (1 + erf(x / Math.sqrt(2))) / 2, "approximate", false),
                new Function("gelu", x -> x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))) / 2, "approximate", true),
                new Function("pow", x -> x * x * x, "factor", 3f), new Function("share_data", x -> x), new Function("fill_zeros_like", x -> 0),
                new Function("dropout", x -> x * 0.75, "dropout_prob", 0.25f, "is_test", true, "dropout_implementation", "downgrade_in_infer"),
                new Function("scale", x -> (x + 1) * 3, "scale", 3f, "bias", 1f, "bias_after_scale", false),
                new Function("scale", x -> Math.max(0, 3 * x + 1), "scale", 3f, "bias", 1f, "activation_type", "relu"));
    }

    @Test
    void functionsOfNumbersAboveZero() {
        functions(ABOVE, new Function("log", Math::log), new Function("log1p", Math::log1p), new Function("sqrt", Math::sqrt), new Function("rsqrt", x -> 1 / Math.sqrt(x)),
                new Function("pow", x -> Math.pow(x, 0.3f), "factor", 0.3f));
    }

    @Test
    void slopesMayBelongToChannelsOrElements() {
        TestProgram p = new TestProgram().input("x", 0, 1, 2, 2).parameter("all", new float[] {0.5f}, 1).parameter("channel", new float[] {2, 3}, 2)
                .parameter("element", new float[] {1, 2, 3, 4}, 1, 2, 2);
        for (String mode : new String[] {"all", "channel", "element"}) {
            p.op("prelu", Map.of("X", "x", "Alpha", mode), Map.of("Out", "y" + mode), "mode", mode).output("y" + mode);
        }
        List<Tensor> y = p.run(dir, "x", Tensor.ofFloats(new float[] {-1, 2, -3, -4}, 1, 2, 2));
        assertArrayEquals(new float[] {-0.5f, 2, -1.5f, -2}, y.get(0).toFloats());
        assertArrayEquals(new float[] {-2, 2, -9, -12}, y.get(1).toFloats());
        assertArrayEquals(new float[] {-1, 2, -9, -16}, y.get(2).toFloats());
    }

    private static double mod(double a, double b) {
        double r = a % b;
        return r != 0 && r < 0 != b < 0 ? r + b : r;
    }

    @Test
    void functionsOfTwoNumbers() {
        float[] x = {-7, -3.5f, -1, 0.5f, 2, 3, 7, 30.6f};
        float[] z = {2, -3.5f, 3, -0.25f, 5, 3, -4, 0.1f};
        Map<String, DoubleBinaryOperator> all = new LinkedHashMap<>();
        all.put("elementwise_add", (a, b) -> a + b);
        all.put("elementwise_sub", (a, b) -> a - b);
        all.put("elementwise_mul", (a, b) -> a * b);
        all.put("elementwise_div", (a, b) -> a / b);
        all.put("elementwise_max", Math::max);
        all.put("elementwise_min", Math::min);
        all.put("elementwise_mod", ElementRowsTest::mod);
        all.put("elementwise_floordiv", (a, b) -> Math.floor((float) a / (float) b));
        List<String> names = new ArrayList<>(all.keySet());
        TestProgram p = new TestProgram().input("x", 0, 8).input("z", 0, 8);
        for (String f : names) {
            p.op(f, Map.of("X", "x", "Y", "z"), Map.of("Out", f), "axis", -1).output(f);
        }
        for (String f : names.subList(0, 6)) {
            String fused = f.replace("elementwise", "fusion_elementwise") + "_activation";
            p.op(fused, Map.of("X", "x", "Y", "z"), Map.of("Out", fused), "axis", -1, "act_type", "relu").output(fused);
        }
        p.op("atan2", Map.of("X1", "x", "X2", "z"), Map.of("Out", "angle")).output("angle");
        List<Tensor> y = p.run(dir, "x", Tensor.ofFloats(x, 8), "z", Tensor.ofFloats(z, 8));
        for (int i = 0; i < x.length; i++) {
            for (int k = 0; k < names.size(); k++) {
                double want = all.get(names.get(k)).applyAsDouble(x[i], z[i]);
                assertEquals(want, y.get(k).toFloats()[i], 1e-6 * Math.max(1, Math.abs(want)), names.get(k) + " of " + x[i] + " and " + z[i]);
                if (k < 6) {
                    assertEquals(Math.max(0, want), y.get(names.size() + k).toFloats()[i], 1e-6 * Math.max(1, Math.abs(want)), names.get(k) + " and relu");
                }
            }
            assertEquals(Math.atan2(x[i], z[i]), y.get(names.size() + 6).toFloats()[i], 1e-6);
        }
    }

    @Test
    void powersAreOfTwoTensors() {
        TestProgram p = new TestProgram().input("x", 0, 4).input("z", 0, 4).op("elementwise_pow", Map.of("X", "x", "Y", "z"), Map.of("Out", "y"), "axis", -1).output("y");
        float[] y = p.run(dir, "x", Tensor.ofFloats(new float[] {2, 3, 0.5f, 9}, 4), "z", Tensor.ofFloats(new float[] {3, -1, 2, 0.5f}, 4)).get(0).toFloats();
        assertArrayEquals(new float[] {8, 1 / 3f, 0.25f, 3}, y, 1e-6f);
    }

    @Test
    void wholeNumbersAreComparedDividedAndTakenByBits() {
        long[] x = {-7, -4, 0, 3, 12, 6};
        long[] z = {3, -4, 5, 3, 5, -4};
        Map<String, LongBinaryOperator> all = new LinkedHashMap<>();
        all.put("elementwise_mod", Math::floorMod);
        all.put("elementwise_floordiv", Math::floorDiv);
        all.put("bitwise_and", (a, b) -> a & b);
        all.put("bitwise_or", (a, b) -> a | b);
        all.put("bitwise_xor", (a, b) -> a ^ b);
        all.put("equal", (a, b) -> a == b ? 1 : 0);
        all.put("not_equal", (a, b) -> a != b ? 1 : 0);
        all.put("less_than", (a, b) -> a < b ? 1 : 0);
        all.put("less_equal", (a, b) -> a <= b ? 1 : 0);
        all.put("greater_than", (a, b) -> a > b ? 1 : 0);
        all.put("greater_equal", (a, b) -> a >= b ? 1 : 0);
        TestProgram p = new TestProgram().typed("x", I64, 0, 6).typed("z", I64, 0, 6);
        all.keySet().forEach(f -> p.op(f, Map.of("X", "x", "Y", "z"), Map.of("Out", f), "axis", -1)
                .op("cast", Map.of("X", f), Map.of("Out", f + "_"), "in_dtype", I64, "out_dtype", I64).output(f + "_"));
        p.op("bitwise_not", Map.of("X", "x"), Map.of("Out", "not")).output("not");
        List<Tensor> y = p.run(dir, "x", Tensor.ofLongs(x, 6), "z", Tensor.ofLongs(z, 6));
        int k = 0;
        for (Map.Entry<String, LongBinaryOperator> f : all.entrySet()) {
            for (int i = 0; i < x.length; i++) {
                assertEquals(f.getValue().applyAsLong(x[i], z[i]), y.get(k).toLongs()[i], f.getKey() + " of " + x[i] + " and " + z[i]);
            }
            k++;
        }
        assertArrayEquals(new long[] {6, 3, -1, -4, -13, -7}, y.get(k).toLongs());
    }

    @Test
    void truthIsCombined() {
        TestProgram p = new TestProgram().typed("x", BOOL, 0, 4).typed("z", BOOL, 0, 4);
        for (String f : new String[] {"logical_and", "logical_or", "logical_xor", "bitwise_and", "bitwise_xor"}) {
            p.op(f, Map.of("X", "x", "Y", "z"), Map.of("Out", f)).op("cast", Map.of("X", f), Map.of("Out", f + "_"), "in_dtype", BOOL, "out_dtype", I32).output(f + "_");
        }
        p.op("logical_not", Map.of("X", "x"), Map.of("Out", "n")).op("cast", Map.of("X", "n"), Map.of("Out", "n_"), "in_dtype", BOOL, "out_dtype", I32).output("n_")
                .op("where", Map.of("Condition", "x", "X", "logical_and_", "Y", "logical_xor_"), Map.of("Out", "w")).output("w");
        List<Tensor> y = p.run(dir, "x", Tensor.ofBooleans(new boolean[] {false, false, true, true}, 4), "z", Tensor.ofBooleans(new boolean[] {false, true, false, true}, 4));
        assertArrayEquals(new int[] {0, 0, 0, 1}, y.get(0).toInts());
        assertArrayEquals(new int[] {0, 1, 1, 1}, y.get(1).toInts());
        assertArrayEquals(new int[] {0, 1, 1, 0}, y.get(2).toInts());
        assertArrayEquals(new int[] {0, 0, 0, 1}, y.get(3).toInts());
        assertArrayEquals(new int[] {0, 1, 1, 0}, y.get(4).toInts());
        assertArrayEquals(new int[] {1, 1, 0, 0}, y.get(5).toInts());
        assertArrayEquals(new int[] {0, 1, 0, 1}, y.get(6).toInts());
    }

    @Test
    void smallerOperandsBeginAtAnAxis() {
        TestProgram p = new TestProgram().input("x", 0, 2, 3, 2).input("z", 0, 3).input("t", 0, 2, 1, 1)
                .op("elementwise_sub", Map.of("X", "x", "Y", "z"), Map.of("Out", "a"), "axis", 1).output("a")
                .op("elementwise_div", Map.of("X", "x", "Y", "t"), Map.of("Out", "b"), "axis", 0).output("b");
        float[] x = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
        List<Tensor> y = p.run(dir, "x", Tensor.ofFloats(x, 2, 3, 2), "z", Tensor.ofFloats(new float[] {1, 10, 100}, 3), "t", Tensor.ofFloats(new float[] {1, 2}, 2, 1, 1));
        assertArrayEquals(new float[] {0, 1, -7, -6, -95, -94, 6, 7, -1, 0, -89, -88}, y.get(0).toFloats());
        assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6, 3.5f, 4, 4.5f, 5, 5.5f, 6}, y.get(1).toFloats());
    }

    @Test
    void someDerivativesAreComputedByPrograms() {
        TestProgram p = new TestProgram().input("x", 0, 3).input("o", 0, 3).input("g", 0, 3)
                .op("relu_grad", Map.of("Out", "o", "Out@GRAD", "g"), Map.of("X@GRAD", "a")).output("a")
                .op("tanh_grad", Map.of("Out", "o", "Out@GRAD", "g"), Map.of("X@GRAD", "b")).output("b")
                .op("square_grad", Map.of("X", "x", "Out@GRAD", "g"), Map.of("X@GRAD", "c")).output("c");
        List<Tensor> y = p.run(dir, "x", Tensor.ofFloats(new float[] {1, 2, -3}, 3), "o", Tensor.ofFloats(new float[] {0, 0.5f, 2}, 3), "g", Tensor.ofFloats(new float[] {5, 7, 11}, 3));
        assertArrayEquals(new float[] {0, 7, 11}, y.get(0).toFloats());
        assertArrayEquals(new float[] {5, 7 * 0.75f, -33}, y.get(1).toFloats());
        assertArrayEquals(new float[] {10, 28, -66}, y.get(2).toFloats());
    }
}
