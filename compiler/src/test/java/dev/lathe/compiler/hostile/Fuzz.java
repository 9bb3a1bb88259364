package dev.lathe.compiler.hostile;

import dev.lathe.codegen.jar.JarWriter;
import dev.lathe.compiler.CompilerOptions;
import dev.lathe.compiler.Lathe;
import dev.lathe.compiler.cli.Main;
import dev.lathe.compiler.models.TestModels;
import dev.lathe.runtime.LatheRuntimeException;
import dev.lathe.runtime.Model;
import dev.lathe.runtime.ModelOptions;
import dev.lathe.runtime.OptionalValue;
import dev.lathe.runtime.SequenceValue;
import dev.lathe.runtime.Session;
import dev.lathe.runtime.Target;
import dev.lathe.runtime.Tensor;
import dev.lathe.runtime.TensorSpec;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Damaged models and jars by the ten thousand, through the command line's own entry: each is compiled, or refused with
 * exit code 3, one block and no output file. {@code Fuzz models|jars|FORMAT COUNT FIRST-SEED KEEP-DIR [SEED-MODELS-DIR...]};
 * what fails is kept in KEEP-DIR. The exit code is 1 when something failed.
 */
public final class Fuzz {
    private static final long SECOND = 1_000_000_000L;

    /** What no refusal says: that Lathe is at fault, or words that only Java's programmers know. */
    static final Pattern INTERNAL = Pattern.compile(
            "fault of Lathe|[iI]nternal error|\\b[A-Z]\\w+(Exception|Error)\\b|out of bounds for|because \"|Cannot invoke|(integer|long) overflow|by zero|(END|CEN|LOC) header|ZLIB|invalid (stored|block|distance|code|bit|literal)|^error: (\\S+: )?null$", Pattern.MULTILINE);

    private final Path work;
    private final Path keep;
    private final Map<String, Integer> counts = new TreeMap<>();
    private final Map<String, Integer> faults = new TreeMap<>();
    private int wrong;
    private volatile boolean running;

    private Fuzz(Path keep) throws IOException {
        this.keep = Files.createDirectories(keep);
        this.work = Files.createTempDirectory("lathe-fuzz");
    }

    /** See the class. */
    public static void main(String[] args) throws IOException, InterruptedException {
        List<Path> folders = Stream.of(args).skip(4).map(Path::of).toList();
        List<List<FuzzSeeds.FileBytes>> format = FuzzSeeds.formats().get(args[0]);
        Fuzz f = format != null ? run(format, Integer.parseInt(args[1]), Long.parseLong(args[2]), Path.of(args[3])) : run(args[0].equals("jars"), Integer.parseInt(args[1]), Long.parseLong(args[2]), Path.of(args[3]), folders);
        System.exit(f.wrong == 0 ? 0 : 1);
    }

    /** Damages and judges; prints what fails and a summary. @param folders of sound models, beside those that tests make */
    static Fuzz run(boolean jars, int count, long first, Path keep, List<Path> folders) throws IOException, InterruptedException {
        Fuzz f = new Fuzz(keep);
        f.all(jars ? jars(f.work) : FuzzSeeds.all(folders), count, first, jars);
        return f;
    }

    /** As the other, from these sound models. */
    static Fuzz run(List<List<FuzzSeeds.FileBytes>> seeds, int count, long first, Path keep) throws IOException, InterruptedException {
        Fuzz f = new Fuzz(keep);
        f.all(seeds, count, first, false);
        return f;
    }

    /** Judges files that are damaged already. */
    static Fuzz judge(List<List<FuzzSeeds.FileBytes>> damaged, Path keep) throws IOException, InterruptedException {
        Fuzz f = new Fuzz(keep);
        for (int i = 0; i < damaged.size(); i++) {
            f.one(i, damaged.get(i), false);
        }
        Files.deleteIfExists(f.work);
        return f;
    }

