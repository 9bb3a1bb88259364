package dev.lathe.compiler.paddle;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.runtime.Tensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MoreRowsTest {
    private static final int I64 = 3;
    private static final int I32 = 2;

    @TempDir
    Path dir;

    private static Tensor floats(float[] v, int... dims) {
        return Tensor.ofFloats(v, dims);
    }

    private static Tensor longs(long... v) {
        return Tensor.ofLongs(v, v.length);
    }

    private Tensor one(TestProgram p, Object... in) {
        return p.run(dir, in).get(0);
    }

    // ---- sequences ----------------------------------------------------------------------------------------------

    @Test
    void sequencesAreJoinedCutAndRepeated() {
        TestProgram p = new TestProgram().input("x", 1, -1, 1).input("z", 1, -1, 1).typed("o", I64, 0, 2, 1).typed("l", I64, 0, 2, 1)
                .op("sequence_concat", Map.of("X", "x,z"), Map.of("Out", "a"))
                .op("sequence_pool", Map.of("X", "a"), Map.of("Out", "s"), "pooltype", "SUM")
                .op("sequence_slice", Map.of("X", "x", "Offset", "o", "Length", "l"), Map.of("Out", "b"))
                .op("sequence_expand", Map.of("X", "x", "Y", "z"), Map.of("Out", "c"))
                .output("a").output("s").output("b").output("c");
        List<Tensor> y = p.run(dir, "x", floats(new float[] {1, 2, 3, 4, 5}, 5, 1), "x.lod", longs(0, 2, 5), "z", floats(new float[] {6, 7, 8}, 3, 1), "z.lod", longs(0, 1, 3),
                "o", Tensor.ofLongs(new long[] {1, 0}, 2, 1), "l", Tensor.ofLongs(new long[] {1, 2}, 2, 1));
        assertArrayEquals(new float[] {1, 2, 6, 3, 4, 5, 7, 8}, y.get(0).toFloats());
        assertArrayEquals(new float[] {9, 27}, y.get(1).toFloats());
        assertArrayEquals(new float[] {2, 3, 4}, y.get(2).toFloats());
        assertArrayEquals(new float[] {1, 2, 3, 4, 5, 3, 4, 5}, y.get(3).toFloats());
    }

    @Test
    void tokensAreErasedEnumeratedAndAligned() {
        TestProgram p = new TestProgram().typed("x", I64, 1, -1, 1).typed("q", I32, 0, 2, 4).typed("n", I32, 0, 2, 1)
                .op("sequence_erase", Map.of("X", "x"), Map.of("Out", "e"), "tokens", new int[] {2, 7})
                .op("sequence_enumerate", Map.of("X", "x"), Map.of("Out", "w"), "win_size", 2, "pad_value", -1)
                .op("ctc_align", Map.of("Input", "x"), Map.of("Output", "a"), "blank", 0, "merge_repeated", true)
                .op("ctc_align", Map.of("Input", "q", "InputLength", "n"), Map.of("Output", "b", "OutputLength", "m"), "blank", 0, "merge_repeated", true, "padding_value", 9)
                .output("e").output("w").output("a").output("b").output("m");
        List<Tensor> y = p.run(dir, "x", Tensor.ofLongs(new long[] {1, 2, 2, 0, 2, 2, 3}, 7, 1), "x.lod", longs(0, 5, 7), "q", Tensor.ofInts(new int[] {1, 1, 0, 1, 0, 5, 5, 6}, 2, 4),
                "n", Tensor.ofInts(new int[] {4, 3}, 2, 1));
        assertArrayEquals(new long[] {1, 0, 3}, y.get(0).toLongs());
        assertArrayEquals(new long[] {1, 2, 2, 2, 2, 0, 0, 2, 2, -1, 2, 3, 3, -1}, y.get(1).toLongs());
        assertArrayEquals(new long[] {1, 2, 2, 2, 3}, y.get(2).toLongs());
        assertArrayEquals(new int[] {1, 1, 9, 9, 5, 9, 9, 9}, y.get(3).toInts());
        assertArrayEquals(new int[] {2, 1}, y.get(4).toInts());
    }

    @Test
    void rowsOfSequencesGetOtherWidths() {
        TestProgram p = new TestProgram().input("x", 1, -1, 2).op("sequence_reshape", Map.of("X", "x"), Map.of("Out", "r"), "new_dim", 1)
                .op("sequence_pool", Map.of("X", "r"), Map.of("Out", "y"), "pooltype", "SUM").output("r").output("y");
        List<Tensor> y = p.run(dir, "x", floats(new float[] {1, 2, 3, 4, 5, 6}, 3, 2), "x.lod", longs(0, 1, 3));
        assertArrayEquals(new int[] {6, 1}, y.get(0).shape());
        assertArrayEquals(new float[] {3, 18}, y.get(1).toFloats());
    }

    @Test
    void sequencesOfOneLengthAttendToEachOther() {
        TestProgram p = new TestProgram().input("x", 1, -1, 1)
                .op("search_group_padding", Map.of("X", "x"), Map.of("Out_emb_padding", "e", "Out_new", "o", "Out_padding", "q"), "pad_id", 7)
                .op("search_aligned_mat_mul", Map.of("X", "e", "Y", "e"), Map.of("Out", "a"), "transpose_X", false, "transpose_Y", true, "alpha", 2f)
                .op("search_attention_padding_mask", Map.of("X", "a", "Y", "q"), Map.of("Out", "m", "pad_begin", "b"), "pad_id", 7, "mask", -9f)
                .op("search_seq_depadding", Map.of("Pad", "m", "Src", "x"), Map.of("Out", "y"))
                .op("sequence_arithmetic", Map.of("X", "x", "Y", "e"), Map.of("Out", "z"), "op_type", 1).output("e").output("q").output("y").output("b").output("z");
        List<Tensor> y = p.run(dir, "x", floats(new float[] {1, 2, 3, 4}, 4, 1), "x.lod", longs(0, 1, 4));
        assertArrayEquals(new float[] {1, 0, 0, 2, 3, 4}, y.get(0).toFloats());
        assertArrayEquals(new float[] {0, 7, 7, 0, 0, 0}, y.get(1).toFloats());
        assertArrayEquals(new float[] {2, -9, -9, 8, 12, 16, 12, 18, 24, 16, 24, 32}, y.get(2).toFloats());
        assertArrayEquals(new int[] {1, 3}, y.get(3).toInts());
        assertArrayEquals(new float[] {2, 4, 6, 8}, y.get(4).toFloats());
    }

    // ---- windows ------------------------------------------------------------------------------------------------

    @Test
    void windowsBecomeColumnsAndImagesAgain() {
        TestProgram p = new TestProgram().input("x", 0, 1, 1, 2, 3)
                .op("unfold", Map.of("X", "x"), Map.of("Y", "u"), "kernel_sizes", new int[] {2, 2}, "strides", new int[] {1, 1}, "paddings", new int[] {0, 0, 0, 0}, "dilations", new int[] {1, 1})
                .op("fold", Map.of("X", "u"), Map.of("Y", "y"), "output_sizes", new int[] {2, 3}, "kernel_sizes", new int[] {2, 2}, "strides", new int[] {1, 1}, "paddings",
                        new int[] {0, 0, 0, 0}, "dilations", new int[] {1, 1}).output("u").output("y");
        List<Tensor> y = p.run(dir, "x", floats(new float[] {1, 2, 3, 4, 5, 6}, 1, 1, 2, 3));
        assertEquals(floats(new float[] {1, 2, 2, 3, 4, 5, 5, 6}, 1, 4, 2), y.get(0));
        assertArrayEquals(new float[] {1, 4, 3, 4, 10, 6}, y.get(1).toFloats());
    }

    @Test
    void channelsComeFromNeighbouringFrames() {
        TestProgram p = new TestProgram().input("x", 0, 2, 4, 1, 1).op("temporal_shift", Map.of("X", "x"), Map.of("Out", "y"), "seg_num", 2, "shift_ratio", 0.25f).output("y");
        assertArrayEquals(new float[] {0, 6, 3, 4, 1, 0, 7, 8}, one(p, "x", floats(new float[] {1, 2, 3, 4, 5, 6, 7, 8}, 2, 4, 1, 1)).toFloats());
    }

    @Test
    void patchesAreComparedAtDisplacements() {
        TestProgram p = new TestProgram().input("a", 0, 1, 2, 1, 2).input("b", 0, 1, 2, 1, 2)
                .op("correlation", Map.of("Input1", "a", "Input2", "b"), Map.of("Output", "y"), "pad_size", 1, "kernel_size", 1, "max_displacement", 1, "stride1", 1, "stride2", 1).output("y");
        Tensor y = one(p, "a", floats(new float[] {1, 2, 3, 4}, 1, 2, 1, 2), "b", floats(new float[] {5, 6, 7, 8}, 1, 2, 1, 2));
        assertArrayEquals(new int[] {1, 9, 1, 2}, y.shape());
        // the middle row of displacements: left, none, right; means over the channels
        float[] middle = java.util.Arrays.copyOfRange(y.toFloats(), 6, 12);
        assertArrayEquals(new float[] {0, (2 * 5 + 4 * 7) / 2f, (5 + 21) / 2f, (12 + 32) / 2f, (6 + 24) / 2f, 0}, middle, 1e-6f);
    }

    // ---- places -------------------------------------------------------------------------------------------------

    @Test
    void partsAreOverwritten() {
        TestProgram p = new TestProgram().input("x", 0, 3, 4).input("v", 0, 2)
                .op("set_value", Map.of("Input", "x", "ValueTensor", "v"), Map.of("Out", "y"), "axes", new int[] {0, 1}, "starts", new int[] {1, 0}, "ends", new int[] {2, 4},
                        "steps", new int[] {1, 2}, "decrease_axes", new int[] {0}, "none_axes", new int[0], "shape", new int[0])
                .op("set_value", Map.of("Input", "y"), Map.of("Out", "z"), "axes", new int[] {0}, "starts", new int[] {-1}, "ends", new int[] {Integer.MAX_VALUE},
                        "steps", new int[] {1}, "decrease_axes", new int[0], "none_axes", new int[0], "shape", new int[] {1}, "fp32_values", new float[] {9}, "dtype", 5).output("z");
        assertArrayEquals(new float[] {0, 1, 2, 3, -1, 5, -2, 7, 9, 9, 9, 9},
                one(p, "x", floats(new float[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, 3, 4), "v", floats(new float[] {-1, -2}, 2)).toFloats());
    }

    @Test
    void bestPathsAreFollowedBack() {
        TestProgram p = new TestProgram().typed("i", I64, 0, 3, 1, 2).typed("q", I64, 0, 3, 1, 2).op("gather_tree", Map.of("Ids", "i", "Parents", "q"), Map.of("Out", "y")).output("y");
        Tensor y = one(p, "i", Tensor.ofLongs(new long[] {2, 3, 6, 1, 9, 0}, 3, 1, 2), "q", Tensor.ofLongs(new long[] {0, 0, 1, 1, 1, 0}, 3, 1, 2));
        assertArrayEquals(new long[] {3, 3, 1, 6, 9, 0}, y.toLongs());
    }

    @Test
    void whatIsDifferentIsFoundAndCounted() {
        TestProgram p = new TestProgram().typed("x", I64, 0, 5).op("unique_with_counts", Map.of("X", "x"), Map.of("Out", "y", "Index", "i", "Count", "c"), "dtype", I32)
                .output("y").output("i").output("c");
        List<Tensor> y = p.run(dir, "x", longs(4, 2, 4, 4, 7));
        assertArrayEquals(new long[] {4, 2, 7}, y.get(0).toLongs());
        assertArrayEquals(new int[] {0, 1, 0, 0, 2}, y.get(1).toInts());
        assertArrayEquals(new int[] {3, 1, 1}, y.get(2).toInts());
    }

    @Test
    void diagonalsSearchesAndReversals() {
        TestProgram p = new TestProgram().input("x", 0, 2).input("m", 0, 2, 3).input("q", 0, 2)
                .op("diag_v2", Map.of("X", "x"), Map.of("Out", "d"), "offset", 1, "padding_value", 0f)
                .op("diagonal", Map.of("Input", "m"), Map.of("Out", "g"), "offset", 1, "axis1", 0, "axis2", 1)
                .op("reverse", Map.of("X", "m"), Map.of("Out", "r"), "axis", new int[] {1})
                .op("searchsorted", Map.of("SortedSequence", "x", "Values", "q"), Map.of("Out", "s"), "right", true).output("d").output("g").output("r").output("s");
        List<Tensor> y = p.run(dir, "x", floats(new float[] {1, 2}, 2), "m", floats(new float[] {1, 2, 3, 4, 5, 6}, 2, 3), "q", floats(new float[] {2, 0}, 2));
        assertEquals(floats(new float[] {0, 1, 0, 0, 0, 2, 0, 0, 0}, 3, 3), y.get(0));
        assertArrayEquals(new float[] {2, 6}, y.get(1).toFloats());
        assertArrayEquals(new float[] {3, 2, 1, 6, 5, 4}, y.get(2).toFloats());
        assertArrayEquals(new long[] {2, 0}, y.get(3).toLongs());
    }

    // ---- values -------------------------------------------------------------------------------------------------

    @Test
    void matricesAndNumbersOutOfNothing() {
        TestProgram p = new TestProgram().input("x", 0, 2, 2).input("s", 0, 1).input("e", 0, 1).typed("n", I32, 0, 1)
                .op("inverse", Map.of("Input", "x"), Map.of("Output", "i")).op("kron", Map.of("X", "x", "Y", "x"), Map.of("Out", "k"))
                .op("einsum", Map.of("Operands", "x,x"), Map.of("Out", "t"), "equation", "ij,kj->ik")
                .op("linspace", Map.of("Start", "s", "Stop", "e", "Num", "n"), Map.of("Out", "l"), "dtype", 5)
                .op("cos_sim", Map.of("X", "x", "Y", "x"), Map.of("Out", "c", "XNorm", "a", "YNorm", "b"))
                .output("i").output("k").output("t").output("l").output("c");
        List<Tensor> y = p.run(dir, "x", floats(new float[] {1, 2, 3, 4}, 2, 2), "s", floats(new float[] {1}, 1), "e", floats(new float[] {2}, 1), "n", Tensor.ofInts(new int[] {5}, 1));
        assertArrayEquals(new float[] {-2, 1, 1.5f, -0.5f}, y.get(0).toFloats(), 1e-5f);
        assertEquals(floats(new float[] {1, 2, 2, 4, 3, 4, 6, 8, 3, 6, 4, 8, 9, 12, 12, 16}, 4, 4), y.get(1));
        assertArrayEquals(new float[] {5, 11, 11, 25}, y.get(2).toFloats());
        assertArrayEquals(new float[] {1, 1.25f, 1.5f, 1.75f, 2}, y.get(3).toFloats());
        assertArrayEquals(new float[] {1, 1}, y.get(4).toFloats(), 1e-6f);
    }

    @Test
    void normsOfAnyOrderAndWritingThatAdds() {
        TestProgram p = new TestProgram().input("x", 0, 2, 2).input("u", 0, 3, 2).typed("i", I64, 0, 3)
                .op("p_norm", Map.of("X", "x"), Map.of("Out", "a"), "porder", 3f, "axis", 1, "keepdim", false)
                .op("p_norm", Map.of("X", "x"), Map.of("Out", "b"), "porder", Float.POSITIVE_INFINITY, "axis", 1, "keepdim", true)
                .op("scatter", Map.of("X", "x", "Ids", "i", "Updates", "u"), Map.of("Out", "s"), "overwrite", false)
                .op("isclose", Map.of("Input", "x", "Other", "x"), Map.of("Out", "c"), "rtol", "1e-05", "atol", "1e-08").output("a").output("b").output("s").output("c");
        List<Tensor> y = p.run(dir, "x", floats(new float[] {1, -2, 3, 0}, 2, 2), "u", floats(new float[] {1, 2, 3, 4, 5, 6}, 3, 2), "i", longs(1, 1, 1));
        assertArrayEquals(new float[] {(float) Math.cbrt(9), 3}, y.get(0).toFloats(), 1e-5f);
        assertEquals(floats(new float[] {2, 3}, 2, 1), y.get(1));
        assertArrayEquals(new float[] {1, -2, 9, 12}, y.get(2).toFloats());
        assertArrayEquals(new int[] {1, 1, 1, 1}, y.get(3).toInts());
    }

    @Test
    void groupsAreNormalisedWithChannelsBehind() {
        TestProgram p = new TestProgram().input("x", 0, 1, 1, 2, 2)
                .op("group_norm", Map.of("X", "x"), Map.of("Y", "y"), "groups", 2, "epsilon", 0f, "data_layout", "NHWC").output("y");
        assertArrayEquals(new float[] {-1, 1, 1, -1}, one(p, "x", floats(new float[] {1, 9, 3, 5}, 1, 1, 2, 2)).toFloats(), 1e-5f);
    }

    @Test
    void placesAreWrittenByIndicesAndMasks() {
        TestProgram p = new TestProgram().input("x", 0, 2, 2).input("v", 0, 1).typed("i", I64, 0, 2).typed("j", I64, 0, 1).typed("m", 0, 0, 2, 2)
                .op("index_put", Map.of("X", "x", "Indices", "i,j", "Value", "v"), Map.of("Out", "a"), "accumulate", true)
                .op("index_put", Map.of("X", "x", "Indices", "m", "Value", "v"), Map.of("Out", "b"), "accumulate", false).output("a").output("b");
        List<Tensor> y = p.run(dir, "x", floats(new float[] {1, 2, 3, 4}, 2, 2), "v", floats(new float[] {10}, 1), "i", longs(0, 1), "j", longs(-1),
                "m", Tensor.ofBooleans(new boolean[] {true, false, false, true}, 2, 2));
        assertArrayEquals(new float[] {1, 12, 3, 14}, y.get(0).toFloats());
        assertArrayEquals(new float[] {10, 2, 3, 10}, y.get(1).toFloats());
    }

    @Test
    void queriesAttendToWhatStandsBefore() {
        TestProgram p = new TestProgram().input("q", 0, 1, 2, 1, 1).input("v", 0, 1, 2, 1, 1)
                .op("flash_attn", Map.of("q", "q", "k", "q", "v", "v"), Map.of("Out", "y"), "causal", true).output("y");
        float[] y = one(p, "q", floats(new float[] {1, 2}, 1, 2, 1, 1), "v", floats(new float[] {10, 20}, 1, 2, 1, 1)).toFloats();
        double second = (10 * Math.exp(2) + 20 * Math.exp(4)) / (Math.exp(2) + Math.exp(4));
        assertArrayEquals(new float[] {10, (float) second}, y, 1e-4f);
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    @Test
    void oneStepOfRecurrentLayers() {
        float[] w = {0.3f, -0.2f, 0.5f};
        TestProgram p = new TestProgram().input("x", 0, 1, 3).input("h", 0, 1, 1).input("z", 0, 1, 4).parameter("w", w, 1, 3)
                .op("gru_unit", Map.of("Input", "x", "HiddenPrev", "h", "Weight", "w"), Map.of("Hidden", "y", "Gate", "g", "ResetHiddenPrev", "r"), "origin_mode", false)
                .op("lstm_unit", Map.of("X", "z", "C_prev", "h"), Map.of("C", "c", "H", "o"), "forget_bias", 1f).output("y").output("c").output("o");
        List<Tensor> y = p.run(dir, "x", floats(new float[] {0.1f, 0.2f, 0.3f}, 1, 3), "h", floats(new float[] {0.7f}, 1, 1), "z", floats(new float[] {0.4f, 0.5f, 0.6f, -0.7f}, 1, 4));
        double u = sigmoid(0.1 + 0.7 * w[0]);
        double r = sigmoid(0.2 + 0.7 * w[1]);
        double c = Math.tanh(0.3 + r * 0.7 * w[2]);
        assertEquals((1 - u) * 0.7 + u * c, y.get(0).toFloats()[0], 1e-6);
        double cell = sigmoid(1.5) * 0.7 + sigmoid(0.4) * Math.tanh(-0.7);
        assertEquals(cell, y.get(1).toFloats()[0], 1e-6);
        assertEquals(sigmoid(0.6) * Math.tanh(cell), y.get(2).toFloats()[0], 1e-6);
    }

    @Test
    void weightsStoredAsBytesAreWhatTheirScalesSay() {
        TestProgram p = new TestProgram().input("x", 0, 1, 2).bytes("w", new byte[] {127, -127, 64, 2}, 2, 2).bytes("v", new byte[] {10, 20, 30, 40}, 2, 2)
                .parameter("s", new float[] {2, 4}, 2).parameter("t", new float[] {12.7f}, 1)
                .op("dequantize_linear", Map.of("X", "w", "Scale", "s"), Map.of("Y", "d"), "quant_axis", 0, "bit_length", 8)
                .op("quantize_linear", Map.of("X", "x", "Scale", "t"), Map.of("Y", "q"), "quant_axis", -1, "bit_length", 8)
                .op("matmul_v2", Map.of("X", "x", "Y", "d"), Map.of("Out", "y"))
                .op("mul", Map.of("X", "x", "Y", "v"), Map.of("Out", "z"), "v_quant_scale", new float[] {0.1f, 0.01f}).output("q").output("y").output("z");
        List<Tensor> y = p.run(dir, "x", floats(new float[] {1.25f, -20}, 1, 2));
        assertArrayEquals(new float[] {12, -128}, y.get(0).toFloats());
        assertArrayEquals(new float[] {1.25f * 2 - 20 * 64 * 4 / 127f, -2.5f - 160 / 127f}, y.get(1).toFloats(), 1e-4f);
        assertArrayEquals(new float[] {1.25f - 60, 0.25f - 8}, y.get(2).toFloats(), 1e-4f);
    }

    @Test
    void anOpenExtentBelowTheWindowStillHasOnePlace() {
        for (String kind : new String[] {"max", "avg"}) {
            TestProgram p = new TestProgram().input("x", 0, -1, 1, -1, -1)
                    .op("pool2d", Map.of("X", "x"), Map.of("Out", "y"), "pooling_type", kind, "ksize", new int[] {2, 2}, "strides", new int[] {2, 2}, "paddings", new int[] {0, 0})
                    .op("pool2d", Map.of("X", "x"), Map.of("Out", "z"), "pooling_type", kind, "ksize", new int[] {2, 3}, "strides", new int[] {2, 2}, "paddings", new int[] {0, 0},
                            "ceil_mode", true)
                    .output("y").output("z");
            List<Tensor> low = p.run(dir, "x", Tensor.ofFloats(new float[] {1, 2, 4, 3, 9}, 1, 1, 1, 5));
            assertArrayEquals(new int[] {1, 1, 1, 2}, low.get(0).shape());
            assertArrayEquals(kind.equals("max") ? new float[] {2, 4} : new float[] {1.5f, 3.5f}, low.get(0).toFloats());
            assertArrayEquals(new int[] {1, 1, 1, 2}, low.get(1).shape());
            assertArrayEquals(kind.equals("max") ? new float[] {4, 9} : new float[] {7 / 3f, 16 / 3f}, low.get(1).toFloats(), 1e-6f);
            List<Tensor> high = p.run(dir, "x", Tensor.ofFloats(new float[] {1, 2, 4, 3, 8, 6, 7, 5, 0, 0, 0, 0}, 1, 1, 3, 4));
            assertArrayEquals(new int[] {1, 1, 1, 2}, high.get(0).shape());
            assertArrayEquals(kind.equals("max") ? new float[] {8, 7} : new float[] {4.25f, 4.75f}, high.get(0).toFloats());
            assertArrayEquals(new int[] {1, 1, 2, 2}, high.get(1).shape());
            assertArrayEquals(kind.equals("max") ? new float[] {8, 7, 0, 0} : new float[] {28 / 6f, 19 / 4f, 0, 0}, high.get(1).toFloats(), 1e-6f);
        }
    }

    @Test
    void aWindowOfNothingIsRefused() {
        TestProgram p = new TestProgram().input("x", 0, 1, 1, 4, 4)
                .op("pool2d", Map.of("X", "x"), Map.of("Out", "y"), "pooling_type", "max", "ksize", new int[] {0, 2}, "strides", new int[] {1, 1}, "paddings", new int[] {0, 0})
                .output("y");
        String why = assertThrows(LatheException.class, () -> p.run(dir, "x", Tensor.ofFloats(new float[16], 1, 1, 4, 4))).block();
        assertTrue(why.contains("each must be 1 or more"), why);
    }
}
