package dev.lathe.compiler.models;

import dev.lathe.compiler.onnx.TensorEncoder;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** Makes what stands under {@code src/test/resources/models}; {@link TestModelsTest} compares and, with -Dlathe.bless=true, writes. */
public final class TestModels {
    public static final Path FOLDER = Path.of("src/test/resources/models");

    private TestModels() {}

    /** Files by name. */
    static Map<String, byte[]> all() {
        Map<String, byte[]> files = new TreeMap<>();
        conv(files);
        files.put("add/model.onnx", new Onnx("add").input("a", ElementType.F32, "N").input("b", ElementType.F32, "N")
                .output("sum", ElementType.F32, "N").node("Add", "plus", "a b", "sum").bytes());
        files.put("lookup/model.onnx", new Onnx("lookup").input("ids", ElementType.I64, 3).output("rows", ElementType.F32, 3, 2)
                .weight("table", Tensor.ofFloats(new int[] {4, 2}, 0, 1, 10, 11, 20, 21, 30, 31)).node("Gather", "pick", "table ids", "rows").bytes());
        files.put("unsupported/model.onnx", new Onnx("unsupported").input("x", ElementType.F32, 4).output("y", ElementType.F32, 4)
                .node("Frobnicate", "first_one", "x", "h").node("Relu", "fine", "h", "i").node("Quuxify", "second_one", "i", "y").bytes());
        files.put("external/model.onnx", new Onnx("external").input("x", ElementType.F32, 2).output("y", ElementType.F32, 2)
                .external("w", "weights.bin", 8, 2).node("Mul", "scale", "x w", "y").bytes());
        return files;
    }

    /** A convolution with bias and relu, with a recorded run computed here. */
    private static void conv(Map<String, byte[]> files) {
        float[] x = numbers(3 * 8 * 8, 7);
        float[] w = numbers(4 * 3 * 3 * 3, 5);
        float[] b = numbers(4, 3);
        files.put("conv/model.onnx", new Onnx("conv").input("x", ElementType.F32, 1, 3, 8, 8).output("y", ElementType.F32, 1, 4, 8, 8)
                .weight("w", Tensor.ofFloats(new int[] {4, 3, 3, 3}, w)).weight("b", Tensor.ofFloats(new int[] {4}, b))
                .node("Conv", "conv_0", "x w b", "h", Onnx.ints("pads", 1, 1, 1, 1)).node("Relu", "relu_1", "h", "y").bytes());
        files.put("conv/test_data_set_0/input_0.pb", TensorEncoder.encode(Tensor.ofFloats(new int[] {1, 3, 8, 8}, x), "x").toBytes());
        files.put("conv/test_data_set_0/output_0.pb", TensorEncoder.encode(Tensor.ofFloats(new int[] {1, 4, 8, 8}, conv(x, w, b)), "y").toBytes());
    }

    private static float[] conv(float[] x, float[] w, float[] b) {
        float[] y = new float[4 * 64];
        for (int o = 0; o < y.length; o++) {
            int m = o / 64;
            double sum = b[m];
            for (int k = 0; k < 27; k++) {
                int row = o / 8 % 8 + k / 3 % 3 - 1;
                int col = o % 8 + k % 3 - 1;
                sum += row < 0 || row > 7 || col < 0 || col > 7 ? 0 : (double) x[k / 9 * 64 + row * 8 + col] * w[m * 27 + k];
            }
            y[o] = (float) Math.max(0, sum);
        }
        return y;
    }

    /** Numbers from -1 to 1 that look like anything. */
    private static float[] numbers(int n, int seed) {
        float[] a = new float[n];
        for (int i = 0; i < n; i++) {
            a[i] = (i * 37 + seed * 101) % 201 / 100f - 1;
        }
        return a;
    }
}
