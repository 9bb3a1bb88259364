package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ops.OneNode.near;
import static dev.lathe.compiler.onnx.ops.OneNode.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.lathe.compiler.tensor.Tensor;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Operators that read between elements or rearrange space, by their invariants and small cases. */
class SamplingTest {
    private final Tensor x = random(1, 1, 2, 4, 5);

    private static double[] numbers(Tensor t) {
        double[] r = new double[t.size()];
        Arrays.setAll(r, t::number);
        return r;
    }

    // a grid that stands on every element
    private static Tensor identity(int h, int w) {
        float[] g = new float[h * w * 2];
        for (int i = 0; i < h * w; i++) {
            g[2 * i] = 2f * (i % w) / (w - 1) - 1;
            g[2 * i + 1] = 2f * (i / w) / (h - 1) - 1;
        }
        return Tensor.ofFloats(new int[] {1, h, w, 2}, g);
    }

    @Test
    void beyondABorderItsElementsAreRepeated() {
        // 2x3 among copies of its outermost elements, 4 on each side
        Tensor small = random(2, 1, 1, 2, 3);
        float[] wide = new float[10 * 11];
        for (int i = 0; i < wide.length; i++) {
            wide[i] = small.floats()[Math.max(0, Math.min(1, i / 11 - 4)) * 3 + Math.max(0, Math.min(2, i % 11 - 4))];
        }
        float[] places = {-1.3f, 0.9f, -0.4f, -1.5f, 1.4f, 1.2f, 0.3f, 0.2f, 1.9f, -2.2f, -1.1f, -1.6f};
        float[] same = new float[places.length];
        for (int i = 0; i < places.length; i++) {
            int n = i % 2 == 0 ? 3 : 2;
            same[i] = 2 * ((places[i] + 1) / 2 * (n - 1) + 4) / (n + 7) - 1;
        }
        for (String mode : new String[] {"linear", "nearest", "cubic"}) {
            OneNode plain = OneNode.of("GridSample", 20).attr("mode", mode).attr("align_corners", 1);
            Tensor want = plain.in(Tensor.ofFloats(new int[] {1, 1, 10, 11}, wide)).in(Tensor.ofFloats(new int[] {1, 2, 3, 2}, same)).run(1).get(0);
            OneNode border = OneNode.of("GridSample", 20).attr("mode", mode).attr("align_corners", 1).attr("padding_mode", "border");
            near(border.in(small).in(Tensor.ofFloats(new int[] {1, 2, 3, 2}, places)).run(1).get(0), 1e-5, numbers(want));
        }
        // far away all taps are the border's element
        Tensor far = Tensor.ofFloats(new int[] {1, 1, 2, 2}, -3e9f, -1, 1e30f, 1);
        near(OneNode.of("GridSample", 20).attr("mode", "cubic").attr("align_corners", 1).attr("padding_mode", "border").in(small).in(far).run(1).get(0), 1e-5,
                small.number(0), small.number(5));
    }

    @Test
    void everyModeKeepsWhatStandsOnElements() {
        for (String mode : new String[] {"linear", "nearest", "cubic"}) {
            near(OneNode.of("GridSample", 20).attr("mode", mode).attr("align_corners", 1).attr("padding_mode", "border").in(x).in(identity(4, 5)).run(1).get(0),
                    1e-5, numbers(x));
        }
        Tensor theta = Tensor.ofFloats(new int[] {1, 2, 3}, 1, 0, 0, 0, 1, 0);
        near(OneNode.of("AffineGrid", 20).attr("align_corners", 1).in(theta).constant(Tensor.ofLongs(new int[] {4}, 1, 2, 4, 5)).run(1).get(0), 1e-6,
                numbers(identity(4, 5)));
    }

    @Test
    void outsideIsZeroTheBorderOrAMirror() {
        Tensor row = Tensor.ofFloats(new int[] {1, 1, 1, 2}, 10, 20);
        // one element and a half to the left of the first element's middle, then half an element to the right of the last
        Tensor grid = Tensor.ofFloats(new int[] {1, 1, 2, 2}, -2, 0, 1, 0);
        near(OneNode.of("GridSample", 20).in(row).in(grid).run(1).get(0), 1e-6, 0, 10);
        near(OneNode.of("GridSample", 20).attr("padding_mode", "border").in(row).in(grid).run(1).get(0), 1e-6, 10, 20);
        near(OneNode.of("GridSample", 20).attr("padding_mode", "reflection").in(row).in(grid).run(1).get(0), 1e-6, 15, 20);
    }

