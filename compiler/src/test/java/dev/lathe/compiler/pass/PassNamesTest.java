package dev.lathe.compiler.pass;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** A pass has one name: its class, its directory of tests, and what the command line says. */
class PassNamesTest {
    private static final Path FILE_TESTS = Path.of("src/test/filetests/pass");
    private static final Set<String> PASSES = new TreeSet<>(Passes.byName(Evaluator.NONE).keySet());

    @Test
    void everyPassHasADirectoryOfTests() throws IOException {
        try (var dirs = Files.list(FILE_TESTS)) {
            assertEquals(PASSES, dirs.map(d -> d.getFileName().toString()).collect(Collectors.toCollection(TreeSet::new)));
        }
        for (String p : PASSES) {
            for (String f : new String[] {"basic", "does-not-fire", "keeps-location"}) {
                assertTrue(Files.exists(FILE_TESTS.resolve(p).resolve(f + ".lir")), p + "/" + f + ".lir");
            }
        }
    }

    @Test
    void everyPassIsAClassOfItsName() {
        Set<String> classes = new TreeSet<>();
        Passes.byName(Evaluator.NONE).values().forEach(p -> classes.add(
                p.getClass().getSimpleName().replaceAll("(?<=.)([A-Z])", "-$1").toLowerCase(java.util.Locale.ROOT)));
        assertEquals(PASSES, classes);
    }

    @Test
    void everyPassClassIsInTheStandardOrder() throws IOException {
        Set<String> files = new TreeSet<>();
        try (var sources = Files.list(Path.of("src/main/java/dev/lathe/compiler/pass"))) {
            for (Path s : sources.toList()) {
                if (Files.readString(s).matches("(?s).*public final class \\w+ (implements|extends) (Rewrite)?Pass \\{.*")) {
                    files.add(s.getFileName().toString().replace(".java", "").replaceAll("(?<=.)([A-Z])", "-$1").toLowerCase(java.util.Locale.ROOT));
                }
            }
        }
        assertEquals(PASSES, files);
    }
}
