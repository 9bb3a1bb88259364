package dev.lathe.compiler.cli;

import dev.lathe.compiler.Lathe;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.onnx.ImportOptions;
import dev.lathe.compiler.tensor.DataSet;
import dev.lathe.runtime.Model;
import dev.lathe.runtime.Target;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "verify",
        description = "Compares a model's or jar's results with recorded ones.",
        customSynopsis = {"lathe verify MODEL|JAR --data DIR... [OPTIONS]", "       lathe verify MODEL --layers [OPTIONS]",
            "       lathe verify MODEL|JAR --against MODEL|JAR [OPTIONS]", "       lathe verify --suite DIR [OPTIONS]"},
        footer = {"", "Examples:", "  lathe verify net.onnx --data test_data_set_0 --target portable,avx2", "  lathe verify net.jar --data recorded --rtol 1e-3 --atol 1e-5",
            "  lathe verify --suite models --target portable,avx2,avx512,neon --csv result.csv",
            "  lathe verify net.jar --data recorded --source net.onnx --exact", "  lathe verify net.mnn --against net.onnx", "",
            "A data folder holds input_0.pb, output_0.pb, ... (or .npy), or folders test_data_set_N that do. What a quantised model"
                    + " takes and gives may be recorded in f32, as the numbers that it stands for.", "",
            "Integers, booleans and strings must be equal, but for 8- and 16-bit integers where --atol is 1 or more. Floats may be"
                    + " off by 1e-7 + 1e-4 of the largest element of the tensor (where the model computes in f16 2e-3, in bf16 1.6e-2: four"
                    + " steps of the type). In a suite's folders named test_..., the ONNX backend tests, floats may be off by 1e-7 + 1e-3 times the element"
                    + " (ONNX's own rule). With --rtol or --atol: atol + rtol times the element.", "",
            "Recordings have errors of their own. Where floats are off by more, the model is computed in f64 (but in folders named test_... and with --steps)."
                    + " If results lie as near to that as is allowed, the recording does not, and rounding to the model's own types explains where"
                    + " it lies (within 4 times as much), the case passes; a line says so, and the last one counts it. --recording-only leaves that out.", "",
            "A quantised TensorFlow Lite model computes with the numbers that its tensors stand for; its interpreter rounds on the way. What the interpreter"
                    + " gave is compared with --steps and an --atol of some steps: its own kernels differ by as much.", "",
            "A suite's case passes when it does on every target; one that gives no result for 60 s (test_...) or 300 s has failed."
                    + " Comparing nothing is a failure. The last line is the sum.", "",
            "With --against, two forms of one network run on the same inputs, recorded or else seeded; what they give may differ"
                    + " by 1e-7 + 1e-5 of the largest element. Names pair their inputs and outputs where they agree, else places."
                    + " --signature chooses in the first."})
final class VerifyCommand extends BaseCommand {
    @Parameters(paramLabel = "MODEL|JAR", arity = "0..1", description = "The model (ONNX, PaddlePaddle, TensorFlow Lite, MNN, or Lathe's text) or compiled jar.")
    private Path model;

    @Option(names = "--data", paramLabel = "DIR", description = "Recorded inputs and outputs; may be repeated (default: those beside the model).")
    private List<Path> data = new ArrayList<>();

    @Option(names = "--suite", paramLabel = "DIR", description = "Verify every folder below this one that holds a model and test_data_set_*.")
    private Path suite;

    @Option(names = {"-t", "--target"}, paramLabel = "T[,T]", split = ",", converter = TargetList.OneConverter.class,
            description = "auto, portable, avx2, avx512, neon; several separated by commas (default: the best one here).")
    private List<Target> targets = new ArrayList<>();

    @Option(names = "--rtol", paramLabel = "R", description = "Allowed error relative to each element.")
    private Double rtol;

    @Option(names = "--atol", paramLabel = "A", description = "Allowed error on top of that.")
    private Double atol;

    @Option(names = "--dynamic", description = "Leave every dimension of the inputs open.")
    private boolean dynamic;

    @Option(names = "--constant", description = "Make constants of the recorded inputs, as far as they are tensors.")
    private boolean constant;

    @Option(names = "--steps", description = CompileCommand.STEPS)
    private boolean steps;

    @Option(names = "--signature", paramLabel = "NAME", description = Signatures.OPTION)
    private String signature;

    @Option(names = "--layers", description = "Run the source graph in the reference interpreter beside the compiled classes, on recorded or else seeded inputs, "
            + "and name the first operation that departs.")
    private boolean layers;

