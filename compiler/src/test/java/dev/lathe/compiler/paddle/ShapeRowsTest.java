package dev.lathe.compiler.paddle;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.runtime.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Operators that move, repeat, choose and count elements, each beside what a reader would write down. */
class ShapeRowsTest {
    private static final int BOOL = 0;
    private static final int I32 = 2;
    private static final int I64 = 3;
    private static final int F32 = 5;
    /** 2 x 3. */
    private static final float[] SIX = {0, 1, 2, 3, 4, 5};

    @TempDir
    Path dir;

    /** Programs of one operand x of shape [2, 3] whose elements are 0 to 5, and the floats and shape that are expected of each. */
    private final class Cases {
        private final TestProgram program = new TestProgram().input("x", 0, 2, 3);
        private final List<float[]> values = new ArrayList<>();
        private final List<int[]> shapes = new ArrayList<>();
        private final List<String> names = new ArrayList<>();

        Cases of(String op, float[] want, int[] shape, Object... attrs) {
            return of(op, Map.of("X", "x"), want, shape, attrs);
        }

        Cases of(String op, Map<String, String> in, float[] want, int[] shape, Object... attrs) {
            String out = op + names.size();
            program.op(op, in, Map.of("Out", out), attrs).output(out);
            return expect(op, want, shape);
        }

        Cases expect(String what, float[] want, int... shape) {
            names.add(what);
            values.add(want);
            shapes.add(shape);
            return this;
        }

        void run(Object... more) {
            Object[] in = new Object[more.length + 2];
            in[0] = "x";
            in[1] = Tensor.ofFloats(SIX, 2, 3);
            System.arraycopy(more, 0, in, 2, more.length);
            List<Tensor> y = program.run(dir, in);
            for (int i = 0; i < names.size(); i++) {
                assertArrayEquals(shapes.get(i), y.get(i).shape(), names.get(i));
                float[] got = switch (y.get(i).type()) {
                    case I64 -> floats(y.get(i).toLongs());
                    case I32 -> floats(java.util.Arrays.stream(y.get(i).toInts()).asLongStream().toArray());
                    default -> y.get(i).toFloats();
                };
                assertArrayEquals(values.get(i), got, 1e-6f, names.get(i));
            }
        }
    }

    private static float[] floats(long[] v) {
        float[] r = new float[v.length];
        for (int i = 0; i < v.length; i++) {
            r[i] = v[i];
        }
        return r;
    }

    private static int[] shape(int... d) {
        return d;
    }

    private static float[] row(float... v) {
        return v;
    }

    @Test
    void elementsGetOtherShapes() {
        new Cases().of("reshape", SIX, shape(3, 2), "shape", new int[] {-1, 2}).of("reshape2", SIX, shape(2, 1, 3), "shape", new int[] {0, 1, 3})
                .of("transpose", row(0, 3, 1, 4, 2, 5), shape(3, 2), "axis", new int[] {1, 0}).of("transpose2", row(0, 3, 1, 4, 2, 5), shape(3, 2), "axis", new int[] {1, 0})
                .of("flatten", SIX, shape(2, 3), "axis", 1).of("flatten2", SIX, shape(1, 6), "axis", 0)
                .of("flatten_contiguous_range", SIX, shape(6), "start_axis", 0, "stop_axis", 1)
                .of("unsqueeze", SIX, shape(1, 2, 3, 1), "axes", new int[] {0, 3}).of("unsqueeze2", SIX, shape(2, 3, 1), "axes", new int[] {-1})
                .of("squeeze", Map.of("X", "unsqueeze7"), SIX, shape(2, 3), "axes", new int[0]).of("squeeze2", Map.of("X", "unsqueeze7"), SIX, shape(1, 2, 3), "axes", new int[] {-1, 1})
                .of("print", Map.of("In", "x"), SIX, shape(2, 3)).run();
    }

