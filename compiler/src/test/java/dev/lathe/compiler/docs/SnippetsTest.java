package dev.lathe.compiler.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.compiler.CompilerOptions;
import dev.lathe.compiler.Lathe;
import dev.lathe.compiler.cli.Main;
import dev.lathe.compiler.ir.text.GraphParser;
import dev.lathe.compiler.picture.Picture;
import dev.lathe.codegen.jar.JarWriter;
import dev.lathe.runtime.Target;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringWriter;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** What stands in code blocks of the pages is run: commands, programs, texts; links lead somewhere. */
class SnippetsTest {
    private static final Path ROOT = Path.of("..");
    private static final Pattern BLOCK = Pattern.compile("(?m)^```(\\S+)( \\S+)?\n([\\s\\S]*?)^```$");
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#]+)[^)]*\\)");

    @TempDir
    Path dir;

    private record Block(String page, String language, String mark, String text) {}

    private static List<Path> pages() throws IOException {
        try (Stream<Path> all = Files.list(ROOT.resolve("docs"))) {
            return Stream.concat(Stream.of(ROOT.resolve("README.md")), all.filter(p -> p.toString().endsWith(".md")).sorted()).toList();
        }
    }

    private static List<Block> blocks() throws IOException {
        List<Block> r = new ArrayList<>();
        for (Path p : pages()) {
            Matcher m = BLOCK.matcher(Files.readString(p));
            while (m.find()) {
                r.add(new Block(p.getFileName().toString(), m.group(1), m.group(2) == null ? "" : m.group(2).strip(), m.group(3)));
            }
        }
        return r;
    }

