package dev.lathe.compiler.cli;

import dev.lathe.compiler.onnx.TensorEncoder;
import dev.lathe.compiler.tensor.NpyFile;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.compiler.tflite.TfliteModels;
import dev.lathe.runtime.ElementType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Recorded data of a quantised model: its bytes, or what they stand for. */
class QuantisedRecordingsTest {
    @TempDir
    Path dir;
    private Path set;

    @BeforeEach
    void model() throws IOException {
        Files.write(dir.resolve("net.tflite"), TfliteModels.quantised());
        set = Files.createDirectories(dir.resolve("test_data_set_0"));
    }

    private static Tensor bytes(int... values) {
        return new Tensor(ElementType.I8, new int[] {1, values.length}, values);
    }

    private static Tensor floats(float... values) {
        return Tensor.ofFloats(new int[] {1, values.length}, values);
    }

    private Cli verify(Object... more) {
        Object[] all = {"verify", "--suite", dir, "--target", "portable"};
        Object[] args = java.util.Arrays.copyOf(all, all.length + more.length);
        System.arraycopy(more, 0, args, all.length, more.length);
        return Cli.run(args);
    }

    @Test
    void bytesAreBytes() {
        TensorEncoder.write(set.resolve("input_0.pb"), bytes(3, 5), "x");
        TensorEncoder.write(set.resolve("output_0.pb"), bytes(-18, 52), "y");
        verify().ok().prints("1 passed, 0 failed");
        verify("--constant").ok().prints("1 passed, 0 failed");
        TensorEncoder.write(set.resolve("output_0.pb"), bytes(-18, 51), "y");
        verify().prints("0 passed, 1 failed");
        verify("--atol", "0.5").prints("0 passed, 1 failed");
        verify("--atol", "1").ok().prints("1 passed, 0 failed");
    }

    @Test
    void floatsAreWhatBytesStandFor() throws IOException {
        // x is (1, 2), w is (0.5, -1), (1.5, 2)
        NpyFile.write(set.resolve("input_0.npy"), floats(1, 2));
        NpyFile.write(set.resolve("output_0.npy"), floats(-1.5f, 5.5f));
        verify().ok().prints("1 passed, 0 failed");
        NpyFile.write(set.resolve("output_0.npy"), floats(-1.5f, 5.6f));
        verify().prints("0 passed, 1 failed");
        // each by itself
        NpyFile.write(set.resolve("output_0.npy"), bytes(-18, 52));
        verify().ok().prints("1 passed, 0 failed");
        Files.delete(set.resolve("output_0.npy"));
        TensorEncoder.write(set.resolve("output_0.pb"), bytes(-18, 51), "");
        verify().prints("0 passed, 1 failed");
    }

    @Test
    void anInterpreterRoundsOnTheWay() throws IOException {
        Files.write(dir.resolve("net.tflite"), TfliteModels.narrow());
        NpyFile.write(set.resolve("input_0.npy"), floats(100, 1.3f));
        // 100 is more than a byte of steps of 0.5 holds: 63.5, and 1.3 becomes 1.5
        NpyFile.write(set.resolve("output_0.npy"), floats(63.5f, 1.5f));
        verify().prints("output \"y\" element 1 is 1.2999999523162842, not 1.5").prints("0 passed, 1 failed");
        verify("--steps").ok().prints("1 passed, 0 failed");
        // the numbers end where the byte ends, too, but lie anywhere in between
        NpyFile.write(set.resolve("output_0.npy"), floats(63.5f, 1.3f));
        verify().ok().prints("1 passed, 0 failed");
        verify("--steps").prints("0 passed, 1 failed");
        NpyFile.write(set.resolve("output_0.npy"), floats(100, 1.3f));
        verify().prints("output \"y\" element 0 is 63.5, not 100.0").prints("0 passed, 1 failed");
        // what is compiled is what the option says
        NpyFile.write(set.resolve("output_0.npy"), floats(63.5f, 1.5f));
        Path jar = dir.resolve("net.jar");
        Cli.run("compile", dir.resolve("net.tflite"), "-o", jar, "--target", "portable", "--steps").ok();
        Cli.run("verify", jar, "--data", set, "--target", "portable").ok();
        Cli.run("compile", dir.resolve("net.tflite"), "-o", jar, "--target", "portable").ok();
        Cli.run("verify", jar, "--data", set, "--target", "portable").prints("0 passed, 1 failed");
    }
}