    @Test
    void partsAreTakenAndTurnedRound() {
        new Cases().of("crop", row(1, 2, 4, 5), shape(2, 2), "offsets", new int[] {0, 1}, "shape", new int[] {2, 2})
                .of("crop_tensor", row(4, 5), shape(1, 2), "offsets", new int[] {1, 1}, "shape", new int[] {-1, 2})
                .of("flip", row(5, 4, 3, 2, 1, 0), shape(2, 3), "axis", new int[] {0, 1}).of("roll", row(2, 0, 1, 5, 3, 4), shape(2, 3), "shifts", new int[] {1}, "axis", new int[] {1})
                .of("roll", row(4, 5, 3, 1, 2, 0), shape(2, 3), "shifts", new int[] {1, -1}, "axis", new int[] {0, 1})
                .of("roll", row(4, 5, 0, 1, 2, 3), shape(2, 3), "shifts", new int[] {2}, "axis", new int[0])
                .of("slice", Map.of("Input", "x"), row(3, 4), shape(2), "axes", new int[] {0, 1}, "starts", new int[] {1, 0}, "ends", new int[] {9, -1}, "decrease_axis", new int[] {0})
                .of("strided_slice", Map.of("Input", "x"), row(5, 3), shape(1, 2), "axes", new int[] {0, 1}, "starts", new int[] {1, 2}, "ends", new int[] {2, -9},
                        "strides", new int[] {1, -2})
                .of("tril_triu", row(0, 1, 0, 3, 4, 5), shape(2, 3), "lower", true, "diagonal", 1).of("tril_triu", row(0, 1, 2, 0, 4, 5), shape(2, 3), "lower", false, "diagonal", 0)
                .run();
    }

    @Test
    void tensorsAreCutIntoSeveral() {
        Cases c = new Cases();
        c.program.op("split", Map.of("X", "x"), Map.of("Out", "a,b"), "axis", 1, "num", 0, "sections", new int[] {1, 2}).output("a").output("b")
                .op("split", Map.of("X", "x"), Map.of("Out", "c,d"), "axis", 0, "num", 2).output("d")
                .op("unbind", Map.of("X", "x"), Map.of("Out", "e,f,g"), "axis", -1).output("g").op("unstack", Map.of("X", "x"), Map.of("Y", "h,i"), "axis", 0, "num", 2).output("h")
                .op("stack", Map.of("X", "h,i"), Map.of("Y", "j"), "axis", 1).output("j").op("concat", Map.of("X", "c,d,c"), Map.of("Out", "k"), "axis", 1).output("k")
                .op("meshgrid", Map.of("X", "h,e"), Map.of("Out", "l,m")).output("l").output("m");
        c.expect("split", row(0, 3), 2, 1).expect("split", row(1, 2, 4, 5), 2, 2).expect("split", row(3, 4, 5), 1, 3).expect("unbind", row(2, 5), 2).expect("unstack", row(0, 1, 2), 3)
                .expect("stack", row(0, 3, 1, 4, 2, 5), 3, 2).expect("concat", row(0, 1, 2, 3, 4, 5, 0, 1, 2), 1, 9).expect("meshgrid", row(0, 0, 1, 1, 2, 2), 3, 2)
                .expect("meshgrid", row(0, 3, 0, 3, 0, 3), 3, 2).run();
    }

    @Test
    void elementsAreRepeated() {
        Cases c = new Cases();
        c.program.input("v", 0, 1, 3).input("t", 0, 4, 3);
        float[] twice = {0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5};
        c.of("expand", twice, shape(2, 6), "expand_times", new int[] {1, 2}).of("tile", twice, shape(2, 6), "repeat_times", new int[] {2})
                .of("tile", row(0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5), shape(2, 2, 3), "repeat_times", new int[] {2, 1, 1})
                .of("expand_v2", Map.of("X", "v"), row(7, 8, 9, 7, 8, 9), shape(2, 1, 3), "shape", new int[] {2, -1, -1})
                .of("expand_as", Map.of("X", "x", "target_tensor", "t"), row(0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5), shape(4, 3))
                .of("expand_as", Map.of("X", "v", "target_tensor", "x"), row(7, 8, 9, 7, 8, 9), shape(2, 3))
                .of("expand_as_v2", Map.of("X", "v"), row(7, 8, 9, 7, 8, 9), shape(2, 3), "target_shape", new int[] {2, 3})
                .run("v", Tensor.ofFloats(new float[] {7, 8, 9}, 1, 3), "t", Tensor.ofFloats(new float[12], 4, 3));
    }

