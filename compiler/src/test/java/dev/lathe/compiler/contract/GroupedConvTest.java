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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Convolutions in groups of a few channels, one, or all: tiles of a line, lines shorter than a tile, panels that overlap, each kind of epilogue. */
class GroupedConvTest {
    /** @param last what follows: 0 nothing, 1 what is done before storing, 2 a pass of its own, 3 one with another operand */
    private record Shape(int groups, int cin, int cout, int[] in, int[] kernel, int stride, int dilation, int pad, int last) {
        int[] weights() {
            int[] r = new int[2 + kernel.length];
            r[0] = groups * cout;
            r[1] = cin;
            System.arraycopy(kernel, 0, r, 2, kernel.length);
            return r;
        }

        int[] out() {
            int[] r = new int[in.length];
            for (int i = 0; i < r.length; i++) {
                r[i] = (in[i] + 2 * pad - dilation * (kernel[i] - 1) - 1) / stride + 1;
            }
            return r;
        }

        private int[] all(int value, int n) {
            int[] r = new int[n];
            Arrays.fill(r, value);
            return r;
        }

        Graph graph(boolean open, float[] w, float[] bias) {
            GraphBuilder b = new GraphBuilder();
            List<Dim> dims = new ArrayList<>(List.of(Dim.ONE, Dim.of(groups * cin)));
            for (int i = 0; i < in.length; i++) {
                dims.add(open ? Dim.sym("D" + i) : Dim.of(in[i]));
            }
            Value x = b.input("x", Type.tensor(ElementType.F32, dims));
            int d = in.length;
            Value y = b.op("conv", Attrs.of("strides", all(stride, d), "dilations", all(dilation, d), "pads", all(pad, 2 * d), "groups", groups, "layout",
                    "first"), x, b.constant(Tensor.ofFloats(weights(), w)), b.constant(Tensor.ofFloats(new int[] {groups * cout}, bias)));
            int[] channel = all(1, 2 + d);
            channel[1] = groups * cout;
            Value r = switch (last) {
                case 1 -> b.op("relu", y);
                case 2 -> b.op("mul", y, b.op("sigmoid", y));
                case 3 -> b.op("relu", b.op("mul", y, b.constant(Tensor.ofFloats(channel, bias))));
                default -> y;
            };
            return b.finish("grouped", List.of(r));
        }

        float[] direct(float[] x, float[] w, float[] bias) {
            int[] o = out();
            int size = Tensor.count(o);
            int taps = Tensor.count(kernel);
            float[] r = new float[groups * cout * size];
            for (int i = 0; i < r.length; i++) {
                int c = i / size;
                int[] at = Naive.index(i % size, o);
                double s = bias[c];
                for (int t = 0; t < cin * taps; t++) {
                    int[] u = Naive.index(t % taps, kernel);
                    int place = c / cout * cin + t / taps;
                    boolean inside = true;
                    for (int k = 0; k < u.length; k++) {
                        int p = at[k] * stride + u[k] * dilation - pad;
                        inside &= p >= 0 && p < in[k];
                        place = place * in[k] + p;
                    }
                    s += inside ? (double) x[place] * w[c * cin * taps + t] : 0;
                }
                r[i] = (float) switch (last) {
                    case 1 -> Math.max(0, s);
                    case 2 -> s / (1 + Math.exp(-s));
                    case 3 -> Math.max(0, s * bias[c]);
                    default -> s;
                };
            }
            return r;
        }
    }

