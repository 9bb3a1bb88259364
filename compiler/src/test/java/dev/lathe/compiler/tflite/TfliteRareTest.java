package dev.lathe.compiler.tflite;

import static dev.lathe.compiler.tflite.TfliteModels.F32;
import static dev.lathe.compiler.tflite.TfliteModels.I32;
import static dev.lathe.compiler.tflite.TfliteModels.ints;
import static dev.lathe.compiler.tflite.TfliteModels.model;
import static dev.lathe.compiler.tflite.TfliteModels.tensor;
import static dev.lathe.compiler.tflite.TfliteMoreTest.custom;
import static dev.lathe.compiler.tflite.TfliteMoreTest.flex;
import static dev.lathe.compiler.tflite.TfliteMoreTest.graph;
import static dev.lathe.compiler.tflite.TfliteMoreTest.graphs;
import static dev.lathe.compiler.tflite.TfliteMoreTest.op;
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
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Operators that few models have. */
class TfliteRareTest {
    private static final byte BOOL = 6;
    private static final byte TEXT = 5;
    private static final byte I64 = 4;
    private static final byte RESOURCE = 13;

    @TempDir
    Path dir;

    private List<Tensor> run(byte[] model, Tensor x, String... outputs) throws IOException {
        Path file = Files.write(dir.resolve("m.tflite"), model);
        JarContents jar = Lathe.compile(file, CompilerOptions.DEFAULT.withTargets(List.of(Target.PORTABLE)));
        try (Model m = Model.of(JarWriter.image(jar), jar.id(), ModelOptions.DEFAULT.withTarget(Target.PORTABLE)); Session s = m.newSession()) {
            s.set("x", x).run();
            return java.util.Arrays.stream(outputs).map(s::output).toList();
        }
    }

    // ---- boxes --------------------------------------------------------------------------------------------------

    @Test
    void detectorsMayChooseForEachClassByItself() throws IOException {
        byte[] attributes = flex("max_detections", 3, "max_classes_per_detection", 1, "num_classes", 2, "nms_score_threshold", 0.3f, "nms_iou_threshold", 0.5f,
                "y_scale", 1, "x_scale", 1, "h_scale", 1, "w_scale", 1, "use_regular_nms", 1, "detections_per_class", 2);
        // the first two anchors nearly cover each other; class 0: 0.9, 0.8, 0.4; class 1: 0.1, 0.7, 0.6
        List<Table> t = List.of(tensor("x", F32, 0, null, 1, 3, 4), tensor("s", F32, 1, null, 1, 3, 3), tensor("a", F32, 2, null, 3, 4), tensor("b", F32, 0, null, 1, 3, 4),
                tensor("c", F32, 0, null, 1, 3), tensor("p", F32, 0, null, 1, 3), tensor("n", F32, 0, null, 1));
        byte[] m = graphs(List.of("TFLite_Detection_PostProcess"), List.of(FlatWriter.bytes(0, 0.9f, 0.1f, 0, 0.8f, 0.7f, 0, 0.4f, 0.6f),
                FlatWriter.bytes(1, 1, 2, 2, 1, 1, 2, 1.9f, 5, 5, 2, 2)), graph(t, new int[] {0}, new int[] {3, 4, 5, 6}, custom(0, attributes, new int[] {0, 1, 2}, 3, 4, 5, 6)));
        List<Tensor> y = run(m, Tensor.ofFloats(new float[12], 1, 3, 4), "b", "c", "p", "n");
        assertArrayEquals(new float[] {0.9f, 0.7f, 0.6f}, y.get(2).toFloats());
        assertArrayEquals(new float[] {0, 1, 1}, y.get(1).toFloats());
        assertArrayEquals(new float[] {0, 0, 2, 2, 0, 0.05f, 2, 1.95f, 4, 4, 6, 6}, y.get(0).toFloats(), 1e-6f);
        assertArrayEquals(new float[] {3}, y.get(3).toFloats());
    }

    @Test
    void aBoxMayHaveSeveralClasses() throws IOException {
        byte[] attributes = TfliteMoreTest.flex("max_detections", 2, "max_classes_per_detection", 2, "num_classes", 2, "nms_score_threshold", 0.1f, "nms_iou_threshold", 0.5f,
                "y_scale", 1, "x_scale", 1, "h_scale", 1, "w_scale", 1);
        List<Table> t = List.of(tensor("x", F32, 0, null, 1, 3, 4), tensor("s", F32, 1, null, 1, 3, 3), tensor("a", F32, 2, null, 3, 4), tensor("b", F32, 0, null, 1, 4, 4),
                tensor("c", F32, 0, null, 1, 4), tensor("p", F32, 0, null, 1, 4), tensor("n", F32, 0, null, 1));
        // as above: the second anchor is covered by the first
        byte[] m = graphs(List.of("TFLite_Detection_PostProcess"), List.of(FlatWriter.bytes(0, 0.9f, 0.1f, 0, 0.8f, 0.7f, 0, 0.4f, 0.6f),
                FlatWriter.bytes(1, 1, 2, 2, 1, 1, 2, 1.9f, 5, 5, 2, 2)), graph(t, new int[] {0}, new int[] {3, 4, 5, 6}, custom(0, attributes, new int[] {0, 1, 2}, 3, 4, 5, 6)));
        List<Tensor> y = run(m, Tensor.ofFloats(new float[12], 1, 3, 4), "b", "c", "p", "n");
        assertArrayEquals(new float[] {0.9f, 0.1f, 0.6f, 0.4f}, y.get(2).toFloats());
        assertArrayEquals(new float[] {0, 1, 1, 0}, y.get(1).toFloats());
        assertArrayEquals(new float[] {0, 0, 2, 2, 0, 0, 2, 2, 4, 4, 6, 6, 4, 4, 6, 6}, y.get(0).toFloats(), 1e-6f);
        assertArrayEquals(new float[] {2}, y.get(3).toFloats());
    }