    @Option(names = "--against", paramLabel = "MODEL|JAR", description = "Compare with this model's or jar's results: a twin in another format.")
    private Path against;

    @Option(names = "--recording-only", description = "Fail whatever departs from its recording, without a look at the model in f64.")
    private boolean recordingOnly;

    @Option(names = "--exact", description = "Compute every model in f64, too, and say how far results and recordings lie from that.")
    private boolean exact;

    @Option(names = "--source", paramLabel = "MODEL", description = "The model that the jar was made of, to compute in f64 (default: none, so that what departs fails).")
    private Path source;

    @Option(names = "--csv", paramLabel = "FILE", description = "Write a table with a line for each case and target, when all are done.")
    private Path csv;

    @Option(names = "--threads", paramLabel = "N", defaultValue = "1", description = "Threads of each session (default: 1).")
    private int threads;

    @Option(names = "--jobs", paramLabel = "N", description = "Cases at a time (default: one for each processor, at most 4).")
    private Integer jobs;

    private int passed;
    private int judged;
    private int failed;
    private int skipped;

    @Override
    public Integer call() throws IOException, InterruptedException {
        if ((model == null) == (suite == null)) {
            throw usage(model == null ? "missing: a model or jar, or --suite DIR" : "either a model or --suite, not both");
        }
        if (suite != null && !data.isEmpty()) {
            throw usage("--data goes with a model; a suite's folders hold their own");
        }
        if (suite != null && signature != null) {
            throw usage("--signature goes with a model, not with --suite");
        }
        if (threads < 1 || threads > 1024 || jobs != null && jobs < 1) {
            throw usage("--threads must be from 1 to 1024 and --jobs at least 1");
        }
        if (recordingOnly && exact) {
            throw usage("either --recording-only or --exact, not both");
        }
        if ((recordingOnly || exact || source != null) && (layers || against != null)) {
            throw usage("--recording-only, --exact and --source go with recorded outputs, not with --layers or --against");
        }
        if (source != null && suite != null) {
            throw usage("--source goes with a jar, not with --suite");
        }
        for (Double t : new Double[] {rtol, atol}) {
            if (t != null && !(t >= 0 && t <= Double.MAX_VALUE)) {
                throw usage("--rtol and --atol are finite numbers of 0 or more, not " + t);
            }
        }
        Tolerance given = rtol == null && atol == null ? null : new Tolerance(rtol == null ? 0 : rtol, atol == null ? 0 : atol, false);
        if (against != null) {
            return against(given == null ? Against.TWIN : given);
        }
        if (layers) {
            return layers(given == null ? Tolerance.WHOLE_MODEL : given);
        }
        if (source != null && !ModelFile.of(model).isJar()) {
            throw usage("--source goes with a jar: " + model + " is a model itself");
        }
        Path from = source == null ? null : ModelFile.source(source).path();
        CaseRunner.F64 f64 = recordingOnly ? CaseRunner.F64.NEVER : exact ? CaseRunner.F64.ALWAYS : CaseRunner.F64.DEPARTED;
        List<VerifyCase> cases = suite != null ? VerifyCase.suite(suite, given) : VerifyCase.of(loadable(ModelFile.of(model).withSignature(signature)), folders(), given);
        List<Target> all = targets.isEmpty() ? Collections.singletonList(null) : targets.stream().distinct().toList();
        int n = jobs != null ? jobs : Math.min(4, Runtime.getRuntime().availableProcessors());
        CsvFile table = csv == null ? null : new CsvFile(csv);
        Suite s = new Suite(new CaseRunner(threads, dynamic, constant, steps, signature, f64, from), cases, all,
                (c, outcomes) -> done(c, all, outcomes, table, cases.size()));
        s.run(n);
        if (table != null) {
            table.write();
        }
        // the one model that was asked about is not wrong: it can't be had
        if (suite == null && s.broken() instanceof LatheException e) {
            throw e;
        }
        progress("");
        if (passed + failed == 0) {
            err().println("error: nothing was compared: " + (suite != null ? "no folder below " + suite + " holds a model and test_data_set_*"
                    : "no recorded data in " + folders()));
        }
        err().flush();
        out().println(passed + " passed, " + failed + " failed, " + skipped + " skipped" + (judged == 0 ? "" : "; of those that passed, judged by f64: " + judged));
        return failed > 0 || passed == 0 ? Exit.NO : Exit.DONE;
    }

