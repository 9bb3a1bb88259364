package dev.lathe.compiler.tflite;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.flat.FlatTable;
import dev.lathe.compiler.ir.GraphBuilder;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.Building;
import dev.lathe.compiler.onnx.Decomposer;
import dev.lathe.runtime.ElementType;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * One operator as a row of {@link TfliteTable} sees it.
 *
 * @param in operands; null where one is left out
 * @param options the operator's table of attributes; null where it has none
 * @param shape the dimensions that the model declares of the first result
 * @param type the element type that the model declares of the first result; f32 where it is quantised
 * @param custom the attributes of an operator that isn't built in
 * @param later the table of attributes of an operator for which the first one's place had no numbers left; null where it has none
 * @param held what rounds inside of it; null where nothing is rounded
 * @param plain true where no activation belongs to it
 */
record TfliteNode(GraphBuilder b, Decomposer decomposer, List<Value> in, int outputs, FlatTable options, int[] shape, ElementType type,
        ByteBuffer custom, FlatTable later, TfliteHeld held, boolean plain) implements Building {
    TfliteNode with(List<Value> values, boolean plain) {
        return new TfliteNode(b, decomposer, values, outputs, options, shape, type, custom, later, held, plain);
    }

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
        return known(need(i), what + " (input " + i + ")");
    }

    long[] longs(int field) {
        return later == null ? new long[0] : later.longs(field);
    }

    long longer(int field) {
        return later == null ? 0 : later.int64(field);
    }

    float real(int field, double absent) {
        return options == null ? (float) absent : options.real(field, (float) absent);
    }

    int[] ints(int field) {
        return options == null ? new int[0] : options.ints(field);
    }

    /** The result of the activation that a field of the options names. */
    Value activate(Value x, int field) {
        int kind = plain ? 0 : small(field);
        return switch (kind) {
            case 0 -> x;
            case 1 -> op("relu", x);
            case 2 -> between(x, -1, 1);
            case 3 -> op("min", op("relu", x), like(x, 6));
            case 4 -> op("tanh", x);
            default -> throw new LatheException("", "fused activation " + kind + " is not supported");
        };
    }
}
