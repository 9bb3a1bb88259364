package dev.lathe.compiler.hostile;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.codegen.jar.JarWriter;
import dev.lathe.compiler.CompilerOptions;
import dev.lathe.compiler.Lathe;
import dev.lathe.compiler.models.TestModels;
import dev.lathe.runtime.LatheRuntimeException;
import dev.lathe.runtime.Model;
import dev.lathe.runtime.Session;
import dev.lathe.runtime.Target;
import dev.lathe.runtime.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever readers make of an archive: what runs is what was compiled, or nothing does. */
class HostileZipsTest {
    private static final String CLASS = "model/Conv$portable$0.class";

    @TempDir
    Path dir;

    @Test
    void nothingButWhatWasCompiledRuns() throws IOException {
        Path sound = dir.resolve("sound.jar");
        JarWriter.write(sound, Lathe.compile(TestModels.FOLDER.resolve("conv/model.onnx"), CompilerOptions.DEFAULT.withTargets(List.of(Target.PORTABLE))));
        float[] expected = run(sound);
        Set<String> refused = new TreeSet<>();
        Map<String, byte[]> all = HostileZips.all(HostileJars.unzip(Files.readAllBytes(sound)), CLASS);
        for (Map.Entry<String, byte[]> e : all.entrySet()) {
            Path jar = Files.write(dir.resolve("m.jar"), e.getValue());
            try {
                assertArrayEquals(expected, run(jar), e.getKey());
            } catch (LatheRuntimeException x) {
                refused.add(e.getKey());
                assertFalse(Fuzz.INTERNAL.matcher(x.getMessage()).find(), () -> e.getKey() + ": " + x.getMessage());
            }
        }
        assertFalse(refused.contains("stored, as it should be"));
        assertTrue(refused.containsAll(Set.of("a name with a backslash", "a smaller size in the directory", "entries that overlap")), refused::toString);
        // one of the two is another class: the reader takes either, and never the changed one
        assertEquals(1, refused.stream().filter(n -> n.startsWith("twice the same name")).count(), refused::toString);
    }

    private static float[] run(Path jar) {
        try (Model m = Model.load(jar); Session s = m.newSession()) {
            float[] x = new float[3 * 64];
            for (int i = 0; i < x.length; i++) {
                x[i] = i % 7 - 3;
            }
            s.set("x", Tensor.ofFloats(x, 1, 3, 8, 8));
            s.run();
            return ((Tensor) s.outputValue(m.outputs().get(0).name())).toFloats();
        }
    }
}
