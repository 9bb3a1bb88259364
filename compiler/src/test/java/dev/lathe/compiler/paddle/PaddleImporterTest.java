package dev.lathe.compiler.paddle;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.compiler.Lathe;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.onnx.ImportOptions;
import dev.lathe.runtime.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PaddleImporterTest {
    @TempDir
    Path dir;

    private static Tensor floats(float[] v, int... dims) {
        return Tensor.ofFloats(v, dims);
    }

    private static TestProgram added() {
        return new TestProgram().input("x", 0, -1, 2, 2).parameter("w", new float[] {10, 20}, 2).parameter("a", new float[] {1}, 1)
                .op("elementwise_add", Map.of("X", "x", "Y", "w"), Map.of("Out", "y"), "axis", 1)
                .op("elementwise_add", Map.of("X", "y", "Y", "a"), Map.of("Out", "z"), "axis", -1).output("z");
    }

    @Test
    void secondOperandBeginsAtAxisAndParametersStandApartOrTogether() throws IOException {
        Tensor x = floats(new float[] {1, 2, 3, 4}, 1, 2, 2);
        Tensor want = floats(new float[] {12, 13, 24, 25}, 1, 2, 2);
        assertEquals(want, added().run(dir, "x", x).get(0));
        Path apart = Files.createDirectory(dir.resolve("apart"));
        Path program = added().write(apart, true);
        assertEquals(want, TestProgram.run(program, List.of("z"), "x", x).get(0));
        assertEquals(program, Lathe.modelIn(apart));
        assertEquals(dir.resolve("net.pdmodel"), Lathe.modelIn(dir));
    }

    @Test
    void adaptivePoolingDividesIntoOverlappingBins() {
        TestProgram p = new TestProgram().input("x", 0, 1, 1, 1, 5)
                .op("pool2d", Map.of("X", "x"), Map.of("Out", "y"), "pooling_type", "avg", "ksize", new int[] {1, 2}, "adaptive", true).output("y");
        assertArrayEquals(new float[] {2, 4}, p.run(dir, "x", floats(new float[] {1, 2, 3, 4, 5}, 1, 1, 1, 5)).get(0).toFloats());
    }

    @Test
    void moreBinsThanElementsRepeatThem() {
        TestProgram p = new TestProgram().input("x", 0, 1, 1, 1, 3)
                .op("pool2d", Map.of("X", "x"), Map.of("Out", "y"), "pooling_type", "avg", "ksize", new int[] {1, 7}, "adaptive", true).output("y");
        // bins of sevenths: 0 to 3/7, 3/7 to 6/7, 6/7 to 9/7, and so on
        assertArrayEquals(new float[] {1, 1, 2, 3, 4, 5, 5}, p.run(dir, "x", floats(new float[] {1, 3, 5}, 1, 1, 1, 3)).get(0).toFloats());
    }

    @Test
    void aWindowLargerThanTheImageStillHasOnePlace() {
        TestProgram p = new TestProgram().input("x", 0, 1, 1, 1, 4)
                .op("pool2d", Map.of("X", "x"), Map.of("Out", "y"), "pooling_type", "max", "ksize", new int[] {2, 2}, "strides", new int[] {2, 2}, "paddings", new int[] {0, 0})
                .output("y");
        Tensor y = p.run(dir, "x", floats(new float[] {1, 3, 2, -1}, 1, 1, 1, 4)).get(0);
        assertArrayEquals(new int[] {1, 1, 1, 2}, y.shape());
        assertArrayEquals(new float[] {3, 2}, y.toFloats());
    }

    @Test
    void shapesTakeZerosFromTheOperandAndOneFromTheRest() {
        TestProgram p = new TestProgram().input("x", 0, -1, 4, 3)
                .op("reshape2", Map.of("X", "x"), Map.of("Out", "y"), "shape", new int[] {0, -1, 2})
                .op("transpose2", Map.of("X", "y"), Map.of("Out", "z"), "axis", new int[] {1, 0, 2}).output("z");
        float[] x = new float[24];
        for (int i = 0; i < 24; i++) {
            x[i] = i;
        }
        Tensor z = p.run(dir, "x", floats(x, 2, 4, 3)).get(0);
        assertArrayEquals(new int[] {6, 2, 2}, z.shape());
        assertArrayEquals(new float[] {0, 1, 12, 13, 2, 3}, Arrays.copyOf(z.toFloats(), 6));
    }

    private static float sigmoid(double x) {
        return (float) (1 / (1 + Math.exp(-x)));
    }

    @Test
    void gruStartsAnewWithEverySequence() {
        float[] w = {0.3f, -0.2f, 0.5f};
        TestProgram p = new TestProgram().input("x", 1, -1, 3).parameter("w", w, 1, 3)
                .op("gru", Map.of("Input", "x", "Weight", "w"), Map.of("Hidden", "h"), "origin_mode", false).output("h");
        float[] x = {0.1f, 0.2f, 0.3f, -0.4f, 0.5f, 0.6f, 0.7f, -0.8f, 0.9f};
        float[] want = new float[3];
        float h = 0;
        for (int t = 0; t < 3; t++) {
            h = t == 2 ? 0 : h;
            float u = sigmoid(x[3 * t] + h * w[0]);
            float r = sigmoid(x[3 * t + 1] + h * w[1]);
            float c = (float) Math.tanh(x[3 * t + 2] + r * h * w[2]);
            h = (1 - u) * h + u * c;
            want[t] = h;
        }
        Tensor y = p.run(dir, "x", floats(x, 3, 3), "x.lod", Tensor.ofLongs(new long[] {0, 2, 3}, 3)).get(0);
        assertArrayEquals(want, y.toFloats(), 1e-5f);
    }

    @Test
    void bestPathThroughTagsIsTheBestOfAll() {
        float[] transition = {0.1f, 0.5f, -0.3f, 0.9f, 0.4f, -0.6f, 0.2f, 0.3f};
        TestProgram p = new TestProgram().input("x", 1, -1, 2).parameter("t", transition, 4, 2)
                .op("crf_decoding", Map.of("Emission", "x", "Transition", "t"), Map.of("ViterbiPath", "y")).output("y");
        float[] x = {0.3f, 0.1f, -0.2f, 0.6f, 0.5f, 0.45f, 0.9f, 0.2f, 0.0f, 1.3f};
        long[] lod = {0, 3, 5};
        long[] want = new long[5];
        for (int s = 0; s < 2; s++) {
            int n = (int) (lod[s + 1] - lod[s]);
            double best = Double.NEGATIVE_INFINITY;
            for (int code = 0; code < 1 << n; code++) {
                double score = transition[code & 1] + transition[2 + (code >> n - 1 & 1)];
                for (int i = 0; i < n; i++) {
                    int tag = code >> i & 1;
                    score += x[2 * ((int) lod[s] + i) + tag];
                    score += i == 0 ? 0 : transition[4 + 2 * (code >> i - 1 & 1) + tag];
                }
                if (score > best) {
                    best = score;
                    for (int i = 0; i < n; i++) {
                        want[(int) lod[s] + i] = code >> i & 1;
                    }
                }
            }
        }
        assertArrayEquals(want, p.run(dir, "x", floats(x, 5, 2), "x.lod", Tensor.ofLongs(lod, 3)).get(0).toLongs());
    }

    @Test
    void sequencesArePooledEachByItself() {
        TestProgram p = new TestProgram().input("x", 1, -1, 1)
                .op("sequence_pool", Map.of("X", "x"), Map.of("Out", "m"), "pooltype", "MAX")
                .op("sequence_pool", Map.of("X", "x"), Map.of("Out", "a"), "pooltype", "AVERAGE")
                .op("sequence_pool", Map.of("X", "x"), Map.of("Out", "l"), "pooltype", "LAST")
                .op("sequence_reverse", Map.of("X", "x"), Map.of("Y", "r")).output("m").output("a").output("l").output("r");
        List<Tensor> y = p.run(dir, "x", floats(new float[] {3, -1, 5, 6, -7}, 5, 1), "x.lod", Tensor.ofLongs(new long[] {0, 2, 5}, 3));
        assertArrayEquals(new float[] {3, 6}, y.get(0).toFloats());
        assertArrayEquals(new float[] {1, 4 / 3f}, y.get(1).toFloats(), 1e-6f);
        assertArrayEquals(new float[] {-1, -7}, y.get(2).toFloats());
        assertArrayEquals(new float[] {-1, 3, -7, 6, 5}, y.get(3).toFloats());
    }

    private static LatheException refused(Path program) {
        return assertThrows(LatheException.class, () -> Lathe.read(program, ImportOptions.NONE));
    }

    @Test
    void allUnsupportedOperatorsAreListed() {
        Path p = new TestProgram().input("x", 0, 1).op("frobnicate", Map.of("X", "x"), Map.of("Out", "y"))
                .op("quuxify", Map.of("X", "y"), Map.of("Out", "z")).output("z").write(dir, true);
        String message = refused(p).block();
        assertTrue(message.contains("2 PaddlePaddle operators") && message.contains("frobnicate") && message.contains("quuxify"), message);
    }

    @Test
    void damagedFilesAreRefusedWithTheirNames() throws IOException {
        byte[] parameters = added().combined();
        Path program = added().write(dir, false);
        for (int size = 0; size < parameters.length; size++) {
            Files.write(dir.resolve("net.pdiparams"), Arrays.copyOf(parameters, size));
            String message = refused(program).block();
            assertTrue(message.contains("net.pdiparams"), message);
        }
        Files.write(dir.resolve("net.pdiparams"), Arrays.copyOf(parameters, parameters.length + 1));
        assertTrue(refused(program).block().contains("left behind"));
        Files.delete(dir.resolve("net.pdiparams"));
        assertTrue(refused(program).block().contains("2 of 2 parameters"));
        byte[] whole = added().program();
        for (int size = 0; size < whole.length; size += 3) {
            Files.write(program, Arrays.copyOf(whole, size));
            String message = refused(program).block();
            assertTrue(message.contains("net.pdmodel"), message);
        }
    }
}
