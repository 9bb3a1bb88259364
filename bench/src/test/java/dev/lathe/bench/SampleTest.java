package dev.lathe.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class SampleTest {
    private static Sample of(double... millis) {
        return new Sample(millis, new double[millis.length]);
    }

    @Test
    void quantiles() {
        assertEquals(3, of(5, 1, 3).median());
        assertEquals(2.5, of(4, 1, 3, 2).median());
        assertEquals(7, of(7).median());
        // quartiles 2 and 4
        assertEquals(1, of(5, 4, 3, 2, 1).spread());
    }

    @Test
    void theRatioIsThatOfNeighbouringRounds() {
        // the machine became three times slower in between: the ratio stays
        assertEquals(2, of(1, 1, 3, 3).ratioOf(of(2, 2, 6, 6)));
        assertEquals(0.5, of(2).ratioOf(of(1)));
    }

    @Test
    void geometricMean() {
        assertEquals(2, Sample.geometricMean(new double[] {1, 4}), 1e-12);
    }

    @Test
    void forksAreJoinedInOrder() {
        assertArrayEquals(new double[] {1, 2, 3}, Sample.join(of(1, 2), of(3)).millis());
    }
}
