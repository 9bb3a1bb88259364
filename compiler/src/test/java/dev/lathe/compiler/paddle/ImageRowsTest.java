package dev.lathe.compiler.paddle;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lathe.runtime.Tensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Operators of pictures beside what PaddlePaddle defines them as, written out as loops over elements. */
class ImageRowsTest {
    private static final int I32 = 2;

    @TempDir
    Path dir;

    private static float[] numbers(int count) {
        Random r = new Random(count);
        float[] v = new float[count];
        for (int i = 0; i < count; i++) {
            v[i] = r.nextInt(200) / 50f - 2;
        }
        return v;
    }

    private void same(String what, float[] want, Tensor got, int... shape) {
        assertArrayEquals(shape, got.shape(), what);
        assertArrayEquals(want, got.toFloats(), 2e-5f, what);
    }

    // ---- resizing -----------------------------------------------------------------------------------------------

    /** Where an output place lies in the input. @param ratio input places for one of the output's */
    private static double place(int i, double ratio, boolean align, boolean half) {
        return !align && half ? Math.max(0, ratio * (i + 0.5) - 0.5) : ratio * i;
    }

    private static double ratio(int in, int out, boolean align, double scale) {
        return out <= 1 ? 0 : align ? (in - 1.0) / (out - 1) : scale > 0 ? 1 / scale : (double) in / out;
    }

    private static float[] resized(float[] x, int h, int w, int oh, int ow, boolean nearest, boolean align, boolean half, double sh, double sw) {
        float[] y = new float[oh * ow];
        double rh = ratio(h, oh, align, sh);
        double rw = ratio(w, ow, align, sw);
        for (int i = 0; i < oh; i++) {
            for (int k = 0; k < ow; k++) {
                if (nearest) {
                    int a = Math.min(h - 1, (int) (rh * i + (align ? 0.5 : 0)));
                    int b = Math.min(w - 1, (int) (rw * k + (align ? 0.5 : 0)));
                    y[i * ow + k] = x[a * w + b];
                    continue;
                }
                double a = place(i, rh, align, half);
                double b = place(k, rw, align, half);
                int a0 = Math.min(h - 1, (int) a);
                int b0 = Math.min(w - 1, (int) b);
                int a1 = Math.min(h - 1, a0 + 1);
                int b1 = Math.min(w - 1, b0 + 1);
                double fa = a - a0;
                double fb = b - b0;
                y[i * ow + k] = (float) ((1 - fa) * ((1 - fb) * x[a0 * w + b0] + fb * x[a0 * w + b1]) + fa * ((1 - fb) * x[a1 * w + b0] + fb * x[a1 * w + b1]));
            }
        }
        return y;
    }

    @Test
    void picturesAreResized() {
        int h = 5;
        int w = 7;
        float[] x = numbers(h * w);
        TestProgram p = new TestProgram().input("x", 0, 1, 1, h, w);
        boolean[] yes = {true, false};
        int count = 0;
        for (String op : new String[] {"nearest_interp", "bilinear_interp", "nearest_interp_v2", "bilinear_interp_v2"}) {
            for (boolean align : yes) {
                for (int mode = 0; mode < 2; mode++) {
                    p.op(op, Map.of("X", "x"), Map.of("Out", "a" + count), "out_h", 8, "out_w", 4, "align_corners", align, "align_mode", mode).output("a" + count);
                    Object scale = op.endsWith("_v2") ? (Object) new float[] {1.5f, 0.75f} : (Object) 1.5f;
                    p.op(op, Map.of("X", "x"), Map.of("Out", "b" + count), "scale", scale, "out_h", -1, "out_w", -1, "align_corners", align, "align_mode", mode).output("b" + count);
                    p.op(op, Map.of("X", "x"), Map.of("Out", "c" + count), "out_h", 1, "out_w", 3, "align_corners", align, "align_mode", mode).output("c" + count);
                    count++;
                }
            }
        }
        List<Tensor> y = p.run(dir, "x", Tensor.ofFloats(x, 1, 1, h, w));
        int at = 0;
        for (String op : new String[] {"nearest_interp", "bilinear_interp", "nearest_interp_v2", "bilinear_interp_v2"}) {
            boolean second = op.endsWith("_v2");
            boolean nearest = op.startsWith("nearest");
            for (boolean align : yes) {
                for (int mode = 0; mode < 2; mode++) {
                    String what = op + " aligned " + align + " mode " + mode;
                    same(what, resized(x, h, w, 8, 4, nearest, align, mode == 0, 0, 0), y.get(at++), 1, 1, 8, 4);
                    int ow = second ? 5 : 10;
                    same(what + " by a scale", resized(x, h, w, 7, ow, nearest, align, mode == 0, second ? 1.5 : 0, second ? 0.75 : 0), y.get(at++), 1, 1, 7, ow);
                    same(what + " to one row", resized(x, h, w, 1, 3, nearest, align, mode == 0, 0, 0), y.get(at++), 1, 1, 1, 3);
                }
            }
        }
    }