    @Test
    void elementsAreAddedUpAndFound() {
        Cases c = new Cases();
        c.of("reduce_sum", row(3, 12), shape(2), "dim", new int[] {1}).of("reduce_mean", row(1.5f, 2.5f, 3.5f), shape(1, 3), "dim", new int[] {-2}, "keep_dim", true)
                .of("reduce_max", row(5), shape(1), "reduce_all", true).of("reduce_min", row(0, 3), shape(2), "dim", new int[] {-1}).of("reduce_prod", row(0, 60), shape(2), "dim", new int[] {1})
                .of("cumsum", row(0, 1, 3, 3, 7, 12), shape(2, 3), "axis", 1).of("cumsum", row(3, 3, 2, 12, 9, 5), shape(2, 3), "axis", -1, "reverse", true)
                .of("cumsum", row(0, 0, 1, 3, 6, 10), shape(6), "flatten", true, "exclusive", true)
                .of("arg_max", row(2, 2), shape(2), "axis", 1, "dtype", I64).of("arg_min", row(0, 0, 0), shape(1, 3), "axis", 0, "keepdims", true, "dtype", I32);
        c.program.op("argsort", Map.of("X", "x"), Map.of("Out", "s", "Indices", "i"), "axis", 1, "descending", true).output("s").output("i")
                .op("top_k_v2", Map.of("X", "x"), Map.of("Out", "t", "Indices", "k"), "k", 1, "axis", 0, "largest", false, "sorted", true).output("t").output("k")
                .op("top_k", Map.of("X", "x"), Map.of("Out", "u", "Indices", "l"), "k", 2).output("u").output("l");
        c.expect("argsort", row(2, 1, 0, 5, 4, 3), 2, 3).expect("argsort", row(2, 1, 0, 2, 1, 0), 2, 3).expect("top_k_v2", row(0, 1, 2), 1, 3).expect("top_k_v2", row(0, 0, 0), 1, 3)
                .expect("top_k", row(2, 1, 5, 4), 2, 2).expect("top_k", row(2, 1, 2, 1), 2, 2).run();
    }

    @Test
    void truthIsReduced() {
        TestProgram p = new TestProgram().typed("x", BOOL, 0, 2, 2).op("reduce_any", Map.of("X", "x"), Map.of("Out", "a"), "dim", new int[] {1})
                .op("reduce_all", Map.of("X", "x"), Map.of("Out", "b"), "dim", new int[] {1}).op("where_index", Map.of("Condition", "x"), Map.of("Out", "w")).output("a").output("b").output("w");
        List<Tensor> y = p.run(dir, "x", Tensor.ofBooleans(new boolean[] {false, true, true, true}, 2, 2));
        assertEquals(Tensor.ofBooleans(new boolean[] {true, true}, 2), y.get(0));
        assertEquals(Tensor.ofBooleans(new boolean[] {false, true}, 2), y.get(1));
        assertArrayEquals(new long[] {0, 1, 1, 0, 1, 1}, y.get(2).toLongs());
        assertArrayEquals(new int[] {3, 2}, y.get(2).shape());
    }

    @Test
    void elementsAreLookedUpAndWrittenByIndices() {
        Cases c = new Cases();
        c.program.typed("i", I64, 0, 2).typed("p", I64, 0, 2, 2).typed("q", I32, 0, 3, 1).parameter("w", new float[] {1, 2, 3, 4, 5, 6}, 3, 2);
        c.of("gather", Map.of("X", "x", "Index", "i"), row(3, 4, 5, 0, 1, 2), shape(2, 3)).of("index_select", Map.of("X", "x", "Index", "i"), row(1, 0, 4, 3), shape(2, 2), "dim", 1)
                .of("gather_nd", Map.of("X", "x", "Index", "p"), row(4, 2), shape(2)).of("one_hot_v2", Map.of("X", "i"), row(0, 1, 0, 1, 0, 0), shape(2, 3), "depth", 3, "dtype", F32)
                .of("one_hot", Map.of("X", "q"), row(0, 0, 1, 1, 0, 0, 0, 0, 1), shape(3, 3), "depth", 3, "dtype", F32)
                .of("lookup_table_v2", Map.of("W", "w", "Ids", "i"), row(3, 4, 0, 0), shape(2, 2), "padding_idx", 0).of("lookup_table", Map.of("W", "w", "Ids", "q"), row(5, 6, 1, 2, 5, 6), shape(3, 2))
                .of("scatter_nd_add", Map.of("X", "x", "Index", "p", "Updates", "gather_nd2"), row(0, 1, 4, 3, 8, 5), shape(2, 3))
                .of("scatter", Map.of("X", "x", "Ids", "i", "Updates", "gather0"), SIX, shape(2, 3), "overwrite", true);
        c.run("i", Tensor.ofLongs(new long[] {1, 0}, 2), "p", Tensor.ofLongs(new long[] {1, 1, 0, 2}, 2, 2), "q", Tensor.ofInts(new int[] {2, 0, 2}, 3, 1));
    }

