package dev.lathe.compiler.mnn.ops;

import static dev.lathe.compiler.mnn.MnnTable.add;
import static dev.lathe.compiler.mnn.MnnTable.all;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.mnn.DataTypes;
import dev.lathe.compiler.mnn.Layout;
import dev.lathe.compiler.mnn.MnnNode;
import dev.lathe.compiler.mnn.MnnWeights;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Functions of one element or of two. What is true or false is 1 or 0 of i32 there. */
public final class ElementRows {
    /** By their numbers; empty where it is no single core operation. */
    private static final String[] UNARY = {"abs", "neg", "floor", "ceil", "", "sqrt", "", "exp", "log", "sin", "cos", "tan", "asin", "acos", "atan", "", "log1p", "",
        "acosh", "sinh", "asinh", "atanh", "sign", "round", "cosh", "erf", "", "", "expm1", "sigmoid", "tanh"};

    private ElementRows() {}

    public static void register() {
        add("UnaryOp", n -> unary(n, n.need(0), n.integer(0, 0)));
        add("BinaryOp", ElementRows::binary);
        add("Eltwise", ElementRows::eltwise);
        add("AbsVal", n -> n.op("abs", n.need(0)));
        add("Exp", n -> n.op("exp", n.need(0)));
        add("Log", n -> n.op("log", n.need(0)));
        add("Sigmoid", n -> n.op("sigmoid", n.need(0)));
        add("TanH", n -> n.op("tanh", n.need(0)));
        add("Bnll", n -> n.onnx("Softplus", n.need(0)));
        add("ELU", n -> n.onnx("Elu", new Object[] {"alpha", n.real(0, 0)}, n.need(0)));
        add("Selu", n -> n.onnx("Selu", new Object[] {"gamma", n.real(0, 0), "alpha", n.real(1, 0)}, n.need(0)));
        add("Threshold", n -> n.cast(n.op("gt", n.need(0), n.like(n.need(0), n.real(0, 0))), n.need(0).elem()));
        add("ReLU", n -> n.real(0, 0) == 0 ? n.op("relu", n.need(0)) : n.onnx("LeakyRelu", new Object[] {"alpha", n.real(0, 0)}, n.need(0)));
        add("ReLU6", n -> n.between(n.need(0), n.real(0, 0), n.real(1, 6)));
        add("PReLU", n -> {
            float[] slopes = MnnWeights.sized(n.needMain().floats(1), n.needMain().floats(1).length, "slopes", false);
            return n.op("prelu", n.need(0), byChannel(n, slopes, slopes.length == 1));
        });
        add("Scale", n -> {
            MnnWeights.Layer layer = n.weights().layer(n.needMain(), 1, 2, -1, 3);
            float[] by = layer.weight();
            float[] plus = layer.bias();
            Value y = n.op("mul", n.need(0), byChannel(n, MnnWeights.sized(by, by.length, "factors", false), by.length == 1));
            return plus.length == 0 ? y : n.op("add", y, byChannel(n, plus, plus.length == 1));
        });
        add("Cast", ElementRows::cast);
        add("CastLike", n -> n.cast(n.need(0), n.need(1).elem()));
        add("Select", n -> {
            Value yes = n.need(1);
            Value no = n.need(2);
            return n.op("where", truth(n, n.need(0)), yes, n.cast(no, yes.elem()));
        });
        for (String same : new String[] {"Identity", "Copy", "Dropout"}) {
            all(same, n -> n.in().stream().limit(n.outputs()).map(v -> n.op("identity", v)).toList());
        }
        add("ZerosLike", n -> n.expand(n.like(n.need(0), 0), n.need(0).tensor().dims()));
    }

    /** One number for each channel of operand 0, so that it broadcasts. */
    static Value byChannel(MnnNode n, float[] data, boolean one) {
        List<Dim> dims = new ArrayList<>(Collections.nCopies(one ? 0 : n.need(0).rank(), Dim.ONE));
        if (!one) {
            dims.set(n.channelAxis(), Dim.of(data.length));
        }
        return n.reshape(ConvRows.constant(n, data, data.length), dims);
    }

    static Value truth(MnnNode n, Value v) {
        return v.elem() == ElementType.BOOL ? v : n.op("ne", v, n.like(v, 0));
    }

    private static Value cast(MnnNode n) {
        int to = n.integer(1, 0);
        // to a truth value: 1 for all but 0
        return to == 10 ? n.cast(truth(n, n.need(0)), ElementType.I32) : n.cast(n.need(0), DataTypes.of(to));
    }