    private int layers(Tolerance tolerance) {
        if (suite != null) {
            throw usage("--layers goes with a model, not with --suite");
        }
        Path file = ModelFile.source(model).path();
        Graph g = Lathe.read(file, new ImportOptions(Map.of(), dynamic, Map.of()).withSteps(steps).withSignature(signature));
        Layers.check(g);
        progress("interpreting " + file);
        Layers all = new Layers(g, tolerance, out());
        List<Path> sets = data.stream().flatMap(d -> DataSet.folders(d).stream()).toList();
        if (sets.isEmpty() && !data.isEmpty()) {
            err().println("error: nothing was compared: no recorded data in " + data);
            return Exit.NO;
        }
        List<Layers.Trial> trials = sets.isEmpty() ? LayerTrials.seeded(g, all) : LayerTrials.recorded(g, all, sets);
        progress("");
        List<Target> on = targets.isEmpty() ? List.of(Target.best()) : targets.stream().distinct().toList();
        int good = 0;
        for (Target t : on) {
            good += all.compare(t == null ? Target.best() : t, threads, trials) ? 1 : 0;
        }
        out().println(good + " passed, " + (on.size() - good) + " failed, 0 skipped");
        return good == on.size() ? Exit.DONE : Exit.NO;
    }

    private int against(Tolerance tolerance) {
        if (model == null || layers || constant || csv != null) {
            throw usage("--against goes with a model, and not with --layers, --constant or --csv");
        }
        List<Path> sets = folders().stream().flatMap(d -> DataSet.folders(d).stream()).toList();
        if (sets.isEmpty() && !data.isEmpty()) {
            err().println("error: nothing was compared: no recorded data in " + data);
            return Exit.NO;
        }
        List<Target> on = targets.isEmpty() ? List.of(Target.best()) : targets.stream().distinct().toList();
        Against twin = new Against(model, signature, against, tolerance, threads, dynamic, out());
        int good = 0;
        for (Target t : on) {
            good += twin.compare(t == null ? Target.best() : t, sets) ? 1 : 0;
        }
        out().println(good + " passed, " + (on.size() - good) + " failed, 0 skipped");
        return good == on.size() ? Exit.DONE : Exit.NO;
    }

    /** The file; a jar that can't be loaded is refused as such, not as one that computes something else. */
    private static Path loadable(ModelFile file) {
        if (file.isJar()) {
            Model.load(file.path()).close();
        }
        return file.path();
    }

    private List<Path> folders() {
        return data.isEmpty() ? List.of(Files.isDirectory(model) ? model : model.toAbsolutePath().getParent()) : data;
    }

    private void done(VerifyCase c, List<Target> all, List<Outcome> outcomes, CsvFile table, int of) {
        boolean bad = false;
        boolean skip = false;
        boolean by = false;
        progress("");
        for (int i = 0; i < outcomes.size(); i++) {
            Outcome o = outcomes.get(i);
            String target = (all.get(i) == null ? Target.best() : all.get(i)).text();
            if (table != null) {
                table.add(c.name(), target, o);
            }
            bad |= o.result() == Outcome.Result.failed;
            skip |= o.result() == Outcome.Result.skipped;
            if (exact) {
                o.lines().forEach(l -> out().println(c.name() + " (" + target + "): " + l));
            }
            if (o.result() == Outcome.Result.failed) {
                String known = suite == null ? null : KnownFailures.reason(c.name(), dynamic ? KnownFailures.Mode.DYNAMIC : KnownFailures.Mode.PLAIN);
                out().println("FAILED " + c.name() + " (" + target + "): " + o.message() + (known == null ? "" : " [known: " + known + "]"));
            } else if (o.judged()) {
                by = true;
                out().println(c.name() + " (" + target + "): " + o.message());
            }
            if (o.result() == Outcome.Result.passed && suite == null) {
                out().printf(Locale.ROOT, "passed %s (%s): largest error %.2g, %.2g of the largest element; %.1f s%n", c.name(), target, o.maxAbs(), o.maxRel(), o.seconds());
            }
        }
        passed += bad || skip ? 0 : 1;
        judged += by && !bad && !skip ? 1 : 0;
        failed += bad ? 1 : 0;
        skipped += skip && !bad ? 1 : 0;
        if (passed + failed + skipped < of) {
            progress((passed + failed + skipped) + " of " + of + " done, " + failed + " failed");
        }
    }
}
