package dev.lathe.compiler.hostile;

import dev.lathe.codegen.jar.JarWriter;
import dev.lathe.compiler.CompilerOptions;
import dev.lathe.compiler.Lathe;
import dev.lathe.compiler.hostile.Hostile.Expect;
import dev.lathe.compiler.hostile.Hostile.Trial;
import dev.lathe.compiler.models.TestModels;
import dev.lathe.runtime.Checksum;
import dev.lathe.runtime.Stamp;
import dev.lathe.runtime.Target;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/** Compiled models that someone changed, given to every command that takes one. */
final class HostileJars {
    private static final String ID = "model.Conv";
    private static final String FOLDER = Stamp.folder(ID);
    private static final String CLASS = "model/Conv$portable$0.class";

    private HostileJars() {}

    /** The bytes of a jar's file, as they are written for a trial. */
    private interface Jar {
        byte[] bytes() throws IOException;
    }

    static List<Trial> all() throws IOException {
        Path file = Files.createTempFile("lathe-sound", ".jar");
        JarWriter.write(file, Lathe.compile(TestModels.FOLDER.resolve("conv/model.onnx"), CompilerOptions.DEFAULT.withTargets(List.of(Target.PORTABLE))));
        byte[] sound = Files.readAllBytes(file);
        Files.delete(file);
        List<Trial> r = new ArrayList<>();
        jar(r, "as it was made", Expect.DONE, () -> sound);
        jar(r, "empty", Expect.REFUSED, () -> new byte[0]);
        jar(r, "no archive", Expect.REFUSED, () -> "#!/bin/sh\necho no\n".getBytes(StandardCharsets.UTF_8));
        jar(r, "an archive of nothing", Expect.REFUSED, () -> zip(Map.of()));
        jar(r, "cut in the middle", Expect.REFUSED, () -> Arrays.copyOf(sound, sound.length / 2));
        jar(r, "without its last byte", Expect.REFUSED, () -> Arrays.copyOf(sound, sound.length - 1));
        Map<String, byte[]> parts = unzip(sound);
        for (String e : List.of(CLASS, FOLDER + "plan0.bin", FOLDER + "stamp.properties")) {
            String short0 = e.substring(e.lastIndexOf('/') + 1);
            entries(r, short0 + " is missing", Expect.REFUSED, parts, m -> m.remove(e));
            entries(r, short0 + " has another byte", Expect.REFUSED, parts, m -> m.get(e)[m.get(e).length / 2] ^= 1);
            entries(r, short0 + " is longer than it should be", Expect.REFUSED, parts, m -> m.put(e, Arrays.copyOf(m.get(e), m.get(e).length + 7)));
            jar(r, short0 + " inflates to 2 GiB", Expect.REFUSED, () -> bomb(parts, e));
        }
        jar(r, "an entry beside inflates to 2 GiB", Expect.DONE_OR_REFUSED, () -> bomb(parts, FOLDER + "more.lir"));
        for (String n : List.of("../../evil", "/etc/evil", "META-INF/lathe/../../evil.properties", "a".repeat(60_000))) {
            entries(r, "an entry named " + (n.length() > 60 ? "by 60,000 characters" : n), Expect.DONE_OR_REFUSED, parts, m -> m.put(n, new byte[9]));
        }
        entries(r, "two models", Expect.REFUSED, parts, m -> m.put(Stamp.entry("other.Model"), m.get(FOLDER + "stamp.properties")));
        entries(r, "a stamp of another model", Expect.REFUSED, parts, m -> m.put(Stamp.entry("other.Model"), m.remove(FOLDER + "stamp.properties")));
        entries(r, "a stamp in a folder ..", Expect.REFUSED, parts, m -> m.put(Stamp.entry("../.."), m.remove(FOLDER + "stamp.properties")));
        entries(r, "no text in its stamp", Expect.REFUSED, parts, m -> m.put(FOLDER + "stamp.properties", new byte[] {-1, -2, 0, 0, 0}));
        HostileZips.all(parts, CLASS).forEach((name, bytes) -> jar(r, "zip: " + name, Expect.DONE_OR_REFUSED, () -> bytes));
        stamps(r, parts);
        code(r, parts);
        return r;
    }

