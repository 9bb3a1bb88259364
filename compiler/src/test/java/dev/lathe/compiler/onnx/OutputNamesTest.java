package dev.lathe.compiler.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lathe.codegen.jar.JarContents;
import dev.lathe.codegen.jar.JarWriter;
import dev.lathe.compiler.CompilerOptions;
import dev.lathe.compiler.Lathe;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.models.Onnx;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.Model;
import dev.lathe.runtime.ModelOptions;
import dev.lathe.runtime.Session;
import dev.lathe.runtime.Target;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models that list a value as an output more than once, as PyTorch's exporter writes what returns one tensor in two places. */
class OutputNamesTest {
    @TempDir
    Path dir;

    @Test
    void aValueListedAgainIsAnOutputOfItsOwn() throws IOException {
        Path file = dir.resolve("twice.onnx");
        Files.write(file, new Onnx("twice").input("x", ElementType.F32, 2).node("Neg", "", "x", "y").node("Abs", "", "x", "y_2")
                .output("y", ElementType.F32, 2).output("y_2", ElementType.F32, 2).output("y", ElementType.F32, 2).output("y", ElementType.F32, 2).bytes());
        Graph g = Lathe.read(file, ImportOptions.NONE);
        assertEquals(List.of("y", "y_2", "y_3", "y_4"), g.outputs().stream().map(v -> v.name()).toList());
        JarContents jar = Lathe.compile(file, CompilerOptions.DEFAULT.withTargets(List.of(Target.PORTABLE)));
        try (Model m = Model.of(JarWriter.image(jar), jar.id(), ModelOptions.DEFAULT.withTarget(Target.PORTABLE)); Session s = m.newSession()) {
            s.set("x", new float[] {1, -2}).run();
            assertArrayEquals(new float[] {1, 2}, (float[]) s.output("y_2").array());
            for (String name : List.of("y", "y_3", "y_4")) {
                assertArrayEquals(new float[] {-1, 2}, (float[]) s.output(name).array(), name);
            }
        }
    }
}