    @Test
    void picturesAreSampledAtPlaces() {
        float[] x = numbers(2 * 4 * 3);
        float[] g = {-1, -1, 0.3f, 0.2f, 1, 1, -0.9f, 0.5f, 1.3f, 0, 0.1f, -1.6f};
        TestProgram p = new TestProgram().input("x", 0, 1, 2, 4, 3).input("g", 0, 1, 2, 3, 2);
        for (String padding : new String[] {"zeros", "border"}) {
            for (boolean align : new boolean[] {true, false}) {
                p.op("grid_sampler", Map.of("X", "x", "Grid", "g"), Map.of("Output", padding + align), "mode", "bilinear", "padding_mode", padding, "align_corners", align)
                        .output(padding + align);
            }
        }
        List<Tensor> y = p.run(dir, "x", Tensor.ofFloats(x, 1, 2, 4, 3), "g", Tensor.ofFloats(g, 1, 2, 3, 2));
        int at = 0;
        for (String padding : new String[] {"zeros", "border"}) {
            for (boolean align : new boolean[] {true, false}) {
                float[] want = new float[12];
                for (int c = 0; c < 2; c++) {
                    for (int i = 0; i < 6; i++) {
                        double b = align ? (g[2 * i] + 1) / 2.0 * 2 : ((g[2 * i] + 1) * 3 - 1) / 2.0;
                        double a = align ? (g[2 * i + 1] + 1) / 2.0 * 3 : ((g[2 * i + 1] + 1) * 4 - 1) / 2.0;
                        if (padding.equals("border")) {
                            a = Math.min(3, Math.max(0, a));
                            b = Math.min(2, Math.max(0, b));
                        }
                        want[c * 6 + i] = sample(x, c * 12, 4, 3, a, b);
                    }
                }
                same("padded with " + padding + ", aligned " + align, want, y.get(at++), 1, 2, 2, 3);
            }
        }
    }

    /** Between four elements; those outside are 0. */
    private static float sample(float[] x, int from, int h, int w, double a, double b) {
        double sum = 0;
        int a0 = (int) Math.floor(a);
        int b0 = (int) Math.floor(b);
        for (int i = 0; i < 2; i++) {
            for (int k = 0; k < 2; k++) {
                boolean inside = a0 + i >= 0 && a0 + i < h && b0 + k >= 0 && b0 + k < w;
                sum += inside ? (i == 0 ? 1 - (a - a0) : a - a0) * (k == 0 ? 1 - (b - b0) : b - b0) * x[from + (a0 + i) * w + b0 + k] : 0;
            }
        }
        return (float) sum;
    }

    // ---- convolutions -------------------------------------------------------------------------------------------

    @Test
    void transposedConvolutionsSpreadEachElement() {
        int h = 5;
        int w = 4;
        int groups = 2;
        float[] x = numbers(4 * h * w);
        float[] k = numbers(4 * 3 * 3 * 3);
        TestProgram p = new TestProgram().input("x", 0, 1, 4, h, w).parameter("k", k, 4, 3, 3, 3)
                .op("conv2d_transpose", Map.of("Input", "x", "Filter", "k"), Map.of("Output", "a"), "strides", new int[] {2, 1}, "paddings", new int[] {1, 0, 2, 1},
                        "dilations", new int[] {1, 2}, "groups", groups, "output_padding", new int[] {1, 0})
                .op("conv2d_transpose", Map.of("Input", "x", "Filter", "k"), Map.of("Output", "b"), "strides", new int[] {2, 2}, "paddings", new int[] {0, 0},
                        "dilations", new int[] {2, 2}, "groups", groups, "padding_algorithm", "SAME")
                .op("conv2d_transpose", Map.of("Input", "x", "Filter", "k"), Map.of("Output", "c"), "strides", new int[] {3, 2}, "paddings", new int[] {1, 1},
                        "dilations", new int[] {1, 1}, "groups", groups, "output_size", new int[] {15, 8}).output("a").output("b").output("c");
        Path file = p.write(dir, false);
        List<Tensor> y = TestProgram.run(file, List.of("a", "b", "c"), "x", Tensor.ofFloats(x, 1, 4, h, w));
        same("dilated", spread(x, h, w, k, 2, 1, 1, 2, 1, 2, 11, 5), y.get(0), 1, 6, 11, 5);
        // SAME: ceil(5 / 2) windows of 3 by steps of 2 need two elements around five, those of four one
        same("SAME", spread(x, h, w, k, 2, 2, 1, 1, 1, 0, 9, 8), y.get(1), 1, 6, 9, 8);
        same("of a size", spread(x, h, w, k, 3, 2, 1, 1, 1, 1, 15, 8), y.get(2), 1, 6, 15, 8);
    }

