package dev.lathe.compiler.cli;

import static dev.lathe.compiler.cli.Cli.model;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.tensor.NpyFile;
import dev.lathe.compiler.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ErrorsTest {
    @TempDir
    Path dir;

    @Test
    void wrongUsageIsTwo() {
        Cli.run("compile", model("conv"), "--no-such-option").fails(2, "unknown option", "--no-such-option", "lathe compile --help");
        Cli.run("compile").fails(2, "MODEL");
        Cli.run("compile", model("conv")).fails(2, "-o OUT.jar");
        Cli.run("compile", model("conv"), "-o", dir.resolve("x.jar"), "--target", "sse").fails(2, "no target 'sse'", "avx512");
        Cli.run("compile", model("conv"), "-o", dir.resolve("x.jar"), "--shape", "x=1y2").fails(2, "is no shape", "image=1x3x224x224");
        Cli.run("compile", model("conv"), "-o", dir.resolve("x.jar"), "--class", "a.class").fails(2, "Java keyword");
        Cli.run("verify").fails(2, "--suite");
        for (String wrong : List.of("-1", "NaN", "Infinity")) {
            Cli.run("verify", model("conv"), "--rtol", wrong).fails(2, "--rtol");
            Cli.run("bench", model("conv"), "--seconds", wrong).fails(2, "--seconds");
        }
        Cli.run("verify", model("conv"), "--jobs", "0").fails(2, "--jobs");
        Cli.run("run", model("add"), "--threads", "0").fails(2, "--threads");
        Cli.run("run", model("add"), "--top", "0").fails(2, "--top");
        Cli.run("run", model("add"), "--target", "sse").fails(2, "no target 'sse'");
        Cli.run("frob").fails(2, "frob");
        Cli.run().fails(2, "missing command", "compile", "verify");
    }

    /** The same where only the model's stages and inputs tell what is right. */
    @Test
    void wrongNamesAndShapesAreWrongUsage() {
        Path jar = dir.resolve("x.jar");
        Cli.run("compile", model("conv"), "--stop-after", "nonsense").fails(2, "no stage 'nonsense'", "fuse-epilogue", "classes");
        Cli.run("print", model("conv"), "--after", "nonsense").fails(2, "no stage 'nonsense'", "import");
        Cli.run("print", model("conv"), "--after", "program").fails(2, "no stage 'program'", "--stop-after program");
        for (String s : List.of("no=1x3x8x8", "x=3x8", "x=1x4x8x8")) {
            Cli.run("compile", model("conv"), "-o", jar, "--shape", s).fails(2, "shape", "x");
        }
        Cli.run("compile", model("conv"), "-o", jar, "--shape", "x=3x8").fails(2, "2 dimensions, the model declares f32[1,3,8,8]", "give a number for each of its 4 dimensions");
        Cli.run("compile", model("conv"), "-o", jar, "--shape", "x=1x4x8x8").fails(2, "the model fixes it at 3", "export the model with that dimension open");
        Cli.run("bench", model("add"), "--shape", "no=5").fails(2, "no input \"no\"");
        List.of("--size=5", "--size=0x0", "--mean=1,2", "--std=0", "--central=7", "--fill=256", "--scale=NaN", "--fit=huge", "--channels=cmyk", "--layout=chwn", "--image=no")
                .forEach(o -> Cli.run("compile", model("conv"), "-o", jar, o).fails(2));
        assertFalse(Files.exists(jar));
    }

    @Test
    void whatIsNoModelIsCalledWhatItIs() throws IOException {
        refused("notes.md", "# Notes\n\nSome text.\n".getBytes(StandardCharsets.UTF_8), "is text", "ONNX (.onnx)", ".lir");
        refused("net.onnx", "<html><body>404</body></html>".getBytes(StandardCharsets.UTF_8), "HTML");
        refused("config.json", "{\"layers\": 3}".getBytes(StandardCharsets.UTF_8), "JSON");
        refused("seven.png", new byte[] {(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10, 0, 0}, "PNG picture", "--input");
        refused("net.pth", new byte[] {(byte) 0x80, 2, '}', 'q', 0}, "pickle", "torch.onnx.export");
        refused("net.h5", new byte[] {(byte) 0x89, 'H', 'D', 'F', 13, 10, 26, 10, 0}, "HDF5");
        refused("net.safetensors", "\30\0\0\0\0\0\0\0{\"a\":{\"dtype\":\"F32\"}}".getBytes(StandardCharsets.ISO_8859_1), "safetensors", "torch.onnx.export");
        refused("frozen.pb", "\n\7\n\1a\22\2Id\0".getBytes(StandardCharsets.ISO_8859_1), "TensorFlow graph");
        refused("saved_model.pb", "\b\1\22\4\n\2ab\0".getBytes(StandardCharsets.ISO_8859_1), "SavedModel");
        refused("noise.bin", new byte[] {-2, 16, -2, 16, -2, 16}, "no model that is known", "fe 10", "ONNX (.onnx)");
        refused("net.pt", zip("archive/data.pkl"), "PyTorch", "torch.onnx.export");
        refused("arrays.npz", zip("a.npy"), "NumPy");
        refused("net.zip", zip("net.onnx"), "zip archive", "unpack");
        refused("app.jar", zip("a/B.class"), "jar without a compiled model", "lathe compile");
        refused("cut.jar", Arrays.copyOf(zip("a/B.class"), 30), "truncated");
    }

    /** By each command alike. */
    private void refused(String name, byte[] bytes, String... words) throws IOException {
        Path f = Files.write(dir.resolve(name), bytes);
        for (String c : List.of("print", "run", "inspect")) {
            Cli.run(c, f).fails(3, words).fails(3, name);
        }
    }

    private static byte[] zip(String entry) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream z = new ZipOutputStream(bytes)) {
            z.putNextEntry(new ZipEntry(entry));
        }
        return bytes.toByteArray();
    }

    @Test
    void allUnsupportedOperatorsAreListed() {
        Path jar = dir.resolve("x.jar");
        Cli.run("compile", model("unsupported"), "-o", jar).fails(3, "Frobnicate", "first_one", "Quuxify", "second_one");
        assertFalse(Files.exists(jar));
    }

    @Test
    void filesThatAreNotThere() {
        Cli.run("compile", dir.resolve("none.onnx"), "-o", dir.resolve("x.jar")).fails(3, "none.onnx", "there is no such file");
        Cli.run("compile", model("external"), "-o", dir.resolve("x.jar")).fails(3, "weights.bin");
        Cli.run("compile", model("conv"), "-o", dir.resolve("no/x.jar")).fails(3, "there is no folder");
        Cli.run("verify", model("conv"), "--data", dir.resolve("no")).fails(3, "there is no such folder");
        Cli.run("run", model("add"), "--input", "a=" + dir.resolve("a.npy")).fails(3, "a.npy", "no such file");
        assertFalse(Files.exists(dir.resolve("x.jar")));
    }

    @Test
    void damagedFiles() throws IOException {
        byte[] whole = Files.readAllBytes(model("conv"));
        Path cut = Files.write(dir.resolve("cut.onnx"), Arrays.copyOf(whole, whole.length / 2));
        Cli.run("compile", cut, "-o", dir.resolve("x.jar")).fails(3, "cut.onnx", "truncated");
        Path text = Files.writeString(dir.resolve("bad.lir"), "this is not lathe text\n");
        Cli.run("compile", text, "-o", dir.resolve("x.jar")).fails(3, "bad.lir:1:1", "^");
        Path zip = Files.write(dir.resolve("x.zip"), new byte[] {'P', 'K', 3, 4, 0, 0});
        Cli.run("run", zip).fails(3, "x.zip");
        assertFalse(Files.exists(dir.resolve("x.jar")));
    }

    @Test
    void aMisspeltOperationIsShownWithItsLine() throws IOException {
        Path text = dir.resolve("m.lir");
        Cli.run("print", model("conv"), "-o", text).ok();
        String right = Files.readString(text);
        assertTrue(right.contains(" = relu("), right);
        Files.writeString(text, right.replace(" = relu(", " = reul("));
        int line = (int) right.substring(0, right.indexOf(" = relu(")).lines().count();
        Cli.run("compile", text, "-o", dir.resolve("x.jar")).fails(3, "m.lir:" + line + ":", "reul", "^");
    }

    @Test
    void wrongInputs() {
        Path nhwc = npy("nhwc.npy", new Tensor(dev.lathe.runtime.ElementType.F32, new int[] {1, 8, 8, 3}, new float[192]));
        Cli.run("run", model("conv"), "--input", "x=" + nhwc).fails(3, "'x'", "1x8x8x3", "NHWC given for NCHW");
        Cli.run("run", model("conv"), "--input", "nosuch=" + nhwc).fails(3, "no input \"nosuch\"", "x: f32[1, 3, 8, 8]");
        Cli.run("run", model("conv")).fails(3, "input \"x\" is not given");
        Path tenth = npy("tenth.npy", new Tensor(dev.lathe.runtime.ElementType.F64, new int[] {1}, new double[] {0.1}));
        Cli.run("run", model("add"), "--input", "a=" + tenth, "--input", "b=" + tenth).fails(3, "f64", "takes f32", "0.1");
    }

    @Test
    void stackTracesOnlyWhenAskedFor() {
        Cli quiet = Cli.run("print", dir.resolve("none.onnx"));
        Cli loud = Cli.run("print", dir.resolve("none.onnx"), "--stacktrace");
        assertFalse(quiet.err().contains("\tat "));
        assertTrue(loud.err().contains("\tat "), loud.err());
        assertTrue(loud.err().startsWith(quiet.err()));
    }

    @Test
    void everyKindOfFailureHasItsBlock() {
        assertBlock(new LatheException("a.onnx", "is wrong", "do this"), "error: a.onnx: is wrong\n  help: do this");
        assertBlock(new IllegalStateException("oops"), "internal error: IllegalStateException: oops", "please report", "--stacktrace");
        assertBlock(new OutOfMemoryError("Java heap space"), "not enough memory", "-Xmx");
        assertBlock(new StackOverflowError(), "nested too deeply");
        assertBlock(new java.io.UncheckedIOException(new java.nio.file.AccessDeniedException("x")), "error: x: access is denied");
    }

    private static void assertBlock(Throwable e, String... words) {
        StringWriter s = new StringWriter();
        org.junit.jupiter.api.Assertions.assertEquals(3, Failures.report(e, false, new PrintWriter(s)));
        for (String w : words) {
            assertTrue(s.toString().contains(w), s.toString());
        }
    }

    private Path npy(String name, Tensor t) {
        Path f = dir.resolve(name);
        NpyFile.write(f, t);
        return f;
    }

    /** Texts written by hand go through no importer that would look at a pattern. */
    @Test
    void aPatternIsLookedAtBeforeItRuns() throws IOException {
        Path text = dir.resolve("pattern.lir");
        Files.writeString(text, """
                lathe 1
                graph @pattern(%x: str[2]) -> (%y) {
                  %y: bool[2] = text_match(%x) {pattern = "a("}
                  return %y
                }
                """);
        Cli.run("compile", text, "-o", dir.resolve("pattern.jar")).fails(3, "pattern.lir:3", "\"a(\"", "Unclosed group");
    }
}
