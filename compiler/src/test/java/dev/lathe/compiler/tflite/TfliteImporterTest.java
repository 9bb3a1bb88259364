package dev.lathe.compiler.tflite;

import static dev.lathe.compiler.tflite.TfliteModels.F32;
import static dev.lathe.compiler.tflite.TfliteModels.I8;
import static dev.lathe.compiler.tflite.TfliteModels.convolution;
import static dev.lathe.compiler.tflite.TfliteModels.model;
import static dev.lathe.compiler.tflite.TfliteModels.quant;
import static dev.lathe.compiler.tflite.TfliteModels.tensor;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.codegen.jar.JarContents;
import dev.lathe.codegen.jar.JarWriter;
import dev.lathe.compiler.CompilerOptions;
import dev.lathe.compiler.Lathe;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.flat.FlatWriter;
import dev.lathe.compiler.flat.FlatWriter.Table;
import dev.lathe.compiler.onnx.ImportOptions;
import dev.lathe.runtime.Model;
import dev.lathe.runtime.ModelOptions;
import dev.lathe.runtime.Session;
import dev.lathe.runtime.Target;
import dev.lathe.runtime.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TfliteImporterTest {
    @TempDir
    Path dir;

    private Tensor run(byte[] model, Tensor x) throws IOException {
        Path file = Files.write(dir.resolve("m.tflite"), model);
        JarContents jar = Lathe.compile(file, CompilerOptions.DEFAULT.withTargets(List.of(Target.PORTABLE)));
        try (Model m = Model.of(JarWriter.image(jar), jar.id(), ModelOptions.DEFAULT.withTarget(Target.PORTABLE)); Session s = m.newSession()) {
            return s.set("x", x).run().output("y");
        }
    }

    @Test
    void convolutionsHaveChannelsLastAndPadToTheSameExtent() throws IOException {
        Tensor y = run(convolution(), Tensor.ofFloats(new float[] {0.1f, 0.2f, 0.3f, 0.4f, 0.5f, 0.6f, 0.7f, 0.8f, 9}, 1, 3, 3, 1));
        // corners of the image are the windows' middles
        assertArrayEquals(new int[] {1, 2, 2, 2}, y.shape());
        assertArrayEquals(new float[] {1.2f, 0.1f, 1.6f, 0.3f, 2.4f, 0.7f, 6, 6}, y.toFloats(), 1e-5f);
    }

    @Test
    void depthwiseWeightsHoldTheirChannelsLast() throws IOException {
        Tensor y = run(model(4, new Table((byte) 1, 1, 1, 1), FlatWriter.bytes(1, 10, 2, 20), tensor("x", F32, 0, null, 1, 1, 2, 2),
                tensor("w", F32, 1, null, 1, 1, 2, 2), tensor("y", F32, 0, null, 1, 1, 1, 2)), Tensor.ofFloats(new float[] {1, 2, 3, 4}, 1, 1, 2, 2));
        assertArrayEquals(new float[] {7, 100}, y.toFloats());
    }

    @Test
    void quantisedTensorsStandForTheirNumbers() throws IOException {
        byte[] m = model(9, new Table(), new byte[] {2, -4, 6, 8}, tensor("x", I8, 0, quant(0.5f, 1), 1, 2), tensor("w", I8, 1, quant(0.25f, 0), 2, 2),
                tensor("y", I8, 0, quant(0.1f, -3), 1, 2));
        // x is 1 and 2, w is (0.5, -1), (1.5, 2)
        Tensor y = run(m, Tensor.ofBytes(new byte[] {3, 5}, false, 1, 2));
        assertArrayEquals(new int[] {-18, 52}, y.toInts());
    }

    @Test
    void meansAndSoftmaxReduceAsTheirOptionsSay() throws IOException {
        byte[] axes = {1, 0, 0, 0, 2, 0, 0, 0};
        Tensor y = run(model(40, new Table(true), axes, tensor("x", F32, 0, null, 1, 2, 2, 1), tensor("a", (byte) 2, 1, null, 2),
                tensor("y", F32, 0, null, 1, 1, 1, 1)), Tensor.ofFloats(new float[] {1, 2, 3, 6}, 1, 2, 2, 1));
        assertArrayEquals(new int[] {1, 1, 1, 1}, y.shape());
        assertArrayEquals(new float[] {3}, y.toFloats());
    }

    @Test
    void whatIsNotSupportedOrDamagedIsSaid() throws IOException {
        Path file = dir.resolve("bad.tflite");
        Files.write(file, model(33, new Table(), new byte[0], tensor("x", F32, 0, null, 1), tensor("y", F32, 0, null, 1)));
        LatheException e = assertThrows(LatheException.class, () -> Lathe.read(file, ImportOptions.NONE));
        assertTrue(e.block().contains("1 TensorFlow Lite operator") && e.block().contains("number 33"), e.block());
        byte[] whole = convolution();
        for (int size = 0; size < whole.length; size += 5) {
            Files.write(file, Arrays.copyOf(whole, size));
            assertTrue(assertThrows(LatheException.class, () -> Lathe.read(file, ImportOptions.NONE)).block().contains("bad.tflite"));
        }
        // any byte may be wrong: never another exception
        for (int at = 8; at < whole.length; at++) {
            byte[] wrong = whole.clone();
            wrong[at] ^= 0x55;
            Files.write(file, wrong);
            try {
                Lathe.read(file, ImportOptions.NONE);
            } catch (LatheException ok) {
                assertTrue(!ok.getMessage().isEmpty());
            }
        }
    }
}
