package dev.lathe.compiler.mnn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.lathe.compiler.flat.FlatWriter.Table;
import dev.lathe.runtime.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Recurrent layers, against plain loops; one sequence, one unit. */
class MnnRecurrentTest {
    private static final int STEPS = 4;
    private static final int WIDE = 3;

    @TempDir
    Path dir;

    private final Random random = new Random(2);

    private float[] some(int n) {
        float[] r = new float[n];
        for (int i = 0; i < n; i++) {
            r[i] = random.nextFloat() * 2 - 1;
        }
        return r;
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    private static double dot(float[] w, int row, float[] x, int t) {
        double sum = 0;
        for (int i = 0; i < WIDE; i++) {
            sum += w[row * WIDE + i] * x[t * WIDE + i];
        }
        return sum;
    }

    @Test
    void cellsInBothDirections() throws IOException {
        float[] x = some(STEPS * WIDE);
        float[] w = some(8 * WIDE);
        float[] r = some(8);
        float[] bias = some(8);
        float[] begin = some(2);
        float[] cell = some(2);
        MnnModel m = new MnnModel();
        m.op("LSTM", "y", null, m.input("x", 0, STEPS, 1, WIDE), m.floats("w", new int[] {2, 4, WIDE}, w), m.floats("r", new int[] {2, 4, 1}, r),
                m.floats("b", new int[] {2, 4}, bias), m.floats("h", new int[] {2, 1, 1}, begin), m.floats("c", new int[] {2, 1, 1}, cell));
        float[] want = new float[2 * STEPS];
        for (int d = 0; d < 2; d++) {
            double h = begin[d];
            double c = cell[d];
            for (int k = 0; k < STEPS; k++) {
                int t = d == 0 ? k : STEPS - 1 - k;
                double[] gate = new double[4];
                for (int g = 0; g < 4; g++) {
                    gate[g] = dot(w, 4 * d + g, x, t) + r[4 * d + g] * h + bias[4 * d + g];
                }
                // input, output, forget, candidate
                c = sigmoid(gate[2]) * c + sigmoid(gate[0]) * Math.tanh(gate[3]);
                h = sigmoid(gate[1]) * Math.tanh(c);
                want[2 * t + d] = (float) h;
            }
        }
        assertArrayEquals(want, m.run(dir, Tensor.ofFloats(x, STEPS, 1, WIDE)).toFloats(), 1e-5f);
    }

    @Test
    void unitsWithGatesMayResetBeforeOrAfterTheirProduct() throws IOException {
        for (boolean before : new boolean[] {false, true}) {
            float[] x = some(STEPS * WIDE);
            // columns: update, reset; the last row meets the state
            float[] gates = some(2 * (WIDE + 1));
            float[] candidate = some(WIDE + 1);
            float[] bias = some(2);
            float[] own = some(1);
            float[] back = some(3);
            MnnModel m = new MnnModel();
            m.op("RNNSequenceGRU", "y", new Table(1, false, before, true), m.input("x", 0, STEPS, 1, WIDE), m.floats("g", new int[] {WIDE + 1, 2}, gates),
                    m.floats("gb", new int[] {2}, bias), m.floats("c", new int[] {WIDE + 1, 1}, candidate), m.floats("cb", new int[] {1}, own), m.floats("rb", new int[] {1, 3}, back));
            float[] want = new float[STEPS];
            double h = 0;
            for (int t = 0; t < STEPS; t++) {
                double[] z = {bias[0] + back[0], bias[1] + back[1], own[0]};
                for (int i = 0; i < WIDE; i++) {
                    z[0] += gates[2 * i] * x[t * WIDE + i];
                    z[1] += gates[2 * i + 1] * x[t * WIDE + i];
                    z[2] += candidate[i] * x[t * WIDE + i];
                }
                double update = sigmoid(z[0] + gates[2 * WIDE] * h);
                double reset = sigmoid(z[1] + gates[2 * WIDE + 1] * h);
                double next = Math.tanh(z[2] + (before ? reset * (candidate[WIDE] * h + back[2]) : candidate[WIDE] * reset * h + back[2]));
                h = (1 - update) * next + update * h;
                want[t] = (float) h;
            }
            assertArrayEquals(want, m.run(dir, Tensor.ofFloats(x, STEPS, 1, WIDE)).toFloats(), 1e-5f);
        }
    }

    @Test
    void plainUnits() throws IOException {
        float[] x = some(STEPS * WIDE);
        float[] w = some(WIDE);
        float[] r = some(1);
        float[] bias = some(1);
        MnnModel m = new MnnModel();
        m.op("RNN", "y", null, m.input("x", 0, STEPS, 1, WIDE), m.floats("w", new int[] {1, 1, WIDE}, w), m.floats("r", new int[] {1, 1, 1}, r), m.floats("b", new int[] {1, 1}, bias));
        float[] want = new float[STEPS];
        double h = 0;
        for (int t = 0; t < STEPS; t++) {
            h = Math.tanh(dot(w, 0, x, t) + r[0] * h + bias[0]);
            want[t] = (float) h;
        }
        assertArrayEquals(want, m.run(dir, Tensor.ofFloats(x, STEPS, 1, WIDE)).toFloats(), 1e-5f);
    }
}
