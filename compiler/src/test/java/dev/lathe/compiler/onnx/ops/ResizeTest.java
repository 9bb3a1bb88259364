package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ops.OneNode.near;
import static dev.lathe.compiler.onnx.ops.OneNode.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Fraction;
import dev.lathe.compiler.ir.GraphBuilder;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Resize against a plain loop that weighs every input element. */
class ResizeTest {
    /** Where an output position stands in the input. */
    private interface Place {
        double of(int i);
    }

    /** The weight of an element at a distance. */
    private interface Weight {
        double at(double distance);
    }

    private static final Weight LINEAR = d -> Math.max(0, 1 - Math.abs(d));

    private static double keys(double distance) {
        double a = -0.75;
        double x = Math.abs(distance);
        return x <= 1 ? ((a + 2) * x - (a + 3)) * x * x + 1 : x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
    }

    // the last dimension of [rows, in]; the edge goes on outside
    private static double[] rows(Tensor x, int out, Place place, Weight w, double wide, boolean normal) {
        int in = x.dims()[1];
        double[] y = new double[x.dims()[0] * out];
        for (int i = 0; i < y.length; i++) {
            double p = place.of(i % out);
            double total = 0;
            for (int j = -30; j < in + 30; j++) {
                double weight = w.at((j - p) / wide);
                y[i] += weight * x.number(i / out * in + Math.max(0, Math.min(in - 1, j)));
                total += weight;
            }
            y[i] = normal ? y[i] / total : y[i];
        }
        return y;
    }

    private static OneNode resize(Tensor x) {
        return OneNode.of("Resize", 19).in(x).absent();
    }

    @ParameterizedTest
    @CsvSource({"half_pixel, 7", "half_pixel, 3", "align_corners, 9", "asymmetric, 8", "pytorch_half_pixel, 1", "align_corners, 1"})
    void linearToSizes(String transform, int out) {
        Tensor x = random(1, 3, 5);
        Place p = switch (transform) {
            case "half_pixel" -> i -> (i + 0.5) * 5 / out - 0.5;
            case "align_corners" -> i -> out == 1 ? 0 : i * 4.0 / (out - 1);
            case "asymmetric" -> i -> i * 5.0 / out;
            default -> i -> 0;
        };
        Tensor y = resize(x).absent().in(Tensor.ofLongs(new int[] {2}, 3, out)).attr("mode", "linear")
                .attr("coordinate_transformation_mode", transform).run(1).get(0);
        assertArrayEquals(new int[] {3, out}, y.dims());
        near(y, 1e-6, rows(x, out, p, LINEAR, 1, false));
    }

    @Test
    void cubicByScales() {
        Tensor x = random(2, 2, 6);
        near(resize(x).in(Tensor.ofFloats(new int[] {2}, 1, 1.5f)).attr("mode", "cubic").run(1).get(0), 1e-6,
                rows(x, 9, i -> (i + 0.5) / 1.5 - 0.5, ResizeTest::keys, 1, false));
    }

    @ParameterizedTest
    @CsvSource({"linear, 4", "cubic, 3", "linear, 13"})
    void antialiased(String mode, int out) {
        Tensor x = random(3, 2, 10);
        Weight w = mode.equals("linear") ? LINEAR : ResizeTest::keys;
        near(resize(x).absent().in(Tensor.ofLongs(new int[] {2}, 2, out)).attr("mode", mode).attr("antialias", 1).run(1).get(0), 1e-6,
                rows(x, out, i -> (i + 0.5) * 10 / out - 0.5, w, Math.max(1, 10.0 / out), true));
    }

    @ParameterizedTest
    @CsvSource({"round_prefer_floor, 0 0 1 1 2 2", "round_prefer_ceil, 0 1 1 2 2 2", "floor, 0 0 1 1 2 2", "ceil, 0 1 1 2 2 2"})
    void nearestOfDoubled(String rounding, String want) {
        Tensor x = Tensor.ofLongs(new int[] {3}, 0, 1, 2);
        Tensor y = OneNode.of("Resize", 13).in(x).absent().constant(Tensor.ofFloats(new int[] {1}, 2)).attr("nearest_mode", rounding)
                .attr("coordinate_transformation_mode", "asymmetric").run(1).get(0);
        assertEquals(want, String.join(" ", java.util.Arrays.stream(y.longs()).mapToObj(Long::toString).toList()));
    }

