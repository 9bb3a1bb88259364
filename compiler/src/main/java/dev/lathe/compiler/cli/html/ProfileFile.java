package dev.lathe.compiler.cli.html;

import dev.lathe.codegen.jar.WholeFile;
import dev.lathe.compiler.diag.Faults;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.tensor.JsonReader;
import dev.lathe.runtime.Profile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * The time of each step, measured by {@code lathe bench --profile}.
 *
 * @param path the choice of shapes that was run
 * @param whole of all steps together, measured without a clock at each; null when not known
 * @param steps names of the program's steps, in order
 * @param millis per run, by step
 * @param operations of contractions, per run, by step, two a multiply-add; NaN where not known
 * @param bytes read and written per run, by step; NaN where not known
 */
public record ProfileFile(String model, String target, String path, int threads, long runs, Whole whole, List<String> steps, double[] millis,
        double[] operations, double[] bytes) {
    private static final String KIND = "lathe 1 profile";

    /**
     * A whole run: the first one, then the steady ones.
     *
     * @param allocated bytes on the Java heap per run, by all threads
     */
    public record Whole(double firstMillis, double medianMillis, double p99Millis, double bestMillis, long runs, double allocated) {}

    /** Of {@code runs} runs; so are {@code operations} and {@code bytes}. */
    public static ProfileFile of(Profile p, String model, String target, String path, int threads, long runs, Whole whole, double[] operations, double[] bytes) {
        List<String> steps = new ArrayList<>();
        double[] millis = new double[p.steps()];
        for (int i = 0; i < millis.length; i++) {
            steps.add(p.name(i));
            millis[i] = p.nanos(i) / 1e6 / Math.max(1, runs);
        }
        return new ProfileFile(model, target, path, threads, runs, whole, steps, millis, each(operations, runs), each(bytes, runs));
    }

    private static double[] each(double[] all, long runs) {
        return Arrays.stream(all).map(v -> v / Math.max(1, runs)).toArray();
    }

    public void write(Path file) throws IOException {
        List<Object> list = new ArrayList<>();
        for (int i = 0; i < millis.length; i++) {
            list.add(Json.object("step", steps.get(i), "ms", millis[i], "operations", known(operations[i]), "bytes", known(bytes[i])));
        }
        WholeFile.write(file, Json.of(Json.object("kind", KIND, "model", model, "target", target, "path", path, "threads", threads, "runs", runs,
                "whole", wholeJson(), "steps", list)) + "\n");
    }

    Map<String, Object> wholeJson() {
        return whole == null ? null : Json.object("firstMs", whole.firstMillis, "medianMs", whole.medianMillis, "p99Ms", whole.p99Millis,
                "bestMs", whole.bestMillis, "runs", whole.runs, "allocatedBytes", whole.allocated);
    }

    private static Double known(double v) {
        return Double.isNaN(v) ? null : v;
    }

    /** @throws LatheException when the file is none that {@code bench} wrote */
    public static ProfileFile read(Path file) throws IOException {
        try {
            Map<?, ?> m = (Map<?, ?>) JsonReader.parse(Files.readString(file, StandardCharsets.UTF_8));
            if (!KIND.equals(m.get("kind"))) {
                throw new ClassCastException("its kind is not \"" + KIND + '"');
            }
            List<?> list = (List<?>) m.get("steps");
            List<String> steps = new ArrayList<>();
            double[] millis = new double[list.size()];
            double[] operations = new double[millis.length];
            double[] bytes = new double[millis.length];
            for (int i = 0; i < millis.length; i++) {
                Map<?, ?> s = (Map<?, ?>) list.get(i);
                steps.add((String) s.get("step"));
                millis[i] = ((Number) s.get("ms")).doubleValue();
                operations[i] = number(s.get("operations"));
                bytes[i] = number(s.get("bytes"));
            }
            return new ProfileFile((String) m.get("model"), (String) m.get("target"), (String) m.get("path"), ((Number) m.get("threads")).intValue(),
                    ((Number) m.get("runs")).longValue(), whole((Map<?, ?>) m.get("whole")), steps, millis, operations, bytes);
        } catch (java.nio.file.NoSuchFileException e) {
            throw new LatheException(file.toString(), "there is no such file", "lathe bench MODEL --profile " + file.getFileName() + " writes one");
        } catch (JsonReader.JsonException | java.nio.charset.CharacterCodingException | ClassCastException | NullPointerException e) {
            throw new LatheException(file.toString(), "this is no profile: " + (e instanceof RuntimeException r ? Faults.plain(r) : "it is no UTF-8 text"), "lathe bench MODEL --profile FILE writes one");
        }
    }

    private static Whole whole(Map<?, ?> w) {
        return w == null ? null : new Whole(number(w.get("firstMs")), number(w.get("medianMs")), number(w.get("p99Ms")), number(w.get("bestMs")),
                (long) number(w.get("runs")), number(w.get("allocatedBytes")));
    }

    private static double number(Object given) {
        return given == null ? Double.NaN : ((Number) given).doubleValue();
    }

    /** True when these are the steps of the program that was measured. */
    boolean isOf(Map<String, Object> program) {
        return program.get("target").equals(target) && program.get("path").equals(path)
                && ((List<?>) program.get("steps")).stream().map(s -> ((Map<?, ?>) s).get("n")).toList().equals(steps);
    }
}