    /** Of 4 channels in two groups to 6. */
    private static float[] spread(float[] x, int h, int w, float[] k, int sh, int sw, int dh, int dw, int top, int left, int oh, int ow) {
        float[] y = new float[6 * oh * ow];
        for (int c = 0; c < 4; c++) {
            for (int i = 0; i < h * w; i++) {
                for (int o = 0; o < 3; o++) {
                    for (int t = 0; t < 9; t++) {
                        int a = i / w * sh - top + t / 3 * dh;
                        int b = i % w * sw - left + t % 3 * dw;
                        if (a >= 0 && a < oh && b >= 0 && b < ow) {
                            y[((c / 2 * 3 + o) * oh + a) * ow + b] += x[c * h * w + i] * k[(c * 3 + o) * 9 + t];
                        }
                    }
                }
            }
        }
        return y;
    }

    @Test
    void deformedConvolutionsLookBesideTheirPlaces() {
        int h = 4;
        int w = 5;
        float[] x = numbers(2 * h * w);
        float[] k = numbers(3 * 2 * 9);
        float[] o = numbers(18 * h * w);
        float[] m = numbers(9 * h * w);
        TestProgram p = new TestProgram().input("x", 0, 1, 2, h, w).input("o", 0, 1, 18, h, w).input("m", 0, 1, 9, h, w).parameter("k", k, 3, 2, 3, 3)
                .op("deformable_conv", Map.of("Input", "x", "Filter", "k", "Offset", "o", "Mask", "m"), Map.of("Output", "y"), "strides", new int[] {1, 1},
                        "paddings", new int[] {1, 1}, "dilations", new int[] {1, 1}, "groups", 1, "deformable_groups", 1, "im2col_step", 1).output("y");
        float[] want = new float[3 * h * w];
        for (int i = 0; i < h * w; i++) {
            for (int t = 0; t < 9; t++) {
                double a = i / w - 1 + t / 3 + o[2 * t * h * w + i];
                double b = i % w - 1 + t % 3 + o[(2 * t + 1) * h * w + i];
                for (int c = 0; c < 2; c++) {
                    float v = sample(x, c * h * w, h, w, a, b) * m[t * h * w + i];
                    for (int f = 0; f < 3; f++) {
                        want[f * h * w + i] += v * k[(f * 2 + c) * 9 + t];
                    }
                }
            }
        }
        same("deformed", want, p.run(dir, "x", Tensor.ofFloats(x, 1, 2, h, w), "o", Tensor.ofFloats(o, 1, 18, h, w), "m", Tensor.ofFloats(m, 1, 9, h, w)).get(0), 1, 3, h, w);
    }

    // ---- windows, borders and channels --------------------------------------------------------------------------

    @Test
    void largestElementsAreFoundWithTheirPlaces() {
        float[] x = {1, 5, 2, 0, 3, 4, 9, 8, 7, 6, -1, -2, 0, 1, 2, 3, 8, 8, 8, 1};
        TestProgram p = new TestProgram().input("x", 0, 1, 1, 4, 5).op("max_pool2d_with_index", Map.of("X", "x"), Map.of("Out", "y", "Mask", "m"), "ksize", new int[] {2, 3},
                "strides", new int[] {2, 2}, "paddings", new int[] {0, 1}).output("y").output("m");
        List<Tensor> y = p.run(dir, "x", Tensor.ofFloats(x, 1, 1, 4, 5));
        same("pooled", new float[] {9, 9, 7, 8, 8, 8}, y.get(0), 1, 1, 2, 3);
        assertArrayEquals(new int[] {6, 6, 8, 16, 16, 18}, y.get(1).toInts());
    }

