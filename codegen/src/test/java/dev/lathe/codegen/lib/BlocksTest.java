package dev.lathe.codegen.lib;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.codegen.emit.ClassEmitter;
import dev.lathe.codegen.emit.Lines;
import dev.lathe.codegen.interp.LoopInterpreter;
import dev.lathe.codegen.loop.BlockProduct;
import dev.lathe.codegen.loop.Kernel;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
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
        float[] a = numbers(as0 * d0 + as1 * (d1 + r0) + as2 * (d2 + r1) + 10);
        float[] w = numbers(panels * width * depth + 5);
        // columns that two panels hold have the same weights in both
        for (int k = 0; k < depth; k++) {
            for (int c = last; c < (panels - 1) * width; c++) {
                w[2 + (panels - 1) * depth * width + k * width + c - last] = w[2 + c / width * depth * width + k * width + c % width];
            }
        }
        float[] b = numbers(columns + 3);
        float[] want = numbers(os0 * d0 + 10);
        float[] got = want.clone();
        int pixels = d0 * d1 * d2;
        int[] ints = {0, pixels, d1, d2, as0, as1, as2, os0, os1, os2, r0, r1, as1, as2, 1, length, columns, width, panels, depth * width, last};
        new LoopInterpreter(BlockProduct.kernel()).run(new Object[] {a, w, b, want}, new int[] {1, 2, 3, 4}, ints);
        call(new Object[] {a, w, b, got}, new int[] {1, 2, 3, 4}, ints);
        assertArrayEquals(bits(want), bits(got));
    }

    private static void call(Object[] arrays, int[] at, int[] ints) {
        Object[] args = new Object[8 + ints.length];
        for (int i = 0; i < 4; i++) {
            args[2 * i] = arrays[i];
            args[2 * i + 1] = at[i];
        }
        for (int i = 0; i < ints.length; i++) {
            args[8 + i] = ints[i];
        }
        try {
            Method run = Arrays.stream(Blocks.class.getMethods()).filter(m -> m.getName().equals("run")).findFirst().orElseThrow();
            run.invoke(null, args);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    private float[] numbers(int n) {
        float[] r = new float[n];
        for (int i = 0; i < n; i++) {
            r[i] = random.nextInt(9) == 0 ? -0f : random.nextFloat() - 0.5f;
        }
        return r;
    }

    private static int[] bits(float[] x) {
        int[] r = new int[x.length];
        for (int i = 0; i < x.length; i++) {
            r[i] = Float.floatToRawIntBits(x[i]);
        }
        return r;
    }
}
