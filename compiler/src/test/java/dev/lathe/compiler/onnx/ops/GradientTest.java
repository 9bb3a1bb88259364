package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ops.OnnxGraph.number;
import static dev.lathe.compiler.onnx.ops.OnnxGraph.numbers;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.codegen.interp.ProgramRun;
import dev.lathe.codegen.program.Program;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.lower.ProgramBuilder;
import dev.lathe.compiler.lower.TargetInfo;
import dev.lathe.compiler.onnx.proto.WireWriter;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.Datum;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Derivatives against differences of the function itself. */
class GradientTest {
    private static final String GRADIENT = "ai.onnx.preview.training.Gradient";

    private static WireWriter text(String name, String v) {
        return new WireWriter().string(1, name).string(4, v).int64(20, 3);
    }

    private static WireWriter texts(String name, String... v) {
        WireWriter w = new WireWriter().string(1, name).int64(20, 8);
        for (String s : v) {
            w.string(9, s);
        }
        return w;
    }

    private static double[] values(int seed, int n) {
        Random r = new Random(seed);
        return r.doubles(n, 0.2, 0.8).toArray();
    }

    private static Tensor weights(int seed, int... dims) {
        return new Tensor(ElementType.F64, dims, values(seed, Tensor.count(dims)));
    }

    private static dev.lathe.runtime.Tensor input(int seed, int... dims) {
        return dev.lathe.runtime.Tensor.of(ElementType.F64, values(seed, Tensor.count(dims)), dims);
    }

