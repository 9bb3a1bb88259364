package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ops.OneNode.near;
import static dev.lathe.compiler.onnx.ops.OneNode.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.codegen.jar.JarContents;
import dev.lathe.codegen.jar.JarWriter;
import dev.lathe.compiler.CompilerOptions;
import dev.lathe.compiler.Lathe;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.models.Onnx;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.Model;
import dev.lathe.runtime.ModelOptions;
import dev.lathe.runtime.Session;
import dev.lathe.runtime.Target;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Pooling, normalisation and transposed convolution against plain loops. */
class PoolTest {
    private static final int H = 7;
    private static final int W = 6;

    private final Tensor x = random(1, 2, 3, H, W);

    /** What one window gives: the elements inside and how many places it has. */
    private interface Window {
        double of(List<Double> inside, int places);
    }

    // kernel 3x2, stride 2, one line of padding before and none after
    private double[] pool(int oh, int ow, Window f) {
        double[] y = new double[6 * oh * ow];
        for (int i = 0; i < y.length; i++) {
            java.util.ArrayList<Double> inside = new java.util.ArrayList<>();
            int r0 = i / ow % oh * 2 - 1;
            int c0 = i % ow * 2 - 1;
            for (int r = r0; r < r0 + 3; r++) {
                for (int c = c0; c < c0 + 2; c++) {
                    if (r >= 0 && r < H && c >= 0 && c < W) {
                        inside.add(x.number((i / (oh * ow) * H + r) * W + c));
                    }
                }
            }
            y[i] = f.of(inside, 6);
        }
        return y;
    }

    private OneNode node(String op) {
        return OneNode.of(op, 22).attr("kernel_shape", new long[] {3, 2}).attr("strides", new long[] {2, 2}).attr("pads", new long[] {1, 1, 0, 0}).in(x);
    }

    @Test
    void windows() {
        near(node("AveragePool").run(1).get(0), 1e-6, pool(3, 3, (v, n) -> v.stream().mapToDouble(d -> d).sum() / v.size()));
        near(node("AveragePool").attr("count_include_pad", 1).run(1).get(0), 1e-6, pool(3, 3, (v, n) -> v.stream().mapToDouble(d -> d).sum() / n));
        near(node("LpPool").run(1).get(0), 1e-6, pool(3, 3, (v, n) -> Math.sqrt(v.stream().mapToDouble(d -> d * d).sum())));
        near(node("LpPool").attr("p", 3).run(1).get(0), 1e-5, pool(3, 3, (v, n) -> Math.cbrt(v.stream().mapToDouble(d -> Math.abs(d * d * d)).sum())));
        near(node("MaxPool").attr("ceil_mode", 1).run(1).get(0), 0, pool(4, 4, (v, n) -> v.stream().mapToDouble(d -> d).max().orElseThrow()));
    }

    /** Two elements of a window of three, two apart: one place, as in engines, whose division rounds towards 0. */
    @Test
    void windowsLongerThanTheOperandHaveOnePlace() {
        Tensor two = Tensor.ofFloats(new int[] {1, 1, 2}, 3, -5);
        near(longer("MaxPool", 2).in(two).run(1).get(0), 0, 3);
        near(longer("AveragePool", 2).in(two).run(1).get(0), 0, -1);
        near(longer("LpPool", 2).in(two).run(1).get(0), 1e-6, Math.sqrt(34));
        for (String op : List.of("MaxPool", "AveragePool", "LpPool")) {
            LatheException e = assertThrows(LatheException.class, () -> longer(op, 1).in(two).run(1));
            assertTrue(e.getMessage().contains("a window of 3 has no place in 2 elements"), e.getMessage());
        }
    }

    private static OneNode longer(String op, long stride) {
        return OneNode.of(op, 22).attr("kernel_shape", new long[] {3}).attr("strides", new long[] {stride}).onlyStatic();
    }

    /** With open extents, the shapes for which a window has no place are refused by name before anything runs: no average of nothing. */
    @ParameterizedTest
    @CsvSource({"MaxPool", "AveragePool", "LpPool"})
    void openExtentsWithoutAPlaceAreRefused(String op, @TempDir Path folder) throws IOException {
        Onnx o = new Onnx("g").input("x", ElementType.F32, 1, 1, "T").node(op, "p", "x", "v", Onnx.ints("kernel_shape", 3), Onnx.ints("strides", 2))
                .node(op, "q", "v", "w", Onnx.ints("kernel_shape", 2), Onnx.ints("strides", 2)).node("GlobalAveragePool", "m", "w", "y").output("y", ElementType.F32);
        Path file = Files.write(folder.resolve("g.onnx"), o.bytes());
        JarContents jar = Lathe.compile(file, CompilerOptions.DEFAULT.withTargets(List.of(Target.PORTABLE)));
        try (Model m = Model.of(JarWriter.image(jar), jar.id(), ModelOptions.DEFAULT.withTarget(Target.PORTABLE)); Session s = m.newSession()) {
            s.set("x", dev.lathe.runtime.Tensor.ofFloats(new float[] {1, 2, 3, 4, 5}, 1, 1, 5));
            s.run();
            assertFalse(Float.isNaN(((float[]) s.output("y").array())[0]));
            RuntimeException e = assertThrows(RuntimeException.class, () -> {
                s.set("x", dev.lathe.runtime.Tensor.ofFloats(new float[] {1, 2, 3, 4}, 1, 1, 4));
                s.run();
            });
            assertTrue(e.getMessage().contains("T in 5.."), e.getMessage());
        }
    }

