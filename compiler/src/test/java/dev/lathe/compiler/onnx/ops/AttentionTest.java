package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ops.OneNode.near;
import static dev.lathe.compiler.onnx.ops.OneNode.random;

import dev.lathe.compiler.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Attention, normalisation and einsum against plain loops in f64. */
class AttentionTest {
    private static final int B = 2;
    private static final int QUERIES = 4;
    private static final int KEYS = 2;
    private static final int L = 3;
    private static final int S = 5;
    private static final int D = 4;

    /** Attention of shared heads; {@code mask(b, i, j)} is added to a score. */
    private interface Mask {
        double at(int b, int i, int j);
    }

    private static double[] attention(Tensor q, Tensor k, Tensor v, Mask mask) {
        double[] y = new double[B * QUERIES * L * D];
        for (int row = 0; row < B * QUERIES * L; row++) {
            int i = row % L;
            int b = row / L / QUERIES;
            int kv = (b * KEYS + row / L % QUERIES / (QUERIES / KEYS)) * S;
            double[] p = new double[S];
            double sum = 0;
            for (int j = 0; j < S; j++) {
                double s = 0;
                for (int d = 0; d < D; d++) {
                    s += q.number(row * D + d) * k.number((kv + j) * D + d);
                }
                p[j] = Math.exp(s / 2 + mask.at(b, i, j));
                sum += p[j];
            }
            for (int j = 0; j < S && sum > 0; j++) {
                for (int d = 0; d < D; d++) {
                    y[row * D + d] += p[j] / sum * v.number((kv + j) * D + d);
                }
            }
        }
        return y;
    }

    private final Tensor q = random(1, B, QUERIES, L, D);
    private final Tensor k = random(2, B, KEYS, S, D);
    private final Tensor v = random(3, B, KEYS, S, D);

    @ParameterizedTest
    @ValueSource(ints = {23, 24})
    void causalWithSharedHeads(int opset) {
        near(OneNode.of("Attention", opset).attr("is_causal", 1).in(q).in(k).in(v).run(1).get(0), 1e-6,
                attention(q, k, v, (b, i, j) -> j <= i ? 0 : Double.NEGATIVE_INFINITY));
    }

    /** Windows around a query's place, which a cache or lengths move; a row whose window holds no key gives zeros. */
    @ParameterizedTest
    @CsvSource({"1, 0, 0", "0, 1, 0", "1, 2, 1", "2, -1, 0", "-1, 0, 0", "0, 3, 1", "0, 0, 0"})
    void windowsHideKeys(int left, int right, int causal) {
        Mask near = (b, i, j) -> (left < 0 || j >= i - left) && (right < 0 || j <= i + right) && (causal == 0 || j <= i) ? 0 : Double.NEGATIVE_INFINITY;
        near(window(left, right, causal).in(q).in(k).in(v).run(1).get(0), 1e-6, attention(q, k, v, near));
        int past = 2;
        Tensor[] old = {part(k, 0, past), part(v, 0, past)};
        Tensor[] fresh = {part(k, past, S), part(v, past, S)};
        near(window(left, right, causal).in(q).in(fresh[0]).in(fresh[1]).absent().in(old[0]).in(old[1]).run(1).get(0), 1e-6,
                attention(q, k, v, (b, i, j) -> near.at(b, i + past, j)));
        near(window(left, right, causal).in(q).in(k).in(v).absent().absent().absent().in(Tensor.ofLongs(new int[] {B}, 5, 2)).run(1).get(0), 1e-6,
                attention(q, k, v, (b, i, j) -> j < (b == 0 ? 5 : 2) ? near.at(b, i + (b == 0 ? 2 : -1), j) : Double.NEGATIVE_INFINITY));
    }

    private static OneNode window(int left, int right, int causal) {
        return OneNode.of("Attention", 25).attr("left_window_size", left).attr("right_window_size", right).attr("is_causal", causal);
    }

    /** Rows {@code from} to {@code to} of each head. */
    private static Tensor part(Tensor x, int from, int to) {
        float[] y = new float[B * KEYS * (to - from) * D];
        for (int h = 0; h < B * KEYS; h++) {
            System.arraycopy(x.floats(), (h * S + from) * D, y, h * (to - from) * D, (to - from) * D);
        }
        return Tensor.ofFloats(new int[] {B, KEYS, to - from, D}, y);
    }

