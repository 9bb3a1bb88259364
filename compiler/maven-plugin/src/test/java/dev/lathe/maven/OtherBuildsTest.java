package dev.lathe.maven;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.lathe.codegen.jar.JarWriter;
import dev.lathe.compiler.Lathe;
import dev.lathe.runtime.Model;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** docs/gradle-jbang.md with a real Gradle and a real jbang, each where it is installed and starts; without a network. */
class OtherBuildsTest {
    private static final Path ROOT = Path.of("../..").toAbsolutePath().normalize();
    private static final String VERSION = Lathe.VERSION;

    @TempDir
    Path dir;

    @Test
    void theGradleSnippetBuilds() throws Exception {
        Path gradle = program("gradle");
        Path repository = repository();
        Path project = Files.createDirectories(dir.resolve("project"));
        Files.writeString(project.resolve("settings.gradle"), "rootProject.name = 'app'\n");
        String head = "apply plugin: 'java'\nrepositories { maven { url '" + repository.toUri() + "' } }\n";
        Files.writeString(project.resolve("build.gradle"), head + spelling(block("groovy", ""), version(gradle)));
        Files.createDirectories(project.resolve("src/main/models"));
        Files.copy(ROOT.resolve("examples/digits/model.onnx"), project.resolve("src/main/models/digits.onnx"));
        Files.writeString(Files.createDirectories(project.resolve("src/main/java")).resolve("App.java"), """
                public class App {
                    public static void main(String[] args) {
                        try (com.acme.Digits digits = com.acme.Digits.load()) {
                            System.out.println(digits.run(new float[com.acme.Digits.IMAGE_SIZE]).length + " logits");
                        }
                    }
                }
                """);
        Said first = gradle(gradle, project);
        if (first.code != 0) {
            Path bare = Files.createDirectories(dir.resolve("bare/src/main/java")).getParent().getParent().getParent();
            Files.writeString(bare.resolve("build.gradle"), "apply plugin: 'java'\n");
            Files.writeString(bare.resolve("src/main/java/A.java"), "class A {}\n");
            if (gradle(gradle, bare).code != 0) {
                skip(gradle + " builds nothing on Java " + Runtime.version().feature());
            }
        }
        assertEquals(0, first.code, first.text);
        Path jar = project.resolve("build/models/digits.jar");
        String path = Stream.of(project.resolve("build/classes/java/main"), jar, jarOf(Model.class)).map(Path::toString).reduce((a, b) -> a + File.pathSeparator + b).get();
        Said run = run(project, Map.of(), java(), "-cp", path, "App");
        assertTrue(run.text.contains("10 logits"), run.text);
        Said second = gradle(gradle, project);
        assertEquals(0, second.code, second.text);
        assertTrue(second.text.contains(":compileModels UP-TO-DATE"), second.text);
    }

    @Test
    void theJbangProgramRuns() throws Exception {
        Path jbang = program("jbang");
        Path repository = repository();
        Path model = dir.resolve("digits.jar");
        Tool.Answer made = Tool.run(List.of("compile", ROOT.resolve("examples/digits/model.onnx").toString(), "-o", model.toString(), "--target", "portable"));
        assertEquals(0, made.code(), made.text());
        Path source = Files.writeString(dir.resolve("digits.java"), block("java", " jbang"));
        Said said = run(dir, Map.of("JBANG_REPO", repository.toString(), "JBANG_DIR", dir.resolve("jbang").toString()), jbang.toString(), "--offline", source.toString(), model.toString());
        assertEquals(0, said.code, said.text);
        assertTrue(said.text.contains("digits"), said.text);
    }

    /** As docs/gradle-jbang.md says for versions before 6.4. */
    private static String spelling(String snippet, int[] version) {
        if (version[0] > 6 || version[0] == 6 && version[1] >= 4) {
            return snippet;
        }
        String old = snippet.replace("tasks.register('compileModels', JavaExec)", "task compileModels(type: JavaExec)").replace("mainClass = ", "main = ");
        assertTrue(old.contains("task compileModels") && old.contains("main = "), old);
        return old;
    }

    private int[] version(Path gradle) throws Exception {
        Said said = run(dir, Map.of(), gradle.toString(), "--version");
        Matcher m = Pattern.compile("Gradle (\\d+)\\.(\\d+)").matcher(said.text);
        if (said.code != 0 || !m.find()) {
            skip(gradle + " does not start on Java " + Runtime.version().feature());
        }
        return new int[] {Integer.parseInt(m.group(1)), Integer.parseInt(m.group(2))};
    }

