package dev.lathe.compiler.cli;

import dev.lathe.compiler.models.Onnx;
import dev.lathe.compiler.onnx.TensorEncoder;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Recorded data that is not quite what the model declares. */
class RecordingsTest {
    @TempDir
    Path dir;

    /** y = -x, with one data set. */
    private void suite(ElementType t, Object[] declared, Tensor x, Tensor y) throws IOException {
        Onnx model = new Onnx("g").input("x", t, declared).output("y", t, declared).node("Neg", "", "x", "y").opset(13);
        Files.write(dir.resolve("model.onnx"), model.bytes());
        Path set = Files.createDirectories(dir.resolve("test_data_set_0"));
        TensorEncoder.write(set.resolve("input_0.pb"), x, "x");
        TensorEncoder.write(set.resolve("output_0.pb"), y, "y");
    }

    private void passes() {
        Cli.run("verify", "--suite", dir, "--target", "portable").ok().prints("1 passed, 0 failed");
        Cli.run("verify", "--suite", dir, "--target", "portable", "--constant").ok().prints("1 passed, 0 failed");
    }

    @Test
    void bf16MayBeRecordedAsU16() throws IOException {
        Tensor x = new Tensor(ElementType.U16, new int[] {2}, new int[] {0x3F80, 0xC000});
        suite(ElementType.BF16, new Object[] {2}, x, new Tensor(ElementType.U16, new int[] {2}, new int[] {0xBF80, 0x4000}));
        passes();
        suite(ElementType.BF16, new Object[] {2}, x, new Tensor(ElementType.U16, new int[] {2}, new int[] {0xBF80, 0xC000}));
        Cli.run("verify", "--suite", dir, "--target", "portable").prints("0 passed, 1 failed");
    }

    @Test
    void recordedShapesHoldWhereOthersAreDeclared() throws IOException {
        suite(ElementType.F32, new Object[] {1, 3}, Tensor.ofFloats(new int[] {2}, 1, -2), Tensor.ofFloats(new int[] {2}, -1, 2));
        passes();
    }
}