    @Test
    void matricesAreMultiplied() {
        Cases c = new Cases();
        c.program.parameter("w", new float[] {1, 0, 2, 1, 0, 3}, 3, 2).parameter("b", new float[] {1, -9}, 2);
        c.of("matmul", Map.of("X", "x", "Y", "w"), row(4, 14, 22, 38), shape(2, 2), "alpha", 2f).of("matmul_v2", Map.of("X", "x", "Y", "w"), row(2, 7, 11, 19), shape(2, 2))
                .of("matmul", Map.of("X", "x", "Y", "x"), row(9, 12, 15, 12, 17, 22, 15, 22, 29), shape(3, 3), "transpose_X", true)
                .of("matmul_v2", Map.of("X", "x", "Y", "x"), row(5, 14, 14, 50), shape(2, 2), "trans_y", true).of("mul", Map.of("X", "x", "Y", "w"), row(2, 7, 11, 19), shape(2, 2))
                .of("fc", Map.of("Input", "x", "W", "w", "Bias", "b"), row(3, 0, 12, 10), shape(2, 2), "in_num_col_dims", 1, "activation_type", "relu")
                .of("search_fc", Map.of("X", "x", "W", "t", "b", "b"), row(3, -2, 12, 10), shape(2, 2), "out_size", 2)
                .of("search_seq_fc", Map.of("X", "x", "W", "t"), row(2, 7, 11, 19), shape(2, 2), "out_size", 2, "has_bias", false)
                .of("search_seq_softmax", row(0.09003057f, 0.24472847f, 0.66524096f, 0.09003057f, 0.24472847f, 0.66524096f), shape(2, 3));
        // the weights as rows
        c.program.parameter("t", new float[] {1, 2, 0, 0, 1, 3}, 2, 3);
        c.run();
    }

    @Test
    void tensorsAreMadeOfNothing() {
        Cases c = new Cases();
        c.program.input("a", 0, 1).input("b", 0, 1).input("s", 0, 1);
        c.of("fill_constant", Map.of(), row(2.5f, 2.5f), shape(1, 2), "shape", new int[] {1, 2}, "value", 2.5f, "dtype", F32)
                .of("fill_constant", Map.of(), row(7), shape(1), "shape", new int[] {1}, "value", 0f, "str_value", "7", "dtype", I64)
                .of("fill_constant_batch_size_like", Map.of("Input", "x"), row(1, 1, 1, 1, 1, 1), shape(3, 2), "shape", new int[] {3, -1}, "output_dim_idx", 1, "input_dim_idx", 0,
                        "value", 1f, "dtype", F32)
                .of("fill_any_like", row(4, 4, 4, 4, 4, 4), shape(2, 3), "value", 4f, "dtype", -1)
                .of("assign_value", Map.of(), row(3, -1), shape(2), "shape", new int[] {2}, "dtype", I32, "int32_values", new int[] {3, -1})
                .of("range", Map.of("Start", "a", "End", "b", "Step", "s"), row(1, 1.5f, 2, 2.5f), shape(4)).of("shape", Map.of("Input", "x"), row(2, 3), shape(2))
                .run("a", Tensor.ofFloats(new float[] {1}, 1), "b", Tensor.ofFloats(new float[] {3}, 1), "s", Tensor.ofFloats(new float[] {0.5f}, 1));
    }

    @Test
    void randomNumbersKeepTheirDistribution() {
        TestProgram p = new TestProgram().op("uniform_random", Map.of(), Map.of("Out", "u"), "shape", new int[] {4000}, "min", 2f, "max", 6f, "seed", 3, "dtype", F32).output("u")
                .op("gaussian_random", Map.of(), Map.of("Out", "g"), "shape", new int[] {4000}, "mean", 1f, "std", 2f, "seed", 3, "dtype", F32).output("g")
                .input("x", 0, 2, 3).op("sampling_id", Map.of("X", "x"), Map.of("Out", "s"), "min", 0f, "max", 1f, "seed", 5).output("s");
        List<Tensor> y = p.run(dir, "x", Tensor.ofFloats(new float[] {0, 1, 0, 0, 0, 1}, 2, 3));
        double[][] moments = new double[2][2];
        for (int i = 0; i < 2; i++) {
            for (float v : y.get(i).toFloats()) {
                moments[i][0] += v / 4000;
                moments[i][1] += v * v / 4000;
                assertTrue(i == 1 || v >= 2 && v < 6);
            }
        }
        assertTrue(Math.abs(moments[0][0] - 4) < 0.1 && Math.abs(moments[0][1] - 16 - 16 / 12.0) < 0.8, "uniform");
        assertTrue(Math.abs(moments[1][0] - 1) < 0.16 && Math.abs(moments[1][1] - 5) < 0.6, "normal");
        assertArrayEquals(new long[] {1, 2}, y.get(2).toLongs());
    }