    @Test
    void blocksOfARowHaveStepsOfTheirOwn() throws IOException {
        byte i4 = 17;
        byte f16 = 1;
        // two rows of four, in blocks of two; halves: 1, 2, 0.5, 4
        Table quant = new Table(null, null, null, null, (byte) 2, new Table(2, -1, 2));
        List<Table> t = List.of(tensor("x", F32, 0, null, 1, 4), tensor("w", i4, 1, quant, 2, 4), tensor("s", f16, 2, null, 2, 2), tensor("y", F32, 0, null, 1, 2));
        byte[] scales = {0, 0x3c, 0, 0x40, 0, 0x38, 0, 0x44};
        // low bits first: 1 2 3 -4, then -1 0 7 1
        byte[] m = graphs(List.of(9), List.of(new byte[] {0x21, (byte) 0xc3, 0x0f, 0x17}, scales), graph(t, new int[] {0}, new int[] {3}, TfliteMoreTest.op(0, new Table(), new int[] {0, 1, -1}, 3)));
        assertArrayEquals(new float[] {1 + 20 + 600 - 8000, -0.5f + 2800 + 4000}, run(m, Tensor.ofFloats(new float[] {1, 10, 100, 1000}, 1, 4), "y").get(0).toFloats());
    }

    @Test
    void windowsThatReachBeyondTheImageDoSoOnBothSides() throws IOException {
        // 4 columns in windows of 3: one more in front and one behind
        List<Table> t = List.of(tensor("x", F32, 0, null, 1, 1, 4, 1), tensor("m", F32, 0, null, 1, 1, 2, 1), tensor("i", F32, 0, null, 1, 1, 2, 1));
        byte[] m = graphs(List.of("MaxPoolingWithArgmax2D"), List.of(), graph(t, new int[] {0}, new int[] {1, 2}, custom(0, ints(1, 3, 1, 3, 1, 0), new int[] {0}, 1, 2)));
        List<Tensor> y = run(m, Tensor.ofFloats(new float[] {1, 5, 9, 7}, 1, 1, 4, 1), "m", "i");
        assertArrayEquals(new float[] {5, 9}, y.get(0).toFloats());
        assertArrayEquals(new float[] {2, 0}, y.get(1).toFloats());
    }

    // ---- volumes ------------------------------------------------------------------------------------------------

    @Test
    void volumesGrowAsImagesDo() throws IOException {
        // two input and two output channels; stride 2 along the depth only
        List<Table> t = List.of(tensor("x", F32, 0, null, 1, 2, 1, 1, 2), tensor("s", I32, 1, null, 5), tensor("w", F32, 2, null, 2, 1, 1, 2, 2),
                tensor("y", F32, 0, null, 1, 4, 1, 1, 2));
        byte[] m = graphs(List.of(141), List.of(ints(1, 4, 1, 1, 2), FlatWriter.bytes(1, 2, 3, 4, 5, 6, 7, 8)),
                graph(t, new int[] {0}, new int[] {3}, op(0, new Table((byte) 1, 2, 1, 1), new int[] {1, 2, 0}, 3)));
        // weights [d, h, w, out, in]
        assertArrayEquals(new float[] {21, 43, 65, 87, 2, 4, 6, 8}, run(m, Tensor.ofFloats(new float[] {1, 10, 0, 1}, 1, 2, 1, 1, 2), "y").get(0).toFloats());
    }

    // ---- tables -------------------------------------------------------------------------------------------------

