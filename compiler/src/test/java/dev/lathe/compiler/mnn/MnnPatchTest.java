package dev.lathe.compiler.mnn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.flat.FlatWriter.Table;
import dev.lathe.runtime.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MnnPatchTest {
    @TempDir
    Path dir;

    private static float[] rising(int count) {
        float[] r = new float[count];
        for (int i = 0; i < count; i++) {
            r[i] = i + 1;
        }
        return r;
    }

    /** A window of 2 x 2 by steps of 2 down and 1 across. @param mode 0: borders as given, 2: as many as every step needs */
    private static Table window(int pad, int mode, int channels) {
        return new Table(pad, 0, 2, 2, 1, 2, 1, 1, (byte) mode, 1, channels, channels);
    }

    @Test
    void windowsBecomeColumnsAndImagesAgain() throws IOException {
        // one row of three places for each of two images, a column of zeros on both sides
        float[] want = {0, 1, 2, 0, 5, 6, 1, 2, 0, 5, 6, 0, 0, 3, 4, 0, 7, 8, 3, 4, 0, 7, 8, 0};
        MnnModel columns = new MnnModel();
        columns.op("Im2Col", "c", new Table(window(1, 0, 1)), columns.input("x", 0, 2, 1, 2, 2));
        Tensor y = columns.run(dir, Tensor.ofFloats(rising(8), 2, 1, 2, 2));
        assertArrayEquals(new int[] {4, 6}, y.shape());
        assertArrayEquals(want, y.toFloats());
        // [1, 4, 3] is one image: each element stands in two windows
        MnnModel image = new MnnModel();
        image.op("Col2Im", "y", new Table(window(1, 0, 1)), image.input("x", 0, 4, 3), image.ints("s", 2, 2));
        Tensor back = image.run(dir, Tensor.ofFloats(new float[] {0, 1, 2, 1, 2, 0, 0, 3, 4, 3, 4, 0}, 4, 3));
        assertArrayEquals(new int[] {1, 1, 2, 2}, back.shape());
        assertArrayEquals(new float[] {2, 4, 6, 8}, back.toFloats());
    }

    @Test
    void theLargestOfShiftedElementsIsTaken() throws IOException {
        for (int layout : new int[] {0, 1}) {
            MnnModel m = new MnnModel();
            boolean last = layout == 1;
            int x = last ? m.input("x", 1, 1, 3, 2, 2) : m.input("x", 0, 1, 2, 3, 2);
            m.op("Dilation2D", "y", new Table(window(0, 2, 2), new float[] {0, 0.5f, 9, -1, 0, 0, 0, 20}), x);
            float[] v = {1, 5, 3, -4, -5, -6, 2, 2, 8, 1, 0, -9};
            float[] want = new float[8];
            // ceil(3 / 2) rows and 2 columns; a row below and a column on the right are missing
            for (int c = 0; c < 2; c++) {
                float[] w = c == 0 ? new float[] {0, 0.5f, 9, -1} : new float[] {0, 0, 0, 20};
                for (int i = 0; i < 4; i++) {
                    float most = Float.NEGATIVE_INFINITY;
                    for (int k = 0; k < 4; k++) {
                        int row = i / 2 * 2 + k / 2;
                        int column = i % 2 + k % 2;
                        if (row < 3 && column < 2) {
                            most = Math.max(most, v[last ? (row * 2 + column) * 2 + c : c * 6 + row * 2 + column] + w[k]);
                        }
                    }
                    want[last ? i * 2 + c : c * 4 + i] = most;
                }
            }
            assertArrayEquals(want, m.run(dir, Tensor.ofFloats(v, last ? new int[] {1, 3, 2, 2} : new int[] {1, 2, 3, 2})).toFloats());
        }
    }

    @Test
    void channelsAreComparedByTheirAngle() throws IOException {
        MnnModel m = new MnnModel();
        m.op("CosineSimilarity", "y", null, m.input("x", 0, 1, 2, 2), m.floats("z", new int[] {1, 2, 2}, 3, 0, 4, 2), m.ints("d", 1));
        Tensor y = m.run(dir, Tensor.ofFloats(new float[] {1, 5, 0, 12}, 1, 2, 2));
        assertArrayEquals(new int[] {1, 2}, y.shape());
        assertArrayEquals(new float[] {0.6f, 12f / 13}, y.toFloats(), 1e-6f);
    }

    @Test
    void regionsKeepTheLargestOfTheirBins() throws IOException {
        MnnModel m = new MnnModel();
        m.op("ROIPooling", "y", new Table(2, 2, 0.5f), m.input("x", 0, 1, 1, 4, 4), m.floats("r", new int[] {2, 5}, 0, 2, 0, 6, 4, 0, 0, 4, 2, 6));
        // columns 1 to 3 and rows 0 to 2, then columns 0 to 1 and rows 2 to 3
        assertArrayEquals(new float[] {7, 8, 11, 12, 9, 10, 13, 14}, m.run(dir, Tensor.ofFloats(rising(16), 1, 1, 4, 4)).toFloats());
    }

    @Test
    void elementsAreCopiedFromPlaceToPlace() throws IOException {
        MnnModel m = new MnnModel();
        int x = m.input("x", 0, 2, 3);
        // x turned into the first two columns, the constant into the last but one of four
        int[] regions = {0, 0, 1, 3, 0, 0, 4, 1, 1, 3, 2, 1, 0, 0, 0, 2, 0, 0, 4, 1, 1, 3};
        m.op("Raster", "y", new Table(null, null, null, List.of(MnnModel.list("shape", 3, 4), MnnModel.list("region", regions))), x, m.floats("c", new int[] {2}, -1, -2));
        Tensor y = m.run(dir, Tensor.ofFloats(rising(6), 2, 3));
        assertArrayEquals(new int[] {3, 4}, y.shape());
        assertArrayEquals(new float[] {1, 4, -2, 0, 2, 5, -2, 0, 3, 6, -2, 0}, y.toFloats());
        MnnModel beyond = new MnnModel();
        beyond.op("Raster", "y", new Table(null, null, null, List.of(MnnModel.list("shape", 2), MnnModel.list("region", 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 3))), beyond.input("x", 0, 3));
        assertTrue(assertThrows(LatheException.class, () -> beyond.run(dir, Tensor.ofFloats(rising(3), 3))).getMessage().contains("damaged"));
    }

    @Test
    void detectorsEndInBoxes() throws IOException {
        MnnModel m = new MnnModel();
        int x = m.input("x", 1, 1, 3, 4);
        // the first two anchors nearly cover each other; the first class is the background
        int s = m.floats("s", new int[] {1, 3, 3}, 0, 0.9f, 0.1f, 0, 0.8f, 0.7f, 0, 0.4f, 0.6f);
        int a = m.floats("a", new int[] {3, 4}, 1, 1, 2, 2, 1, 1, 2, 1.9f, 5, 5, 2, 2);
        m.several("DetectionPostProcess", "y", 4, new Table(3, 1, 1, 0.1f, 0.5f, 2, false, new float[] {1, 1, 1, 1}), x, s, a);
        List<Tensor> y = m.runAll(dir, Tensor.ofFloats(new float[12], 1, 3, 4));
        assertArrayEquals(new float[] {0, 0, 2, 2, 4, 4, 6, 6, 0, 0, 0, 0}, y.get(0).toFloats(), 1e-6f);
        assertArrayEquals(new float[] {0, 1, 0}, y.get(1).toFloats());
        assertArrayEquals(new float[] {0.9f, 0.6f, 0}, y.get(2).toFloats());
        assertArrayEquals(new float[] {2}, y.get(3).toFloats());
    }
}
