package dev.lathe.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RawDataTest {
    @Test
    void bytesGoToElementsAndBack() {
        Random r = new Random(5);
        for (ElementType t : ElementType.values()) {
            if (t == ElementType.STR) {
                continue;
            }
            for (int n : new int[] {0, 1, 3, 8, 37}) {
                int elements = t.isComplex() ? 2 * n : n;
                byte[] bytes = new byte[(int) RawData.bytes(t, elements)];
                r.nextBytes(bytes);
                ByteBuffer b = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
                // through elements once, so that only codes that stand for one value are left
                Tensor once = Tensor.ofBytes(t, b, n);
                Tensor twice = Tensor.ofBytes(t, once.toBytes(), n);
                assertEquals(once, twice, t.text());
                assertEquals(once.toBytes(), twice.toBytes(), t.text());
            }
        }
    }

    @Test
    void packedElementsBeginWithTheLowestBits() {
        assertEquals(Tensor.of(ElementType.I4, new int[] {1, -2, 7}, 3), Tensor.ofBytes(ElementType.I4, ByteBuffer.wrap(new byte[] {(byte) 0xe1, 7}), 3));
        assertEquals(Tensor.of(ElementType.U2, new int[] {3, 2, 1, 0, 1}, 5), Tensor.ofBytes(ElementType.U2, ByteBuffer.wrap(new byte[] {0x1b, 1}), 5));
        assertEquals(Tensor.of(ElementType.U32, new long[] {0xffffffffL}, 1), Tensor.ofBytes(ElementType.U32, ByteBuffer.wrap(new byte[] {-1, -1, -1, -1}), 1));
    }

    @Test
    void anInfinityStaysOneWhereTheTypeHasIt() {
        float[] f = {Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 57344};
        Tensor t = Tensor.of(ElementType.F8E5M2, f, 3);
        assertEquals(ByteBuffer.wrap(new byte[] {0x7c, (byte) 0xfc, 0x7b}), t.toBytes());
        assertEquals(t, Tensor.ofBytes(ElementType.F8E5M2, t.toBytes(), 3));
    }

    @Test
    void lengthsAreChecked() {
        assertThrows(IllegalArgumentException.class, () -> Tensor.ofBytes(ElementType.F32, ByteBuffer.allocate(7), 2));
        assertThrows(IllegalArgumentException.class, () -> Tensor.ofFloats(new float[3], 2));
        assertThrows(IllegalArgumentException.class, () -> Tensor.of(ElementType.I32, new float[2], 2));
    }
}