    @Test
    void bordersAreFilledReflectedAndRepeated() {
        float[] x = {1, 2, 3, 4, 5, 6};
        TestProgram p = new TestProgram().input("x", 0, 1, 1, 2, 3);
        for (String mode : new String[] {"constant", "reflect", "edge"}) {
            p.op("pad2d", Map.of("X", "x"), Map.of("Out", mode), "mode", mode, "paddings", new int[] {1, 0, 2, 1}, "pad_value", 7f).output(mode);
        }
        p.op("unsqueeze2", Map.of("X", "x"), Map.of("Out", "v"), "axes", new int[] {2});
        for (String mode : new String[] {"constant", "replicate", "circular"}) {
            p.op("pad3d", Map.of("X", "v"), Map.of("Out", "v" + mode), "mode", mode, "paddings", new int[] {2, 1, 1, 0, 0, 0}, "value", 7f).output("v" + mode);
        }
        p.op("pad", Map.of("X", "x"), Map.of("Out", "p"), "paddings", new int[] {0, 0, 0, 0, 1, 0, 0, 2}, "pad_value", -1f).output("p");
        List<Tensor> y = p.run(dir, "x", Tensor.ofFloats(x, 1, 1, 2, 3));
        float[] constant = {7, 7, 7, 7, 7, 7, 7, 7, 1, 2, 3, 7, 7, 7, 4, 5, 6, 7};
        float[] edge = {1, 1, 1, 2, 3, 3, 1, 1, 1, 2, 3, 3, 4, 4, 4, 5, 6, 6};
        same("constant", constant, y.get(0), 1, 1, 3, 6);
        same("reflect", new float[] {6, 5, 4, 5, 6, 5, 3, 2, 1, 2, 3, 2, 6, 5, 4, 5, 6, 5}, y.get(1), 1, 1, 3, 6);
        same("edge", edge, y.get(2), 1, 1, 3, 6);
        same("constant 3-D", constant, y.get(3), 1, 1, 1, 3, 6);
        same("replicate", edge, y.get(4), 1, 1, 1, 3, 6);
        same("circular", new float[] {5, 6, 4, 5, 6, 4, 2, 3, 1, 2, 3, 1, 5, 6, 4, 5, 6, 4}, y.get(5), 1, 1, 1, 3, 6);
        same("pad", new float[] {-1, -1, -1, -1, -1, 1, 2, 3, -1, -1, 4, 5, 6, -1, -1}, y.get(6), 1, 1, 3, 5);
    }

    @Test
    void channelsBecomePixelsAndAreShuffled() {
        float[] x = {0, 1, 2, 3, 4, 5, 6, 7};
        TestProgram p = new TestProgram().input("x", 0, 1, 4, 1, 2).op("pixel_shuffle", Map.of("X", "x"), Map.of("Out", "a"), "upscale_factor", 2).output("a")
                .op("shuffle_channel", Map.of("X", "x"), Map.of("Out", "b"), "group", 2).output("b")
                .op("im2sequence", Map.of("X", "a"), Map.of("Out", "c"), "kernels", new int[] {2, 2}, "strides", new int[] {1, 2}, "paddings", new int[] {0, 0, 1, 0}).output("c")
                .op("sequence_pool", Map.of("X", "c"), Map.of("Out", "d"), "pooltype", "SUM").output("d");
        List<Tensor> y = p.run(dir, "x", Tensor.ofFloats(x, 1, 4, 1, 2));
        same("pixels", new float[] {0, 2, 1, 3, 4, 6, 5, 7}, y.get(0), 1, 1, 2, 4);
        same("shuffled", new float[] {0, 1, 4, 5, 2, 3, 6, 7}, y.get(1), 1, 4, 1, 2);
        same("windows", new float[] {0, 2, 4, 6, 1, 3, 5, 7, 4, 6, 0, 0, 5, 7, 0, 0}, y.get(2), 4, 4);
        same("one sequence", new float[] {10, 18, 9, 13}, y.get(3), 1, 4);
    }

