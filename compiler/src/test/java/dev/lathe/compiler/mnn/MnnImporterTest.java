package dev.lathe.compiler.mnn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.compiler.Lathe;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.flat.FlatWriter;
import dev.lathe.compiler.flat.FlatWriter.Table;
import dev.lathe.compiler.onnx.ImportOptions;
import dev.lathe.runtime.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MnnImporterTest {
    /** Two channels of 2 x 2. */
    private static final Tensor X = Tensor.ofFloats(new float[] {1, 2, 3, 4, 10, 20, 30, 40}, 1, 2, 2, 2);

    @TempDir
    Path dir;

    private static MnnModel oneByOne(Table quant) {
        MnnModel m = new MnnModel();
        int x = m.input("x", 2, 1, 2, 2, 2);
        Table common = MnnModel.common(1, 1, 1, 2, 2, false);
        if (quant == null) {
            m.conv("y", common, new float[] {1, -1, 2, 0}, new float[] {0.5f, 0}, x);
        } else {
            m.quantised("y", common, quant, x);
        }
        return m;
    }

    @Test
    void convolutionsTakeFloats() throws IOException {
        assertArrayEquals(new float[] {-8.5f, -17.5f, -26.5f, -35.5f, 2, 4, 6, 8}, oneByOne(null).run(dir, X).toFloats());
    }

    @Test
    void extentsOfNothingAreOpen() throws IOException {
        MnnModel m = new MnnModel();
        m.conv("y", MnnModel.common(1, 1, 1, 2, 2, false), new float[] {1, -1, 2, 0}, new float[] {0.5f, 0}, m.input("x", 2, 1, 2, 0, 0));
        assertArrayEquals(new float[] {-8.5f, -17.5f, -26.5f, -35.5f, 2, 4, 6, 8}, m.run(dir, X).toFloats());
    }

    private void weights(Table quant, float... expected) throws IOException {
        assertArrayEquals(expected, oneByOne(quant).run(dir, X).toFloats(), 1e-4f);
    }

    @Test
    void weightsMayBeHalves() throws IOException {
        ByteBuffer b = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
        // 1, -1, 2, 0
        b.putShort((short) 0x3c00).putShort((short) 0xbc00).putShort((short) 0x4000).putShort((short) 0);
        weights(MnnModel.quant(3, b.array(), null, false), -9, -18, -27, -36, 2, 4, 6, 8);
    }

    @Test
    void weightsMayBePositionsInFewBits() throws IOException {
        // four values in two bits each: 0.5 * (2, -2), 1 * (2, 0)
        byte[] data = MnnModel.dense(new byte[] {-2, 0, 2, 5}, new int[] {2, 0, 2, 1}, 2, 2);
        weights(MnnModel.quant(1, data, new float[] {0.5f, 1}, false), -9, -18, -27, -36, 2, 4, 6, 8);
        // three values in two bits, one in one
        weights(MnnModel.quant(1, MnnModel.dense(new byte[] {-2, 0, 2}, new int[] {2, 0, 2, 1}, 2, 2), new float[] {0.5f, 1}, false), -9, -18, -27, -36, 2, 4, 6, 8);
        weights(MnnModel.quant(1, MnnModel.dense(new byte[] {3}, new int[4], 2, 2), new float[] {1, 2}, false), 33, 66, 99, 132, 66, 132, 198, 264);
        // all 256 of them; the count is written as 0
        byte[] all = new byte[256];
        Arrays.setAll(new int[256], i -> all[i] = (byte) (i - 128));
        weights(MnnModel.quant(1, MnnModel.dense(all, new int[] {130, 126, 130, 128}, 2, 2), new float[] {0.5f, 1}, false), -9, -18, -27, -36, 2, 4, 6, 8);
    }

    @Test
    void weightsMayHaveALeastValueAndAStep() throws IOException {
        // -1 + 1 * (2, 0) and 0 + 2 * (1, 0) from the least byte on
        byte[] data = {-126, -128, -127, -128};
        weights(MnnModel.quant(4, data, new float[] {-1, 1, 0, 2}, true), -9, -18, -27, -36, 2, 4, 6, 8);
    }

    @Test
    void weightsMayBeMostlyZero() throws IOException {
        byte[] data = MnnModel.sparse(new byte[] {-2, 2}, new int[] {0, 1, 1}, 3, new int[] {1, 0, 1}, 2, 2);
        weights(MnnModel.quant(2, data, new float[] {0.5f, 1}, false), -9, -18, -27, -36, 2, 4, 6, 8);
    }

    @Test
    void weightsMayStandInAFileBeside() throws IOException {
        MnnModel m = new MnnModel();
        m.external("y", MnnModel.common(1, 1, 1, 2, 2, false), new long[] {4, 16, 8}, m.input("x", 2, 1, 2, 2, 2));
        LatheException e = assertThrows(LatheException.class, () -> m.run(dir, X));
        assertTrue(e.block().contains("m.bin.weight"), e.block());
        Files.write(dir.resolve("m.bin.weight"), FlatWriter.bytes(9, 1, -1, 2, 0, 0.5f, 0));
        assertArrayEquals(new float[] {-8.5f, -17.5f, -26.5f, -35.5f, 2, 4, 6, 8}, m.run(dir, X).toFloats());
    }

    @Test
    void channelsMayStandLastAndLayersInBetweenFirst() throws IOException {
        MnnModel m = new MnnModel();
        int x = m.input("x", 1, 1, 2, 2, 2);
        int first = m.op("ConvertTensor", "first", new Table((byte) 1, (byte) 2), x);
        int y = m.conv("c", MnnModel.common(2, 1, 2, 2, 2, true), new float[] {1, 1, 1, 1, -1, 0, 0, 1}, new float[2], first);
        m.op("ConvertTensor", "y", new Table((byte) 2, (byte) 1), y);
        Tensor r = m.run(dir, Tensor.ofFloats(new float[] {1, 10, 2, 20, 3, 30, 4, 40}, 1, 2, 2, 2));
        assertArrayEquals(new int[] {1, 1, 1, 2}, r.shape());
        assertArrayEquals(new float[] {10, 30}, r.toFloats());
    }

    @Test
    void anOperatorForChannelsLastReshapesThemSo() throws IOException {
        MnnModel m = new MnnModel();
        m.reshape("y", 1, m.input("x", 2, 1, 2, 2, 2), 1, 8);
        assertArrayEquals(new float[] {1, 10, 2, 20, 3, 30, 4, 40}, m.run(dir, X).toFloats());
        MnnModel plain = new MnnModel();
        plain.reshape("y", 0, plain.input("x", 2, 1, 2, 2, 2), 1, -1);
        assertArrayEquals(X.toFloats(), plain.run(dir, X).toFloats());
    }

    @Test
    void meansCountTheBorderAsTheModelSays() throws IOException {
        // kernel 2, stride 2, borders of 1; counted by default, not counted where asked
        for (int count : new int[] {0, 1, 2}) {
            MnnModel m = new MnnModel();
            m.op("Pooling", "y", new Table(1, 1, null, 2, 2, 2, 2, (byte) 1, (byte) 0, null, false, null, (byte) count), m.input("x", 2, 1, 2, 2, 2));
            float by = count == 2 ? 1 : 4;
            assertArrayEquals(new float[] {1 / by, 2 / by, 3 / by, 4 / by, 10 / by, 20 / by, 30 / by, 40 / by}, m.run(dir, X).toFloats());
        }
    }

    @Test
    void partsAreTakenByMasksOrAxes() throws IOException {
        MnnModel m = new MnnModel();
        int x = m.input("x", 0, 1, 2, 2, 2);
        // x[..., 1, ::-1] without the dimension of the single index
        int y = m.op("StridedSlice", "y", new Table(null, null, 4, 4, 1, 0, 2), x, m.ints("b", 0, 1, 0), m.ints("e", 0, 2, 0), m.ints("s", 1, 1, -1));
        assertEquals(4, y);
        Tensor r = m.run(dir, X);
        assertArrayEquals(new int[] {1, 2, 2}, r.shape());
        assertArrayEquals(new float[] {4, 3, 40, 30}, r.toFloats());
        MnnModel n = new MnnModel();
        int v = n.input("x", 0, 1, 2, 2, 2);
        n.op("StridedSlice", "y", new Table(null, null, null, null, null, null, null, 1), v, n.ints("b", 1), n.ints("e", 2), n.ints("a", 1));
        assertArrayEquals(new float[] {10, 20, 30, 40}, n.run(dir, X).toFloats());
    }

    @Test
    void smallOperatorsMeanWhatMnnMeans() throws IOException {
        MnnModel m = new MnnModel();
        int x = m.input("x", 2, 1, 2, 2, 2);
        int a = m.op("PReLU", "a", new Table(2, new float[] {0.5f, 2}), m.op("UnaryOp", "neg", new Table(1), x));
        int b = m.op("Scale", "b", new Table(2, new float[] {2, 1}, new float[] {1, 0}), a);
        int c = m.op("Eltwise", "c", new Table((byte) 1, new float[] {1, -1}), b, x);
        int d = m.op("BinaryOp", "d", new Table(9), c, m.op("ReLU6", "r", new Table(1f, 2f), x));
        m.op("Reduction", "y", new Table((byte) 0, new int[] {2, 3}, 0f, false), d);
        // c: 1 - 2x; -3x: below what ReLU6 leaves, 1 at first, then 2
        assertArrayEquals(new float[] {1 + 2 + 2 + 2, 8}, m.run(dir, X).toFloats());
    }

    @Test
    void imagesGrowAsTheirTransformationSays() throws IOException {
        MnnModel m = new MnnModel();
        m.op("Interp", "y", new Table(null, null, 4, 2, 1), m.input("x", 2, 1, 1, 1, 2));
        assertArrayEquals(new float[] {1, 1, 5, 5, 1, 1, 5, 5}, m.run(dir, Tensor.ofFloats(new float[] {1, 5}, 1, 1, 1, 2)).toFloats());
        MnnModel half = new MnnModel();
        half.op("Interp", "y", new Table(2f, 1f, null, null, 2, null, null, null, null, null, (byte) 2), half.input("x", 2, 1, 1, 1, 2));
        assertArrayEquals(new float[] {1, 2, 4, 5}, half.run(dir, Tensor.ofFloats(new float[] {1, 5}, 1, 1, 1, 2)).toFloats(), 1e-6f);
    }

    @Test
    void transposedConvolutionsHoldInputChannelsFirst() throws IOException {
        MnnModel m = new MnnModel();
        Table main = new Table(MnnModel.common(2, 2, 1, 1, 2, false), new float[] {1, 2, 3, 4, 10, 20, 30, 40}, new float[2]);
        m.op("Deconvolution", "y", main, m.input("x", 2, 1, 1, 1, 1));
        Tensor r = m.run(dir, Tensor.ofFloats(new float[] {2}, 1, 1, 1, 1));
        assertArrayEquals(new int[] {1, 2, 2, 2}, r.shape());
        assertArrayEquals(new float[] {2, 4, 6, 8, 20, 40, 60, 80}, r.toFloats());
    }

    /** Boxes over an image of 4 x 8, a cell for every 4 x 4: of 2, of 4, and twice as wide as high. */
    private static int priors(MnnModel m, int x) {
        Table main = new Table(new float[] {2}, new float[] {8}, new float[] {1, 2}, new float[] {0.5f, 0.5f, 1, 1}, false, true, null, null, null, null, 0.5f);
        return m.op("PriorBox", "p", main, m.op("Pooling", "cells", new Table(null, null, null, 4, 4, 4, 4, (byte) 0, (byte) 0), x), x);
    }

    @Test
    void boxesToStartFromStandAroundEveryCell() throws IOException {
        MnnModel m = new MnnModel();
        priors(m, m.input("x", 2, 1, 1, 4, 8));
        Tensor y = m.run(dir, Tensor.ofFloats(new float[32], 1, 1, 4, 8));
        assertArrayEquals(new int[] {1, 2, 24, 1}, y.shape());
        float wide = (float) Math.sqrt(2);
        float[] halves = {1, 1, 2, 2, wide, 1 / wide};
        float[] want = new float[48];
        for (int i = 0; i < 6; i++) {
            float cx = i < 3 ? 2 : 6;
            float w = halves[i % 3 * 2];
            float h = halves[i % 3 * 2 + 1];
            float[] box = {(cx - w) / 8, (2 - h) / 4, (cx + w) / 8, (2 + h) / 4};
            for (int k = 0; k < 4; k++) {
                want[4 * i + k] = Math.min(1, Math.max(0, box[k]));
                want[24 + 4 * i + k] = k < 2 ? 0.5f : 1;
            }
        }
        assertArrayEquals(want, y.toFloats(), 1e-6f);
    }

    @Test
    void ofBoxesThatOverlapTheBestIsChosen() throws IOException {
        MnnModel m = new MnnModel();
        int x = m.input("x", 2, 1, 1, 4, 8);
        int location = m.floats("l", new int[] {1, 24, 1, 1}, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, (float) Math.log(0.5), 0, 0, 0, 0, 0);
        // background, two classes
        int scores = m.floats("s", new int[] {1, 18, 1, 1}, 0.1f, 0.9f, 0, 0.4f, 0.6f, 0, 0.8f, 0.2f, 0, 1, 0, 0, 0.3f, 0, 0.7f, 0.5f, 0, 0.5f);
        m.op("DetectionOutput", "y", new Table(3, 0.3f, 100, 2, 0.25f), location, scores, priors(m, x));
        Tensor y = m.run(dir, Tensor.ofFloats(new float[32], 1, 1, 4, 8));
        // the second box of the first class overlaps the first by a quarter and is third; the larger of the second cell is moved by half its width and halved
        assertArrayEquals(new int[] {1, 1, 2, 6}, y.shape());
        float[] want = {1, 0.9f, 1 / 8f, 0.25f, 3 / 8f, 0.75f, 2, 0.7f, 0.875f, 0, 1.125f, 1};
        assertArrayEquals(want, y.toFloats(), 1e-6f);
    }

    @Test
    void whatIsNotSupportedIsSaidAtOnce() throws IOException {
        MnnModel m = new MnnModel();
        int x = m.input("x", 2, 1, 2, 2, 2);
        m.op("Extra", "y", new Table("MyOwn"), m.op("Proposal", "p", null, x));
        Path file = Files.write(dir.resolve("no.mnn"), m.bytes());
        LatheException e = assertThrows(LatheException.class, () -> Lathe.read(file, ImportOptions.NONE));
        assertTrue(e.block().contains("2 MNN operators") && e.block().contains("Extra MyOwn") && e.block().contains("Proposal: 1"), e.block());
    }

    @Test
    void aModelForBenchmarksHasNoWeights() throws IOException {
        MnnModel m = new MnnModel();
        m.conv("y", MnnModel.common(1, 1, 1, 2, 2, false), null, null, m.input("x", 2, 1, 2, 2, 2));
        LatheException e = assertThrows(LatheException.class, () -> m.run(dir, X));
        assertTrue(e.block().contains("holds no weights"), e.block());
    }

    @Test
    void damageIsSaid() throws IOException {
        byte[] whole = oneByOne(MnnModel.quant(1, MnnModel.dense(new byte[] {-2, 0, 2, 5}, new int[] {2, 0, 2, 1}, 2, 2), new float[] {0.5f, 1}, false)).bytes("y");
        Path file = dir.resolve("bad.mnn");
        for (int size = 0; size < whole.length; size += 3) {
            Files.write(file, Arrays.copyOf(whole, size));
            assertTrue(assertThrows(LatheException.class, () -> Lathe.read(file, ImportOptions.NONE)).block().contains("bad.mnn"));
        }
        int refused = 0;
        for (int at = 0; at < whole.length; at++) {
            for (int flip : new int[] {0x55, 0x80, 0xff}) {
                byte[] wrong = whole.clone();
                wrong[at] ^= (byte) flip;
                Files.write(file, wrong);
                try {
                    Lathe.read(file, ImportOptions.NONE);
                } catch (LatheException ok) {
                    refused++;
                    assertTrue(ok.block().contains("bad.mnn"), ok.block());
                }
            }
        }
        assertTrue(refused > whole.length / 4, refused + " of " + 3 * whole.length);
    }
}
