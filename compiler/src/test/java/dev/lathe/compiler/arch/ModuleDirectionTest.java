package dev.lathe.compiler.arch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.codegen.program.Program;
import dev.lathe.compiler.Lathe;
import dev.lathe.grammar.LatheParser;
import dev.lathe.runtime.Model;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.objectweb.asm.ClassReader;

/** grammar and runtime-min stand alone; codegen builds on both, compiler on codegen. Read from the class files' constants. */
class ModuleDirectionTest {
    private static final Map<String, Set<String>> GRAMMAR = texts(LatheParser.class);
    private static final Map<String, Set<String>> RUNTIME = texts(Model.class);
    private static final Map<String, Set<String>> CODEGEN = texts(Program.class);
    private static final Map<String, Set<String>> COMPILER = texts(Lathe.class);

    @Test
    void grammarKnowsOnlyAntlr() {
        none(GRAMMAR, any(), "dev/lathe/runtime", "dev/lathe/codegen", "dev/lathe/compiler", "org/objectweb", "picocli");
    }

    @Test
    void theRunTimeKnowsNothing() {
        none(RUNTIME, any(), "dev/lathe/grammar", "dev/lathe/codegen", "dev/lathe/compiler", "org/objectweb", "org/antlr", "picocli");
    }

    @Test
    void theBackEndKnowsNoFrontEnd() {
        none(CODEGEN, any(), "dev/lathe/compiler", "picocli");
    }

    @Test
    void whatJarsTakeAlongStandsOnTheRunTimeAlone() {
        CODEGEN.forEach((c, texts) -> {
            if (c.startsWith("dev/lathe/codegen/lib/")) {
                assertTrue(texts.stream().noneMatch(t -> t.replace("dev/lathe/codegen/lib/", "").contains("dev/lathe/codegen/")), c);
            }
        });
        none(CODEGEN, c -> c.startsWith("dev/lathe/codegen/lib/"), "org/objectweb", "org/antlr", "dev/lathe/grammar");
    }

    @Test
    void theFrontEndKnowsNoBytecode() {
        none(COMPILER, any(), "org/objectweb", "dev/lathe/codegen/asm");
    }

    @Test
    void theVectorApiIsSpeltInOneFile() {
        Set<String> spellers = new TreeSet<>();
        for (Map<String, Set<String>> module : List.of(GRAMMAR, RUNTIME, CODEGEN, COMPILER)) {
            module.forEach((c, texts) -> {
                if (texts.stream().anyMatch(t -> t.contains("jdk/incubator/vector"))) {
                    spellers.add(c.replaceAll("\\$.*", ""));
                }
            });
        }
        assertEquals(Set.of("dev/lathe/codegen/emit/VectorSpelling"), spellers);
    }

    @Test
    void onlyTextPackagesParse() {
        none(CODEGEN, c -> !c.startsWith("dev/lathe/codegen/text/"), "org/antlr", "dev/lathe/grammar");
        none(COMPILER, c -> !c.startsWith("dev/lathe/compiler/ir/text/"), "org/antlr", "dev/lathe/grammar");
    }

    @Test
    void theCommandLineIsOnTop() {
        none(COMPILER, c -> !c.startsWith("dev/lathe/compiler/cli/"), "dev/lathe/compiler/cli/", "picocli/");
        none(COMPILER, c -> !c.startsWith("dev/lathe/compiler/cli/"), "java/awt", "javax/imageio");
    }

    @Test
    void theGraphKnowsNoFormatAndNoPass() {
        none(COMPILER, c -> c.startsWith("dev/lathe/compiler/ir/"), "dev/lathe/compiler/onnx", "dev/lathe/compiler/pass", "dev/lathe/compiler/lower");
        none(COMPILER, c -> c.startsWith("dev/lathe/compiler/lower/") || c.startsWith("dev/lathe/compiler/pass/"), "dev/lathe/compiler/onnx");
    }

    private static Predicate<String> any() {
        return c -> true;
    }

    private static void none(Map<String, Set<String>> module, Predicate<String> classes, String... forbidden) {
        Set<String> found = new TreeSet<>();
        module.forEach((c, texts) -> {
            for (String f : forbidden) {
                if (classes.test(c) && texts.stream().anyMatch(t -> t.contains(f))) {
                    found.add(c + " uses " + f);
                }
            }
        });
        assertTrue(found.isEmpty(), found::toString);
    }

    /** Every text in the constants of every class of a module: class names, descriptors, strings. */
    private static Map<String, Set<String>> texts(Class<?> of) {
        Map<String, Set<String>> all = new TreeMap<>();
        try {
            Path place = Path.of(of.getProtectionDomain().getCodeSource().getLocation().toURI());
            if (Files.isDirectory(place)) {
                read(place, all);
            } else {
                try (FileSystem jar = FileSystems.newFileSystem(place)) {
                    read(jar.getPath("/"), all);
                }
            }
        } catch (IOException | java.net.URISyntaxException e) {
            throw new IllegalStateException(e);
        }
        assertTrue(!all.isEmpty(), of.getName());
        return all;
    }

    private static void read(Path root, Map<String, Set<String>> into) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            for (Path f : (Iterable<Path>) files.filter(p -> p.toString().endsWith(".class"))::iterator) {
                ClassReader c = new ClassReader(Files.readAllBytes(f));
                Set<String> texts = new TreeSet<>();
                char[] buffer = new char[c.getMaxStringLength()];
                for (int i = 1; i < c.getItemCount(); i++) {
                    int at = c.getItem(i);
                    // class names, descriptors and strings: whatever refers to a text by its index
                    if (at > 0) {
                        int tag = c.readByte(at - 1);
                        if (tag == 7 || tag == 8 || tag == 16 || tag == 19 || tag == 20) {
                            texts.add(c.readUTF8(at, buffer));
                        } else if (tag == 12) {
                            texts.add(c.readUTF8(at + 2, buffer));
                        }
                    }
                }
                into.put(c.getClassName(), texts);
            }
        }
    }
}
