package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ops.OneNode.near;
import static dev.lathe.compiler.onnx.ops.OneNode.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Attention that goes on from a cache, and biases for distances. */
class MaskedDecoderTest {
    private static final int ROOM = 7;
    private static final int FILLED = 4;

    private static double[] numbers(Tensor t) {
        double[] r = new double[t.size()];
        for (int i = 0; i < r.length; i++) {
            r[i] = t.number(i);
        }
        return r;
    }

    /** The first {@code rows} rows of each matrix of a cache [.., ROOM, 4]. */
    private static Tensor first(Tensor cache, int rows) {
        int[] d = cache.dims().clone();
        d[d.length - 2] = rows;
        float[] f = new float[Tensor.count(d)];
        for (int i = 0; i < f.length; i++) {
            f[i] = cache.floats()[i / (rows * 4) * ROOM * 4 + i % (rows * 4)];
        }
        return Tensor.ofFloats(d, f);
    }

    private static Tensor plus(Tensor a, Tensor bias, int from) {
        float[] f = new float[a.size()];
        for (int i = 0; i < f.length; i++) {
            f[i] = a.floats()[i] + bias.floats()[from + i % 8];
        }
        return Tensor.ofFloats(a.dims(), f);
    }

    private static OneNode decoder() {
        return OneNode.microsoft("DecoderMaskedMultiHeadAttention").attr("num_heads", 2).attr("past_present_share_buffer", 1);
    }

    @Test
    void aCacheWithRoomIsACacheWithoutAndKeepsItsRest() {
        Tensor q = random(1, 2, 1, 8);
        Tensor k = random(2, 2, 1, 8);
        Tensor v = random(3, 2, 1, 8);
        Tensor pastK = random(4, 2, 2, ROOM, 4);
        Tensor pastV = random(5, 2, 2, ROOM, 4);
        Tensor bias = random(6, 24);
        Tensor mask = Tensor.ofInts(new int[] {2, ROOM}, 1, 1, 1, 1, 1, 0, 0, 0, 1, 1, 0, 1, 1, 1);
        Tensor shortMask = Tensor.ofInts(new int[] {2, FILLED + 1}, 1, 1, 1, 1, 1, 0, 1, 1, 0, 1);
        List<Tensor> want = OneNode.microsoft("MultiHeadAttention").attr("num_heads", 2).in(plus(q, bias, 0)).in(plus(k, bias, 8)).in(plus(v, bias, 16)).absent()
                .in(shortMask).absent().in(first(pastK, FILLED)).in(first(pastV, FILLED)).run(3);
        List<Tensor> got = decoder().in(q).in(k).in(v).in(mask).absent().in(pastK).in(pastV).in(Tensor.ofInts(new int[] {1}, FILLED)).absent().absent().in(bias).run(3);
        near(got.get(0), 1e-6, numbers(want.get(0)));
        for (int i = 1; i < 3; i++) {
            assertArrayEquals(new int[] {2, 2, ROOM, 4}, got.get(i).dims());
            near(first(got.get(i), FILLED + 1), 1e-6, numbers(want.get(i)));
            Tensor past = i == 1 ? pastK : pastV;
            for (int j = 0; j < past.size(); j++) {
                if (j / 4 % ROOM > FILLED) {
                    assertTrue(past.number(j) == got.get(i).number(j), "element " + j);
                }
            }
        }
    }

    @Test
    void keysOfAnEncoderAreTakenAsTheyAre() {
        Tensor q = random(1, 1, 1, 8);
        Tensor k = random(2, 1, 2, 3, 4);
        Tensor v = random(3, 1, 2, 3, 4);
        Tensor want = OneNode.microsoft("MultiHeadAttention").attr("num_heads", 2).in(q).in(k).in(v).run(1).get(0);
        near(OneNode.microsoft("DecoderMaskedMultiHeadAttention").attr("num_heads", 2).in(q).in(k).in(v).run(1).get(0), 1e-6, numbers(want));
    }

