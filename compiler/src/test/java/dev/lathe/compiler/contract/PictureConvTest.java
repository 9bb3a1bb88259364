package dev.lathe.compiler.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.GraphBuilder;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.Model;
import dev.lathe.runtime.Session;
import dev.lathe.runtime.Target;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Convolutions over pictures of a few planes, whose short runs are looked up in vectors and walked without. */
class PictureConvTest {
    private static Graph graph(List<Dim> dims, int[] weights, int[] pads, int stride, int groups, Random r) {
        GraphBuilder b = new GraphBuilder();
        Value x = b.input("x", Type.tensor(ElementType.F32, dims));
        Value w = b.constant(Tensor.ofFloats(weights, Bits.floats(r, Tensor.count(weights))));
        Value bias = b.constant(Tensor.ofFloats(new int[] {weights[0]}, Bits.floats(r, weights[0])));
        Value y = b.op("conv", Attrs.of("strides", new int[] {stride, stride}, "dilations", new int[] {1, 1}, "pads", pads, "groups", groups, "layout",
                "first"), x, w, bias);
        return b.finish("picture", List.of(b.op("relu", y)));
    }

    private static float[] direct(float[] x, int c, int h, int w, Graph g, int[] wd, int[] p, int stride, int groups, Random r) {
        float[] weights = Bits.floats(r, Tensor.count(wd));
        float[] bias = Bits.floats(r, wd[0]);
        int oh = (h + p[0] + p[2] - wd[2]) / stride + 1;
        int ow = (w + p[1] + p[3] - wd[3]) / stride + 1;
        float[] y = new float[wd[0] * oh * ow];
        for (int o = 0; o < wd[0]; o++) {
            int first = o / (wd[0] / groups) * wd[1];
            for (int i = 0; i < oh; i++) {
                for (int j = 0; j < ow; j++) {
                    double s = bias[o];
                    for (int q = 0; q < wd[1]; q++) {
                        for (int u = 0; u < wd[2]; u++) {
                            for (int v = 0; v < wd[3]; v++) {
                                int a = i * stride + u - p[0];
                                int b = j * stride + v - p[1];
                                if (a >= 0 && a < h && b >= 0 && b < w) {
                                    s += (double) x[((first + q) * h + a) * w + b] * weights[((o * wd[1] + q) * wd[2] + u) * wd[3] + v];
                                }
                            }
                        }
                    }
                    y[(o * oh + i) * ow + j] = (float) Math.max(0, s);
                }
            }
        }
        return y;
    }

    @Test
    void knownAndOpenExtentsGiveTheSameBits() {
        int[][] shapes = {
            {3, 13, 11, 32, 3, 3, 1, 1, 2, 1}, {3, 9, 10, 20, 7, 7, 3, 3, 2, 1}, {1, 12, 12, 16, 5, 5, 0, 0, 1, 1}, {4, 8, 17, 24, 3, 2, 1, 0, 1, 1},
            {3, 33, 32, 16, 6, 6, 2, 2, 2, 1}, {3, 21, 28, 64, 7, 7, 3, 3, 2, 1}, {2, 16, 47, 48, 4, 4, 0, 0, 4, 1}, {3, 19, 25, 24, 5, 5, 7, 6, 3, 1},
            {4, 11, 16, 40, 3, 3, 1, 9, 2, 1}, {1, 40, 37, 96, 1, 1, 0, 0, 4, 1}, {3, 18, 30, 8, 3, 3, 1, 1, 2, 1}, {8, 9, 9, 16, 3, 3, 1, 1, 1, 4}, {3, 16, 16, 5, 1, 1, 0, 0, 1, 1}, {2, 30, 30, 17, 23, 23, 4, 5, 3, 1}
        };
        for (int[] s : shapes) {
            int[] wd = {s[3], s[0] / s[9], s[4], s[5]};
            int[] pads = {s[6], s[7], s[6], s[7]};
            float[] x = Bits.floats(new Random(7), s[0] * s[1] * s[2]);
            List<Tensor> in = List.of(Tensor.ofFloats(new int[] {1, s[0], s[1], s[2]}, x));
            Graph known = graph(Dim.list(1, s[0], s[1], s[2]), wd, pads, s[8], s[9], new Random(5));
            Graph open = graph(List.of(Dim.ONE, Dim.of(s[0]), Dim.sym("H"), Dim.sym("W")), wd, pads, s[8], s[9], new Random(5));
            List<Target> targets = Bits.targets(known);
            assertEquals(1, Bits.both(known, targets, open, targets, in).size(), java.util.Arrays.toString(s));
            float[] want = direct(x, s[0], s[1], s[2], known, wd, pads, s[8], s[9], new Random(5));
            try (Model m = Bits.load(known, Target.PORTABLE, 1); Session session = m.newSession()) {
                Bits.digest(m, session, in);
                assertArrayEquals(want, session.output(m.outputs().get(0).name()).toFloats(), 1e-4f);
            }
        }
    }

    /** Several pictures, borders of other widths on each side, windows with holes, fewer lines than the border has. */
    @Test
    void picturesInStepsGiveTheSameBits() {
        int[][] cases = {
            // batch, channels, lines, columns, columns of the result's channels, window, dilations, pads, strides
            {2, 3, 17, 31, 32, 3, 3, 1, 1, 0, 0, 1, 1, 2, 2}, {3, 3, 9, 40, 16, 3, 5, 2, 3, 2, 5, 2, 4, 1, 2}, {2, 4, 1, 23, 48, 3, 3, 1, 1, 2, 0, 3, 1, 3, 3},
            {1, 2, 12, 70, 20, 2, 4, 1, 2, 1, 0, 0, 3, 2, 4},
            // a column, and more of them than a tile of lines takes
            {2, 3, 6, 1, 32, 3, 3, 1, 1, 1, 1, 1, 1, 2, 2}, {1, 3, 3, 1100, 40, 3, 3, 1, 1, 1, 1, 1, 1, 2, 2}
        };
        for (int[] c : cases) {
            Random r = new Random(11);
            int[] wd = {c[4], c[1], c[5], c[6]};
            float[] weights = Bits.floats(r, Tensor.count(wd));
            Attrs a = Attrs.of("strides", new int[] {c[13], c[14]}, "dilations", new int[] {c[7], c[8]}, "pads", new int[] {c[9], c[10], c[11], c[12]},
                    "groups", 1, "layout", "first");
            List<Graph> both = List.of(
                    conv(Dim.list(c[0], c[1], c[2], c[3]), wd, weights, a),
                    conv(List.of(Dim.sym("N"), Dim.of(c[1]), Dim.sym("H"), Dim.sym("W")), wd, weights, a));
            List<Tensor> in = List.of(Tensor.ofFloats(new int[] {c[0], c[1], c[2], c[3]}, Bits.floats(r, c[0] * c[1] * c[2] * c[3])));
            assertEquals(1, Bits.both(both.get(0), Bits.targets(both.get(0)), both.get(1), Bits.targets(both.get(0)), in).size(), java.util.Arrays.toString(c));
        }
    }

    private static Graph conv(List<Dim> dims, int[] wd, float[] weights, Attrs a) {
        GraphBuilder b = new GraphBuilder();
        Value x = b.input("x", Type.tensor(ElementType.F32, dims));
        return b.finish("steps", List.of(b.op("conv", a, x, b.constant(Tensor.ofFloats(wd, weights)))));
    }
}
