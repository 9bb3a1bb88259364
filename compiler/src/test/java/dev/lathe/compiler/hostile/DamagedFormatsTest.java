package dev.lathe.compiler.hostile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Models of every format beside ONNX, cut at every place and with changed bytes, through the command line's own entry: exit code 3
 * with one clear error, or a model that compiles; never a crash, never without end. More with {@code -Dlathe.fuzz=N}.
 */
class DamagedFormatsTest {
    private static final int COUNT = Integer.getInteger("lathe.fuzz", 100);
    private static final Path KEEP = Path.of("target/fuzz");

    @ParameterizedTest
    @ValueSource(strings = {"mnn", "tflite", "pdmodel", "json"})
    void cutFilesAreRefused(String format) throws IOException, InterruptedException {
        List<List<FuzzSeeds.FileBytes>> cut = new ArrayList<>();
        for (List<FuzzSeeds.FileBytes> sound : FuzzSeeds.formats().get(format)) {
            for (int i = 0; i < sound.size(); i++) {
                byte[] b = sound.get(i).bytes();
                for (int size = 0; size < b.length; size += 1 + b.length / 25) {
                    List<FuzzSeeds.FileBytes> files = new ArrayList<>(sound);
                    files.set(i, new FuzzSeeds.FileBytes(sound.get(i).name(), Arrays.copyOf(b, size)));
                    cut.add(files);
                }
            }
        }
        Fuzz f = Fuzz.judge(cut, KEEP);
        assertEquals(0, f.wrong(), "what failed is printed, and kept in " + KEEP);
        // a file may end in bytes that nobody reads
        assertTrue(f.refused() >= cut.size() * 9 / 10, () -> f.refused() + " of " + cut.size() + " are refused");
    }

    @ParameterizedTest
    @ValueSource(strings = {"mnn", "tflite", "pdmodel", "json"})
    void changedBytesAreRefusedOrMeanSomethingElse(String format) throws IOException, InterruptedException {
        Fuzz f = Fuzz.run(FuzzSeeds.formats().get(format), COUNT, 0, KEEP);
        assertEquals(0, f.wrong(), "what failed is printed, and kept in " + KEEP);
        assertTrue(COUNT < 100 || f.refused() > 0, "the damage does nothing");
    }
}
