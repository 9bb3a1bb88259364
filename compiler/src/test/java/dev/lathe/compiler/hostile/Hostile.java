package dev.lathe.compiler.hostile;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Every refusal by command: {@code Hostile LAUNCHER [WORD]} makes each model and jar, gives it to {@code lathe} in a process of its own
 * with a heap of 512 MB, and judges exit code, message, time and what is left in the folder. A table goes to standard output; the
 * exit code is 1 when something failed. With WORD, only what has it in its name.
 */
public final class Hostile {
    /** What must come of a command; {@code word} stands in its message. */
    enum Expect { DONE, REFUSED, USAGE, DONE_OR_REFUSED }

    /** @param args with {@code {}} for the folder of the trial's files */
    record Trial(String name, Maker files, List<String> args, Expect expect, String word) {}

    /** Makes a trial's files. */
    interface Maker {
        void make(Path folder) throws IOException;
    }

    private static final double SECONDS = 10;

    private final Path launcher;
    private final Path work;
    private int wrong;
    private double slowest;

    private Hostile(Path launcher) throws IOException {
        this.launcher = launcher;
        this.work = Files.createTempDirectory("lathe-hostile");
    }

    /** See the class. */
    public static void main(String[] args) throws IOException, InterruptedException {
        Hostile h = new Hostile(Path.of(args[0]).toAbsolutePath());
        List<Trial> all = new ArrayList<>(models());
        all.addAll(HostileFiles.all());
        all.addAll(HostileJars.all());
        int n = 0;
        for (Trial t : all) {
            if (args.length < 2 || t.name.contains(args[1])) {
                h.one(t);
                n++;
            }
        }
        delete(h.work);
        System.out.printf(Locale.ROOT, "%d commands, %d wrong, the slowest took %.1f s%n", n, h.wrong, h.slowest);
        System.exit(h.wrong == 0 && n > 0 ? 0 : 1);
    }

    private static List<Trial> models() {
        List<Trial> r = new ArrayList<>();
        for (Map.Entry<String, HostileModels.Case> e : new LinkedHashMap<>(HostileModels.all()).entrySet()) {
            HostileModels.Case c = e.getValue();
            r.add(compile("model: " + e.getKey(), c.compiles() ? Expect.DONE : Expect.REFUSED, c.word(), "m.onnx", f -> Files.write(f.resolve("m.onnx"), c.bytes().get())));
        }
        return r;
    }

    static Trial compile(String name, Expect expect, String word, String file, Maker files) {
        return new Trial(name, files, List.of("compile", "{}/in/" + file, "-o", "{}/out/m.jar", "--target", "portable"), expect, word == null ? "" : word);
    }

    private void one(Trial t) throws IOException, InterruptedException {
        Path folder = Files.createDirectory(work.resolve("t"));
        t.files.make(Files.createDirectory(folder.resolve("in")));
        Path out = Files.createDirectory(folder.resolve("out"));
        List<String> command = new ArrayList<>(List.of("bash", "-c", "TIMEFORMAT='%R %U %S'; time \"$@\" 2>\"$0\"", folder.resolve("err").toString(), launcher.toString()));
        t.args.forEach(a -> command.add(a.replace("{}", folder.toString())));
        ProcessBuilder b = new ProcessBuilder(command).directory(out.toFile()).redirectOutput(new File("/dev/null")).redirectError(folder.resolve("time").toFile());
        b.environment().put("LATHE_JAVA_OPTS", "-Xmx512m");
        Process p = b.start();
        boolean ended = p.waitFor(120, TimeUnit.SECONDS);
        if (!ended) {
            p.descendants().forEach(ProcessHandle::destroyForcibly);
            p.destroyForcibly().waitFor();
        }
        String said = Files.exists(folder.resolve("err")) ? Files.readString(folder.resolve("err"), StandardCharsets.UTF_8).replace(folder.toString(), "")
                .replaceFirst("^WARNING: Using incubator modules: jdk.incubator.vector\n", "") : "";
        double took = ended ? seconds(Files.readString(folder.resolve("time"))) : 120;
        slowest = Math.max(slowest, took);
        String bad = !ended ? "no end" : judge(t, p.exitValue(), said, took, left(out, p.exitValue() == 0));
        if (bad != null) {
            wrong++;
        }
        System.out.printf(Locale.ROOT, "%-5s %s: exit code %d, %.1f s%s%s%n", bad == null ? "ok" : "WRONG", t.name, ended ? p.exitValue() : -1, took,
                bad == null ? "" : "; " + bad, said.isBlank() ? "" : "\n        " + said.strip().lines().map(l -> l.length() > 230 ? l.substring(0, 230) + " ..." : l).limit(6)
                        .reduce((x, y) -> x + "\n        " + y).orElse(""));
        delete(folder);
    }

    /** What is wrong; null when nothing is. */
    private static String judge(Trial t, int code, String said, double took, List<String> left) {
        boolean done = t.expect == Expect.DONE || t.expect == Expect.DONE_OR_REFUSED;
        boolean refused = t.expect == Expect.REFUSED || t.expect == Expect.DONE_OR_REFUSED;
        int expected = code == 0 && done ? 0 : refused ? 3 : t.expect == Expect.USAGE ? 2 : 0;
        if (code != expected) {
            return "it should be " + expected;
        } else if (took > SECONDS) {
            return "too slow";
        } else if (!left.isEmpty()) {
            return "files are left: " + left;
        } else if (code != 0 && (!said.startsWith("error: ") || said.contains("\n\tat ") || Fuzz.INTERNAL.matcher(said).find())) {
            return "no clear error";
        }
        return code != 0 && !said.contains(t.word) ? "the message should have \"" + t.word + '"' : null;
    }

    /** Of wall clock and processor time the shorter: a busy machine stretches the one, a compiler's threads beside it the other. */
    private static double seconds(String times) {
        String[] s = times.strip().lines().reduce((a, b) -> b).orElse("0 0 0").split(" ");
        return Math.min(Double.parseDouble(s[0]), Double.parseDouble(s[1]) + Double.parseDouble(s[2]));
    }

    /** A jar may be there when it was made; nothing else, and nothing after a failure. */
    private static List<String> left(Path out, boolean made) throws IOException {
        try (Stream<Path> all = Files.list(out)) {
            return all.map(p -> p.getFileName().toString()).filter(n -> !made).toList();
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            all.sorted(Comparator.reverseOrder()).forEach(p -> p.toFile().delete());
        }
    }
}
