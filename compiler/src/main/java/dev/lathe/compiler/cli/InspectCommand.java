package dev.lathe.compiler.cli;

import dev.lathe.codegen.emit.Emitted;
import dev.lathe.codegen.jar.JarContents;
import dev.lathe.codegen.program.Program;
import dev.lathe.compiler.CompilerOptions;
import dev.lathe.compiler.Lathe;
import dev.lathe.compiler.Trace;
import dev.lathe.compiler.cli.html.JarPrograms;
import dev.lathe.compiler.cli.html.Page;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.Value;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "inspect",
        description = "Says what a model or jar is made of.",
        customSynopsis = "lathe inspect MODEL|JAR [OPTIONS]",
        footer = {"", "Examples:", "  lathe inspect net.onnx --target portable,avx2", "  lathe inspect net.jar",
            "  lathe inspect net.onnx --html net.html",
            "  lathe bench net.onnx --profile p.json; lathe inspect net.onnx --profile p.json --html net.html", "",
            "Operators are counted after import and after all passes."})
final class InspectCommand extends BaseCommand {
    @Parameters(paramLabel = "MODEL|JAR", description = "The model (ONNX, PaddlePaddle, TensorFlow Lite, MNN, or Lathe's text) or compiled jar.")
    private Path model;

    @Option(names = {"-t", "--target"}, paramLabel = "T[,T]", converter = TargetList.Converter.class,
            description = "Targets to look at: auto, portable, avx2, avx512, neon (default: auto).")
    private TargetList targets = new TargetList(List.of());

    @Option(names = "--shape", paramLabel = "in=1x3x224x224", converter = Shapes.Converter.class, description = "Give inputs this shape.")
    private Shapes shape;

    @Option(names = "--signature", paramLabel = "NAME", description = Signatures.OPTION)
    private String signature;

    @Option(names = "--html", paramLabel = "PAGE", description = "Write a page to look at in a browser: graph, memory, cost, passes, sizes. It needs no network.")
    private Path html;

    @Option(names = "--profile", paramLabel = "FILE", description = "Times that lathe bench --profile has measured, for the page.")
    private Path profile;

    @Override
    public Integer call() throws IOException {
        if (profile != null && html == null) {
            throw usage("--profile goes with --html");
        }
        ModelFile file = ModelFile.of(model).withSignature(signature);
        apart(html, file.path(), profile);
        if (file.isJar()) {
            if (shape != null || !targets.targets().isEmpty()) {
                throw usage("--target and --shape go with a model; a jar is compiled already");
            }
            if (html != null) {
                JarPrograms.write(file.path(), new Page(), profile, html);
                out().println("wrote " + html);
                return Exit.DONE;
            }
            new JarReport(file.path(), out()).print();
            return Exit.DONE;
        }
        CompilerOptions options = CompilerOptions.DEFAULT.withTargets(targets.targets());
        if (shape != null) {
            options = new CompilerOptions(null, options.targets(), List.of(shape.byInput()), false, options.numerics(), List.of());
        }
        options = options.withSignature(signature);
        if (html != null) {
            page(file, options);
            return Exit.DONE;
        }
        Seen seen = new Seen();
        Lathe.compile(file.path(), options, seen);
        Graph first = seen.graphs.get(0);
        String others = Signatures.note(Lathe.signatures(file.path()), signature);
        out().println("model " + first.name());
        if (others != null) {
            out().println(others);
        }
        values("inputs", first.inputs());
        values("outputs", first.outputs());
        operators(first, seen.graphs.get(seen.graphs.size() - 1));
        for (int i = 0; i < seen.programs.size(); i++) {
            new ProgramReport(seen.programs.get(i), out()).print(seen.paths.get(i), methods(seen.emitted.get(i)));
        }
        return Exit.DONE;
    }

    private void page(ModelFile file, CompilerOptions options) throws IOException {
        Page page = new Page();
        long start = System.nanoTime();
        JarContents contents = Lathe.compile(file.path(), options, page);
        long took = System.nanoTime() - start;
        if (profile != null) {
            page.profile(profile);
        }
        // in this order on the page
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("file", file.path().getFileName() + ", " + ProgramReport.bytes(file.path().toFile().length()));
        if (signature != null) {
            facts.put("signature", signature);
        }
        facts.put("compiler", "Lathe " + Lathe.VERSION);
        facts.put("compiled in", took / 1_000_000 + " ms");
        page.write(html, contents.name(), facts);
        out().println("wrote " + html);
    }

    private void values(String title, List<Value> values) {
        out().println(title);
        values.forEach(v -> out().println("  " + v.name() + ": " + v.type()));
    }

    private void operators(Graph first, Graph last) {
        Map<String, int[]> counts = new TreeMap<>();
        count(first, 0, counts);
        count(last, 1, counts);
        out().println("operators (after import, after all passes)");
        counts.entrySet().stream().sorted(Comparator.comparingInt(e -> -e.getValue()[0]))
                .forEach(e -> out().printf("  %6d %6d  %s%n", e.getValue()[0], e.getValue()[1], e.getKey()));
    }

    private static void count(Graph g, int column, Map<String, int[]> counts) {
        g.nodes().forEach(n -> {
            counts.computeIfAbsent(n.op(), k -> new int[2])[column]++;
            n.regions().forEach(r -> count(r, column, counts));
        });
    }

    private static String methods(Emitted e) {
        Emitted.Method largest = e.methods().stream().max(Comparator.comparingInt(Emitted.Method::bytes)).orElse(null);
        long bytes = e.classes().values().stream().mapToLong(c -> c.length).sum();
        return e.methods().size() + " in " + e.classes().size() + " classes of " + ProgramReport.bytes(bytes)
                + (largest == null ? "" : "; largest " + largest.bytes() + " bytes (" + largest.source() + ")");
    }

    /** Keeps everything. */
    private static final class Seen implements Trace {
        private final List<Graph> graphs = new ArrayList<>();
        private final List<String> paths = new ArrayList<>();
        private final List<Program> programs = new ArrayList<>();
        private final List<Emitted> emitted = new ArrayList<>();

        @Override
        public void graph(String stage, Graph g) {
            graphs.add(g);
        }

        @Override
        public void classes(String path, Program p, Emitted e) {
            paths.add(path);
            programs.add(p);
            emitted.add(e);
        }
    }
}
