package dev.lathe.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.codegen.interp.LoopInterpreter;
import org.junit.jupiter.api.Test;

class PeakTest {
    @Test
    void everyChainDoesEveryTurn() {
        float[] factors = {1, 1, 1, 1, 2, 2, 2, 2};
        float[] sums = new float[48];
        new LoopInterpreter(Peak.kernel(4)).run(new Object[] {factors, sums}, new int[2], new int[] {5});
        for (float s : sums) {
            assertEquals(10, s);
        }
    }

    @Test
    void severalThreadsMeasure() {
        try (Peak p = new Peak(2)) {
            assertTrue(p.measure(1_000_000) > 0);
        }
    }
}
