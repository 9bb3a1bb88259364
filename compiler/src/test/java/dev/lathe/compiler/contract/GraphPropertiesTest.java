package dev.lathe.compiler.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import dev.lathe.codegen.interp.ProgramRun;
import dev.lathe.codegen.jar.JarContents;
import dev.lathe.codegen.jar.JarWriter;
import dev.lathe.compiler.CompilerOptions;
import dev.lathe.compiler.Lathe;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.lower.ProgramBuilder;
import dev.lathe.compiler.lower.TargetInfo;
import dev.lathe.compiler.lower.WinogradChoice;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.Model;
import dev.lathe.runtime.ModelOptions;
import dev.lathe.runtime.Session;
import dev.lathe.runtime.Target;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;

/**
 * Random graphs over shapes and element types: the graph as it is and the optimised one in the reference interpreter, and
 * jars for every target that this machine runs, with known and with open extents, on 1 and 3 threads: the optimised ones all give
 * the same bits, and the numbers are those that plain Java code computes. {@code -Djqwik.tries.default=N}: N graphs.
 */
class GraphPropertiesTest {
    private static final List<Target> TARGETS = Bits.targets(RandomGraph.of(1, dev.lathe.codegen.dim.Dim.list(2, 3, 4)));

    @Property(tries = 1, shrinking = ShrinkingMode.OFF)
    void atLeastPortableCodeRuns() {
        assertEquals(true, TARGETS.contains(Target.PORTABLE));
    }

    @Property
    void everyWayGivesTheSame(@ForAll @Size(max = 70) List<@IntRange(max = 10_000) Integer> choices, @ForAll @Size(3) List<@IntRange(min = 1, max = 37) Integer> extents,
            @ForAll @LongRange(min = 0, max = 1000) long seed) {
        check(new RandomModel(choices, extents.stream().mapToInt(x -> x).toArray(), seed, false));
    }

    @Property
    void whatFollowsAConvolutionGivesTheSame(@ForAll @Size(min = 8, max = 50) List<@IntRange(max = 10_000) Integer> choices,
            @ForAll @Size(3) List<@IntRange(min = 1, max = 9) Integer> extents, @ForAll @LongRange(min = 0, max = 1000) long seed) {
        check(new RandomModel(choices, extents.stream().mapToInt(x -> x).toArray(), seed, true));
    }

    private static void check(RandomModel m) {
        // as two paths of one jar, which choose their algorithms together
        List<Graph> paths = WinogradChoice.mark(List.of(Lathe.optimise(m.known), Lathe.optimise(m.open)));
        Graph optimised = paths.get(0);
        List<Object> want = interpret(optimised, m.inputs);
        near(m, "the source graph, interpreted", interpret(m.known, m.inputs));
        near(m, "the optimised graph, interpreted", want);
        same(m, want, optimised, "known extents");
        same(m, want, paths.get(1), "open extents");
    }

    private static void same(RandomModel m, List<Object> want, Graph g, String form) {
        CompilerOptions chosen = new CompilerOptions(null, TARGETS, List.of(), true, Map.of("winograd", "false"), List.of());
        JarContents c = Lathe.assemble(List.of(g), List.of("any"), chosen);
        for (Target t : TARGETS) {
            for (int threads : new int[] {1, 3}) {
                try (Model model = Model.of(JarWriter.image(c), c.id(), ModelOptions.DEFAULT.withTarget(t).withThreads(threads)); Session s = model.newSession()) {
                    for (int i = 0; i < m.inputs.size(); i++) {
                        Tensor x = m.inputs.get(i);
                        s.set(model.inputs().get(i).name(), dev.lathe.runtime.Tensor.of(x.type(), x.data(), x.dims()));
                    }
                    s.run();
                    for (int i = 0; i < want.size(); i++) {
                        Object got = ((dev.lathe.runtime.Tensor) s.outputValue(model.outputs().get(i).name())).array();
                        if (!equal(want.get(i), got)) {
                            fail(form + ", " + t.text() + ", " + threads + " threads: output " + i + " differs from the interpreter's" + story(m));
                        }
                    }
                }
            }
        }
    }

    /** To the last bit; NaNs are one. */
    private static boolean equal(Object a, Object b) {
        return a instanceof float[] x ? Arrays.equals(x, (float[]) b) : a instanceof double[] y ? Arrays.equals(y, (double[]) b)
                : a instanceof int[] i ? Arrays.equals(i, (int[]) b) : Arrays.equals((long[]) a, (long[]) b);
    }

    private static List<Object> interpret(Graph g, List<Tensor> in) {
        List<Object> r = new ArrayList<>();
        ProgramRun.run(ProgramBuilder.build(g, TargetInfo.PORTABLE, k -> k), in.stream().map(Tensor::data).toList(), in.stream().map(Tensor::dims).toList())
                .forEach(x -> r.add(x.array()));
        return r;
    }

    private static void near(RandomModel m, String what, List<Object> got) {
        for (int i = 0; i < got.size(); i++) {
            Naive want = m.outputs.get(i);
            assertEquals(want.v().length, java.lang.reflect.Array.getLength(got.get(i)), () -> what + story(m));
            double allowed = want.exact() ? 0 : 5e-4 * Math.max(1, want.largest());
            for (int k = 0; k < want.v().length; k++) {
                double g = ((Number) java.lang.reflect.Array.get(got.get(i), k)).doubleValue();
                double w = want.v()[k];
                if (!(Math.abs(g - w) <= allowed || g == w)) {
                    fail(what + ": output " + i + ", element " + k + " is " + g + ", should be " + w + story(m));
                }
            }
        }
    }

    private static String story(RandomModel m) {
        return "\n  " + String.join("\n  ", m.story);
    }
}