    /** Stamps that are whole, and lie. */
    private static void stamps(List<Trial> r, Map<String, byte[]> parts) {
        for (String abi : List.of("2", "4", "99", "-1", "", "x")) {
            stamp(r, "ABI \"" + abi + '"', parts, s -> s.replaceFirst("abi=.*", "abi=" + abi));
        }
        for (String n : List.of("0", "-1", "2147483647", "10001", "9999999999", "many", "")) {
            stamp(r, "paths=" + n, parts, s -> s.replaceFirst("\npaths=.*", "\npaths=" + n));
        }
        for (String t : List.of("", "neon", "sse9", "portable,portable,x", "avx512")) {
            stamp(r, "targets=" + t, parts, s -> s.replaceFirst("\ntargets=.*", "\ntargets=" + t), t.startsWith("portable,") ? Expect.DONE_OR_REFUSED : Expect.REFUSED);
        }
        for (String c : List.of("java.lang.String", "java.lang.Runtime", "../../x", "", "int", "model.None", "[[I")) {
            stamp(r, "class " + c, parts, s -> s.replaceFirst("(\nvariant.0.portable.class)=.*", "$1=" + c));
        }
        stamp(r, "classes of its own choice", parts, s -> s.replaceFirst("(\nvariant.0.portable.classes)=.*", "$1=java.lang.Object,x"));
        stamp(r, "a plan of its own choice", parts, s -> s.replaceFirst("(\nvariant.0.portable.plan)=.*", "$1=../../../etc/passwd"));
        // just what it is called in messages
        stamp(r, "a path of another name", parts, s -> s.replaceFirst("(\npath.0)=.*", "$1=x=((((((("), Expect.DONE);
        stamp(r, "no line but the first", parts, s -> s.substring(0, s.indexOf('\n') + 1));
        stamp(r, "1,000,000 lines more", parts, s -> s + "more=line\n".repeat(1_000_000), Expect.DONE_OR_REFUSED);
    }

    /** Classes and plans whose checksums are right. */
    private static void code(List<Trial> r, Map<String, byte[]> parts) {
        sealed(r, "a class of noise", parts, CLASS, b -> new byte[1000]);
        sealed(r, "a class of Java 99", parts, CLASS, b -> {
            b[7] = (byte) (44 + 99);
            return b;
        });
        sealed(r, "a class cut in the middle", parts, CLASS, b -> Arrays.copyOf(b, b.length / 2));
        sealed(r, "another class", parts, CLASS, b -> parts.get("model/Conv.class").clone());
        sealed(r, "an empty plan", parts, FOLDER + "plan0.bin", b -> new byte[0]);
        sealed(r, "a plan of ones", parts, FOLDER + "plan0.bin", b -> {
            Arrays.fill(b, 4, b.length, (byte) -1);
            return b;
        });
        sealed(r, "a plan with more behind it", parts, FOLDER + "plan0.bin", b -> Arrays.copyOf(b, b.length * 2));
    }

    private static void jar(List<Trial> r, String name, Expect expect, Jar jar) {
        List<String> data = List.of("--data", "{}/in/data");
        List<List<String>> commands = List.of(with(List.of("run", "{}/in/m.jar"), inputs()), with(List.of("verify", "{}/in/m.jar"), data), List.of("inspect", "{}/in/m.jar"));
        for (List<String> c : commands) {
            // what a command does not look at, it need not refuse
            Expect e = expect == Expect.REFUSED && c.get(0).equals("inspect") ? Expect.DONE_OR_REFUSED : expect;
            r.add(new Trial("jar: " + name + ": " + c.get(0), f -> {
                Files.write(f.resolve("m.jar"), jar.bytes());
                copy(TestModels.FOLDER.resolve("conv/test_data_set_0"), Files.createDirectories(f.resolve("data/test_data_set_0")));
            }, c, e, ""));
        }
    }

