package dev.lathe.compiler.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
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
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Winograd's forms beside the plain sum: small error, the same bits on every target and path, and off where that is wanted. */
class WinogradTest {
    /** What follows the convolution. */
    private enum After { NOTHING, RELU, RESIDUAL }

    private static Graph graph(List<Dim> dims, int columns, int pad, After after, int form) {
        Random r = new Random(11);
        int channels = dims.get(3).intValue();
        GraphBuilder b = new GraphBuilder();
        Value x = b.input("x", Type.tensor(ElementType.F32, dims));
        Value w = b.constant(Tensor.ofFloats(new int[] {columns, channels, 3, 3}, Bits.floats(r, columns * channels * 9)));
        Value bias = b.constant(Tensor.ofFloats(new int[] {columns}, Bits.floats(r, columns)));
        Attrs a = Attrs.of("strides", new int[] {1, 1}, "dilations", new int[] {1, 1}, "pads", new int[] {pad, pad, pad, pad}, "groups", 1, "layout", "last");
        Value y = b.op("conv", form == 0 ? a : a.with("winograd", form), x, w, bias);
        return b.finish("w", List.of(switch (after) {
            case NOTHING -> y;
            case RELU -> b.op("relu", y);
            case RESIDUAL -> b.op("relu", b.op("add", b.op("mul", y, b.constant(Tensor.ofFloats(new int[] {columns}, Bits.floats(r, columns)))), x));
        }));
    }

    private static float[] run(Model model, Tensor x) {
        try (Model m = model; Session s = m.newSession()) {
            Bits.digest(m, s, List.of(x));
            return s.output(m.outputs().get(0).name()).toFloats();
        }
    }

    private static float[] plain(Graph g, Tensor x) {
        CompilerOptions off = new CompilerOptions(null, List.of(Target.PORTABLE), List.of(), true, Map.of("winograd", "false"), List.of());
        JarContents c = Lathe.assemble(List.of(Lathe.optimise(g)), List.of("only"), off);
        return run(Model.of(JarWriter.image(c), c.id(), ModelOptions.DEFAULT), x);
    }

    @Test
    void allTargetsGiveTheSameBitsWhateverIsKnown() {
        // images, height, width, channels, columns, pad; few tiles and many, whole ones and parts, channels that fill vectors or don't
        int[][] shapes = {
            {1, 4, 4, 8, 8, 1}, {1, 7, 5, 16, 40, 1}, {2, 13, 14, 24, 24, 1}, {1, 40, 37, 16, 17, 1}, {1, 33, 32, 48, 48, 0}, {1, 3, 3, 9, 33, 0}, {3, 1, 2, 20, 10, 1},
            {1, 5, 6, 1040, 16, 1}
        };
        for (int[] s : shapes) {
            for (int form : new int[] {2, 4}) {
                for (After after : After.values()) {
                    if (after == After.RESIDUAL && (s[3] != s[4] || s[5] != 1)) {
                        continue;
                    }
                    String what = Arrays.toString(s) + " " + form + " " + after;
                    Tensor x = Tensor.ofFloats(new int[] {s[0], s[1], s[2], s[3]}, Bits.floats(new Random(3), s[0] * s[1] * s[2] * s[3]));
                    List<Dim> known = Dim.list(s[0], s[1], s[2], s[3]);
                    Graph g = graph(known, s[4], s[5], after, form);
                    List<Target> targets = Bits.targets(g);
                    Graph open = graph(List.of(Dim.sym("N"), Dim.sym("H"), Dim.sym("W"), Dim.of(s[3])), s[4], s[5], after, form);
                    assertEquals(1, Bits.both(g, targets, open, targets, List.of(x)).size(), what);
                    float[] want = plain(graph(known, s[4], s[5], after, 0), x);
                    float most = 0;
                    for (float f : want) {
                        most = Math.max(most, Math.abs(f));
                    }
                    assertArrayEquals(want, run(Bits.load(g, Target.PORTABLE, 1), x), 1e-5f * most, what);
                }
            }
        }
    }

    @Test
    void aJarHoldsTheWeightsNotWhatStandsForThem() {
        List<Dim> open = List.of(Dim.sym("N"), Dim.sym("H"), Dim.sym("W"), Dim.of(64));
        for (int form : new int[] {2, 4}) {
            List<Graph> paths = List.of(graph(Dim.list(1, 20, 20, 64), 72, 1, After.RELU, form), graph(open, 72, 1, After.RELU, form));
            CompilerOptions two = CompilerOptions.DEFAULT.withTargets(List.of(Target.PORTABLE, Target.AVX2));
            Map<String, String> stamp = stamp(Lathe.assemble(paths, List.of("one", "any"), two));
            String weights = stamp.entrySet().stream().filter(e -> e.getKey().endsWith("weights.bin")).findFirst().orElseThrow().getValue();
            long bytes = Long.parseLong(weights.split(" ")[0]);
            assertTrue(bytes < 4L * (64 * 72 * 9 + 2 * 72) + 1024, bytes + " bytes");
        }
    }

    private static Map<String, String> stamp(JarContents c) {
        try (Model m = Model.of(JarWriter.image(c), c.id(), ModelOptions.DEFAULT)) {
            return m.stamp();
        }
    }

    private static long marked(JarContents c) {
        return c.texts().entrySet().stream().filter(e -> e.getKey().endsWith(".lir") && e.getValue().contains("winograd")).count();
    }

    @Test
    void theChoiceIsMadeOnceForAllPathsAndCanBeTurnedOff() {
        CompilerOptions o = CompilerOptions.DEFAULT.withTargets(List.of(Target.PORTABLE));
        Graph large = Lathe.optimise(graph(Dim.list(1, 32, 32, 32), 32, 1, After.RELU, 0));
        Graph small = Lathe.optimise(graph(Dim.list(1, 1, 1, 32), 32, 1, After.RELU, 0));
        Graph open = Lathe.optimise(graph(List.of(Dim.ONE, Dim.sym("H"), Dim.sym("W"), Dim.of(32)), 32, 1, After.RELU, 0));
        assertTrue(marked(Lathe.assemble(List.of(large), List.of("only"), o)) == 1);
        assertTrue(marked(Lathe.assemble(List.of(small), List.of("only"), o)) == 0);
        // a path for one pixel goes the way of the path for any size
        assertTrue(marked(Lathe.assemble(List.of(small, open), List.of("one", "any"), o)) == 2);
        CompilerOptions off = new CompilerOptions(null, o.targets(), List.of(), true, Map.of("winograd", "false"), List.of());
        JarContents c = Lathe.assemble(List.of(large), List.of("only"), off);
        assertTrue(marked(c) == 0);
        assertEquals("false", c.properties().get("option.winograd"));
    }
}
