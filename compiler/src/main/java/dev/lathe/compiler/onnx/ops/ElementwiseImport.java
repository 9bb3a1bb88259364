package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ImportTable.add;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.NodeImport;
import dev.lathe.runtime.ElementType;
import java.util.Map;
import java.util.function.BiFunction;

/** Elementwise operators and activations. */
public final class ElementwiseImport {
    private ElementwiseImport() {}

    public static void register() {
        Map<String, String> unary = Map.ofEntries(
                Map.entry("Neg", "neg"), Map.entry("Abs", "abs"), Map.entry("Sign", "sign"), Map.entry("Floor", "floor"), Map.entry("Ceil", "ceil"),
                Map.entry("Round", "round"), Map.entry("Sqrt", "sqrt"), Map.entry("Exp", "exp"), Map.entry("Log", "log"), Map.entry("Sin", "sin"),
                Map.entry("Cos", "cos"), Map.entry("Tan", "tan"), Map.entry("Asin", "asin"), Map.entry("Acos", "acos"), Map.entry("Atan", "atan"),
                Map.entry("Sinh", "sinh"), Map.entry("Cosh", "cosh"), Map.entry("Tanh", "tanh"), Map.entry("Asinh", "asinh"),
                Map.entry("Acosh", "acosh"), Map.entry("Atanh", "atanh"), Map.entry("Erf", "erf"), Map.entry("Sigmoid", "sigmoid"),
                Map.entry("Relu", "relu"), Map.entry("Not", "not"), Map.entry("BitwiseNot", "not"), Map.entry("IsNaN", "is_nan"));
        unary.forEach((onnx, core) -> add(onnx, n -> n.out(n.op(core, n.need(0)))));
        Map<String, String> binary = Map.ofEntries(
                Map.entry("Add", "add"), Map.entry("Sub", "sub"), Map.entry("Mul", "mul"), Map.entry("Div", "div"), Map.entry("And", "and"),
                Map.entry("Or", "or"), Map.entry("Xor", "xor"), Map.entry("BitwiseAnd", "and"), Map.entry("BitwiseOr", "or"),
                Map.entry("BitwiseXor", "xor"), Map.entry("Equal", "eq"), Map.entry("Less", "lt"), Map.entry("LessOrEqual", "le"),
                Map.entry("Greater", "gt"), Map.entry("GreaterOrEqual", "ge"));
        binary.forEach((onnx, core) -> add(onnx, n -> n.out(n.op(core, n.need(0), Broadcast.second(n)))));
        add("PRelu", n -> {
            Value slope = n.need(1);
            // before opset 7 a vector holds a slope for each channel
            boolean channels = n.opset() < 7 && slope.rank() == 1 && n.rank(0) > 1 && !slope.dim(0).is(1);
            n.out(n.op("prelu", n.need(0), channels ? new Calc(n).along(slope, 1, n.rank(0)) : slope));
        });
        add("Mod", n -> n.out(n.op(n.flag("fmod", false) ? "fmod" : "mod", n.need(0), n.need(1))));
        add("Pow", n -> {
            Value y = Broadcast.second(n);
            // the exponent may be of another type; the base's decides
            n.out(pow(n, n.need(0), y));
        });
        add("Where", n -> n.out(n.op("where", n.need(0), n.need(1), n.need(2))));
        add("Cast", n -> n.out(cast(n, n.need(0), n.type("to", ElementType.F32))));
        add("CastLike", n -> n.out(cast(n, n.need(0), n.elem(1))));
        add("IsInf", n -> n.out(n.op("is_inf", Attrs.of("negative", n.flag("detect_negative", true), "positive", n.flag("detect_positive", true)), n.need(0))));
        add("BitShift", n -> n.out(n.op(n.text("direction", "LEFT").equals("LEFT") ? "shl" : "shr", n.need(0), n.need(1))));
        variadic("Max", (n, v) -> n.op("max", v[0], v[1]));
        variadic("Min", (n, v) -> n.op("min", v[0], v[1]));
        variadic("Sum", (n, v) -> n.op("add", v[0], v[1]));
        add("Mean", n -> {
            Value s = n.need(0);
            for (int i = 1; i < n.inputs(); i++) {
                s = n.op("add", s, n.need(i));
            }
            n.out(n.op("div", s, n.like(0, n.inputs())));
        });
        activations();
    }

