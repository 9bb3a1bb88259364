package dev.lathe.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class NarrowFloatsTest {
    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16", "F8E4M3FN", "F8E4M3FNUZ", "F8E5M2", "F8E5M2FNUZ", "F8E8M0", "F4E2M1"})
    void everyCodeSurvives(ElementType type) {
        for (int code = 0; code < 1 << type.bits(); code++) {
            float value = NarrowFloats.decode(type, code);
            int want = code;
            if (Float.isNaN(value)) {
                // a signalling NaN becomes quiet
                want = type == ElementType.F16 ? code | 0x200 : type == ElementType.BF16 ? code | 0x40
                    : type == ElementType.F8E5M2 ? code | 2 : code;
            }
            assertEquals(want, NarrowFloats.encode(type, value, false), type + " code " + code);
            if (!Float.isInfinite(value)) {
                assertEquals(want, NarrowFloats.encode(type, value, true), type + " code " + code);
            }
        }
    }

    /** Encodes random values and compares with a search among the values of all codes. */
    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16", "F8E4M3FN", "F8E4M3FNUZ", "F8E5M2", "F8E5M2FNUZ", "F4E2M1"})
    void roundsToNearestEven(ElementType type) {
        int half = 1 << type.bits() - 1;
        int max = 0;
        while (max + 1 < half && Float.isFinite(NarrowFloats.decode(type, max + 1))) {
            max++;
        }
        Random random = new Random(1);
        for (int n = 0; n < 100_000; n++) {
            int low = random.nextInt(max);
            float a = NarrowFloats.decode(type, low);
            float b = NarrowFloats.decode(type, low + 1);
            double middle = ((double) a + b) / 2;
            float exact = (float) middle;
            assertEquals(middle, exact, "the middle is a float");
            int even = (low & 1) == 0 ? low : low + 1;
            assertEquals(even, NarrowFloats.encode(type, exact, true), type + " tie above code " + low);
            assertEquals(low, NarrowFloats.encode(type, Math.nextDown(exact), true), type + " below the middle");
            assertEquals(low + 1, NarrowFloats.encode(type, Math.nextUp(exact), true), type + " above the middle");
            if (low > 0) {
                assertEquals(half | low, NarrowFloats.encode(type, Math.nextUp(-exact), true), type + " negative");
            }
        }
    }

    @Test
    void overflow() {
        float inf = Float.POSITIVE_INFINITY;
        assertEquals(448, NarrowFloats.round(ElementType.F8E4M3FN, 1e6f, true));
        assertEquals(448, NarrowFloats.round(ElementType.F8E4M3FN, inf, true));
        assertTrue(Float.isNaN(NarrowFloats.round(ElementType.F8E4M3FN, -inf, false)));
        assertEquals(448, NarrowFloats.round(ElementType.F8E4M3FN, 464, false));
        assertTrue(Float.isNaN(NarrowFloats.round(ElementType.F8E4M3FN, 464.1f, false)));
        assertEquals(-240, NarrowFloats.round(ElementType.F8E4M3FNUZ, -inf, true));
        assertTrue(Float.isNaN(NarrowFloats.round(ElementType.F8E4M3FNUZ, 248, false)));
        assertEquals(57344, NarrowFloats.round(ElementType.F8E5M2, inf, true));
        assertEquals(inf, NarrowFloats.round(ElementType.F8E5M2, 61440, false));
        assertEquals(-inf, NarrowFloats.round(ElementType.F8E5M2, -inf, false));
        assertEquals(-57344, NarrowFloats.round(ElementType.F8E5M2FNUZ, -1e9f, true));
        assertTrue(Float.isNaN(NarrowFloats.round(ElementType.F8E5M2FNUZ, 1e9f, false)));
        assertEquals(-6, NarrowFloats.round(ElementType.F4E2M1, -inf, false));
        assertEquals(inf, NarrowFloats.roundF16(65520));
        assertEquals(65504, NarrowFloats.roundF16(65519.996f));
        assertEquals(inf, NarrowFloats.roundBf16(Float.MAX_VALUE));
    }

    @Test
    void zeroHasNoSignInUnsignedZeroFormats() {
        assertEquals(0x80, NarrowFloats.encode(ElementType.F8E4M3FN, -0f, true));
        assertEquals(0, NarrowFloats.encode(ElementType.F8E4M3FNUZ, -0f, true));
        assertEquals(0, NarrowFloats.encode(ElementType.F8E5M2FNUZ, -1e-9f, true));
    }

    @Test
    void scalesArePowersOfTwo() {
        assertEquals(4, scale(3));
        assertEquals(2, scale(2));
        assertEquals(0x1p-127f, scale(0));
        assertEquals(0x1p127f, scale(Float.MAX_VALUE));
        assertTrue(Float.isNaN(scale(Float.NEGATIVE_INFINITY)));
    }

    private static float scale(float value) {
        return NarrowFloats.round(ElementType.F8E8M0, value, true);
    }
}
