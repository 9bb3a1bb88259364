package dev.lathe.bench;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.runtime.Target;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One inference in each engine, under JMH: {@code java -jar bench/target/bench.jar -p model=DIR[,DIR...] [-p target=avx2]
 * [-p code=FALLBACK] [-p threads=2] [-prof gc]}. For a comparison within one process see {@code bench/compare}.
 */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(value = 3, jvmArgsAppend = {"--add-modules", "jdk.incubator.vector", "-Xmx2g", "-XX:+UseG1GC"})
public class InferenceBenchmark {
    /** What all engines are given. */
    @State(Scope.Benchmark)
    public static class Given {
        /** A folder with a model and test_data_set_0. */
        @Param({})
        public String model;

        @Param("1")
        public int threads;

        @Param("STATIC")
        public Code code;

        Engine lathe(ModelFolder f, String targetName) {
            Target target = targetName.equals("auto") ? Target.best() : Target.ofText(targetName.toLowerCase(Locale.ROOT));
            if (target == null) {
                throw new LatheException("", "there is no target '" + targetName + "'");
            }
            try {
                Path folder = Files.createTempDirectory("lathe-bench");
                Path jar = f.compile(target, code, folder).jar();
                try {
                    return new LatheEngine(jar, target, threads, f.inputs());
                } finally {
                    Files.delete(jar);
                    Files.delete(folder);
                }
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }

        Engine ort(ModelFolder f) {
            return new OrtEngine(f.model(), threads, f.inputs(), code == Code.STATIC);
        }
    }

    /** Lathe, checked against ONNX Runtime. */
    @State(Scope.Benchmark)
    public static class LatheState {
        @Param("auto")
        public String target;

        private Engine engine;

        @Setup(Level.Trial)
        public void setUp(Given given) {
            ModelFolder f = ModelFolder.read(Path.of(given.model));
            engine = given.lathe(f, target);
            try (Engine other = given.ort(f)) {
                engine.infer();
                other.infer();
                String d = Agreement.difference(engine.outputs(), other.outputs());
                if (d != null) {
                    throw new LatheException(given.model, "Lathe and ONNX Runtime don't agree: " + d);
                }
            }
        }

        @TearDown(Level.Trial)
        public void tearDown() {
            engine.close();
        }
    }

    /** ONNX Runtime; its results are what Lathe's are checked against. */
    @State(Scope.Benchmark)
    public static class OrtState {
        private Engine engine;

        @Setup(Level.Trial)
        public void setUp(Given given) {
            engine = given.ort(ModelFolder.read(Path.of(given.model)));
        }

        @TearDown(Level.Trial)
        public void tearDown() {
            engine.close();
        }
    }

    @Benchmark
    public void lathe(LatheState s) {
        s.engine.infer();
    }

    @Benchmark
    public void onnxRuntime(OrtState s) {
        s.engine.infer();
    }
}
