package dev.lathe.compiler.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.compiler.models.TestModels;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** One run of the command line, inside this JVM. */
record Cli(int code, String out, String err) {
    static Cli run(Object... args) {
        String[] texts = new String[args.length];
        for (int i = 0; i < args.length; i++) {
            texts[i] = args[i].toString();
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int code = Main.run(texts, new PrintStream(out, true, StandardCharsets.UTF_8), new PrintStream(err, true, StandardCharsets.UTF_8));
        return new Cli(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    static Path model(String name) {
        return TestModels.FOLDER.resolve(name).resolve("model.onnx");
    }

    Cli ok() {
        assertEquals(0, code, () -> out + err);
        assertEquals("", err);
        return this;
    }

    /** Expects one block on stderr that holds all of {@code words}, nothing on stdout, and no stack trace. */
    Cli fails(int expected, String... words) {
        assertEquals(expected, code, () -> out + err);
        assertEquals("", out);
        assertTrue(err.startsWith("error: "), err);
        assertFalse(err.contains("\tat "), err);
        for (String w : words) {
            assertTrue(err.contains(w), () -> "\"" + w + "\" is not in: " + err);
        }
        return this;
    }

    Cli prints(String... words) {
        for (String w : words) {
            assertTrue(out.contains(w), () -> "\"" + w + "\" is not in: " + out);
        }
        return this;
    }

    String lastLine() {
        return out.substring(out.stripTrailing().lastIndexOf('\n') + 1).stripTrailing();
    }
}
