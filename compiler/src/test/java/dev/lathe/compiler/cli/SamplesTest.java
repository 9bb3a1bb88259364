package dev.lathe.compiler.cli;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.codegen.jar.JarWriter;
import dev.lathe.compiler.CompilerOptions;
import dev.lathe.compiler.Lathe;
import dev.lathe.compiler.tensor.DataSet;
import dev.lathe.runtime.Model;
import dev.lathe.runtime.ModelOptions;
import dev.lathe.runtime.Session;
import dev.lathe.runtime.Target;
import dev.lathe.runtime.Tensor;
import dev.lathe.runtime.TensorSpec;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedStackTrace;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A sampling profiler's stack traces name the line of the program's text, and by it the nodes of the source model. {@code bench/contract samples MODEL...}
 * looks at other models than the digits ({@code -Dlathe.samples}, separated as paths are): at what is recorded beside them where something is, else at
 * zeros of the least shapes.
 */
class SamplesTest {
    private static final String MODELS = System.getProperty("lathe.samples", "../examples/digits/model.onnx");
    private static final int ENOUGH = 60;
    private static final Pattern KERNEL = Pattern.compile("^ *kernel @([^(]+)\\(");
    // those of choices and loops stand further in
    private static final Pattern STEP = Pattern.compile("^ {2,}\\w+ @([^(]+)\\(.*loc\\(");

    @TempDir
    Path dir;

    static List<Arguments> cases() {
        return Stream.of(MODELS.split(File.pathSeparator)).map(Path::of).flatMap(m -> Stream.of(Target.PORTABLE, Target.best()).distinct().map(t -> Arguments.of(m, t))).toList();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void samplesNameTheLine(Path source, Target target) throws IOException {
        Path found = ModelFile.of(source).path();
        Path jar = dir.resolve("digits.jar");
        JarWriter.write(jar, Lathe.compile(found, CompilerOptions.DEFAULT.withClassName("a.Digits").withTargets(List.of(target))));
        List<String> text;
        try (ZipFile zip = new ZipFile(jar.toFile())) {
            text = new String(zip.getInputStream(zip.getEntry("META-INF/lathe/a.Digits/Digits-" + target.text() + ".lir")).readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        }
        Path file = dir.resolve("a.jfr");
        TreeMap<String, Integer> lost = new TreeMap<>();
        int inside = 0;
        int named = 0;
        try (Model model = Model.load(jar, ModelOptions.DEFAULT.withTarget(target)); Session session = model.newSession()) {
            Consumer<Session> inputs = inputs(model, found.toAbsolutePath().getParent());
            // how many samples a second brings depends on the machine's load
            for (int round = 0; round < 30 && inside < ENOUGH; round++) {
                record(session, inputs, file);
                for (RecordedEvent e : RecordingFile.readAllEvents(file)) {
                    List<RecordedFrame> f = generated(e.getStackTrace(), target);
                    // a rehearsal calls kernels for the JIT compiler, not for a step
                    if (!f.isEmpty() && f.stream().noneMatch(x -> x.getMethod().getName().startsWith("trial_"))) {
                        inside++;
                        if (names(text, f)) {
                            named++;
                        } else {
                            lost.merge(f.stream().map(x -> x.getMethod().getName() + ":" + x.getLineNumber()).collect(Collectors.joining(" < ")), 1, Integer::sum);
                        }
                    }
                }
            }
        }
        System.out.println(source + " on " + target.text() + ": " + named + " of " + inside + " samples in generated code name line and source nodes");
        assertTrue(inside >= ENOUGH, "only " + inside + " samples in generated code");
        assertTrue(named >= 0.95 * inside, named + " of " + inside + " samples name a line; not these: " + lost);
    }

    private static Consumer<Session> inputs(Model model, Path folder) {
        if (!DataSet.folders(folder).isEmpty()) {
            DataSet data = SameBitsMatrix.data(model, folder);
            List<String> names = model.inputs().stream().map(TensorSpec::name).toList();
            return s -> assertNull(CaseRunner.fill(model, s, data, names));
        }
        Map<String, Tensor> zeros = new HashMap<>();
        for (TensorSpec i : model.inputs()) {
            int[] shape = i.dims().stream().mapToInt(d -> (int) Math.max(1, d.min())).toArray();
            zeros.put(i.name(), Tensor.owning(i.type(), i.type().storage().allocate(Arrays.stream(shape).reduce(1, Math::multiplyExact)), shape));
        }
        return s -> zeros.forEach(s::set);
    }

    private static void record(Session session, Consumer<Session> inputs, Path file) throws IOException {
        try (Recording r = new Recording()) {
            r.enable("jdk.ExecutionSample").withPeriod(Duration.ofMillis(10));
            r.start();
            long end = System.nanoTime() + 1_000_000_000L;
            while (System.nanoTime() < end) {
                inputs.accept(session);
                session.run();
            }
            r.stop();
            Files.deleteIfExists(file);
            r.dump(file);
        }
    }

    /**
     * The frames of generated code, the uppermost first; above it may stand what the JIT has not inlined, and the copies of the library, which are written
     * in Java. None: the sample is of other code.
     */
    private static List<RecordedFrame> generated(RecordedStackTrace trace, Target target) {
        return trace == null ? List.of() : trace.getFrames().stream().filter(f -> f.getMethod().getType().getName().startsWith("a.Digits$" + target.text() + "$")).toList();
    }

    /**
     * Whether the uppermost frame's line is in the kernel of its method's name, and one below is a step with its source nodes. A kernel that is rehearsed
     * for the JIT's sake runs for no step.
     */
    private static boolean names(List<String> text, List<RecordedFrame> frames) {
        int line = frames.get(0).getLineNumber() - 1;
        if (line < 0 || line >= text.size() || text.get(line).isBlank()) {
            return false;
        }
        boolean step = frames.stream().map(RecordedFrame::getLineNumber).anyMatch(n -> n > 0 && n <= text.size() && STEP.matcher(text.get(n - 1)).find());
        boolean rehearsed = frames.get(frames.size() - 1).getMethod().getName().startsWith("trial");
        for (int i = line; i >= 0 && !STEP.matcher(text.get(line)).find(); i--) {
            Matcher kernel = KERNEL.matcher(text.get(i));
            if (kernel.find()) {
                return (step || rehearsed) && frames.get(0).getMethod().getName().equals(kernel.group(1));
            }
        }
        return step;
    }
}
