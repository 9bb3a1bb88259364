package dev.lathe.compiler.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.tensor.DataSet;
import dev.lathe.compiler.tensor.Datum;
import dev.lathe.compiler.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where recorded sequences begin. */
class RecordedLodsTest {
    @TempDir
    Path dir;

    private long[] of(String name) {
        Tensor rows = Tensor.ofFloats(new int[] {5, 1}, 1, 2, 3, 4, 5);
        dev.lathe.runtime.Tensor t = RecordedLods.of(name, dir, Map.of("x", new DataSet.Item(0, "x", dir, new Datum.TensorDatum(rows))));
        return t == null ? null : t.toLongs();
    }

    @Test
    void withoutAFileAllRowsAreOneSequence() {
        assertArrayEquals(new long[] {0, 5}, of("x.lod"));
        assertArrayEquals(new long[] {0, 1}, of("x.lod1"));
        assertNull(of("y.lod"));
        assertNull(of("x"));
    }

    @Test
    void oneLevelMayStandInAnyForm() throws IOException {
        for (String text : new String[] {"0 2 5", "[[0, 2, 5]]\n", "0\n2\n5\n"}) {
            Files.writeString(dir.resolve("lod.txt"), text);
            assertArrayEquals(new long[] {0, 2, 5}, of("x.lod"), text);
        }
        assertTrue(assertThrows(LatheException.class, () -> of("x.lod1")).block().contains("1 levels"));
    }

    @Test
    void theRowsOwnLevelIsTheLast() throws IOException {
        for (String text : new String[] {"0 1 2\n0 2 5\n", "[[0, 1, 2], [0, 2, 5]]"}) {
            Files.writeString(dir.resolve("lod.txt"), text);
            assertArrayEquals(new long[] {0, 2, 5}, of("x.lod"), text);
            assertArrayEquals(new long[] {0, 1, 2}, of("x.lod1"), text);
        }
        Files.writeString(dir.resolve("lod.txt"), "nought");
        assertThrows(LatheException.class, () -> of("x.lod"));
    }
}
