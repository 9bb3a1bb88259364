package dev.lathe.codegen.jar;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lathe.codegen.program.Program;
import dev.lathe.runtime.JarException;
import dev.lathe.runtime.LatheRuntimeException;
import dev.lathe.runtime.Model;
import dev.lathe.runtime.Session;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.jar.JarInputStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JarWriterTest {
    @TempDir
    Path dir;

    private static float[] run(Model m) {
        try (Session s = m.newSession()) {
            float[] z = new float[32];
            s.set("x", Fakes.ramp(32, 1), 2, 16).set("y", Fakes.ramp(32, 0.5f), 2, 16).run().copyOutput("z", z);
            return z;
        }
    }

    private Path jar(Program... programs) throws IOException {
        Path p = dir.resolve("fake.jar");
        JarWriter.write(p, Fakes.contents(programs));
        return p;
    }

    @Test
    void staticOffsetsAreWhatTheFakeUses() {
        Program p = Fakes.fixed();
        StateLayout l = StateLayout.of(p, ConstLayout.of(List.of(p)));
        assertArrayEquals(new int[] {FakeStatic.X, FakeStatic.Y, FakeStatic.T, FakeStatic.Z},
                new int[] {l.offset(1), l.offset(2), l.offset(3), l.offset(4)});
    }

    @Test
    void aJarRuns() throws IOException {
        for (Program[] programs : new Program[][] {{Fakes.fixed()}, {Fakes.symbolic()}, {Fakes.fixed(), Fakes.symbolic()}}) {
            try (Model m = Model.load(jar(programs))) {
                assertArrayEquals(Fakes.ramp(32, 2.5f), run(m));
                assertEquals("line\none", m.stamp().get("label.0"));
                assertEquals("fake one", m.name());
            }
        }
    }

    @Test
    void equalContentsGiveEqualBytes() throws IOException {
        ByteArrayOutputStream a = new ByteArrayOutputStream();
        ByteArrayOutputStream b = new ByteArrayOutputStream();
        JarWriter.write(a, Fakes.contents(Fakes.fixed(), Fakes.symbolic()));
        JarWriter.write(b, Fakes.contents(Fakes.fixed(), Fakes.symbolic()));
        assertArrayEquals(a.toByteArray(), b.toByteArray());
        assertEquals(dir.toFile().list().length, 0);
    }

    @Test
    void aJarIsReadableForThoseWhoMayReadOtherFiles() throws IOException {
        assumeTrue(dir.getFileSystem().supportedFileAttributeViews().contains("posix"), "no permissions here");
        Path jar = dir.resolve("readable.jar");
        JarWriter.write(jar, Fakes.contents(Fakes.fixed()));
        Path other = Files.createFile(dir.resolve("other"));
        assertEquals(Files.getPosixFilePermissions(other), Files.getPosixFilePermissions(jar));
        try (Stream<Path> all = Files.list(dir)) {
            assertTrue(all.noneMatch(p -> p.toString().endsWith(".part")));
        }
    }

    @Test
    void theManifestNamesTheModule() throws IOException {
        try (JarInputStream in = new JarInputStream(Files.newInputStream(jar(Fakes.fixed())))) {
            assertEquals(Fakes.ID, in.getManifest().getMainAttributes().getValue("Automatic-Module-Name"));
        }
        assertArrayEquals(new String[] {"fake.jar"}, dir.toFile().list());
    }

    @Test
    void theClassPathServesToo() throws IOException {
        Path jar = jar(Fakes.symbolic());
        try (URLClassLoader cl = new URLClassLoader(new URL[] {jar.toUri().toURL()}, Model.class.getClassLoader());
                Model m = Model.load(cl, Fakes.ID)) {
            assertArrayEquals(Fakes.ramp(32, 2.5f), run(m));
            assertThrows(JarException.class, () -> Model.load(cl, "test.Other"));
        }
    }

    @Test
    void aDamagedJarIsRefusedOrHarmless() throws IOException {
        Path jar = jar(Fakes.fixed(), Fakes.symbolic());
        byte[] good = Files.readAllBytes(jar);
        float[] want = Fakes.ramp(32, 2.5f);
        Random random = new Random(7);
        Path bad = dir.resolve("bad.jar");
        int refused = 0;
        for (int i = 0; i < good.length; i++) {
            byte[] b = good.clone();
            b[i] ^= (byte) (1 + random.nextInt(255));
            refused += tryOne(bad, b, want, "byte " + i);
        }
        assertTrue(refused > good.length / 2, "refused " + refused + " of " + good.length);
        for (int n = 0; n < good.length; n += 1 + random.nextInt(40)) {
            tryOne(bad, Arrays.copyOf(good, n), want, "cut at " + n);
        }
    }

    private static int tryOne(Path file, byte[] bytes, float[] want, String what) throws IOException {
        Files.write(file, bytes);
        try (Model m = Model.load(file)) {
            assertArrayEquals(want, run(m), what);
            return 0;
        } catch (JarException e) {
            assertTrue(e.getMessage().length() > 10, what);
            return 1;
        } catch (RuntimeException | Error e) {
            throw new AssertionError(what + ": " + e, e);
        }
    }

    @Test
    void anotherAbiIsRefused() throws IOException {
        byte[] stamp = StampWriter.write(java.util.Map.of("id", Fakes.ID));
        stamp[4] = '9';
        JarException e = assertThrows(JarException.class,
                () -> Model.of(name -> new java.io.ByteArrayInputStream(stamp), Fakes.ID));
        assertTrue(e.getMessage().contains("ABI 9"), e.getMessage());
    }

    @Test
    void namesAreChecked() {
        for (String bad : List.of("", "a..b", "a/b", "..", "a.class", "1a", "a\0b", "x".repeat(201))) {
            assertTrue(JarContents.nameProblem(bad) != null, bad);
        }
        assertEquals(null, JarContents.nameProblem("com.acme.Digits"));
        assertEquals("'1' can't begin a Java name", JarContents.classProblem("com.acme.1Digits"));
        assertEquals("'-' can't stand in a Java name", JarContents.classProblem("com.acme.My-Digits"));
        assertEquals("the character U+00A0 can't stand in a Java name", JarContents.classProblem("com.acme.My\u00a0Digits"));
        for (String bad : List.of("a..b", "java.Evil", "java.lang.Evil", "java.lang.String", "javax.net.Evil", "sun.misc.Evil", "dev.lathe.runtime.Model", "a.var", "record")) {
            assertTrue(JarContents.classProblem(bad) != null, bad);
        }
        for (String good : List.of("com.acme.Digits", "Digits", "javas.lang.Digits", "var.Digits", "dev.lathe.runtime.more.Digits")) {
            assertEquals(null, JarContents.classProblem(good));
        }
        assertThrows(LatheRuntimeException.class, () -> Model.load(dir.resolve("none.jar")));
    }
}
