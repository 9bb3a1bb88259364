package dev.lathe.compiler.cli;

import dev.lathe.codegen.jar.JarContents;
import dev.lathe.compiler.cli.html.ProfileFile;
import dev.lathe.runtime.Datum;
import dev.lathe.runtime.Model;
import dev.lathe.runtime.ModelOptions;
import dev.lathe.runtime.Profile;
import dev.lathe.runtime.Session;
import dev.lathe.runtime.Target;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "bench",
        description = "Measures how long a model or jar takes.",
        customSynopsis = "lathe bench MODEL|JAR [OPTIONS]",
        footer = {"", "Examples:", "  lathe bench net.onnx --threads 2", "  lathe bench net.jar --per-op --target portable", "  lathe bench net.onnx --profile p.json", "  lathe bench net.onnx --shape image=8x3x224x224", "",
            "first: the first run of a fresh session, code not yet compiled by the JVM. steady: after the times no longer fall. allocated: on the Java heap meanwhile, by all threads; vectors in code that the JIT has not finished are objects. fallback: the path for all shapes instead of the one that --shape asks for.",
            "--per-op: GFLOP/s counts two operations a multiply-add of contractions (for Winograd those of the plain sum); MB is what a step reads and writes, each element once. - : not known.",
            "A run is: set the inputs, run. Without --input they are random numbers; open dimensions are 1 unless --shape says more."})
final class BenchCommand extends BaseCommand {
    private static final double MOST_WARM_UP = 10;
    private static final double MOST_SECONDS = 86_400;

    @Parameters(paramLabel = "MODEL|JAR", description = "The model (ONNX, PaddlePaddle, TensorFlow Lite, MNN, or Lathe's text) or compiled jar.")
    private Path model;

    @Option(names = "--threads", paramLabel = "N", defaultValue = "1", description = "Threads to use (default: 1).")
    private int threads;

    @Option(names = {"-t", "--target"}, paramLabel = "T", converter = TargetList.OneConverter.class,
            description = "auto, portable, avx2, avx512 or neon (default: the best one here).")
    private Target target;

    @Option(names = "--per-op", description = "Also print time, share, GFLOP/s and bytes of each step.")
    private boolean perOp;

    @Option(names = "--profile", paramLabel = "FILE", description = "Write time, operations and bytes of each step into a file, for lathe inspect --html.")
    private Path profile;

    @Option(names = "--seconds", paramLabel = "S", defaultValue = "3", description = "How long to measure, after warming up (default: 3).")
    private double seconds;

    @Option(names = "--shape", paramLabel = "in=1x3x224x224", converter = Shapes.Converter.class,
            description = "Shape of the inputs; a model is compiled for it.")
    private Shapes shape = new Shapes(Map.of());

    @Option(names = {"-i", "--input"}, paramLabel = "NAME=FILE", description = "An input, as for lathe run (default: random numbers).")
    private List<String> inputs = new ArrayList<>();

    @Mixin
    private ImageOptions images;

    @Option(names = "--signature", paramLabel = "NAME", description = Signatures.OPTION)
    private String signature;

    private Session session;
    private Map<String, Datum> given;
    // the same, to set without allocating
    private String[] names;
    private Datum[] values;

    @Override
    public Integer call() throws IOException {
        if (threads < 1 || threads > 1024 || !(seconds > 0 && seconds <= MOST_SECONDS)) {
            throw usage("--threads must be from 1 to 1024 and --seconds more than 0 and at most 86400");
        }
        ModelFile file = ModelFile.of(model).withSignature(signature);
        apart(profile, file.path());
        long start = System.nanoTime();
        JarContents made = file.isJar() ? null : file.compile(target, shape.byInput().isEmpty() ? List.of() : List.of(shape.byInput()));
        try (Model m = made == null ? file.load(target, threads, List.of()) : load(made); Session s = m.newSession()) {
            session = s;
            long loaded = System.nanoTime() - start;
            given = inputs.isEmpty() ? RandomInputs.of(m.inputs(), shape.byInput()) : new InputFiles(m.inputs(), images, m.stamp()).read(inputs);
            names = given.keySet().toArray(String[]::new);
            values = given.values().toArray(Datum[]::new);
            out().printf(Locale.ROOT, "%s on %s, %d thread%s%n", m.name(), m.target().text(), threads, threads == 1 ? "" : "s");
            out().printf(Locale.ROOT, "%-9s %10.3f ms%n", file.isJar() ? "load" : "compile", loaded / 1e6);
            double first = once() / 1e6;
            out().printf(Locale.ROOT, "%-9s %10.3f ms%n", "first", first);
            warmUp();
            Steady steady = Steady.measure(seconds, this::once);
            out().print(steady.text());
            if (made != null && made.paths().size() > 1 && !s.path().equals(made.paths().get(made.paths().size() - 1).name())) {
                fallback(file);
            }
            if (perOp || profile != null) {
                perOp(s.profile(), m, file, made, steady.whole(first));
            }
        }
        return Exit.DONE;
    }

