package dev.lathe.codegen.loop;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** The functions that the loop IR can call, found by name. */
public final class Fns {
    private static final Map<String, Fn> KNOWN = new ConcurrentHashMap<>();

    private Fns() {
    }

    /**
     * The public static method {@code name} of {@code dev.lathe.runtime.<owner>}.
     *
     * @throws IllegalArgumentException when there is none, or several
     */
    public static Fn of(String owner, String name) {
        return KNOWN.computeIfAbsent(owner + "." + name, k -> find(owner, name));
    }

    private static Fn find(String owner, String name) {
        Class<?> c;
        try {
            c = Class.forName("dev.lathe.runtime." + owner);
        } catch (ClassNotFoundException e) {
            throw new IllegalArgumentException("no class " + owner + " in the run time", e);
        }
        Method[] found = Stream.of(c.getMethods())
            .filter(m -> m.getName().equals(name) && Modifier.isStatic(m.getModifiers()))
            .toArray(Method[]::new);
        if (found.length != 1) {
            throw new IllegalArgumentException(found.length + " functions " + owner + "." + name);
        }
        return new Fn(owner, name, Stream.of(found[0].getParameterTypes()).map(Fns::scalar).toList(),
            scalar(found[0].getReturnType()));
    }

    private static Scalar scalar(Class<?> c) {
        return switch (c.getName()) {
            case "float" -> Scalar.F32;
            case "double" -> Scalar.F64;
            case "int" -> Scalar.I32;
            case "long" -> Scalar.I64;
            case "boolean" -> Scalar.BOOL;
            default -> Scalar.REF;
        };
    }
}