    @Test
    void picturesAreNormalised() {
        float[] x = numbers(2 * 2 * 6);
        TestProgram p = new TestProgram().input("x", 0, 2, 2, 3, 2).parameter("s", new float[] {2, 3}, 2).parameter("b", new float[] {1, -1}, 2).parameter("m", new float[] {0.5f, 0.25f}, 2)
                .parameter("v", new float[] {4, 0.5f}, 2)
                .op("instance_norm", Map.of("X", "x", "Scale", "s", "Bias", "b"), Map.of("Y", "i"), "epsilon", 0.01f).output("i")
                .op("sync_batch_norm", Map.of("X", "x", "Scale", "s", "Bias", "b", "Mean", "m", "Variance", "v"), Map.of("Y", "n"), "epsilon", 0.01f).output("n")
                .op("layer_norm", Map.of("X", "x"), Map.of("Y", "l"), "epsilon", 0.01f, "begin_norm_axis", 2).output("l")
                .op("norm", Map.of("X", "x"), Map.of("Out", "u"), "axis", 1, "epsilon", 0.01f).output("u")
                .op("log_softmax", Map.of("X", "x"), Map.of("Out", "e"), "axis", 1).output("e");
        List<Tensor> y = p.run(dir, "x", Tensor.ofFloats(x, 2, 2, 3, 2));
        float[] s = {2, 3};
        float[] b = {1, -1};
        float[] m = {0.5f, 0.25f};
        float[] v = {4, 0.5f};
        for (int i = 0; i < x.length; i++) {
            int plane = i / 6;
            int c = plane % 2;
            double mean = 0;
            double square = 0;
            for (int k = 0; k < 6; k++) {
                mean += x[plane * 6 + k] / 6;
            }
            for (int k = 0; k < 6; k++) {
                square += Math.pow(x[plane * 6 + k] - mean, 2) / 6;
            }
            double unit = (x[i] - mean) / Math.sqrt(square + 0.01);
            double other = x[c == 0 ? i + 6 : i - 6];
            assertEquals(unit * s[c] + b[c], y.get(0).toFloats()[i], 1e-5);
            assertEquals((x[i] - m[c]) / Math.sqrt(v[c] + 0.01) * s[c] + b[c], y.get(1).toFloats()[i], 1e-5);
            assertEquals(unit, y.get(2).toFloats()[i], 1e-5);
            assertEquals(x[i] / Math.sqrt(x[i] * x[i] + other * other + 0.01), y.get(3).toFloats()[i], 1e-5);
            assertEquals(x[i] - Math.log(Math.exp(x[i]) + Math.exp(other)), y.get(4).toFloats()[i], 1e-5);
        }
    }

    // ---- boxes --------------------------------------------------------------------------------------------------

    @Test
    void regionsAreMeansOfSamples() {
        float[] x = numbers(2 * 36);
        float[] rois = {1, 1, 9, 7, 0, 2, 4, 11};
        TestProgram p = new TestProgram().input("x", 0, 1, 2, 6, 6).input("r", 0, 2, 4);
        for (boolean aligned : new boolean[] {false, true}) {
            p.op("roi_align", Map.of("X", "x", "ROIs", "r"), Map.of("Out", "y" + aligned), "pooled_height", 2, "pooled_width", 3, "spatial_scale", 0.5f, "sampling_ratio", 2,
                    "aligned", aligned).output("y" + aligned);
        }
        List<Tensor> y = p.run(dir, "x", Tensor.ofFloats(x, 1, 2, 6, 6), "r", Tensor.ofFloats(rois, 2, 4));
        for (int t = 0; t < 2; t++) {
            double shift = t == 1 ? 0.5 : 0;
            float[] want = new float[24];
            for (int i = 0; i < 24; i++) {
                int r = i / 12;
                double left = rois[4 * r] * 0.5 - shift;
                double top = rois[4 * r + 1] * 0.5 - shift;
                double w = rois[4 * r + 2] * 0.5 - shift - left;
                double h = rois[4 * r + 3] * 0.5 - shift - top;
                w = t == 1 ? w : Math.max(1, w);
                h = t == 1 ? h : Math.max(1, h);
                for (int s = 0; s < 4; s++) {
                    double a = top + h / 2 * (i / 3 % 2) + (s / 2 + 0.5) * h / 4;
                    double b = left + w / 3 * (i % 3) + (s % 2 + 0.5) * w / 6;
                    boolean far = a < -1 || a > 6 || b < -1 || b > 6;
                    want[i] += far ? 0 : sample(x, i / 6 % 2 * 36, 6, 6, Math.min(5, Math.max(0, a)), Math.min(5, Math.max(0, b))) / 4;
                }
            }
            same("aligned " + (t == 1), want, y.get(t), 2, 2, 2, 3);
        }
    }

