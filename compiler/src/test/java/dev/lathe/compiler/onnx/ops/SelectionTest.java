package dev.lathe.compiler.onnx.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.List;
import org.junit.jupiter.api.Test;

class SelectionTest {
    private static Tensor f(int[] dims, float... v) {
        return Tensor.ofFloats(dims, v);
    }

    private static Tensor l(long... v) {
        return Tensor.ofLongs(new int[] {v.length}, v);
    }

    private static Tensor bools(int... v) {
        return new Tensor(ElementType.BOOL, new int[] {v.length}, v);
    }

    @Test
    void nonZeroGivesIndicesInOrder() {
        Tensor r = OneNode.of("NonZero", 13).in(f(new int[] {2, 3}, 0, 1, Float.NaN, -2, 0, 3)).run(1).get(0);
        assertArrayEquals(new int[] {2, 4}, r.dims());
        assertArrayEquals(new long[] {0, 0, 1, 1, 1, 2, 0, 2}, r.longs());
    }

    @Test
    void nonZeroOfNothing() {
        assertArrayEquals(new int[] {1, 0}, OneNode.of("NonZero", 9).in(l(0, 0)).run(1).get(0).dims());
    }

    @Test
    void compressAlongAxisAndFlat() {
        Tensor x = f(new int[] {3, 2}, 1, 2, 3, 4, 5, 6);
        // a short condition chooses nothing of the rest
        Tensor a = OneNode.of("Compress", 11).attr("axis", 0).in(x).in(bools(0, 1)).run(1).get(0);
        assertArrayEquals(new int[] {1, 2}, a.dims());
        assertArrayEquals(new float[] {3, 4}, a.floats());
        assertArrayEquals(new float[] {2, 5}, OneNode.of("Compress", 9).in(x).in(bools(0, 1, 0, 0, 1)).run(1).get(0).floats());
    }

    @Test
    void uniqueSortedAndInOrderOfAppearance() {
        Tensor x = f(new int[] {6}, 2, 1, 1, 3, 4, 3);
        List<Tensor> s = OneNode.of("Unique", 11).in(x).run(4);
        assertArrayEquals(new float[] {1, 2, 3, 4}, s.get(0).floats());
        assertArrayEquals(new long[] {1, 0, 3, 4}, s.get(1).longs());
        assertArrayEquals(new long[] {1, 0, 0, 2, 3, 2}, s.get(2).longs());
        assertArrayEquals(new long[] {2, 1, 2, 1}, s.get(3).longs());
        List<Tensor> u = OneNode.of("Unique", 11).attr("sorted", 0).in(x).without(1, 2).run(4);
        assertArrayEquals(new float[] {2, 1, 3, 4}, u.get(0).floats());
        assertArrayEquals(new long[] {1, 2, 2, 1}, u.get(1).longs());
    }

    @Test
    void uniqueColumnsAndStrings() {
        Tensor x = new Tensor(ElementType.I32, new int[] {2, 3}, new int[] {5, 1, 5, 0, 7, 0});
        List<Tensor> r = OneNode.of("Unique", 11).attr("axis", -1).in(x).run(4);
        assertArrayEquals(new int[] {2, 2}, r.get(0).dims());
        assertArrayEquals(new int[] {1, 5, 7, 0}, r.get(0).ints());
        assertArrayEquals(new long[] {1, 0, 1}, r.get(2).longs());
        Tensor words = new Tensor(ElementType.STR, new int[] {3}, new String[] {"b", "a", "b"});
        assertArrayEquals(new String[] {"a", "b"}, OneNode.of("Unique", 11).in(words).run(1).get(0).strings());
    }

    @Test
    void topKTakesTheFirstOfEqualElements() {
        Tensor x = f(new int[] {2, 4}, 1, 3, 3, 2, 0, 0, Float.NEGATIVE_INFINITY, 0);
        List<Tensor> r = OneNode.of("TopK", 11).in(x).in(l(3)).run(2);
        assertArrayEquals(new float[] {3, 3, 2, 0, 0, 0}, r.get(0).floats());
        assertArrayEquals(new long[] {1, 2, 3, 0, 1, 3}, r.get(1).longs());
        List<Tensor> s = OneNode.of("TopK", 11).attr("largest", 0).attr("axis", 0).in(x).in(l(1)).run(2);
        assertArrayEquals(new float[] {0, 0, Float.NEGATIVE_INFINITY, 0}, s.get(0).floats());
        assertArrayEquals(new long[] {1, 1, 1, 1}, s.get(1).longs());
    }

    @Test
    void topKOfOldOpsetsAndUnsignedNumbers() {
        assertArrayEquals(new float[] {9, 7}, OneNode.of("TopK", 1).attr("k", 2).in(f(new int[] {3}, 7, 1, 9)).run(2).get(0).floats());
        Tensor u = new Tensor(ElementType.U64, new int[] {3}, new long[] {1, -1, 5});
        assertArrayEquals(new long[] {-1, 5}, OneNode.of("TopK", 11).in(u).in(l(2)).run(2).get(0).longs());
        assertThrows(LatheException.class, () -> OneNode.of("TopK", 11).in(u).constant(l(4)).run(2));
    }

    @Test
    void topKOfManyElementsIsASort() {
        Tensor x = OneNode.random(7, 1, 500);
        Float[] want = new Float[500];
        for (int i = 0; i < want.length; i++) {
            want[i] = x.floats()[i];
        }
        java.util.Arrays.sort(want, java.util.Collections.reverseOrder());
        float[] got = OneNode.of("TopK", 11).in(x).in(l(100)).run(2).get(0).floats();
        for (int i = 0; i < got.length; i++) {
            org.junit.jupiter.api.Assertions.assertEquals(want[i], got[i]);
        }
    }

    @Test
    void suppressionKeepsBoxesThatLieApart() {
        Tensor boxes = f(new int[] {1, 4, 4}, 0, 0, 1, 1, 0, 0.1f, 1, 1.1f, 1, 1.2f, 0, 0.2f, 0, 10, 1, 11);
        Tensor scores = f(new int[] {1, 2, 4}, 0.5f, 0.9f, 0.7f, 0.1f, 0.3f, 0.3f, 0, 0.8f);
        Tensor r = OneNode.of("NonMaxSuppression", 11).in(boxes).in(scores).in(l(3)).in(f(new int[] {1}, 0.5f)).in(f(new int[] {1}, 0.05f)).run(1).get(0);
        assertArrayEquals(new int[] {4, 3}, r.dims());
        assertArrayEquals(new long[] {0, 0, 1, 0, 0, 3, 0, 1, 3, 0, 1, 0}, r.longs());
        // without a number of boxes there are none
        assertArrayEquals(new int[] {0, 3}, OneNode.of("NonMaxSuppression", 10).in(boxes).in(scores).run(1).get(0).dims());
    }

    @Test
    void suppressionOfBoxesGivenByTheirCentres() {
        Tensor boxes = f(new int[] {1, 2, 4}, 0.5f, 0.5f, 1, 1, 0.5f, 0.6f, 1, 1);
        Tensor scores = f(new int[] {1, 1, 2}, 0.9f, 0.8f);
        Tensor r = OneNode.of("NonMaxSuppression", 11).attr("center_point_box", 1).in(boxes).in(scores).in(l(5)).in(f(new int[0], 0.8f)).run(1).get(0);
        assertArrayEquals(new long[] {0, 0, 0}, r.longs());
    }
}
