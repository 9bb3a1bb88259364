package dev.lathe.compiler.pass;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.interp.ProgramRun;
import dev.lathe.codegen.program.Program;
import dev.lathe.compiler.Lathe;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.GraphBuilder;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.NarrowFloats;
import dev.lathe.runtime.Target;
import java.util.List;
import org.junit.jupiter.api.Test;

class WidenFloatsTest {
    private static final int N = 40;

    private final GraphBuilder b = new GraphBuilder();
    private final Value x = b.input("x", Type.tensor(ElementType.F16, N));

    private static float[] inputs() {
        float[] a = new float[N];
        for (int i = 0; i < N; i++) {
            a[i] = NarrowFloats.roundF16(0.1f + i * 0.37f);
        }
        return a;
    }

    private float[] run(Value out) {
        Graph g = new Graph("g", List.of(x), b.nodes(), List.of(out));
        Program p = Lathe.lower(Lathe.optimise(g), Target.PORTABLE);
        return (float[]) ProgramRun.run(p, List.of(inputs()), List.of(new int[] {N})).get(0).array();
    }

    @Test
    void aChainIsRoundedOnceAtItsEnd() {
        Value y = b.op("mul", x, x);
        float[] got = run(b.op("mul", b.op("sqrt", b.op("mul", y, y)), x));
        boolean everyStepWouldDiffer = false;
        for (int i = 0; i < N; i++) {
            float v = inputs()[i];
            float s = v * v;
            assertEquals(NarrowFloats.roundF16((float) Math.sqrt(s * s) * v), got[i]);
            float r = NarrowFloats.roundF16(s);
            everyStepWouldDiffer |= got[i] != NarrowFloats.roundF16(NarrowFloats.roundF16((float) Math.sqrt(NarrowFloats.roundF16(r * r))) * v);
        }
        assertTrue(everyStepWouldDiffer);
    }

    @Test
    void whatTheModelConvertsIsRounded() {
        Value wide = b.op("cast", Attrs.of("to", ElementType.F32), x);
        Value square = b.op("cast", Attrs.of("to", ElementType.F16), b.op("mul", wide, wide));
        float[] got = run(b.op("mul", square, x));
        for (int i = 0; i < N; i++) {
            float v = inputs()[i];
            assertEquals(NarrowFloats.roundF16(NarrowFloats.roundF16(v * v) * v), got[i]);
        }
    }

    @Test
    void weightsTakeTwoBytesInTheJarAsBefore() {
        float[] w = new float[N * N];
        for (int i = 0; i < w.length; i++) {
            w[i] = NarrowFloats.roundF16(i * 0.013f);
        }
        Value y = b.op("matmul", b.op("reshape", Attrs.of("dims", List.of(Dim.ONE, Dim.of(N))), x), b.constant(new Tensor(ElementType.F16, new int[] {N, N}, w)));
        Graph g = Lathe.optimise(new Graph("g", List.of(x), b.nodes(), List.of(y)));
        Program p = Lathe.lower(g, Target.PORTABLE);
        assertTrue(p.consts().stream().anyMatch(c -> c.file() == ElementType.F16 && ((float[]) c.data()).length >= N * N));
    }
}