    @Test
    void allTargetsAgreeAndAreRight() {
        List<Shape> shapes = List.of(new Shape(3, 16, 16, new int[] {9, 23}, new int[] {3, 3}, 1, 1, 1, 1),
                new Shape(2, 24, 24, new int[] {12, 17}, new int[] {3, 3}, 2, 1, 1, 2), new Shape(4, 8, 8, new int[] {7, 7}, new int[] {3, 3}, 1, 1, 1, 3),
                new Shape(5, 4, 4, new int[] {6, 5}, new int[] {3, 3}, 1, 2, 2, 0), new Shape(2, 5, 20, new int[] {5, 30}, new int[] {1, 5}, 1, 1, 2, 2),
                new Shape(3, 2, 3, new int[] {3, 3}, new int[] {2, 2}, 1, 1, 0, 3), new Shape(2, 12, 40, new int[] {41}, new int[] {3}, 1, 1, 1, 1),
                new Shape(2, 6, 16, new int[] {31}, new int[] {5}, 2, 1, 2, 2), new Shape(2, 16, 16, new int[] {3, 3}, new int[] {3, 3}, 1, 1, 0, 1),
                new Shape(2, 7, 9, new int[] {8, 9}, new int[] {7, 7}, 1, 1, 3, 0),
                // all channels one group
                new Shape(1, 20, 48, new int[] {8, 14}, new int[] {1, 1}, 1, 1, 0, 1), new Shape(1, 9, 72, new int[] {9, 11}, new int[] {1, 1}, 1, 1, 0, 2),
                new Shape(1, 3, 40, new int[] {15, 30}, new int[] {3, 3}, 2, 1, 1, 3),
                // a channel each
                new Shape(35, 1, 1, new int[] {9, 16}, new int[] {3, 3}, 1, 1, 1, 1), new Shape(20, 1, 1, new int[] {8, 14}, new int[] {3, 3}, 1, 2, 2, 2),
                new Shape(16, 1, 1, new int[] {11, 24}, new int[] {3, 3}, 2, 1, 1, 3), new Shape(19, 1, 1, new int[] {7, 7}, new int[] {5, 5}, 1, 1, 2, 1),
                new Shape(32, 1, 1, new int[] {3, 3}, new int[] {3, 3}, 1, 1, 0, 1), new Shape(17, 1, 1, new int[] {40}, new int[] {3}, 1, 1, 1, 0),
                // a channel each, and many of them
                new Shape(70, 1, 1, new int[] {5, 16}, new int[] {3, 3}, 1, 1, 1, 1), new Shape(64, 1, 1, new int[] {9, 13}, new int[] {3, 3}, 2, 1, 1, 2),
                new Shape(280, 1, 1, new int[] {4, 7}, new int[] {3, 3}, 1, 1, 1, 3), new Shape(64, 1, 1, new int[] {4, 5}, new int[] {3, 3}, 1, 2, 2, 0),
                new Shape(81, 1, 1, new int[] {29}, new int[] {3}, 1, 1, 0, 1), new Shape(64, 1, 1, new int[] {3, 4, 9}, new int[] {2, 3, 3}, 1, 1, 1, 1),
                new Shape(64, 1, 1, new int[] {6, 9}, new int[] {5, 5}, 1, 1, 2, 1), new Shape(66, 1, 1, new int[] {5, 9}, new int[] {5, 2}, 1, 1, 1, 2),
                // so large that they have kernels of their own: lines that tiles divide, and that they don't
                new Shape(48, 1, 1, new int[] {56, 56}, new int[] {3, 3}, 1, 1, 1, 1), new Shape(40, 1, 1, new int[] {53, 53}, new int[] {3, 3}, 1, 1, 1, 2),
                new Shape(72, 1, 1, new int[] {42, 43}, new int[] {3, 3}, 1, 1, 1, 3), new Shape(20, 1, 1, new int[] {96, 97}, new int[] {5, 5}, 2, 1, 2, 1),
                new Shape(33, 1, 1, new int[] {60, 60}, new int[] {3, 3}, 1, 2, 2, 0), new Shape(64, 1, 1, new int[] {6000}, new int[] {3}, 1, 1, 1, 1),
                // of one dimension, so many channels that threads share them
                new Shape(200, 1, 1, new int[] {33}, new int[] {5}, 2, 1, 2, 3), new Shape(131, 1, 1, new int[] {12}, new int[] {3}, 1, 2, 2, 2));
        for (Shape s : shapes) {
            Random r = new Random(11);
            float[] w = Bits.floats(r, Tensor.count(s.weights()));
            float[] bias = Bits.floats(r, s.groups * s.cout);
            int[] dims = new int[2 + s.in.length];
            dims[0] = 1;
            dims[1] = s.groups * s.cin;
            System.arraycopy(s.in, 0, dims, 2, s.in.length);
            float[] x = Bits.floats(r, Tensor.count(dims));
            List<Tensor> in = List.of(Tensor.ofFloats(dims, x));
            Graph known = s.graph(false, w, bias);
            List<Target> targets = Bits.targets(known);
            assertEquals(1, Bits.both(known, targets, s.graph(true, w, bias), targets, in).size(), s.toString());
            try (Model m = Bits.load(known, Target.PORTABLE, 1); Session session = m.newSession()) {
                Bits.digest(m, session, in);
                assertArrayEquals(s.direct(x, w, bias), session.output(m.outputs().get(0).name()).toFloats(), 1e-4f, s.toString());
            }
        }
    }
}
