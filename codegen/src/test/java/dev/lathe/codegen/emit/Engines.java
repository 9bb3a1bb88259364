package dev.lathe.codegen.emit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lathe.codegen.debug.ClassCheck;
import dev.lathe.codegen.interp.LoopInterpreter;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.runtime.Compiled;
import dev.lathe.runtime.State;
import java.lang.reflect.Array;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Runs kernels and programs on the interpreter and as emitted classes, for comparison. */
public final class Engines {
    private Engines() {}

    /** The method that kernel {@code k} becomes, after checking its class. */
    static Method compile(Kernel k) {
        Map<String, byte[]> classes = ClassEmitter.emitKernels(List.of(k), "test/Kernels", Lines.NONE);
        assertEquals("", ClassCheck.report(classes, Compiled.class.getClassLoader()));
        return method(classes, k.name());
    }

    /** A static method of the class {@code test.Kernels}. */
    static Method method(Map<String, byte[]> classes, String name) {
        try {
            Class<?> c = new InMemoryLoader(classes, Compiled.class.getClassLoader()).loadClass("test.Kernels");
            Method m = Arrays.stream(c.getDeclaredMethods()).filter(x -> x.getName().equals(name)).findFirst().orElseThrow();
            m.setAccessible(true);
            return m;
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    static void call(Method m, Object[] arrays, int[] offsets, int... ints) {
        Object[] args = new Object[2 * arrays.length + ints.length];
        for (int i = 0; i < arrays.length; i++) {
            args[2 * i] = arrays[i];
            args[2 * i + 1] = offsets[i];
        }
        for (int i = 0; i < ints.length; i++) {
            args[2 * arrays.length + i] = ints[i];
        }
        invoke(m, null, args);
    }

    static Object invoke(Method m, Object on, Object... args) {
        try {
            return m.invoke(on, args);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof RuntimeException r) {
                throw r;
            }
            throw new IllegalStateException(e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Runs {@code k} both ways on copies of {@code arrays} and compares every bit of every array. */
    static void compare(Kernel k, Object[] arrays, int[] offsets, int... ints) {
        Object[] expected = copy(arrays);
        new LoopInterpreter(k).run(expected, offsets, ints);
        Object[] actual = copy(arrays);
        call(compile(k), actual, offsets, ints);
        assertSame(k.toString(), expected, actual);
    }

    static Object[] copy(Object[] arrays) {
        return Arrays.stream(arrays).map(Engines::copy).toArray();
    }

    static Object copy(Object a) {
        if (a instanceof float[] f) {
            return f.clone();
        } else if (a instanceof double[] d) {
            return d.clone();
        } else if (a instanceof int[] i) {
            return i.clone();
        } else if (a instanceof long[] l) {
            return l.clone();
        }
        return ((Object[]) a).clone();
    }

    /** Compares bit for bit, all NaNs being one. */
    static void assertSame(String what, Object[] expected, Object[] actual) {
        for (int n = 0; n < expected.length; n++) {
            int length = Array.getLength(expected[n]);
            for (int i = 0; i < length; i++) {
                Object e = Array.get(expected[n], i);
                Object a = Array.get(actual[n], i);
                if (e == null ? a != null : !e.equals(a)) {
                    throw new AssertionError("array " + n + " [" + i + "]: expected " + e + ", got " + a + "\n" + what);
                }
            }
        }
    }

    /** Calls {@code Compiled.run}. */
    public static void run(Compiled c, State s) {
        invoke(method(c, "run", State.class), c, s);
    }

    static void dispatch(Compiled c, int step, State s, int lo, int hi) {
        invoke(method(c, "dispatch", int.class, State.class, int.class, int.class), c, step, s, lo, hi);
    }

    static void sizes(Compiled c, int[] d, long[] sizes) {
        invoke(method(c, "sizes", int[].class, long[].class), c, d, sizes);
    }

    private static Method method(Compiled c, String name, Class<?>... params) {
        try {
            Method m = c.getClass().getDeclaredMethod(name, params);
            m.setAccessible(true);
            return m;
        } catch (NoSuchMethodException e) {
            throw new IllegalStateException(e);
        }
    }
}
