package dev.lathe.compiler.tflite;

import static dev.lathe.compiler.tflite.TfliteModels.F32;
import static dev.lathe.compiler.tflite.TfliteModels.tensor;
import static dev.lathe.compiler.tflite.TfliteMoreTest.custom;
import static dev.lathe.compiler.tflite.TfliteMoreTest.flex;
import static dev.lathe.compiler.tflite.TfliteMoreTest.graph;
import static dev.lathe.compiler.tflite.TfliteMoreTest.graphs;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.lathe.codegen.jar.JarContents;
import dev.lathe.codegen.jar.JarWriter;
import dev.lathe.compiler.CompilerOptions;
import dev.lathe.compiler.Lathe;
import dev.lathe.compiler.flat.FlatWriter;
import dev.lathe.compiler.flat.FlatWriter.Table;
import dev.lathe.runtime.Model;
import dev.lathe.runtime.ModelOptions;
import dev.lathe.runtime.Session;
import dev.lathe.runtime.Target;
import dev.lathe.runtime.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Points of a face and the crops around them, beside matrices that are multiplied one by one. */
class TfliteLandmarksTest {
    @TempDir
    Path dir;

    private float[] run(byte[] model, Tensor x) throws IOException {
        Path file = Files.write(dir.resolve("m.tflite"), model);
        JarContents jar = Lathe.compile(file, CompilerOptions.DEFAULT.withTargets(List.of(Target.PORTABLE)));
        try (Model m = Model.of(JarWriter.image(jar), jar.id(), ModelOptions.DEFAULT.withTarget(Target.PORTABLE)); Session s = m.newSession()) {
            return s.set("x", x).run().output("y").toFloats();
        }
    }

    private byte[] one(String op, byte[] attributes, int[] in, int[] out) {
        return graphs(List.of(op), List.of(), graph(List.of(tensor("x", F32, 0, null, in), tensor("y", F32, 0, null, out)), new int[] {0}, new int[] {1},
                custom(0, attributes, new int[] {0}, 1)));
    }

    /** An operator whose second operand is constant. */
    private byte[] two(String op, byte[] attributes, float[] second, int[] dims, int[] in, int[] out) {
        return graphs(List.of(op), List.of(FlatWriter.bytes(second)), graph(List.of(tensor("x", F32, 0, null, in), tensor("m", F32, 1, null, dims), tensor("y", F32, 0, null, out)),
                new int[] {0}, new int[] {2}, custom(0, attributes, new int[] {0, 1}, 2)));
    }

    private static double[][] times(double[][] a, double[][] b) {
        double[][] r = new double[a.length][b[0].length];
        for (int i = 0; i < a.length; i++) {
            for (int j = 0; j < b[0].length; j++) {
                for (int k = 0; k < b.length; k++) {
                    r[i][j] += a[i][k] * b[k][j];
                }
            }
        }
        return r;
    }

    private static double[][] moved(double x, double y) {
        return new double[][] {{1, 0, x}, {0, 1, y}, {0, 0, 1}};
    }

    private static double[][] scaled(double x, double y) {
        return new double[][] {{x, 0, 0}, {0, y, 0}, {0, 0, 1}};
    }

    private static double[][] turned(double r) {
        return new double[][] {{Math.cos(r), -Math.sin(r), 0}, {Math.sin(r), Math.cos(r), 0}, {0, 0, 1}};
    }

    /** {least x, least y, most x, most y} of points, turned. */
    private static double[] box(float[] points, int[] subset, double angle) {
        double[] r = {1e9, 1e9, -1e9, -1e9};
        for (int p : subset) {
            double[][] q = times(turned(angle), new double[][] {{points[3 * p]}, {points[3 * p + 1]}, {1}});
            for (int i = 0; i < 2; i++) {
                r[i] = Math.min(r[i], q[i][0]);
                r[2 + i] = Math.max(r[2 + i], q[i][0]);
            }
        }
        return r;
    }

