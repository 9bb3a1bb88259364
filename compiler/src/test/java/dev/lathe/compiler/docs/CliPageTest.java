package dev.lathe.compiler.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lathe.compiler.cli.Main;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** docs/cli.md is what the commands say about themselves. */
class CliPageTest {
    private static final Path PAGE = Path.of("../docs/cli.md");
    private static final List<String> COMMANDS = List.of("compile", "run", "verify", "bench", "inspect", "print");

    @Test
    void thePageIsWhatTheHelpSays() throws IOException {
        StringBuilder s = new StringBuilder("""
                # The command line

                `lathe` in the repository's root builds itself when it must. The text below is what `lathe --help` and `lathe COMMAND --help` print; a test compares them
                (`mvn -pl compiler -am test -Dtest=CliPageTest -Dsurefire.failIfNoSpecifiedTests=false -Dlathe.bless=true` writes the page).

                """);
        s.append("```text\n").append(help("--help")).append("```\n");
        for (String c : COMMANDS) {
            s.append("\n## lathe ").append(c).append("\n\n```text\n").append(help(c, "--help")).append("```\n");
        }
        String now = s.toString();
        if (Boolean.getBoolean("lathe.bless")) {
            if ("true".equals(System.getenv("CI"))) {
                throw new IllegalStateException("expectations are not rewritten in continuous integration (CI=true)");
            }
            Files.writeString(PAGE, now);
        }
        assertEquals(now, Files.exists(PAGE) ? Files.readString(PAGE).replace("\r\n", "\n") : "", "docs/cli.md is stale; write it with -Dlathe.bless=true");
    }

    private static String help(String... line) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrintStream print = new PrintStream(out, true, StandardCharsets.UTF_8);
        assertEquals(0, Main.run(line, print, print));
        return out.toString(StandardCharsets.UTF_8).replace("\r\n", "\n").replaceAll("(?m)[ \t]+$", "");
    }
}