    @Test
    void scalesAreTheFractionsThatWereMeant() {
        assertArrayEquals(new long[] {4, 3}, Fraction.simplest(4 / 3f));
        assertArrayEquals(new long[] {7, 10}, Fraction.simplest(0.7f));
        assertArrayEquals(new long[] {2, 1}, Fraction.simplest(2));
        assertArrayEquals(new long[] {56, 75}, Fraction.simplest(224 / 300f));
        assertNull(Fraction.simplest(0));
        assertNull(Fraction.simplest(Float.NaN));
        assertNull(Fraction.simplest((float) Math.PI / 1000));
        // 10 * 0.7f is 6.9999998
        Tensor y = OneNode.of("Resize", 13).in(random(1, 10)).absent().constant(Tensor.ofFloats(new int[] {1}, 0.7f)).run(1).get(0);
        assertArrayEquals(new int[] {7}, y.dims());
    }

    @Test
    void cropsTakeValuesFromOutside() {
        Tensor x = Tensor.ofFloats(new int[] {3}, 10, 20, 30);
        Tensor y = OneNode.of("Resize", 13).in(x).in(Tensor.ofFloats(new int[] {2}, 0.5f, 1.5f)).absent().in(Tensor.ofLongs(new int[] {1}, 3))
                .attr("mode", "linear").attr("coordinate_transformation_mode", "tf_crop_and_resize").attr("extrapolation_value", -1.0).run(1).get(0);
        near(y, 1e-6, 20, 30, -1);
    }

    @Test
    void cornersOfCropsAreTheFractionsThatWereMeant() {
        // 0.2 of 5 is element 1, however the f32 next to 0.2 lies
        Tensor x = Tensor.ofFloats(new int[] {1, 6}, 10, 11, 12, 13, 14, 15);
        for (String rounding : new String[] {"ceil", "floor"}) {
            Tensor y = OneNode.of("Resize", 13).in(x).constant(Tensor.ofFloats(new int[] {4}, 0, 0.2f, 1, 0.8f)).absent().constant(Tensor.ofLongs(new int[] {2}, 1, 4))
                    .attr("mode", "nearest").attr("nearest_mode", rounding).attr("coordinate_transformation_mode", "tf_crop_and_resize").run(1).get(0);
            near(y, 0, 11, 12, 13, 14);
        }
    }

    @Test
    void keepsTheAspectRatio() {
        Tensor x = random(5, 4, 6);
        Tensor sizes = Tensor.ofLongs(new int[] {2}, 3, 3);
        assertArrayEquals(new int[] {2, 3}, resize(x).absent().in(sizes).attr("keep_aspect_ratio_policy", "not_larger").run(1).get(0).dims());
        assertArrayEquals(new int[] {3, 5}, resize(x).absent().in(sizes).attr("keep_aspect_ratio_policy", "not_smaller").run(1).get(0).dims());
    }

    @Test
    void opsetTenRoundsUpWhereItShrinks() {
        Tensor x = Tensor.ofFloats(new int[] {4}, 1, 2, 3, 4);
        near(OneNode.of("Resize", 10).in(x).in(Tensor.ofFloats(new int[] {1}, 0.6f)).run(1).get(0), 0, 1, 3);
        near(OneNode.of("Upsample", 7).in(x).attr("scales", new float[] {1.5f}).run(1).get(0), 0, 1, 1, 2, 3, 3, 4);
    }

    @Test
    void bytesAreWeightedAndCutOff() {
        Tensor x = new Tensor(ElementType.U8, new int[] {2}, new int[] {0, 255});
        Tensor y = OneNode.of("Resize", 13).in(x).absent().constant(Tensor.ofFloats(new int[] {1}, 2)).attr("mode", "linear").run(1).get(0);
        assertArrayEquals(new int[] {0, 63, 191, 255}, y.ints());
    }

    @Test
    void scalesFromShapesAreFractionsOfDimensions() {
        GraphBuilder b = new GraphBuilder();
        Dim h = Dim.sym("H");
        Value shape = b.op("cast", Attrs.of("to", ElementType.F32), b.dims(List.of(h, Dim.of(10))));
        Value scaled = b.op("floor", b.op("mul", shape, b.scalar(ElementType.F32, 0.7)));
        assertEquals(List.of(h.times(7).floorDiv(10), Dim.of(7)), b.symbolic(b.op("cast", Attrs.of("to", ElementType.I64), scaled)));
        Value back = b.op("mul", b.op("div", scaled, shape), shape);
        assertEquals(b.fractions(scaled), b.fractions(back));
    }
}