    @Test
    void cellsBecomeBoxes() {
        int h = 2;
        int w = 3;
        int[] anchors = {10, 14, 23, 27};
        float[] x = numbers(2 * 7 * h * w);
        TestProgram p = new TestProgram().input("x", 0, 1, 14, h, w).typed("s", I32, 0, 1, 2).op("yolo_box", Map.of("X", "x", "ImgSize", "s"), Map.of("Boxes", "b", "Scores", "c"),
                "anchors", anchors, "class_num", 2, "conf_thresh", 0.4f, "downsample_ratio", 16, "clip_bbox", true, "scale_x_y", 1.05f).output("b").output("c");
        List<Tensor> y = p.run(dir, "x", Tensor.ofFloats(x, 1, 14, h, w), "s", Tensor.ofInts(new int[] {50, 70}, 1, 2));
        float[] boxes = new float[2 * h * w * 4];
        float[] scores = new float[2 * h * w * 2];
        for (int a = 0; a < 2; a++) {
            for (int i = 0; i < h * w; i++) {
                double[] v = new double[7];
                for (int k = 0; k < 7; k++) {
                    v[k] = x[(a * 7 + k) * h * w + i];
                }
                double sure = 1 / (1 + Math.exp(-v[4]));
                if (sure < 0.4) {
                    continue;
                }
                double cx = (i % w + 1.05 / (1 + Math.exp(-v[0])) - 0.025) * 70 / w;
                double cy = (i / w + 1.05 / (1 + Math.exp(-v[1])) - 0.025) * 50 / h;
                double bw = Math.exp(v[2]) * anchors[2 * a] * 70 / (16 * w);
                double bh = Math.exp(v[3]) * anchors[2 * a + 1] * 50 / (16 * h);
                int at = a * h * w + i;
                boxes[4 * at] = (float) Math.max(0, cx - bw / 2);
                boxes[4 * at + 1] = (float) Math.max(0, cy - bh / 2);
                boxes[4 * at + 2] = (float) Math.min(69, cx + bw / 2);
                boxes[4 * at + 3] = (float) Math.min(49, cy + bh / 2);
                for (int c = 0; c < 2; c++) {
                    scores[2 * at + c] = (float) (sure / (1 + Math.exp(-v[5 + c])));
                }
            }
        }
        assertArrayEquals(boxes, y.get(0).toFloats(), 2e-4f);
        assertArrayEquals(scores, y.get(1).toFloats(), 1e-5f);
    }

    @Test
    void priorsStandDenselyInTheirCells() {
        TestProgram p = new TestProgram().input("f", 0, 1, 1, 2, 2).input("i", 0, 1, 3, 32, 40).op("density_prior_box", Map.of("Input", "f", "Image", "i"), Map.of("Boxes", "b", "Variances", "v"),
                "fixed_sizes", new float[] {8, 16}, "fixed_ratios", new float[] {1, 4}, "densities", new int[] {2, 1}, "variances", new float[] {0.1f, 0.1f, 0.2f, 0.2f}, "offset", 0.5f,
                "clip", true, "step_w", 0f, "step_h", 0f, "flatten_to_2d", false).output("b").output("v");
        List<Tensor> y = p.run(dir, "f", Tensor.ofFloats(new float[4], 1, 1, 2, 2), "i", Tensor.ofFloats(new float[3 * 32 * 40], 1, 3, 32, 40));
        // a step is 20 by 16 pixels, their mean 18
        float[] want = new float[2 * 2 * 10 * 4];
        int at = 0;
        for (int cell = 0; cell < 4; cell++) {
            double cx = (cell % 2 + 0.5) * 20;
            double cy = (cell / 2 + 0.5) * 16;
            for (int s = 0; s < 2; s++) {
                int density = s == 0 ? 2 : 1;
                int shift = 18 / density;
                for (double ratio : new double[] {1, 4}) {
                    double w = (s == 0 ? 8 : 16) * Math.sqrt(ratio);
                    double h = (s == 0 ? 8 : 16) / Math.sqrt(ratio);
                    for (int k = 0; k < density * density; k++) {
                        double mx = cx - 9 + shift / 2.0 + k % density * shift;
                        double my = cy - 9 + shift / 2.0 + k / density * shift;
                        for (double v : new double[] {(mx - w / 2) / 40, (my - h / 2) / 32, (mx + w / 2) / 40, (my + h / 2) / 32}) {
                            want[at++] = (float) Math.min(1, Math.max(0, v));
                        }
                    }
                }
            }
        }
        same("boxes", want, y.get(0), 2, 2, 10, 4);
        assertEquals(0.2f, y.get(1).toFloats()[2]);
    }
}
