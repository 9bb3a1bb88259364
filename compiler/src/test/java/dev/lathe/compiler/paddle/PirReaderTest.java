package dev.lathe.compiler.paddle;

import static dev.lathe.compiler.paddle.TestPir.list;
import static dev.lathe.compiler.paddle.TestPir.result;
import static dev.lathe.compiler.paddle.TestPir.type;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.compiler.Lathe;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.onnx.ImportOptions;
import dev.lathe.runtime.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PirReaderTest {
    private static final float[] W = {1, 0, -1, 2, 0.5f, 1, 1, -2, 0, 3, 1, 1, 0, 0, 1, -1, 2, 0};

    @TempDir
    Path dir;

    private static Tensor floats(float[] v, int... dims) {
        return Tensor.ofFloats(v, dims);
    }

    static TestPir network() {
        return new TestPir().parameter("w", 1, W, 2, 1, 3, 3).parameter("b", 2, new float[] {0.5f, -0.5f}, 2)
                .parameter("m", 3, new float[] {1, 2}, 2).parameter("v", 4, new float[] {4, 9}, 2).parameter("s", 5, new float[] {2, 3}, 2)
                .input("x", 6, type("f32", -1, 1, 4, 4))
                .op("1.conv2d", new int[] {6, 1}, result(7, type("f32", -1, 2, 4, 4)), "strides", new int[] {1, 1}, "paddings", new int[] {1, 1},
                        "padding_algorithm", "EXPLICIT", "dilations", new int[] {1, 1}, "groups", 1, "data_format", "NCHW")
                .op("1.batch_norm_", new int[] {7, 3, 4, 5, 2}, result(8, type("f32", -1, 2, 4, 4)) + "|" + result(9, type("f32", 2)), "is_test", true, "momentum", 0.9f,
                        "epsilon", 1e-5f, "data_format", "NCHW", "use_global_stats", false)
                .op("1.leaky_relu_", new int[] {8}, result(10, type("f32", -1, 2, 4, 4)), "negative_slope", 0.1f)
                .ints(11, 2, 2)
                .op("1.pool2d", new int[] {10, 11}, result(12, type("f32", -1, 2, 2, 2)), "strides", new int[] {2, 2}, "paddings", new int[] {0, 0}, "ceil_mode", false,
                        "exclusive", true, "data_format", "NCHW", "pooling_type", "max", "global_pooling", false, "adaptive", false, "padding_algorithm", "EXPLICIT")
                .ints(13, 0, -1)
                .op("1.reshape", new int[] {12, 13}, result(14, type("f32", -1, 8)))
                .full(15, "int32", 1)
                .op("1.split_with_num", new int[] {14, 15}, result(16, list(type("f32", -1, 4), type("f32", -1, 4))), "num", 2)
                .op("0.split", new int[] {16}, result(17, type("f32", -1, 4)) + "|" + result(18, type("f32", -1, 4)))
                .op("0.combine", new int[] {18, 17}, result(19, list(type("f32", -1, 4), type("f32", -1, 4))))
                .op("1.concat", new int[] {19, 15}, result(20, type("f32", -1, 8)))
                .full(21, "float32", 0.5)
                .op("1.scale", new int[] {20, 21}, result(22, type("f32", -1, 8)), "bias", new TestPir.Scalar("float32", 1), "bias_after_scale", true)
                .ints(23, 1)
                .op("1.sum", new int[] {22, 23}, result(24, type("f32", -1)), "keepdim", false)
                .op("1.softmax", new int[] {22}, result(25, type("f32", -1, 8)), "axis", -1)
                .output("fetch_name_0", 25, 0).output("fetch_name_1", 24, 1);
    }

    @Test
    void programsInJsonAreTheSameAsThoseOfVersionTwo() throws IOException {
        float[] x = new float[32];
        for (int i = 0; i < x.length; i++) {
            x[i] = (i * 7 % 11 - 5) / 3f;
        }
        TestProgram old = new TestProgram().input("x", 0, -1, 1, 4, 4).parameter("w", W, 2, 1, 3, 3).parameter("b", new float[] {0.5f, -0.5f}, 2)
                .parameter("m", new float[] {1, 2}, 2).parameter("v", new float[] {4, 9}, 2).parameter("s", new float[] {2, 3}, 2)
                .op("conv2d", Map.of("Input", "x", "Filter", "w"), Map.of("Output", "c"), "strides", new int[] {1, 1}, "paddings", new int[] {1, 1}, "dilations", new int[] {1, 1},
                        "groups", 1)
                .op("batch_norm", Map.of("X", "c", "Mean", "m", "Variance", "v", "Scale", "s", "Bias", "b"), Map.of("Y", "n"), "epsilon", 1e-5f, "is_test", true)
                .op("leaky_relu", Map.of("X", "n"), Map.of("Out", "r"), "alpha", 0.1f)
                .op("pool2d", Map.of("X", "r"), Map.of("Out", "p"), "pooling_type", "max", "ksize", new int[] {2, 2}, "strides", new int[] {2, 2}, "paddings", new int[] {0, 0})
                .op("reshape2", Map.of("X", "p"), Map.of("Out", "f"), "shape", new int[] {0, -1})
                .op("split", Map.of("X", "f"), Map.of("Out", "f1,f2"), "axis", 1, "num", 2)
                .op("concat", Map.of("X", "f2,f1"), Map.of("Out", "g"), "axis", 1)
                .op("scale", Map.of("X", "g"), Map.of("Out", "h"), "scale", 0.5f, "bias", 1f, "bias_after_scale", true)
                .op("reduce_sum", Map.of("X", "h"), Map.of("Out", "t"), "dim", new int[] {1}, "keep_dim", false)
                .op("softmax", Map.of("X", "h"), Map.of("Out", "y"), "axis", -1).output("y").output("t");
        Path folder = Files.createDirectory(dir.resolve("pir"));
        Path program = network().write(folder);
        assertEquals(program, Lathe.modelIn(folder));
        List<Tensor> want = old.run(dir, "x", floats(x, 2, 1, 4, 4));
        List<Tensor> have = TestProgram.run(program, List.of("fetch_name_0", "fetch_name_1"), "x", floats(x, 2, 1, 4, 4));
        assertEquals(want, have);
    }

    /** Doubles x n times; then the positive part, or where n is small the absolute value. */
    static TestPir control() {
        TestPir p = new TestPir().input("x", 1, type("f32", -1)).input("n", 2, type("i64")).full(3, "int64", 0)
                .op("1.less_than", new int[] {3, 2}, result(4, type("bool")));
        p.begin(result(-1, type("i64")), result(-2, type("f32", -1))).full(10, "float32", 2.0)
                .op("1.scale", new int[] {-2, 10}, result(11, type("f32", -1)), "bias", new TestPir.Scalar("float32", 0), "bias_after_scale", true)
                .op("1.increment_", new int[] {-1}, result(12, type("i64")), "value", 1f)
                .op("1.less_than", new int[] {12, 2}, result(13, type("bool")))
                .op("2.yield", new int[] {13, 12, 11}, "");
        p.control("1.while", new int[] {4, 3, 1}, result(20, type("i64")) + "|" + result(21, type("f32", -1)), p.end());
        p.full(22, "int64", 2).op("1.greater_than", new int[] {20, 22}, result(23, type("bool")));
        String yes = p.begin().op("1.relu", new int[] {21}, result(30, type("f32", -1))).op("2.yield", new int[] {30}, "").end();
        String no = p.begin().op("1.abs", new int[] {21}, result(31, type("f32", -1))).op("2.yield", new int[] {31}, "").end();
        p.control("1.if", new int[] {23}, result(40, type("f32", -1)), yes, no).output("y", 40, 0);
        return p;
    }

    @Test
    void blocksOfLoopsAndChoicesTakeAndYieldValues() {
        Path program = control().write(dir);
        Tensor x = floats(new float[] {1, -2}, 2);
        assertArrayEquals(new float[] {8, 0}, TestProgram.run(program, List.of("y"), "x", x, "n", Tensor.ofLongs(new long[] {3})).get(0).toFloats());
        assertArrayEquals(new float[] {2, 4}, TestProgram.run(program, List.of("y"), "x", x, "n", Tensor.ofLongs(new long[] {1})).get(0).toFloats());
    }

    private static String refused(Path program) {
        return assertThrows(LatheException.class, () -> Lathe.read(program, ImportOptions.NONE)).block();
    }

    @Test
    void allUnsupportedOperatorsAreListed() {
        TestPir p = new TestPir().input("x", 1, type("f32", 2)).op("1.frobnicate", new int[] {1}, result(2, type("f32", 2)))
                .op("3.quuxify", new int[] {2}, result(3, type("f32", 2))).output("y", 3, 0);
        String message = refused(p.write(dir));
        assertTrue(message.contains("2 PaddlePaddle operators") && message.contains("pd_op.frobnicate") && message.contains("quuxify"), message);
    }

    @Test
    void damagedProgramsAreRefused() throws IOException {
        Path program = network().write(dir);
        String text = Files.readString(program);
        for (int size = 0; size < text.length(); size += 97) {
            Files.writeString(program, text.substring(0, size));
            assertTrue(refused(program).contains("inference.json"));
        }
        for (String[] change : new String[][] {{"\"%\":7}", "\"%\":77}"}, {"0.t_f32", "0.t_f33"}, {"\"pir\"", "\"pig\""}, {"\"I\":[{", "\"I\":[[{"}, {"\"ops\"", "\"opz\""},
            {"\"D\":[-1,1,4,4]", "\"D\":[-1,1,4,4.5]"}, {"\"%\":8,", "\"%\":7,"}}) {
            String changed = text.replace(change[0], change[1]);
            if (!changed.equals(text)) {
                Files.writeString(program, changed);
                assertTrue(refused(program).contains("inference.json"), change[1]);
            }
        }
    }
}
