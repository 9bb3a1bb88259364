package dev.lathe.compiler.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.onnx.proto.OnnxFile;
import dev.lathe.compiler.onnx.proto.TensorProto;
import dev.lathe.compiler.onnx.proto.WireWriter;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.compiler.tensor.TestTensors;
import dev.lathe.runtime.ElementType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class TensorDecoderTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource
    void everyTypeSurvives(ElementType type) {
        for (int[] dims : new int[][] {{}, {0}, {1}, {3, 5}, {2, 0, 3}}) {
            Tensor t = TestTensors.of(type, dims);
            TestTensors.assertSame(t, decode(TensorEncoder.encode(t, "t")));
        }
    }

    @Test
    void typedFields() {
        assertArrayEquals(new int[] {-1, 127}, decode(header(3, 2).packed(5, -1, 127)).ints());
        assertArrayEquals(new int[] {255, 1}, decode(header(2, 2).packed(5, 255, 1)).ints());
        assertArrayEquals(new int[] {1, 0}, decode(header(9, 2).packed(5, 1, 0)).ints());
        assertArrayEquals(new float[] {1, -2}, decode(header(10, 2).packed(5, 0x3c00, 0xc000)).floats());
        assertArrayEquals(new float[] {1.5f}, decode(header(1, 1).float32(4, 1.5f)).floats());
        assertArrayEquals(new float[] {1.5f, 2}, decode(header(14, 1).float32(4, 1.5f).float32(4, 2)).floats());
        assertArrayEquals(new long[] {-5, 6}, decode(header(7, 2).int64(7, -5).packed(7, 6)).longs());
        assertArrayEquals(new long[] {0xffffffffL}, decode(header(12, 1).int64(11, 0xffffffffL)).longs());
        assertArrayEquals(new long[] {-1}, decode(header(13, 1).int64(11, -1)).longs());
        // two to a byte, the first in the low half
        assertArrayEquals(new int[] {1, -2, 7}, decode(header(22, 3).packed(5, 0xe1, 0x07)).ints());
        assertArrayEquals(new int[] {1, 14, 7}, decode(header(21, 3).packed(5, 0xe1, 0x07)).ints());
        assertArrayEquals(new int[] {0, 1, -2, -1, 1}, decode(header(26, 5).packed(5, 0xe4, 0x01)).ints());
        assertArrayEquals(new float[] {6, -0.5f}, decode(header(23, 2).packed(5, 0x97)).floats());
        assertArrayEquals(new String[] {"a", "ü"}, decode(header(8, 2).string(6, "a").string(6, "ü")).strings());
    }

    @Test
    void clearErrors() {
        assertFails(header(1, 2).float32(4, 1), "float_data");
        assertFails(header(1, 2).bytes(9, new byte[7]), "raw_data has 7");
        assertFails(header(1, -1), "dimension 0");
        assertFails(new WireWriter().packed(1, 1L << 20, 1L << 20).int64(2, 1), "more than 2^31");
        assertFails(new WireWriter().packed(1, 1L << 62, 4).int64(2, 1), "dimension 0");
        assertFails(header(1, Integer.MAX_VALUE), "needs 2147483647 values");
        assertFails(header(99, 1), "99");
        assertFails(header(0, 1), "without a type");
        assertFails(header(8, 1).bytes(6, new byte[] {(byte) 0xff}), "UTF-8");
        assertFails(header(8, 1).bytes(9, new byte[1]), "raw data");
        assertFails(header(1, 1).message(3, new WireWriter()), "segments");
    }

    @Test
    void sparse() throws IOException {
        WireWriter values = TensorEncoder.encode(Tensor.ofFloats(new int[] {2}, 7, 8), "v");
        WireWriter linear = TensorEncoder.encode(Tensor.ofLongs(new int[] {2}, 1, 5), "");
        WireWriter pairs = TensorEncoder.encode(Tensor.ofLongs(new int[] {2, 2}, 0, 1, 1, 2), "");
        WireWriter outside = TensorEncoder.encode(Tensor.ofLongs(new int[] {2, 2}, 0, 1, 0, 3), "");
        float[] want = {0, 7, 0, 0, 0, 8};
        assertArrayEquals(want, decodeSparse(values, linear).floats());
        assertArrayEquals(want, decodeSparse(values, pairs).floats());
        assertThrows(LatheException.class, () -> decodeSparse(values, outside));
    }

    @Test
    void externalData() throws IOException {
        byte[] bytes = new byte[20];
        ByteBuffer.wrap(bytes).order(java.nio.ByteOrder.LITTLE_ENDIAN).putFloat(8, 3.5f).putFloat(12, -1);
        Files.createDirectories(folder.resolve("model/sub"));
        Files.write(folder.resolve("model/sub/w.bin"), bytes);
        assertArrayEquals(new float[] {3.5f, -1}, external("sub/w.bin", "8", "8").floats());
        assertArrayEquals(new float[] {3.5f, -1}, external("sub/w.bin", "8", null).floats());
        assertFails(() -> external("sub/w.bin", "16", "8"), "truncated");
        assertFails(() -> external("sub/w.bin", "8", "4"), "damaged");
        assertFails(() -> external("sub/w.bin", "9223372036854775807", "8"), "truncated");
        assertFails(() -> external("sub/w.bin", "-1", "8"), "not a number of bytes");
        LatheException e = assertFails(() -> external("gone.bin", "0", "8"), "gone.bin");
        assertTrue(e.where().contains("\"w\"") && e.help().contains("gone.bin"), e.block());
    }

    @ParameterizedTest
    @ValueSource(strings = {"../w.bin", "sub/../../w.bin", "/etc/hostname", "C:\\w.bin", "\\\\host\\w.bin", "", "sub",
        "a\0b", "link.bin"})
    void externalDataOutsideTheFolderIsRefused(String location) throws IOException {
        Files.createDirectories(folder.resolve("model/sub"));
        Files.write(folder.resolve("w.bin"), new byte[8]);
        Files.createSymbolicLink(folder.resolve("model/link.bin"), folder.resolve("w.bin"));
        assertThrows(LatheException.class, () -> external(location, "0", "8"));
    }

    @Test
    void writesFiles() {
        Path file = folder.resolve("t.pb");
        TensorEncoder.write(file, Tensor.ofLongs(new int[] {2}, 3, 4), "t");
        TensorProto p = OnnxFile.tensor(file);
        assertEquals("t", p.name());
        assertArrayEquals(new long[] {3, 4}, TensorDecoder.beside(file).decode(p).longs());
    }

    private Tensor external(String location, String offset, String length) {
        WireWriter w = header(1, 2).string(8, "w").int64(14, 1).message(13, entry("location", location))
            .message(13, entry("offset", offset));
        if (length != null) {
            w.message(13, entry("length", length));
        }
        TensorProto p = OnnxFile.tensor(ByteBuffer.wrap(w.toBytes()), "m.onnx");
        return new TensorDecoder(folder.resolve("model")).decode(p);
    }

    private static WireWriter entry(String key, String value) {
        return new WireWriter().string(1, key).string(2, value);
    }

    private static WireWriter header(int type, long dim) {
        return new WireWriter().int64(1, dim).int64(2, type);
    }

    private static Tensor decode(WireWriter tensor) {
        return new TensorDecoder(null).decode(OnnxFile.tensor(ByteBuffer.wrap(tensor.toBytes()), "t.pb"));
    }

    private Tensor decodeSparse(WireWriter values, WireWriter indices) throws IOException {
        Path file = folder.resolve("sparse.pb");
        Files.write(file, new WireWriter().message(1, values).message(2, indices).packed(3, 2, 3).toBytes());
        return new TensorDecoder(null).decode(OnnxFile.sparseTensor(file));
    }

    private static void assertFails(WireWriter tensor, String word) {
        assertFails(() -> decode(tensor), word);
    }

    private static LatheException assertFails(org.junit.jupiter.api.function.Executable run, String word) {
        LatheException e = assertThrows(LatheException.class, run);
        assertTrue(e.getMessage().contains(word), e.getMessage());
        return e;
    }
}
