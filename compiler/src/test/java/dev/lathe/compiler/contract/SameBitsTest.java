package dev.lathe.compiler.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.interp.ProgramRun;
import dev.lathe.compiler.Lathe;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.lower.ProgramBuilder;
import dev.lathe.compiler.lower.TargetInfo;
import dev.lathe.compiler.models.TestModels;
import dev.lathe.compiler.onnx.ImportOptions;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.Target;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** One digest whatever the target, the number of threads, the kind of path, the tier of the JIT and the process. */
class SameBitsTest {
    private static final int GRAPHS = Integer.getInteger("lathe.fuzz", 10);

    @Test
    void randomGraphs() {
        List<Dim> symbols = List.of(Dim.sym("A"), Dim.sym("B"), Dim.sym("C"));
        List<Target> targets = null;
        for (long seed = 0; seed < GRAPHS; seed++) {
            // all different: equal extents would allow operations that the symbols don't
            int[] n = {1 + (int) (seed * 7 % 11), 12 + (int) (seed * 11 % 13), 25 + (int) (seed * 5 % 11)};
            Graph fixed = RandomGraph.of(seed, Dim.list(n[0], n[1], n[2]));
            Graph open = RandomGraph.of(seed, symbols);
            targets = targets == null ? Bits.targets(fixed) : targets;
            List<Tensor> in = RandomGraph.inputs(seed, n);
            Map<String, String> all = Bits.all(fixed, "static", targets, in);
            all.putAll(Bits.all(open, "symbolic", targets, in));
            List<float[]> plain = interpret(Lathe.optimise(fixed), in);
            all.put("interpreter", Bits.digest(plain));
            assertEquals(1, new HashSet<>(all.values()).size(), "seed " + seed + ": " + all);
            near(interpret(fixed, in), plain, seed);
        }
        assertTrue(targets.contains(Target.PORTABLE));
    }

    private static List<float[]> interpret(Graph g, List<Tensor> in) {
        return ProgramRun.run(ProgramBuilder.build(g, TargetInfo.PORTABLE, k -> k), in.stream().map(Tensor::data).toList(), in.stream().map(Bits::dims).toList())
                .stream().map(r -> (float[]) r.array()).toList();
    }

    /** What passes did to the source changes roundings at most. */
    private static void near(List<float[]> want, List<float[]> got, long seed) {
        for (int i = 0; i < want.size(); i++) {
            double largest = 0;
            for (float w : want.get(i)) {
                largest = Math.max(largest, Float.isFinite(w) ? Math.abs(w) : 0);
            }
            for (int k = 0; k < want.get(i).length; k++) {
                float w = want.get(i)[k];
                float g = got.get(i)[k];
                assertTrue(w == g || w != w && g != g || Math.abs(w - g) <= 1e-4 * largest + 1e-7, "seed " + seed + ": " + w + " became " + g);
            }
        }
    }

    @Test
    void aConvolutionInEveryForm() {
        Path model = TestModels.FOLDER.resolve("conv/model.onnx");
        Graph fixed = Lathe.read(model, ImportOptions.NONE);
        Graph open = Lathe.read(model, new ImportOptions(Map.of(), true, Map.of()));
        float[] x = new float[3 * 64];
        for (int i = 0; i < x.length; i++) {
            x[i] = (i * 37 % 101) / 50f - 1;
        }
        List<Tensor> in = List.of(Tensor.ofFloats(new int[] {1, 3, 8, 8}, x));
        List<Target> targets = Bits.targets(fixed);
        Map<String, String> all = Bits.all(fixed, "static", targets, in);
        all.putAll(Bits.all(open, "dynamic", targets, in));
        assertEquals(1, new HashSet<>(all.values()).size(), all::toString);
    }

    @Test
    void processesOfEveryTier() throws IOException, InterruptedException {
        Map<String, String> all = new TreeMap<>();
        for (String tier : List.of("-Xint", "-XX:TieredStopAtLevel=1", "-XX:-TieredCompilation", "")) {
            for (String target : List.of("portable", Target.best().text())) {
                all.put(tier + " " + target, process(tier, target));
            }
        }
        assertEquals(1, new HashSet<>(all.values()).size(), all::toString);
    }

    private static String process(String tier, String target) throws IOException, InterruptedException {
        Path folder = TestModels.FOLDER.resolve("conv");
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        if (!tier.isEmpty()) {
            command.add(tier);
        }
        command.addAll(List.of("-XX:+UseSerialGC", "-Xmx256m"));
        if (ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()) {
            command.addAll(List.of("--add-modules", "jdk.incubator.vector"));
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "dev.lathe.compiler.cli.Main", "run", folder.resolve("model.onnx").toString(),
                "--input", "x=" + folder.resolve("test_data_set_0/input_0.pb"), "--target", target, "--digest", "--repeat", "200"));
        Process p = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(p.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertEquals(0, p.waitFor(), said);
        Set<String> digests = new HashSet<>();
        java.util.regex.Pattern.compile("[0-9a-f]{64}").matcher(said).results().forEach(r -> digests.add(r.group()));
        assertEquals(1, digests.size(), said);
        return digests.iterator().next();
    }
}
