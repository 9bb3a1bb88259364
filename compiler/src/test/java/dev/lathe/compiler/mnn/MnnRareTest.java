package dev.lathe.compiler.mnn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.lathe.compiler.flat.FlatWriter.Table;
import dev.lathe.runtime.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MnnRareTest {
    @TempDir
    Path dir;

    private static float[] rising(int count) {
        float[] r = new float[count];
        for (int i = 0; i < count; i++) {
            r[i] = i + 1;
        }
        return r;
    }

    @Test
    void spaceGoesIntoTheBatchAndBack() throws IOException {
        for (int layout : new int[] {0, 1}) {
            MnnModel m = new MnnModel();
            boolean last = layout == 1;
            int x = last ? m.input("x", 1, 1, 3, 4, 2) : m.input("x", 0, 1, 2, 3, 4);
            // a row of zeros above
            m.op("SpaceToBatchND", "y", null, x, m.ints("b", 2, 2), m.ints("p", 1, 0, 0, 0));
            float[] v = rising(24);
            float[] want = new float[32];
            float[] y = m.run(dir, Tensor.ofFloats(v, last ? new int[] {1, 3, 4, 2} : new int[] {1, 2, 3, 4})).toFloats();
            for (int n = 0; n < 4; n++) {
                for (int c = 0; c < 2; c++) {
                    for (int i = 0; i < 2; i++) {
                        for (int j = 0; j < 2; j++) {
                            int row = 2 * i + n / 2 - 1;
                            int column = 2 * j + n % 2;
                            float e = row < 0 ? 0 : last ? v[(row * 4 + column) * 2 + c] : v[(c * 3 + row) * 4 + column];
                            want[last ? ((n * 2 + i) * 2 + j) * 2 + c : ((n * 2 + c) * 2 + i) * 2 + j] = e;
                        }
                    }
                }
            }
            assertArrayEquals(want, y);
        }
        MnnModel m = new MnnModel();
        Table blob = new Table(new int[] {2}, (byte) 0, 3, null, null, new int[] {2, 3});
        Table pads = new Table(new int[] {2, 2}, (byte) 0, 3, null, null, new int[] {1, 0, 2, 1});
        int x = m.input("x", 0, 2, 1, 3, 3);
        m.op("BatchToSpaceND", "y", new Table(blob, new Table(new int[] {2, 2}, (byte) 0, 3, null, null, new int[] {1, 0, 2, 1})),
                m.op("SpaceToBatchND", "s", new Table(blob, pads), x));
        float[] v = rising(18);
        assertArrayEquals(v, m.run(dir, Tensor.ofFloats(v, 2, 1, 3, 3)).toFloats());
    }

    @Test
    void boxesThatOverlapABetterOneAreLeftOut() throws IOException {
        MnnModel m = new MnnModel();
        int x = m.input("x", 1, 4, 4);
        m.op("NonMaxSuppressionV2", "y", null, x, m.floats("s", new int[] {4}, 0.3f, 0.9f, 0.8f, 0.1f), m.ints("n", 3), m.floats("o", new int[] {1}, 0.5f), m.floats("l", new int[] {1}, 0.2f));
        assertArrayEquals(new int[] {1, 0, -1}, m.run(dir, Tensor.ofFloats(new float[] {5, 5, 6, 6, 0, 0, 1, 1, 0, 0, 1, 0.9f, 8, 8, 9, 9}, 4, 4)).toInts());
    }

    @Test
    void boxesOfAnImageAreReadAtOneSize() throws IOException {
        MnnModel m = new MnnModel();
        int x = m.input("x", 1, 1, 2, 3, 1);
        m.op("CropAndResize", "y", new Table(-7f), x, m.floats("b", new int[] {2, 4}, 0, 0, 1, 1, 0.5f, 0, 1, 1.5f), m.ints("i", 0, 0), m.ints("n", 2, 2));
        // corners of the whole; then from half the height down, and from the left to beyond the right
        assertArrayEquals(new float[] {1, 3, 4, 6, 2.5f, -7, 4, -7}, m.run(dir, Tensor.ofFloats(rising(6), 1, 2, 3, 1)).toFloats(), 1e-6f);
    }

    @Test
    void otherRareOperators() throws IOException {
        MnnModel m = new MnnModel();
        m.op("ReverseSequence", "y", new Table(0, 1), m.input("x", 0, 2, 3), m.ints("l", 2, 3));
        assertArrayEquals(new float[] {2, 1, 3, 6, 5, 4}, m.run(dir, Tensor.ofFloats(rising(6), 2, 3)).toFloats());
        m = new MnnModel();
        m.op("CumProd", "y", new Table(1), m.input("x", 0, 2, 3));
        assertArrayEquals(new float[] {1, 2, 6, 4, 20, 120}, m.run(dir, Tensor.ofFloats(rising(6), 2, 3)).toFloats());
        m = new MnnModel();
        m.op("MatrixBandPart", "y", null, m.input("x", 0, 3, 3), m.ints("l", 1), m.ints("u", 0));
        assertArrayEquals(new float[] {1, 0, 0, 4, 5, 0, 0, 8, 9}, m.run(dir, Tensor.ofFloats(rising(9), 3, 3)).toFloats());
        m = new MnnModel();
        m.op("Det", "y", null, m.input("x", 0, 2, 2));
        assertArrayEquals(new float[] {-2}, m.run(dir, Tensor.ofFloats(rising(4), 2, 2)).toFloats(), 1e-6f);
        m = new MnnModel();
        m.op("EyeLike", "y", null, m.input("x", 0, 2, 3), m.ints("k", 1));
        assertArrayEquals(new float[] {0, 1, 0, 0, 0, 1}, m.run(dir, Tensor.ofFloats(rising(6), 2, 3)).toFloats());
        m = new MnnModel();
        int x = m.input("x", 0, 1);
        m.op("LinSpace", "y", null, x, m.floats("t", new int[] {1}, 3), m.ints("n", 5));
        assertArrayEquals(new float[] {1, 1.5f, 2, 2.5f, 3}, m.run(dir, Tensor.ofFloats(rising(1), 1)).toFloats(), 1e-6f);
        m = new MnnModel();
        x = m.input("x", 0, 2, 2);
        m.op("ScatterElements", "y", new Table(2), x, m.floats("i", new int[] {1, 2}, 1, 0), m.floats("u", new int[] {1, 2}, 10, 100), m.ints("a", 0));
        assertArrayEquals(new float[] {1, 200, 30, 4}, m.run(dir, Tensor.ofFloats(rising(4), 2, 2)).toFloats());
    }
}
