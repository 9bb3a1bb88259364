package dev.lathe.compiler.paddle;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.lathe.runtime.Tensor;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Networks that match two texts, against plain loops. */
class TextMatchRowsTest {
    /** Two pairs of texts: 2 by 3 and 3 by 1 words. */
    private static final int[] LEFT = {0, 2, 5};
    private static final int[] RIGHT = {0, 3, 4};
    private static final int WIDE = 2;

    @TempDir
    Path dir;

    private static float[] floats(Random r, int n) {
        float[] v = new float[n];
        for (int i = 0; i < n; i++) {
            v[i] = (float) r.nextGaussian();
        }
        return v;
    }

    private static Tensor lod(int[] at) {
        return Tensor.ofLongs(Arrays.stream(at).asLongStream().toArray(), at.length);
    }

    private static int height(int i) {
        return LEFT[i + 1] - LEFT[i];
    }

    private static int width(int i) {
        return RIGHT[i + 1] - RIGHT[i];
    }

    @Test
    void everyStepIsMatchedWithEveryStepAndTheImagesArePooled() {
        Random random = new Random(1);
        float[] x = floats(random, 5 * WIDE);
        float[] y = floats(random, 4 * WIDE);
        float[] w = floats(random, WIDE * 3 * WIDE);
        float[] kernel = floats(random, 2 * 3 * 3 * 3);
        TestProgram p = new TestProgram().input("x", 1, -1, WIDE).input("y", 1, -1, WIDE).parameter("w", w, WIDE, 3, WIDE).parameter("k", kernel, 2, 27)
                .op("match_matrix_tensor", Map.of("X", "x", "Y", "y", "W", "w"), Map.of("Out", "m", "Tmp", "t"), "dim_t", 3)
                .op("var_conv_2d", Map.of("X", "m", "ROW", "x", "COLUMN", "y", "W", "k"), Map.of("Out", "c", "Col", "cc"), "InputChannel", 3, "OutputChannel", 2, "KernelH", 3,
                        "KernelW", 3, "StrideH", 2, "StrideW", 1)
                .op("sequence_topk_avg_pooling", Map.of("X", "m", "ROW", "x", "COLUMN", "y"), Map.of("Out", "b", "pos", "pos"), "channel_num", 3, "topks", new int[] {1, 2})
                .output("m").output("c").output("b");
        List<Tensor> got = p.run(dir, "x", Tensor.ofFloats(x, 5, WIDE), "y", Tensor.ofFloats(y, 4, WIDE), "x.lod", lod(LEFT), "y.lod", lod(RIGHT));
        float[][][] images = new float[2][][];
        float[] match = new float[3 * (6 + 3)];
        float[] best = new float[5 * 6];
        int at = 0;
        for (int i = 0; i < 2; i++) {
            images[i] = new float[3][height(i) * width(i)];
            for (int t = 0; t < 3; t++) {
                for (int a = 0; a < height(i); a++) {
                    float[] row = new float[width(i)];
                    for (int b = 0; b < width(i); b++) {
                        for (int d = 0; d < WIDE; d++) {
                            for (int e = 0; e < WIDE; e++) {
                                row[b] += x[(LEFT[i] + a) * WIDE + d] * w[d * 3 * WIDE + t * WIDE + e] * y[(RIGHT[i] + b) * WIDE + e];
                            }
                        }
                        images[i][t][a * width(i) + b] = row[b];
                        match[at++] = row[b];
                    }
                    Arrays.sort(row);
                    float first = row[row.length - 1];
                    float second = row.length > 1 ? row[row.length - 2] : 0;
                    best[(LEFT[i] + a) * 6 + 2 * t] = first;
                    best[(LEFT[i] + a) * 6 + 2 * t + 1] = (first + second) / 2;
                }
            }
        }
        assertArrayEquals(match, got.get(0).toFloats(), 1e-5f);
        assertArrayEquals(best, got.get(2).toFloats(), 1e-5f);
        float[] conv = new float[2 * (3 + 2)];
        at = 0;
        for (int i = 0; i < 2; i++) {
            for (int o = 0; o < 2; o++) {
                for (int a = 0; a < height(i); a += 2) {
                    for (int b = 0; b < width(i); b++, at++) {
                        for (int k = 0; k < 27; k++) {
                            int r = a + k / 3 % 3 - 1;
                            int c = b + k % 3 - 1;
                            boolean inside = r >= 0 && c >= 0 && r < height(i) && c < width(i);
                            conv[at] += inside ? kernel[o * 27 + k] * images[i][k / 9][r * width(i) + c] : 0;
                        }
                    }
                }
            }
        }
        assertArrayEquals(conv, got.get(1).toFloats(), 1e-4f);
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    @Test
    void gatedUnitsResetWhatTheStateWasMultipliedTo() {
        Random random = new Random(2);
        float[] x = floats(random, 5 * WIDE);
        float[] in = floats(random, 3 * 2 * WIDE);
        float[] back = floats(random, 3 * 2 * 2);
        float[] want = new float[10];
        double[] h = new double[2];
        for (int row = 0; row < 5; row++) {
            h = row == LEFT[1] ? new double[2] : h;
            double[][] a = new double[3][2];
            double[][] b = new double[3][2];
            for (int g = 0; g < 3; g++) {
                for (int k = 0; k < 2; k++) {
                    for (int e = 0; e < WIDE; e++) {
                        a[g][k] += in[(g * 2 + k) * WIDE + e] * x[row * WIDE + e];
                    }
                    for (int e = 0; e < 2; e++) {
                        b[g][k] += back[(g * 2 + k) * 2 + e] * h[e];
                    }
                }
            }
            double[] next = new double[2];
            for (int k = 0; k < 2; k++) {
                double z = sigmoid(a[2][k] + b[2][k]);
                next[k] = z * h[k] + (1 - z) * Math.tanh(a[0][k] + sigmoid(a[1][k] + b[1][k]) * b[0][k]);
                want[2 * row + k] = (float) next[k];
            }
            h = next;
        }
        TestProgram p = new TestProgram().input("x", 1, -1, WIDE).parameter("i", in, 3, 2, WIDE).parameter("b", back, 3, 2, 2)
                .op("search_grnn", Map.of("X", "x", "Wi", "i", "Wh", "b"), Map.of("Out", "y"), "num_input", WIDE, "num_hidden", 2).output("y");
        assertArrayEquals(want, p.run(dir, "x", Tensor.ofFloats(x, 5, WIDE), "x.lod", lod(LEFT)).get(0).toFloats(), 1e-5f);
    }
}
