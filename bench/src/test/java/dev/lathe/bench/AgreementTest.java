package dev.lathe.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.lathe.runtime.Tensor;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AgreementTest {
    private static String difference(Tensor got, Tensor want) {
        return Agreement.difference(Map.of("y", got), Map.of("z", want));
    }

    @Test
    void aTenThousandthOfTheLargestElementIsAllowed() {
        Tensor want = Tensor.ofFloats(new float[] {10, 0}, 2);
        assertNull(difference(Tensor.ofFloats(new float[] {10, 0.0009f}, 2), want));
        assertEquals("output \"z\" differs at element 1: 0.25 and 0.0, the largest being 10.0",
                difference(Tensor.ofFloats(new float[] {10, 0.25f}, 2), want));
    }

    @Test
    void integersMustBeEqual() {
        Tensor want = Tensor.ofLongs(new long[] {100_000_000}, 1);
        assertNull(difference(Tensor.ofLongs(new long[] {100_000_000}, 1), want));
        assertNotNull(difference(Tensor.ofLongs(new long[] {100_000_001}, 1), want));
    }

    @Test
    void notANumberEqualsOnlyItself() {
        Tensor nan = Tensor.ofFloats(new float[] {Float.NaN, 1}, 2);
        assertNull(difference(nan, nan));
        assertNotNull(difference(Tensor.ofFloats(new float[] {1, 1}, 2), nan));
        assertNotNull(difference(nan, Tensor.ofFloats(new float[] {1, 1}, 2)));
    }

    @Test
    void shapesAndNumbersOfOutputsMustBeEqual() {
        Tensor row = Tensor.ofFloats(new float[2], 1, 2);
        assertEquals("output \"z\" is f32[1, 2] and f32[2]", difference(row, Tensor.ofFloats(new float[2], 2)));
        assertEquals("one engine gives 0 outputs, the other 1", Agreement.difference(Map.of(), Map.of("z", row)));
    }
}
