package dev.lathe.codegen.lib;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lathe.codegen.emit.ClassEmitter;
import dev.lathe.codegen.emit.Lines;
import dev.lathe.codegen.interp.LoopInterpreter;
import dev.lathe.codegen.loop.BlockProduct;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** {@link Blocks} against what {@link BlockProduct} means, bit for bit. */
class BlocksTest {
    private final Random random = new Random(7);

    @Test
    void oneByOneOverPixelsThatAreNoWholeBlock() {
        check(1300, 1, 1, 1, 1, 33, 40, 16);
        check(700, 1, 1, 1, 1, 4, 16, 16);
        check(5, 1, 1, 1, 1, 7, 3, 1);
    }

    @Test
    void manyColumns() {
        check(130, 1, 1, 1, 1, 70, 160, 16);
        check(49, 1, 1, 1, 1, 35, 1000, 16);
        check(4, 1, 1, 1, 1, 3, 530, 16);
        check(9, 1, 1, 1, 1, 5, 12, 8);
    }

    @Test
    void columnsThatOverlapInTheLastPanel() {
        for (int columns : new int[] {17, 31, 129, 143, 497, 511, 513}) {
            check(70, 1, 1, 1, 1, 37, columns, 16);
        }
        check(600, 1, 1, 1, 1, 9, 13, 8);
        check(600, 1, 1, 1, 1, 9, 130, 16);
    }

    @Test
    void windowsOfSeveralRuns() {
        check(2, 9, 13, 3, 3, 5, 24, 16);
        check(1, 7, 7, 3, 2, 40, 150, 16);
        check(3, 20, 30, 1, 5, 2, 8, 8);
    }

    @Test
    void emptyReductionIsTheStart() {
        check(10, 1, 1, 1, 1, 0, 16, 16);
    }

    @Test
    void theEmitterPutsItInPlaceOfTheKernel() {
        assertEquals(true, BlockProduct.is(BlockProduct.kernel()));
        Lines none = Lines.NONE;
        int methods = ClassEmitter.emitKernels(List.of(BlockProduct.kernel()), "t/Block", none).values().stream()
                .mapToInt(b -> new String(b, java.nio.charset.StandardCharsets.ISO_8859_1).contains("from_run") ? 1 : 0).sum();
        assertEquals(0, methods);
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
