package dev.lathe.bench;

import dev.lathe.compiler.Lathe;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.runtime.Target;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What {@code bench/compare} runs: each model in JVMs of its own, in which both engines take turns. */
@Command(name = "bench/compare", mixinStandardHelpOptions = true, version = Lathe.VERSION, sortOptions = false,
        description = "Measures models in Lathe and in ONNX Runtime: same inputs, same threads, in turns in one process.",
        footer = {"", "Each DIR holds a model and test_data_set_0. Results are checked against each other before and after.",
            "Exit codes: 0 all models measured; 1 some not; 2 wrong usage; 3 nothing could be started."})
public final class Compare implements Callable<Integer> {
    @Parameters(paramLabel = "DIR", arity = "0..*", description = "Folders of models.")
    private List<Path> folders = new ArrayList<>();

    @Option(names = "--threads", paramLabel = "N", defaultValue = "1", description = "Threads of each engine (default: 1).")
    private int threads;

    @Option(names = "--quick", description = "One JVM and about 4 seconds for each model, not three and a minute.")
    private boolean quick;

    @Option(names = "--jdk", paramLabel = "HOME", description = "The JDK to measure on; bench/compare starts it (default: JAVA_HOME, else java on the path).")
    private Path jdk;

    @Option(names = "--target", paramLabel = "T", defaultValue = "auto", description = "auto, portable, avx2, avx512 or neon (default: the best one here).")
    private String targetName;

    @Option(names = "--fallback", description = "Measure the path for open shapes; ONNX Runtime isn't told the extents either.")
    private boolean fallback;

    @Option(names = "--tiles", description = "Measure register tiles instead of models: GFLOP/s of each by length of the reduction.")
    private boolean tiles;

    @Option(names = "--forks", paramLabel = "N", description = "JVMs for each model (default: 3, with --quick 1).")
    private Integer forks;

    @Option(names = "--out", paramLabel = "DIR", description = "Where compare.md and compare.svg go (default: bench/target/compare).")
    private Path out;

    @Option(names = "--work", hidden = true, required = true)
    private Path work;

    @Spec
    private CommandSpec spec;

    private Target target;
    private Code code;
    private Plan plan;

    /** The command. */
    public static void main(String[] args) {
        CommandLine line = new CommandLine(new Compare());
        line.setExecutionExceptionHandler((e, c, r) -> {
            c.getErr().println(e instanceof LatheException l ? l.block() : "error: " + e);
            return 3;
        });
        System.exit(line.execute(args));
    }

    @Override
    public Integer call() throws IOException {
        target = targetName.equals("auto") ? Target.best() : Target.ofText(targetName.toLowerCase(Locale.ROOT));
        if (target == null) {
            throw usage("there is no target '" + targetName + "'; targets are auto, " + String.join(", ", Arrays.stream(Target.values()).map(Target::text).toList()));
        }
        if (threads < 1 || threads > 1024 || forks != null && forks < 1) {
            throw usage("--threads must be from 1 to 1024 and --forks at least 1");
        }
        if (tiles != folders.isEmpty()) {
            throw usage(tiles ? "--tiles takes no folders" : "missing required parameter: DIR");
        }
        if (tiles) {
            Files.createDirectories(work);
            return TileCosts.print(target, processor(), work);
        }
        code = fallback ? Code.FALLBACK : Code.STATIC;
        Plan p = quick ? Plan.QUICK : Plan.FULL;
        plan = forks == null ? p : new Plan(forks, p.rounds(), p.roundMillis(), p.warmUpMillis());
        Path to = out == null ? work : out;
        Files.createDirectories(to);
        Files.createDirectories(work);
        List<Row> rows = new ArrayList<>();
        Report report = new Report(about(), rows);
        System.out.println(report.head());
        for (Path f : folders) {
            Row row = row(f);
            rows.add(row);
            System.out.println(Report.text(row));
        }
        Files.writeString(to.resolve("compare.md"), report.markdown("compare.svg"));
        Files.writeString(to.resolve("compare.svg"), report.svg());
        System.out.println(report.floor());
        System.out.println("written: " + to.resolve("compare.md") + " and compare.svg");
        System.out.println(report.last());
        return report.complete() ? 0 : 1;
    }

    private CommandLine.ParameterException usage(String message) {
        return new CommandLine.ParameterException(spec.commandLine(), message);
    }

    private List<String> about() {
        return List.of(
                "Lathe " + Lathe.VERSION + " (" + target.text() + ", " + (fallback ? "open shapes" : "shapes known when compiled") + ") and ONNX Runtime " + OrtEngine.version()
                        + " (all optimisations" + (fallback ? "" : ", extents of named dimensions given") + "), " + threads + " thread" + (threads == 1 ? "" : "s"),
                "JDK " + Runtime.version() + ", " + processor() + ", " + String.join(" ", Fork.OPTIONS),
                plan.forks() + " JVM" + (plan.forks() == 1 ? "" : "s") + " for each model, " + plan.rounds() + " rounds of " + plan.roundMillis() + " ms for each engine in each");
    }

    private static String processor() {
        Path info = Path.of("/proc/cpuinfo");
        if (Files.isReadable(info)) {
            try (Stream<String> lines = Files.lines(info)) {
                return lines.filter(l -> l.startsWith("model name")).findFirst().map(l -> l.substring(l.indexOf(':') + 1).strip())
                        .orElse(System.getProperty("os.arch"));
            } catch (IOException | UncheckedIOException e) {
                return System.getProperty("os.arch");
            }
        }
        return System.getProperty("os.arch");
    }

    private Row row(Path given) {
        String name = given.toAbsolutePath().normalize().getFileName().toString();
        try {
            ModelFolder folder = ModelFolder.read(given);
            ModelFolder.Compiled compiled = folder.compile(target, code, work.resolve("jars"));
            Job.Found found = null;
            for (int i = 0; i < plan.forks(); i++) {
                Job.Found f = fork(new Job(given.toAbsolutePath(), compiled.jar().toAbsolutePath(), target, code, threads, plan), name);
                found = found == null ? f : found.join(f);
            }
            return new Row(name, compiled.flops(), compiled.saved(), found, null);
        } catch (LatheException e) {
            return new Row(name, null, 0, null, ((e.where().isEmpty() ? "" : e.where() + ": ") + e.getMessage()).strip().replaceAll("\\s*\\R\\s*", " / "));
        } catch (IOException | RuntimeException e) {
            // one model's failure is one row: the others are still worth their figures
            return new Row(name, null, 0, null, e.toString().strip().replaceAll("\\s*\\R\\s*", " / "));
        }
    }

    private Job.Found fork(Job job, String name) throws IOException {
        Path question = work.resolve(name + ".job");
        Path answer = work.resolve(name + ".found");
        Path log = work.resolve(name + ".log");
        Job.store(job.toProperties(), question);
        Fork.run(Worker.class, List.of(question.toString(), answer.toString()), name, log, answer);
        return Job.Found.of(Job.load(answer));
    }
}