    private void all(List<List<FuzzSeeds.FileBytes>> seeds, int count, long first, boolean jars) throws IOException, InterruptedException {
        System.out.println(count + (jars ? " damaged jars from " : " damaged models from ") + seeds.size() + " sound ones, heap "
                + (Runtime.getRuntime().maxMemory() >> 20) + " MB");
        long start = System.nanoTime();
        for (long seed = first; seed < first + count; seed++) {
            List<FuzzSeeds.FileBytes> sound = seeds.get((int) Math.floorMod(seed * 7919, (long) seeds.size()));
            one(seed, FuzzSeeds.damaged(sound, seed), jars);
        }
        faults.forEach((m, n) -> System.out.println("  internal, " + n + " times: " + m));
        System.out.printf("%s; %d wrong; %d s%n", counts, wrong, (System.nanoTime() - start) / SECOND);
        Files.deleteIfExists(work);
    }

    int wrong() {
        return wrong;
    }

    int refused() {
        return counts.getOrDefault("refused", 0) + counts.getOrDefault("load refused", 0);
    }

    private static List<List<FuzzSeeds.FileBytes>> jars(Path work) throws IOException {
        List<List<FuzzSeeds.FileBytes>> seeds = new ArrayList<>();
        for (String m : List.of("conv", "add", "lookup")) {
            for (List<Target> t : List.of(List.of(Target.PORTABLE), List.of(Target.values()))) {
                Path jar = work.resolve("sound.jar");
                JarWriter.write(jar, Lathe.compile(TestModels.FOLDER.resolve(m).resolve("model.onnx"), CompilerOptions.DEFAULT.withTargets(t)));
                seeds.add(List.of(new FuzzSeeds.FileBytes("m.jar", Files.readAllBytes(jar))));
                Files.delete(jar);
            }
        }
        return seeds;
    }

    private void one(long seed, List<FuzzSeeds.FileBytes> files, boolean jar) throws IOException, InterruptedException {
        Path folder = Files.createDirectory(work.resolve("s" + seed));
        for (FuzzSeeds.FileBytes f : files) {
            Files.write(folder.resolve(f.name()), f.bytes());
        }
        Path model = folder.resolve(files.get(0).name());
        String problem = timed(() -> jar ? load(model, false) : compile(model, folder.resolve("out")));
        if (problem != null) {
            wrong++;
            Path to = Files.createDirectories(keep.resolve("seed" + seed));
            for (FuzzSeeds.FileBytes f : files) {
                Files.write(to.resolve(f.name()), f.bytes());
            }
            System.out.println("seed " + seed + " (" + to + "): " + problem);
        }
        try (Stream<Path> all = Files.walk(folder)) {
            all.sorted(java.util.Comparator.reverseOrder()).forEach(p -> p.toFile().delete());
        }
    }

