package dev.lathe.codegen.emit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lathe.codegen.interp.LoopInterpreter;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Scalar;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Kernels compute the same bits after C2 has compiled them, and no longer allocate. */
class JitTest {
    private static final int WARM = 3000;

    private static MethodHandle handle(Kernel k) throws IllegalAccessException {
        return MethodHandles.lookup().unreflect(Engines.compile(k));
    }

    @Test
    void theSameBitsWhenCompiled() throws Throwable {
        List<String> wanted = List.of("MIN", "MAX", "FLOOR", "CEIL", "RINT", "NEG", "ABS", "convert", "bool", "SHR");
        for (OperationsTest.Case c : new OperationsTest().cases()) {
            boolean chosen = wanted.contains(c.name().split(" ")[0]) && (c.name().contains("x8 ") || c.name().contains("x16 "));
            if (!chosen || c.name().contains("i64")) {
                continue;
            }
            Object[] arrays = {c.a(), c.b(), c.o()};
            Object[] expected = Engines.copy(arrays);
            new LoopInterpreter(c.kernel()).run(expected, new int[3], new int[] {c.n()});
            MethodHandle h = handle(c.kernel());
            for (int i = 0; i < WARM; i++) {
                h.invoke(c.a(), 0, c.b(), 0, c.o(), 0, 64);
            }
            h.invoke(c.a(), 0, c.b(), 0, c.o(), 0, c.n());
            Engines.assertSame(c.name(), expected, arrays);
        }
    }

    @Test
    void tilesOfSeveralLengthsInOneProcessDoNotAllocate() throws Throwable {
        Random r = new Random(4);
        for (int lanes : new int[] {4, 8, 16}) {
            int k = 64;
            float[] a = (float[]) Samples.array(Scalar.F32, 4 * k, r);
            float[] b = (float[]) Samples.array(Scalar.F32, 4 * k * lanes, r);
            allocatesNothing(StatementsTest.tile(4, 2, lanes), lanes, a, b, new float[8 * lanes], k);
        }
    }

    @Test
    void sumsThroughTwoLoopsDoNotAllocate() throws Throwable {
        Random r = new Random(5);
        for (int lanes : new int[] {4, 8, 16}) {
            float[] a = (float[]) Samples.array(Scalar.F32, 16 * 16 * lanes, r);
            Kernel k = StatementsTest.sums(lanes);
            Engines.compare(k, new Object[] {a, new float[] {-0f}, new float[4 * lanes]}, new int[3], 16);
            allocatesNothing(k, lanes, a, new float[1], new float[4 * lanes], 16);
        }
    }

    @Test
    void longKernelsDoNotAllocate() throws Throwable {
        Random r = new Random(6);
        for (int lanes : new int[] {4, 8, 16}) {
            float[] a = (float[]) Samples.array(Scalar.F32, 64 * lanes, r);
            allocatesNothing(StatementsTest.chains(lanes), lanes, a, new float[1], new float[64 * lanes], 16);
        }
    }

    private static void allocatesNothing(Kernel kernel, int lanes, float[] a, float[] b, float[] c, int k) throws Throwable {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        MethodHandle h = handle(kernel);
        long least = Long.MAX_VALUE;
        // C2 compiles in the background
        for (int round = 0; round < 200 && least > 0; round++) {
            for (int i = 0; i < 500; i++) {
                h.invokeExact(a, 0, b, 0, c, 0, k);
            }
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 10; i++) {
                h.invokeExact(a, 0, b, 0, c, 0, k);
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertEquals(0, least, "bytes allocated in 10 calls with " + lanes + " lanes");
    }
}