    private static float[] points(int count, long seed) {
        Random random = new Random(seed);
        float[] v = new float[3 * count];
        for (int i = 0; i < v.length; i++) {
            v[i] = 20 + 100 * random.nextFloat();
        }
        return v;
    }

    @Test
    void pointsSpanACropThatIsTurned() throws IOException {
        float[] p = points(8, 3);
        int[] subset = {1, 5, 2, 7, 6};
        byte[] m = one("Landmarks2TransformMatrix", flex("subset_idxs", subset, "left_rotation_idx", 3, "right_rotation_idx", 0, "target_rotation_radians", 0.25f,
                "output_height", 32, "output_width", 48, "scale_x", 1.5f, "scale_y", 2f), new int[] {1, 8, 3}, new int[] {1, 4, 4});
        double angle = 0.25 - Math.atan2(p[1] - p[10], p[0] - p[9]);
        double[] b = box(p, subset, angle);
        double[][] centre = times(turned(-angle), new double[][] {{(b[0] + b[2]) / 2}, {(b[1] + b[3]) / 2}, {1}});
        double[][] want = times(times(times(moved(centre[0][0], centre[1][0]), turned(-angle)), scaled(1.5 * (b[2] - b[0]) / 48, 2 * (b[3] - b[1]) / 32)), moved(-24, -16));
        assertArrayEquals(four(want, 1, 0), run(m, Tensor.ofFloats(p, 1, 8, 3)), 2e-4f);
    }

    // x, y, 0 and the shift; what stands in the third row is the versions' own
    private static float[] four(double[][] m, int z, int end) {
        return new float[] {(float) m[0][0], (float) m[0][1], 0, (float) m[0][2], (float) m[1][0], (float) m[1][1], 0, (float) m[1][2], 0, 0, z, end, 0, 0, 0, 1};
    }

    @Test
    void theFirstVersionGoesByASquareOfThePoints() throws IOException {
        float[] p = points(6, 4);
        int[] subset = {0, 2, 5, 4};
        byte[] m = one("Landmarks2TransformMatrix", flex("subset", subset, "left_rotation_idx", 1, "right_rotation_idx", 3, "dimensions", 3, "landmarks_range", 192,
                "bbox_size_multiplier", 1.4f, "input_hw", new int[] {40, 56}, "output_hw", new int[] {16, 24}), new int[] {1, 1, 1, 18}, new int[] {1, 4, 4});
        double angle = -Math.atan((p[10] - p[4]) / (double) (p[9] - p[3]));
        double[] b = box(p, subset, angle);
        double[][] middle = times(turned(-angle), new double[][] {{(b[0] + b[2]) / 2}, {(b[1] + b[3]) / 2}, {1}});
        double[][] rotation = turned(-angle);
        rotation[0][2] = middle[0][0] / 192 * 2 - 1;
        rotation[1][2] = middle[1][0] / 192 * 2 - 1;
        double[][] absolute = {{55 / 2.0, 0, 55 / 2.0}, {0, 39 / 2.0, 39 / 2.0}, {0, 0, 1}};
        double[][] relative = {{2 / 23.0, 0, -1}, {0, 2 / 15.0, -1}, {0, 0, 1}};
        double[][] want = times(times(times(absolute, rotation), scaled((b[2] - b[0]) * 1.4 / 192, (b[3] - b[1]) * 1.4 / 192)), relative);
        assertArrayEquals(four(want, 1, 0), run(m, Tensor.ofFloats(p, 1, 1, 1, 18)), 2e-4f);
    }

    private static final float[] MATRIX = {0.5f, -0.25f, 9, 2, 0.125f, 1.5f, 9, -1, 0, 0, 1, 0, 0, 0, 0, 1};

