package dev.lathe.compiler.cli;

import dev.lathe.codegen.jar.JarContents;
import dev.lathe.codegen.jar.JarWriter;
import dev.lathe.codegen.jar.SourcesJar;
import dev.lathe.compiler.CompilerOptions;
import dev.lathe.compiler.Lathe;
import dev.lathe.compiler.Trace;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.runtime.Target;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "compile",
        description = "Compiles a model to a jar.",
        customSynopsis = "lathe compile MODEL -o OUT.jar [OPTIONS]",
        footer = {"", "Examples:", "  lathe compile digits.onnx -o digits.jar", "  lathe compile digits.onnx -o digits.jar --class com.acme.Digits --target portable,avx2,neon",
            "  lathe compile net.onnx -o net.jar --shape image=1x3x224x224 --shape image=8x3x224x224",
            "  lathe compile net.onnx -o net.jar --image input --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225 --fit crop",
            "  lathe compile net.onnx --stop-after program --target avx2 | less", "",
            "The jar runs with the run time alone: java -cp digits.jar:lathe-runtime-min.jar ...",
            "Each --shape gets code of its own; all other shapes take a path that fits any.",
            "With an option for pictures the jar takes them as bytes of any size; resizing and normalisation are part of it."})
final class CompileCommand extends BaseCommand {
    static final String STEPS = "Round what a quantised TensorFlow Lite model computes to the steps of its types, as its interpreter does "
            + "(default: compute with the numbers that they stand for).";

    @Parameters(paramLabel = "MODEL", description = "The model: ONNX, PaddlePaddle, TensorFlow Lite, MNN, or Lathe's text.")
    private Path model;

    @Option(names = {"-o", "--output"}, paramLabel = "OUT.jar", description = "The jar to write. Needed unless --stop-after is given.")
    private Path output;

    @Option(names = "--class", paramLabel = "a.b.Name", description = "Name of the generated class (default: made from the model's name).")
    private String className;

    @Option(names = {"-t", "--target"}, paramLabel = "T[,T]", converter = TargetList.Converter.class,
            description = "auto, portable, avx2, avx512, neon; several separated by commas. auto, the default: portable and this machine's best.")
    private TargetList targets = new TargetList(List.of());

    @Option(names = "--shape", paramLabel = "in=1x3x224x224", converter = Shapes.Converter.class,
            description = "A shape of inputs to specialise for; may be repeated. Inputs of one shape are separated by commas.")
    private List<Shapes> shapes = new ArrayList<>();

    @Option(names = "--labels", paramLabel = "FILE", description = "Class names, one a line, to put into the jar (default: labels.txt beside the model).")
    private Path labels;

    @Mixin
    private ImageOptions images;

    @Option(names = "--no-winograd",
            description = "Compute 3x3 convolutions as plain sums, never by Winograd's forms: slower, and exact for integers of moderate size.")
    private boolean plain;

    @Option(names = "--steps", description = STEPS)
    private boolean steps;

    @Option(names = "--signature", paramLabel = "NAME", description = Signatures.OPTION)
    private String signature;

    @Option(names = "--sources", description = "Also write OUT-sources.jar: the Java source of the generated class, for IDEs.")
    private boolean sources;

    @Option(names = "--stop-after", paramLabel = "STAGE",
            description = "Stop after import, a pass, graph, program or classes and print what it made, or write it to -o.")
    private String stopAfter;

    @Option(names = "--dump", paramLabel = "DIR", description = "Write what every stage makes into this folder.")
    private Path dump;

    @Override
    public Integer call() throws IOException {
        if (output == null && stopAfter == null) {
            throw usage("missing option: -o OUT.jar");
        }
        if (className != null && JarContents.classProblem(className) != null) {
            String shown = className.length() <= 80 ? className : className.substring(0, 80) + "...";
            throw usage("'" + shown + "' can't be a class: " + JarContents.classProblem(className));
        }
        if (stopAfter != null) {
            StageText.check(stopAfter, false);
        }
        long start = System.nanoTime();
        ModelFile file = ModelFile.source(model);
        CompilerOptions options = CompilerOptions.DEFAULT.withTargets(targets.targets()).withClassName(className)
                .withShapes(shapes.stream().map(Shapes::byInput).toList()).withLabels(file.labels(labels, null)).withPicture(images.given() ? images.picture() : null);
        Map<String, String> numerics = new TreeMap<>();
        if (plain) {
            numerics.put("winograd", "false");
        }
        if (steps) {
            numerics.put("steps", "true");
        }
        options = options.withNumerics(numerics).withSignature(signature);
        apart(output, file.path(), labels);
        if (sources && output != null) {
            apart(SourcesJar.beside(output), file.path(), labels);
        }
        checkFolder();
        Trace trace = dump == null ? Trace.NONE : new DumpTrace(dump);
        if (stopAfter != null) {
            StageText.write(StageText.after(file.path(), options, stopAfter, trace), output, out());
            return Exit.DONE;
        }
        progress("compiling " + file.path());
        LabelCount count = new LabelCount(trace);
        JarContents contents = Lathe.compile(file.path(), options, count);
        String others = Signatures.note(Lathe.signatures(file.path()), signature);
        JarWriter.write(output, contents);
        if (sources) {
            SourcesJar.write(SourcesJar.beside(output), contents);
        }
        progress("");
        out().printf(Locale.ROOT, "%s: class %s for %s; %.1f MB in %.1f s%n", output, contents.id(),
                new TargetList(List.copyOf(contents.paths().get(0).variants().keySet())), Files.size(output) / 1e6, (System.nanoTime() - start) / 1e9);
        if (!contents.paths().get(0).variants().containsKey(Target.PORTABLE)) {
            out().println("note: without the target portable the jar runs only where one of these is supported");
        }
        if (others != null) {
            out().println(others);
        }
        String note = count.note(options.labels().size());
        if (note != null) {
            out().println(note);
        }
        return Exit.DONE;
    }

    private void checkFolder() {
        if (output == null) {
            return;
        }
        Path folder = output.toAbsolutePath().getParent();
        if (!Files.isDirectory(folder)) {
            throw new LatheException(output.toString(), "there is no folder " + folder + " to write to", "make it first");
        }
        if (Files.isDirectory(output)) {
            throw new LatheException(output.toString(), "this is a folder, and a file is to be written");
        }
    }
}
