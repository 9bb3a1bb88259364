package dev.lathe.compiler.interp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.codegen.interp.ProgramRun;
import dev.lathe.compiler.Lathe;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.GraphBuilder;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.lower.ProgramBuilder;
import dev.lathe.compiler.lower.TargetInfo;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.Target;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class InDoublesTest {
    private final GraphBuilder b = new GraphBuilder();

    private Graph graph(Value... outputs) {
        return b.finish("g", List.of(outputs));
    }

    private static Object run(Graph g, boolean asShipped, Object... inputs) {
        List<int[]> dims = g.inputs().stream().map(v -> v.tensor().ints()).toList();
        return ProgramRun.run(asShipped ? Lathe.lower(Lathe.optimise(g), Target.PORTABLE) : ProgramBuilder.build(g, TargetInfo.PORTABLE, k -> k), Arrays.asList(inputs), dims)
                .get(0).array();
    }

    /** The sum of 1000 products in any order, to about the last bit of a double. */
    @Test
    void sumsAreThoseOfDoubles() {
        int n = 1000;
        Random r = new Random(3);
        float[] x = new float[n];
        float[] w = new float[n];
        double want = 0;
        double size = 0;
        for (int i = 0; i < n; i++) {
            x[i] = r.nextFloat() - 0.5f;
            w[i] = r.nextFloat() - 0.5f;
            want += (double) x[i] * w[i];
            size += Math.abs((double) x[i] * w[i]);
        }
        Value in = b.input("x", Type.tensor(ElementType.F32, 1, n));
        Graph g = graph(b.op("matmul", in, b.constant(new Tensor(ElementType.F32, new int[] {n, 1}, w))));
        double narrow = ((float[]) run(g, true, (Object) x))[0];
        assertTrue(Math.abs(narrow - want) > 1e-9 * size, "f32 is as exact as f64 here, and shows nothing");
        for (boolean asShipped : new boolean[] {false, true}) {
            assertEquals(want, ((double[]) run(InDoubles.of(g), asShipped, (Object) InDoubles.widened(Tensor.ofFloats(new int[] {1, n}, x)).data()))[0], 1e-14 * size);
        }
    }

    @Test
    void functionsAreThoseOfDoubles() {
        Value x = b.input("x", Type.tensor(ElementType.F32, 3));
        Value half = b.op("cast", Attrs.of("to", ElementType.F16), b.op("exp", x));
        Graph g = InDoubles.of(graph(b.op("sqrt", b.op("sigmoid", b.op("cast", Attrs.of("to", ElementType.F32), half)))));
        double[] in = {-2, 0.3, 1};
        double[] want = Arrays.stream(in).map(v -> Math.sqrt(1 / (1 + Math.exp(-Math.exp(v))))).toArray();
        assertArrayEquals(want, (double[]) run(g, true, (Object) in), 1e-15);
        assertArrayEquals(want, (double[]) run(g, false, (Object) in), 1e-15);
    }

    @Test
    void wholeNumbersAndFloatsOfFewBitsAreRounded() {
        Value x = b.input("x", Type.tensor(ElementType.F32, 3));
        Value whole = b.op("cast", Attrs.of("to", ElementType.F32), b.op("cast", Attrs.of("to", ElementType.I8), b.op("round", x)));
        Value few = b.op("cast", Attrs.of("to", ElementType.F32), b.op("cast", Attrs.of("to", ElementType.F8E4M3FN), x));
        Graph g = InDoubles.of(graph(b.op("add", whole, few)));
        assertArrayEquals(new double[] {1 + 1.125, -3 - 2.5, 7 + 7}, (double[]) run(g, true, (Object) new double[] {1.1, -2.6, 7.2}), 0);
    }

    @Test
    void branchesAreTakenAsTheyFall() {
        Value x = b.input("x", Type.tensor(ElementType.F32));
        GraphBuilder then = b.region();
        GraphBuilder otherwise = b.region();
        Value t = then.op("mul", x, then.scalar(ElementType.F32, 3));
        Value o = otherwise.op("neg", x);
        Value y = b.add("if", List.of(b.op("lt", x, b.scalar(ElementType.F32, 1))), Attrs.NONE,
                List.of(then.finish("then", List.of(t)), otherwise.finish("else", List.of(o)))).get(0);
        Graph g = InDoubles.of(graph(y));
        assertArrayEquals(new double[] {0.1 * 3}, (double[]) run(g, true, (Object) new double[] {0.1}), 0);
        assertArrayEquals(new double[] {-1.1}, (double[]) run(g, true, (Object) new double[] {1.1}), 0);
    }

    @Test
    void whatIsOfOneTypeAloneIsRefused() {
        Value x = b.input("x", Type.tensor(ElementType.F32, 2));
        assertThrows(LatheException.class, () -> InDoubles.of(graph(b.op("bitcast", Attrs.of("to", ElementType.I32), x))));
    }

    @Test
    void coarseSigmoidsAreAsExactAsTheLastBitOfOne() {
        Value x = b.input("x", Type.tensor(ElementType.F32, 4));
        Graph g = CoarseSigmoids.of(graph(b.op("sigmoid", x)));
        float[] in = {-18, -16, 0, 3};
        float[] got = (float[]) run(g, true, (Object) in);
        for (int i = 0; i < in.length; i++) {
            assertEquals((float) (1 + 1 / (1 + Math.exp(-in[i]))) - 1, got[i], i < 2 ? 0 : 0x1p-23);
        }
        assertEquals(0, got[0]);
    }
}
