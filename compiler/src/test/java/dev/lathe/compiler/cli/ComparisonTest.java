package dev.lathe.compiler.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.lathe.compiler.tensor.Datum.TensorDatum;
import dev.lathe.compiler.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Outputs of one model whose numbers differ in size: boxes up to 100, scores up to 1. */
class ComparisonTest {
    private static final TensorDatum BOXES = recorded(100, 50, 20, 7);
    private static final TensorDatum SCORES = recorded(1, 0.5f, 0.25f, 0);

    private static TensorDatum recorded(float... values) {
        return new TensorDatum(Tensor.ofFloats(new int[] {values.length}, values));
    }

    private static dev.lathe.runtime.Tensor got(float... values) {
        return dev.lathe.runtime.Tensor.of(java.nio.FloatBuffer.wrap(values), values.length);
    }

    @Test
    void errorsCountAgainstTheLargestElementOfTheirOwnTensor() {
        Comparison c = new Comparison(Tolerance.WHOLE_MODEL);
        assertNull(c.check(got(100.009f, 50, 20, 7), BOXES));
        assertNotNull(c.check(got(100, 50, 20, 7.02f), BOXES));
        assertNull(c.check(got(1, 0.5f, 0.25f, 0.00009f), SCORES));
        assertNotNull(c.check(got(1, 0.5f, 0.25f, 0.005f), SCORES), "after larger numbers, too");
    }

    @Test
    void theLargestErrorIsSaidRelativeToItsOwnTensor() {
        Comparison c = new Comparison(Tolerance.WHOLE_MODEL);
        assertNull(c.check(got(100.009f, 50, 20, 7), BOXES));
        assertNull(c.check(got(1, 0.5f, 0.25f, 0), SCORES));
        assertEquals(0.009, c.maxAbs(), 1e-5);
        assertEquals(9e-5, c.maxRel(), 1e-7);
    }

    @Test
    void whatOneAsksForHoldsForEachElement() {
        assertNotNull(new Comparison(new Tolerance(1e-4, 0, false)).check(got(1, 0.5f, 0.25f, 0.00009f), SCORES));
    }
}
