package dev.lathe.compiler.paddle;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.runtime.LatheRuntimeException;
import dev.lathe.runtime.Tensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A classifier of texts as version 1 saved it: words of several texts one behind the other, and where each text begins. */
class TextRowsTest {
    private static final int WORDS = 7;
    private static final int WIDE = 3;
    private static final int CELLS = 2;
    private static final long[] LOD = {0, 3, 4, 8};
    private static final long[] IDS = {1, 6, 2, 5, 0, 3, 3, 4};

    @TempDir
    Path dir;

    private final Random random = new Random(3);
    private final float[] table = floats(WORDS * WIDE);
    private final float[] project = floats(WIDE * 4 * CELLS);
    private final float[] projectBias = floats(4 * CELLS);
    private final float[] back = floats(CELLS * 4 * CELLS);
    private final float[] bias = floats(7 * CELLS);
    private final float[] full = floats(2 * CELLS * 2);

    private float[] floats(int n) {
        float[] v = new float[n];
        for (int i = 0; i < n; i++) {
            v[i] = (float) random.nextGaussian();
        }
        return v;
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    /** Hidden states of all words. */
    private double[][] lstm(boolean peepholes, boolean reverse) {
        double[][] out = new double[IDS.length][CELLS];
        for (int s = 0; s + 1 < LOD.length; s++) {
            double[] h = new double[CELLS];
            double[] c = new double[CELLS];
            int n = (int) (LOD[s + 1] - LOD[s]);
            for (int t = 0; t < n; t++) {
                int row = (int) (reverse ? LOD[s + 1] - 1 - t : LOD[s] + t);
                double[] g = new double[4 * CELLS];
                for (int k = 0; k < g.length; k++) {
                    g[k] = bias[k] + projectBias[k];
                    for (int i = 0; i < WIDE; i++) {
                        g[k] += table[(int) IDS[row] * WIDE + i] * project[i * 4 * CELLS + k];
                    }
                    for (int i = 0; i < CELLS; i++) {
                        g[k] += h[i] * back[i * 4 * CELLS + k];
                    }
                }
                for (int k = 0; k < CELLS; k++) {
                    // candidate, input, forget, output
                    double in = sigmoid(g[CELLS + k] + (peepholes ? bias[4 * CELLS + k] * c[k] : 0));
                    double forget = sigmoid(g[2 * CELLS + k] + (peepholes ? bias[5 * CELLS + k] * c[k] : 0));
                    c[k] = forget * c[k] + in * Math.tanh(g[k]);
                    h[k] = sigmoid(g[3 * CELLS + k] + (peepholes ? bias[6 * CELLS + k] * c[k] : 0)) * Math.tanh(c[k]);
                }
                out[row] = h.clone();
            }
        }
        return out;
    }

    private TestProgram program(boolean peepholes) {
        TestProgram p = new TestProgram().typed("ids", 3, 1, -1, 1).parameter("table", table, WORDS, WIDE).parameter("project", project, WIDE, 4 * CELLS)
                .parameter("pb", projectBias, 4 * CELLS).parameter("back", back, CELLS, 4 * CELLS)
                .parameter("bias", peepholes ? bias : java.util.Arrays.copyOf(bias, 4 * CELLS), 1, (peepholes ? 7 : 4) * CELLS).parameter("full", full, 2 * CELLS, 2)
                .op("lookup_table", Map.of("Ids", "ids", "W", "table"), Map.of("Out", "e"), "padding_idx", -1)
                .op("mul", Map.of("X", "e", "Y", "project"), Map.of("Out", "m"), "x_num_col_dims", 1, "y_num_col_dims", 1)
                .op("elementwise_add", Map.of("X", "m", "Y", "pb"), Map.of("Out", "a"), "axis", 1);
        for (boolean reverse : new boolean[] {false, true}) {
            p.op("lstm", Map.of("Input", "a", "Weight", "back", "Bias", "bias"), Map.of("Hidden", "h" + reverse, "Cell", "c" + reverse), "use_peepholes", peepholes,
                    "is_reverse", reverse, "gate_activation", "sigmoid", "cell_activation", "tanh", "candidate_activation", "tanh")
                    .op("sequence_pool", Map.of("X", "h" + reverse), Map.of("Out", "p" + reverse), "pooltype", "MAX");
        }
        return p.op("concat", Map.of("X", "pfalse,ptrue"), Map.of("Out", "k"), "axis", 1)
                .op("mul", Map.of("X", "k", "Y", "full"), Map.of("Out", "l"), "x_num_col_dims", 1, "y_num_col_dims", 1)
                .op("softmax", Map.of("X", "l"), Map.of("Out", "y"), "axis", -1).output("y").output("htrue");
    }

    @Test
    void statesGoBothWaysThroughEachText() {
        for (boolean peepholes : new boolean[] {false, true}) {
            List<Tensor> y = program(peepholes).run(dir, "ids", Tensor.ofLongs(IDS, IDS.length, 1), "ids.lod", Tensor.ofLongs(LOD, LOD.length));
            double[][] reverse = lstm(peepholes, true);
            float[] hidden = y.get(1).toFloats();
            for (int i = 0; i < hidden.length; i++) {
                assertEquals(reverse[i / CELLS][i % CELLS], hidden[i], 1e-5, "row " + i / CELLS);
            }
            double[][][] both = {lstm(peepholes, false), reverse};
            float[] want = new float[2 * (LOD.length - 1)];
            for (int s = 0; s + 1 < LOD.length; s++) {
                double[] l = new double[2];
                for (int k = 0; k < 2 * CELLS; k++) {
                    double most = Double.NEGATIVE_INFINITY;
                    for (int row = (int) LOD[s]; row < LOD[s + 1]; row++) {
                        most = Math.max(most, both[k / CELLS][row][k % CELLS]);
                    }
                    l[0] += most * full[2 * k];
                    l[1] += most * full[2 * k + 1];
                }
                want[2 * s] = (float) (1 / (1 + Math.exp(l[1] - l[0])));
                want[2 * s + 1] = 1 - want[2 * s];
            }
            assertArrayEquals(new int[] {3, 2}, y.get(0).shape());
            assertArrayEquals(want, y.get(0).toFloats(), 1e-5f);
        }
    }

    @Test
    void sequencesAreFilteredSharpenedAndRepeatedEachByItself() {
        TestProgram p = new TestProgram().input("x", 1, -1, 1).parameter("f", new float[] {1, 10, 100}, 3, 1)
                .op("sequence_conv", Map.of("X", "x", "Filter", "f"), Map.of("Out", "c"), "contextLength", 3, "contextStart", -1, "contextStride", 1)
                .op("sequence_softmax", Map.of("X", "x"), Map.of("Out", "s"))
                .op("sequence_pool", Map.of("X", "x"), Map.of("Out", "m"), "pooltype", "SQRT")
                .op("sequence_expand", Map.of("X", "m", "Y", "x"), Map.of("Out", "e"), "ref_level", -1).output("c").output("s").output("e");
        List<Tensor> y = p.run(dir, "x", Tensor.ofFloats(new float[] {1, 2, 3, 4}, 4, 1), "x.lod", Tensor.ofLongs(new long[] {0, 1, 4}, 3));
        assertArrayEquals(new float[] {10, 320, 432, 43}, y.get(0).toFloats());
        double a = 1 / (1 + Math.E + Math.E * Math.E);
        assertArrayEquals(new float[] {1, (float) a, (float) (a * Math.E), (float) (a * Math.E * Math.E)}, y.get(1).toFloats(), 1e-6f);
        float mean = (float) (9 / Math.sqrt(3));
        assertArrayEquals(new float[] {1, mean, mean, mean}, y.get(2).toFloats(), 1e-6f);
    }

    @Test
    void sequencesMayBeStepsOfOthers() {
        // sums of words are sentences, their largest are texts, and each sentence gets its text's
        TestProgram p = new TestProgram().input("x", 2, -1, 1).op("sequence_pool", Map.of("X", "x"), Map.of("Out", "s"), "pooltype", "SUM")
                .op("scale", Map.of("X", "s"), Map.of("Out", "t"), "scale", 2f).op("sequence_pool", Map.of("X", "t"), Map.of("Out", "m"), "pooltype", "MAX")
                .op("sequence_expand", Map.of("X", "m", "Y", "x"), Map.of("Out", "e"), "ref_level", 0).output("s").output("m").output("e");
        List<Tensor> y = p.run(dir, "x", Tensor.ofFloats(new float[] {1, 2, -4, 5, 6}, 5, 1), "x.lod", Tensor.ofLongs(new long[] {0, 2, 3, 5}, 4),
                "x.lod1", Tensor.ofLongs(new long[] {0, 2, 3}, 3));
        assertArrayEquals(new float[] {3, -4, 11}, y.get(0).toFloats());
        assertArrayEquals(new float[] {6, 22}, y.get(1).toFloats());
        assertArrayEquals(new float[] {6, 6, 22}, y.get(2).toFloats());
    }

    @Test
    void placesThatDontDivideTheRowsAreRefused() {
        TestProgram p = new TestProgram().input("x", 1, -1, 1).op("sequence_pool", Map.of("X", "x"), Map.of("Out", "y"), "pooltype", "SUM").output("y");
        Tensor x = Tensor.ofFloats(new float[] {1, 2, 4, 8, 16}, 5, 1);
        assertArrayEquals(new float[] {7, 24}, p.run(dir, "x", x, "x.lod", Tensor.ofLongs(new long[] {0, 3, 5}, 3)).get(0).toFloats());
        for (long[] wrong : new long[][] {{3, 2}, {0, 3, 7}, {0, 4, 3, 5}, {1, 5}, {0, 3}}) {
            String why = assertThrows(LatheRuntimeException.class, () -> p.run(dir, "x", x, "x.lod", Tensor.ofLongs(wrong, wrong.length))).getMessage();
            assertTrue(why.contains("'x.lod' must hold where each sequence begins, and the number of rows of 'x'"), why);
        }
    }

    @Test
    void twinsOfSequencesNeedNoRecording() {
        Path file = new TestProgram().input("x", 2, -1, 1).op("sequence_pool", Map.of("X", "x"), Map.of("Out", "y"), "pooltype", "SUM")
                .op("sequence_pool", Map.of("X", "y"), Map.of("Out", "z"), "pooltype", "MAX").output("z").write(dir, false);
        java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
        java.io.PrintStream print = new java.io.PrintStream(out, true, java.nio.charset.StandardCharsets.UTF_8);
        String model = file.toString();
        int code = dev.lathe.compiler.cli.Main.run(new String[] {"verify", model, "--against", model, "--target", "portable"}, print, print);
        org.junit.jupiter.api.Assertions.assertEquals(0, code, out.toString(java.nio.charset.StandardCharsets.UTF_8));
    }
}
