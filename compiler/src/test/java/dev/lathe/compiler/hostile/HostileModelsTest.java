package dev.lathe.compiler.hostile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

class HostileModelsTest {
    @TempDir
    Path dir;

    @TestFactory
    Stream<DynamicTest> eachIsCompiledOrRefusedInOneBlock() {
        return HostileModels.all().entrySet().stream().map(e -> DynamicTest.dynamicTest(e.getKey(), () -> check(e)));
    }

    private void check(Map.Entry<String, HostileModels.Case> e) throws IOException {
        HostileModels.Case c = e.getValue();
        Verdict v = Verdict.compile(Files.write(dir.resolve("m.onnx"), c.bytes().get()));
        assertEquals(c.compiles() ? Verdict.Kind.COMPILED : Verdict.Kind.REFUSED, v.kind(), () -> v.message() + " " + v.cause());
        if (!c.compiles() && c.word() != null) {
            assertTrue(v.message().contains(c.word()), v.message());
        }
    }

    @Test
    void aLinkOutOfTheModelsFolderIsRefused() throws IOException {
        Path secret = Files.write(Files.createDirectories(dir.resolve("other")).resolve("secret"), new byte[8]);
        Path model = Files.createDirectories(dir.resolve("model"));
        Files.createSymbolicLink(model.resolve("weights.bin"), secret);
        Files.copy(Path.of("src/test/resources/models/external/model.onnx"), model.resolve("model.onnx"));
        Verdict v = Verdict.compile(model.resolve("model.onnx"));
        assertEquals(Verdict.Kind.REFUSED, v.kind());
        assertTrue(v.message().contains("leaves the model's folder"), v.message());
    }

    @Test
    void deepTextIsRefused() throws IOException {
        StringBuilder s = new StringBuilder("lathe 1\n\n");
        for (String open : List.of("(", "[", "{", "<", "if(%c) {")) {
            Verdict v = Verdict.compile(Files.writeString(dir.resolve("m.lir"), s + "graph \"deep\" " + open.repeat(10_000)));
            assertEquals(Verdict.Kind.REFUSED, v.kind(), () -> open + v.message() + " " + v.cause());
        }
    }
}
