package dev.lathe.codegen.program;

import dev.lathe.runtime.State;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;

/**
 * The Java method that a {@link Step.Helper} calls. A helper that works on any storage declares the array as
 * {@code Object}; one that takes the array's own class is preferred.
 */
public final class HelperMethod {
    private HelperMethod() {}

    /**
     * @param buffer the buffer of an id
     * @throws IllegalArgumentException when there is no such method
     */
    public static Method of(Step.Helper s, IntFunction<Buffer> buffer) {
        int dot = s.method().lastIndexOf('.');
        if (dot > 0) {
            List<Class<?>> arrays = s.bufs().stream().<Class<?>>map(r -> buffer.apply(r.buffer()).storage().allocate(0).getClass()).toList();
            Method loose = null;
            for (Method m : owner(s.method().substring(0, dot)).getMethods()) {
                if (!m.getName().equals(s.method().substring(dot + 1)) || !Modifier.isStatic(m.getModifiers())) {
                    continue;
                }
                int fit = fit(m, s, arrays);
                if (fit == 2) {
                    return m;
                }
                loose = fit == 1 ? m : loose;
            }
            if (loose != null) {
                return loose;
            }
        }
        throw new IllegalArgumentException("no helper " + s.method() + " takes " + s.bufs().size() + " buffers, " + s.ints().size() + " numbers and "
                + s.texts().size() + " texts");
    }

    private static Class<?> owner(String name) {
        try {
            return Class.forName("dev.lathe.codegen.lib." + name, false, HelperMethod.class.getClassLoader());
        } catch (ClassNotFoundException | NoClassDefFoundError e) {
            throw new IllegalArgumentException("no helper class " + name);
        }
    }

    // 2: takes exactly these arrays; 1: takes some of them as Object; 0: doesn't take them
    private static int fit(Method m, Step.Helper s, List<Class<?>> arrays) {
        Class<?>[] p = m.getParameterTypes();
        int b = arrays.size();
        int n = s.ints().size();
        boolean result = s.binds().isEmpty() || m.getReturnType() == int[].class;
        if (p.length != 1 + 2 * b + n + s.texts().size() || p[0] != State.class || !result) {
            return 0;
        }
        int fit = 2;
        for (int i = 0; i < b; i++) {
            if (p[1 + 2 * i] != arrays.get(i)) {
                fit = p[1 + 2 * i] == Object.class ? 1 : 0;
            }
            if (fit == 0 || p[2 + 2 * i] != int.class) {
                return 0;
            }
        }
        boolean numbers = Arrays.stream(p, 1 + 2 * b, 1 + 2 * b + n).allMatch(c -> c == int.class);
        boolean texts = Arrays.stream(p, 1 + 2 * b + n, p.length).allMatch(c -> c == String.class);
        return numbers && texts ? fit : 0;
    }
}
