package dev.lathe.compiler.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script {@code lathe} that builds and starts the command line, beside a java and a mvn that only say that they were called. */
class LauncherTest {
    @TempDir
    Path dir;

    private Path root;
    private Path lock;

    @BeforeEach
    void checkout() throws IOException {
        root = Files.createDirectories(dir.resolve("a checkout"));
        lock = root.resolve("target/launcher/lock");
        Files.copy(Path.of("..", "lathe"), root.resolve("lathe"));
        for (String module : new String[] {"grammar", "runtime-min", "codegen", "compiler"}) {
            Files.createDirectories(root.resolve(module).resolve("src/main"));
            Files.writeString(root.resolve(module).resolve("pom.xml"), "<project/>");
        }
        Files.writeString(root.resolve("pom.xml"), "<project/>");
        script("bin/java", "case $1 in -version) echo 'openjdk version \"17.0.1\"' >&2 ;; --list-modules) echo jdk.incubator.vector@17 ;; *) echo started ;; esac");
        script("bin/javac", ":");
        script("bin/mvn", "echo build >>\"$BUILDS\"; mkdir -p compiler/target/lib compiler/target/classes");
    }

    private void script(String name, String body) throws IOException {
        Path p = dir.resolve(name);
        Files.createDirectories(p.getParent());
        Files.writeString(p, "#!/bin/sh\n" + body + "\n");
        assertTrue(p.toFile().setExecutable(true));
    }

    private Process start() throws IOException {
        ProcessBuilder b = new ProcessBuilder("sh", root.resolve("lathe").toString(), "help").redirectErrorStream(true);
        b.environment().remove("JAVA_HOME");
        b.environment().put("PATH", dir.resolve("bin") + ":" + System.getenv("PATH"));
        b.environment().put("BUILDS", dir.resolve("builds").toString());
        return b.start();
    }

    private void assertStarts(Process p) throws Exception {
        assertTrue(p.waitFor(60, TimeUnit.SECONDS), "waits for ever");
        String said = new String(p.getInputStream().readAllBytes());
        assertTrue(said.endsWith("started\n"), said);
        assertEquals(0, p.exitValue(), said);
        assertFalse(Files.exists(lock));
    }

    private long builds() throws IOException {
        return Files.readAllLines(dir.resolve("builds")).size();
    }

    @Test
    void buildsOnce() throws Exception {
        assertStarts(start());
        assertStarts(start());
        assertEquals(1, builds());
    }

    @Test
    void aKilledBuildDoesNotHoldTheNext() throws Exception {
        Process dead = new ProcessBuilder("true").start();
        assertTrue(dead.waitFor(60, TimeUnit.SECONDS));
        hold(dead.pid());
        assertStarts(start());
        assertEquals(1, builds());
    }

    @Test
    void aLivingBuildIsWaitedFor() throws Exception {
        Process other = new ProcessBuilder("sleep", "600").start();
        try {
            hold(other.pid());
            Process p = start();
            assertFalse(p.waitFor(2, TimeUnit.SECONDS), "did not wait");
            assertFalse(Files.exists(dir.resolve("builds")));
            other.destroyForcibly().waitFor();
            assertStarts(p);
        } finally {
            other.destroyForcibly();
        }
    }

    private void hold(long pid) throws Exception {
        Process uname = new ProcessBuilder("uname", "-n").start();
        String host = new String(uname.getInputStream().readAllBytes()).strip();
        Files.createDirectories(lock);
        Files.writeString(lock.resolve("owner"), pid + " " + host + "\n");
    }
}
