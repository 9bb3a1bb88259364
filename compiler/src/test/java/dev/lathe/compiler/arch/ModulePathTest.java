package dev.lathe.compiler.arch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.codegen.jar.JarContents;
import dev.lathe.codegen.jar.JarWriter;
import dev.lathe.codegen.program.Program;
import dev.lathe.compiler.CompilerOptions;
import dev.lathe.compiler.Lathe;
import dev.lathe.compiler.cli.Main;
import dev.lathe.compiler.ir.text.GraphParser;
import dev.lathe.grammar.LatheParser;
import dev.lathe.runtime.Model;
import dev.lathe.runtime.Target;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.antlr.v4.runtime.ParserRuleContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.commons.ClassRemapper;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.analysis.Analyzer;
import org.objectweb.asm.util.CheckClassAdapter;
import picocli.CommandLine;

/** A model on the module path: as a jar of its own, and as classes inside of a user's module that exports nothing. */
class ModulePathTest {
    private static final String MODEL = """
            lathe 1
            graph @net(%x: f32[N,20]) -> (%y) {
              %e: f32[N,20] = exp(%x)
              %y: f32[N,20] = add(%e, %x)
              return %y
            }
            """;
    private static final String MAIN = """
            package app;

            public class Main {
                public static void main(String[] args) {
                    try (com.acme.Net net = com.acme.Net.load()) {
                        float[] y = net.run(new float[40]);
                        System.out.println(net.model().target().text() + " " + y.length + " " + y[39] + " in " + com.acme.Net.class.getModule().getName());
                    }
                }
            }
            """;

    @TempDir
    Path dir;

    private Path jar() throws IOException {
        Target best = Target.best();
        CompilerOptions o = CompilerOptions.DEFAULT.withClassName("com.acme.Net").withTargets(best == Target.PORTABLE ? List.of(best) : List.of(Target.PORTABLE, best));
        JarContents c = Lathe.assemble(List.of(Lathe.optimise(GraphParser.parse("net.lir", MODEL))), List.of("any"), o);
        Path jar = dir.resolve("net.jar");
        JarWriter.write(jar, c);
        return jar;
    }

    private static String runtime() {
        return home(Model.class);
    }

    private static String home(Class<?> of) {
        try {
            return Path.of(of.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
        } catch (java.net.URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private String command(String tool, List<String> arguments) throws Exception {
        List<String> line = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", tool).toString()));
        line.addAll(arguments);
        Path log = dir.resolve("log");
        Process p = new ProcessBuilder(line).redirectErrorStream(true).redirectOutput(log.toFile()).start();
        assertTrue(p.waitFor(120, java.util.concurrent.TimeUnit.SECONDS));
        String said = Files.readString(log, StandardCharsets.UTF_8);
        assertEquals(0, p.exitValue(), () -> line + "\n" + said);
        return said.strip();
    }

    private Path compiled(String moduleInfo, String modulePath) throws Exception {
        Path src = Files.createDirectories(dir.resolve("src"));
        Path out = Files.createDirectories(dir.resolve("app"));
        Files.writeString(src.resolve("module-info.java"), moduleInfo);
        Files.writeString(src.resolve("Main.java"), MAIN);
        List<String> line = new ArrayList<>(List.of("-p", modulePath, "-d", out.toString(), src.resolve("module-info.java").toString(), src.resolve("Main.java").toString()));
        if (Files.exists(dir.resolve("Net.java"))) {
            line.add(dir.resolve("Net.java").toString());
        }
        command("javac", line);
        return out;
    }

    @Test
    void theJarIsAModuleOfItsOwn() throws Exception {
        String path = runtime() + File.pathSeparator + jar();
        Path app = compiled("module app { requires dev.lathe.runtime; requires com.acme.Net; }", path);
        String said = command("java", List.of("-p", path + File.pathSeparator + app, "-m", "app/app.Main"));
        assertTrue(said.endsWith("portable 40 1.0 in com.acme.Net"), said);
        if (Target.best() != Target.PORTABLE) {
            String vectors = command("java", List.of("--add-modules", "jdk.incubator.vector", "-p", path + File.pathSeparator + app, "-m", "app/app.Main"));
            assertTrue(vectors.endsWith(Target.best().text() + " 40 1.0 in com.acme.Net"), vectors);
        }
    }

    /** As the Maven plugin leaves it; and on a JVM that has java.base and nothing else. */
    @Test
    void theClassesAreInsideOfAModule() throws Exception {
        try (JarFile jar = new JarFile(jar().toFile())) {
            for (Enumeration<JarEntry> all = jar.entries(); all.hasMoreElements();) {
                JarEntry e = all.nextElement();
                boolean source = e.getName().endsWith("/Net.java");
                if (!e.getName().equals("com/acme/Net.class") && !e.getName().equals("META-INF/MANIFEST.MF")) {
                    Path to = source ? dir.resolve("Net.java") : dir.resolve("app").resolve(e.getName());
                    Files.createDirectories(to.getParent());
                    Files.write(to, jar.getInputStream(e).readAllBytes());
                }
            }
        }
        Path app = compiled("module app { requires dev.lathe.runtime; }", runtime());
        String path = runtime() + File.pathSeparator + app;
        String said = command("java", List.of("--limit-modules", "java.base,dev.lathe.runtime", "-p", path, "-m", "app/app.Main"));
        assertTrue(said.endsWith("portable 40 1.0 in app"), said);
        if (Target.best() != Target.PORTABLE) {
            String vectors = command("java", List.of("--add-modules", "jdk.incubator.vector", "-p", path, "-m", "app/app.Main"));
            assertTrue(vectors.endsWith(Target.best().text() + " 40 1.0 in app"), vectors);
        }
    }

    /** The compiler is made of modules, and does its work as such: options, resources, generated classes. */
    @Test
    void theCompilerIsAModule() throws Exception {
        String path = Stream.of(Main.class, Program.class, LatheParser.class, Model.class, CommandLine.class, ParserRuleContext.class, ClassReader.class,
                ClassRemapper.class, CheckClassAdapter.class, ClassNode.class, Analyzer.class).map(ModulePathTest::home).distinct().collect(Collectors.joining(File.pathSeparator));
        Files.writeString(dir.resolve("net.lir"), MODEL);
        for (String line : List.of("compile net.lir -o net.jar --target portable", "verify net.lir --layers",
                "inspect net.lir --html page.html")) {
            List<String> words = new ArrayList<>(List.of("-p", path, "-m", "dev.lathe.compiler/" + Main.class.getName()));
            Stream.of(line.split(" ")).map(w -> w.startsWith("net.") || w.startsWith("page.") ? dir.resolve(w).toString() : w).forEach(words::add);
            command("java", words);
        }
        assertTrue(Files.size(dir.resolve("page.html")) > 10_000);
        assertTrue(command("java", List.of("-p", path, "--describe-module", "dev.lathe.compiler")).contains("requires info.picocli"));
    }
}
