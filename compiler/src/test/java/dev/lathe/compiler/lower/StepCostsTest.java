package dev.lathe.compiler.lower;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.text.DimText;
import dev.lathe.compiler.CompilerOptions;
import dev.lathe.compiler.Lathe;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.GraphBuilder;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a jar says its steps cost is what the model's operators are worth, on every target and for open shapes. */
class StepCostsTest {
    private static final Dim N = Dim.sym("N");

    private final GraphBuilder b = new GraphBuilder();

    private Value input(String name, Dim... dims) {
        return b.input(name, Type.tensor(ElementType.F32, List.of(dims)));
    }

    private Value weights(int... dims) {
        float[] f = new float[Tensor.count(dims)];
        for (int i = 0; i < f.length; i++) {
            f[i] = i % 7 - 3;
        }
        return b.constant(Tensor.ofFloats(dims, f));
    }

    private Value conv(Value x, int stride, int groups, Value w, Attrs more) {
        return b.op("conv", more.with("strides", new int[] {stride, stride}).with("dilations", new int[] {1, 1})
                .with("pads", new int[] {1, 1, 1, 1}).with("groups", groups).with("layout", "last"), x, w, weights(w.dim(0).intValue()));
    }

    /** The steps of one target with these symbols, each: operations, bytes read, bytes written. */
    private static List<long[]> steps(Graph g, Target target, Map<String, Long> symbols) {
        Map<String, String> texts = Lathe.assemble(List.of(Lathe.optimise(g)), List.of("any"), CompilerOptions.DEFAULT.withTargets(List.of(target))).texts();
        List<String> tables = texts.keySet().stream().filter(k -> k.endsWith("-" + target.text() + ".costs.tsv")).toList();
        assertEquals(1, tables.size(), texts.keySet().toString());
        List<String> lines = texts.get(tables.get(0)).lines().toList();
        assertEquals(StepCosts.HEAD, lines.get(0));
        List<long[]> r = new ArrayList<>();
        for (String line : lines.subList(1 + g.inputs().size(), lines.size())) {
            String[] c = line.split("\t");
            long[] costs = new long[3];
            for (int i = 0; i < 3; i++) {
                costs[i] = c[1 + i].equals("-") ? 0 : DimText.parse(c[1 + i]).eval(symbols::get);
            }
            r.add(costs);
        }
        return r;
    }

    private void operations(long multiplyAdds, Value result, Map<String, Long> symbols) {
        Graph g = b.finish("g", List.of(result));
        for (Target t : Target.values()) {
            assertEquals(2 * multiplyAdds, steps(g, t, symbols).stream().mapToLong(c -> c[0]).sum(), t.text());
        }
    }

    @Test
    void convolutions() {
        // 40 columns: panels that overlap, and more than one block of them
        operations(6L * 6 * 40 * 9 * 5, conv(input("x", Dim.ONE, Dim.of(11), Dim.of(11), Dim.of(5)), 2, 1, weights(40, 5, 3, 3), Attrs.NONE), Map.of());
    }

    @Test
    void groups() {
        operations(2L * 6 * 6 * 12 * 9 * 4, conv(input("x", Dim.of(2), Dim.of(11), Dim.of(11), Dim.of(8)), 2, 2, weights(12, 4, 3, 3), Attrs.NONE), Map.of());
    }

    @Test
    void depthwise() {
        // 22 channels: 16, 4 and two alone
        operations(8L * 8 * 22 * 9, conv(input("x", Dim.ONE, Dim.of(8), Dim.of(8), Dim.of(22)), 1, 22, weights(22, 1, 3, 3), Attrs.NONE), Map.of());
    }

    @Test
    void winogradCountsThePlainSum() {
        for (int size : new int[] {10, 50}) {
            GraphBuilder g = new GraphBuilder();
            Value x = g.input("x", Type.tensor(ElementType.F32, List.of(Dim.ONE, Dim.of(size), Dim.of(size), Dim.of(16))));
            Value w = g.constant(Tensor.ofFloats(new int[] {24, 16, 3, 3}, new float[24 * 16 * 9]));
            Value bias = g.constant(Tensor.ofFloats(new int[] {24}, new float[24]));
            Value y = g.op("conv", Attrs.of("strides", new int[] {1, 1}, "dilations", new int[] {1, 1}, "pads", new int[] {1, 1, 1, 1}, "groups", 1, "layout",
                    "last", "winograd", 4), x, w, bias);
            Graph graph = g.finish("w", List.of(y));
            StepCosts costs = new StepCosts();
            String table = costs.table(ProgramBuilder.build(graph, TargetInfo.PORTABLE, k -> k, costs));
            assertTrue(table.contains("winograd4"), table);
            long sum = table.lines().skip(2).map(l -> l.split("\t")[1]).filter(c -> !c.equals("-")).mapToLong(Long::parseLong).sum();
            assertEquals(2L * size * size * 9 * 16 * 24, sum, table);
        }
    }

    @Test
    void openShapes() {
        operations(7L * 33 * 20, b.op("matmul", input("x", N, Dim.of(33)), weights(33, 20)), Map.of("N", 7L));
    }

    @Test
    void productsOfTwoComputedMatrices() {
        operations(2L * 9 * 16 * 9, b.op("matmul", input("q", Dim.of(2), N, Dim.of(16)), input("k", Dim.of(2), Dim.of(16), N)), Map.of("N", 9L));
    }

    @Test
    void bytesCountEachElementOnce() {
        Value x = input("x", N, Dim.of(64));
        Graph sum = b.finish("sum", List.of(b.op("add", x, weights(64))));
        for (Target t : Target.values()) {
            List<long[]> steps = steps(sum, t, Map.of("N", 5L));
            assertEquals(1, steps.size());
            assertEquals(4 * (5 * 64 + 64), steps.get(0)[1], t.text());
            assertEquals(4 * 5 * 64, steps.get(0)[2], t.text());
        }
    }

    @Test
    void windowsThatOverlapAreReadOnce() {
        Graph g = b.finish("c", List.of(conv(input("x", Dim.ONE, Dim.of(9), Dim.of(9), Dim.of(8)), 2, 1, weights(16, 8, 3, 3), Attrs.NONE)));
        for (Target t : Target.values()) {
            long[] c = steps(g, t, Map.of()).stream().filter(s -> s[0] > 0).findFirst().orElseThrow();
            int read = 4 * (11 * 11 * 8 + 16 * 72 + 16);
            // a table of places may come in addition
            assertTrue(c[1] >= read && c[1] <= read + 4 * 72, t.text() + ": " + c[1]);
            assertEquals(4 * 5 * 5 * 16, c[2], t.text());
        }
    }

    @Test
    void lookUpsReadWhatTheyTake() {
        Value table = weights(1000, 8);
        Value at = b.input("at", Type.tensor(ElementType.I64, List.of(Dim.of(5))));
        Graph g = b.finish("g", List.of(b.op("gather", Attrs.of("axis", 0), table, at)));
        assertEquals(4 * 40 + 8 * 5, steps(g, Target.PORTABLE, Map.of()).stream().mapToLong(c -> c[1]).sum());
    }
}