    private static List<String> inputs() {
        return List.of("--input", "x={}/in/data/test_data_set_0/input_0.pb");
    }

    private static List<String> with(List<String> a, List<String> b) {
        List<String> all = new ArrayList<>(a);
        all.addAll(b);
        return all;
    }

    private static void copy(Path from, Path to) throws IOException {
        try (var files = Files.list(from)) {
            for (Path p : files.toList()) {
                Files.copy(p, to.resolve(p.getFileName().toString()));
            }
        }
    }

    private static void entries(List<Trial> r, String name, Expect expect, Map<String, byte[]> parts, Consumer<Map<String, byte[]>> change) {
        jar(r, name, expect, () -> {
            Map<String, byte[]> m = new LinkedHashMap<>();
            parts.forEach((k, v) -> m.put(k, v.clone()));
            change.accept(m);
            return zip(m);
        });
    }

    private static void stamp(List<Trial> r, String name, Map<String, byte[]> parts, UnaryOperator<String> change) {
        stamp(r, name, parts, change, Expect.REFUSED);
    }

    private static void stamp(List<Trial> r, String name, Map<String, byte[]> parts, UnaryOperator<String> change, Expect expect) {
        entries(r, "a stamp with " + name, expect, parts, m -> m.put(FOLDER + "stamp.properties", seal(change.apply(body(m)))));
    }

    private static void sealed(List<Trial> r, String name, Map<String, byte[]> parts, String entry, UnaryOperator<byte[]> change) {
        entries(r, name, Expect.REFUSED, parts, m -> {
            byte[] b = change.apply(m.get(entry));
            m.put(entry, b);
            String line = "entry." + entry + "=";
            String s = body(m);
            int at = s.indexOf(line);
            m.put(FOLDER + "stamp.properties", seal(s.substring(0, at) + line + b.length + " " + Checksum.of(b, b.length) + s.substring(s.indexOf('\n', at))));
        });
    }

    private static String body(Map<String, byte[]> parts) {
        String s = new String(parts.get(FOLDER + "stamp.properties"), StandardCharsets.UTF_8);
        return s.substring(0, s.lastIndexOf("checksum="));
    }

    private static byte[] seal(String body) {
        byte[] b = body.getBytes(StandardCharsets.UTF_8);
        byte[] tail = Stamp.tail(b, b.length);
        byte[] all = Arrays.copyOf(b, b.length + tail.length);
        System.arraycopy(tail, 0, all, b.length, tail.length);
        return all;
    }

    static Map<String, byte[]> unzip(byte[] jar) throws IOException {
        Map<String, byte[]> m = new LinkedHashMap<>();
        try (ZipInputStream in = new ZipInputStream(new ByteArrayInputStream(jar))) {
            for (ZipEntry e = in.getNextEntry(); e != null; e = in.getNextEntry()) {
                m.put(e.getName(), in.readAllBytes());
            }
        }
        return m;
    }

    private static byte[] zip(Map<String, byte[]> parts) {
        return zip(parts, null);
    }

    /** The entry holds the bytes that it should, and zeros behind them. */
    private static byte[] bomb(Map<String, byte[]> parts, String entry) {
        Map<String, byte[]> m = new LinkedHashMap<>(parts);
        m.putIfAbsent(entry, new byte[0]);
        return zip(m, entry);
    }

    private static byte[] zip(Map<String, byte[]> parts, String bomb) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream out = new ZipOutputStream(bytes)) {
            out.setLevel(bomb == null ? Deflater.DEFAULT_COMPRESSION : Deflater.BEST_SPEED);
            for (Map.Entry<String, byte[]> e : parts.entrySet()) {
                out.putNextEntry(new ZipEntry(e.getKey()));
                out.write(e.getValue());
                byte[] zeros = new byte[1 << 20];
                for (int i = 0; e.getKey().equals(bomb) && i < 2048; i++) {
                    out.write(zeros);
                }
                out.closeEntry();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
