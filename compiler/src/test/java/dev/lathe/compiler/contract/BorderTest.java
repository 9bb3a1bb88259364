package dev.lathe.compiler.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.program.Step;
import dev.lathe.codegen.text.ProgramParser;
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
import dev.lathe.runtime.Session;
import dev.lathe.runtime.Target;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Borders of every form: each element of them is written, and none beside them, with known extents and open ones, by one step. */
class BorderTest {
    private static int[] numbers(String s) {
        return s.isEmpty() ? new int[0] : Arrays.stream(s.split(",")).mapToInt(Integer::parseInt).toArray();
    }

    /** Two padded tensors and one that is needed until the end, put in order by {@code perm}. */
    private static Graph graph(ElementType type, List<Dim> dims, int[] before, int[] after, int[] perm, double value) {
        GraphBuilder b = new GraphBuilder();
        Value x = b.input("x", Type.tensor(type, dims));
        Value keep = b.op("neg", x);
        Attrs pads = Attrs.of("before", Dim.list(IntStream.of(before).asLongStream().toArray()),
                "after", Dim.list(IntStream.of(after).asLongStream().toArray()), "mode", "constant");
        Value y = b.op("pad", pads, b.op("abs", x), b.constant(scalar(type, value)));
        Value z = b.op("pad", pads, keep, b.constant(scalar(type, value)));
        Value laid = b.op("transpose", Attrs.of("perm", perm), b.op("add", y, z));
        return b.finish("border", List.of(keep, laid, y));
    }

    private static Tensor scalar(ElementType type, double v) {
        return new Tensor(type, new int[0], switch (type.storage()) {
            case F32 -> new float[] {(float) v};
            case F64 -> new double[] {v};
            case I32 -> new int[] {(int) v};
            case I64 -> new long[] {(long) v};
            case REF -> throw new IllegalStateException();
        });
    }

    private static Naive padded(Naive x, int[] before, int[] after, double value) {
        int[] dims = x.dims().clone();
        for (int i = 0; i < dims.length; i++) {
            dims[i] += before[i] + after[i];
        }
        double[] v = new double[Tensor.count(dims)];
        Arrays.fill(v, value);
        for (int i = 0; i < x.v().length; i++) {
            int rest = i;
            int at = 0;
            int step = 1;
            for (int a = dims.length - 1; a >= 0; a--) {
                at += (rest % x.dims()[a] + before[a]) * step;
                rest /= x.dims()[a];
                step *= dims[a];
            }
            v[at] = x.v()[i];
        }
        return Naive.of(x.type(), dims, v, true);
    }

    private static List<Double> run(Model m, Tensor x, int output) {
        try (Session s = m.newSession()) {
            for (int turn = 0; turn < 2; turn++) {
                s.set("x", dev.lathe.runtime.Tensor.of(x.type(), x.data(), x.dims()));
                s.run();
            }
            dev.lathe.runtime.Tensor y = (dev.lathe.runtime.Tensor) s.outputValue(m.outputs().get(output).name());
            return IntStream.range(0, y.size()).mapToObj(y::number).toList();
        }
    }

    private static List<Double> list(double[] v) {
        return Arrays.stream(v).boxed().toList();
    }