    private static Value unary(MnnNode n, Value x, int kind) {
        if (kind >= 0 && kind < UNARY.length && !UNARY[kind].isEmpty()) {
            return n.op(UNARY[kind], x);
        }
        return switch (kind) {
            case 4 -> n.op("mul", x, x);
            case 6 -> n.onnx("Reciprocal", n.op("sqrt", x));
            case 15 -> n.onnx("Reciprocal", x);
            case 17 -> n.onnx("Softplus", x);
            case 26 -> n.op("sub", n.like(x, 1), n.op("erf", x));
            case 31 -> n.onnx("HardSwish", x);
            case 32 -> n.onnx("Gelu", new Object[] {"approximate", "tanh"}, x);
            case 33 -> n.onnx("Gelu", x);
            case 34 -> n.op("mul", x, n.op("sigmoid", x));
            default -> throw n.unsupported("function number " + kind + " of one operand");
        };
    }

    private static Value binary(MnnNode n) {
        Value x = n.need(0);
        Value y = n.need(1);
        if (x.rank() == 4 && y.rank() == 4 && n.layout(0).channelsLast() != n.layout(1).channelsLast()) {
            y = n.as(1, n.layout(0));
        }
        if (y.rank() > x.rank()) {
            n.layout(n.layout(1));
        }
        // integers of two widths: extents are 64 bits wide here
        ElementType t = x.elem() == y.elem() ? x.elem() : x.elem().isFloat() || y.elem().isFloat() ? ElementType.F32 : ElementType.I64;
        Value r = binary(n, n.cast(x, t), n.cast(y, t), n.integer(0, 0));
        return n.integer(2, 0) == 1 ? n.op("relu", r) : r;
    }

    private static Value compare(MnnNode n, String op, Value x, Value y) {
        return n.cast(n.op(op, x, y), ElementType.I32);
    }

    private static Value logical(MnnNode n, String op, Value x, Value y) {
        return n.cast(n.op(op, truth(n, x), truth(n, y)), ElementType.I32);
    }

    private static Value binary(MnnNode n, Value x, Value y, int kind) {
        boolean real = x.elem().isFloat();
        return switch (kind) {
            case 0 -> n.op("add", x, y);
            case 1 -> n.op("sub", x, y);
            case 2 -> n.op("mul", x, y);
            case 3, 7 -> n.op("div", x, y);
            case 4, 9 -> n.op("max", x, y);
            case 5, 8 -> n.op("min", x, y);
            case 6 -> n.op("pow", x, y);
            case 10 -> compare(n, "gt", x, y);
            case 11 -> compare(n, "ge", x, y);
            case 12 -> compare(n, "lt", x, y);
            case 13 -> real ? n.op("floor", n.op("div", x, y)) : n.op("div", n.op("sub", x, n.onnx("Mod", x, y)), y);
            case 14 -> {
                Value d = n.op("sub", x, y);
                yield n.op("mul", d, d);
            }
            case 15 -> compare(n, "eq", x, y);
            case 16 -> compare(n, "le", x, y);
            case 17 -> real ? n.op("sub", x, n.op("mul", n.op("floor", n.op("div", x, y)), y)) : n.onnx("Mod", x, y);
            case 19 -> n.op("fmod", x, y);
            case 20 -> n.op("atan2", x, y);
            case 21 -> logical(n, "or", x, y);
            case 22 -> compare(n, "ne", x, y);
            case 23 -> n.onnx("BitwiseAnd", x, y);
            case 24 -> n.onnx("BitwiseOr", x, y);
            case 25 -> n.onnx("BitwiseXor", x, y);
            case 26 -> logical(n, "xor", x, y);
            default -> throw n.unsupported("function number " + kind + " of two operands");
        };
    }

    private static Value eltwise(MnnNode n) {
        int kind = n.small(0, 0);
        float[] factors = n.main() == null ? new float[0] : n.main().floats(1);
        Value r = null;
        for (int i = 0; i < n.in().size(); i++) {
            Value x = i == 0 ? n.need(0) : n.as(i, n.layout(0));
            if (kind == 1 && factors.length == n.in().size() && factors[i] != 1) {
                x = n.op("mul", x, n.like(x, factors[i]));
            }
            r = r == null ? x : n.op(switch (kind) {
                case 0 -> "mul";
                case 1 -> "add";
                case 2 -> "max";
                case 3 -> "sub";
                default -> throw n.unsupported("function number " + kind + " of several operands");
            }, r, x);
        }
        return r;
    }

    /** The operands, all in the layout of the first. */
    static List<Value> alike(MnnNode n) {
        List<Value> r = new ArrayList<>();
        Layout first = n.layout(0);
        for (int i = 0; i < n.in().size(); i++) {
            r.add(n.as(i, first));
        }
        return r;
    }
}
