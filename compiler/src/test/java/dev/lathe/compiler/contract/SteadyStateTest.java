package dev.lathe.compiler.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.text.GraphParser;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.Model;
import dev.lathe.runtime.Session;
import dev.lathe.runtime.Target;
import dev.lathe.runtime.Tensor;
import dev.lathe.runtime.TensorSpec;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Several models of all targets in one process, in turns: none of them allocates once compiled, at most {@code -Dlathe.steady=SECONDS}
 * later. What the JIT compiler makes of a kernel depends on all that has run before, and on when its threads had time; a vector that it keeps
 * as an object shows here. So this is run by itself, in a JVM of its own, and not with all tests.
 */
@EnabledIfSystemProperty(named = "lathe.steady", matches = "[1-9][0-9]*", disabledReason = "depends on the JIT's timing; see docs/guarantees.md")
class SteadyStateTest {
    private static final long SECONDS = Integer.getInteger("lathe.steady", 0);

    private static String conv(String out, String in, String w, int groups, int kernel, String type) {
        int p = kernel / 2;
        return String.format("%s: %s = conv(%s, %s) {dilations = [1,1], groups = %d, layout = \"first\", pads = [%d,%d,%d,%d], strides = [1,1]}", out, type, in, w,
                groups, p, p, p, p);
    }

    private static String constant(String name, String type, String value) {
        return name + ": " + type + " = const() {value = splat(" + value + ")}";
    }

    private static Graph graph(String name, String input, String result, String... lines) {
        return GraphParser.parse(name, "lathe 1\ngraph @" + name + "(%x: " + input + ") -> (" + result + ") {\n" + String.join("\n", lines) + "\nreturn " + result + "\n}\n");
    }

    /** Depthwise windows and a 1x1 layer, hard-swish behind them; channels that fill one, two or half a vector. */
    private static Graph light(int channels, int kernel) {
        String t = "f32[1," + channels + ",14,14]";
        return graph("light" + channels + "x" + kernel, t, "%r", constant("%w", "f32[" + channels + ",1," + kernel + "," + kernel + "]", "0.1"), conv("%d", "%x", "%w", channels, kernel, t),
                constant("%three", "f32[]", "3.0"), constant("%zero", "f32[]", "0.0"), constant("%six", "f32[]", "6.0"), constant("%sixth", "f32[]", "0.16666667"),
                "%a: " + t + " = add(%d, %three)", "%b: " + t + " = max(%a, %zero)", "%c: " + t + " = min(%b, %six)", "%e: " + t + " = mul(%c, %sixth)", "%s: " + t + " = mul(%d, %e)",
                constant("%v", "f32[" + channels + "," + channels + ",1,1]", "0.02"), conv("%r", "%s", "%v", 1, 1, t));
    }

    /** What Winograd's forms take. */
    private static Graph heavy(int channels) {
        String t = "f32[1," + channels + ",24,24]";
        return graph("heavy" + channels, t, "%r", constant("%w", "f32[" + channels + "," + channels + ",3,3]", "0.01"), conv("%y", "%x", "%w", 1, 3, t), "%r: " + t + " = relu(%y)");
    }

    /** A matrix product, then functions that are polynomials. */
    private static Graph attention(int columns) {
        String t = "f32[32," + columns + "]";
        return graph("attention" + columns, "f32[32,64]", "%r", constant("%w", "f32[64," + columns + "]", "0.01"), "%y: " + t + " = matmul(%x, %w)",
                "%s: " + t + " = softmax(%y) {axis = 1}", "%g: " + t + " = sigmoid(%s)", "%r: " + t + " = mul(%g, %s)");
    }

    private static List<Graph> graphs() {
        return List.of(light(16, 3), light(24, 5), heavy(32), attention(100), light(48, 5), light(20, 3), heavy(8), attention(36));
    }

    // what a jar of target "auto" may hold, and vectors of another length
    private static List<Target> targets() {
        return Target.best() == Target.AVX512 ? List.of(Target.AVX512, Target.AVX2) : List.of(Target.best());
    }

    @Test
    void severalModelsInOneProcessAllocateNothing() {
        List<Session> sessions = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (Graph g : graphs()) {
            for (Target t : targets()) {
                Model m = Bits.load(g, t, 1);
                sessions.add(m.newSession());
                names.add(m.name() + " " + t.text());
            }
        }
        Map<String, Long> left = new TreeMap<>();
        names.forEach(n -> left.put(n, Long.MAX_VALUE));
        long end = System.nanoTime() + SECONDS * 1_000_000_000L;
        while (!left.isEmpty() && System.nanoTime() < end) {
            left.clear();
            for (int i = 0; i < sessions.size(); i++) {
                long bytes = allocated(sessions.get(i));
                if (bytes > 0) {
                    left.put(names.get(i), bytes);
                }
            }
        }
        sessions.forEach(s -> s.model().close());
        assertEquals(Map.of(), left, "bytes allocated in a run");
    }

    private static long allocated(Session s) {
        TensorSpec in = s.model().inputs().get(0);
        int[] shape = in.dims().stream().mapToInt(d -> (int) d.min()).toArray();
        Tensor x = Tensor.of(ElementType.F32, new float[Arrays.stream(shape).reduce(1, Math::multiplyExact)], shape);
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 300; i++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            s.set(in.name(), x);
            s.run();
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        return least;
    }
}
