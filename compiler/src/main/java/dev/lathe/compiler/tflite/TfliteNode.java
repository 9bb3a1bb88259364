package dev.lathe.compiler.tflite;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.GraphBuilder;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.Decomposer;
import dev.lathe.compiler.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * One operator as a row of {@link TfliteTable} sees it.
 *
 * @param in operands; null where one is left out
 * @param options the operator's table of attributes; null where it has none
 * @param shape the dimensions that the model declares of the first result
 */
record TfliteNode(GraphBuilder b, Decomposer decomposer, List<Value> in, int outputs, FlatTable options, int[] shape) {
    Value need(int i) {
        if (i >= in.size() || in.get(i) == null) {
            throw new LatheException("", "input " + i + " is missing");
        }
        return in.get(i);
    }

    boolean has(int i) {
        return i < in.size() && in.get(i) != null;
    }

    int option(int field, int absent) {
        return options == null ? absent : options.int32(field, absent);
    }

    int small(int field) {
        return options == null ? 0 : options.int8(field, 0);
    }

    boolean flag(int field) {
        return options != null && options.flag(field);
    }

    long[] numbers(int i, String what) {
        Tensor t = decomposer.constant(b, need(i));
        if (t == null) {
            throw new LatheException("", what + " (input " + i + ") must be known when the model is compiled");
        }
        return t.integers();
    }

    Value op(String op, Value... a) {
        return b.op(op, a);
    }

    Value op(String op, Attrs attrs, Value... a) {
        return b.op(op, attrs, a);
    }

    Value like(Value x, double v) {
        return b.scalar(x.elem(), v);
    }

    Value reshape(Value v, List<Dim> dims) {
        return v.tensor().dims().equals(dims) ? v : op("reshape", Attrs.of("dims", dims), v);
    }

    Value transpose(Value v, int... perm) {
        return op("transpose", Attrs.of("perm", perm), v);
    }

    Value first(Value x) {
        return transpose(x, 0, 3, 1, 2);
    }

    Value last(Value x) {
        return transpose(x, 0, 2, 3, 1);
    }

    /** As {@link Decomposer#all}. @param attrs names and values by turns */
    List<Value> onnx(String op, int results, Object[] attrs, Value... operands) {
        Map<String, Object> m = new TreeMap<>();
        for (int i = 0; i < attrs.length; i += 2) {
            m.put((String) attrs[i], attrs[i + 1]);
        }
        return decomposer.all(b, op, results, m, Arrays.asList(operands));
    }

    Value onnx(String op, Object[] attrs, Value... operands) {
        return onnx(op, 1, attrs, operands).get(0);
    }

    Value onnx(String op, Value... operands) {
        return onnx(op, new Object[0], operands);
    }

    /** The result of the activation that a field of the options names. */
    Value activate(Value x, int field) {
        int kind = small(field);
        return switch (kind) {
            case 0 -> x;
            case 1 -> op("relu", x);
            case 2 -> op("min", op("max", x, like(x, -1)), like(x, 1));
            case 3 -> op("min", op("relu", x), like(x, 6));
            case 4 -> op("tanh", x);
            default -> throw new LatheException("", "fused activation " + kind + " is not supported");
        };
    }
}
