package dev.lathe.compiler.filetests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Every file under src/test/filetests, and the harness itself. */
class FileTestsTest {
    @TestFactory
    Stream<DynamicTest> files() throws IOException {
        boolean bless = Boolean.getBoolean("lathe.bless");
        if (bless && "true".equals(System.getenv("CI"))) {
            throw new IllegalStateException("expectations are not rewritten in continuous integration (CI=true)");
        }
        return FileTests.files().stream().map(p -> DynamicTest.dynamicTest(
                FileTests.ROOT.relativize(p).toString(), p.toUri(), () -> FileTests.run(p, Commands.all(), bless)));
    }

    private static final Map<String, Command> ECHO = Map.of("echo", in -> String.join("\n", in.options()) + "\n");

    @Test
    void aDifferenceIsShownWithTheWayToAcceptIt(@TempDir Path dir) throws Exception {
        Path f = Files.writeString(dir.resolve("a.lir"), "// test echo a b c\n//> a\n//> x\n//> c\n");
        AssertionError e = assertThrows(AssertionError.class, () -> FileTests.run(f, ECHO, false));
        assertTrue(e.getMessage().contains("--- expected\n+++ actual\n@@ -1 +1 @@\n a\n-x\n+b\n c\n"), e.getMessage());
        assertTrue(e.getMessage().contains("-Dlathe.bless=true"), e.getMessage());
        FileTests.run(f, ECHO, true);
        assertEquals("// test echo a b c\n//> a\n//> b\n//> c\n", Files.readString(f));
        FileTests.run(f, ECHO, false);
    }

    @Test
    void aNewFileIsBlessedAtItsEnd(@TempDir Path dir) throws Exception {
        Path f = Files.writeString(dir.resolve("a.lir"), "// test echo a\nbody\n\n");
        assertThrows(AssertionError.class, () -> FileTests.run(f, ECHO, false));
        FileTests.run(f, ECHO, true);
        assertEquals("// test echo a\nbody\n//> a\n", Files.readString(f));
    }

    @Test
    void textsThatMustAndMustNotOccur(@TempDir Path dir) throws Exception {
        FileTests.run(Files.writeString(dir.resolve("a.lir"), "// test echo a b c\n//? a\n//? c\n//! d\n"), ECHO, false);
        Path order = Files.writeString(dir.resolve("b.lir"), "// test echo a b c\n//? c\n//? a\n");
        assertThrows(AssertionError.class, () -> FileTests.run(order, ECHO, false));
        Path no = Files.writeString(dir.resolve("c.lir"), "// test echo a b c\n//! b\n");
        assertThrows(AssertionError.class, () -> FileTests.run(no, ECHO, false));
    }

    @Test
    void anErrorIsExpectedOnItsLine(@TempDir Path dir) throws Exception {
        Path f = Files.writeString(dir.resolve("a.lir"), "// test verify-text\nlathe 1\ngraph @g() { return } //error: nothing wrong\n");
        assertThrows(AssertionError.class, () -> FileTests.run(f, Commands.all(), false));
    }
}
