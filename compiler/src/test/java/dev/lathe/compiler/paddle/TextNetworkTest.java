package dev.lathe.compiler.paddle;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.lathe.runtime.Tensor;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A classifier of texts as version 1 wrote it: words as i64 [words, 1] with LoD, a table with a padding word, an LSTM each way (one with
 * peepholes), the largest of each sequence, two layers; beside the same written out step by step in doubles.
 */
class TextNetworkTest {
    private static final int WORDS = 20;
    private static final int WIDE = 6;
    private static final int CELLS = 5;
    private static final int PADDING = 3;

    @TempDir
    private Path dir;

    private final Random random = new Random(7);
    private final Map<String, float[]> weights = new HashMap<>();
    private final TestProgram program = new TestProgram();

    private void weight(String name, int... dims) {
        float[] w = new float[java.util.Arrays.stream(dims).reduce(1, (a, b) -> a * b)];
        for (int i = 0; i < w.length; i++) {
            w[i] = (float) random.nextGaussian() * 0.5f;
        }
        weights.put(name, w);
        program.parameter(name, w, dims);
    }

    private void dense(String x, String y, String name, int in, int out) {
        weight(name + ".w_0", in, out);
        weight(name + ".b_0", out);
        program.op("mul", Map.of("X", x, "Y", name + ".w_0"), Map.of("Out", y + ".0"), "x_num_col_dims", 1, "y_num_col_dims", 1)
                .op("elementwise_add", Map.of("X", y + ".0", "Y", name + ".b_0"), Map.of("Out", y), "axis", 1);
    }

    private void recurrent(String x, String h, String name, boolean peepholes, boolean reverse) {
        weight(name + ".w", CELLS, 4 * CELLS);
        weight(name + ".b", 1, (peepholes ? 7 : 4) * CELLS);
        program.op("lstm", Map.of("Input", x, "Weight", name + ".w", "Bias", name + ".b"),
                Map.of("Hidden", h, "Cell", h + ".c", "BatchGate", h + ".g", "BatchCellPreAct", h + ".p"), "use_peepholes", peepholes, "is_reverse", reverse,
                "gate_activation", "sigmoid", "cell_activation", "tanh", "candidate_activation", "tanh");
    }

    @Test
    void anLstmClassifierOfVersion1() {
        program.typed("words", 3, 1, -1, 1);
        weight("emb", WORDS, WIDE);
        program.op("lookup_table", Map.of("W", "emb", "Ids", "words"), Map.of("Out", "e"), "padding_idx", PADDING, "is_sparse", true);
        dense("e", "xf", "fc_f", WIDE, 4 * CELLS);
        dense("e", "xr", "fc_r", WIDE, 4 * CELLS);
        recurrent("xf", "hf", "lstm_f", false, false);
        recurrent("xr", "hr", "lstm_r", true, true);
        program.op("sequence_pool", Map.of("X", "hf"), Map.of("Out", "pf", "MaxIndex", "mf"), "pooltype", "MAX")
                .op("sequence_pool", Map.of("X", "hr"), Map.of("Out", "pr", "MaxIndex", "mr"), "pooltype", "MAX")
                .op("concat", Map.of("X", "pf,pr"), Map.of("Out", "k"), "axis", 1);
        dense("k", "l", "fc_1", 2 * CELLS, 4);
        program.op("tanh", Map.of("X", "l"), Map.of("Out", "t"));
        dense("t", "o", "fc_2", 4, 2);
        program.op("softmax", Map.of("X", "o"), Map.of("Out", "y")).output("y");
        long[] words = {1, PADDING, 7, 19, 0, PADDING, 4, 2, 2};
        int[] begins = {0, 4, 5, 9};
        List<Tensor> y = program.run(dir, "words", Tensor.ofLongs(words, words.length, 1), "words.lod", Tensor.ofLongs(new long[] {0, 4, 5, 9}, 4));
        float[] want = new float[6];
        for (int s = 0; s < 3; s++) {
            double[] most = new double[2 * CELLS];
            java.util.Arrays.fill(most, Double.NEGATIVE_INFINITY);
            for (int side = 0; side < 2; side++) {
                double[][] h = lstm(words, begins[s], begins[s + 1], side == 0 ? "f" : "r", side == 1);
                for (double[] row : h) {
                    for (int i = 0; i < CELLS; i++) {
                        most[side * CELLS + i] = Math.max(most[side * CELLS + i], row[i]);
                    }
                }
            }
            double[] l = java.util.Arrays.stream(layer(most, "fc_1", 4)).map(Math::tanh).toArray();
            double[] o = layer(l, "fc_2", 2);
            double sum = Math.exp(o[0]) + Math.exp(o[1]);
            want[2 * s] = (float) (Math.exp(o[0]) / sum);
            want[2 * s + 1] = (float) (Math.exp(o[1]) / sum);
        }
        assertArrayEquals(want, y.get(0).toFloats(), 2e-6f);
    }

    /** What the cells give for each word of a sequence; the gates stand in the order candidate, input, forget, output. */
    private double[][] lstm(long[] words, int from, int to, String side, boolean second) {
        float[] w = weights.get("lstm_" + side + ".w");
        float[] b = weights.get("lstm_" + side + ".b");
        double[] h = new double[CELLS];
        double[] c = new double[CELLS];
        double[][] all = new double[to - from][];
        for (int step = 0; step < to - from; step++) {
            int at = second ? to - 1 - step : from + step;
            double[] e = new double[WIDE];
            for (int i = 0; i < WIDE && words[at] != PADDING; i++) {
                e[i] = weights.get("emb")[(int) words[at] * WIDE + i];
            }
            double[] g = layer(e, "fc_" + side, 4 * CELLS);
            for (int j = 0; j < g.length; j++) {
                g[j] += b[j];
                for (int i = 0; i < CELLS; i++) {
                    g[j] += h[i] * w[i * 4 * CELLS + j];
                }
            }
            double[] next = new double[CELLS];
            for (int i = 0; i < CELLS; i++) {
                double in = sigmoid(g[CELLS + i] + (second ? c[i] * b[4 * CELLS + i] : 0));
                double keep = sigmoid(g[2 * CELLS + i] + (second ? c[i] * b[5 * CELLS + i] : 0));
                c[i] = keep * c[i] + in * Math.tanh(g[i]);
                next[i] = sigmoid(g[3 * CELLS + i] + (second ? c[i] * b[6 * CELLS + i] : 0)) * Math.tanh(c[i]);
            }
            h = next;
            all[step] = next;
        }
        return all;
    }

    private double[] layer(double[] x, String name, int out) {
        double[] y = new double[out];
        for (int j = 0; j < out; j++) {
            y[j] = weights.get(name + ".b_0")[j];
            for (int i = 0; i < x.length; i++) {
                y[j] += x[i] * weights.get(name + ".w_0")[i * out + j];
            }
        }
        return y;
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }
}
