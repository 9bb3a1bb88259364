package dev.lathe.compiler.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.lathe.compiler.cli.KnownFailures;
import dev.lathe.compiler.onnx.ImportTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class OperatorPageTest {
    /** Tests run in the module's folder. */
    private static final Path PAGE = Path.of("../docs/operators.md");

    @Test
    void thePageIsWhatTheTablesSay() throws IOException {
        String now = OperatorPage.render();
        if (Boolean.getBoolean("lathe.bless")) {
            if ("true".equals(System.getenv("CI"))) {
                throw new IllegalStateException("expectations are not rewritten in continuous integration (CI=true)");
            }
            Files.createDirectories(PAGE.getParent());
            Files.writeString(PAGE, now);
        }
        String page = Files.exists(PAGE) ? Files.readString(PAGE).replace("\r\n", "\n") : "";
        if (!page.equals(now)) {
            Set<String> gone = lines(page);
            Set<String> added = lines(now);
            gone.removeAll(lines(now));
            added.removeAll(lines(page));
            fail("docs/operators.md is stale; make it again with\n  " + OperatorPage.BLESS + "\nno more: " + gone + "\nnew: " + added);
        }
    }

    private static Set<String> lines(String text) {
        return text.lines().collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void operatorsTsvHasALineForEachOperatorThatIsRead() {
        List<String> rows = OperatorFacts.read().stream().filter(OperatorFacts::supported).map(OperatorFacts::name).toList();
        Set<String> missing = new TreeSet<>(ImportTable.all().keySet());
        rows.forEach(missing::remove);
        assertEquals(Set.of(), missing, "src/test/resources/docs/operators.tsv lacks");
        Set<String> more = new TreeSet<>(rows);
        more.removeAll(ImportTable.all().keySet());
        assertEquals(Set.of(), more, "src/test/resources/docs/operators.tsv has what the import table lacks");
        assertEquals(rows.size(), Set.copyOf(rows).size(), "lines that stand twice");
    }

    @Test
    void whatIsListedAsNotReadIsNot() {
        OperatorFacts.read().stream().filter(f -> !f.supported()).forEach(f -> {
            assertFalse(ImportTable.all().containsKey(f.name()), f.name());
            assertFalse(f.note().equals("-"), f.name() + " needs a reason");
        });
    }

    @Test
    void aBrokenLineIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> OperatorFacts.parse("Abs\t1 6*\tf32\tsymbolic"));
        assertThrows(IllegalArgumentException.class, () -> OperatorFacts.parse("Abs\t1 6*\tf32\tperhaps\t-"));
        assertThrows(IllegalArgumentException.class, () -> OperatorFacts.parse("Abs\tone\tf32\tsymbolic\t-"));
    }

    @Test
    void knownFailuresAreFoundByTheCasesNameInAnyFolder() {
        String why = KnownFailures.reason("node/test_bernoulli", KnownFailures.Mode.PLAIN);
        assertTrue(why.contains("generator"), why);
        assertEquals(why, KnownFailures.reason("test_bernoulli", KnownFailures.Mode.DYNAMIC));
        assertNull(KnownFailures.reason("node/test_abs", KnownFailures.Mode.DYNAMIC));
        String only = KnownFailures.of(KnownFailures.Mode.DYNAMIC).keySet().iterator().next();
        assertNull(KnownFailures.reason(only, KnownFailures.Mode.PLAIN));
    }
}
