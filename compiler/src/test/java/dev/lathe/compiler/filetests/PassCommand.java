package dev.lathe.compiler.filetests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.interp.ProgramRun;
import dev.lathe.compiler.interp.Evaluator;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.ir.text.GraphPrinter;
import dev.lathe.compiler.lower.ProgramBuilder;
import dev.lathe.compiler.lower.TargetInfo;
import dev.lathe.compiler.pass.GraphVerifier;
import dev.lathe.compiler.pass.Pass;
import dev.lathe.compiler.pass.PassManager;
import dev.lathe.compiler.pass.Passes;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/**
 * {@code opt <pass> [idempotent] [close] [no-run]}: what one pass (or all, {@code standard}) makes of a graph. The result must be well formed and
 * compute the same bits as the graph did (nearly the same with {@code close}); with {@code idempotent} the pass
 * finds nothing left to do.
 */
final class PassCommand {
    private PassCommand() {}

    static String run(Command.Input in) {
        Map<String, Pass> passes = Passes.byName(Evaluator::fold);
        if (in.options().get(0).equals("standard")) {
            return check(in, g -> new PassManager(Passes.standard(Evaluator::fold)).run(g));
        }
        Pass pass = passes.get(in.options().get(0));
        if (pass == null) {
            throw new AssertionError("no pass " + in.options().get(0) + "; there are " + passes.keySet());
        }
        return check(in, pass::run);
    }

    private static String check(Command.Input in, UnaryOperator<Graph> pass) {
        Graph g = Commands.graph(in);
        assertEquals(List.of(), GraphVerifier.verify(g), "input");
        Graph r = pass.apply(g);
        assertEquals(List.of(), GraphVerifier.verify(r), "result");
        String text = GraphPrinter.print(r);
        if (in.options().contains("idempotent")) {
            assertEquals(text, GraphPrinter.print(pass.apply(r)), "run twice");
        }
        if (!in.options().contains("no-run")) {
            compare(g, r, in.options().contains("close"));
        }
        return text;
    }

    private static void compare(Graph g, Graph r, boolean close) {
        Random random = new Random(7);
        Map<String, Long> symbols = new TreeMap<>();
        List<Object> arrays = new ArrayList<>();
        List<int[]> dims = new ArrayList<>();
        for (Value v : g.inputs()) {
            v.tensor().dims().forEach(d -> d.symbols().forEach(s -> symbols.computeIfAbsent(s, k -> 2L + symbols.size())));
            dims.add(Dim.evalAll(v.tensor().dims(), symbols));
            arrays.add(data(v.elem(), Tensor.count(dims.get(dims.size() - 1)), random));
        }
        List<ProgramRun.Result> before = interpret(g, arrays, dims);
        List<ProgramRun.Result> after = interpret(r, arrays, dims);
        for (int i = 0; i < before.size(); i++) {
            assertEquals(List.of(box(before.get(i).dims())), List.of(box(after.get(i).dims())), "shape of result " + i);
            Object x = before.get(i).array();
            Object y = after.get(i).array();
            for (int k = 0; k < Tensor.count(before.get(i).dims()); k++) {
                Object a = java.lang.reflect.Array.get(x, k);
                Object b = java.lang.reflect.Array.get(y, k);
                if (close && a instanceof Float f) {
                    assertEquals(f, (Float) b, 1e-5f * Math.max(1, Math.abs(f)), "element " + k + " of result " + i);
                } else {
                    assertEquals(a, b, "element " + k + " of result " + i);
                }
            }
        }
    }

    private static String box(int[] a) {
        return java.util.Arrays.toString(a);
    }

    private static List<ProgramRun.Result> interpret(Graph g, List<Object> arrays, List<int[]> dims) {
        return ProgramRun.run(ProgramBuilder.build(g, TargetInfo.PORTABLE, k -> k), arrays, dims);
    }

    private static Object data(ElementType t, int n, Random random) {
        return switch (t.storage()) {
            case F32 -> {
                float[] a = new float[n];
                for (int i = 0; i < n; i++) {
                    // zeros of both signs are among them
                    a[i] = random.nextInt(8) == 0 ? (random.nextBoolean() ? 0f : -0f) : random.nextFloat() * 4 - 2;
                }
                yield a;
            }
            case F64 -> random.doubles(n).toArray();
            case I32 -> random.ints(n, 0, 2).toArray();
            case I64 -> random.longs(n, 0, 2).toArray();
            case REF -> throw new IllegalArgumentException("no strings");
        };
    }
}
