package dev.lathe.codegen.lib;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.codegen.emit.ClassEmitter;
import dev.lathe.codegen.emit.Lines;
import dev.lathe.codegen.loop.BlockProduct;
import dev.lathe.codegen.loop.Kernel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@link Blocks} against what {@link BlockProduct} means, bit for bit. */
class BlocksTest {
    private final Random random = new Random(7);

    @ParameterizedTest
    @CsvSource({
        // one by one, over pixels that are no whole block
        "1300, 1, 1, 1, 1, 33, 40, 16", "700, 1, 1, 1, 1, 4, 16, 16", "5, 1, 1, 1, 1, 7, 3, 1",
        // many columns
        "130, 1, 1, 1, 1, 70, 160, 16", "49, 1, 1, 1, 1, 35, 1000, 16", "4, 1, 1, 1, 1, 3, 530, 16", "9, 1, 1, 1, 1, 5, 12, 8",
        // columns that overlap in the last panel
        "70, 1, 1, 1, 1, 37, 17, 16", "70, 1, 1, 1, 1, 37, 31, 16", "70, 1, 1, 1, 1, 37, 129, 16", "70, 1, 1, 1, 1, 37, 143, 16",
        "70, 1, 1, 1, 1, 37, 497, 16", "70, 1, 1, 1, 1, 37, 511, 16", "70, 1, 1, 1, 1, 37, 513, 16", "600, 1, 1, 1, 1, 9, 13, 8",
        "600, 1, 1, 1, 1, 9, 130, 16",
        // windows of several runs
        "2, 9, 13, 3, 3, 5, 24, 16", "1, 7, 7, 3, 2, 40, 150, 16", "3, 20, 30, 1, 5, 2, 8, 8",
        // an empty reduction is the start
        "10, 1, 1, 1, 1, 0, 16, 16"
    })
    void itIsWhatTheKernelMeans(int d0, int d1, int d2, int r0, int r1, int length, int columns, int width) {
        check(d0, d1, d2, r0, r1, length, columns, width);
    }

    @Test
    void theEmitterPutsItInPlaceOfTheKernel() {
        Kernel k = BlockProduct.kernel();
        assertFalse(loops(k));
        // one that only looks like it becomes loops
        List<String> ints = new ArrayList<>(k.ints());
        ints.add("more");
        assertTrue(loops(new Kernel("other", k.bufs(), ints, k.body(), false)));
    }

    // whether code is emitted for the kernel: its locals have names
    private static boolean loops(Kernel k) {
        return ClassEmitter.emitKernels(List.of(k), "t/Block", Lines.NONE).values().stream()
                .anyMatch(b -> new String(b, StandardCharsets.ISO_8859_1).contains("from_run"));
    }

    // pixels d0 x d1 x d2, runs r0 x r1 x length
    private void check(int d0, int d1, int d2, int r0, int r1, int length, int columns, int width) {
        int panels = (columns + width - 1) / width;
        int depth = r0 * r1 * length;
        int last = columns - width;
        int as2 = length + 1;
        int as1 = as2 * (d2 + r1) + 3;
        int as0 = as1 * (d1 + r0);
        int os2 = columns + 2;
        int os1 = os2 * d2 + 1;
        int os0 = os1 * d1;
        float[] a = Meant.numbers(random, as0 * d0 + as1 * (d1 + r0) + as2 * (d2 + r1) + 10);
        float[] w = Meant.numbers(random, panels * width * depth + 5);
        // columns that two panels hold have the same weights in both
        for (int k = 0; k < depth; k++) {
            for (int c = last; c < (panels - 1) * width; c++) {
                w[2 + (panels - 1) * depth * width + k * width + c - last] = w[2 + c / width * depth * width + k * width + c % width];
            }
        }
        float[] b = Meant.numbers(random, columns + 3);
        float[] o = Meant.numbers(random, os0 * d0 + 10);
        int pixels = d0 * d1 * d2;
        int[] ints = {0, pixels, d1, d2, as0, as1, as2, os0, os1, os2, r0, r1, as1, as2, 1, length, columns, width, panels, depth * width, last};
        Meant.check(BlockProduct.kernel(), Blocks.class, List.of(a, w, b, o), ints);
    }
}