    @Test
    void boxesAreAveraged() {
        Tensor image = Tensor.ofFloats(new int[] {1, 1, 4, 4}, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
        Tensor box = Tensor.ofFloats(new int[] {1, 4}, 0, 0, 4, 4);
        Tensor first = Tensor.ofLongs(new int[] {1}, 0);
        // on a plane a mean is the value in the middle of its samples
        near(OneNode.of("RoiAlign", 16).attr("output_height", 2).attr("output_width", 2).attr("sampling_ratio", 2).in(image).in(box).in(first).run(1).get(0), 1e-5,
                2.5, 4.5, 10.5, 12.5);
        near(OneNode.of("RoiAlign", 16).attr("output_height", 1).attr("output_width", 1).attr("sampling_ratio", 4).attr("mode", "max").in(image).in(box).in(first)
                .run(1).get(0), 1e-5, 15);
    }

    @Test
    void maximaOfBoxesInWholePixels() {
        float[] v = new float[24];
        for (int i = 0; i < v.length; i++) {
            v[i] = i;
        }
        Tensor image = Tensor.ofFloats(new int[] {1, 1, 4, 6}, v);
        // corners are rounded (2.4 to 2, 1.6 to 2) and belong to the box; bins overlap by their ceilings; the last box lies outside
        Tensor boxes = Tensor.ofFloats(new int[] {3, 5}, 0, 1, 1, 2.4f, 1.6f, 0, 0, 0, 4, 2, 0, 7, 5, 9, 9);
        near(OneNode.of("MaxRoiPool", 22).attr("pooled_shape", new long[] {2, 2}).in(image).in(boxes).run(1).get(0), 0,
                7, 8, 13, 14, 8, 10, 14, 16, 0, 0, 0, 0);
        Tensor doubled = Tensor.ofFloats(new int[] {1, 5}, 0, 2, 2, 4.8f, 3.2f);
        near(OneNode.of("MaxRoiPool", 1).attr("pooled_shape", new long[] {2, 2}).attr("spatial_scale", 0.5f).in(image).in(doubled).run(1).get(0), 0, 7, 8, 13, 14);
    }

    @Test
    void withoutOffsetsItIsAConvolution() {
        Tensor w = random(2, 2, 2, 3, 3);
        Tensor zero = Tensor.ofFloats(new int[] {1, 18, 4, 5}, new float[18 * 20]);
        double[] want = numbers(OneNode.of("Conv", 11).attr("pads", new long[] {1, 1, 1, 1}).in(x).in(w).run(1).get(0));
        near(OneNode.of("DeformConv", 19).attr("pads", new long[] {1, 1, 1, 1}).in(x).constant(w).in(zero).run(1).get(0), 1e-5, want);
    }

    @Test
    void depthAndSpace() {
        Tensor d = Tensor.ofFloats(new int[] {1, 4, 1, 2}, 0, 1, 2, 3, 4, 5, 6, 7);
        Tensor s = OneNode.of("DepthToSpace", 13).attr("blocksize", 2).in(d).run(1).get(0);
        assertArrayEquals(new int[] {1, 1, 2, 4}, s.dims());
        near(s, 0, 0, 2, 1, 3, 4, 6, 5, 7);
        near(OneNode.of("SpaceToDepth", 13).attr("blocksize", 2).in(s).run(1).get(0), 0, numbers(d));
        // two channels of one block each: channels stay together, or places within blocks do
        Tensor two = Tensor.ofFloats(new int[] {1, 2, 2, 2}, 0, 1, 2, 3, 4, 5, 6, 7);
        near(OneNode.of("SpaceToDepth", 28).attr("blocksize", 2).attr("mode", "CRD").in(two).run(1).get(0), 0, numbers(two));
        near(OneNode.of("SpaceToDepth", 28).attr("blocksize", 2).in(two).run(1).get(0), 0, 0, 4, 1, 5, 2, 6, 3, 7);
    }

    @Test
    void columnsAddUpToAnImage() {
        // windows of two in a row of three: the middle is in both
        Tensor columns = Tensor.ofFloats(new int[] {1, 2, 2}, 1, 2, 10, 20);
        Tensor image = Tensor.ofLongs(new int[] {2}, 1, 3);
        Tensor block = Tensor.ofLongs(new int[] {2}, 1, 2);
        near(OneNode.of("Col2Im", 18).in(columns).constant(image).constant(block).run(1).get(0), 0, 1, 12, 20);
        near(OneNode.of("Col2Im", 18).in(columns).in(image).in(block).onlyStatic().run(1).get(0), 0, 1, 12, 20);
    }

    @Test
    void centresAreCutAndPadded() {
        Tensor a = Tensor.ofFloats(new int[] {2, 5}, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
        Tensor y = OneNode.of("CenterCropPad", 18).in(a).in(Tensor.ofLongs(new int[] {2}, 3, 2)).run(1).get(0);
        assertArrayEquals(new int[] {3, 2}, y.dims());
        near(y, 0, 1, 2, 6, 7, 0, 0);
    }

    @Test
    void losses() {
        Tensor scores = Tensor.ofFloats(new int[] {2, 3}, 1, 2, 3, 1, 1, 1);
        Tensor right = Tensor.ofLongs(new int[] {2}, 2, 0);
        double a = Math.log(Math.exp(1) + Math.exp(2) + Math.exp(3)) - 3;
        double b = Math.log(3);
        near(OneNode.of("SoftmaxCrossEntropyLoss", 13).in(scores).in(right).run(2).get(0), 1e-6, (a + b) / 2);
        Tensor weights = Tensor.ofFloats(new int[] {3}, 1, 5, 3);
        near(OneNode.of("SoftmaxCrossEntropyLoss", 13).in(scores).in(right).in(weights).run(1).get(0), 1e-6, (3 * a + b) / 4);
        near(OneNode.of("SoftmaxCrossEntropyLoss", 13).attr("ignore_index", 2).in(scores).in(right).in(weights).run(1).get(0), 1e-6, b);
        near(OneNode.of("NegativeLogLikelihoodLoss", 13).attr("reduction", "none").in(scores).in(right).run(1).get(0), 1e-6, -3, -1);
    }
}
