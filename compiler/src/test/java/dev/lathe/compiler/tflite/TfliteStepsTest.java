package dev.lathe.compiler.tflite;

import static dev.lathe.compiler.tflite.TfliteModels.F32;
import static dev.lathe.compiler.tflite.TfliteModels.I8;
import static dev.lathe.compiler.tflite.TfliteModels.model;
import static dev.lathe.compiler.tflite.TfliteModels.quant;
import static dev.lathe.compiler.tflite.TfliteModels.tensor;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.lathe.codegen.jar.JarContents;
import dev.lathe.codegen.jar.JarWriter;
import dev.lathe.compiler.CompilerOptions;
import dev.lathe.compiler.Lathe;
import dev.lathe.compiler.flat.FlatWriter.Table;
import dev.lathe.runtime.Model;
import dev.lathe.runtime.ModelOptions;
import dev.lathe.runtime.Session;
import dev.lathe.runtime.Target;
import dev.lathe.runtime.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rounding to the steps of quantised types, against the integer arithmetic of the format's interpreter in plain loops. */
class TfliteStepsTest {
    private static final byte I16 = 7;
    private static final int DEEP = 37;
    private static final int WIDE = 5;

    @TempDir
    Path dir;

    private Tensor run(byte[] model, Tensor x) throws IOException {
        return run(model, x, Map.of("steps", "true"));
    }

    private Tensor run(byte[] model, Tensor x, Map<String, String> numerics) throws IOException {
        Path file = Files.write(dir.resolve("m.tflite"), model);
        JarContents jar = Lathe.compile(file, CompilerOptions.DEFAULT.withTargets(List.of(Target.PORTABLE)).withNumerics(numerics));
        try (Model m = Model.of(JarWriter.image(jar), jar.id(), ModelOptions.DEFAULT.withTarget(Target.PORTABLE)); Session s = m.newSession()) {
            return s.set("x", x).run().output("y");
        }
    }

    private static byte[] bytes(Random r, int n) {
        byte[] b = new byte[n];
        r.nextBytes(b);
        return b;
    }

    @Test
    void layersInBetweenHoldBytes() throws IOException {
        Random r = new Random(3);
        byte[] first = bytes(r, DEEP * WIDE);
        byte[] second = bytes(r, WIDE * WIDE);
        byte[] x = bytes(r, DEEP);
        // small steps of the sums in between: most are cut at either end of the bytes
        float[] steps = {0.05f, 0.02f, 0.7f, 0.01f, 0.4f};
        int[] zeros = {4, 0, -20, 0, 7};
        byte[] m = TfliteMoreTest.graphs(List.of(9), List.of(first, second), TfliteMoreTest.graph(List.of(tensor("x", I8, 0, quant(steps[0], zeros[0]), 1, DEEP),
                tensor("w", I8, 1, quant(steps[1], 0), WIDE, DEEP), tensor("h", I8, 0, quant(steps[2], zeros[2]), 1, WIDE), tensor("v", I8, 2, quant(steps[3], 0), WIDE, WIDE),
                tensor("y", I8, 0, quant(steps[4], zeros[4]), 1, WIDE)), new int[] {0}, new int[] {4},
                TfliteMoreTest.op(0, new Table(), new int[] {0, 1, -1}, 2), TfliteMoreTest.op(0, new Table((byte) 1), new int[] {2, 3, -1}, 4)));
        int[] hidden = layer(x, zeros[0], first, steps[0] * steps[1] / steps[2], zeros[2], -128);
        byte[] h = new byte[WIDE];
        for (int i = 0; i < WIDE; i++) {
            h[i] = (byte) hidden[i];
        }
        // a rectifier ends at the byte that stands for 0
        assertArrayEquals(layer(h, zeros[2], second, steps[2] * steps[3] / steps[4], zeros[4], zeros[4]), run(m, Tensor.ofBytes(x, false, 1, DEEP)).toInts());
    }

    private static int[] layer(byte[] x, int zero, byte[] w, double multiplier, int to, int least) {
        int[] y = new int[WIDE];
        for (int o = 0; o < WIDE; o++) {
            int sum = 0;
            for (int i = 0; i < x.length; i++) {
                sum += (x[i] - zero) * w[o * x.length + i];
            }
            y[o] = (int) Math.max(least, Math.min(127, to + Math.round(sum * multiplier)));
        }
        return y;
    }

    @Test
    void floatsThatMeetBytesAreRoundedRowByRow() throws IOException {
        Random r = new Random(4);
        byte[] w = bytes(r, WIDE * DEEP);
        for (boolean asymmetric : new boolean[] {false, true}) {
            float[] x = new float[2 * DEEP];
            for (int i = 0; i < DEEP; i++) {
                x[i] = r.nextFloat() * (i / 30 + 1);
                x[DEEP + i] = r.nextFloat() * 100 - 30;
            }
            byte[] m = model(9, new Table((byte) 0, (byte) 0, false, asymmetric), w, tensor("x", F32, 0, null, 2, DEEP), tensor("w", I8, 1, quant(0.1f, 0), WIDE, DEEP),
                    tensor("y", F32, 0, null, 2, WIDE));
            float[] want = new float[2 * WIDE];
            for (int row = 0; row < 2; row++) {
                double[] q = asymmetric ? asymmetric(x, row * DEEP, DEEP) : symmetric(x, row * DEEP);
                for (int o = 0; o < WIDE; o++) {
                    double sum = 0;
                    for (int i = 0; i < DEEP; i++) {
                        sum += q[i] * w[o * DEEP + i] * 0.1f;
                    }
                    want[row * WIDE + o] = (float) sum;
                }
            }
            assertArrayEquals(want, run(m, Tensor.ofFloats(x, 2, DEEP)).toFloats(), 0.01f);
        }
    }

