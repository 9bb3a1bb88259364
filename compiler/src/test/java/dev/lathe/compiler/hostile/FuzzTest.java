package dev.lathe.compiler.hostile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.codegen.jar.JarWriter;
import dev.lathe.compiler.CompilerOptions;
import dev.lathe.compiler.Lathe;
import dev.lathe.compiler.models.TestModels;
import dev.lathe.runtime.JarException;
import dev.lathe.runtime.LatheRuntimeException;
import dev.lathe.runtime.Model;
import dev.lathe.runtime.Target;
import dev.lathe.runtime.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damaged files by the hundred, more with {@code -Dlathe.fuzz=N} or as a command ({@link Fuzz}): each is taken or refused by an
 * error of Lathe's own. A failure names its seed; {@code -Dlathe.fuzz.seed=N} begins there.
 */
class FuzzTest {
    private static final int COUNT = Integer.getInteger("lathe.fuzz", 200);
    private static final long SEED = Long.getLong("lathe.fuzz.seed", 0);

    @TempDir
    Path dir;

    private void run(boolean jars) throws IOException, InterruptedException {
        Fuzz f = Fuzz.run(jars, COUNT, SEED, Path.of("target/fuzz"), List.of());
        assertEquals(0, f.wrong(), "what failed is printed, and kept in target/fuzz");
        assertTrue(COUNT < 100 || f.refused() > 0, "the damage does nothing");
    }

    @Test
    void models() throws IOException, InterruptedException {
        run(false);
    }

    @Test
    void jars() throws IOException, InterruptedException {
        run(true);
    }

    @Test
    void textsAreCheckedWhereTheyAreRead() throws IOException {
        Map<String, String> texts = Map.of(
                // each was once an internal error, or one that came from a later stage
                "m.lir:3:3: reduce: attribute axes is missing", "graph @g(%x: f32[2]) -> (%y) {\n  %y: f32[2] = reduce(%x) {keep = true}\n  return %y\n}",
                "should be f32[2,1]", "graph @g(%x: f32[2,3]) -> (%y) {\n  %y: f32[3] = reduce(%x) {axes = [1], keep = true, kind = \"sum\"}\n  return %y\n}",
                "stands only in expressions", "graph @g(%x: f32[N * M, N]) -> (%y) {\n  %y: f32[N * M, N] = relu(%x)\n  return %y\n}",
                "nothing before it says what u0 is", "graph @g(%x: f32[2]) -> (%y) {\n  %y: f32[1] = slice(%x) {sizes = dims[1], starts = dims[u0], steps = [1]}\n  return %y\n}",
                "needs 1 starts, sizes and steps", "graph @g(%x: f32[2]) -> (%y) {\n  %y: f32[1] = slice(%x) {sizes = dims[1], starts = [], steps = [1]}\n  return %y\n}",
                "elements 0 to 4 of dimension 0 are taken, which has 2", "graph @g(%x: f32[2]) -> (%y) {\n  %y: f32[3] = slice(%x) {sizes = dims[3], starts = dims[0], steps = [2]}\n  return %y\n}",
                "they must be integers", "graph @g(%x: f32[1]) -> (%y) {\n  () = bind(%x) {symbols = [\"u0\"]}\n  %y: f32[1] = identity(%x)\n  return %y\n}",
                "loop: whether to begin is f32[]; it must be bool", "graph @g(%c: f32[], %x: f32[2]) -> (%y) {\n  %y: f32[2] = loop(%c, %x) ((%i: i64[], %v: f32[2]) {\n"
                        + "    %b: bool[] = const() {value = dense[true]}\n    yield %b, %v\n  }) {symbols = [], turn = \"t0\"}\n  return %y\n}",
                "loop: whether to go on is i32[]; it must be bool", "graph @g(%c: i32[], %x: f32[2]) -> (%y) {\n  %y: f32[2] = loop(_, %x) ((%i: i64[], %v: f32[2]) {\n"
                        + "    yield %c, %v\n  }) {symbols = [], turn = \"t0\"}\n  return %y\n}",
                "takes 2 to 2 operands", "graph @g(%x: f32[2]) -> (%y) {\n  %y: f32[2] = add(%x)\n  return %y\n}");
        for (Map.Entry<String, String> t : texts.entrySet()) {
            Verdict v = Verdict.compile(Files.writeString(dir.resolve("m.lir"), "lathe 1\n" + t.getValue()));
            assertEquals(Verdict.Kind.REFUSED, v.kind(), () -> t.getKey() + ": " + v.cause());
            assertTrue(v.message().contains(t.getKey()) && !v.message().contains("fault of Lathe"), v.message());
        }
    }

