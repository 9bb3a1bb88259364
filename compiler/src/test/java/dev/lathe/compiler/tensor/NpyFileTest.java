package dev.lathe.compiler.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.runtime.ElementType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class NpyFileTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource
    void everyTypeSurvives(ElementType type) {
        for (int[] dims : new int[][] {{}, {0}, {4}, {2, 3, 5}}) {
            Tensor t = TestTensors.of(type, dims);
            Path file = folder.resolve("t.npy");
            NpyFile.write(file, t);
            Tensor back = NpyFile.read(file);
            ElementType as = switch (type) {
                case BF16, F8E4M3FN, F8E4M3FNUZ, F8E5M2, F8E5M2FNUZ, F8E8M0, F4E2M1 -> ElementType.F32;
                case I4, I2 -> ElementType.I8;
                case U4, U2 -> ElementType.U8;
                default -> type;
            };
            TestTensors.assertSame(new Tensor(as, t.dims(), t.data()), back);
        }
    }

    @Test
    void writesWhatNumpyWrites() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        NpyFile.write(out, Tensor.ofInts(new int[] {3}, 1, 2, 3));
        String head = new String(out.toByteArray(), 10, 118, StandardCharsets.ISO_8859_1);
        assertEquals("{'descr': '<i4', 'fortran_order': False, 'shape': (3,), }", head.strip());
        assertEquals(128 + 12, out.size());
    }

    @Test
    void readsFortranOrderAndBigEndian() {
        ByteBuffer data = ByteBuffer.allocate(24);
        for (int i = 0; i < 6; i++) {
            data.putInt(i);
        }
        Tensor t = NpyFile.read(npy(1, "{'descr': '>i4', 'fortran_order': True, 'shape': (2, 3), }", data.array()), "f");
        assertArrayEquals(new int[] {0, 2, 4, 1, 3, 5}, t.ints());
        Tensor u = NpyFile.read(npy(3, "{'shape': (6,), 'descr': '>i4', 'fortran_order': False}", data.array()), "f");
        assertArrayEquals(new int[] {0, 1, 2, 3, 4, 5}, u.ints());
        Tensor s = NpyFile.read(npy(2, "{'descr': '|S4', 'fortran_order': False, 'shape': (1, 1)}",
            new byte[] {'a', 'b', 0, 0}), "f");
        assertArrayEquals(new String[] {"ab"}, s.strings());
    }

    @Test
    void everyTruncationIsAClearError() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        NpyFile.write(out, TestTensors.of(ElementType.F16, 2, 3));
        byte[] bytes = out.toByteArray();
        for (int n = 0; n < bytes.length; n++) {
            byte[] cut = Arrays.copyOf(bytes, n);
            LatheException e = assertThrows(LatheException.class, () -> NpyFile.read(ByteBuffer.wrap(cut), "f.npy"));
            assertTrue(e.getMessage().contains("truncated"), e.getMessage());
        }
    }

    @Test
    void everyDamagedByteIsAClearErrorOrAnotherArray() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        NpyFile.write(out, TestTensors.of(ElementType.STR, 2, 3));
        byte[] bytes = out.toByteArray();
        for (int n = 0; n < bytes.length; n++) {
            for (int value = 0; value < 256; value += n < 128 ? 1 : 51) {
                byte[] damaged = bytes.clone();
                damaged[n] = (byte) value;
                try {
                    NpyFile.read(ByteBuffer.wrap(damaged), "f.npy");
                } catch (LatheException e) {
                    assertTrue(!e.getMessage().isEmpty());
                }
            }
        }
    }

    @Test
    void clearErrors() {
        assertFails("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", "objects");
        assertFails("{'descr': '<f3', 'fortran_order': False, 'shape': (1,), }", "<f3");
        assertFails("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", "records");
        assertFails("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", "damaged");
        assertFails("{'descr': '<f4', 'fortran_order': False, 'shape': (99999, 99999), }", "2^31");
        assertFails("{'descr': '<f4', 'fortran_order': False, 'shape': (99999,), }", "truncated");
        assertFails("{'descr': '<f4', 'shape': (1,), }", "damaged");
    }

    private static void assertFails(String header, String word) {
        LatheException e = assertThrows(LatheException.class, () -> NpyFile.read(npy(1, header, new byte[8]), "f.npy"));
        assertTrue(e.getMessage().contains(word), e.getMessage());
    }

    private static ByteBuffer npy(int version, String header, byte[] data) {
        ByteBuffer b = ByteBuffer.allocate(12 + header.length() + data.length).order(ByteOrder.LITTLE_ENDIAN);
        b.put((byte) 0x93).put("NUMPY".getBytes(StandardCharsets.ISO_8859_1)).put((byte) version).put((byte) 0);
        if (version == 1) {
            b.putShort((short) header.length());
        } else {
            b.putInt(header.length());
        }
        return b.put(header.getBytes(StandardCharsets.ISO_8859_1)).put(data).flip();
    }
}