    @ParameterizedTest
    @CsvSource({"0", "1"})
    void placesOfMaxima(int order) {
        List<Tensor> r = node("MaxPool").attr("storage_order", order).run(2);
        for (int i = 0; i < r.get(0).size(); i++) {
            int at = (int) r.get(1).longs()[i];
            int rest = at % (H * W);
            int row = order == 0 ? at : at - rest + rest % H * W + rest / H;
            near(Tensor.ofFloats(new int[0], x.floats()[row]), 0, r.get(0).number(i));
        }
        near(OneNode.of("MaxUnpool", 11).attr("kernel_shape", new long[] {2}).attr("strides", new long[] {2})
                .in(Tensor.ofFloats(new int[] {1, 1, 2}, 5, 6)).in(Tensor.ofLongs(new int[] {1, 1, 2}, 1, 2)).run(1).get(0), 0, 0, 5, 6, 0);
    }

    @ParameterizedTest
    @CsvSource({"AveragePool, SAME_UPPER", "AveragePool, SAME_LOWER", "MaxPool, SAME_UPPER", "LpPool, SAME_LOWER"})
    void padsForTheSameSize(String op, String auto) {
        // also with symbolic extents, where the pads are found while running
        Tensor y = OneNode.of(op, 19).attr("kernel_shape", new long[] {3, 3}).attr("strides", new long[] {2, 2}).attr("auto_pad", auto).in(x).run(1).get(0);
        assertArrayEquals(new int[] {2, 3, 4, 3}, y.dims());
    }

    @Test
    void convolvesBackwards() {
        Tensor a = random(3, 1, 2, 3);
        Tensor w = random(4, 2, 1, 4);
        double[] full = new double[8];
        for (int c = 0; c < 2; c++) {
            for (int i = 0; i < 3; i++) {
                for (int k = 0; k < 4; k++) {
                    full[i * 2 + k] += a.number(c * 3 + i) * w.number(c * 4 + k);
                }
            }
        }
        near(OneNode.of("ConvTranspose", 11).attr("strides", new long[] {2}).in(a).in(w).run(1).get(0), 1e-6, full);
        near(OneNode.of("ConvTranspose", 11).attr("strides", new long[] {2}).attr("output_shape", new long[] {7}).in(a).in(w).run(1).get(0), 1e-6,
                java.util.Arrays.copyOfRange(full, 1, 8));
        near(OneNode.of("ConvTranspose", 11).attr("strides", new long[] {2}).attr("auto_pad", "SAME_UPPER").in(a).in(w).run(1).get(0), 1e-6,
                java.util.Arrays.copyOfRange(full, 1, 7));
    }

    private static double[] normal(double[] v, double eps) {
        double mean = java.util.Arrays.stream(v).average().orElseThrow();
        double var = java.util.Arrays.stream(v).map(d -> (d - mean) * (d - mean)).average().orElseThrow();
        return java.util.Arrays.stream(v).map(d -> (d - mean) / Math.sqrt(var + eps)).toArray();
    }

    private double[] grouped(int size, double eps) {
        double[] y = new double[x.size()];
        for (int g = 0; g < y.length; g += size) {
            double[] v = new double[size];
            for (int i = 0; i < size; i++) {
                v[i] = x.number(g + i);
            }
            System.arraycopy(normal(v, eps), 0, y, g, size);
        }
        return y;
    }

    @Test
    void normalises() {
        Tensor ones = Tensor.ofFloats(new int[] {3}, 1, 1, 1);
        Tensor zeros = Tensor.ofFloats(new int[] {3}, 0, 0, 0);
        near(OneNode.of("InstanceNormalization", 22).in(x).in(ones).in(zeros).run(1).get(0), 1e-5, grouped(H * W, 1e-5));
        near(OneNode.of("GroupNormalization", 21).attr("num_groups", 1).in(x).in(ones).in(zeros).run(1).get(0), 1e-5, grouped(3 * H * W, 1e-5));
        Tensor v = Tensor.ofFloats(new int[] {2, 2}, 3, 4, 0, 0);
        near(OneNode.of("LpNormalization", 22).in(v).run(1).get(0), 1e-6, 0.6, 0.8, 0, 0);
    }

    @Test
    void neighboursInhibit() {
        Tensor v = Tensor.ofFloats(new int[] {1, 3, 1}, 1, 2, 3);
        double[] squares = {5, 14, 13};
        double[] want = new double[3];
        for (int i = 0; i < 3; i++) {
            want[i] = (i + 1) / Math.pow(2 + 0.3 / 3 * squares[i], 0.5);
        }
        near(OneNode.of("LRN", 13).attr("size", 3).attr("alpha", 0.3).attr("beta", 0.5).attr("bias", 2.0).in(v).run(1).get(0), 1e-6, want);
    }

    @Test
    void trainsOnBatches() {
        Tensor one = Tensor.ofFloats(new int[] {1}, 1);
        Tensor zero = Tensor.ofFloats(new int[] {1}, 0);
        Tensor v = Tensor.ofFloats(new int[] {2, 1, 2}, 1, 2, 3, 6);
        List<Tensor> r = OneNode.of("BatchNormalization", 15).attr("training_mode", 1).attr("momentum", 0.75).in(v).in(one).in(zero).in(zero).in(one).run(3);
        near(r.get(0), 1e-5, normal(new double[] {1, 2, 3, 6}, 1e-5));
        near(r.get(1), 1e-6, 0.25 * 3);
        near(r.get(2), 1e-6, 0.75 + 0.25 * 3.5);
    }
}
