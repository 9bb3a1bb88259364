package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ops.OneNode.microsoft;
import static dev.lathe.compiler.onnx.ops.OneNode.near;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import org.junit.jupiter.api.Test;

/** Experts, blocked n-grams, hashes and crops of com.microsoft; expectations by hand or as ONNX Runtime 1.30 gave them. */
class DecoderTest {
    private static final float NONE = Float.NEGATIVE_INFINITY;

    private static Tensor floats(int[] dims, float... v) {
        return Tensor.ofFloats(dims, v);
    }

    @Test
    void onlyTheBestExpertCounts() {
        Tensor x = floats(new int[] {2, 1}, 1, 2);
        // softmax of (0, ln 3) is (1/4, 3/4)
        float l = (float) Math.log(3);
        Tensor router = floats(new int[] {2, 2}, 0, l, l, 0);
        Tensor first = floats(new int[] {2, 1, 1}, 2, -5);
        Tensor second = floats(new int[] {2, 1, 1}, 10, 100);
        near(microsoft("MoE").attr("k", 1).attr("activation_type", "identity").in(x).in(router).in(first).absent().in(second).run(1).get(0), 1e-4,
                0.75 * -5 * 100, 0.75 * 4 * 10);
        near(microsoft("MoE").attr("k", 1).attr("normalize_routing_weights", 1).in(x).in(router).in(first).absent().in(second).run(1).get(0), 1e-4, 0, 40);
        near(microsoft("MoE").attr("k", 2).attr("activation_type", "identity").in(x).in(router).in(first).absent().in(second).run(1).get(0), 1e-3,
                0.25 * 2 * 10 - 0.75 * 5 * 100, 0.75 * 4 * 10 - 0.25 * 10 * 100);
    }

    @Test
    void gatesBesideValues() {
        Tensor x = floats(new int[] {1, 1}, 1);
        Tensor router = floats(new int[] {1, 1}, 0);
        // gate 2, value 3, and limits of 1
        Tensor both = floats(new int[] {1, 2, 1}, 2, 3);
        Tensor one = floats(new int[] {1, 1, 1}, 1);
        double gate = 2 / (1 + Math.exp(-2));
        double limited = 1 / (1 + Math.exp(-1.5)) * (1 + 0.5);
        for (int fusion = 1; fusion <= 2; fusion++) {
            near(microsoft("MoE").attr("activation_type", "swiglu").attr("swiglu_fusion", fusion).in(x).in(router).in(both).absent().in(one).run(1).get(0), 1e-5, gate * 3);
            near(microsoft("MoE").attr("activation_type", "swiglu").attr("swiglu_fusion", fusion).attr("swiglu_limit", 1.0).attr("activation_alpha", 1.5)
                    .attr("activation_beta", 0.5).in(x).in(router).in(both).absent().in(one).run(1).get(0), 1e-5, limited);
        }
        near(microsoft("MoE").attr("activation_type", "silu").in(x).in(router).in(floats(new int[] {1, 1, 1}, 2)).absent().in(one).absent()
                .in(floats(new int[] {1, 1, 1}, 3)).run(1).get(0), 1e-5, gate * 3);
    }

    @Test
    void tokensThatWouldRepeatAnNGram() {
        assertArrayEquals(new float[] {1, NONE, NONE, NONE, 5}, allowed(1));
        assertArrayEquals(new float[] {1, 2, 3, NONE, 5}, allowed(2));
        assertArrayEquals(new float[] {1, 2, 3, NONE, 5}, allowed(3));
        assertArrayEquals(new float[] {1, 2, 3, 4, 5}, allowed(7));
    }

    private static float[] allowed(int size) {
        return microsoft("NGramRepeatBlock").attr("ngram_size", size).in(Tensor.ofLongs(new int[] {1, 5}, 1, 2, 3, 1, 2))
                .in(floats(new int[] {1, 5}, 1, 2, 3, 4, 5)).run(1).get(0).floats();
    }

    @Test
    void hashesOfNumbersAndText() {
        near(microsoft("MurmurHash3").in(new Tensor(ElementType.I32, new int[] {4}, new int[] {0, 1, -5, Integer.MAX_VALUE})).run(1).get(0), 0,
                593689054, 4226891818L, 1637461840, 2641277762L);
        near(microsoft("MurmurHash3").attr("positive", 0).attr("seed", 42).in(Tensor.ofLongs(new int[] {4}, 0, 1, -5, 1L << 40)).run(1).get(0), 0,
                -1670924195, -1712319331, 424949597, -1596767687);
        near(microsoft("MurmurHash3").in(floats(new int[] {2}, 0, 1.5f)).run(1).get(0), 0, 593689054, 376679366);
        near(microsoft("MurmurHash3").in(new Tensor(ElementType.STR, new int[] {5}, new String[] {"", "a", "hello", "hello world", "日本"})).run(1).get(0), 0,
                0, 1009084850, 613153351, 1586663183, 3302619458L);
    }

    @Test
    void cropsOfAnImage() {
        float[] v = new float[16];
        for (int i = 0; i < 16; i++) {
            v[i] = i;
        }
        Tensor x = floats(new int[] {1, 1, 4, 4}, v);
        Tensor one = new Tensor(ElementType.I32, new int[] {1}, new int[] {0});
        Tensor all = floats(new int[] {1, 4}, 0, 0, 1, 1);
        near(microsoft("CropAndResize").in(x).in(all).in(one).constant(size(3, 3)).run(1).get(0), 1e-5, 0, 1.5, 3, 6, 7.5, 9, 12, 13.5, 15);
        near(microsoft("CropAndResize").attr("mode", "nearest").in(x).in(all).in(one).constant(size(3, 3)).run(1).get(0), 0, 0, 2, 3, 8, 10, 11, 12, 14, 15);
        near(microsoft("CropAndResize").in(x).in(all).in(one).constant(size(1, 2)).run(1).get(0), 1e-5, 6, 9);
        // beyond the borders
        near(microsoft("CropAndResize").attr("extrapolation_value", -1.0).in(x).in(floats(new int[] {1, 4}, -0.2f, 0.1f, 0.9f, 1.3f)).in(one)
                .constant(size(3, 3)).run(1).get(0), 1e-4, -1, -1, -1, 4.5, 6.3, -1, 11.1, 12.9, -1);
        // the second of two images, two channels
        Tensor two = floats(new int[] {2, 2, 1, 2}, 0, 1, 2, 3, 4, 5, 6, 7);
        near(microsoft("CropAndResize").in(two).in(all).in(new Tensor(ElementType.I32, new int[] {1}, new int[] {1})).constant(size(1, 3)).run(1).get(0), 1e-5,
                4, 4.5, 5, 6, 6.5, 7);
    }

    private static Tensor size(int height, int width) {
        return new Tensor(ElementType.I32, new int[] {2}, new int[] {height, width});
    }

    /** One chain of f32 over these would be off by some 1e-4 and more. */
    @Test
    void sumsOfManyElements() {
        float[] v = new float[400_000];
        java.util.Arrays.fill(v, 0.1f);
        double exact = 0.1f;
        near(OneNode.of("ReduceMean", 13).attr("axes", new long[] {1, 2}).attr("keepdims", 0).in(floats(new int[] {1, 500, 400, 2}, v)).run(1).get(0), 2e-6, exact, exact);
        near(OneNode.of("ReduceMean", 13).attr("axes", new long[] {1}).attr("keepdims", 0).in(floats(new int[] {1, 400_000}, v)).run(1).get(0), 1e-6, exact);
    }
}