    private static byte[] texts(String... all) {
        ByteBuffer b = ByteBuffer.allocate(256).order(ByteOrder.LITTLE_ENDIAN).putInt(all.length);
        int at = 8 + 4 * all.length;
        for (String s : all) {
            b.putInt(at);
            at += s.length();
        }
        b.putInt(at);
        for (String s : all) {
            b.put(s.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        }
        return java.util.Arrays.copyOf(b.array(), b.position());
    }

    private static byte[] longs(long... all) {
        ByteBuffer b = ByteBuffer.allocate(8 * all.length).order(ByteOrder.LITTLE_ENDIAN);
        java.util.Arrays.stream(all).forEach(b::putLong);
        return b.array();
    }

    @Test
    void textsAreLookedUpInTablesThatTheFirstCallFills() throws IOException {
        Table table = new Table(7, TEXT, I64);
        Table init = graph(List.of(tensor("h", RESOURCE, 0, null), tensor("k", TEXT, 1, null, 3), tensor("v", I64, 2, null, 3)), new int[0], new int[0],
                op(0, table, new int[0], 0), op(1, null, new int[] {0, 1, 2}));
        Table main = graph(List.of(tensor("x", TEXT, 0, null, 2, 2), tensor("h", RESOURCE, 0, null), tensor("d", I64, 3, null), tensor("y", I64, 0, null, 2, 2),
                tensor("n", I64, 0, null)), new int[] {0}, new int[] {3, 4}, op(2, new Table(1), new int[0]), op(0, table, new int[0], 1),
                op(3, null, new int[] {1, 0, 2}, 3), op(4, null, new int[] {1}, 4));
        byte[] m = graphs(List.of(136, 138, 129, 137, 139), List.of(texts("a", "bc", "def"), longs(10, 20, 30), longs(-1)), main, init);
        List<Tensor> y = run(m, Tensor.ofStrings(new String[] {"def", "x", "a", "bc"}, 2, 2), "y", "n");
        assertArrayEquals(new long[] {30, -1, 10, 20}, y.get(0).toLongs());
        assertArrayEquals(new long[] {3}, y.get(1).toLongs());
    }

    // ---- StableHLO ----------------------------------------------------------------------------------------------

    /** Its attributes are long lists in the second place for them. */
    private static Table stable(int code, Table options, int[] in, int... out) {
        return new Table(code, in, out, null, null, null, null, null, null, null, null, (byte) 1, options);
    }

    @Test
    void operatorsOfStableHloHaveTheirAttributesInASecondPlace() throws IOException {
        // columns 2 and 0 of the product's rows, widened: x [2, 3] . w [2, 3] over the last of both
        List<Table> t = List.of(tensor("x", F32, 0, null, 2, 3), tensor("w", F32, 1, null, 2, 3), tensor("p", F32, 0, null, 2, 2), tensor("r", F32, 0, null, 2, 1),
                tensor("e", F32, 0, null, 2, 3), tensor("c", BOOL, 0, null, 2, 3), tensor("y", F32, 0, null, 2, 3), tensor("t", F32, 0, null, 3, 2));
        byte[] m = graphs(List.of(197, 172, 170, 191, 187, 202), List.of(FlatWriter.bytes(1, 0, 2, 0, 3, 0)), graph(t, new int[] {0}, new int[] {6, 7},
                stable(0, new Table(null, null, new long[] {1}, new long[] {1}), new int[] {0, 1}, 2),
                stable(1, new Table(new long[] {0, 1}, new long[] {2, 2}, new long[] {1, 1}), new int[] {2}, 3),
                stable(2, new Table((Object) new long[] {0, 1}), new int[] {3}, 4), stable(3, new Table(5), new int[] {0, 4}, 5),
                stable(4, null, new int[] {5, 0, 4}, 6), stable(5, new Table((Object) new long[] {1, 0}), new int[] {6}, 7)));
        // the second column of the product is 3 * x's second: 6 and 15
        List<Tensor> y = run(m, Tensor.ofFloats(new float[] {1, 2, 9, 40, 5, 6}, 2, 3), "y", "t");
        assertArrayEquals(new float[] {1, 2, 6, 15, 5, 6}, y.get(0).toFloats());
        assertArrayEquals(new float[] {1, 15, 2, 5, 6, 6}, y.get(1).toFloats());
    }

    @Test
    void partsOfStableHloBeginWhereTheyStillFit() throws IOException {
        List<Table> t = List.of(tensor("x", F32, 0, null, 4), tensor("s", I32, 1, null), tensor("p", F32, 0, null, 2), tensor("u", F32, 2, null, 1), tensor("o", I32, 3, null),
                tensor("y", F32, 0, null, 4), tensor("z", F32, 4, null), tensor("q", F32, 0, null, 5), tensor("i", I32, 0, null, 2, 2));
        byte[] m = graphs(List.of(193, 194, 195, 196), List.of(ints(3), FlatWriter.bytes(-7), ints(1), FlatWriter.bytes(9)), graph(t, new int[] {0}, new int[] {2, 5, 7, 8},
                stable(0, new Table((Object) new long[] {2}), new int[] {0, 1}, 2), stable(1, null, new int[] {0, 3, 4}, 5),
                stable(2, new Table(new long[] {1}, new long[] {2}, new long[] {0}), new int[] {2, 6}, 7), stable(3, null, new int[0], 8)));
        List<Tensor> y = run(m, Tensor.ofFloats(new float[] {1, 2, 3, 4}, 4), "p", "y", "q", "i");
        assertArrayEquals(new float[] {3, 4}, y.get(0).toFloats());
        assertArrayEquals(new float[] {1, -7, 3, 4}, y.get(1).toFloats());
        assertArrayEquals(new float[] {9, 3, 4, 9, 9}, y.get(2).toFloats());
        assertArrayEquals(new int[] {0, 0, 1, 1}, y.get(3).toInts());
    }
}