    // each of these was once said to be a fault of Lathe's
    @Test
    void elementsThatAnOperationHasNoMeaningForAreRefused() throws IOException {
        List<String> wrong = new ArrayList<>();
        for (String type : List.of("bool", "i8", "u16", "i32", "u32", "i64", "f16", "bf16", "f32", "f64", "str", "c64")) {
            List<String> nodes = new ArrayList<>();
            Stream.of("neg", "sqrt", "exp", "log1p", "tanh", "erf", "sigmoid", "not", "relu").forEach(n -> nodes.add("[4,4] = " + n + "(%x)"));
            Stream.of("add", "div", "mod", "fmod", "pow", "max", "and", "shl", "shr", "atan2", "matmul", "prelu").forEach(n -> nodes.add("[4,4] = " + n + "(%x, %x)"));
            Stream.of("softmax", "log_softmax").forEach(n -> nodes.add("[4,4] = " + n + "(%x) {axis = 0}"));
            Stream.of("mean", "max", "l2").forEach(n -> nodes.add("[4] = reduce(%x) {axes = [1], keep = false, kind = \"" + n + "\"}"));
            nodes.add("[] = det(%x)");
            nodes.add("[4,4] = layer_norm(%x) {dims = 1, eps = 1.0e-5}");
            for (String n : nodes) {
                Verdict v = Verdict.compile(Files.writeString(dir.resolve("m.lir"), "lathe 1\ngraph @g(%x: " + type + "[4,4]) -> (%y) {\n  %y: " + type + n + "\n  return %y\n}"));
                if (v.kind() != Verdict.Kind.COMPILED && (v.kind() != Verdict.Kind.REFUSED || v.message().contains("fault of Lathe"))) {
                    wrong.add(type + n + ": " + v.message().lines().findFirst().orElse(""));
                }
            }
        }
        assertEquals(List.of(), wrong);
    }

    @Test
    void whatFailsWhileRunningNamesTheNode() throws IOException {
        Path text = Files.writeString(dir.resolve("m.lir"), "lathe 1\ngraph @g(%a: f32[N], %b: f32[M]) -> (%y) {\n"
                + "  %y: i64[1] = dims_of() {dims = dims[floordiv(N, M)]} loc(\"Div_7\")\n  return %y\n}");
        Path jar = dir.resolve("m.jar");
        JarWriter.write(jar, Lathe.compile(text, CompilerOptions.DEFAULT.withTargets(List.of(Target.PORTABLE))));
        try (Model m = Model.load(jar)) {
            LatheRuntimeException e = assertThrows(LatheRuntimeException.class, () -> m.run(Map.of("a", Tensor.ofFloats(new float[4], 4), "b", Tensor.ofFloats(new float[0], 0))));
            assertTrue(e.getMessage().contains("at Div_7") && e.getMessage().contains("a=4 b=0: a divisor is 0"), e.getMessage());
            assertInstanceOf(ArithmeticException.class, e.getCause());
        }
    }

    @Test
    void aDamagedJarIsRefusedInLathesWords() throws IOException {
        byte[] noise = new byte[1000];
        for (Path jar : List.of(dir.resolve("none.jar"), Files.write(dir.resolve("noise.jar"), noise), dir)) {
            String said = assertThrows(JarException.class, () -> Model.load(jar)).getMessage();
            assertTrue(said.startsWith(jar + " is no ") && !Fuzz.INTERNAL.matcher(said).find(), said);
        }
    }

    @Test
    void aTextsWeightsStandBesideIt() throws IOException {
        Path inner = Files.createDirectories(dir.resolve("inner"));
        Files.write(dir.resolve("secret"), new byte[100]);
        for (String name : List.of("../secret", dir.resolve("secret").toString(), "no\\u{0}name", "none")) {
            Verdict v = Verdict.compile(Files.writeString(inner.resolve("m.lir"), "lathe 1\nweights \"" + name
                    + "\"\ngraph @g() -> (%y) {\n  %y: f32[25] = const() {value = @w}\n  return %y\n}"));
            assertEquals(Verdict.Kind.REFUSED, v.kind(), () -> name + ": " + v.cause());
        }
    }

    @Test
    void everyCutJarIsRefused() throws IOException {
        Path jar = dir.resolve("whole.jar");
        JarWriter.write(jar, Lathe.compile(TestModels.FOLDER.resolve("add/model.onnx"), CompilerOptions.DEFAULT.withTargets(List.of(Target.PORTABLE))));
        byte[] whole = Files.readAllBytes(jar);
        for (int n = 0; n < whole.length; n += 1 + whole.length / 150) {
            Path cut = Files.write(dir.resolve("cut.jar"), java.util.Arrays.copyOf(whole, n));
            Verdict v = Verdict.of(() -> Model.load(cut));
            assertEquals(Verdict.Kind.REFUSED, v.kind(), n + " bytes: " + v.cause());
            assertTrue(v.cause() instanceof LatheRuntimeException);
        }
    }
}
