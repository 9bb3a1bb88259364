package dev.lathe.compiler.tflite;

import static dev.lathe.compiler.tflite.TfliteModels.F32;
import static dev.lathe.compiler.tflite.TfliteModels.I32;
import static dev.lathe.compiler.tflite.TfliteModels.I8;
import static dev.lathe.compiler.tflite.TfliteModels.ints;
import static dev.lathe.compiler.tflite.TfliteModels.model;
import static dev.lathe.compiler.tflite.TfliteModels.tensor;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.codegen.jar.JarContents;
import dev.lathe.codegen.jar.JarWriter;
import dev.lathe.compiler.CompilerOptions;
import dev.lathe.compiler.Lathe;
import dev.lathe.compiler.cli.Main;
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
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TfliteMoreTest {
    private static final byte BOOL = 6;
    private static final byte RESOURCE = 13;

    @TempDir
    Path dir;

    private List<Tensor> all(byte[] model, List<String> outputs, Tensor x) throws IOException {
        Path file = Files.write(dir.resolve("m.tflite"), model);
        JarContents jar = Lathe.compile(file, CompilerOptions.DEFAULT.withTargets(List.of(Target.PORTABLE)));
        try (Model m = Model.of(JarWriter.image(jar), jar.id(), ModelOptions.DEFAULT.withTarget(Target.PORTABLE)); Session s = m.newSession()) {
            s.set("x", x).run();
            return outputs.stream().map(s::output).toList();
        }
    }

    private Tensor run(byte[] model, Tensor x) throws IOException {
        return all(model, List.of("y"), x).get(0);
    }

    private static Tensor floats(float[] v, int... dims) {
        return Tensor.ofFloats(v, dims);
    }

    // ---- several operators and graphs ---------------------------------------------------------------------------

    static Table op(int code, Table options, int[] in, int... out) {
        return new Table(code, in, out, (byte) 1, options);
    }

    static Table custom(int code, byte[] attributes, int[] in, int... out) {
        return new Table(code, in, out, null, null, attributes);
    }

    static Table graph(List<Table> tensors, int[] in, int[] out, Table... ops) {
        return new Table(tensors, in, out, List.of(ops));
    }

    /** @param codes operators by their numbers, or a name for those beyond; operations name them by position */
    static byte[] graphs(List<Object> codes, List<byte[]> weights, Table... graphs) {
        List<Table> table = new ArrayList<>();
        for (Object c : codes) {
            table.add(c instanceof String s ? new Table((byte) 32, s, null, 32) : new Table((byte) Math.min(127, (int) c), null, null, c));
        }
        List<Table> buffers = new ArrayList<>(List.of(new Table()));
        weights.forEach(w -> buffers.add(new Table((Object) w)));
        return FlatWriter.model(new Table(3, table, List.of(graphs), null, buffers));
    }

    static byte[] control() {
        // while (sum(x) < 100) x = x + (1, 10), which ends wherever it begins; if (sum(x) > 150) relu(x) else -x
        List<Table> t = List.of(tensor("v", F32, 0, null, 2), tensor("a", I32, 2, null, 1), tensor("s", F32, 0, null), tensor("l", F32, 1, null), tensor("c", BOOL, 0, null));
        Table condition = graph(t, new int[] {0}, new int[] {4}, op(0, new Table(false), new int[] {0, 1}, 2), op(1, null, new int[] {2, 3}, 4));
        Table body = graph(List.of(tensor("v", F32, 0, null, 2), tensor("k", F32, 4, null, 2), tensor("w", F32, 0, null, 2)), new int[] {0}, new int[] {2},
                op(2, new Table(), new int[] {0, 1}, 2));
        Table yes = graph(List.of(tensor("v", F32, 0, null, 2), tensor("w", F32, 0, null, 2)), new int[] {0}, new int[] {1}, op(3, null, new int[] {0}, 1));
        Table no = graph(List.of(tensor("v", F32, 0, null, 2), tensor("w", F32, 0, null, 2)), new int[] {0}, new int[] {1}, op(4, null, new int[] {0}, 1));
        Table main = graph(List.of(tensor("x", F32, 0, null, 2), tensor("d", F32, 0, null, 2), tensor("a", I32, 2, null, 1), tensor("s", F32, 0, null), tensor("l", F32, 3, null),
                        tensor("c", BOOL, 0, null), tensor("y", F32, 0, null, 2)), new int[] {0}, new int[] {6}, op(5, new Table(1, 2), new int[] {0}, 1),
                op(0, new Table(false), new int[] {1, 2}, 3), op(6, null, new int[] {3, 4}, 5), op(7, new Table(3, 4), new int[] {5, 1}, 6));
        return graphs(List.of(74, 58, 0, 19, 59, 119, 61, 118), List.of(FlatWriter.bytes(100), ints(0), FlatWriter.bytes(150), FlatWriter.bytes(1, 10)), main, condition, body, yes, no);
    }

    @Test
    void loopsAndChoicesRunOtherGraphs() throws IOException {
        byte[] m = control();
        assertArrayEquals(new float[] {-8, -96}, run(m, floats(new float[] {-1, 6}, 2)).toFloats());
        assertArrayEquals(new float[] {0, 360}, run(m, floats(new float[] {-200, 360}, 2)).toFloats());
    }

    @Test
    void variablesBeginAsTheFirstCallSays() throws IOException {
        Table init = graph(List.of(tensor("h", RESOURCE, 0, null), tensor("k", F32, 1, null, 2)), new int[0], new int[0],
                op(0, new Table("", "v"), new int[0], 0), op(1, null, new int[] {0, 1}));
        Table main = graph(List.of(tensor("x", F32, 0, null, 2), tensor("h", RESOURCE, 0, null), tensor("r", F32, 0, null, 2), tensor("y", F32, 0, null, 2)), new int[] {0},
                new int[] {3}, op(2, new Table(1), new int[0]), op(0, new Table("", "v"), new int[0], 1), op(3, null, new int[] {1}, 2), op(4, new Table(), new int[] {0, 2}, 3),
                op(1, null, new int[] {1, 3}));
        byte[] m = graphs(List.of(142, 144, 129, 143, 0), List.of(FlatWriter.bytes(10, 20)), main, init);
        assertArrayEquals(new float[] {11, 22}, run(m, floats(new float[] {1, 2}, 2)).toFloats());
    }

    /** One graph adds, the other multiplies. */
    private Path functions() throws IOException {
        Table[] graphs = new Table[2];
        for (int i = 0; i < 2; i++) {
            graphs[i] = graph(List.of(tensor("x", F32, 0, null, 2), tensor("k", F32, 1, null, 2), tensor("y", F32, 0, null, 2)), new int[] {0}, new int[] {2},
                    op(i, new Table(), new int[] {0, 1}, 2));
        }
        List<Table> codes = List.of(new Table((byte) 0, null, null, 0), new Table((byte) 18, null, null, 18));
        List<Table> signatures = List.of(new Table(null, null, "scale", null, 1), new Table(null, null, "shift", null, 0));
        return Files.write(dir.resolve("functions.tflite"), FlatWriter.model(new Table(3, codes, List.of(graphs), null,
                List.of(new Table(), new Table((Object) FlatWriter.bytes(3, 5))), null, null, signatures)));
    }

    @Test
    void oneOfSeveralSignaturesIsChosenByName() throws IOException {
        Path m = functions();
        assertEquals(List.of("shift", "scale"), Lathe.signatures(m));
        assertEquals("add", Lathe.read(m, ImportOptions.NONE).nodes().get(1).op());
        assertEquals("mul", Lathe.read(m, ImportOptions.NONE.withSignature("scale")).nodes().get(1).op());
        assertTrue(assertThrows(LatheException.class, () -> Lathe.read(m, ImportOptions.NONE.withSignature("train"))).block().contains("signatures are scale, shift"));
        Path text = Files.writeString(dir.resolve("a.lir"), "lathe 1\n");
        assertTrue(assertThrows(LatheException.class, () -> Lathe.read(text, ImportOptions.NONE.withSignature("scale"))).block().contains("only TensorFlow Lite"));
    }

    @Test
    void theCommandLineNamesTheOtherSignatures() throws IOException {
        java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
        java.io.PrintStream to = new java.io.PrintStream(out, true, StandardCharsets.UTF_8);
        String[] line = {"compile", functions().toString(), "--target", "portable", "-o", dir.resolve("f.jar").toString()};
        assertEquals(0, Main.run(line, to, to));
        assertTrue(out.toString(StandardCharsets.UTF_8).contains("signature shift; it also has scale"), out.toString(StandardCharsets.UTF_8));
        String[] scale = java.util.Arrays.copyOf(line, line.length + 2);
        scale[line.length] = "--signature";
        scale[line.length + 1] = "scale";
        assertEquals(0, Main.run(scale, to, to));
        assertTrue(out.toString(StandardCharsets.UTF_8).contains("signature scale; it also has shift"), out.toString(StandardCharsets.UTF_8));
        scale[line.length + 1] = "train";
        assertEquals(2, Main.run(scale, to, to));
    }

    /** What a command says, having ended with this code. */
    private static String says(int code, String... line) {
        java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
        java.io.PrintStream to = new java.io.PrintStream(out, true, StandardCharsets.UTF_8);
        assertEquals(code, Main.run(line, to, to), () -> out.toString(StandardCharsets.UTF_8));
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void everyCommandTakesASignature() throws IOException {
        String m = functions().toString();
        // 3 and 5 are the constants: (7, 11) is scaled to (21, 55), shifted to (10, 16)
        Path set = Files.createDirectories(dir.resolve("test_data_set_0"));
        Files.write(set.resolve("input_0.npy"), npy(7, 11));
        Files.write(set.resolve("output_0.npy"), npy(21, 55));
        String x = "x=" + set.resolve("input_0.npy");
        assertTrue(says(0, "run", m, "-i", x, "--target", "portable", "--signature", "scale").contains("= 21.0000, 55.0000"));
        assertTrue(says(0, "run", m, "-i", x, "--target", "portable").contains("= 10.0000, 16.0000"));
        assertTrue(says(0, "verify", m, "--data", set.toString(), "--target", "portable", "--signature", "scale").contains("1 passed, 0 failed"));
        assertTrue(says(1, "verify", m, "--data", set.toString(), "--target", "portable").contains("0 passed, 1 failed"));
        assertTrue(says(0, "verify", m, "--layers", "--target", "portable", "--signature", "scale").contains("1 passed"));
        assertTrue(says(0, "print", m, "--signature", "scale").contains("mul("));
        assertTrue(says(0, "print", m).contains("add("));
        assertTrue(says(0, "inspect", m, "--target", "portable", "--signature", "scale").contains("signature scale; it also has shift"));
        assertTrue(says(0, "bench", m, "--target", "portable", "--seconds", "0.01", "--per-op", "--signature", "scale").contains("mul"));

        // a jar holds one of them, and says which
        String jar = dir.resolve("scale.jar").toString();
        says(0, "compile", m, "--target", "portable", "-o", jar, "--signature", "scale");
        assertTrue(says(0, "inspect", jar).contains("  signature = scale\n"));
        assertTrue(says(0, "verify", jar, "--data", set.toString(), "--target", "portable").contains("1 passed"));
        assertTrue(says(0, "verify", m, "--against", jar, "--target", "portable", "--signature", "scale").contains("1 passed"));
        assertTrue(says(1, "verify", m, "--against", jar, "--target", "portable").contains("0 passed"));
        for (String command : List.of("run", "verify", "bench", "inspect")) {
            assertTrue(says(2, command, jar, "--signature", "scale").contains("give --signature when compiling"), command);
        }
        assertTrue(says(2, "verify", "--suite", dir.toString(), "--signature", "scale").contains("not with --suite"));
        assertTrue(says(2, "run", m, "--signature", "train").contains("signatures are scale, shift"));
    }

    private static byte[] npy(float... values) {
        String head = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + values.length + ",), }";
        ByteBuffer b = ByteBuffer.allocate(64 + 64 + 4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        b.put((byte) 0x93).put("NUMPY".getBytes(StandardCharsets.US_ASCII)).put((byte) 1).put((byte) 0).putShort((short) 118);
        b.put((head + " ".repeat(117 - head.length()) + "\n").getBytes(StandardCharsets.US_ASCII));
        for (float v : values) {
            b.putFloat(v);
        }
        return b.array();
    }

    @Test
    void graphsThatContainThemselvesAreRefused() throws IOException {
        Table main = graph(List.of(tensor("x", F32, 0, null, 2), tensor("y", F32, 0, null, 2)), new int[] {0}, new int[] {1}, op(0, new Table(0, 0), new int[] {0}, 1));
        Path file = Files.write(dir.resolve("bad.tflite"), graphs(List.of(119), List.of(), main));
        assertTrue(assertThrows(LatheException.class, () -> Lathe.read(file, ImportOptions.NONE)).block().contains("contains itself"));
    }

    // ---- weights ------------------------------------------------------------------------------------------------

    static byte[] sparse() {
        // rows in blocks of 2 by 1: the first pair of rows has column 1, the second columns 0 and 2
        Table dense = new Table((byte) 0, 2);
        Table sparse = new Table((byte) 1, 3, (byte) 1, new Table(new int[] {0, 1, 3}), (byte) 3, new Table((Object) new byte[] {1, 0, 2}));
        Table block = new Table((byte) 0, 2);
        Table sparsity = new Table(new int[] {0, 1, 2}, new int[] {0}, List.of(dense, sparse, block));
        Table w = new Table(new int[] {4, 3}, F32, 1, "w", null, false, sparsity);
        return model(9, new Table(), FlatWriter.bytes(1, 2, 3, 4, 5, 6), tensor("x", F32, 0, null, 1, 3), w, tensor("y", F32, 0, null, 1, 4));
    }

    @Test
    void sparseWeightsAreFilledUp() throws IOException {
        byte[] m = sparse();
        // w is (0 1 0), (0 2 0), (3 0 5), (4 0 6)
        assertArrayEquals(new float[] {10, 20, 503, 604}, run(m, floats(new float[] {1, 10, 100}, 1, 3)).toFloats());
    }

    @Test
    void activationsMayStayFloatsBesideQuantisedWeights() throws IOException {
        Table perChannel = new Table(null, null, new float[] {0.5f, 0.25f}, new long[] {0, 0}, null, null, 0);
        byte[] m = model(9, new Table(), new byte[] {2, -4, 6, 8}, tensor("x", F32, 0, null, 1, 2), tensor("w", I8, 1, perChannel, 2, 2), tensor("y", F32, 0, null, 1, 2));
        assertArrayEquals(new float[] {-3, 5.5f}, run(m, floats(new float[] {1, 2}, 1, 2)).toFloats());
        // half a byte each, the first in the lower half
        byte[] half = model(9, new Table(), new byte[] {(byte) 0xE2, (byte) 0x73}, tensor("x", F32, 0, null, 1, 2), tensor("w", (byte) 17, 1, perChannel, 2, 2),
                tensor("y", F32, 0, null, 1, 2));
        assertArrayEquals(new float[] {-1, 4.25f}, run(half, floats(new float[] {1, 2}, 1, 2)).toFloats());
    }

    // ---- recurrent ----------------------------------------------------------------------------------------------

    private static byte[] operator(int code, Table options, List<byte[]> weights, int[] in, List<Table> tensors) {
        return graphs(List.of(code), weights, graph(tensors, new int[] {0}, new int[] {tensors.size() - 1}, op(0, options, in, tensors.size() - 1)));
    }

    @Test
    void filtersSumOverTheLastSteps() throws IOException {
        List<Table> t = List.of(tensor("x", F32, 0, null, 1, 2), tensor("f", F32, 1, null, 2, 2), tensor("t", F32, 2, null, 2, 3), tensor("b", F32, 3, null, 1),
                new Table(new int[] {1, 6}, F32, 0, "state", null, true), tensor("y", F32, 0, null, 1, 1));
        // two filters of one unit; before the first step there is nothing
        byte[] m = operator(27, new Table(2, (byte) 1), List.of(FlatWriter.bytes(1, 2, 3, 4), FlatWriter.bytes(9, 9, 0.5f, 9, 9, 2), FlatWriter.bytes(1)), new int[] {0, 1, 2, 3, 4}, t);
        assertArrayEquals(new float[] {(1 + 20) * 0.5f + (3 + 40) * 2 + 1}, run(m, floats(new float[] {1, 10}, 1, 2)).toFloats());
    }

    @Test
    void plainLayersGoStepByStep() throws IOException {
        List<Table> t = List.of(tensor("x", F32, 0, null, 1, 3, 1), tensor("w", F32, 1, null, 1, 1), tensor("r", F32, 2, null, 1, 1), tensor("b", F32, 3, null, 1),
                new Table(new int[] {1, 1}, F32, 0, "h", null, true), tensor("y", F32, 0, null, 1, 3, 1));
        byte[] m = operator(35, new Table(false, (byte) 1), List.of(FlatWriter.bytes(2), FlatWriter.bytes(0.5f), FlatWriter.bytes(1)), new int[] {0, 1, 2, 3, 4}, t);
        assertArrayEquals(new float[] {3, 0, 7}, run(m, floats(new float[] {1, -9, 3}, 1, 3, 1)).toFloats());
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    @Test
    void lstmsMayLookAtTheirCellsAndProject() throws IOException {
        // forget, cell and output gates only (the input gate is 1 - forget), peepholes, a projection to 2
        float[] values = {0.4f, -0.7f, 0.3f, 0.2f, 0.5f, -0.1f, 0.6f, -0.4f, 0.9f, 0.25f, 0.15f, -0.35f, 0.05f};
        List<byte[]> weights = new ArrayList<>();
        List<Table> t = new ArrayList<>(List.of(tensor("x", F32, 0, null, 1, 2, 1)));
        int[] in = new int[24];
        java.util.Arrays.fill(in, -1);
        in[0] = 0;
        int[][] slots = {{2, 1, 1}, {3, 1, 1}, {4, 1, 1}, {6, 1, 2}, {7, 1, 2}, {8, 1, 2}, {10, 1}, {11, 1}, {13, 1}, {14, 1}, {15, 1}, {16, 2, 1}};
        int next = 0;
        float[][] w = new float[24][];
        for (int[] s : slots) {
            int size = 1;
            for (int k = 1; k < s.length; k++) {
                size *= s[k];
            }
            w[s[0]] = new float[size];
            for (int k = 0; k < size; k++) {
                w[s[0]][k] = values[(next++ * 5 + 2) % values.length];
            }
            weights.add(FlatWriter.bytes(w[s[0]]));
            in[s[0]] = t.size();
            t.add(tensor("w" + s[0], F32, weights.size(), null, java.util.Arrays.copyOfRange(s, 1, s.length)));
        }
        in[18] = t.size();
        t.add(new Table(new int[] {1, 2}, F32, 0, "h", null, true));
        in[19] = t.size();
        t.add(new Table(new int[] {1, 1}, F32, 0, "c", null, true));
        t.add(tensor("y", F32, 0, null, 1, 2, 2));
        double[] h = {0, 0};
        double c = 0;
        float[] want = new float[4];
        float[] x = {1.5f, -2};
        for (int s = 0; s < 2; s++) {
            double f = sigmoid(w[2][0] * x[s] + w[6][0] * h[0] + w[6][1] * h[1] + w[10][0] * c + w[13][0]);
            double g = Math.tanh(w[3][0] * x[s] + w[7][0] * h[0] + w[7][1] * h[1] + w[14][0]);
            c = f * c + (1 - f) * g;
            double o = sigmoid(w[4][0] * x[s] + w[8][0] * h[0] + w[8][1] * h[1] + w[11][0] * c + w[15][0]);
            double y = o * Math.tanh(c);
            h = new double[] {w[16][0] * y, w[16][1] * y};
            want[2 * s] = (float) h[0];
            want[2 * s + 1] = (float) h[1];
        }
        byte[] m = operator(44, new Table((byte) 4), weights, in, t);
        assertArrayEquals(want, run(m, floats(x, 1, 2, 1)).toFloats(), 1e-6f);
    }

    // ---- places and boxes ---------------------------------------------------------------------------------------

    @Test
    void partsAreOverwrittenAndSegmentsReduced() throws IOException {
        byte[] update = model(151, null, List.of(FlatWriter.bytes(-1, -2), ints(1, 9)), tensor("x", F32, 0, null, 2, 3), tensor("u", F32, 1, null, 1, 2),
                tensor("s", I32, 2, null, 2), tensor("y", F32, 0, null, 2, 3));
        Tensor x = floats(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
        assertArrayEquals(new float[] {1, 2, 3, 4, -1, -2}, run(update, x).toFloats());
        byte[] most = model(154, null, List.of(ints(1, 1), ints(2)), tensor("x", F32, 0, null, 2, 3), tensor("i", I32, 1, null, 2), tensor("n", I32, 2, null),
                tensor("y", F32, 0, null, 2, 3));
        assertArrayEquals(new float[] {-Float.MAX_VALUE, -Float.MAX_VALUE, -Float.MAX_VALUE, 4, 5, 6}, run(most, x).toFloats());
    }

    @Test
    void chosenBoxesFillAsManyPlacesAsAreAskedFor() throws IOException {
        List<Table> t = List.of(tensor("x", F32, 0, null, 3, 4), tensor("s", F32, 1, null, 3), tensor("n", I32, 2, null), tensor("o", F32, 3, null), tensor("l", F32, 4, null),
                tensor("i", I32, 0, null, 3), tensor("c", I32, 0, null));
        byte[] m = graphs(List.of(120), List.of(FlatWriter.bytes(0.5f, 0.9f, 0.7f), ints(3), FlatWriter.bytes(0.5f), FlatWriter.bytes(0.1f)),
                graph(t, new int[] {0}, new int[] {5, 6}, op(0, null, new int[] {0, 1, 2, 3, 4}, 5, 6)));
        List<Tensor> y = all(m, List.of("i", "c"), floats(new float[] {0, 0, 1, 1, 0, 0, 1, 0.9f, 5, 5, 6, 6}, 3, 4));
        assertArrayEquals(new int[] {1, 2, 0}, y.get(0).toInts());
        assertArrayEquals(new int[] {2}, y.get(1).toInts());
    }

    /** A map of names and floats, or lists of integers, as flexbuffers, all numbers four bytes wide. */
    static byte[] flex(Object... entries) {
        TreeMap<String, Object> m = new TreeMap<>();
        for (int i = 0; i < entries.length; i += 2) {
            m.put((String) entries[i], entries[i + 1]);
        }
        ByteBuffer b = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
        List<Integer> keys = new ArrayList<>();
        for (String k : m.keySet()) {
            keys.add(b.position());
            b.put(k.getBytes(StandardCharsets.UTF_8)).put((byte) 0);
        }
        while (b.position() % 4 != 0) {
            b.put((byte) 0);
        }
        List<Integer> lists = new ArrayList<>();
        for (Object v : m.values()) {
            if (v instanceof int[] many) {
                b.putInt(many.length);
                lists.add(b.position());
                java.util.Arrays.stream(many).forEach(b::putInt);
            }
        }
        b.putInt(keys.size());
        int vector = b.position();
        for (int k : keys) {
            b.putInt(b.position() - k);
        }
        b.putInt(b.position() - vector).putInt(4).putInt(m.size());
        int values = b.position();
        java.util.Iterator<Integer> list = lists.iterator();
        for (Object v : m.values()) {
            if (v instanceof Number x) {
                b.putFloat(x.floatValue());
            } else {
                b.putInt(b.position() - list.next());
            }
        }
        m.values().forEach(v -> b.put((byte) ((v instanceof Number ? 3 : 11) << 2 | 2)));
        while (b.position() % 4 != 0) {
            b.put((byte) 0);
        }
        b.putInt(b.position() - values).put((byte) (9 << 2 | 2)).put((byte) 4);
        return java.util.Arrays.copyOf(b.array(), b.position());
    }

    @Test
    void detectorsGiveBoxesClassesAndScores() throws IOException {
        byte[] attributes = flex("max_detections", 2, "max_classes_per_detection", 1, "num_classes", 2, "nms_score_threshold", 0.1f, "nms_iou_threshold", 0.5f,
                "y_scale", 10, "x_scale", 10, "h_scale", 5, "w_scale", 5);
        List<Table> t = List.of(tensor("x", F32, 0, null, 1, 2, 4), tensor("s", F32, 1, null, 1, 2, 3), tensor("a", F32, 2, null, 2, 4), tensor("b", F32, 0, null, 1, 2, 4),
                tensor("c", F32, 0, null, 1, 2), tensor("p", F32, 0, null, 1, 2), tensor("n", F32, 0, null, 1));
        byte[] m = graphs(List.of("TFLite_Detection_PostProcess"), List.of(FlatWriter.bytes(0.9f, 0.2f, 0.6f, 1, 0.05f, 0.01f), FlatWriter.bytes(0.5f, 0.5f, 1, 1, 2, 2, 1, 1)),
                graph(t, new int[] {0}, new int[] {3, 4, 5, 6}, custom(0, attributes, new int[] {0, 1, 2}, 3, 4, 5, 6)));
        List<Tensor> y = all(m, List.of("b", "c", "p", "n"), floats(new float[] {1, 0, 0, 0, 0, 0, 0, 0}, 1, 2, 4));
        // moved down by a tenth of its height; the second anchor is below the threshold
        assertArrayEquals(new float[] {0.1f, 0, 1.1f, 1, 0, 0, 0, 0}, y.get(0).toFloats(), 1e-6f);
        assertArrayEquals(new float[] {1, 0}, y.get(1).toFloats());
        assertArrayEquals(new float[] {0.6f, 0}, y.get(2).toFloats());
        assertArrayEquals(new float[] {1}, y.get(3).toFloats());
    }

    @Test
    void whatAWindowChoseGoesBackWhereItWas() throws IOException {
        byte[] window = ints(1, 2, 2, 2, 2, 0);
        List<Table> t = List.of(tensor("x", F32, 0, null, 1, 2, 4, 1), tensor("m", F32, 0, null, 1, 1, 2, 1), tensor("i", F32, 0, null, 1, 1, 2, 1), tensor("y", F32, 0, null, 1, 2, 4, 1));
        byte[] m = graphs(List.of("MaxPoolingWithArgmax2D", "MaxUnpooling2D"), List.of(), graph(t, new int[] {0}, new int[] {1, 3}, custom(0, window, new int[] {0}, 1, 2),
                custom(1, window, new int[] {1, 2}, 3)));
        List<Tensor> y = all(m, List.of("m", "y"), floats(new float[] {1, 2, 8, 4, 5, 3, 7, 6}, 1, 2, 4, 1));
        assertArrayEquals(new float[] {5, 8}, y.get(0).toFloats());
        assertArrayEquals(new float[] {0, 0, 8, 0, 5, 0, 0, 0}, y.get(1).toFloats());
    }

    @Test
    void frequenciesComeInPairsUntilTheirSizeIsTaken() throws IOException {
        // [2, 1, 3] cut to 1 by 4, one of it a zero; the middle dimension goes before the absolute value is taken
        byte complex = 8;
        List<Table> t = List.of(tensor("x", F32, 0, null, 2, 1, 3), tensor("n", I32, 1, null, 2), tensor("f", complex, 0, null, 2, 1, 3), tensor("s", complex, 0, null, 2, 3),
                tensor("y", F32, 0, null, 2, 3), tensor("r", F32, 0, null, 2, 3));
        byte[] m = graphs(List.of(131, 43, 135, 134), List.of(ints(1, 4)), graph(t, new int[] {0}, new int[] {4, 5}, op(0, null, new int[] {0, 1}, 2),
                op(1, new Table((Object) new int[] {1}), new int[] {2}, 3), op(2, null, new int[] {3}, 4), op(3, null, new int[] {3}, 5)));
        float[] x = {1, 2, -3, 0.5f, 4, 1};
        float[] size = new float[6];
        float[] real = new float[6];
        for (int i = 0; i < 6; i++) {
            double re = 0;
            double im = 0;
            for (int k = 0; k < 3; k++) {
                re += x[i / 3 * 3 + k] * Math.cos(-Math.PI / 2 * (i % 3) * k);
                im += x[i / 3 * 3 + k] * Math.sin(-Math.PI / 2 * (i % 3) * k);
            }
            size[i] = (float) Math.hypot(re, im);
            real[i] = (float) re;
        }
        List<Tensor> y = all(m, List.of("y", "r"), floats(x, 2, 1, 3));
        assertArrayEquals(size, y.get(0).toFloats(), 1e-5f);
        assertArrayEquals(real, y.get(1).toFloats(), 1e-5f);
    }

    @Test
    void allBuiltinOperatorsHaveNames() {
        assertEquals("ADD", TfliteNames.of(0));
        assertEquals("SIGN", TfliteNames.of(158));
        assertEquals("STABLEHLO_CASE", TfliteNames.of(209));
        assertEquals("number 1000", TfliteNames.of(1000));
        assertTrue(TfliteTable.codes().stream().allMatch(c -> c < TfliteNames.count()));
    }
}
