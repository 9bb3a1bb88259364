package dev.lathe.compiler.tflite;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.GraphBuilder;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * Sums of products of bytes, as TensorFlow Lite's kernels take them: of whole numbers, which are exact, times one scale
 * at the end. A number between two steps then becomes the one that it becomes there.
 */
final class TfliteSums {
    private static final int TRANSPOSED = 67;
    private static final int PRODUCT = 126;
    /** The operators, and which field of their options is the fused activation; -1 for none. */
    private static final Map<Integer, Integer> ACTIVATION = Map.of(3, 3, 4, 4, 9, 0, TRANSPOSED, 3, PRODUCT, -1);

    private TfliteSums() {}

    /** Where the operand stands that meets the weights, operand 1. */
    static int operand(int code) {
        return code == TRANSPOSED ? 2 : 0;
    }

    private static int bias(int code) {
        return code == TRANSPOSED ? 3 : 2;
    }

    static boolean takes(TfliteGraph g, int code, int[] in, int[] out) {
        if (!ACTIVATION.containsKey(code) || in.length <= operand(code) || out.length != 1 || g.scales(out[0]).length != 1) {
            return false;
        }
        int x = in[operand(code)];
        int b = bias(code) < in.length ? in[bias(code)] : -1;
        return x >= 0 && in[1] >= 0 && bytes(g, x) && g.scales(x).length == 1 && bytes(g, in[1]) && (code != PRODUCT || g.scales(in[1]).length == 1)
                && (b < 0 || g.scales(b).length > 0);
    }

    private static boolean bytes(TfliteGraph g, int i) {
        return g.scales(i).length > 0 && g.type(i).bits() <= 8 && !g.blockwise(i);
    }

    /** @param n the node with its operands as the numbers that they stand for */
    static Value read(TfliteGraph g, int code, TfliteTable.Row row, TfliteNode n, int[] in, int out) {
        List<Value> values = new ArrayList<>(n.in());
        for (int i : new int[] {operand(code), 1, bias(code)}) {
            if (i < in.length && in[i] >= 0) {
                values.set(i, whole(g, n.b(), in[i], values.get(i)));
            }
        }
        Value sum = row.read(n.with(values, true)).get(0);
        float[] w = g.scales(in[1]);
        float[] by = new float[w.length];
        for (int c = 0; c < w.length; c++) {
            by[c] = (float) ((double) g.scales(in[operand(code)])[0] * w[c] / g.scales(out)[0]);
        }
        // channels of the result stand last
        Value steps = n.op("round", n.op("mul", sum, n.b().constant(Tensor.ofFloats(by.length == 1 ? new int[0] : new int[] {by.length}, by))));
        Value y = n.op("mul", steps, n.b().scalar(ElementType.F32, g.scales(out)[0]));
        int field = ACTIVATION.get(code);
        return field < 0 ? y : n.activate(y, field);
    }

    /** How many steps a number is away from 0. */
    private static Value whole(TfliteGraph g, GraphBuilder b, int i, Value x) {
        float[] s = g.scales(i);
        List<Dim> dims = new ArrayList<>(Collections.nCopies(s.length == 1 ? 0 : x.rank(), Dim.ONE));
        if (s.length > 1) {
            dims.set(g.channelAxis(i), Dim.of(s.length));
        }
        return b.op("round", b.op("div", x, b.constant(Tensor.ofFloats(dims.stream().mapToInt(Dim::intValue).toArray(), s))));
    }
}
