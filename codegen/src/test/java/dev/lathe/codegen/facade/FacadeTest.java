package dev.lathe.codegen.facade;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.codegen.debug.ClassCheck;
import dev.lathe.codegen.emit.InMemoryLoader;
import dev.lathe.runtime.ElementType;
import java.io.IOException;
import java.io.StringWriter;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FacadeTest {
    @TempDir
    Path dir;

    private static Facade.Port port(String name, ElementType type, Object... dims) {
        return new Facade.Port(name, Facade.Kind.TENSOR, type, Arrays.stream(dims)
                .map(d -> d instanceof Integer i ? new Facade.Dim("" + i, i) : new Facade.Dim((String) d, -1)).toList());
    }

    private static Facade facade(String id, List<Facade.Port> inputs, List<Facade.Port> outputs, String... labels) {
        return new Facade(id, "a model */ \\u002a{@code}", "1", List.of("portable"), inputs, outputs, List.of(labels));
    }

    @Test
    void oneInputAndOutput() throws Exception {
        Facade f = facade("com.acme.Digits", List.of(port("image", ElementType.F32, "N", 3, 64, 64)),
                List.of(port("logits", ElementType.F32, "N", 10)), "zero", "\u00fc\"\\");
        Class<?> c = check(f);
        assertEquals(float[].class, c.getMethod("run", float[].class).getReturnType());
        assertEquals("n", c.getMethod("run", float[].class, int.class).getParameters()[1].getName());
        assertEquals(List.of("zero", "\u00fc\"\\"), c.getField("LABELS").get(null));
        assertEquals("f32[N,3,64,64]", c.getField("IMAGE_TYPE").get(null));
        assertEquals(3 * 64 * 64, c.getField("IMAGE_SIZE").get(null));
        assertTrue(((String) c.getField("SIGNATURE").get(null)).contains("float[] run(float[] image, int n)"));
    }

    @Test
    void everyStorageAndKind() throws Exception {
        List<Facade.Port> ports = new ArrayList<>();
        for (ElementType t : List.of(ElementType.F32, ElementType.F64, ElementType.U8, ElementType.I64, ElementType.STR)) {
            ports.add(port("p_" + t.text(), t, 2, "T*2", "T"));
        }
        ports.add(new Facade.Port("a list", Facade.Kind.SEQUENCE, ElementType.F32, List.of()));
        ports.add(new Facade.Port("perhaps", Facade.Kind.OPTIONAL, ElementType.F32, List.of()));
        check(facade("Result", ports, ports));
        for (Facade.Port p : ports) {
            check(facade("a.b.One", List.of(p), List.of(p)));
        }
    }

    @Test
    void sizesAreThoseOfArrays() throws Exception {
        List<Facade.Port> ports = List.of(port("scalar", ElementType.F32), port("fixed", ElementType.I64, 2, 3), port("open", ElementType.F32, "T", 5), port("none", ElementType.F32, 0, 5),
                port("both", ElementType.F32, "N", "T"), port("huge", ElementType.F32, 65536, 32768), port("most", ElementType.F32, 65535, 32768), port("wraps", ElementType.F32, 65536, 65536, 65536, 65536));
        Class<?> c = check(facade("com.acme.Sizes", ports, ports.subList(0, 1)));
        Map<String, Object> sizes = new TreeMap<>();
        for (Field x : c.getFields()) {
            if (x.getName().endsWith("_SIZE")) {
                sizes.put(x.getName(), x.get(null));
            }
        }
        assertEquals(Map.of("SCALAR_SIZE", 1, "SCALAR2_SIZE", 1, "FIXED_SIZE", 6, "OPEN_SIZE", 5, "NONE_SIZE", 0, "MOST_SIZE", 65535 * 32768), sizes);
    }

    @Test
    void labelsNameTheOutputThatScoresThem() throws Exception {
        Facade.Port boxes = port("boxes", ElementType.F32, "N", 100, 4);
        Facade.Port scores = port("scores", ElementType.F32, "N", 100, 3);
        Facade.Port map = port("map", ElementType.F32, "N", 3, "H", "W");
        assertLabels("What the last dimension of {@code scores} scores, in order.", boxes, scores);
        assertLabels("What the last dimension of {@code scores} scores, in order.", map, scores);
        assertLabels("What dimension 1 (the first is 0) of {@code map} scores, in order.", boxes, map);
        assertLabels("What the last dimension of {@code out} scores, in order.", port("out", ElementType.F32, 3));
        assertLabels("Names of classes, in order; no output declares an extent of 3.", boxes, port("open", ElementType.F32, "N", "C"),
                new Facade.Port("list", Facade.Kind.SEQUENCE, ElementType.F32, List.of()));
    }

    private void assertLabels(String says, Facade.Port... outputs) throws Exception {
        Facade f = facade("com.acme.Seen", List.of(port("image", ElementType.F32, "N", 8)), List.of(outputs), "cat", "dog", "cow");
        List<String> source = FacadeSource.write(f).lines().toList();
        int at = source.indexOf(source.stream().filter(l -> l.contains(" LABELS = ")).findFirst().orElseThrow());
        assertEquals("    /** " + says + " */", source.get(at - 1));
        check(f);
    }

    @Test
    void hostileNames() throws Exception {
        List<String> names = List.of("class", "x.1", "x_1", "x1", "X", "1", "", "*/", "\u00e9\u4e2d", "run", "model", "hash-code", "shape", "a", "a shape", "labels",
                "signature", "x type", "options", "N", "input_ids", "\"\\\n", "\\u000a");
        List<Facade.Port> ports = names.stream().map(n -> port(n, ElementType.F32, "N", "a b", 7)).toList();
        check(facade("com.acme.Odd", ports, ports));
    }

    @Test
    void moreInputsThanAMethodTakes() throws Exception {
        List<Facade.Port> ports = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            ports.add(port("in" + i, ElementType.F32, 1));
        }
        check(facade("com.acme.Many", ports, List.of(port("out", ElementType.F32, 1))));
    }

    @Test
    void picturesAmongOtherInputs() throws Exception {
        List<Facade.Port> ports = List.of(port("mask", ElementType.F32, "N", 8), port("image", ElementType.U8, "N", "height", "width", 3), port("width", ElementType.I64, "a", "b"));
        Class<?> c = check(new Facade("com.acme.Seen", "m", "1", List.of("portable"), ports, List.of(port("out", ElementType.F32, 1)), List.of(), "image"));
        Executable run = Arrays.stream(c.getMethods()).filter(m -> m.getName().equals("run") && m.getParameterTypes()[1] == byte[].class).findFirst().orElseThrow();
        assertEquals("mask image width2 height width n a b", Arrays.stream(run.getParameters()).map(p -> p.getName()).collect(Collectors.joining(" ")));
        check(new Facade("com.acme.One", "m", "1", List.of("portable"), ports.subList(1, 2), ports.subList(0, 2), List.of(), "image"));
    }

    /** The class file verifies, and javac makes a class of the source that has the same members. */
    private Class<?> check(Facade f) throws IOException, ReflectiveOperationException {
        Map<String, byte[]> classes = FacadeClass.write(f);
        Map<String, byte[]> internal = new TreeMap<>();
        classes.forEach((name, bytes) -> internal.put(name.replace('.', '/'), bytes));
        assertEquals("", ClassCheck.report(internal, getClass().getClassLoader()));
        Path src = Files.createDirectories(dir.resolve(f.id())).resolve(f.simpleName() + ".java");
        Files.writeString(src, FacadeSource.write(f));
        Path out = Files.createDirectories(dir.resolve(f.id() + ".out"));
        StringWriter said = new StringWriter();
        JavaCompiler javac = ToolProvider.getSystemJavaCompiler();
        boolean done = javac.getTask(said, null, null, List.of("-d", out.toString(), "-parameters", "-Xlint:all", "-Xdoclint:all,-missing"), null,
                javac.getStandardFileManager(null, null, null).getJavaFileObjects(src)).call();
        assertTrue(done, said + Files.readString(src));
        ClassLoader parent = getClass().getClassLoader();
        ClassLoader emitted = new InMemoryLoader(internal, parent);
        try (URLClassLoader compiled = new URLClassLoader(new URL[] {out.toUri().toURL()}, parent)) {
            for (String name : classes.keySet()) {
                assertEquals(members(compiled.loadClass(name)), members(emitted.loadClass(name)));
            }
        }
        return Class.forName(f.id(), true, emitted);
    }

    private static String members(Class<?> c) throws ReflectiveOperationException {
        TreeSet<String> all = new TreeSet<>();
        for (Field x : c.getDeclaredFields()) {
            x.setAccessible(true);
            all.add(x.toGenericString() + " = " + x.get(null));
        }
        for (List<? extends Executable> list : List.of(List.of(c.getDeclaredMethods()), List.of(c.getDeclaredConstructors()))) {
            list.forEach(m -> all.add(m + Arrays.stream(m.getParameters()).map(Object::toString).collect(Collectors.joining(", ", " (", ")"))));
        }
        Arrays.stream(c.getDeclaredClasses()).forEach(n -> all.add("nested " + n + " " + Modifier.toString(n.getModifiers())));
        all.add(c + " extends " + c.getSuperclass() + " in " + c.getDeclaringClass() + " " + c.getNestHost());
        return String.join("\n", all);
    }
}