    private Said gradle(Path gradle, Path project) throws Exception {
        return run(project, Map.of(), gradle.toString(), "--offline", "--no-daemon", "--console=plain", "-g", dir.resolve("gradle-home").toString(), "classes");
    }

    private static Path program(String name) {
        for (String folder : System.getenv("PATH").split(File.pathSeparator)) {
            if (Files.isExecutable(Path.of(folder, name))) {
                return Path.of(folder, name);
            }
        }
        skip("there is no " + name + " on the path");
        return null;
    }

    private static void skip(String why) {
        System.out.println("OtherBuildsTest: skipped: " + why);
        abort(why);
    }

    private static String block(String language, String mark) throws IOException {
        Matcher m = Pattern.compile("(?ms)^```" + language + mark + "\n(.*?)^```$").matcher(Files.readString(ROOT.resolve("docs/gradle-jbang.md")));
        assertTrue(m.find(), language);
        return m.group(1);
    }

    /** A Maven repository of what this build has made; the compiler brings all that it needs. */
    private Path repository() throws Exception {
        Path repository = dir.resolve("repository");
        add(repository, "dev.lathe", "lathe-runtime-min", VERSION, jarOf(Model.class), List.of());
        List<String> needed = new ArrayList<>(List.of("dev.lathe:lathe-runtime-min:" + VERSION));
        for (String c : List.of(JarWriter.class.getName(), "dev.lathe.grammar.LatheParser", "org.antlr.v4.runtime.Lexer", "org.objectweb.asm.ClassWriter",
                "org.objectweb.asm.commons.ClassRemapper", "org.objectweb.asm.tree.ClassNode", "org.objectweb.asm.tree.analysis.Analyzer",
                "org.objectweb.asm.util.CheckClassAdapter", "picocli.CommandLine")) {
            Path jar = jarOf(Class.forName(c));
            String name = "part" + needed.size();
            add(repository, "parts", name, "1", jar, List.of());
            needed.add("parts:" + name + ":1");
        }
        add(repository, "dev.lathe", "lathe-compiler", VERSION, jarOf(Lathe.class), needed);
        return repository;
    }

    private static void add(Path repository, String group, String name, String version, Path jar, List<String> needed) throws IOException {
        Path folder = Files.createDirectories(repository.resolve(group.replace('.', '/')).resolve(name).resolve(version));
        Files.copy(jar, folder.resolve(name + "-" + version + ".jar"));
        StringBuilder pom = new StringBuilder("<project><modelVersion>4.0.0</modelVersion>" + coordinates(group, name, version) + "<dependencies>");
        for (String n : needed) {
            String[] p = n.split(":");
            pom.append("<dependency>").append(coordinates(p[0], p[1], p[2])).append("</dependency>");
        }
        Files.writeString(folder.resolve(name + "-" + version + ".pom"), pom + "</dependencies></project>\n");
    }

    private static String coordinates(String group, String name, String version) {
        return "<groupId>" + group + "</groupId><artifactId>" + name + "</artifactId><version>" + version + "</version>";
    }

    /** Where a class comes from; before the phase package that is a folder, which is made a jar. */
    private Path jarOf(Class<?> c) throws IOException, URISyntaxException {
        Path code = Path.of(c.getProtectionDomain().getCodeSource().getLocation().toURI());
        if (!Files.isDirectory(code)) {
            return code;
        }
        Path jar = dir.resolve(c.getSimpleName() + ".jar");
        if (!Files.exists(jar)) {
            try (OutputStream out = Files.newOutputStream(jar); ZipOutputStream zip = new ZipOutputStream(out); Stream<Path> all = Files.walk(code)) {
                for (Path p : all.filter(Files::isRegularFile).sorted().toList()) {
                    zip.putNextEntry(new ZipEntry(code.relativize(p).toString().replace(File.separatorChar, '/')));
                    Files.copy(p, zip);
                }
            }
        }
        return jar;
    }

    private static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    private record Said(int code, String text) {}

    private Said run(Path folder, Map<String, String> environment, String... command) throws IOException, InterruptedException {
        Path log = Files.createTempFile(dir, "said", ".txt");
        ProcessBuilder b = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).redirectOutput(log.toFile());
        b.environment().put("JAVA_HOME", System.getProperty("java.home"));
        b.environment().putAll(environment);
        Process p = b.start();
        try {
            assertTrue(p.waitFor(300, TimeUnit.SECONDS), () -> String.join(" ", command) + " did not end");
        } finally {
            p.destroyForcibly();
        }
        return new Said(p.exitValue(), Files.readString(log, StandardCharsets.UTF_8));
    }
}
