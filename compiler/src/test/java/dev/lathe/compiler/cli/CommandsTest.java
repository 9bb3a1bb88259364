package dev.lathe.compiler.cli;

import static dev.lathe.compiler.cli.Cli.model;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.compiler.models.TestModels;
import dev.lathe.compiler.tensor.NpyFile;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommandsTest {
    private static final Path CONV_INPUT = TestModels.FOLDER.resolve("conv/test_data_set_0/input_0.pb");

    @TempDir
    Path dir;

    @Test
    void versionAndHelp() {
        assertEquals("lathe 0.1.0\n", Cli.run("--version").ok().out().replace("\r", ""));
        Cli.run("--help").ok().prints("compile", "verify", "Examples:", "Exit codes:");
        for (String c : List.of("compile", "run", "verify", "bench", "inspect", "print")) {
            Cli.run(c, "--help").ok().prints("Usage: lathe " + c, "Examples:");
        }
        Cli.run("generate-completion").ok().prints("complete -F", "compile");
    }

    @Test
    void compilesTheSameBytesTwice() throws IOException {
        Path a = dir.resolve("a.jar");
        Path b = dir.resolve("b.jar");
        Cli.run("compile", model("conv"), "-o", a, "--target", "portable,avx2", "--class", "com.acme.Conv").ok().prints("com.acme.Conv", "portable, avx2");
        Cli.run("compile", model("conv"), "-o", b, "--target", "portable,avx2", "--class", "com.acme.Conv").ok();
        assertArrayEquals(Files.readAllBytes(a), Files.readAllBytes(b));
        Cli.run("inspect", a).ok().prints("com.acme.Conv", "portable,avx2", "x: f32[1, 3, 8, 8]", "largest method");
        Cli.run("verify", a, "--data", TestModels.FOLDER.resolve("conv"), "--target", "portable").ok().prints("passed test_data_set_0");
    }

    @Test
    void whatIsReadIsNotWrittenOver() throws IOException {
        Path m = Files.copy(model("conv"), dir.resolve("m.onnx"));
        byte[] before = Files.readAllBytes(m);
        Path link = Files.createSymbolicLink(dir.resolve("other.jar"), m);
        for (List<Object> command : List.<List<Object>>of(List.of("compile", m, "-o", m), List.of("compile", m, "-o", link), List.of("inspect", m, "--html", m),
                List.of("bench", m, "--profile", link))) {
            Cli.run(command.toArray()).fails(Exit.USAGE, "which is read: it would be written over");
            assertArrayEquals(before, Files.readAllBytes(m));
        }
    }

    @Test
    void modelJarAndTextGiveTheSameDigest() {
        Path jar = dir.resolve("c.jar");
        Path text = dir.resolve("c.lir");
        Cli.run("compile", model("conv"), "-o", jar).ok();
        Cli.run("print", model("conv"), "-o", text).ok();
        assertTrue(Files.exists(dir.resolve("c.safetensors")));
        String digest = Cli.run("run", model("conv"), "--input", "x=" + CONV_INPUT, "--digest").ok().out().strip();
        assertTrue(digest.matches("[0-9a-f]{64}"), digest);
        assertEquals(digest, Cli.run("run", jar, "--input", CONV_INPUT, "--digest", "--target", "portable", "--threads", "2").ok().out().strip());
        assertEquals(digest, Cli.run("run", text, "--input", CONV_INPUT, "--digest").ok().out().strip());
        Cli.run("print", text).ok().prints("graph @conv", "loc(\"conv_0\")");
    }

    @Test
    void outputsAreWrittenAndNamed() {
        Path a = npy("a.npy", Tensor.ofFloats(new int[] {2}, 1, 2));
        // whole numbers fit exactly into f32
        Path b = npy("b.npy", new Tensor(ElementType.I64, new int[] {2}, new long[] {10, 20}));
        Path out = dir.resolve("out/deep");
        Cli.run("run", model("add"), "--input", "a=" + a, "--input", "b=" + b, "--output", out, "--repeat", 2).ok().prints("sum.npy", "median of 2 runs");
        assertArrayEquals(new float[] {11, 22}, NpyFile.read(out.resolve("sum.npy")).floats());
        Cli.run("run", model("add"), "-i", "a=" + a, "-i", "b=" + b).ok().prints("sum: f32[2] = 11.0000, 22.0000");
        Cli.run("run", model("lookup"), "-i", npy("ids.npy", new Tensor(ElementType.I32, new int[] {3}, new int[] {3, 0, 1}))).ok()
                .prints("rows: f32[3,2] = 30.0000, 31.0000, 0.00000, 1.00000");
    }

    @Test
    void imagesGetTheirLabel() {
        Path digits = Path.of("../examples/digits");
        Cli.run("run", digits.resolve("model.onnx"), "--input", "image=" + digits.resolve("images/00_is_7.png")).ok().prints("seven (");
    }

    @Test
    void verifiesSuites() throws IOException {
        Path csv = dir.resolve("r.csv");
        Cli r = Cli.run("verify", "--suite", TestModels.FOLDER, "--target", "portable,avx2", "--csv", csv);
        assertEquals(0, r.code(), r.out());
        assertEquals("1 passed, 0 failed, 4 skipped", r.lastLine());
        List<String> lines = Files.readAllLines(csv);
        assertEquals("case,target,result,max_abs,max_rel,seconds,message", lines.get(0));
        assertEquals(11, lines.size());
        assertTrue(lines.stream().anyMatch(l -> l.startsWith("conv,avx2,passed,")), lines.toString());
        assertEquals(List.of(csv), Files.list(dir).filter(f -> f.toString().endsWith(".csv") || f.toString().endsWith(".part")).toList());
        Path nowhere = dir.resolve("none").resolve("r.csv");
        Cli bad = Cli.run("verify", "--suite", TestModels.FOLDER.resolve("conv"), "--csv", nowhere);
        assertEquals(3, bad.code(), bad.err());
        Cli.run("verify", "--suite", TestModels.FOLDER.resolve("conv"), "--dynamic").ok().prints("1 passed, 0 failed");
        Cli.run("verify", "--suite", TestModels.FOLDER.resolve("conv"), "--constant").ok().prints("1 passed, 0 failed");
    }

    @Test
    void aWrongResultIsOne() throws IOException {
        Path set = Files.createDirectories(dir.resolve("test_data_set_0"));
        Files.copy(CONV_INPUT, set.resolve("input_0.pb"));
        dev.lathe.compiler.onnx.TensorEncoder.write(set.resolve("output_0.pb"), Tensor.ofFloats(new int[] {1, 4, 8, 8}, new float[256]), "y");
        Cli r = Cli.run("verify", model("conv"), "--data", set, "--target", "portable");
        assertEquals(1, r.code());
        r.prints("FAILED test_data_set_0 (portable): output \"y\" element");
        assertEquals("0 passed, 1 failed, 0 skipped", r.lastLine());
        Cli.run("verify", model("conv"), "--data", set, "--target", "portable", "--atol", "1000").ok();
    }

    @Test
    void twinsAgree() {
        Path text = dir.resolve("twin.lir");
        Path jar = dir.resolve("twin.jar");
        Cli.run("print", model("conv"), "-o", text).ok();
        Cli.run("compile", model("conv"), "-o", jar, "--target", "portable").ok();
        Cli.run("verify", model("conv"), "--against", text, "--target", "portable,avx2").ok().prints("passed test_data_set_0 (avx2)", "2 passed");
        // beside the text nothing is recorded
        Cli.run("verify", text, "--against", jar, "--target", "portable").ok().prints("passed seeded inputs");
        Cli other = Cli.run("verify", text, "--against", model("add"), "--target", "portable");
        assertEquals(3, other.code());
        assertTrue(other.err().contains("2 inputs"), other.err());
    }

    @Test
    void comparingNothingIsAFailure() {
        Cli r = Cli.run("verify", "--suite", dir);
        assertEquals(1, r.code());
        assertEquals("0 passed, 0 failed, 0 skipped", r.lastLine());
        assertTrue(r.err().contains("nothing was compared"), r.err());
    }

    @Test
    void stagesCanBeSeen() throws IOException {
        Cli.run("print", model("conv")).ok().prints("lathe 1", "graph @conv");
        Cli.run("compile", model("conv"), "--stop-after", "program", "--target", "portable").ok().prints("program");
        Cli.run("compile", model("conv"), "--stop-after", "classes", "--target", "portable").ok().prints("invokespecial Compiled.<init>", "static ");
        Path dump = dir.resolve("dump");
        Cli.run("compile", model("conv"), "-o", dir.resolve("c.jar"), "--target", "portable", "--dump", dump).ok();
        assertTrue(Files.exists(dump.resolve("00-import.lir")));
        try (var files = Files.list(dump)) {
            assertTrue(files.anyMatch(f -> f.toString().endsWith("program-portable-any.lir")));
        }
        Cli.run("inspect", model("conv"), "--target", "portable").ok().prints("inputs", "conv", "kernels", "largest buffers");
    }

    @Test
    void measures() {
        Cli.run("bench", model("conv"), "--seconds", "0.05", "--per-op", "--target", "portable").ok().prints("first", "steady", "p99", "all steps");
        String shaped = Cli.run("bench", model("add"), "--seconds", "0.05", "--shape", "a=5,b=5", "--target", "portable").ok().out();
        assertTrue(shaped.contains("fallback") && shaped.contains("times the path for this shape"), shaped);
        // b has the same open dimension
        Cli.run("bench", model("add"), "--seconds", "0.05", "--shape", "a=5", "--target", "portable").ok().prints("fallback");
        assertFalse(Cli.run("bench", model("add"), "--seconds", "0.05", "--target", "portable").ok().out().contains("fallback"));
    }

    @Test
    void saysWhenNoOutputHasAsManyNumbersAsThereAreLabels() throws IOException {
        Path labels = Files.writeString(dir.resolve("l.txt"), "cat\ndog\n");
        Path jar = dir.resolve("l.jar");
        Cli.run("compile", model("conv"), "-o", jar, "--target", "portable", "--labels", labels).ok().prints("note: there are 2 labels, and no output has an extent of 2: ");
        Path net = Files.writeString(dir.resolve("two.lir"), "lathe 1\ngraph @two(%x: f32[N,2]) -> (%y) {\n  %y: f32[N,2] = relu(%x)\n  return %y\n}\n");
        assertFalse(Cli.run("compile", net, "-o", jar, "--target", "portable", "--labels", labels).ok().out().contains("note"));
        Files.writeString(labels, "cat\ndog\nmouse\n");
        Cli.run("compile", net, "-o", jar, "--target", "portable", "--labels", labels).ok().prints("3 labels", "y: f32[N,2]");
    }

    /** Of sessions that a fresh JVM has compiled: interpreted code boxes vectors, so only portable code counts here. */
    @Test
    void saysWhatARunAllocates() throws IOException {
        Path p = dir.resolve("p.json");
        String out = Cli.run("bench", model("conv"), "--seconds", "0.3", "--threads", "2", "--target", "portable", "--profile", p).ok().out();
        Matcher line = Pattern.compile("(?m)^allocated +([0-9.]+) bytes a run, all threads$").matcher(out);
        assertTrue(line.find(), out);
        // nothing but what HotSpot itself needs now and then
        assertTrue(Double.parseDouble(line.group(1)) < 64, out);
        Matcher written = Pattern.compile("\"whole\":\\{\"firstMs\":[^}]*\"allocatedBytes\":([0-9.E]+)\\}").matcher(Files.readString(p));
        assertTrue(written.find(), Files.readString(p));
        assertEquals(Double.parseDouble(line.group(1)), Double.parseDouble(written.group(1)), 0.06);
        assertTrue(Steady.measure(0.01, () -> (kept = new long[100]).length).text().contains(" 816 bytes a run"));
    }

    /** What the JIT can't do away with. */
    private static volatile long[] kept;

    /** A thread of the team counts like the one that runs. */
    @Test
    void allThreadsCount() throws InterruptedException {
        BlockingQueue<long[]> handed = new ArrayBlockingQueue<>(1);
        Thread helper = new Thread(() -> {
            try {
                while (true) {
                    handed.put(new long[1000]);
                }
            } catch (InterruptedException e) {
                // the end
            }
        });
        helper.start();
        try {
            String text = Steady.measure(0.05, () -> {
                try {
                    return handed.take().length;
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }).text();
            Matcher m = Pattern.compile("allocated +([0-9.]+)").matcher(text);
            assertTrue(m.find() && Double.parseDouble(m.group(1)) > 4000, text);
        } finally {
            helper.interrupt();
            helper.join();
        }
    }

    @Test
    void costsOfStepsAreThoseInTheJar() throws IOException {
        Path jar = dir.resolve("conv.jar");
        Path profile = dir.resolve("p.json");
        Cli.run("compile", model("conv"), "-o", jar, "--target", "portable").ok();
        for (Path m : List.of(model("conv"), jar)) {
            String out = Cli.run("bench", m, "--seconds", "0.05", "--per-op", "--profile", profile, "--target", "portable").ok().prints("GFLOP/s", "MB").out();
            // time, share, then both numbers
            assertTrue(out.lines().anyMatch(l -> l.matches(" +[0-9.]+ +[0-9.]+% +[0-9.]+ +[0-9.]+  contract.*")), out);
            assertTrue(out.lines().anyMatch(l -> l.matches(" +[0-9.]+ +100.0% +[0-9.]+ +[0-9.]+  all steps")), out);
            assertTrue(Files.readString(profile).matches("(?s).*\\{\"step\":\"contract[^}]*\"operations\":[1-9][^}]*\"bytes\":[1-9].*"), Files.readString(profile));
        }
    }

    private Path npy(String name, Tensor t) {
        Path f = dir.resolve(name);
        NpyFile.write(f, t);
        return f;
    }
}
