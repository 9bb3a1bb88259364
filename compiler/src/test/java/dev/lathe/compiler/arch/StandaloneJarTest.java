package dev.lathe.compiler.arch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.codegen.jar.JarContents;
import dev.lathe.codegen.jar.JarWriter;
import dev.lathe.codegen.lib.F32Math;
import dev.lathe.compiler.CompilerOptions;
import dev.lathe.compiler.Lathe;
import dev.lathe.compiler.ir.text.GraphParser;
import dev.lathe.runtime.Model;
import dev.lathe.runtime.Target;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model's jar and the run time are all that a user's class path needs; the run time stays small. */
class StandaloneJarTest {
    /** A function that is computed in f64, and a sort. */
    private static final String MODEL = """
            lathe 1
            graph @m(%x: f32[5]) -> (%s, %v, %i) {
              %s: f32[5] = sin(%x)
              %v: f32[2], %i: i64[2] = topk(%x) {count = dim(2), largest = true}
              return %s, %v, %i
            }
            """;

    @TempDir
    Path dir;

    private static JarContents compiled(String text) {
        CompilerOptions o = new CompilerOptions("com.acme.M", List.of(Target.PORTABLE), List.of(), true, Map.of(), List.of());
        return Lathe.assemble(List.of(Lathe.optimise(GraphParser.parse("m.lir", text))), List.of("only"), o);
    }

    @Test
    void aJarTakesAlongWhatItCalls() throws Exception {
        Path jar = dir.resolve("m.jar");
        JarWriter.write(jar, compiled(MODEL));
        TreeSet<String> classes = new TreeSet<>();
        try (JarFile f = new JarFile(jar.toFile())) {
            f.stream().map(e -> e.getName()).filter(n -> n.endsWith(".class")).forEach(classes::add);
        }
        for (String c : List.of("F32Math", "F64Math", "Order", "Order$Elements")) {
            assertTrue(classes.contains("com/acme/M$" + c + ".class"), classes::toString);
        }
        assertTrue(classes.stream().noneMatch(c -> c.startsWith("com/acme/M$Texts")), classes::toString);

        // a class path of two: the run time's classes and the jar
        URL runtime = Model.class.getProtectionDomain().getCodeSource().getLocation();
        try (URLClassLoader alone = new URLClassLoader(new URL[] {runtime, jar.toUri().toURL()}, ClassLoader.getPlatformClassLoader())) {
            assertThrows(ClassNotFoundException.class, () -> alone.loadClass(F32Math.class.getName()));
            Class<?> model = alone.loadClass(Model.class.getName());
            try (AutoCloseable m = (AutoCloseable) model.getMethod("load", ClassLoader.class, String.class).invoke(null, alone, "com.acme.M");
                    AutoCloseable s = (AutoCloseable) model.getMethod("newSession").invoke(m)) {
                float[] x = {3, -1e9f, 4, 1, 0.5f};
                Class<?> session = s.getClass();
                session.getMethod("set", String.class, float[].class, int[].class).invoke(s, "x", x, new int[] {5});
                session.getMethod("run").invoke(s);
                float[] sin = new float[5];
                session.getMethod("copyOutput", String.class, float[].class).invoke(s, "s", sin);
                for (int i = 0; i < x.length; i++) {
                    assertEquals(F32Math.sin(x[i]), sin[i]);
                }
                float[] top = new float[2];
                session.getMethod("copyOutput", String.class, float[].class).invoke(s, "v", top);
                assertArrayEquals(new float[] {4, 3}, top);
            }
        }
    }

    @Test
    void theRunTimeStaysSmall() throws IOException, URISyntaxException {
        Path classes = Path.of(Model.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        long size = 0;
        if (Files.isDirectory(classes)) {
            try (Stream<Path> all = Files.walk(classes)) {
                for (Path p : (Iterable<Path>) all.filter(Files::isRegularFile)::iterator) {
                    ByteArrayOutputStream deflated = new ByteArrayOutputStream();
                    try (DeflaterOutputStream out = new DeflaterOutputStream(deflated)) {
                        out.write(Files.readAllBytes(p));
                    }
                    // its two headers in a zip file hold its name twice
                    size += deflated.size() + 80 + 2L * classes.relativize(p).toString().length();
                }
            }
        } else {
            size = Files.size(classes);
        }
        assertTrue(size > 50_000 && size < 100_000, "runtime-min takes " + size + " bytes");
    }
}
