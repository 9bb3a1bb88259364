package dev.lathe.compiler.formats;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lathe.codegen.jar.JarContents;
import dev.lathe.codegen.jar.JarWriter;
import dev.lathe.compiler.CompilerOptions;
import dev.lathe.compiler.Lathe;
import dev.lathe.compiler.mnn.MnnModel;
import dev.lathe.compiler.models.Onnx;
import dev.lathe.compiler.onnx.proto.WireWriter;
import dev.lathe.compiler.paddle.PaddleModels;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.compiler.tflite.TfliteModels;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.Model;
import dev.lathe.runtime.ModelOptions;
import dev.lathe.runtime.Session;
import dev.lathe.runtime.Target;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One network in every format gives the same, and what plain loops give. */
class TwinTest {
    private static final TwinWeights W = TwinWeights.seeded();
    private static final float[] X = TwinWeights.floats(new Random(5), 3 * 64);

    @TempDir
    Path dir;

    private static float[] run(Path model, float[] x, int... shape) {
        JarContents jar = Lathe.compile(model, CompilerOptions.DEFAULT.withTargets(List.of(Target.PORTABLE)));
        try (Model m = Model.of(JarWriter.image(jar), jar.id(), ModelOptions.DEFAULT.withTarget(Target.PORTABLE)); Session s = m.newSession()) {
            dev.lathe.runtime.Tensor y = s.set("x", dev.lathe.runtime.Tensor.ofFloats(x, shape)).run().output(m.outputs().get(0).name());
            assertArrayEquals(new int[] {1, 5}, y.shape());
            return y.toFloats();
        }
    }

    private Path onnx() throws IOException {
        Onnx o = new Onnx("twin").input("x", ElementType.F32, 1, 3, 8, 8).output("y", ElementType.F32, 1, 5).weight("w", Tensor.ofFloats(new int[] {8, 3, 3, 3}, W.conv()))
                .weight("b", Tensor.ofFloats(new int[] {8}, W.convBias())).weight("d", Tensor.ofFloats(new int[] {8, 1, 3, 3}, W.depth()))
                .weight("e", Tensor.ofFloats(new int[] {8}, W.depthBias())).weight("f", Tensor.ofFloats(new int[] {5, 16}, W.full()))
                .weight("g", Tensor.ofFloats(new int[] {5}, W.fullBias())).weight("zero", Tensor.ofFloats(new int[0], 0)).weight("six", Tensor.ofFloats(new int[0], 6))
                .weight("scales", Tensor.ofFloats(new int[] {4}, 1, 1, 2, 2)).weight("shape", Tensor.ofLongs(new int[] {2}, 1, 16));
        WireWriter pads = Onnx.ints("pads", 1, 1, 1, 1);
        o.node("Conv", "c", "x w b", "c", Onnx.ints("strides", 2, 2), pads).node("Relu", "r", "c", "r").node("Conv", "p", "r d e", "p", pads, Onnx.integer("group", 8))
                .node("Clip", "q", "p zero six", "q").node("MaxPool", "m", "q", "m", Onnx.ints("kernel_shape", 2, 2), Onnx.ints("strides", 2, 2))
                .node("Resize", "u", "m  scales", "u", text("mode", "nearest"), text("coordinate_transformation_mode", "asymmetric"), text("nearest_mode", "floor"))
                .node("Concat", "k", "q u", "k", Onnx.integer("axis", 1)).node("GlobalAveragePool", "a", "k", "a").node("Reshape", "s", "a shape", "s")
                .node("Gemm", "l", "s f g", "l", Onnx.integer("transB", 1)).node("Softmax", "y", "l", "y");
        return Files.write(dir.resolve("twin.onnx"), o.bytes());
    }

    private static WireWriter text(String name, String value) {
        return new WireWriter().string(1, name).string(4, value).int64(20, 3);
    }

    @Test
    void allFormatsGiveTheSame() throws IOException {
        float[] want = plain();
        float[] onnx = run(onnx(), X, 1, 3, 8, 8);
        assertArrayEquals(want, onnx, 1e-5f);
        assertArrayEquals(onnx, run(PaddleModels.twin(Files.createDirectory(dir.resolve("paddle")), W), X, 1, 3, 8, 8), 1e-6f);
        assertArrayEquals(onnx, run(Files.write(dir.resolve("twin.mnn"), MnnModel.twin(W)), X, 1, 3, 8, 8), 1e-6f);
        assertArrayEquals(onnx, run(Files.write(dir.resolve("twin.tflite"), TfliteModels.twin(W)), TwinWeights.channelsLast(X, 1, 3, 64), 1, 8, 8, 3), 1e-6f);
    }

    /** Of what plain loops say, so that not all of them are wrong in the same way. */
    private static float[] plain() {
        double[][] r = new double[8][16];
        for (int o = 0; o < 8; o++) {
            for (int p = 0; p < 16; p++) {
                double sum = W.convBias()[o];
                for (int k = 0; k < 27; k++) {
                    int y = p / 4 * 2 + k / 3 % 3 - 1;
                    int x = p % 4 * 2 + k % 3 - 1;
                    sum += y < 0 || x < 0 || y > 7 || x > 7 ? 0 : W.conv()[o * 27 + k] * X[k / 9 * 64 + y * 8 + x];
                }
                r[o][p] = Math.max(0, sum);
            }
        }
        double[] mean = new double[16];
        for (int c = 0; c < 8; c++) {
            double[] q = new double[16];
            for (int p = 0; p < 16; p++) {
                double sum = W.depthBias()[c];
                for (int k = 0; k < 9; k++) {
                    int y = p / 4 + k / 3 - 1;
                    int x = p % 4 + k % 3 - 1;
                    sum += y < 0 || x < 0 || y > 3 || x > 3 ? 0 : W.depth()[c * 9 + k] * r[c][y * 4 + x];
                }
                q[p] = Math.min(6, Math.max(0, sum));
                mean[c] += q[p] / 16;
            }
            for (int p : new int[] {0, 2, 8, 10}) {
                // each stands for four places
                mean[8 + c] += Math.max(Math.max(q[p], q[p + 1]), Math.max(q[p + 4], q[p + 5])) / 4;
            }
        }
        double[] e = new double[5];
        double all = 0;
        for (int i = 0; i < 5; i++) {
            double sum = W.fullBias()[i];
            for (int k = 0; k < 16; k++) {
                sum += W.full()[i * 16 + k] * mean[k];
            }
            e[i] = Math.exp(sum);
            all += e[i];
        }
        float[] y = new float[5];
        for (int i = 0; i < 5; i++) {
            y[i] = (float) (e[i] / all);
        }
        assertEquals(1, y[0] + y[1] + y[2] + y[3] + y[4], 1e-6);
        return y;
    }
}
