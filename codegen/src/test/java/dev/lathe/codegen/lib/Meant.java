package dev.lathe.codegen.lib;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.lathe.codegen.interp.LoopInterpreter;
import dev.lathe.codegen.loop.Kernel;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** Holds a method of the library against what the kernel means that it stands for, bit for bit. */
final class Meant {
    private Meant() {}

    /** @param buffers the kernel's, of which the last is written; the first begins at element 1, the second at 2, and so on */
    static void check(Kernel k, Class<?> library, List<float[]> buffers, int[] numbers) {
        int n = buffers.size();
        Object[] want = buffers.stream().map(float[]::clone).toArray();
        new LoopInterpreter(k).run(want, IntStream.rangeClosed(1, n).toArray(), numbers);
        Object[] args = new Object[2 * n + numbers.length];
        for (int i = 0; i < n; i++) {
            args[2 * i] = buffers.get(i).clone();
            args[2 * i + 1] = i + 1;
        }
        for (int i = 0; i < numbers.length; i++) {
            args[2 * n + i] = numbers[i];
        }
        try {
            Method run = Arrays.stream(library.getMethods()).filter(m -> m.getName().equals("run")).findFirst().orElseThrow();
            run.invoke(null, args);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
        assertArrayEquals(bits((float[]) want[n - 1]), bits((float[]) args[2 * n - 2]));
    }

    /** Numbers around zero, some of them -0. */
    static float[] numbers(Random random, int n) {
        float[] r = new float[n];
        for (int i = 0; i < n; i++) {
            r[i] = random.nextInt(9) == 0 ? -0f : random.nextFloat() - 0.5f;
        }
        return r;
    }

    private static int[] bits(float[] x) {
        return IntStream.range(0, x.length).map(i -> Float.floatToRawIntBits(x[i])).toArray();
    }
}