    private static void variadic(String name, BiFunction<NodeImport, Value[], Value> f) {
        add(name, n -> {
            Value r = n.need(0);
            for (int i = 1; i < n.inputs(); i++) {
                r = f.apply(n, new Value[] {r, n.need(i)});
            }
            n.out(n.inputs() == 1 ? n.op("identity", r) : r);
        });
    }

    private static Value pow(NodeImport n, Value x, Value y) {
        if (x.elem() == y.elem()) {
            return n.op("pow", x, y);
        }
        if (x.elem().isFloat()) {
            return n.op("pow", x, n.op("cast", Attrs.of("to", x.elem()), y));
        }
        // an integer base with a real exponent is raised in f64 and truncated
        Value r = n.op("pow", n.op("cast", Attrs.of("to", ElementType.F64), x), n.op("cast", Attrs.of("to", ElementType.F64), y));
        return y.elem().isFloat() ? n.op("cast", Attrs.of("to", x.elem()), r) : n.op("pow", x, n.op("cast", Attrs.of("to", x.elem()), y));
    }

    static Value cast(NodeImport n, Value x, ElementType to) {
        Attrs a = Attrs.of("to", to);
        if (n.hasAttr("saturate")) {
            a = a.with("saturate", n.flag("saturate", true));
        }
        if (x.elem() == to) {
            return n.op("identity", x);
        }
        String round = n.opset() < 24 || to != ElementType.F8E8M0 ? "up" : n.text("round_mode", "up");
        Value from = !round.equals("up") ? powers(n, x, round) : n.opset() < 24 && x.elem().isFloat() ? narrowed(n, x, to) : x;
        return n.op("cast", a, from);
    }

    // powers of two, as the mode says, so that the cast has nothing left to round up
    private static Value powers(NodeImport n, Value x, String round) {
        Calc c = new Calc(n);
        Value bits = n.op("bitcast", Attrs.of("to", ElementType.I32), n.op("abs", c.cast(x, ElementType.F32)));
        bits = switch (round) {
            case "down" -> bits;
            // the largest power is as far as it goes
            case "nearest" -> c.where(n.op("lt", bits, n.b().scalar(ElementType.I32, 0x7F000000)), c.add(bits, 1 << 22), bits);
            default -> throw new LatheException("", "round_mode is " + round + "; it is up, down or nearest");
        };
        return n.op("bitcast", Attrs.of("to", ElementType.F32), n.op("and", bits, n.b().scalar(ElementType.I32, 0x7F800000)));
    }

    // before opset 24 what 4 bits can't hold was brought into their range; later on the low bits are what counts
    private static Value narrowed(NodeImport n, Value x, ElementType to) {
        Calc c = new Calc(n);
        return switch (to) {
            case I4, U4 -> n.op("min", c.max(n.op("round", x), Quant.least(to)), c.num(x, Quant.most(to)));
            case F4E2M1 -> c.where(n.op("is_nan", x), c.num(x, 6), x);
            default -> x;
        };
    }

