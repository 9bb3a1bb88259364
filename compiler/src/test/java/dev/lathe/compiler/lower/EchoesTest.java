package dev.lathe.compiler.lower;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.codegen.program.Program;
import dev.lathe.codegen.text.ProgramPrinter;
import dev.lathe.codegen.transform.Transform;
import dev.lathe.compiler.Lathe;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.models.Onnx;
import dev.lathe.compiler.onnx.ImportOptions;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is lowered like an earlier node gets what it would have got by itself: the same text, the same costs. */
class EchoesTest {
    private static final ElementType F32 = ElementType.F32;

    @TempDir
    Path folder;

    private Graph graph(Onnx o) throws IOException {
        Path file = folder.resolve("m.onnx");
        Files.write(file, o.bytes());
        return Lathe.optimise(Lathe.read(file, ImportOptions.NONE));
    }

    /** Steps that were repeated. */
    private static int check(Graph g, String target, String what) {
        TargetInfo t = TargetInfo.of(target);
        String[] texts = new String[2];
        int[] repeated = new int[2];
        for (int i = 0; i < 2; i++) {
            StepCosts costs = new StepCosts();
            Lower cx = new Lower(t, costs, i == 1);
            Program p = ProgramBuilder.build(g, cx, k -> Transform.forTarget(k, t.lanes()));
            texts[i] = ProgramPrinter.print(p, c -> "const_" + c.buffer()).text() + costs.table(p);
            repeated[i] = cx.repeated();
        }
        assertEquals(texts[0], texts[1], what);
        assertEquals(0, repeated[0]);
        return repeated[1];
    }

    /** Layers of few kinds in any order; images of two channels keep their size. */
    private static Onnx layers(long seed, int count) {
        Random r = new Random(seed);
        Onnx o = new Onnx("layers").input("x", F32, 1, 2, 4, 4).weight("w", values(r, 2, 2, 3, 3)).weight("other", values(r, 2, 2, 3, 3))
                .weight("taps", values(r, 2, 1, 3, 3)).weight("b", values(r, 2)).weight("square", values(r, 4, 4)).weight("g", values(r, 4))
                .weight("axes", Tensor.ofLongs(new int[] {1}, 3)).weight("pads", Tensor.ofLongs(new int[] {8}, 0, 0, 1, 0, 0, 0, -1, 0))
                .weight("ix", Tensor.ofLongs(new int[] {4}, 3, 1, 0, 2)).weight("s", Tensor.ofFloats(new int[0], 0.5f));
        // names that steps give their own buffers, too
        String[] names = {"scratch", "packed", "border", "v"};
        String before = "x";
        String last = "x";
        for (int i = 0; i < count; i++) {
            String out = i < names.length ? names[i] : "v" + i;
            String n = "n" + i;
            switch (r.nextInt(14)) {
                case 0, 1 -> o.node("Conv", n, last + (r.nextInt(4) == 0 ? " other b" : " w"), out, Onnx.ints("pads", 1, 1, 1, 1));
                case 2 -> o.node("Conv", n, last + " taps", out, Onnx.ints("pads", 1, 1, 1, 1), Onnx.integer("group", 2));
                case 3 -> o.node("MaxPool", n, last, out, Onnx.ints("pads", 1, 1, 1, 1), Onnx.ints("kernel_shape", 3, 3));
                case 4 -> o.node("AveragePool", n, last, out, Onnx.ints("pads", 1, 1, 1, 1), Onnx.ints("kernel_shape", 3, 3));
                case 5 -> o.node("Softmax", n, last, out, Onnx.integer("axis", r.nextInt(4)));
                case 6 -> o.node("ReduceSum", n + "s", last + " axes", n + "sum").node("Sub", n, last + " " + n + "sum", out);
                case 7 -> o.node("Transpose", n, last, out, Onnx.ints("perm", 0, 1, 3, 2));
                case 8 -> o.node("Pad", n, last + " pads", out);
                case 9 -> o.node("Add", n, last + " " + before, out);
                case 10 -> o.node("MatMul", n, last + " square", out);
                case 11 -> o.node("LayerNormalization", n, last + " g", out);
                case 12 -> o.node("Gather", n, last + " ix", out, Onnx.integer("axis", 3));
                default -> o.weight(n + "w", values(r, 2, 2, 3, 3)).node("Conv", n, last + " " + n + "w", out, Onnx.ints("pads", 1, 1, 1, 1));
            }
            before = last;
            last = out;
        }
        return o.output(last, F32);
    }

    private static Tensor values(Random r, int... dims) {
        float[] f = new float[Tensor.count(dims)];
        for (int i = 0; i < f.length; i++) {
            f[i] = r.nextFloat() - 0.5f;
        }
        return Tensor.ofFloats(dims, f);
    }

    @Test
    void whatIsRepeatedIsWhatWouldHaveBeenMade() throws IOException {
        int repeated = 0;
        for (int seed = 0; seed < 12; seed++) {
            Graph g = graph(layers(seed, 120));
            repeated += check(g, "portable", "seed " + seed) + check(g, "avx512", "seed " + seed);
        }
        // else nothing was compared
        assertTrue(repeated > 1000, repeated + " nodes were repeated");
    }

    @Test
    void aLongChainIsRepeatedButForItsFirstLinks() throws IOException {
        Onnx o = new Onnx("chain").input("x", F32, 1, 2, 4, 4).weight("w", values(new Random(1), 2, 2, 3, 3));
        for (int i = 0; i < 200; i++) {
            o.node("Conv", "n" + i, (i == 0 ? "x" : "v" + (i - 1)) + " w", "v" + i, Onnx.ints("pads", 1, 1, 1, 1));
        }
        int repeated = check(graph(o.output("v199", F32)), "portable", "chain");
        // each convolution and each border
        assertTrue(repeated > 380, repeated + " nodes were repeated");
    }
}