    /** The sum of y times weights and its derivatives by the named inputs. */
    private static void check(OnnxGraph g, int opset, double tolerance, List<dev.lathe.runtime.Tensor> inputs, String... xs) {
        g.node("Mul", "y y_weights", "weighted").node("ReduceSum", "weighted", "loss", number("keepdims", 0)).out("loss");
        List<String> names = new ArrayList<>();
        for (String x : xs) {
            names.add("d_" + x);
        }
        g.node(GRADIENT, String.join(" ", xs), String.join(" ", names), texts("xs", xs), text("y", "loss")).out(names.toArray(new String[0]));
        Program p = ProgramBuilder.build(g.read(opset, false), TargetInfo.PORTABLE, k -> k);
        List<Object> data = new ArrayList<>();
        inputs.forEach(t -> data.add(((double[]) t.array()).clone()));
        List<int[]> dims = inputs.stream().map(dev.lathe.runtime.Tensor::shape).toList();
        List<ProgramRun.Result> r = ProgramRun.run(p, data, dims);
        double h = 1e-5;
        for (int k = 0; k < xs.length; k++) {
            double[] got = (double[]) r.get(1 + k).array();
            double[] x = (double[]) data.get(k);
            assertEquals(x.length, got.length);
            for (int i = 0; i < x.length; i++) {
                double at = x[i];
                x[i] = at + h;
                double more = ((double[]) ProgramRun.run(p, data, dims).get(0).array())[0];
                x[i] = at - h;
                double less = ((double[]) ProgramRun.run(p, data, dims).get(0).array())[0];
                x[i] = at;
                double want = (more - less) / (2 * h);
                assertEquals(want, got[i], tolerance * Math.max(1, Math.abs(want)), "d_" + xs[k] + "[" + i + "]");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Neg", "Abs", "Sqrt", "Exp", "Log", "Sin", "Cos", "Tan", "Asin", "Acos", "Atan", "Sinh", "Cosh", "Tanh", "Asinh", "Atanh", "Erf",
        "Sigmoid", "Relu", "Softplus", "Softsign", "Elu", "LeakyRelu", "HardSigmoid", "Gelu", "Mish", "Selu", "Reciprocal", "Softmax", "LogSoftmax",
        "ReduceMax", "ReduceMean", "ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceLogSumExp", "Identity", "Floor"})
    void functionsOfOne(String op) {
        check(OnnxGraph.of("g").in("x", input(1, 2, 3)).weight("y_weights", weights(2, 2, 3)).node(op, "x", "y"), 20, 1e-7, List.of(input(1, 2, 3)), "x");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Add", "Sub", "Mul", "Div", "Pow", "Max", "Min", "PRelu"})
    void functionsOfTwo(String op) {
        List<dev.lathe.runtime.Tensor> in = List.of(input(1, 2, 3), input(2, 2, 3));
        check(OnnxGraph.of("g").in("a", in.get(0)).in("b", in.get(1)).weight("y_weights", weights(3, 2, 3)).node(op, "a b", "y"), 20, 1e-7, in, "a", "b");
        List<dev.lathe.runtime.Tensor> narrow = List.of(input(1, 2, 2, 3), input(2, 2, 1));
        check(OnnxGraph.of("g").in("a", narrow.get(0)).in("b", narrow.get(1)).weight("y_weights", weights(3, 2, 2, 3)).node(op, "a b", "y"), 20, 1e-7, narrow, "a", "b");
    }

    @Test
    void products() {
        List<dev.lathe.runtime.Tensor> in = List.of(input(1, 2, 3, 4), input(2, 4, 2), input(3, 2));
        check(OnnxGraph.of("g").in("a", in.get(0)).in("b", in.get(1)).in("c", in.get(2)).weight("y_weights", weights(4, 2, 3, 2))
                .node("MatMul", "a b", "ab").node("Add", "ab c", "y"), 20, 1e-7, in, "a", "b", "c");
        List<dev.lathe.runtime.Tensor> flat = List.of(input(1, 3, 4), input(2, 2, 4), input(3, 2));
        check(OnnxGraph.of("g").in("a", flat.get(0)).in("b", flat.get(1)).in("c", flat.get(2)).weight("y_weights", weights(4, 3, 2))
                .node("Gemm", "a b c", "y", number("transB", 1)), 20, 1e-7, flat, "a", "b", "c");
    }

    @Test
    void convolutions() {
        List<dev.lathe.runtime.Tensor> in = List.of(input(1, 2, 2, 6, 5), input(2, 3, 2, 3, 2), input(3, 3));
        check(OnnxGraph.of("g").in("x", in.get(0)).in("w", in.get(1)).in("b", in.get(2)).weight("y_weights", weights(4, 2, 3, 3, 4))
                .node("Conv", "x w b", "y", numbers("strides", 2, 1), numbers("pads", 1, 0, 1, 0)), 20, 1e-7, in, "x", "w", "b");
        List<dev.lathe.runtime.Tensor> groups = List.of(input(1, 1, 4, 7), input(2, 6, 2, 2));
        check(OnnxGraph.of("g").in("x", groups.get(0)).in("w", groups.get(1)).weight("y_weights", weights(4, 1, 6, 3))
                .node("Conv", "x w", "y", number("group", 2), numbers("strides", 2), numbers("dilations", 2)), 20, 1e-7, groups, "x", "w");
    }

    @Test
    void rearrangement() {
        List<dev.lathe.runtime.Tensor> in = List.of(input(1, 2, 3), input(2, 2, 2));
        OnnxGraph g = OnnxGraph.of("g").in("x", in.get(0)).in("z", in.get(1)).weight("shape", 3, 2).weight("wide", 2, 3, 2).weight("starts", 4, 0).weight("ends", 0, 2)
                .weight("axes", 0, 1).weight("steps", -2, 1).weight("at", Tensor.ofLongs(new int[] {2, 2}, 0, 2, -1, 0)).weight("pads", 1, 0, 0, 1)
                .weight("y_weights", weights(4, 2, 2, 4)).weight("rest", -1, 2).weight("pick", Tensor.ofLongs(new int[] {1, 2}, 4, 4))
                .node("Transpose", "x", "t").node("Concat", "t z", "tz", number("axis", 0))
                .node("GatherElements", "tz pick", "picked").node("Mul", "tz picked", "scaled")
                .node("Slice", "scaled starts ends axes steps", "s").node("Pad", "s pads", "p")
                .node("Gather", "p at", "y0").node("Concat", "y0 y0", "y1", number("axis", 2));
        g.weight("cut", 0).weight("to", 4).weight("last", 2).node("Slice", "y1 cut to last", "y");
        check(g, 20, 1e-7, in, "x", "z");
        List<dev.lathe.runtime.Tensor> one = List.of(input(1, 3, 2));
        check(OnnxGraph.of("g").in("x", one.get(0)).weight("wide", 2, 3, 2).weight("y_weights", weights(2, 2, 3, 2)).node("Expand", "x wide", "y"), 20, 1e-7, one, "x");
    }

    @Test
    void normalisation() {
        List<dev.lathe.runtime.Tensor> in = List.of(input(1, 2, 4), input(2, 4), input(3, 4));
        check(OnnxGraph.of("g").in("x", in.get(0)).in("s", in.get(1)).in("b", in.get(2)).weight("y_weights", weights(4, 2, 4))
                .node("LayerNormalization", "x s b", "y"), 20, 1e-4, in, "x", "s", "b");
    }

    @Test
    void layerNormInItsOwnOperation() {
        var x = OnnxGraph.floats(new int[] {2, 3}, 1, 2, 4, 3, 1, 1);
        var w = OnnxGraph.floats(new int[] {2, 3}, 1, -1, 2, 0, 1, 3);
        List<Datum> r = OnnxGraph.of("g").in("x", x).in("w", w).weight("s", Tensor.ofFloats(new int[] {3}, 1, 2, 3)).node("LayerNormalization", "x s", "y")
                .node("Mul", "y w", "l").node(GRADIENT, "x", "dx", texts("xs", "x"), text("y", "l")).out("dx").run(20);
        float[] got = ((dev.lathe.runtime.Tensor) r.get(0)).toFloats();
        double h = 1e-4;
        double[] at = {1, 2, 4, 3, 1, 1};
        for (int i = 0; i < 6; i++) {
            double[] more = at.clone();
            more[i] += h;
            double[] less = at.clone();
            less[i] -= h;
            assertEquals((loss(more) - loss(less)) / (2 * h), got[i], 1e-4, "element " + i);
        }
    }

    private static double loss(double[] x) {
        double[] w = {1, -1, 2, 0, 1, 3};
        double r = 0;
        for (int row = 0; row < 2; row++) {
            double m = (x[3 * row] + x[3 * row + 1] + x[3 * row + 2]) / 3;
            double v = 0;
            for (int i = 0; i < 3; i++) {
                v += (x[3 * row + i] - m) * (x[3 * row + i] - m) / 3;
            }
            for (int i = 0; i < 3; i++) {
                r += (x[3 * row + i] - m) / Math.sqrt(v + 1e-5) * (i + 1) * w[3 * row + i];
            }
        }
        return r;
    }

    @Test
    void theValuesAreThoseOfTheOperands() {
        // d(x*x*z)/dx at x=5, z=2 is 20, whatever x and z are in the model; z is no function of x
        List<Datum> r = OnnxGraph.of("g").in("x", OnnxGraph.floats(1)).in("p", OnnxGraph.floats(5)).in("q", OnnxGraph.floats(2))
                .node("Mul", "x x", "z").node("Mul", "x x", "xx").node("Mul", "xx z", "y")
                .node(GRADIENT, "p q", "dx", texts("xs", "x"), texts("zs", "z"), text("y", "y")).out("dx", "y").run(13);
        assertEquals(OnnxGraph.floats(20), r.get(0));
        assertEquals(OnnxGraph.floats(1), r.get(1));
    }

    @Test
    void whatDoesNotMatterHasTheDerivativeZero() {
        List<Datum> r = OnnxGraph.of("g").in("a", OnnxGraph.floats(1, 2)).in("b", OnnxGraph.floats(3)).node("Exp", "b", "y")
                .node(GRADIENT, "a b", "da db", texts("xs", "a", "b"), text("y", "y")).out("da", "db").run(13);
        assertEquals(OnnxGraph.floats(0, 0), r.get(0));
        assertEquals(Math.exp(3), ((dev.lathe.runtime.Tensor) r.get(1)).number(0), 1e-5);
    }

    @Test
    void operationsWithoutARuleAreNamed() {
        OnnxGraph g = OnnxGraph.of("g").in("x", OnnxGraph.floats(new int[] {1, 1, 4}, 1, 2, 3, 4)).node("MaxPool", "x", "y", numbers("kernel_shape", 2))
                .node(GRADIENT, "x", "dx", texts("xs", "x"), text("y", "y")).out("dx");
        LatheException e = assertThrows(LatheException.class, () -> g.read(13, false));
        assertTrue(e.getMessage().contains("no rule to differentiate operation pool (node \"MaxPool0\")"), e.getMessage());
    }
}
