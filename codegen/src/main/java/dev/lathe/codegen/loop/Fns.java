package dev.lathe.codegen.loop;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The functions that the loop IR can call, found in the classes that a jar takes along and in those of runtime-min. */
public final class Fns {
    /** Simple names of the classes that hold most of them; for hints. */
    public static final List<String> OWNERS = List.of("F32Math", "F64Math", "NarrowFloats", "ScalarOps");

    private static final List<String> PACKAGES = List.of("dev.lathe.codegen.lib.", "dev.lathe.runtime.");

    private static final Map<String, List<Fn>> CACHE = new ConcurrentHashMap<>();

    private Fns() {}

    /**
     * The function of this name.
     *
     * @throws IllegalArgumentException when there is none, or several that take different types
     */
    public static Fn of(String owner, String name) {
        List<Fn> all = named(owner, name);
        if (all.size() != 1) {
            throw new IllegalArgumentException((all.isEmpty() ? "no function " : "several functions ") + owner + "." + name);
        }
        return all.get(0);
    }

    /** The function of this name that takes these types, or null. */
    public static Fn of(String owner, String name, List<Scalar> params) {
        for (Fn f : all(owner)) {
            if (f.name().equals(name) && f.params().equals(params)) {
                return f;
            }
        }
        return null;
    }

    /** All of this name. */
    public static List<Fn> named(String owner, String name) {
        return all(owner).stream().filter(f -> f.name().equals(name)).toList();
    }

    /** All functions of a class; none when the class is unknown. */
    public static List<Fn> all(String owner) {
        List<Fn> known = CACHE.get(owner);
        return known != null ? known : owner.matches("[A-Za-z][A-Za-z0-9]*") ? CACHE.computeIfAbsent(owner, Fns::load) : List.of();
    }

    /**
     * The class of this simple name, not initialised: in {@code dev.lathe.codegen.lib}, else in {@code dev.lathe.runtime}.
     *
     * @throws IllegalArgumentException when there is none
     */
    public static Class<?> owner(String name) {
        for (String p : PACKAGES) {
            try {
                // not initialised: the name may come from a text
                return Class.forName(p + name, false, Fns.class.getClassLoader());
            } catch (ClassNotFoundException | NoClassDefFoundError absent) {
                // perhaps in the next one
            }
        }
        throw new IllegalArgumentException("no class " + name);
    }

    private static List<Fn> load(String owner) {
        List<Fn> fns = new ArrayList<>();
        try {
            for (Method m : owner(owner).getMethods()) {
                List<Scalar> params = Arrays.stream(m.getParameterTypes()).map(Fns::scalar).toList();
                Scalar result = scalar(m.getReturnType());
                if (Modifier.isStatic(m.getModifiers()) && result != null && !params.contains(null)) {
                    fns.add(new Fn(owner, m.getName(), params, result));
                }
            }
        } catch (IllegalArgumentException absent) {
            // a class that there isn't has no functions
        }
        // reflection gives no order
        fns.sort(Comparator.comparing(Fn::name).thenComparing(Fn::descriptor));
        return List.copyOf(fns);
    }

    private static Scalar scalar(Class<?> c) {
        if (c == float.class) {
            return Scalar.F32;
        } else if (c == double.class) {
            return Scalar.F64;
        } else if (c == int.class) {
            return Scalar.I32;
        } else if (c == long.class) {
            return Scalar.I64;
        } else if (c == boolean.class) {
            return Scalar.BOOL;
        }
        return c == Object.class ? Scalar.REF : null;
    }
}
