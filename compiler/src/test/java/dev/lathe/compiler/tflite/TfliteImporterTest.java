package dev.lathe.compiler.tflite;

import static dev.lathe.compiler.tflite.TfliteModels.F32;
import static dev.lathe.compiler.tflite.TfliteModels.I8;
import static dev.lathe.compiler.tflite.TfliteModels.convolution;
import static dev.lathe.compiler.tflite.TfliteModels.I32;
import static dev.lathe.compiler.tflite.TfliteModels.ints;
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
import java.util.ArrayList;
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
    void blocksBecomeBatchesAndBack() throws IOException {
        Tensor x = Tensor.ofFloats(new float[] {1, 2, 3, 4, 5, 6}, 1, 2, 3, 1);
        // a column of zeros behind makes the width even
        Tensor y = run(model(38, null, List.of(ints(2, 2), ints(0, 0, 0, 1)), tensor("x", F32, 0, null, 1, 2, 3, 1), tensor("b", I32, 1, null, 2),
                tensor("p", I32, 2, null, 2, 2), tensor("y", F32, 0, null, 4, 1, 2, 1)), x);
        assertArrayEquals(new int[] {4, 1, 2, 1}, y.shape());
        assertArrayEquals(new float[] {1, 3, 2, 0, 4, 6, 5, 0}, y.toFloats());
        Tensor back = run(model(37, null, List.of(ints(2, 2), ints(0, 0, 0, 1)), tensor("x", F32, 0, null, 4, 1, 2, 1), tensor("b", I32, 1, null, 2),
                tensor("p", I32, 2, null, 2, 2), tensor("y", F32, 0, null, 1, 2, 3, 1)), y);
        assertArrayEquals(x.toFloats(), back.toFloats());
    }

    /** One operator with these operands; the first tensor is the model's input. */
    private static byte[] operator(int code, Table options, List<byte[]> weights, int[] in, List<Table> tensors) {
        Table op = new Table(0, in, new int[] {tensors.size() - 1}, (byte) 1, options);
        Table graph = new Table(tensors, new int[] {0}, new int[] {tensors.size() - 1}, List.of(op));
        List<Table> buffers = new ArrayList<>(List.of(new Table()));
        weights.forEach(w -> buffers.add(new Table((Object) w)));
        return FlatWriter.model(new Table(3, List.of(new Table((byte) code, null, null, code)), List.of(graph), null, buffers));
    }

    @Test
    void transposedConvolutionsFillTheShapeGiven() throws IOException {
        // SAME, stride 2, kernel 3: one of five is cut at the end
        byte[] m = operator(67, new Table((byte) 0, 2, 1), List.of(ints(1, 1, 4, 1), FlatWriter.bytes(1, 10, 100)), new int[] {1, 2, 0},
                List.of(tensor("x", F32, 0, null, 1, 1, 2, 1), tensor("s", I32, 1, null, 4), tensor("w", F32, 2, null, 1, 1, 3, 1), tensor("y", F32, 0, null, 1, 1, 4, 1)));
        assertArrayEquals(new float[] {1, 10, 102, 20}, run(m, Tensor.ofFloats(new float[] {1, 2}, 1, 1, 2, 1)).toFloats());
    }

    @Test
    void transposedConvolutionsMayGetTheirExtentsWithTheCall() throws IOException {
        // the operand of extents is an input of the model: what is declared of the result holds
        List<Table> t = List.of(tensor("x", F32, 0, null, 1, 1, 2, 1), tensor("s", I32, 0, null, 4), tensor("w", F32, 1, null, 1, 1, 3, 1), tensor("y", F32, 0, null, 1, 1, 4, 1));
        byte[] m = TfliteMoreTest.graphs(List.of(67), List.of(FlatWriter.bytes(1, 10, 100)),
                TfliteMoreTest.graph(t, new int[] {0, 1}, new int[] {3}, TfliteMoreTest.op(0, new Table((byte) 0, 2, 1), new int[] {1, 2, 0}, 3)));
        Path file = Files.write(dir.resolve("m.tflite"), m);
        JarContents jar = Lathe.compile(file, CompilerOptions.DEFAULT.withTargets(List.of(Target.PORTABLE)));
        try (Model model = Model.of(JarWriter.image(jar), jar.id(), ModelOptions.DEFAULT.withTarget(Target.PORTABLE)); Session s = model.newSession()) {
            s.set("x", Tensor.ofFloats(new float[] {1, 2}, 1, 1, 2, 1)).set("s", Tensor.ofInts(new int[] {1, 1, 4, 1}, 4)).run();
            assertArrayEquals(new float[] {1, 10, 102, 20}, s.output("y").toFloats());
        }
    }

    @Test
    void partsMayLeaveOutAndAddDimensions() throws IOException {
        // x[..., new, 1] of [1, 2, 3]
        byte[] m = model(45, new Table(0, 0, 1, 2, 4), List.of(ints(0, 0, 1), ints(0, 0, 2), ints(1, 1, 1)), tensor("x", F32, 0, null, 1, 2, 3),
                tensor("b", I32, 1, null, 3), tensor("e", I32, 2, null, 3), tensor("s", I32, 3, null, 3), tensor("y", F32, 0, null, 1, 2, 1));
        Tensor y = run(m, Tensor.ofFloats(new float[] {1, 2, 3, 4, 5, 6}, 1, 2, 3));
        assertArrayEquals(new int[] {1, 2, 1}, y.shape());
        assertArrayEquals(new float[] {2, 5}, y.toFloats());
    }

    @Test
    void bordersMayRepeatTheOutermostElements() throws IOException {
        Tensor x = Tensor.ofFloats(new float[] {1, 2, 3}, 1, 3);
        for (byte mode : new byte[] {0, 1}) {
            Tensor y = run(model(100, new Table(mode), List.of(ints(0, 0, 2, 1)), tensor("x", F32, 0, null, 1, 3), tensor("p", I32, 1, null, 2, 2),
                    tensor("y", F32, 0, null, 1, 6)), x);
            assertArrayEquals(mode == 0 ? new float[] {3, 2, 1, 2, 3, 2} : new float[] {2, 1, 1, 2, 3, 3}, y.toFloats());
        }
    }

    @Test
    void lstmsHaveTheirGatesInTheirOrder() throws IOException {
        float[] w = {0.5f, -0.3f, 0.8f, 0.2f};
        float[] r = {0.1f, 0.4f, -0.6f, 0.9f};
        float[] bias = {0.05f, 0.1f, -0.2f, 0.3f};
        List<byte[]> buffers = new ArrayList<>();
        List<Table> tensors = new ArrayList<>(List.of(tensor("x", F32, 0, null, 1, 2, 1)));
        for (float[] group : new float[][] {w, r, bias}) {
            for (float v : group) {
                buffers.add(FlatWriter.bytes(v));
                int[] shape = group == bias ? new int[] {1} : new int[] {1, 1};
                tensors.add(tensor("t" + buffers.size(), F32, buffers.size(), null, shape));
            }
        }
        // what it keeps between runs
        tensors.add(new Table(new int[] {1, 1}, F32, 0, "h", null, true));
        tensors.add(new Table(new int[] {1, 1}, F32, 0, "c", null, true));
        tensors.add(tensor("y", F32, 0, null, 1, 2, 1));
        byte[] m = operator(44, new Table((byte) 4), buffers, new int[] {0, 1, 2, 3, 4, 5, 6, 7, 8, -1, -1, -1, 9, 10, 11, 12, -1, -1, 13, 14}, tensors);
        double h = 0;
        double c = 0;
        float[] expected = new float[2];
        float[] x = {1, -2};
        for (int t = 0; t < 2; t++) {
            double[] g = new double[4];
            for (int k = 0; k < 4; k++) {
                g[k] = w[k] * x[t] + r[k] * h + bias[k];
            }
            c = sigmoid(g[1]) * c + sigmoid(g[0]) * Math.tanh(g[2]);
            h = sigmoid(g[3]) * Math.tanh(c);
            expected[t] = (float) h;
        }
        assertArrayEquals(expected, run(m, Tensor.ofFloats(x, 1, 2, 1)).toFloats(), 1e-6f);
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    @Test
    void whatIsNotSupportedOrDamagedIsSaid() throws IOException {
        Path file = dir.resolve("bad.tflite");
        Files.write(file, model(33, new Table(), new byte[0], tensor("x", F32, 0, null, 1), tensor("y", F32, 0, null, 1)));
        LatheException e = assertThrows(LatheException.class, () -> Lathe.read(file, ImportOptions.NONE));
        assertTrue(e.block().contains("1 TensorFlow Lite operator") && e.block().contains("EMBEDDING_LOOKUP_SPARSE"), e.block());
        // three groups, as the weights have one of three channels, and two of their results
        Files.write(file, model(3, new Table((byte) 0, 1, 1), FlatWriter.bytes(1, 2), tensor("x", F32, 0, null, 1, 2, 2, 3), tensor("w", F32, 1, null, 2, 1, 1, 1),
                tensor("y", F32, 0, null, 1, 2, 2, 2)));
        assertTrue(assertThrows(LatheException.class, () -> Lathe.read(file, ImportOptions.NONE)).block().contains("can't be divided into 3 groups"));
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