    @TestFactory
    List<DynamicTest> everyBlock() throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        for (Block b : blocks()) {
            String name = b.page + ": " + b.text.lines().findFirst().orElse("");
            switch (b.language) {
                case "sh" -> b.text.lines().forEach(l -> tests.add(DynamicTest.dynamicTest(b.page + ": " + l, () -> command(l))));
                case "lathe" -> tests.add(DynamicTest.dynamicTest(name, () -> Lathe.optimise(GraphParser.parse(b.page, b.text))));
                case "xml" -> tests.add(DynamicTest.dynamicTest(name, () -> DocumentBuilderFactory.newInstance().newDocumentBuilder()
                        .parse(new java.io.ByteArrayInputStream(("<x>" + b.text + "</x>").getBytes(StandardCharsets.UTF_8)))));
                case "java" -> {
                    // the README's pieces are fragments; ReadmeTest runs its program
                    if (!b.page.equals("README.md")) {
                        tests.add(DynamicTest.dynamicTest(name, () -> program(b)));
                    }
                }
                case "groovy" -> tests.add(DynamicTest.dynamicTest(name, () -> gradle(b.text)));
                case "text" -> { }
                default -> tests.add(DynamicTest.dynamicTest(name, () -> {
                    throw new AssertionError("nothing checks blocks of " + b.language);
                }));
            }
        }
        assertTrue(tests.size() > 15, "only " + tests.size() + " snippets were found");
        return tests;
    }

    /** A command of Lathe's; what it writes goes into a folder of its own. */
    private void command(String line) throws IOException {
        assertTrue(line.startsWith("lathe "), line);
        List<String> words = new ArrayList<>();
        String before = "";
        for (String w : line.substring(6).split(" ")) {
            boolean written = List.of("-o", "--output", "--dump", "--html", "--profile").contains(before) || !w.startsWith("-") && w.matches("[^/]+\\.jar");
            words.add(written ? dir.resolve(w).toString() : w.replaceFirst("(^|=)examples/", "$1../examples/"));
            before = w;
        }
        run(words);
    }

    private void run(List<String> words) throws IOException {
        if (words.get(0).equals("inspect") && words.get(1).endsWith(".jar") && !Files.exists(Path.of(words.get(1)))) {
            run(List.of("compile", "../examples/digits/model.onnx", "-o", words.get(1)));
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrintStream print = new PrintStream(out, true, StandardCharsets.UTF_8);
        int code = Main.run(words.toArray(new String[0]), print, print);
        assertEquals(0, code, () -> words + "\n" + out.toString(StandardCharsets.UTF_8));
    }

    /** A program that uses the class com.acme.Digits, or a jar that is its argument. */
    private void program(Block b) throws Exception {
        Path jar = dir.resolve("digits.jar");
        CompilerOptions o = CompilerOptions.DEFAULT.withClassName("com.acme.Digits").withTargets(List.of(Target.PORTABLE))
                .withLabels(Files.readAllLines(ROOT.resolve("examples/digits/labels.txt"))).withPicture(b.mark.equals("picture") ? Picture.DEFAULT : null);
        JarWriter.write(jar, Lathe.compile(ROOT.resolve("examples/digits/model.onnx"), o));
        Matcher name = Pattern.compile("public class (\\w+)").matcher(b.text);
        assertTrue(name.find(), b.text);
        Path source = Files.writeString(dir.resolve(name.group(1) + ".java"), b.text);
        JavaCompiler javac = ToolProvider.getSystemJavaCompiler();
        StringWriter said = new StringWriter();
        // what a user has: the run time and the jar
        Path runtime = Path.of(Target.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        String path = runtime + java.io.File.pathSeparator + jar;
        assertTrue(javac.getTask(said, null, null, List.of("-cp", path, "-d", dir.toString()), null,
                javac.getStandardFileManager(null, null, null).getJavaFileObjects(source)).call(), said::toString);
        PrintStream console = System.out;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (URLClassLoader loader = new URLClassLoader(new URL[] {dir.toUri().toURL(), jar.toUri().toURL()}, getClass().getClassLoader())) {
            System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
            loader.loadClass(name.group(1)).getMethod("main", String[].class).invoke(null, (Object) new String[] {jar.toString()});
        } catch (InvocationTargetException e) {
            throw new AssertionError(b.page, e.getCause());
        } finally {
            System.setOut(console);
        }
        assertTrue(out.size() > 0, "it prints nothing");
    }

    /** The arguments of the task that compiles. */
    private void gradle(String text) throws IOException {
        assertTrue(text.contains("'" + Main.class.getName() + "'"), text);
        Matcher args = Pattern.compile("args (.*)").matcher(text);
        assertTrue(args.find(), text);
        List<String> words = new ArrayList<>();
        Matcher w = Pattern.compile("'([^']*)'|\"([^\"]*)\"").matcher(args.group(1));
        while (w.find()) {
            words.add(w.group(1) != null ? w.group(1).replace("src/main/models/digits.onnx", "../examples/digits/model.onnx") : dir.resolve("gradle.jar").toString());
        }
        run(words);
    }

    @Test
    void linksLeadSomewhere() throws IOException {
        List<String> broken = new ArrayList<>();
        for (Path p : pages()) {
            Matcher m = LINK.matcher(Files.readString(p));
            while (m.find()) {
                if (!m.group(1).startsWith("http") && !Files.exists(p.resolveSibling(m.group(1)))) {
                    broken.add(p + ": " + m.group(1));
                }
            }
        }
        assertEquals(List.of(), broken);
    }

    @Test
    void theReadmeNamesEveryPage() throws IOException {
        String readme = Files.readString(ROOT.resolve("README.md"));
        for (Path p : pages()) {
            assertTrue(p.endsWith("README.md") || readme.contains("docs/" + p.getFileName()), p + " is not linked");
        }
    }

    /** What stands in bold and quotation marks is what Lathe says. */
    @Test
    void symptomsAreSaidInTheseWords() throws IOException {
        StringBuilder said = new StringBuilder();
        for (String module : List.of("runtime-min", "codegen", "compiler", "compiler/maven-plugin")) {
            try (Stream<Path> all = Files.walk(ROOT.resolve(module + "/src/main/java"))) {
                for (Path p : all.filter(f -> f.toString().endsWith(".java")).toList()) {
                    said.append(Files.readString(p).replaceAll("\"\\s*\\+\\s*\"", ""));
                }
            }
        }
        List<String> symptoms = Pattern.compile("\\*\\*\"(.*?)\"\\*\\*").matcher(Files.readString(ROOT.resolve("docs/troubleshooting.md"))).results().map(r -> r.group(1)).toList();
        assertTrue(symptoms.size() > 5, symptoms.toString());
        // numbers are put in while running: "1 operator is" + " not supported"
        assertEquals(List.of(), symptoms.stream().filter(w -> !said.toString().contains(w) && !inParts(said.toString(), w)).toList());
    }

    private static boolean inParts(String said, String symptom) {
        int cut = symptom.indexOf(" not supported");
        return cut > 0 && said.contains(symptom.substring(0, cut) + "\"") && said.contains(symptom.substring(cut));
    }
}
