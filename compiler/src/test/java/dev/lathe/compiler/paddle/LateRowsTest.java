package dev.lathe.compiler.paddle;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.lathe.runtime.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LateRowsTest {
    private static final int BOOL = 0;
    private static final int I64 = 3;

    @TempDir
    Path dir;

    private int programs;

    private List<Tensor> run(TestProgram p, Object... given) throws java.io.IOException {
        return p.run(Files.createDirectory(dir.resolve("p" + programs++)), given);
    }

    private static Tensor floats(int[] dims, float... v) {
        return Tensor.ofFloats(v, dims);
    }

    @Test
    void gatesMasksAndNorms() throws Exception {
        float[] x = {1, -2, 3, 0.5f};
        Tensor t = floats(new int[] {1, 4}, x);
        List<Tensor> y = run(new TestProgram().input("x", 0, 1, 4).typed("m", BOOL, 0, 1, 4).input("v", 0, 1).parameter("w", new float[] {1, 2, 3, 4}, 4).input("r", 0, 1, 4)
                .op("swiglu", Map.of("X", "x"), Map.of("Out", "g"))
                .op("masked_fill", Map.of("X", "x", "Mask", "m", "Value", "v"), Map.of("Out", "f"))
                .op("rms_norm", Map.of("X", "x", "Residual", "r", "NormWeight", "w"), Map.of("Out", "n", "ResidualOut", "s"), "epsilon", 1e-6f, "begin_norm_axis", 1)
                .op("elementwise_heaviside", Map.of("X", "f", "Y", "v"), Map.of("Out", "h"))
                .output("g").output("f").output("n").output("s").output("h"),
                "x", t, "m", Tensor.ofBooleans(new boolean[] {false, true, false, true}, 1, 4), "v", floats(new int[] {1}, 0), "r", floats(new int[] {1, 4}, 1, 1, 1, 1));
        float[] gate = new float[2];
        for (int i = 0; i < 2; i++) {
            gate[i] = (float) (x[i] / (1 + Math.exp(-x[i])) * x[i + 2]);
        }
        assertArrayEquals(gate, y.get(0).toFloats(), 1e-6f);
        assertArrayEquals(new float[] {1, 0, 3, 0}, y.get(1).toFloats());
        float[] s = {2, -1, 4, 1.5f};
        double mean = (4 + 1 + 16 + 2.25) / 4;
        float[] norm = new float[4];
        for (int i = 0; i < 4; i++) {
            norm[i] = (float) (s[i] / Math.sqrt(mean + 1e-6) * (i + 1));
        }
        assertArrayEquals(norm, y.get(2).toFloats(), 1e-5f);
        assertArrayEquals(s, y.get(3).toFloats());
        assertArrayEquals(new float[] {1, 0, 1, 0}, y.get(4).toFloats());
    }

    @Test
    void boxesAndOrders() throws Exception {
        List<Tensor> y = run(new TestProgram().input("b", 0, -1, 4).input("x", 0, 2, 3)
                .op("nms", Map.of("Boxes", "b"), Map.of("KeepBoxesIdxs", "k"), "iou_threshold", 0.4f)
                .op("kthvalue", Map.of("X", "x"), Map.of("Out", "v", "Indices", "i"), "k", 2, "axis", 0, "keepdim", false)
                .op("kthvalue", Map.of("X", "x"), Map.of("Out", "w", "Indices", "j"), "k", 2, "axis", -1, "keepdim", true)
                .output("k").output("v").output("i").output("w").output("j"),
                "b", floats(new int[] {4, 4}, 0, 0, 2, 2, 0, 0, 2, 1.5f, 1, 1, 3, 3, 9, 9, 10, 10), "x", floats(new int[] {2, 3}, 5, 1, 3, 4, 2, 6));
        assertArrayEquals(new long[] {0, 2, 3}, y.get(0).toLongs());
        assertArrayEquals(new float[] {5, 2, 6}, y.get(1).toFloats());
        assertArrayEquals(new long[] {0, 1, 1}, y.get(2).toLongs());
        assertArrayEquals(new float[] {3, 4}, y.get(3).toFloats());
        assertArrayEquals(new long[] {2, 0}, y.get(4).toLongs());
    }

    @Test
    void sumsAndProducts() throws Exception {
        List<Tensor> y = run(new TestProgram().input("x", 0, 2, 3).typed("at", I64, 0, 2).input("v", 0, 2, 2).input("z", 0, 2, 3).input("a", 0, 1, 2, 2)
                .op("index_add", Map.of("X", "x", "Index", "at", "AddValue", "v"), Map.of("Out", "y"), "axis", 1)
                .op("logcumsumexp", Map.of("X", "x"), Map.of("Out", "l"), "axis", 1, "flatten", false, "exclusive", false, "reverse", false)
                .op("logcumsumexp", Map.of("X", "x"), Map.of("Out", "r"), "axis", 0, "flatten", false, "exclusive", false, "reverse", true)
                .op("cross", Map.of("X", "x", "Y", "z"), Map.of("Out", "c"))
                .op("baddbmm", Map.of("Input", "a", "X", "a", "Y", "a"), Map.of("Out", "b"), "Alpha", 2f, "Beta", -1f)
                .output("y").output("l").output("r").output("c").output("b"),
                "x", floats(new int[] {2, 3}, 1, 2, 3, -1, 0, 100), "at", Tensor.ofLongs(new long[] {2, 2}, 2), "v", floats(new int[] {2, 2}, 10, 20, 30, 40),
                "z", floats(new int[] {2, 3}, 4, 5, 6, 1, 0, 0), "a", floats(new int[] {1, 2, 2}, 1, 2, 3, 4));
        assertArrayEquals(new float[] {1, 2, 33, -1, 0, 170}, y.get(0).toFloats());
        float[] sums = {1, log(1, 2), log(1, 2, 3), -1, log(-1, 0), 100};
        assertArrayEquals(sums, y.get(1).toFloats(), 1e-5f);
        assertArrayEquals(new float[] {log(1, -1), log(2, 0), 100, -1, 0, 100}, y.get(2).toFloats(), 1e-5f);
        assertArrayEquals(new float[] {-3, 6, -3, 0, 100, 0}, y.get(3).toFloats(), 1e-6f);
        assertArrayEquals(new float[] {13, 18, 27, 40}, y.get(4).toFloats());
    }

    private static float log(double... v) {
        double s = 0;
        for (double x : v) {
            s += Math.exp(x);
        }
        return (float) Math.log(s);
    }

    @Test
    void signalsAreTakenApartAndPutTogether() throws Exception {
        List<Tensor> y = run(new TestProgram().input("x", 0, 1, 7).input("z", 0, 7)
                .op("frame", Map.of("X", "x"), Map.of("Out", "f"), "frame_length", 3, "hop_length", 2, "axis", -1)
                .op("overlap_add", Map.of("X", "f"), Map.of("Out", "o"), "hop_length", 2, "axis", -1)
                .op("frame", Map.of("X", "z"), Map.of("Out", "g"), "frame_length", 3, "hop_length", 2, "axis", 0)
                .op("overlap_add", Map.of("X", "g"), Map.of("Out", "p"), "hop_length", 2, "axis", 0)
                .output("f").output("o").output("g").output("p"), "x", floats(new int[] {1, 7}, 1, 2, 3, 4, 5, 6, 7), "z", floats(new int[] {7}, 1, 2, 3, 4, 5, 6, 7));
        assertArrayEquals(new int[] {1, 3, 3}, y.get(0).shape());
        assertArrayEquals(new float[] {1, 3, 5, 2, 4, 6, 3, 5, 7}, y.get(0).toFloats());
        assertArrayEquals(new float[] {1, 2, 6, 4, 10, 6, 7}, y.get(1).toFloats());
        assertArrayEquals(new float[] {1, 2, 3, 3, 4, 5, 5, 6, 7}, y.get(2).toFloats());
        assertArrayEquals(new float[] {1, 2, 6, 4, 10, 6, 7}, y.get(3).toFloats());
    }
}
