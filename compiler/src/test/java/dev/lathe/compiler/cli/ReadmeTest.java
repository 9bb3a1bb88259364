package dev.lathe.compiler.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.runtime.Model;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadmeTest {
    @TempDir
    Path dir;

    /** The README's program runs with the jar and the run time, and nothing else of Lathe. */
    @Test
    void theProgramOfTheReadmeRuns() throws Exception {
        String readme = Files.readString(Path.of("../README.md"));
        Matcher program = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL).matcher(readme);
        assertTrue(program.find(), "no Java program in README.md");
        Files.writeString(dir.resolve("Digits.java"), program.group(1));
        Cli.run("compile", "../examples/digits/model.onnx", "-o", dir.resolve("digits.jar")).ok();
        Path runtime = Path.of(Model.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        Path log = dir.resolve("log");
        Process p = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
                "digits.jar" + File.pathSeparator + runtime, "Digits.java").directory(dir.toFile()).redirectErrorStream(true).redirectOutput(log.toFile()).start();
        assertTrue(p.waitFor(120, java.util.concurrent.TimeUnit.SECONDS));
        String text = Files.readString(log, StandardCharsets.UTF_8);
        assertEquals(0, p.exitValue(), text);
        String last = text.strip().substring(text.strip().lastIndexOf('\n') + 1);
        assertEquals(10, last.split(",").length, text);
    }
}
