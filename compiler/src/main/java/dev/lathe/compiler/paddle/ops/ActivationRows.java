package dev.lathe.compiler.paddle.ops;

import static dev.lathe.compiler.paddle.PaddleTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.paddle.PaddleNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Functions of one element. */
public final class ActivationRows {
    private static final List<String> CORE = List.of("relu", "sigmoid", "tanh", "exp", "expm1", "sqrt", "abs", "floor", "ceil", "log", "log1p",
            "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh_shrink", "erf", "sign");

    private ActivationRows() {}

    public static void register() {
        CORE.stream().filter(f -> !f.equals("tanh_shrink")).forEach(f -> add(f, n -> n.out(n.op(f, n.need("X")))));
        add("round", n -> n.out(n.need("X").elem().isFloat() ? rounded(n, n.need("X")) : n.op("identity", n.need("X"))));
        add("tanh_shrink", n -> n.out(n.op("sub", n.need("X"), n.op("tanh", n.need("X")))));
        add("relu6", n -> n.out(n.between(n.need("X"), 0, n.real("threshold", 6))));
        add("brelu", n -> n.out(n.between(n.need("X"), n.real("t_min", 0), n.real("t_max", 24))));
        add("clip", ActivationRows::clip);
        add("leaky_relu", n -> n.out(n.onnx("LeakyRelu", new Object[] {"alpha", n.real("alpha", 0.02)}, n.need("X"))));
        add("elu", n -> n.out(n.onnx("Elu", new Object[] {"alpha", n.real("alpha", 1)}, n.need("X"))));
        add("selu", n -> n.out(n.onnx("Selu", new Object[] {"gamma", n.real("scale", 1.0507009873554805), "alpha", n.real("alpha", 1.6732632423543772)}, n.need("X"))));
        add("softsign", n -> n.out(n.onnx("Softsign", n.need("X"))));
        add("softplus", ActivationRows::softplus);
        add("mish", n -> n.out(n.onnx("Mish", n.need("X"))));
        add("gelu", n -> n.out(n.onnx("Gelu", new Object[] {"approximate", n.flag("approximate", false) ? "tanh" : "none"}, n.need("X"))));
        add("reciprocal", n -> n.out(n.onnx("Reciprocal", n.need("X"))));
        add("rsqrt", n -> n.out(n.onnx("Reciprocal", n.op("sqrt", n.need("X")))));
        add("square", n -> n.out(n.op("mul", n.need("X"), n.need("X"))));
        add("logsigmoid", n -> n.out(n.op("neg", n.onnx("Softplus", n.op("neg", n.need("X"))))));
        add("thresholded_relu", n -> {
            Value x = n.need("X");
            n.out(n.op("where", n.op("gt", x, n.like(x, n.real("threshold", 1))), x, n.like(x, 0)));
        });
        add("hard_shrink", n -> n.out(n.onnx("Shrink", new Object[] {"lambd", n.real("threshold", 0.5), "bias", 0.0}, n.need("X"))));
        add("softshrink", n -> n.out(n.onnx("Shrink", new Object[] {"lambd", n.real("lambda", 0.5), "bias", n.real("lambda", 0.5)}, n.need("X"))));
        add("swish", n -> {
            Value x = n.need("X");
            float beta = n.real("beta", 1);
            n.out(n.op("mul", x, n.op("sigmoid", beta == 1 ? x : n.op("mul", x, n.like(x, beta)))));
        });
        add("silu", n -> n.out(n.op("mul", n.need("X"), n.op("sigmoid", n.need("X")))));
        add("stanh", n -> {
            Value x = n.need("X");
            n.out(n.op("mul", n.op("tanh", n.op("mul", x, n.like(x, n.real("scale_a", 0.67)))), n.like(x, n.real("scale_b", 1.7159))));
        });
        add("hard_sigmoid", n -> n.out(n.onnx("HardSigmoid", new Object[] {"alpha", n.real("slope", 0.2), "beta", n.real("offset", 0.5)}, n.need("X"))));
        add("hard_swish", ActivationRows::hardSwish);
        add("prelu", ActivationRows::prelu);
        add("pow", n -> {
            Value x = n.need("X");
            Value p = n.has("FactorTensor") ? n.cast(n.need("FactorTensor"), x.elem()) : n.like(x, n.real("factor", 1));
            n.out(n.op("pow", x, p.rank() == 0 ? p : n.reshape(p, List.of())));
        });
    }

    /** The nearest whole number; of two that are as near the one further from zero. */
    static Value rounded(PaddleNode n, Value x) {
        Value size = n.op("abs", x);
        Value whole = n.op("floor", size);
        Value more = n.op("ge", n.op("sub", size, whole), n.like(x, 0.5));
        return n.op("mul", n.op("sign", x), n.op("where", more, n.op("add", whole, n.like(x, 1)), whole));
    }

    private static void clip(PaddleNode n) {
        Value x = n.need("X");
        Value least = n.has("Min") ? n.reshape(n.cast(n.need("Min"), x.elem()), List.of()) : n.like(x, n.real("min", 0));
        Value most = n.has("Max") ? n.reshape(n.cast(n.need("Max"), x.elem()), List.of()) : n.like(x, n.real("max", 0));
        n.out(n.op("min", n.op("max", x, least), most));
    }

    private static void softplus(PaddleNode n) {
        Value x = n.need("X");
        float beta = n.real("beta", 1);
        float threshold = n.real("threshold", 20);
        Value bx = beta == 1 ? x : n.op("mul", x, n.like(x, beta));
        Value y = n.onnx("Softplus", bx);
        y = beta == 1 ? y : n.op("div", y, n.like(x, beta));
        n.out(n.op("where", n.op("gt", bx, n.like(x, threshold)), x, y));
    }

    private static void hardSwish(PaddleNode n) {
        Value x = n.need("X");
        Value t = n.between(n.op("add", x, n.like(x, n.real("offset", 3))), 0, n.real("threshold", 6));
        n.out(n.op("div", n.op("mul", x, t), n.like(x, n.real("scale", 6))));
    }

    private static void prelu(PaddleNode n) {
        Value x = n.need("X");
        Value slope = n.need("Alpha");
        List<Dim> dims = new ArrayList<>(Collections.nCopies(x.rank(), Dim.ONE));
        switch (n.text("mode", "all")) {
            case "all" -> { }
            case "channel" -> {
                int axis = n.text("data_format", "NCHW").equals("NHWC") ? x.rank() - 1 : 1;
                dims.set(axis, slope.tensor().size());
            }
            case "element" -> {
                for (int i = 1; i < x.rank(); i++) {
                    dims.set(i, x.dim(i));
                }
            }
            default -> throw n.unsupported("mode " + n.text("mode", ""));
        }
        n.out(n.op("prelu", x, n.reshape(slope, dims)));
    }
}
