package dev.lathe.compiler.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.compiler.tensor.Datum.TensorDatum;
import dev.lathe.compiler.tensor.Tensor;
import java.util.List;
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

    private static Comparison together(Tolerance t) {
        Comparison c = new Comparison(t);
        c.together(List.of(BOXES, SCORES));
        return c;
    }

    @Test
    void errorsCountAgainstTheLargestFloatOfTheModel() {
        assertNull(together(Tolerance.WHOLE_MODEL).check(got(1, 0.5f, 0.25f, 0.005f), SCORES));
        assertNotNull(new Comparison(Tolerance.WHOLE_MODEL).check(got(1, 0.5f, 0.25f, 0.005f), SCORES));
        assertNotNull(together(Tolerance.WHOLE_MODEL).check(got(100, 50, 20, 7.02f), BOXES));
    }

    @Test
    void smallNumbersBesideLargeOnesAreHeldToTheirDirection() {
        Comparison c = together(Tolerance.WHOLE_MODEL);
        assertNull(c.check(got(100.009f, 50, 20, 7), BOXES));
        String wrong = together(Tolerance.WHOLE_MODEL).check(recordedScores(), recorded(0.011f, 0.004f, 0.002f, 0));
        assertNotNull(wrong);
        assertTrue(wrong.contains("cosine"), wrong);
    }

    // each is within 1e-4 of 100
    private static dev.lathe.runtime.Tensor recordedScores() {
        return got(0.004f, 0.011f, 0.002f, 0);
    }

    @Test
    void roundingStepsOfTheLargeOnesAreNoDeparture() {
        Comparison c = new Comparison(Tolerance.WHOLE_MODEL);
        c.together(List.of(BOXES, recorded(1e-5f, 2e-5f)));
        assertNull(c.check(got(3e-5f, 1e-5f), recorded(1e-5f, 2e-5f)));
        assertNotNull(c.check(got(3e-4f, 1e-5f), recorded(1e-5f, 2e-4f)));
    }

    @Test
    void theLargestErrorIsSaidRelativeToItsOwnTensor() {
        Comparison c = together(Tolerance.WHOLE_MODEL);
        assertNull(c.check(got(100.009f, 50, 20, 7), BOXES));
        assertNull(c.check(got(1, 0.5f, 0.25f, 0), SCORES));
        assertEquals(0.009, c.maxAbs(), 1e-5);
        assertEquals(9e-5, c.maxRel(), 1e-7);
    }

    @Test
    void whatOneAsksForHoldsForEachElement() {
        assertNotNull(together(new Tolerance(1e-4, 0, false)).check(got(1, 0.5f, 0.25f, 0.005f), SCORES));
    }
}
