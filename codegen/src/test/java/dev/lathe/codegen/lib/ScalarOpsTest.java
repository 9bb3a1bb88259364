package dev.lathe.codegen.lib;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.runtime.NarrowFloats;
import java.math.BigDecimal;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ScalarOpsTest {
    @Test
    void doublesRoundOnce() {
        // just above the middle of 1 and the next half: the nearest float is the middle itself
        double value = 1 + 0x1p-11 + 0x1p-40;
        assertEquals(1, NarrowFloats.roundF16((float) value));
        assertEquals(1 + 0x1p-10f, NarrowFloats.roundF16(ScalarOps.roundToOdd(value)));
        assertEquals(Float.MAX_VALUE, ScalarOps.roundToOdd(1e300));
        assertEquals(Float.NEGATIVE_INFINITY, ScalarOps.roundToOdd(Double.NEGATIVE_INFINITY));
        Random random = new Random(2);
        for (int n = 0; n < 10_000; n++) {
            double d = random.nextGaussian();
            float odd = ScalarOps.roundToOdd(d);
            assertEquals(1, Float.floatToRawIntBits(odd) & 1);
            // truncated or one step beyond: less than one step away
            assertTrue(new BigDecimal(d).subtract(new BigDecimal(odd)).abs().doubleValue() < Math.ulp(odd));
        }
    }
}
