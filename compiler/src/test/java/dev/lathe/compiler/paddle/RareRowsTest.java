package dev.lathe.compiler.paddle;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.lathe.runtime.Tensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Operators that few programs have. */
class RareRowsTest {
    private static final int BOOL = 0;
    private static final int I64 = 3;

    @TempDir
    Path dir;

    @Test
    void weightsAreDividedByTheirLargestSingularValue() {
        // the second dimension goes in front: rows (1, 3) and (2, 4)
        float[] u = {0.6f, 0.8f};
        float[] v = {1, 0};
        double[][] m = {{1, 3}, {2, 4}};
        double[] a = {u[0], u[1]};
        double[] b = {v[0], v[1]};
        for (int t = 0; t < 2; t++) {
            b = unit(m[0][0] * a[0] + m[1][0] * a[1], m[0][1] * a[0] + m[1][1] * a[1]);
            a = unit(m[0][0] * b[0] + m[0][1] * b[1], m[1][0] * b[0] + m[1][1] * b[1]);
        }
        double sigma = a[0] * (m[0][0] * b[0] + m[0][1] * b[1]) + a[1] * (m[1][0] * b[0] + m[1][1] * b[1]);
        TestProgram p = new TestProgram().input("x", 0, 2, 2).parameter("u", u, 2).parameter("v", v, 2)
                .op("spectral_norm", Map.of("Weight", "x", "U", "u", "V", "v"), Map.of("Out", "y"), "dim", 1, "power_iters", 2, "eps", 1e-12f).output("y");
        float[] y = p.run(dir, "x", Tensor.ofFloats(new float[] {1, 2, 3, 4}, 2, 2)).get(0).toFloats();
        assertArrayEquals(new float[] {(float) (1 / sigma), (float) (2 / sigma), (float) (3 / sigma), (float) (4 / sigma)}, y, 1e-6f);
    }

    private static double[] unit(double a, double b) {
        double n = Math.sqrt(a * a + b * b);
        return new double[] {a / n, b / n};
    }

    @Test
    void regionsArePooledFromTheirOwnImage() {
        float[] x = new float[32];
        for (int i = 0; i < 32; i++) {
            x[i] = i;
        }
        // in pixels twice as small: 0 to 3 and 1 to 2 of the first image, 2 to 3 of the second
        TestProgram p = new TestProgram().input("x", 0, 2, 1, 4, 4).input("r", 1, -1, 4)
                .op("roi_pool", Map.of("X", "x", "ROIs", "r"), Map.of("Out", "y"), "pooled_height", 1, "pooled_width", 2, "spatial_scale", 0.5f).output("y");
        Tensor y = p.run(dir, "x", Tensor.ofFloats(x, 2, 1, 4, 4), "r", Tensor.ofFloats(new float[] {0, 0, 6, 6, 2, 2, 4, 4, 4, 4, 6, 6}, 3, 4),
                "r.lod", Tensor.ofLongs(new long[] {0, 2, 3}, 3)).get(0);
        assertArrayEquals(new int[] {3, 1, 1, 2}, y.shape());
        assertArrayEquals(new float[] {13, 15, 9, 10, 30, 31}, y.toFloats());
    }

    @Test
    void convolutionsMayLookBesideTheirPlacesWithoutAMask() {
        // every place is moved one to the right
        TestProgram p = new TestProgram().input("x", 0, 1, 1, 1, 4).parameter("o", new float[] {0, 0, 0, 0, 1, 1, 1, 1}, 1, 2, 1, 4).parameter("w", new float[] {10}, 1, 1, 1, 1)
                .op("deformable_conv_v1", Map.of("Input", "x", "Offset", "o", "Filter", "w"), Map.of("Output", "y"), "strides", new int[] {1, 1}, "paddings", new int[] {0, 0},
                        "dilations", new int[] {1, 1}, "groups", 1, "deformable_groups", 1).output("y");
        assertArrayEquals(new float[] {20, 30, 40, 0}, p.run(dir, "x", Tensor.ofFloats(new float[] {1, 2, 3, 4}, 1, 1, 1, 4)).get(0).toFloats(), 1e-6f);
    }

    @Test
    void vectorsBecomeDiagonalsAndBroadcastTogether() {
        TestProgram p = new TestProgram().input("x", 0, 2).input("z", 0, 3, 1).op("diag", Map.of("Diagonal", "x"), Map.of("Out", "d"))
                .op("broadcast_tensors", Map.of("X", "x,z"), Map.of("Out", "a,b")).output("d").output("a").output("b");
        List<Tensor> y = p.run(dir, "x", Tensor.ofFloats(new float[] {1, 2}, 2), "z", Tensor.ofFloats(new float[] {7, 8, 9}, 3, 1));
        assertArrayEquals(new float[] {1, 0, 0, 2}, y.get(0).toFloats());
        assertArrayEquals(new float[] {1, 2, 1, 2, 1, 2}, y.get(1).toFloats());
        assertArrayEquals(new float[] {7, 7, 8, 8, 9, 9}, y.get(2).toFloats());
    }

    @Test
    void loopsMayWriteBackToAnOperand() {
        TestProgram p = new TestProgram().input("x", 0, 2).typed("n", I64, 0, 1)
                .op("fill_constant", Map.of(), Map.of("Out", "i"), "shape", new int[] {1}, "dtype", I64, "value", 0f)
                .op("assign", Map.of("X", "x"), Map.of("Out", "s")).declare("c", 7, BOOL, 1).op("less_than", Map.of("X", "i", "Y", "n"), Map.of("Out", "c"));
        TestProgram.Block body = p.begin();
        p.declare("t", 7, 5, 2).op("scale", Map.of("X", "s"), Map.of("Out", "t"), "scale", 3f)
                .op("write_back", Map.of("Src_LoDTensor", "t", "Dst_LoDTensor", "s"), Map.of()).op("increment", Map.of("X", "i"), Map.of("Out", "i"), "step", 1f)
                .op("less_than", Map.of("X", "i", "Y", "n"), Map.of("Out", "c")).end();
        p.op("while", Map.of("X", "s,i,n", "Condition", "c"), Map.of("Out", "i", "StepScopes", "scopes"), "sub_block", body).op("scale", Map.of("X", "s"), Map.of("Out", "y"), "scale", 1f)
                .output("y");
        assertArrayEquals(new float[] {9, -18}, p.run(dir, "x", Tensor.ofFloats(new float[] {1, -2}, 2), "n", Tensor.ofLongs(new long[] {2}, 1)).get(0).toFloats());
    }
}
