package dev.lathe.maven;

import dev.lathe.compiler.cli.Main;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Calls the {@code lathe} command line in this process. */
final class Tool {
    private Tool() {}

    /** What a command said. */
    record Answer(int code, String out, String err) {
        /** All of it, for a failure. */
        String text() {
            return (out + err).strip();
        }
    }

    static Answer run(List<String> args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int code = Main.run(args.toArray(new String[0]), new PrintStream(out, true, StandardCharsets.UTF_8), new PrintStream(err, true, StandardCharsets.UTF_8));
        return new Answer(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }
}