    @Test
    void equalElementsAreFound() {
        TestProgram p = new TestProgram().typed("x", I64, 0, 6)
                .op("unique", Map.of("X", "x"), Map.of("Out", "a", "Index", "b"), "is_sorted", false, "dtype", I32).output("a").output("b")
                .op("unique", Map.of("X", "x"), Map.of("Out", "c", "Indices", "d", "Index", "e", "Counts", "f"), "is_sorted", true, "return_index", true, "return_inverse", true,
                        "return_counts", true, "axis", new int[0], "dtype", I64).output("c").output("d").output("e").output("f")
                .op("unique_with_counts", Map.of("X", "x"), Map.of("Out", "g", "Index", "h", "Count", "i"), "dtype", I32).output("g").output("h").output("i");
        List<Tensor> y = p.run(dir, "x", Tensor.ofLongs(new long[] {2, 3, 3, 1, 5, 3}, 6));
        assertArrayEquals(new long[] {2, 3, 1, 5}, y.get(0).toLongs());
        assertArrayEquals(new int[] {0, 1, 1, 2, 3, 1}, y.get(1).toInts());
        assertArrayEquals(new long[] {1, 2, 3, 5}, y.get(2).toLongs());
        assertArrayEquals(new long[] {3, 0, 1, 4}, y.get(3).toLongs());
        assertArrayEquals(new long[] {1, 2, 2, 0, 3, 2}, y.get(4).toLongs());
        assertArrayEquals(new long[] {1, 1, 3, 1}, y.get(5).toLongs());
        assertArrayEquals(new long[] {2, 3, 1, 5}, y.get(6).toLongs());
        assertArrayEquals(new int[] {0, 1, 1, 2, 3, 1}, y.get(7).toInts());
        assertArrayEquals(new int[] {1, 3, 1, 1}, y.get(8).toInts());
    }

    @Test
    void sequencesArePaddedAndCutAgain() {
        TestProgram p = new TestProgram().input("x", 1, -1, 2).parameter("fill", new float[] {9}, 1)
                .op("sequence_pad", Map.of("X", "x", "PadValue", "fill"), Map.of("Out", "a", "Length", "l"), "padded_length", -1).output("a").output("l")
                .op("sequence_unpad", Map.of("X", "a", "Length", "l"), Map.of("Out", "b")).output("b")
                .op("sequence_mask", Map.of("X", "l"), Map.of("Y", "m"), "maxlen", 3, "out_dtype", F32).output("m")
                .op("search_seq_arithmetic", Map.of("X", "x", "Y", "x"), Map.of("Out", "q"), "op_type", 3).output("q")
                .op("fill_constant_batch_size_like", Map.of("Input", "x"), Map.of("Out", "f"), "shape", new int[] {-1, 2}, "value", 1f, "dtype", F32).output("f");
        List<Tensor> y = p.run(dir, "x", Tensor.ofFloats(new float[] {1, 2, 3, 4, 5, 6}, 3, 2), "x.lod", Tensor.ofLongs(new long[] {0, 1, 3}, 3));
        assertArrayEquals(new float[] {1, 2, 9, 9, 3, 4, 5, 6}, y.get(0).toFloats());
        assertArrayEquals(new long[] {1, 2}, y.get(1).toLongs());
        assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6}, y.get(2).toFloats());
        assertArrayEquals(new float[] {1, 0, 0, 1, 1, 0}, y.get(3).toFloats());
        assertArrayEquals(new float[] {1, 4, 9, 16, 25, 36}, y.get(4).toFloats());
        assertArrayEquals(new int[] {2, 2}, y.get(5).shape());
    }

    @Test
    void rowsAreRepeatedAsOftenAsSequencesAreLong() {
        TestProgram p = new TestProgram().input("x", 0, 2, 1).input("y", 1, -1, 1).op("sequence_expand_as", Map.of("X", "x", "Y", "y"), Map.of("Out", "e")).output("e");
        List<Tensor> y = p.run(dir, "x", Tensor.ofFloats(new float[] {7, 8}, 2, 1), "y", Tensor.ofFloats(new float[5], 5, 1), "y.lod", Tensor.ofLongs(new long[] {0, 2, 5}, 3));
        assertArrayEquals(new float[] {7, 7, 8, 8, 8}, y.get(0).toFloats());
    }

    @Test
    void mobileOptimisersBringNumbersToBytesAndBack() {
        TestProgram p = new TestProgram().input("x", 0, 4).op("calib", Map.of("Input", "x"), Map.of("Out", "q"), "scale", 0.5f)
                .op("calib_once", Map.of("Input", "q"), Map.of("Out", "y"), "scale", 0.5f).output("y");
        assertArrayEquals(new float[] {1, -1.5f, 0.5f, 63.5f}, p.run(dir, "x", Tensor.ofFloats(new float[] {1.1f, -1.25f, 0.25f, 900}, 4)).get(0).toFloats());
    }
}