    private static double[] symmetric(float[] x, int from) {
        double range = 0;
        for (int i = 0; i < DEEP; i++) {
            range = Math.max(range, Math.abs(x[from + i]));
        }
        double[] q = new double[DEEP];
        for (int i = 0; i < DEEP; i++) {
            q[i] = Math.round(x[from + i] * 127 / range) * range / 127;
        }
        return q;
    }

    private static double[] asymmetric(float[] x, int from, int n) {
        double least = 0;
        double most = 0;
        for (int i = 0; i < n; i++) {
            least = Math.min(least, x[from + i]);
            most = Math.max(most, x[from + i]);
        }
        double scale = (most - least) / 255;
        long zero = Math.max(-128, Math.min(127, Math.round(-128 - least / scale)));
        double[] q = new double[n];
        for (int i = 0; i < n; i++) {
            q[i] = (Math.max(-128, Math.min(127, Math.round(zero + x[from + i] / scale))) - zero) * scale;
        }
        return q;
    }

    @Test
    void imagesThatMeetBytesHaveARangeEach() throws IOException {
        Random r = new Random(5);
        byte[] w = bytes(r, 4);
        float[] x = new float[2 * 6];
        for (int i = 0; i < x.length; i++) {
            x[i] = r.nextFloat() * (i < 6 ? 1 : 50) - 0.2f;
        }
        // two channels of one column each, with steps of their own: [2, 1, 2, 1]
        byte[] m = model(3, new Table((byte) 1, 1, 1), w, tensor("x", F32, 0, null, 2, 3, 2, 1), tensor("w", I8, 1, new Table(null, null, new float[] {0.1f, 0.01f},
                new long[] {0, 0}), 2, 1, 2, 1), tensor("y", F32, 0, null, 2, 3, 1, 2));
        float[] want = new float[12];
        for (int image = 0; image < 2; image++) {
            double[] q = asymmetric(x, image * 6, 6);
            for (int row = 0; row < 3; row++) {
                for (int c = 0; c < 2; c++) {
                    want[image * 6 + row * 2 + c] = (float) ((q[2 * row] * w[2 * c] + q[2 * row + 1] * w[2 * c + 1]) * (c == 0 ? 0.1f : 0.01f));
                }
            }
        }
        assertArrayEquals(want, run(m, Tensor.ofFloats(x, 2, 3, 2, 1)).toFloats(), 0.01f);
    }

    @Test
    void compositesAreTheGraphsThatTheyStandFor() throws IOException {
        Table inner = TfliteMoreTest.graph(List.of(tensor("a", F32, 0, null, 3), tensor("b", F32, 0, null, 3)), new int[] {0}, new int[] {1},
                TfliteMoreTest.op(1, null, new int[] {0}, 1));
        Table composite = new Table(0, new int[] {0}, new int[] {1}, null, null, null, null, null, null, null, null, (byte) 1, new Table("negated", 1));
        Table outer = new Table(List.of(tensor("x", F32, 0, null, 3), tensor("y", F32, 0, null, 3)), new int[] {0}, new int[] {1}, List.of(composite));
        assertArrayEquals(new float[] {-1, 2, -3}, run(TfliteMoreTest.graphs(List.of(206, 59), List.of(), outer, inner), Tensor.ofFloats(new float[] {1, -2, 3}, 3)).toFloats());
    }

    @Test
    void numbersInBetweenEndWhereTheirTypesEnd() throws IOException {
        // 3 * 60 and -2 * 60 in steps of 1: bytes hold 127 and -128 of it, whether they are rounded or not
        byte[] m = TfliteMoreTest.graphs(List.of(9), List.of(new byte[] {3, -2}, new byte[] {1, 0, 0, 1}), TfliteMoreTest.graph(List.of(tensor("x", I8, 0, quant(1, 0), 1, 1),
                tensor("w", I8, 1, quant(1, 0), 2, 1), tensor("h", I8, 0, quant(1, 0), 1, 2), tensor("v", I8, 2, quant(1, 0), 2, 2), tensor("y", I8, 0, quant(2, 0), 1, 2)),
                new int[] {0}, new int[] {4}, TfliteMoreTest.op(0, new Table(), new int[] {0, 1, -1}, 2), TfliteMoreTest.op(0, new Table(), new int[] {2, 3, -1}, 4)));
        Tensor x = Tensor.ofBytes(new byte[] {60}, false, 1, 1);
        // half-way between two steps is the even one
        assertArrayEquals(new int[] {64, -60}, run(m, x).toInts());
        assertArrayEquals(new int[] {64, -60}, run(m, x, Map.of()).toInts());
    }