    /** What is wrong with how a model was compiled; null when nothing is. */
    private String compile(Path model, Path outFolder) {
        try {
            Path jar = Files.createDirectory(outFolder).resolve("m.jar");
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            ByteArrayOutputStream err = new ByteArrayOutputStream();
            String[] args = {"compile", model.toString(), "-o", jar.toString(), "--target", "portable"};
            int code = Main.run(args, new PrintStream(out, true, StandardCharsets.UTF_8), new PrintStream(err, true, StandardCharsets.UTF_8));
            String said = err.toString(StandardCharsets.UTF_8);
            if (code == 0) {
                return load(jar, true);
            }
            count("refused");
            if (INTERNAL.matcher(said).find()) {
                faults.merge(said.strip().replaceAll("/\\S*/s\\d+/", "").lines().findFirst().orElse("").replaceAll("\"[^\"]*\"", "\"..\"").replaceAll("\\d+", "#"), 1, Integer::sum);
                return "internal wording: " + said + traced(args);
            }
            try (Stream<Path> left = Files.list(outFolder)) {
                if (left.findAny().isPresent()) {
                    return "a file is left after: " + said;
                }
            }
            return code != 3 ? "exit code " + code + ": " + said : said.startsWith("error: ") && !said.contains("\n\tat ") ? null : "no clear error: " + said;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What the same command says with --stacktrace, for whoever mends it. */
    private static String traced(String[] args) {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        List<String> more = new ArrayList<>(List.of(args));
        more.add("--stacktrace");
        Main.run(more.toArray(String[]::new), new PrintStream(new ByteArrayOutputStream()), new PrintStream(err, true, StandardCharsets.UTF_8));
        List<String> lines = err.toString(StandardCharsets.UTF_8).lines().toList();
        StringBuilder places = new StringBuilder();
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).contains("Suppressed: ") || lines.get(i).contains("Caused by: ")) {
                places.append('\n').append(String.join("\n", lines.subList(i, Math.min(lines.size(), i + 8))));
            }
        }
        return places.toString();
    }

    /** Loads a jar and, where its inputs are small, runs it on zeros. */
    private String load(Path jar, boolean sound) {
        try (Model m = Model.load(jar, ModelOptions.DEFAULT.withTarget(Target.PORTABLE))) {
            count(sound ? "compiled" : "loaded");
            running = true;
            return run(m);
        } catch (LatheRuntimeException e) {
            count(running ? "run refused" : "load refused");
            if (INTERNAL.matcher(e.getMessage()).find()) {
                faults.merge("run time: " + e.getMessage().replaceAll("'[^']*'", "'..'").replaceAll("\\d+", "#"), 1, Integer::sum);
                return "internal wording: " + e + " because of " + e.getCause();
            }
            return sound && !running ? "a jar just written is refused: " + e : null;
        } catch (OutOfMemoryError e) {
            count(running ? "run out of memory" : "load out of memory");
            return running ? null : e.toString();
        } finally {
            running = false;
        }
    }

    private String run(Model m) {
        try (Session s = m.newSession()) {
            for (TensorSpec in : m.inputs()) {
                switch (in.kind()) {
                    case TENSOR -> {
                        int[] shape = in.dims().stream().mapToInt(d -> (int) Math.max(d.isStatic() ? 0 : 1, d.min())).toArray();
                        long n = 1;
                        for (int d : shape) {
                            n = Math.min(n * d, 1 << 30);
                        }
                        if (n > 1 << 16) {
                            count("not run");
                            return null;
                        }
                        s.set(in.name(), Tensor.zeros(in.type(), shape));
                    }
                    case SEQUENCE -> s.set(in.name(), SequenceValue.EMPTY);
                    case OPTIONAL -> s.set(in.name(), OptionalValue.EMPTY);
                }
            }
            s.run();
            count("run");
            return null;
        }
    }

    private synchronized void count(String what) {
        counts.merge(what, 1, Integer::sum);
    }

    /** Ten seconds of the processor's time, whatever else this machine does; a run may take as long as the model wants. */
    private String timed(java.util.function.Supplier<String> work) throws InterruptedException {
        String[] result = {"no end"};
        Thread t = new Thread(() -> {
            try {
                result[0] = work.get();
            } catch (Throwable e) {
                java.io.StringWriter trace = new java.io.StringWriter();
                e.printStackTrace(new java.io.PrintWriter(trace));
                result[0] = trace.toString();
            }
        }, "stranger");
        t.setDaemon(true);
        t.start();
        java.lang.management.ThreadMXBean bean = java.lang.management.ManagementFactory.getThreadMXBean();
        long start = System.nanoTime();
        while (true) {
            t.join(500);
            if (!t.isAlive()) {
                return result[0];
            }
            long busy = bean.getThreadCpuTime(t.getId());
            if (busy > 10 * SECOND || System.nanoTime() - start > 120 * SECOND) {
                if (running) {
                    count("run without end");
                    running = false;
                    return null;
                }
                StringBuilder where = new StringBuilder("no end after " + busy / SECOND + " s of processor time");
                for (StackTraceElement e : t.getStackTrace()) {
                    where.append("\n\tat ").append(e);
                }
                return where.toString();
            }
        }
    }
}