    @Test
    void projectedQueriesGoOnFromOneCacheOfBoth() {
        Tensor x = random(1, 1, 1, 8);
        Tensor w = random(2, 8, 24);
        Tensor b = random(3, 24);
        Tensor past = random(4, 2, 1, 2, ROOM, 4);
        Tensor extra = random(5, 1, 2, 1, FILLED + 1);
        List<Tensor> want = OneNode.microsoft("Attention").attr("num_heads", 2).in(x).constant(w).constant(b).absent().in(first(past, FILLED)).in(extra).run(2);
        List<Tensor> got = OneNode.microsoft("DecoderMaskedSelfAttention").attr("num_heads", 2).attr("past_present_share_buffer", 1).in(x).constant(w).constant(b)
                .absent().in(past).in(extra).in(Tensor.ofInts(new int[] {1}, FILLED)).run(2);
        near(got.get(0), 1e-6, numbers(want.get(0)));
        near(first(got.get(1), FILLED + 1), 1e-6, numbers(want.get(1)));
    }

    @Test
    void pathsOfBeamsAreRefused() {
        Tensor x = random(1, 1, 1, 8);
        Tensor past = random(2, 1, 2, ROOM, 4);
        OneNode n = decoder().in(x).in(x).in(x).absent().absent().in(past).in(past).in(Tensor.ofInts(new int[] {1}, 2)).in(Tensor.ofInts(new int[] {1}, 4))
                .in(Tensor.ofInts(new int[] {1, 4, ROOM}, new int[4 * ROOM]));
        String said = assertThrows(LatheException.class, () -> n.run(3)).getMessage();
        assertTrue(said.contains("cache_indirection"), said);
    }

    /** As T5 does it, in double: half of the buckets for short distances, the others on a logarithmic scale. */
    private static int bucket(int distance, int buckets, int most, boolean ahead) {
        int n = ahead ? buckets / 2 : buckets;
        int far = ahead ? Math.abs(distance) : Math.max(0, -distance);
        int exact = n / 2;
        int of = far < exact ? far : Math.min(n - 1, exact + (int) (Math.log(far / (double) exact) / Math.log(most / (double) exact) * (n - exact)));
        return of + (ahead && distance > 0 ? n : 0);
    }

    @Test
    void distancesHaveBucketsAndBucketsHaveBiases() {
        int buckets = 12;
        Tensor table = random(1, buckets, 2);
        for (boolean ahead : new boolean[] {false, true}) {
            double[] want = new double[2 * 19 * 23];
            for (int i = 0; i < want.length; i++) {
                // the table's data go by heads
                want[i] = table.number(i / (19 * 23) * buckets + bucket(i % 23 - i / 23 % 19, buckets, 11, ahead));
            }
            Tensor got = OneNode.microsoft("RelativePositionBias").attr("max_distance", 11).attr("is_bidirectional", ahead ? 1 : 0).constant(table)
                    .in(Tensor.ofLongs(new int[] {1}, 19)).in(Tensor.ofLongs(new int[] {1}, 23)).onlyStatic().run(1).get(0);
            assertArrayEquals(new int[] {1, 2, 19, 23}, got.dims());
            near(got, 0, want);
        }
    }

    @Test
    void gatesScaleTheBias() {
        Tensor q = random(1, 2, 3, 8);
        Tensor bias = random(2, 8);
        Tensor places = random(3, 1, 2, 3, 3);
        Tensor w = random(4, 4, 6);
        Tensor b = random(5, 6);
        Tensor eco = random(6, 1, 2, 1, 1);
        double[] want = new double[2 * 2 * 3 * 3];
        for (int i = 0; i < want.length; i++) {
            int row = i / 3 % 3;
            int head = i / 9 % 2;
            int batch = i / 18;
            double[] gate = new double[2];
            for (int j = 0; j < 6; j++) {
                double sum = b.number(j);
                for (int e = 0; e < 4; e++) {
                    sum += (q.number((batch * 3 + row) * 8 + head * 4 + e) + bias.number(head * 4 + e)) * w.number(e * 6 + j);
                }
                gate[j / 3] += sum;
            }
            double u = 1 / (1 + Math.exp(-gate[0]));
            double r = 1 / (1 + Math.exp(-gate[1]));
            want[i] = (u * (r * eco.number(head) - 1) + 2) * places.number(i % 18);
        }
        near(OneNode.microsoft("GatedRelativePositionBias").attr("num_heads", 2).in(q).in(bias).in(places).constant(w).constant(b).in(eco).run(1).get(0), 1e-6, want);
    }
}
