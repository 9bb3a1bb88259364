package dev.lathe.compiler.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lathe.runtime.ElementType;
import org.junit.jupiter.api.Test;

class ToleranceTest {
    @Test
    void narrowTypesMayBeOffByStepsOfTheirOwn() {
        assertEquals(Tolerance.WHOLE_MODEL, Tolerance.WHOLE_MODEL.of(ElementType.F32));
        assertEquals(4 * 0x1p-11 * 10 + 1e-7, Tolerance.WHOLE_MODEL.of(ElementType.F16).allowed(0, 10), 1e-12);
        assertEquals(4 * 0x1p-8 * 10 + 1e-7, Tolerance.WHOLE_MODEL.of(ElementType.BF16).allowed(0, 10), 1e-12);
    }

    @Test
    void whatIsSaidHolds() {
        assertEquals(Tolerance.ONNX_CASE, Tolerance.ONNX_CASE.of(ElementType.F16));
        Tolerance own = new Tolerance(1e-5, 0, false);
        assertEquals(own, own.of(ElementType.BF16));
    }
}
