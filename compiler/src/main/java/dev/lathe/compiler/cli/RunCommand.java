package dev.lathe.compiler.cli;

import dev.lathe.runtime.Datum;
import dev.lathe.runtime.Model;
import dev.lathe.runtime.Session;
import dev.lathe.runtime.Target;
import dev.lathe.runtime.TensorSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "run",
        description = "Runs a model or jar.",
        customSynopsis = "lathe run MODEL|JAR --input NAME=FILE... [OPTIONS]",
        footer = {"", "Examples:", "  lathe run digits.onnx --input image=seven.png", "  lathe run net.jar --input a=a.npy --input b=b.npy --output results",
            "  lathe run net.onnx --input x=x.npy --digest --target portable", "",
            "With labels (labels.txt beside the model, those in the jar, or --labels) the best answers are named."})
final class RunCommand extends BaseCommand {
    @Parameters(paramLabel = "MODEL|JAR", description = "The model (ONNX, PaddlePaddle, TensorFlow Lite, MNN, or Lathe's text) or compiled jar.")
    private Path model;

    @Option(names = {"-i", "--input"}, paramLabel = "NAME=FILE",
            description = "An input: .npy, .pb (ONNX TensorProto), or an image where the model takes one. The name may be left out when there is one input.")
    private List<String> inputs = new ArrayList<>();

    @Option(names = {"-o", "--output"}, paramLabel = "DIR", description = "Write the outputs into this folder, one .npy each.")
    private Path output;

    @Option(names = "--digest", description = "Print one SHA-256 over all outputs' bytes.")
    private boolean digest;

    @Option(names = "--repeat", paramLabel = "N", defaultValue = "1", description = "Run so many times and print the median time.")
    private int repeat;

    @Option(names = "--threads", paramLabel = "N", defaultValue = "1", description = "Threads to use (default: 1). The result does not depend on it.")
    private int threads;

    @Option(names = {"-t", "--target"}, paramLabel = "T", converter = TargetList.OneConverter.class,
            description = "auto, portable, avx2, avx512 or neon (default: the best one that this machine can run).")
    private Target target;

    @Option(names = "--labels", paramLabel = "FILE", description = "Class names, one a line.")
    private Path labels;

    @Option(names = "--top", paramLabel = "N", defaultValue = "3", description = "How many answers to name (default: 3).")
    private int top;

    @Mixin
    private ImageOptions images;

    @Option(names = "--signature", paramLabel = "NAME", description = Signatures.OPTION)
    private String signature;

    @Override
    public Integer call() throws IOException {
        if (repeat < 1 || top < 1 || threads < 1 || threads > 1024) {
            throw usage("--repeat and --top must be at least 1 and --threads from 1 to 1024");
        }
        ModelFile file = ModelFile.of(model).withSignature(signature);
        progress("loading " + file.path());
        try (Model m = file.load(target, threads, List.of()); Session s = m.newSession()) {
            Map<String, Datum> given = new InputFiles(m.inputs(), images, m.stamp()).read(inputs);
            progress("");
            long[] nanos = new long[repeat];
            for (int i = 0; i < repeat; i++) {
                // a run uses up what was set
                given.forEach(s::set);
                long start = System.nanoTime();
                s.run();
                nanos[i] = System.nanoTime() - start;
            }
            Map<String, Datum> results = new LinkedHashMap<>();
            for (TensorSpec o : m.outputs()) {
                results.put(o.name(), s.outputValue(o.name()));
            }
            show(file.labels(labels, m), results);
            if (repeat > 1) {
                java.util.Arrays.sort(nanos);
                out().printf(Locale.ROOT, "median of %d runs: %.3f ms%n", repeat, nanos[repeat / 2] / 1e6);
            }
        }
        return Exit.DONE;
    }

    private void show(List<String> names, Map<String, Datum> results) throws IOException {
        Answers answers = Answers.find(results, names);
        if (answers != null) {
            answers.print(out(), top);
        } else if (!digest && output == null) {
            results.forEach((name, value) -> out().println(name + ": " + Summary.of(value)));
        }
        if (output != null) {
            OutputFiles.write(output, results).forEach(f -> out().println(f));
        }
        if (digest) {
            out().println(Digests.sha256(results.values()));
        }
    }
}
