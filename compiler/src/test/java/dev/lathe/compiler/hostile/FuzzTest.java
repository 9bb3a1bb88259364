package dev.lathe.compiler.hostile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.codegen.jar.JarWriter;
import dev.lathe.compiler.CompilerOptions;
import dev.lathe.compiler.Lathe;
import dev.lathe.compiler.ir.text.GraphPrinter;
import dev.lathe.compiler.models.TestModels;
import dev.lathe.compiler.onnx.ImportOptions;
import dev.lathe.runtime.LatheRuntimeException;
import dev.lathe.runtime.Model;
import dev.lathe.runtime.ModelOptions;
import dev.lathe.runtime.Target;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damaged files by the hundred, by the million with {@code -Dlathe.fuzz=1000000}: each is taken or refused by an error
 * of Lathe's own. A failure names its seed; {@code -Dlathe.fuzz.seed=N} begins there.
 */
class FuzzTest {
    private static final int COUNT = Integer.getInteger("lathe.fuzz", 200);
    private static final long SEED = Long.getLong("lathe.fuzz.seed", 0);
    private static final List<String> MODELS = List.of("conv", "add", "lookup");

    @TempDir
    Path dir;

    private static Path model(String name) {
        return TestModels.FOLDER.resolve(name).resolve("model.onnx");
    }

    private void all(List<byte[]> good, String file, java.util.function.Function<Path, Verdict> taken) throws IOException {
        int refused = 0;
        for (long seed = SEED; seed < SEED + COUNT; seed++) {
            Path f = Files.write(dir.resolve(file), Mutation.of(good.get((int) (seed % good.size())), seed));
            Verdict v = taken.apply(f);
            if (v.kind() == Verdict.Kind.WRONG) {
                throw new AssertionError("seed " + seed + ": " + v.cause(), v.cause());
            }
            refused += v.kind() == Verdict.Kind.REFUSED ? 1 : 0;
        }
        assertTrue(COUNT < 100 || refused > 0, "the damage does nothing");
    }

    @Test
    void onnxFiles() throws IOException {
        List<byte[]> good = new ArrayList<>();
        for (String m : MODELS) {
            good.add(Files.readAllBytes(model(m)));
        }
        good.add(HostileModels.chain(40).bytes());
        all(good, "m.onnx", Verdict::compile);
    }

    @Test
    void texts() throws IOException {
        List<byte[]> good = new ArrayList<>();
        for (String m : MODELS) {
            good.add(GraphPrinter.print(Lathe.read(model(m), ImportOptions.NONE)).getBytes(StandardCharsets.UTF_8));
            good.add(GraphPrinter.print(Lathe.optimise(Lathe.read(model(m), ImportOptions.NONE))).getBytes(StandardCharsets.UTF_8));
        }
        all(good, "m.lir", Verdict::compile);
    }

    @Test
    void jars() throws IOException {
        List<byte[]> good = new ArrayList<>();
        for (String m : MODELS) {
            Path jar = dir.resolve(m + ".jar");
            JarWriter.write(jar, Lathe.compile(model(m), CompilerOptions.DEFAULT.withTargets(List.of(Target.PORTABLE))));
            good.add(Files.readAllBytes(jar));
        }
        ModelOptions portable = ModelOptions.DEFAULT.withTarget(Target.PORTABLE);
        all(good, "m.jar", f -> Verdict.of(() -> {
            try (Model m = Model.load(f, portable)) {
                return m.inputs();
            }
        }));
    }

    @Test
    void everyCutJarIsRefused() throws IOException {
        Path jar = dir.resolve("whole.jar");
        JarWriter.write(jar, Lathe.compile(model("add"), CompilerOptions.DEFAULT.withTargets(List.of(Target.PORTABLE))));
        byte[] whole = Files.readAllBytes(jar);
        for (int n = 0; n < whole.length; n += 1 + whole.length / 150) {
            Path cut = Files.write(dir.resolve("cut.jar"), java.util.Arrays.copyOf(whole, n));
            Verdict v = Verdict.of(() -> Model.load(cut));
            assertEquals(Verdict.Kind.REFUSED, v.kind(), n + " bytes: " + v.cause());
            assertTrue(v.cause() instanceof LatheRuntimeException);
        }
    }
}
