package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ops.OneNode.near;
import static dev.lathe.compiler.onnx.ops.OneNode.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import dev.lathe.codegen.lib.Philox;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SignalTest {
    private static Tensor scalar(long v) {
        return Tensor.ofLongs(new int[0], v);
    }

    /** Every prime factor has its own code. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 6, 9, 13, 16, 28, 30, 64, 77})
    void transformsOfAnyLength(int n) {
        Tensor x = random(n, 2, n, 2, 2);
        double[] want = new double[x.size()];
        for (int o = 0; o < 2; o++) {
            for (int i = 0; i < 2; i++) {
                for (int k = 0; k < n; k++) {
                    for (int j = 0; j < n; j++) {
                        double a = -2 * Math.PI * j * k / n;
                        double re = x.number(((o * n + j) * 2 + i) * 2);
                        double im = x.number(((o * n + j) * 2 + i) * 2 + 1);
                        want[((o * n + k) * 2 + i) * 2] += re * Math.cos(a) - im * Math.sin(a);
                        want[((o * n + k) * 2 + i) * 2 + 1] += re * Math.sin(a) + im * Math.cos(a);
                    }
                }
            }
        }
        Tensor y = OneNode.of("DFT", 20).in(x).absent().constant(scalar(1)).run(1).get(0);
        near(y, 2e-6, want);
        double[] back = new double[x.size()];
        for (int i = 0; i < back.length; i++) {
            back[i] = x.number(i);
        }
        near(OneNode.of("DFT", 20).attr("inverse", 1).in(y).absent().in(scalar(1)).run(1).get(0), 2e-6, back);
    }

    @Test
    void halfASpectrumIsEnoughForWhatIsReal() {
        Tensor x = random(3, 1, 9, 1);
        Tensor half = OneNode.of("DFT", 17).attr("onesided", 1).in(x).constant(scalar(12)).run(1).get(0);
        assertArrayEquals(new int[] {1, 7, 2}, half.dims());
        Tensor back = OneNode.of("DFT", 17).attr("onesided", 1).attr("inverse", 1).in(half).constant(scalar(12)).run(1).get(0);
        double[] want = new double[12];
        for (int i = 0; i < 9; i++) {
            want[i] = x.number(i);
        }
        near(back, 1e-6, want);
    }

    @Test
    void framesOfASignal() {
        Tensor x = random(4, 2, 50);
        Tensor w = random(5, 16);
        Tensor y = OneNode.of("STFT", 17).in(x).constant(scalar(10)).in(w).run(1).get(0);
        assertArrayEquals(new int[] {2, 4, 9, 2}, y.dims());
        for (int b = 0; b < 2; b++) {
            for (int f = 0; f < 4; f++) {
                for (int k = 0; k < 9; k++) {
                    double re = 0;
                    double im = 0;
                    for (int j = 0; j < 16; j++) {
                        double v = x.number(b * 50 + f * 10 + j) * w.number(j);
                        re += v * Math.cos(-2 * Math.PI * j * k / 16);
                        im += v * Math.sin(-2 * Math.PI * j * k / 16);
                    }
                    assertEquals(re, y.number(((b * 4 + f) * 9 + k) * 2), 1e-6);
                    assertEquals(im, y.number(((b * 4 + f) * 9 + k) * 2 + 1), 1e-6);
                }
            }
        }
    }

    @Test
    void windowsOfASizeFoundWhileRunning() {
        near(OneNode.of("HannWindow", 17).in(scalar(4)).run(1).get(0), 1e-7, 0, 0.5, 1, 0.5);
        near(OneNode.of("HannWindow", 17).attr("periodic", 0).in(scalar(3)).run(1).get(0), 1e-7, 0, 1, 0);
        near(OneNode.of("BlackmanWindow", 17).in(scalar(2)).run(1).get(0), 1e-7, 0, 1);
    }

    /** The known answers of Philox 4x32-10 for a counter and key of zeros. */
    @Test
    void countersGiveTheKnownNumbers() {
        int[] want = {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
        for (int i = 0; i < 4; i++) {
            assertEquals(want[i], Philox.bits(0, i));
        }
    }

    @Test
    void drawsHaveTheirDistribution() {
        Tensor u = OneNode.of("RandomUniform", 22).attr("shape", new long[] {50, 40}).attr("low", -2.0).attr("high", 4.0).attr("seed", 7.0).run(1).get(0);
        assertEquals(1, mean(u), 0.15);
        for (int i = 0; i < u.size(); i++) {
            assertTrue(u.number(i) >= -2 && u.number(i) < 4);
        }
        Tensor g = OneNode.of("RandomNormal", 22).attr("shape", new long[] {2000}).attr("mean", 3.0).attr("scale", 2.0).attr("seed", 1.0).run(1).get(0);
        assertEquals(3, mean(g), 0.2);
        double var = 0;
        for (int i = 0; i < g.size(); i++) {
            var += Math.pow(g.number(i) - 3, 2) / g.size();
        }
        assertEquals(4, var, 0.5);
        Tensor b = OneNode.of("Bernoulli", 22).attr("seed", 3.0).in(Tensor.ofFloats(new int[] {2, 2}, 0, 1, 0, 1)).run(1).get(0);
        near(b, 0, 0, 1, 0, 1);
        Tensor m = OneNode.of("Multinomial", 22).attr("seed", 3.0).attr("sample_size", 1000)
                .in(Tensor.ofFloats(new int[] {1, 3}, (float) Math.log(0.2), -100, (float) Math.log(0.8))).run(1).get(0);
        assertEquals(ElementType.I32, m.type());
        assertEquals(1.6, mean(m), 0.1);
    }

    @Test
    void dropoutKeepsTheMean() {
        Tensor x = random(6, 2000);
        Tensor yes = new Tensor(ElementType.BOOL, new int[0], new int[] {1});
        Tensor no = new Tensor(ElementType.BOOL, new int[0], new int[] {0});
        Tensor ratio = Tensor.ofFloats(new int[0], 0.25f);
        var r = OneNode.of("Dropout", 13).attr("seed", 5).in(x).in(ratio).in(yes).run(2);
        int kept = 0;
        for (int i = 0; i < x.size(); i++) {
            boolean keep = r.get(1).integer(i) == 1;
            kept += keep ? 1 : 0;
            assertEquals(keep ? x.number(i) / 0.75 : 0, r.get(0).number(i), 1e-6);
        }
        assertEquals(1500, kept, 75);
        assertArrayEquals(x.floats(), OneNode.of("Dropout", 13).in(x).in(ratio).in(no).run(2).get(0).floats());
    }

    private static double mean(Tensor t) {
        double s = 0;
        for (int i = 0; i < t.size(); i++) {
            s += t.number(i) / t.size();
        }
        return s;
    }
}