    @Test
    void aRowThatSeesNothingIsZero() {
        int[] bits = {1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1};
        Tensor mask = new Tensor(dev.lathe.runtime.ElementType.BOOL, new int[] {L, S}, bits);
        near(OneNode.of("Attention", 23).in(q).in(k).in(v).in(mask).run(1).get(0), 1e-6,
                attention(q, k, v, (b, i, j) -> bits[i * S + j] == 1 ? 0 : Double.NEGATIVE_INFINITY));
    }

    @Test
    void lengthsHidePadding() {
        Tensor mask = random(4, L, S - 1);
        near(OneNode.of("Attention", 24).in(q).in(k).in(v).in(mask).absent().absent().in(Tensor.ofLongs(new int[] {B}, 5, 2)).run(1).get(0), 1e-6,
                attention(q, k, v, (b, i, j) -> j < S - 1 && j < (b == 0 ? 5 : 2) ? mask.number(i * (S - 1) + j) : Double.NEGATIVE_INFINITY));
    }

    @Test
    void normsOverTheLastDimensions() {
        Tensor x = random(5, 3, 4, 7);
        Tensor scale = random(6, 4, 7);
        List<Tensor> r = OneNode.of("LayerNormalization", 17).attr("axis", 1).in(x).in(scale).run(3);
        double[] y = new double[x.size()];
        double[] means = new double[3];
        double[] inverse = new double[3];
        for (int i = 0; i < 3; i++) {
            double var = 0;
            for (int j = 0; j < 28; j++) {
                means[i] += x.number(i * 28 + j) / 28;
            }
            for (int j = 0; j < 28; j++) {
                var += Math.pow(x.number(i * 28 + j) - means[i], 2) / 28;
            }
            inverse[i] = 1 / Math.sqrt(var + 1e-5);
            for (int j = 0; j < 28; j++) {
                y[i * 28 + j] = (x.number(i * 28 + j) - means[i]) * inverse[i] * scale.number(j);
            }
        }
        near(r.get(0), 1e-6, y);
        near(r.get(1), 1e-6, means);
        near(r.get(2), 1e-6, inverse);
    }

    @Test
    void aSumOfAResidualIsAResultToo() {
        Tensor x = Tensor.ofFloats(new int[] {1, 2, 2}, 1, 2, 3, 4);
        Tensor one = Tensor.ofFloats(new int[] {2}, 1, 1);
        List<Tensor> r = OneNode.microsoft("SkipSimplifiedLayerNormalization").attr("epsilon", 0.0).in(x).in(x).in(one).in(one).without(1, 2).run(4);
        near(r.get(1), 1e-6, 3, 5, 7, 9);
        double a = Math.sqrt(17);
        double b = Math.sqrt(65);
        near(r.get(0), 1e-6, 3 / a, 5 / a, 7 / b, 9 / b);
    }

    @Test
    void einsumOfThreeOperands() {
        Tensor a = random(1, 2, 3, 4);
        Tensor b = random(2, 4, 3);
        Tensor c = random(3, 5, 2);
        double[] want = new double[2 * 5];
        // i, j and k summed where they meet
        for (int n = 0; n < 2; n++) {
            for (int m = 0; m < 5; m++) {
                for (int i = 0; i < 3; i++) {
                    for (int j = 0; j < 4; j++) {
                        want[m * 2 + n] += a.number((n * 3 + i) * 4 + j) * b.number(j * 3 + i) * c.number(m * 2 + n);
                    }
                }
            }
        }
        near(OneNode.of("Einsum", 12).attr("equation", "nij, ji, mn -> mn").in(a).in(b).in(c).run(1).get(0), 1e-6, want);
    }

    @Test
    void einsumBroadcastsAnEllipsis() {
        Tensor a = random(1, 3, 1, 2, 4);
        Tensor b = random(2, 5, 4, 6);
        double[] want = new double[3 * 5 * 2 * 6];
        for (int x = 0; x < 3; x++) {
            for (int y = 0; y < 5; y++) {
                for (int i = 0; i < 2; i++) {
                    for (int j = 0; j < 6; j++) {
                        for (int k2 = 0; k2 < 4; k2++) {
                            want[((x * 5 + y) * 2 + i) * 6 + j] += a.number((x * 2 + i) * 4 + k2) * b.number((y * 4 + k2) * 6 + j);
                        }
                    }
                }
            }
        }
        near(OneNode.of("Einsum", 12).attr("equation", "...ij,...jk").in(a).in(b).run(1).get(0), 1e-6, want);
    }
}