    /** What another shape would cost: the path for all shapes, on the one that has a path of its own, in turns with that. */
    private void fallback(ModelFile file) {
        Session known = session;
        try (Model m = load(file.compile(target, List.of())); Session open = m.newSession()) {
            session = open;
            warmUp();
            double[] both = Steady.inTurns(2 * seconds, () -> once(known), () -> once(open));
            out().printf(Locale.ROOT, "%-9s %10.3f ms median, %.2f times the path for this shape, in turns with it%n", "fallback", both[1], both[1] / both[0]);
        } finally {
            session = known;
        }
    }

    private Model load(JarContents made) {
        return ModelFile.load(made, ModelOptions.DEFAULT.withTarget(target == null ? Target.best() : target).withThreads(threads));
    }

    /** One run: inputs must be set anew for each. */
    private long once() {
        return once(session);
    }

    private long once(Session s) {
        long start = System.nanoTime();
        for (int i = 0; i < names.length; i++) {
            s.set(names[i], values[i]);
        }
        s.run();
        return System.nanoTime() - start;
    }

    private void warmUp() {
        long end = System.nanoTime() + (long) (Math.max(MOST_WARM_UP, seconds) * 1e9);
        long best = Long.MAX_VALUE;
        long bestAt = System.nanoTime();
        int since = 0;
        // a second and some runs without a faster one: compiled
        while (System.nanoTime() < end && (since < 20 || System.nanoTime() - bestAt < 1_000_000_000L)) {
            progress("warming up");
            long t = once();
            since++;
            if (t < best - best / 50) {
                best = t;
                bestAt = System.nanoTime();
                since = 0;
            }
        }
        progress("");
    }

    private void perOp(Profile p, Model m, ModelFile file, JarContents made, ProfileFile.Whole whole) throws IOException {
        int runs = Steady.measure(Math.min(seconds, 2), this::once).runs();
        CostTable costs = CostTable.of(file.path(), made, m, session.path(), given, p);
        if (profile != null) {
            ProfileFile.of(p, m.name(), m.target().text(), session.path(), threads, runs, whole, costs.operations(), costs.bytes()).write(profile);
        }
        if (!perOp) {
            return;
        }
        long total = Math.max(1, IntStream.range(0, p.steps()).mapToLong(p::nanos).sum());
        out().println();
        out().println("        ms   share   GFLOP/s         MB  step");
        IntStream.range(0, p.steps()).boxed().filter(i -> p.count(i) > 0).sorted(Comparator.comparingLong(i -> -p.nanos(i))).forEach(i ->
                out().printf(Locale.ROOT, "%10.4f  %5.1f%%  %s  %s%s%n", p.nanos(i) / 1e6 / runs, 100.0 * p.nanos(i) / total,
                        cost(costs.operations()[i] / Math.max(1, p.nanos(i)), costs.bytes()[i] / 1e6 / runs), p.name(i),
                        p.loc(i).isEmpty() ? "" : "  (" + String.join(", ", p.loc(i)) + ")"));
        out().printf(Locale.ROOT, "%10.4f  100.0%%  %s  all steps%n", total / 1e6 / runs,
                cost(CostTable.known(costs.operations()) / total, costs.knownBytes() / 1e6 / runs));
    }

    private static String cost(double gflops, double megabytes) {
        return number("%8.1f", gflops) + "  " + number("%9.3f", megabytes);
    }

    private static String number(String format, double v) {
        // as wide as the number would be
        return Double.isNaN(v) ? " ".repeat(format.charAt(1) - '1') + "-" : String.format(Locale.ROOT, format, v);
    }
}