    @Test
    void pointsGoThroughAMatrix() throws IOException {
        float[] p = {4, 8, 7, -2, 1, 3};
        float[] want = {2 - 2 + 2, 0.5f + 12 - 1, 7, -1 - 0.25f + 2, -0.25f + 1.5f - 1, 3};
        int[] square = {1, 4, 4};
        assertArrayEquals(want, run(two("TransformLandmarks", new byte[0], MATRIX, square, new int[] {1, 2, 3}, new int[] {1, 2, 3}), Tensor.ofFloats(p, 1, 2, 3)), 1e-6f);
        float[] flat = {2 - 2 + 20, 0.5f + 12 - 10, 3.5f + 0.5f + 20, 0.875f - 3 - 10};
        byte[] old = two("TransformLandmarks", flex("dimensions", 2, "scale", 10f), MATRIX, square, new int[] {1, 1, 1, 4}, new int[] {1, 1, 1, 4});
        assertArrayEquals(flat, run(old, Tensor.ofFloats(new float[] {4, 8, 7, -2}, 1, 1, 1, 4)), 1e-6f);
    }

    private static float pixel(float[] x, int h, int w, int c, double py, double px, int channel) {
        double r = 0;
        for (int dy = 0; dy < 2; dy++) {
            for (int dx = 0; dx < 2; dx++) {
                int iy = (int) Math.floor(py) + dy;
                int ix = (int) Math.floor(px) + dx;
                if (iy >= 0 && ix >= 0 && iy < h && ix < w) {
                    r += (1 - Math.abs(py - iy)) * (1 - Math.abs(px - ix)) * x[(iy * w + ix) * c + channel];
                }
            }
        }
        return (float) r;
    }

    @Test
    void imagesGoThroughAMatrix() throws IOException {
        int h = 5;
        int w = 6;
        float[] x = points(20, 5);
        for (boolean old : new boolean[] {false, true}) {
            byte[] a = old ? flex("output_size", new int[] {4, 7}) : flex("output_height", 4, "output_width", 7);
            byte[] m = two(old ? "TransformTensor" : "TransformTensorBilinear", a, MATRIX, new int[] {1, 4, 4}, new int[] {1, h, w, 2}, new int[] {1, 4, 7, 2});
            float[] want = new float[4 * 7 * 2];
            int inside = 0;
            for (int i = 0; i < want.length; i++) {
                double ox = i / 2 % 7 + (old ? 0 : 0.5);
                double oy = i / 14 + (old ? 0 : 0.5);
                double px = 0.5 * ox - 0.25 * oy + 2 - (old ? 0 : 0.5);
                double py = 0.125 * ox + 1.5 * oy - 1 - (old ? 0 : 0.5);
                boolean there = px >= 0 && py >= 0 && px <= w - 1 && py <= h - 1;
                want[i] = there ? pixel(x, h, w, 2, py, px, i % 2) : 0;
                inside += there ? 1 : 0;
            }
            org.junit.jupiter.api.Assertions.assertTrue(inside > 10 && inside < want.length);
            assertArrayEquals(want, run(m, Tensor.ofFloats(x, 1, h, w, 2)), 1e-3f);
        }
    }

    @Test
    void imagesAreReadWhereAWarpSays() throws IOException {
        float[] warp = {0, 0, 1.5f, 0.25f, -0.5f, 1, 2.5f, 1.75f, -1, 0, 3, 1, 0.5f, -0.75f, 7, 7, 2, 1, 1, 1, 0.5f, 0.5f, -0.25f, -0.25f};
        float[] x = points(8, 6);
        byte[] m = two("Resampler", new byte[0], warp, new int[] {2, 2, 3, 2}, new int[] {2, 2, 3, 2}, new int[] {2, 2, 3, 2});
        float[] want = new float[24];
        for (int i = 0; i < 24; i++) {
            float[] image = java.util.Arrays.copyOfRange(x, i / 12 * 12, i / 12 * 12 + 12);
            float px = warp[i / 2 * 2];
            float py = warp[i / 2 * 2 + 1];
            want[i] = px > -1 && py > -1 && px < 3 && py < 2 ? pixel(image, 2, 3, 2, py, px, i % 2) : 0;
        }
        assertArrayEquals(want, run(m, Tensor.ofFloats(x, 2, 2, 3, 2)), 1e-3f);
    }
}
