package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ops.OneNode.near;
import static dev.lathe.compiler.onnx.ops.OneNode.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.lathe.compiler.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Grouped attention over caches that sequences fill differently, against attention of each sequence with what it has. */
class GroupQueryTest {
    private static final int ROOM = 5;

    private final Tensor q = random(31, 2, 1, 8);
    private final Tensor k = random(32, 2, 1, 4);
    private final Tensor v = random(33, 2, 1, 4);
    private final Tensor keys = random(34, 2, 2, ROOM, 2);
    private final Tensor values = random(35, 2, 2, ROOM, 2);

    /** Rows [1, S, D] of one sequence of [2, S, D]. */
    private static Tensor one(Tensor t, int sequence) {
        int half = t.size() / 2;
        int[] d = t.dims().clone();
        d[0] = 1;
        return Tensor.ofFloats(d, Arrays.copyOfRange(t.floats(), sequence * half, (sequence + 1) * half));
    }

    /** The first rows of both heads of one sequence's cache: [1, 2, rows, 2]. */
    private static float[] rows(Tensor cache, int sequence, int rows) {
        float[] r = new float[2 * rows * 2];
        int room = cache.dims()[2];
        for (int i = 0; i < r.length; i++) {
            int head = i / (rows * 2);
            r[i] = cache.floats()[(sequence * 2 + head) * room * 2 + i % (rows * 2)];
        }
        return r;
    }

    private OneNode grouped(int total, int... filled) {
        return OneNode.microsoft("GroupQueryAttention").attr("num_heads", 4).attr("kv_num_heads", 2).in(q).in(k).in(v).in(keys).in(values)
                .in(Tensor.ofInts(new int[] {2}, filled)).in(Tensor.ofInts(new int[0], total));
    }

    private void asEachAlone(List<Tensor> got, int room, int... filled) {
        assertArrayEquals(new int[] {2, 2, room, 2}, got.get(1).dims());
        for (int b = 0; b < 2; b++) {
            int past = filled[b];
            List<Tensor> want = OneNode.of("Attention", 23).attr("q_num_heads", 4).attr("kv_num_heads", 2).in(one(q, b)).in(one(k, b)).in(one(v, b)).absent()
                    .in(Tensor.ofFloats(new int[] {1, 2, past, 2}, rows(keys, b, past))).in(Tensor.ofFloats(new int[] {1, 2, past, 2}, rows(values, b, past))).run(3);
            near(one(got.get(0), b), 1e-6, numbers(want.get(0).floats()));
            for (int i = 1; i < 3; i++) {
                assertArrayEquals(want.get(i).floats(), rows(got.get(i), b, past + 1));
                // zeros behind
                for (int head = 0; head < 2; head++) {
                    int end = (b * 2 + head + 1) * room * 2;
                    for (int at = end - (room - past - 1) * 2; at < end; at++) {
                        assertArrayEquals(new float[] {0}, new float[] {got.get(i).floats()[at]});
                    }
                }
            }
        }
    }

    private static double[] numbers(float[] f) {
        double[] r = new double[f.length];
        Arrays.setAll(r, i -> f[i]);
        return r;
    }

    @Test
    void sequencesFillTheCacheDifferently() {
        asEachAlone(grouped(ROOM + 1, 2, ROOM).run(3), ROOM + 1, 2, ROOM);
    }

    @Test
    void aCacheMayHaveRoomForMore() {
        asEachAlone(grouped(4, 1, 3).run(3), ROOM, 1, 3);
    }

    @Test
    void newRowsTurnByTheirPlaceInTheirSequence() {
        Tensor cos = random(36, 8, 1);
        Tensor sin = random(37, 8, 1);
        OneNode told = grouped(4, 1, 3).attr("do_rotary", 1).constant(cos).constant(sin).constant(Tensor.ofLongs(new int[] {2, 1}, 1, 3));
        near(grouped(4, 1, 3).attr("do_rotary", 1).constant(cos).constant(sin).run(1).get(0), 0, numbers(told.run(1).get(0).floats()));
    }

    @Test
    void aWindowEndsAtEachSequencesLastKey() {
        // a window of one key: its value, whatever the query
        Tensor y = grouped(4, 1, 3).attr("local_window_size", 1).run(1).get(0);
        for (int i = 0; i < 16; i++) {
            near(Tensor.ofFloats(new int[] {1}, y.floats()[i]), 1e-6, v.floats()[i / 8 * 4 + i % 8 / 4 * 2 + i % 2]);
        }
    }
}
