package dev.lathe.compiler.tflite;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.flat.FlatTable;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.GraphBuilder;
import dev.lathe.compiler.ir.Value;
import dev.lathe.runtime.ElementType;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * Numbers as few bits hold them: what TensorFlow Lite's own interpreter rounds is rounded here, too. Sums are taken in
 * f32, so that a number that lies half-way between two steps may become the other one than there.
 */
final class TfliteSteps {
    private static final int CONV = 3;
    private static final int DEPTHWISE = 4;
    private static final int CONNECTED = 9;
    private static final int FILTER = 27;
    private static final int TRANSPOSED = 67;
    private static final int PRODUCT = 126;
    private static final int LOGISTIC = 14;
    private static final int SOFTMAX = 25;
    private static final int TANH = 28;
    /** Operators that only place or choose numbers; a step remains a step where the type of the result has the same ones. */
    private static final Set<Integer> MOVES = Set.of(2, 5, 6, 17, 19, 22, 26, 34, 36, 37, 38, 39, 43, 45, 49, 55, 57, 60, 65, 69, 70, 82, 83, 88, 89, 97, 100, 102, 105, 123, 130);
    /** In place of a range of nothing, so that nothing is divided by 0. */
    private static final double LEAST = 1e-30;

    private TfliteSteps() {}

    static boolean moves(int code) {
        return MOVES.contains(code);
    }

    /** The number of the step that is next to {@code x}, as a float. */
    static Value number(GraphBuilder b, Value x, ElementType t, float scale, long zero) {
        Value q = b.op("round", b.op("div", x, f32(b, scale)));
        return b.op("min", b.op("max", q, f32(b, least(t) - zero)), f32(b, most(t) - zero));
    }

    /** What lies beyond the ends of a type is its end, as in the format's interpreter. */
    static Value bounded(GraphBuilder b, Value x, ElementType t, float scale, long zero) {
        return b.op("min", b.op("max", x, f32(b, (least(t) - zero) * scale)), f32(b, (most(t) - zero) * scale));
    }

    private static double least(ElementType t) {
        return t.isUnsigned() ? 0 : -Math.pow(2, t.bits() - 1);
    }

    private static double most(ElementType t) {
        return Math.pow(2, t.isUnsigned() ? t.bits() : t.bits() - 1) - 1;
    }

    /** What the step next to {@code x} stands for. */
    static Value nearest(GraphBuilder b, Value x, ElementType t, float scale, long zero) {
        return b.op("mul", number(b, x, t, scale, zero), f32(b, scale));
    }

    /** True for operators that take floats and weights of few bits: they round what they take to steps of its own range. */
    static boolean rounds(int code) {
        return code == CONV || code == DEPTHWISE || code == CONNECTED || code == FILTER || code == TRANSPOSED || code == PRODUCT;
    }

    /** True for operators whose results lie within their types' ends by nature. */
    static boolean within(int code) {
        return code == LOGISTIC || code == SOFTMAX || code == TANH;
    }

    /**
     * An operand of floats, rounded to steps of its range.
     *
     * @param channels the weights have steps for each channel
     * @param options the operator's, which say whether the range of rows has a middle of its own; null for none
     * @param columns of the weights of a full connection
     */
    static Value ranged(GraphBuilder b, int code, Value x, boolean channels, FlatTable options, Dim columns) {
        if (code == CONV || code == DEPTHWISE || code == TRANSPOSED) {
            // a range for each image
            int[] axes = {1, 2, 3};
            return channels || code != CONV ? asymmetric(b, x, axes) : symmetric(b, x, axes);
        }
        boolean asymmetric = options != null && options.flag(code == CONNECTED ? 3 : 2);
        boolean turned = code == PRODUCT && options != null && options.flag(0);
        Value rows = code != CONNECTED || x.rank() > 0 && x.dim(-1).equals(columns) ? x
                : b.op("reshape", Attrs.of("dims", List.of(x.tensor().size().floorDiv(columns), columns)), x);
        return rows(b, rows, rows.rank() - (turned ? 2 : 1), asymmetric);
    }

    /** Each row along an axis, rounded to steps of its range. */
    static Value rows(GraphBuilder b, Value x, int axis, boolean asymmetric) {
        int[] axes = {axis};
        return asymmetric ? asymmetric(b, x, axes) : symmetric(b, x, axes);
    }

    private static Value reduce(GraphBuilder b, String kind, Value x, int[] axes) {
        return b.op("reduce", Attrs.of("kind", kind, "axes", Arrays.stream(axes).filter(a -> a < x.rank()).toArray(), "keep", true), x);
    }

    private static Value symmetric(GraphBuilder b, Value x, int[] axes) {
        Value range = b.op("max", reduce(b, "max", b.op("abs", x), axes), f32(b, LEAST));
        Value q = b.op("round", b.op("mul", x, b.op("div", f32(b, 127), range)));
        return b.op("mul", q, b.op("div", range, f32(b, 127)));
    }

    private static Value asymmetric(GraphBuilder b, Value x, int[] axes) {
        Value least = b.op("min", reduce(b, "min", x, axes), f32(b, 0));
        Value most = b.op("max", reduce(b, "max", x, axes), f32(b, 0));
        Value scale = b.op("max", b.op("div", b.op("sub", most, least), f32(b, 255)), f32(b, LEAST));
        Value zero = byteRange(b, b.op("round", b.op("sub", f32(b, -128), b.op("div", least, scale))));
        Value q = byteRange(b, b.op("round", b.op("add", zero, b.op("mul", x, b.op("div", f32(b, 1), scale)))));
        return b.op("mul", b.op("sub", q, zero), scale);
    }

    private static Value byteRange(GraphBuilder b, Value x) {
        return b.op("min", b.op("max", x, f32(b, -128)), f32(b, 127));
    }

    private static Value f32(GraphBuilder b, double v) {
        return b.scalar(ElementType.F32, v);
    }
}
