package dev.lathe.compiler.paddle;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.lathe.runtime.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Recurrent layers of PaddlePaddle 2 beside their formulas, step by step. */
class RnnRowsTest {
    private static final int STEPS = 3;
    private static final int BATCH = 2;
    private static final int IN = 4;
    private static final int H = 3;

    @TempDir
    Path dir;

    private final Random random = new Random(7);
    private final List<float[]> weights = new ArrayList<>();

    private float[] numbers(int count) {
        float[] v = new float[count];
        for (int i = 0; i < count; i++) {
            v[i] = random.nextInt(100) / 60f - 0.8f;
        }
        return v;
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    /** Weights by a vector, beginning at a row. */
    private static double[] times(float[] w, float[] b, double[] x) {
        double[] r = new double[b.length];
        for (int i = 0; i < r.length; i++) {
            r[i] = b[i];
            for (int k = 0; k < x.length; k++) {
                r[i] += w[i * x.length + k] * x[k];
            }
        }
        return r;
    }

    /** One step. @param h the state, replaced; c the cell of LSTM, likewise */
    private static void step(String mode, double[] a, double[] r, double[] h, double[] c) {
        for (int k = 0; k < H; k++) {
            switch (mode) {
                case "LSTM" -> {
                    double[] g = new double[4];
                    for (int i = 0; i < 4; i++) {
                        g[i] = a[i * H + k] + r[i * H + k];
                    }
                    c[k] = sigmoid(g[1]) * c[k] + sigmoid(g[0]) * Math.tanh(g[2]);
                    h[k] = sigmoid(g[3]) * Math.tanh(c[k]);
                }
                case "GRU" -> {
                    double reset = sigmoid(a[k] + r[k]);
                    double update = sigmoid(a[H + k] + r[H + k]);
                    h[k] = update * h[k] + (1 - update) * Math.tanh(a[2 * H + k] + reset * r[2 * H + k]);
                }
                case "RNN_TANH" -> h[k] = Math.tanh(a[k] + r[k]);
                default -> h[k] = Math.max(0, a[k] + r[k]);
            }
        }
    }

    private void check(String mode, int gates, boolean both, int layers, int[] lengths) {
        int directions = both ? 2 : 1;
        int all = directions * layers;
        weights.clear();
        TestProgram p = new TestProgram().input("x", 0, STEPS, BATCH, IN).input("h", 0, all, BATCH, H).input("c", 0, all, BATCH, H).typed("n", 2, 0, BATCH);
        List<String> names = new ArrayList<>();
        for (int part = 0; part < 2; part++) {
            for (int i = 0; i < 2 * all; i++) {
                int rows = gates * H;
                int columns = i % 2 == 1 ? H : i / 2 < directions ? IN : directions * H;
                weights.add(numbers(part == 0 ? rows * columns : rows));
                String name = (part == 0 ? "w" : "b") + (char) ('a' + i);
                names.add(name);
                p.parameter(name, weights.get(weights.size() - 1), part == 0 ? new int[] {rows, columns} : new int[] {rows});
            }
        }
        boolean cells = mode.equals("LSTM");
        Map<String, String> in = new java.util.HashMap<>(Map.of("Input", "x", "WeightList", String.join(",", names), "PreState", cells ? "h,c" : "h"));
        if (lengths != null) {
            in.put("SequenceLength", "n");
        }
        p.op("rnn", in, Map.of("Out", "y", "State", cells ? "sh,sc" : "sh"), "mode", mode, "hidden_size", H, "input_size", IN, "num_layers", layers, "is_bidirec", both, "is_test", true,
                "dropout_prob", 0f).output("y").output("sh");
        if (cells) {
            p.output("sc");
        }
        float[] x = numbers(STEPS * BATCH * IN);
        float[] h0 = numbers(all * BATCH * H);
        float[] c0 = numbers(all * BATCH * H);
        List<Tensor> y = p.run(dir, "x", Tensor.ofFloats(x, STEPS, BATCH, IN), "h", Tensor.ofFloats(h0, all, BATCH, H), "c", Tensor.ofFloats(c0, all, BATCH, H),
                "n", Tensor.ofInts(lengths == null ? new int[BATCH] : lengths, BATCH));
        float[] want = new float[STEPS * BATCH * directions * H];
        float[] lastH = new float[all * BATCH * H];
        float[] lastC = new float[all * BATCH * H];
        for (int b = 0; b < BATCH; b++) {
            int steps = lengths == null ? STEPS : lengths[b];
            double[][] row = new double[steps][IN];
            for (int t = 0; t < steps; t++) {
                for (int k = 0; k < IN; k++) {
                    row[t][k] = x[(t * BATCH + b) * IN + k];
                }
            }
            for (int l = 0; l < layers; l++) {
                double[][] next = new double[steps][directions * H];
                for (int d = 0; d < directions; d++) {
                    int at = l * directions + d;
                    double[] h = new double[H];
                    double[] c = new double[H];
                    for (int k = 0; k < H; k++) {
                        h[k] = h0[(at * BATCH + b) * H + k];
                        c[k] = c0[(at * BATCH + b) * H + k];
                    }
                    for (int s = 0; s < steps; s++) {
                        int t = d == 0 ? s : steps - 1 - s;
                        double[] a = times(weights.get(2 * at), weights.get(2 * all + 2 * at), row[t]);
                        step(mode, a, times(weights.get(2 * at + 1), weights.get(2 * all + 2 * at + 1), h), h, c);
                        System.arraycopy(h, 0, next[t], d * H, H);
                    }
                    for (int k = 0; k < H; k++) {
                        lastH[(at * BATCH + b) * H + k] = (float) h[k];
                        lastC[(at * BATCH + b) * H + k] = (float) c[k];
                    }
                }
                row = next;
            }
            for (int t = 0; t < steps; t++) {
                for (int k = 0; k < directions * H; k++) {
                    want[(t * BATCH + b) * directions * H + k] = (float) row[t][k];
                }
            }
        }
        assertArrayEquals(want, y.get(0).toFloats(), 2e-6f, mode);
        assertArrayEquals(lastH, y.get(1).toFloats(), 2e-6f, mode);
        if (cells) {
            assertArrayEquals(lastC, y.get(2).toFloats(), 2e-6f, mode);
        }
    }

    @Test
    void longShortTermMemoryBothWays() {
        check("LSTM", 4, true, 2, null);
    }

    @Test
    void longShortTermMemoryOfSomeSteps() {
        check("LSTM", 4, true, 1, new int[] {3, 2});
    }

    @Test
    void gatedUnits() {
        check("GRU", 3, false, 2, null);
    }

    @Test
    void plainUnits() {
        check("RNN_TANH", 1, true, 1, null);
        check("RNN_RELU", 1, true, 1, null);
    }
}
