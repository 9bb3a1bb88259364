package dev.lathe.compiler.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.GraphBuilder;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.Target;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Convolutions of 1x1 whose lines are cut into whole tiles: every number of panels that are left over, panels that overlap, lines that tiles don't divide,
 * results inside a border, all columns in one pass or not. Open extents go through other code, and so does the portable target.
 */
class LineTileTest {
    /** What follows the first layer. */
    private enum Last { NOTHING, RELU, RESIDUAL, SCALE, BORDER, STRIDED }

    private static Value conv(GraphBuilder b, Random r, Value x, int cin, int cout, int kernel, int groups, int stride) {
        Tensor w = Tensor.ofFloats(new int[] {cout, cin / groups, kernel, kernel}, Bits.floats(r, cout * cin / groups * kernel * kernel));
        int pad = kernel / 2;
        return b.op("conv", Attrs.of("strides", new int[] {stride, stride}, "dilations", new int[] {1, 1}, "pads", new int[] {pad, pad, pad, pad}, "groups",
                groups, "layout", "last"), x, b.constant(w), b.constant(Tensor.ofFloats(new int[] {cout}, Bits.floats(r, cout))));
    }

    private static Graph graph(boolean open, int h, int w, int k, int n, Last last) {
        Random r = new Random(5);
        GraphBuilder b = new GraphBuilder();
        Value x = b.input("x", Type.tensor(ElementType.F32, List.of(Dim.ONE, open ? Dim.sym("H") : Dim.of(h), open ? Dim.sym("W") : Dim.of(w), Dim.of(k))));
        Value y = conv(b, r, x, k, n, 1, 1, last == Last.STRIDED ? 2 : 1);
        Value z = switch (last) {
            case NOTHING -> y;
            case RELU, STRIDED -> b.op("relu", y);
            case RESIDUAL -> b.op("relu", b.op("add", y, conv(b, r, x, k, n, 1, 1, 1)));
            case SCALE -> b.op("mul", b.op("mul", y, b.op("sigmoid", y)), b.constant(Tensor.ofFloats(new int[] {1, 1, 1, n}, Bits.floats(r, n))));
            case BORDER -> conv(b, r, b.op("relu", y), n, n, 3, n, 1);
        };
        return b.finish("line", List.of(z));
    }

    @Test
    void allTargetsAndOpenExtentsGiveTheSameBits() {
        int[][] shapes = {{14, 14, 5, 16}, {9, 11, 7, 24}, {7, 7, 19, 32}, {28, 28, 8, 40}, {8, 30, 6, 48}, {16, 16, 12, 64}, {7, 23, 9, 72}, {13, 13, 20, 80},
            {10, 17, 3, 100}, {21, 8, 33, 112}, {12, 40, 17, 200}, {16, 20, 144, 64}, {7, 7, 260, 96}, {20, 20, 96, 800}, {31, 7, 11, 5}, {9, 10, 640, 144},
            {8, 7, 1003, 80}, {4, 29, 1100, 224}};
        for (int i = 0; i < shapes.length; i++) {
            int[] s = shapes[i];
            for (Last last : List.of(Last.values()[i % 3], Last.values()[3 + i / 3 % 3])) {
                float[] x = Bits.floats(new Random(3), s[0] * s[1] * s[2]);
                List<Tensor> in = List.of(Tensor.ofFloats(new int[] {1, s[0], s[1], s[2]}, x));
                Graph known = graph(false, s[0], s[1], s[2], s[3], last);
                List<Target> targets = Bits.targets(known);
                Graph open = graph(true, s[0], s[1], s[2], s[3], last);
                assertEquals(1, Bits.both(known, targets, open, List.of(targets.get(targets.size() - 1)), in).size(), String.join(" ", last.toString(), Arrays.toString(s)));
            }
        }
    }
}
