package dev.lathe.compiler.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.GraphBuilder;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.List;
import org.junit.jupiter.api.Test;

class ToleranceTest {
    @Test
    void narrowTypesMayBeOffByStepsOfTheirOwn() {
        assertEquals(Tolerance.WHOLE_MODEL, Tolerance.WHOLE_MODEL.of(ElementType.F32));
        assertEquals(4 * 0x1p-11 * 10 + 1e-7, Tolerance.WHOLE_MODEL.of(ElementType.F16).allowed(0, 10), 1e-12);
        assertEquals(4 * 0x1p-8 * 10 + 1e-7, Tolerance.WHOLE_MODEL.of(ElementType.BF16).allowed(0, 10), 1e-12);
    }

    @Test
    void narrowFloatsOnTheWayCountAndNarrowWeightsDont() {
        GraphBuilder b = new GraphBuilder();
        Value w = b.op("cast", Attrs.of("to", ElementType.F32), b.constant(new Tensor(ElementType.F16, new int[] {1}, new float[] {1})));
        Value sum = b.op("add", b.input("x", Type.tensor(ElementType.F32, 1)), w);
        assertEquals(Tolerance.WHOLE_MODEL, Tolerance.WHOLE_MODEL.of(b.finish("weights", List.of(sum))));
        Value half = b.op("cast", Attrs.of("to", ElementType.F16), sum);
        Value y = b.op("cast", Attrs.of("to", ElementType.F32), b.op("mul", half, half));
        assertEquals(Tolerance.WHOLE_MODEL.of(ElementType.F16), Tolerance.WHOLE_MODEL.of(b.finish("halves", List.of(y))));
        assertEquals(Tolerance.WHOLE_MODEL, Tolerance.WHOLE_MODEL.of((Graph) null));
    }

    @Test
    void whatIsSaidHolds() {
        assertEquals(Tolerance.ONNX_CASE, Tolerance.ONNX_CASE.of(ElementType.F16));
        Tolerance own = new Tolerance(1e-5, 0, false);
        assertEquals(own, own.of(ElementType.BF16));
    }
}