    @Test
    void rowsOfProductsHaveARangeEach() throws IOException {
        Random r = new Random(6);
        byte[] w = bytes(r, DEEP * WIDE);
        float[] x = new float[2 * DEEP];
        for (int i = 0; i < x.length; i++) {
            x[i] = (r.nextFloat() - 0.3f) * (i < DEEP ? 1 : 70);
        }
        byte[] m = model(126, new Table(false, false, true), w, tensor("x", F32, 0, null, 2, DEEP), tensor("w", I8, 1, quant(0.1f, 0), DEEP, WIDE),
                tensor("y", F32, 0, null, 2, WIDE));
        float[] want = new float[2 * WIDE];
        for (int row = 0; row < 2; row++) {
            double[] q = asymmetric(x, row * DEEP, DEEP);
            for (int i = 0; i < DEEP * WIDE; i++) {
                want[row * WIDE + i % WIDE] += (float) (q[i / WIDE] * w[i] * 0.1f);
            }
        }
        assertArrayEquals(want, run(m, Tensor.ofFloats(x, 2, DEEP)).toFloats(), 0.01f);
    }

    @Test
    void filtersKeepSteps() throws IOException {
        // the sum 7 * 3 * 0.3 = 6.3 is kept in steps of 1 as 6, and counts twice; without rounding it were 126
        Table op = new Table(0, new int[] {0, 1, 2, -1, 3}, new int[] {4}, (byte) 1, new Table(1, (byte) 0));
        byte[] m = TfliteMoreTest.graphs(List.of(27), List.of(new byte[] {3}, new byte[] {2, 0}), TfliteMoreTest.graph(List.of(tensor("x", I8, 0, quant(1, 0), 1, 1),
                tensor("f", I8, 1, quant(0.3f, 0), 1, 1), tensor("t", I16, 2, quant(1, 0), 1, 1), state("s", I16, quant(1, 0), 1, 1),
                tensor("y", I8, 0, quant(0.1f, 0), 1, 1)), new int[] {0}, new int[] {4}, op));
        assertArrayEquals(new int[] {120}, run(m, Tensor.ofBytes(new byte[] {7}, false, 1, 1)).toInts());
    }

    /** What is kept from run to run. */
    private static Table state(String name, byte type, Table quant, int... shape) {
        return new Table(shape, type, 0, name, quant, true);
    }

    /** One step of an LSTM of bytes, in the fixed point that its interpreter takes. */
    @Test
    void layersOfCellsRoundSumsSharesAndStates() throws IOException {
        byte[] w = {37, -90, 55, 101};
        List<Table> t = new ArrayList<>(List.of(tensor("x", I8, 0, quant(0.013f, 3), 1, 1, 1)));
        for (int k = 0; k < 4; k++) {
            t.add(tensor("w" + k, I8, 1 + k, quant(0.021f, 0), 1, 1));
        }
        for (int k = 0; k < 4; k++) {
            t.add(tensor("r" + k, I8, 5, quant(0.02f, 0), 1, 1));
        }
        t.add(state("h", I8, quant(0.009f, -4), 1, 1));
        t.add(state("c", I16, quant((float) Math.pow(2, -11), 0), 1, 1));
        t.add(tensor("y", I8, 0, quant(0.009f, -4), 1, 1, 1));
        t.add(tensor("hidden", I8, 0, quant(0.009f, -4), 0));
        int[] in = new int[24];
        Arrays.fill(in, -1);
        for (int i = 0; i < 9; i++) {
            in[i] = i;
        }
        in[18] = 9;
        in[19] = 10;
        Table op = new Table(0, in, new int[] {11}, (byte) 1, new Table((byte) 4, 0f, 0f, true), null, null, null, new int[] {-1, -1, -1, -1, 12});
        byte[] m = TfliteMoreTest.graphs(List.of(44), List.of(new byte[] {w[0]}, new byte[] {w[1]}, new byte[] {w[2]}, new byte[] {w[3]}, new byte[] {9}),
                TfliteMoreTest.graph(t, new int[] {0}, new int[] {11}, op));
        for (byte x : new byte[] {-120, -31, 5, 77, 127}) {
            double[] gate = new double[4];
            for (int k = 0; k < 4; k++) {
                double sum = fixed((x - 3) * 0.013 * w[k] * 0.021, 12);
                gate[k] = fixed(k == 2 ? Math.tanh(sum) : 1 / (1 + Math.exp(-sum)), 15);
            }
            double cell = fixed(gate[0] * gate[2], 11);
            long want = Math.max(-128, Math.min(127, Math.round(gate[3] * fixed(Math.tanh(cell), 15) / 0.009) - 4));
            assertArrayEquals(new int[] {(int) want}, run(m, Tensor.ofBytes(new byte[] {x}, false, 1, 1, 1)).toInts());
        }
    }

    private static double fixed(double x, int bits) {
        return Math.max(-32768, Math.min(32767, Math.rint(x * (1 << bits)))) / (1 << bits);
    }
}
