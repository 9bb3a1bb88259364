package dev.lathe.compiler.filetests;

import static org.junit.jupiter.api.Assertions.fail;

import dev.lathe.compiler.diag.LatheException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Runs one test file and compares. */
public final class FileTests {
    /** In the module's folder, where tests run. */
    public static final Path ROOT = Path.of("src/test/filetests");

    static final String BLESS = "mvn -pl compiler -am test -Dtest=FileTestsTest -Dsurefire.failIfNoSpecifiedTests=false -Dlathe.bless=true";

    private FileTests() {}

    /** Every test file, in order. */
    public static List<Path> files() throws IOException {
        try (var paths = Files.walk(ROOT)) {
            return paths.filter(p -> p.toString().endsWith(".lir")).sorted().toList();
        }
    }

    public static void run(Path path, Map<String, Command> commands, boolean bless) throws Exception {
        GoldenFile file = GoldenFile.read(path);
        if (file.tests().isEmpty()) {
            fail(path + " has no // test line");
        }
        StringBuilder output = new StringBuilder();
        for (List<String> test : file.tests()) {
            Command c = commands.get(test.get(0));
            if (c == null) {
                fail(path + ": unknown command " + test.get(0) + "; known are " + commands.keySet());
            }
            try {
                output.append(c.run(new Command.Input(file, test.subList(1, test.size()))));
                compareErrors(file, "");
            } catch (LatheException e) {
                compareErrors(file, e.block());
            }
        }
        compare(file, output.toString(), bless);
    }

    private static void compare(GoldenFile file, String output, boolean bless) throws IOException {
        int from = 0;
        for (String want : file.after("//?")) {
            int at = output.indexOf(want.strip(), from);
            if (at < 0) {
                fail(file.path() + ": missing (in this order): " + want + "\n" + output);
            }
            from = at + want.strip().length();
        }
        for (String no : file.after("//!")) {
            if (output.contains(no.strip())) {
                fail(file.path() + ": must not occur: " + no + "\n" + output);
            }
        }
        String expected = file.expected();
        boolean otherwiseTested = !file.errors().isEmpty() || !file.after("//?").isEmpty() || !file.after("//!").isEmpty();
        if (expected == null && (output.isBlank() || otherwiseTested) || expected != null && expected.stripTrailing().equals(output.stripTrailing())) {
            return;
        }
        if (bless) {
            Files.writeString(file.path(), file.blessed(output));
            return;
        }
        fail(file.path() + " gives something else:\n" + UnifiedDiff.of(expected == null ? "" : expected.stripTrailing(), output.stripTrailing())
                + "if that is right: " + BLESS);
    }

    /** Each expected error must be reported on its line, and nothing else. */
    private static void compareErrors(GoldenFile file, String block) {
        TreeMap<Integer, List<String>> expected = file.errors();
        Pattern place = Pattern.compile("^(?:error: )?" + Pattern.quote(file.name()) + ":(\\d+):\\d+: (.*)$", Pattern.MULTILINE);
        Matcher m = place.matcher(block);
        StringBuilder wrong = new StringBuilder();
        boolean any = false;
        while (m.find()) {
            any = true;
            List<String> here = expected.get(Integer.valueOf(m.group(1)));
            String message = m.group(2);
            if (here == null || !here.removeIf(message::contains)) {
                wrong.append("not expected: ").append(m.group()).append('\n');
            }
        }
        if (!any && !block.isEmpty()) {
            wrong.append("not expected, and without a place\n");
        }
        expected.forEach((line, list) -> list.forEach(e -> wrong.append("missing on line ").append(line).append(": ").append(e).append('\n')));
        if (!wrong.isEmpty()) {
            fail(file.path() + ":\n" + wrong + "reported was:\n" + block);
        }
    }
}
