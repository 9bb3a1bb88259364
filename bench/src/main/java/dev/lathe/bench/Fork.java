package dev.lathe.bench;

import dev.lathe.compiler.diag.LatheException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A fresh JVM of the JDK that runs this one: what was compiled for one measurement is not the next one's. */
final class Fork {
    /** G1 is what java itself takes on a machine of two processors and 2 GB. */
    static final List<String> OPTIONS = List.of("--add-modules", "jdk.incubator.vector", "-Xmx2g", "-XX:+UseG1GC");

    private Fork() {}

    /**
     * Runs a class of the benchmarks to its end.
     *
     * @param what for messages
     * @param log for what it prints
     * @param answer the file that it writes
     */
    static void run(Class<?> main, List<String> arguments, String what, Path log, Path answer) throws IOException {
        Files.deleteIfExists(answer);
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(OPTIONS);
        if (Runtime.version().feature() >= 22) {
            // no warning about the native library of the other engine
            command.add("--enable-native-access=ALL-UNNAMED");
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(arguments);
        Process p = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
        try {
            if (!p.waitFor(15, TimeUnit.MINUTES)) {
                p.destroyForcibly();
                throw new LatheException(what, "the measuring JVM did not end within 15 minutes; its messages are in " + log);
            }
        } catch (InterruptedException e) {
            p.destroyForcibly();
            throw new IllegalStateException(e);
        }
        if (p.exitValue() != 0 || !Files.exists(answer)) {
            String said = new String(Files.readAllBytes(log), StandardCharsets.UTF_8).strip();
            int block = said.indexOf("error: ");
            throw new LatheException("", p.exitValue() == 3 && block >= 0 ? said.substring(block + 7)
                    : "the measuring JVM ended with code " + p.exitValue() + "; its messages are in " + log);
        }
    }
}