    /** Extents, places before, places after, value, type, and steps that fill. */
    @ParameterizedTest
    @ValueSource(strings = {
        "1,6,5,16 0,1,1,0 0,1,1,0 0 f32 1", "1,6,5,16 0,0,0,0 0,1,1,0 0 f32 1", "1,6,5,3 0,1,2,0 0,0,0,0 0 f32 1", "1,6,5,1 0,1,1,0 0,1,1,0 -Infinity f32 1",
        "3,4,5,7 0,2,1,0 0,1,3,0 -3 f32 1", "1,1,1,20 0,1,1,0 0,1,1,0 0 f32 1", "2,3,4,5,6 0,1,2,1,0 0,2,0,1,0 1 f32 1", "1,3,4,5,6 0,1,1,1,0 0,1,1,1,0 1 f32 1",
        "1,9,6 0,3,0 0,2,0 0 f32 1", "4,9,6 0,3,0 0,2,0 0 f32 1", "1,9,6 0,3,0 0,0,0 0 f32 1", "7 2 3 5 f32 1", "3,4,5 1,0,2 1,0,1 2 f64 1",
        "2,3,4,5 0,0,0,3 0,0,0,2 2 i32 1", "2,3,4,5 1,1,1,1 1,1,1,1 2 i64 1", "1,40,50,64 0,8,8,0 0,8,8,0 0 f32 1", "1,0,5,4 0,1,1,0 0,0,1,0 7 f32 1",
        "1,0,5,4 0,1,1,0 0,1,1,0 7 f32 1", "2,3,0,4 0,0,2,0 0,1,1,0 7 f32 1"
    })
    void everyElementIsWritten(String line) {
        String[] s = line.split(" ");
        int[] dims = numbers(s[0]);
        int[] before = numbers(s[1]);
        int[] after = numbers(s[2]);
        double value = Double.parseDouble(s[3]);
        ElementType type = ElementType.valueOf(s[4].toUpperCase(java.util.Locale.ROOT));
        double[] v = new Random(3).ints(Tensor.count(dims), -40, 40).mapToDouble(i -> i == 0 ? 1 : i).toArray();
        Naive x = Naive.of(type, dims, v, true);
        Naive y = padded(Naive.of(type, dims, Arrays.stream(v).map(Math::abs).toArray(), true), before, after, value);
        int[] same = IntStream.range(0, dims.length).toArray();
        int[] last = IntStream.range(0, dims.length).map(i -> i < 1 ? i : i == dims.length - 1 ? 1 : i + 1).toArray();
        for (int open = 0; open < 4; open++) {
            List<Dim> d = new ArrayList<>();
            for (int i = 0; i < dims.length; i++) {
                boolean sym = open == 1 || open == 2 && i == 0 || open == 3 && i > 0 && i < dims.length - 1;
                d.add(sym ? Dim.sym("D" + i) : Dim.of(dims[i]));
            }
            for (int[] perm : new int[][] {same, last}) {
                Graph g = graph(type, d, before, after, perm, value);
                if (open == 0 && perm == same && Tensor.count(dims) > 0) {
                    assertEquals(2 * Integer.parseInt(s[5]), fills(g), line);
                }
                check(g, x, y, line + " open " + open);
            }
        }
    }

    private static void check(Graph g, Naive x, Naive want, String message) {
        for (Target t : List.of(Target.PORTABLE, Target.AVX512)) {
            for (int threads = 1; threads <= 2; threads++) {
                for (boolean poison : new boolean[] {false, true}) {
                    System.setProperty("lathe.poison", Boolean.toString(poison));
                    try (Model m = Bits.load(g, t, threads)) {
                        String at = message + " " + t + " " + threads + " " + poison;
                        assertEquals(list(Arrays.stream(x.v()).map(a -> -a).toArray()), run(m, x.tensor(), 0), at);
                        assertEquals(list(want.v()), run(m, x.tensor(), 2), at);
                    } catch (dev.lathe.runtime.TargetException e) {
                        // another machine's
                    } finally {
                        System.clearProperty("lathe.poison");
                    }
                }
            }
        }
    }

    /** Padded tensors side by side in another one lie with gaps between their lines, or between their images. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void besideEachOther(int axis) {
        int[] dims = {2, 4, 5, 6};
        int[] pads = {0, 1, 2, 0};
        GraphBuilder b = new GraphBuilder();
        Value x = b.input("x", Type.tensor(ElementType.F32, Dim.list(2, 4, 5, 6)));
        Attrs a = Attrs.of("before", Dim.list(0, 1, 2, 0), "after", Dim.list(0, 1, 2, 0), "mode", "constant");
        Value keep = b.op("neg", x);
        Value y = b.op("concat", Attrs.of("axis", axis), b.op("pad", a, b.op("abs", x)), b.op("pad", a, keep));
        Graph g = b.finish("beside", List.of(keep, y, y));
        Naive in = Naive.of(ElementType.F32, dims, new Random(5).ints(240, 1, 90).asDoubleStream().toArray(), true);
        Naive first = padded(in, pads, pads, 0);
        int[] joined = first.dims().clone();
        joined[axis] *= 2;
        double[] both = new double[2 * first.v().length];
        int run = Tensor.count(Arrays.copyOfRange(joined, axis, 4)) / 2;
        for (int i = 0; i < first.v().length; i++) {
            both[i / run * 2 * run + i % run] = first.v()[i];
            both[i / run * 2 * run + run + i % run] = first.v()[i] == 0 ? 0 : -first.v()[i];
        }
        check(g, in, Naive.of(ElementType.F32, joined, both, true), "axis " + axis);
    }

    private static long fills(Graph g) {
        String text = Lathe.assemble(List.of(Lathe.optimise(g)), List.of("any"), CompilerOptions.DEFAULT.withTargets(List.of(Target.PORTABLE))).texts()
                .entrySet().stream().filter(e -> e.getKey().endsWith("-portable.lir")).findFirst().orElseThrow().getValue();
        return ProgramParser.parse("border", text).flat().stream()
                .filter(st -> st instanceof Step.Run r && (r.kernel().startsWith("border") || r.kernel().startsWith("fill"))).count();
    }
}