    private static void activations() {
        add("LeakyRelu", n -> n.out(n.op("prelu", n.need(0), n.like(0, n.real("alpha", 0.01)))));
        add("ThresholdedRelu", n -> n.out(n.op("where", n.op("gt", n.need(0), n.like(0, n.real("alpha", 1))), n.need(0), n.like(0, 0))));
        add("Clip", ElementwiseImport::clip);
        add("HardSigmoid", n -> n.out(hardSigmoid(n, n.need(0), n.real("alpha", 0.2), n.real("beta", 0.5))));
        add("HardSwish", n -> n.out(n.op("mul", n.need(0), hardSigmoid(n, n.need(0), 1 / 6f, 0.5f))));
        add("Swish", n -> n.out(n.op("mul", n.need(0), n.op("sigmoid", n.real("alpha", 1) == 1 ? n.need(0) : n.op("mul", n.need(0), n.like(0, n.real("alpha", 1)))))));
        add("Elu", n -> n.out(elu(n, n.need(0), n.real("alpha", 1))));
        add("Celu", n -> {
            float alpha = n.real("alpha", 1);
            Value x = n.need(0);
            Value neg = n.op("mul", n.like(0, alpha), n.op("expm1", n.op("div", n.op("min", x, n.like(0, 0)), n.like(0, alpha))));
            n.out(n.op("add", n.op("max", x, n.like(0, 0)), neg));
        });
        add("Selu", n -> n.out(n.op("mul", n.like(0, n.real("gamma", n.opset() < 6 ? 1.0507 : 1.05070102214813232421875)),
                elu(n, n.need(0), n.real("alpha", n.opset() < 6 ? 1.6732 : 1.67326319217681884765625)))));
        add("Softplus", n -> n.out(softplus(n, n.need(0))));
        add("Softsign", n -> n.out(n.op("div", n.need(0), n.op("add", n.op("abs", n.need(0)), n.like(0, 1)))));
        add("Mish", n -> n.out(n.op("mul", n.need(0), n.op("tanh", softplus(n, n.need(0))))));
        add("Reciprocal", n -> n.out(n.op("div", n.like(0, 1), n.need(0))));
        add("Shrink", n -> {
            Value x = n.need(0);
            Value bias = n.like(0, n.real("bias", 0));
            float l = n.real("lambd", 0.5);
            n.out(n.op("where", n.op("lt", x, n.like(0, -l)), n.op("add", x, bias),
                    n.op("where", n.op("gt", x, n.like(0, l)), n.op("sub", x, bias), n.like(0, 0))));
        });
        add("Gelu", n -> {
            Value x = n.need(0);
            Value inner;
            if (n.text("approximate", "none").equals("tanh")) {
                Value cube = n.op("mul", n.op("mul", x, x), x);
                Value arg = n.op("mul", n.like(0, 0.7978845608028654), n.op("add", x, n.op("mul", n.like(0, 0.044715), cube)));
                inner = n.op("tanh", arg);
            } else {
                inner = n.op("erf", n.op("mul", x, n.like(0, 0.7071067811865476)));
            }
            n.out(n.op("mul", n.op("mul", x, n.like(0, 0.5)), n.op("add", inner, n.like(0, 1))));
        });
    }

    static Value softplus(NodeImport n, Value x) {
        // log(1 + e^x) without overflow
        return n.op("add", n.op("max", x, n.like(0, 0)), n.op("log1p", n.op("exp", n.op("neg", n.op("abs", x)))));
    }

    static Value elu(NodeImport n, Value x, float alpha) {
        return n.op("where", n.op("lt", x, n.like(0, 0)), n.op("mul", n.like(0, alpha), n.op("expm1", x)), x);
    }

    static Value hardSigmoid(NodeImport n, Value x, float alpha, float beta) {
        Value l = n.op("add", n.op("mul", x, n.like(0, alpha)), n.like(0, beta));
        return n.op("min", n.op("relu", l), n.like(0, 1));
    }

    private static void clip(NodeImport n) {
        Value x = n.need(0);
        if (n.opset() < 11) {
            x = n.hasAttr("min") ? lower(n, x, n.real("min", 0)) : x;
            x = n.hasAttr("max") ? n.op("min", x, n.like(0, n.real("max", 0))) : x;
        } else {
            if (n.has(1)) {
                var c = n.constant(1);
                x = c != null && x.elem().isFloat() ? lower(n, x, c.number(0)) : n.op("max", x, n.in(1));
            }
            x = n.has(2) ? n.op("min", x, n.in(2)) : x;
        }
        n.out(x == n.in(0) ? n.op("identity", x) : x);
    }

    // a bound of 0 is cheaper as relu
    private static Value lower(NodeImport n, Value x, double bound) {
        return bound == 0 ? n.op("relu", x) : n.op("max", x, n.like(0, bound));
    }
}
