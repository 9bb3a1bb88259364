package dev.lathe.compiler.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.jar.JarContents;
import dev.lathe.codegen.jar.JarWriter;
import dev.lathe.compiler.CompilerOptions;
import dev.lathe.compiler.Lathe;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.GraphBuilder;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.Model;
import dev.lathe.runtime.ModelOptions;
import dev.lathe.runtime.Session;
import dev.lathe.runtime.Target;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Kernels that are called beside the runs: where there are vectors, with the results of other targets, and nothing left behind. */
class RehearsalTest {
    private static final int CHANNELS = 24;

    /** Two convolutions with rests of rows, columns and vectors, a residual and a maximum. */
    private static Graph graph(Dim height, Dim width) {
        Random r = new Random(5);
        GraphBuilder b = new GraphBuilder();
        Value x = b.input("x", Type.tensor(ElementType.F32, List.of(Dim.ONE, Dim.of(CHANNELS), height, width)));
        Value wide = b.op("relu", conv(b, r, x, CHANNELS, 43, 1, 0));
        Value back = conv(b, r, wide, 43, CHANNELS, 3, 1);
        return b.finish("rehearsed", List.of(b.op("relu", b.op("add", back, x))));
    }

    private static Value conv(GraphBuilder b, Random r, Value x, int in, int out, int window, int pad) {
        Value w = b.constant(Tensor.ofFloats(new int[] {out, in, window, window}, floats(r, out * in * window * window)));
        Attrs a = Attrs.of("strides", new int[] {1, 1}, "dilations", new int[] {1, 1}, "pads", new int[] {pad, pad, pad, pad}, "groups", 1, "layout", "first");
        return b.op("conv", a, x, w, b.constant(Tensor.ofFloats(new int[] {out}, floats(r, out))));
    }

    private static float[] floats(Random r, int n) {
        float[] f = new float[n];
        for (int i = 0; i < n; i++) {
            f[i] = r.nextFloat() - 0.5f;
        }
        return f;
    }

    private static boolean rehearses(Graph g, Target t) throws IOException {
        CompilerOptions o = CompilerOptions.DEFAULT.withTargets(List.of(t));
        JarContents c = Lathe.assemble(List.of(Lathe.optimise(g)), List.of("only"), o);
        try (InputStream in = JarWriter.image(c).open(c.id().replace('.', '/') + "$Rehearsal.class")) {
            return in != null;
        }
    }

    @Test
    void modelsWithVectorsRehearse() throws IOException {
        Graph large = graph(Dim.of(101), Dim.of(103));
        assertTrue(rehearses(large, Target.AVX512));
        assertTrue(rehearses(large, Target.AVX2));
        assertTrue(rehearses(graph(Dim.sym("H"), Dim.sym("W")), Target.NEON));
        assertEquals(false, rehearses(large, Target.PORTABLE));
        assertTrue(rehearses(graph(Dim.of(11), Dim.of(13)), Target.AVX512));
    }

    @Test
    void resultsAreThoseOfOtherTargetsFromTheFirstRunOn() {
        oneDigest(101, 103, 4);
    }

    @Test
    void resultsAreTheSameWhenKernelsAreCalledBetweenRuns() {
        oneDigest(11, 13, 200);
    }

    private static void oneDigest(int height, int width, int runs) {
        Tensor x = Tensor.ofFloats(new int[] {1, CHANNELS, height, width}, floats(new Random(6), CHANNELS * height * width));
        for (Graph g : List.of(graph(Dim.of(height), Dim.of(width)), graph(Dim.sym("H"), Dim.sym("W")))) {
            // of one model each: Winograd's forms are chosen by extents where they are known
            Set<String> digests = new TreeSet<>();
            for (Target t : Bits.targets(g)) {
                Set<Thread> before = Thread.getAllStackTraces().keySet();
                try (Model m = Bits.load(g, t, 2); Session s = m.newSession()) {
                    for (int run = 0; run < runs; run++) {
                        digests.add(Bits.digest(m, s, List.of(x)));
                    }
                }
                Set<Thread> after = Thread.getAllStackTraces().keySet();
                after.removeAll(before);
                assertTrue(after.stream().noneMatch(th -> th.isAlive() && th.getName().contains("rehearsed")), after.toString());
            }
            assertEquals(1, digests.size());
        }
    }
}
