package dev.lathe.compiler.paddle;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.lathe.runtime.Tensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DetectionRowsTest {
    @TempDir
    Path dir;

    @Test
    void boxesThatOverlapABetterOneOfTheirClassAreLeftOut() {
        TestProgram p = new TestProgram().input("b", 0, -1, 3, 4).input("s", 0, -1, 3, 3)
                .op("multiclass_nms3", Map.of("BBoxes", "b", "Scores", "s"), Map.of("Out", "y", "Index", "i", "NmsRoisNum", "n"), "background_label", 0,
                        "score_threshold", 0.1f, "nms_top_k", 3, "nms_threshold", 0.5f, "keep_top_k", 2, "normalized", true)
                .output("y").output("i").output("n");
        float[] one = {0, 0, 10, 10, 0, 0, 10, 9, 20, 20, 30, 30};
        float[] boxes = new float[24];
        System.arraycopy(one, 0, boxes, 0, 12);
        System.arraycopy(one, 0, boxes, 12, 12);
        // class 0 is the background; in image 0 three survive and the worst of them is dropped, in image 1 one is above the threshold
        float[] scores = {0.9f, 0.9f, 0.9f, 0.6f, 0.8f, 0.3f, 0.05f, 0.4f, 0.02f, 1, 1, 1, 0, 0, 0, 0, 0, 0.7f};
        List<Tensor> y = p.run(dir, "b", Tensor.ofFloats(boxes, 2, 3, 4), "s", Tensor.ofFloats(scores, 2, 3, 3));
        assertArrayEquals(new float[] {1, 0.8f, 0, 0, 10, 9, 2, 0.4f, 0, 0, 10, 9, 2, 0.7f, 20, 20, 30, 30}, y.get(0).toFloats());
        assertArrayEquals(new int[] {1, 1, 5}, y.get(1).toInts());
        assertArrayEquals(new int[] {2, 1}, y.get(2).toInts());
    }

    @Test
    void priorsAreCentredOnCellsAndDecoded() {
        priors(1, 2, 10, 20);
    }

    @Test
    void priorsMayWaitForTheExtentsOfTheImage() {
        priors(-1, -1, -1, -1);
    }

    private void priors(int h, int w, int height, int width) {
        TestProgram p = new TestProgram().input("f", 0, 1, 1, h, w).input("m", 0, 1, 3, height, width).input("t", 0, 1, 6, 4)
                .op("prior_box", Map.of("Input", "f", "Image", "m"), Map.of("Boxes", "b", "Variances", "v"), "min_sizes", new float[] {4}, "max_sizes", new float[] {9},
                        "aspect_ratios", new float[] {4}, "variances", new float[] {0.1f, 0.1f, 0.2f, 0.2f}, "offset", 0.5f)
                .op("reshape2", Map.of("X", "b"), Map.of("Out", "b2"), "shape", new int[] {-1, 4})
                .op("reshape2", Map.of("X", "v"), Map.of("Out", "v2"), "shape", new int[] {-1, 4})
                .op("box_coder", Map.of("PriorBox", "b2", "PriorBoxVar", "v2", "TargetBox", "t"), Map.of("OutputBox", "d"), "code_type", "decode_center_size",
                        "box_normalized", true).output("b2").output("d");
        float[] target = new float[24];
        target[0] = 1;
        target[7] = 2;
        List<Tensor> y = p.run(dir, "f", Tensor.ofFloats(new float[2], 1, 1, 1, 2), "m", Tensor.ofFloats(new float[600], 1, 3, 10, 20), "t", Tensor.ofFloats(target, 1, 6, 4));
        // cells of 10 by 10 pixels, centres (5, 5) and (15, 5); extents 4 by 4, 8 by 2, 6 by 6
        float[] want = {3 / 20f, 3 / 10f, 7 / 20f, 7 / 10f, 1 / 20f, 4 / 10f, 9 / 20f, 6 / 10f, 2 / 20f, 2 / 10f, 8 / 20f, 8 / 10f,
            13 / 20f, 3 / 10f, 17 / 20f, 7 / 10f, 11 / 20f, 4 / 10f, 19 / 20f, 6 / 10f, 12 / 20f, 2 / 10f, 18 / 20f, 8 / 10f};
        assertArrayEquals(want, y.get(0).toFloats(), 1e-6f);
        float[] decoded = want.clone();
        decoded[0] += 0.1f * 0.2f;
        decoded[2] += 0.1f * 0.2f;
        float half = (float) (0.2 * Math.exp(0.4) / 2);
        decoded[5] = 0.5f - half;
        decoded[7] = 0.5f + half;
        assertArrayEquals(decoded, y.get(1).toFloats(), 1e-5f);
    }

    @Test
    void quantisedValuesAreWholeNumbersUntilTheyAreScaledBack() {
        TestProgram p = new TestProgram().input("x", 0, 4).parameter("s", new float[] {2}, 1)
                .op("fake_quantize_moving_average_abs_max", Map.of("X", "x", "InScale", "s"), Map.of("Out", "q", "OutScale", "o"), "bit_length", 8)
                .op("fake_dequantize_max_abs", Map.of("X", "q", "Scale", "o"), Map.of("Out", "y"), "max_range", 127f).output("q").output("y");
        List<Tensor> y = p.run(dir, "x", Tensor.ofFloats(new float[] {1, -3, 0.01f, 0.5f}, 4));
        assertArrayEquals(new float[] {64, -127, 1, 32}, y.get(0).toFloats());
        assertArrayEquals(new float[] {128 / 127f, -2, 2 / 127f, 64 / 127f}, y.get(1).toFloats(), 1e-6f);
    }

    @Test
    void aChannelOfZerosAndOneTooSmallToDivideByStayThat() {
        float tiny = 1e-39f;
        TestProgram p = new TestProgram().input("x", 0, 3, 2).parameter("w", new float[] {0, 0, tiny, -tiny, 2, -1}, 3, 2).parameter("z", new float[] {0}, 1)
                .op("fake_channel_wise_quantize_dequantize_abs_max", Map.of("X", "w"), Map.of("Out", "v", "OutScale", "o"), "bit_length", 8, "quant_axis", 0)
                .op("elementwise_mul", Map.of("X", "x", "Y", "v"), Map.of("Out", "y"), "axis", -1)
                .op("fake_quantize_dequantize_moving_average_abs_max", Map.of("X", "x", "InScale", "z"), Map.of("Out", "q", "OutScale", "o2"), "bit_length", 8)
                .output("y").output("q");
        List<Tensor> y = p.run(dir, "x", Tensor.ofFloats(new float[] {1, 2, 3, 4, 5, 6}, 3, 2));
        // -1 of 2 is -63.5 steps, halves go away from zero
        assertArrayEquals(new float[] {0, 0, 0, 0, 10, -6 * 64 * 2 / 127f}, y.get(0).toFloats(), 1e-6f);
        assertArrayEquals(new float[6], y.get(1).toFloats());
    }

    @Test
    void halvesGoToEvenWhereTheOperationSaysSo() {
        TestProgram p = new TestProgram().input("x", 0, 4).parameter("s", new float[] {127}, 1)
                .op("fake_quantize_dequantize_moving_average_abs_max", Map.of("X", "x", "InScale", "s"), Map.of("Out", "q", "OutScale", "o"), "bit_length", 8, "round_type", 0)
                .output("q");
        assertArrayEquals(new float[] {2, 4, -128, 127}, p.run(dir, "x", Tensor.ofFloats(new float[] {2.5f, 3.5f, -200, 200}, 4)).get(0).toFloats());
    }
}
