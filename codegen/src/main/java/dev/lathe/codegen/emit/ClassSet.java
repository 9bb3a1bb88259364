package dev.lathe.codegen.emit;

import dev.lathe.codegen.asm.ClassBuilder;
import dev.lathe.codegen.asm.Code;
import dev.lathe.codegen.asm.FieldRef;
import dev.lathe.codegen.asm.MethodRef;
import dev.lathe.codegen.jar.StateLayout;
import dev.lathe.runtime.Compiled;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** The classes of one program: the main class, and further ones that take methods when it is full. */
final class ClassSet {
    /** Constants after which methods go to a new class; a class file holds 65,535. */
    private static final int POOL = 10_000;

    private final String sourceFile;
    private final ClassBuilder main;
    /** The full ones but for the main class: a class file takes a tenth of the memory of one in the making. */
    private final Map<String, byte[]> full = new LinkedHashMap<>();
    private final List<Emitted.Method> methods = new ArrayList<>();
    private final Set<String> names = new HashSet<>(Set.of("run", "dispatch", "sizes", "prepare", "rehearse", "trial", "trials"));
    /** By name, the number that the next one of it tries first: all below are taken. */
    private final Map<String, Integer> next = new HashMap<>();
    private ClassBuilder open;
    private int unfinished;

    /** @param parent what the main class extends: Compiled, or a class that does */
    ClassSet(String internalName, String sourceFile, Class<? extends Compiled> parent) {
        this.sourceFile = sourceFile;
        this.main = new ClassBuilder(internalName, parent.getName().replace('.', '/'), sourceFile);
        main.constructor(MethodRef.ofConstructor(parent));
        open = main;
    }

    /** The Java identifier nearest to {@code text}, of at most 80 characters. */
    static String identifier(String text) {
        char[] s = text.substring(0, Math.min(80, text.length())).toCharArray();
        for (int i = 0; i < s.length; i++) {
            char c = s[i];
            s[i] = c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' ? c : '_';
        }
        return s.length == 0 || s[0] >= '0' && s[0] <= '9' ? "_" + new String(s) : new String(s);
    }

    /** As {@link #unique}, of a name that itself is only given once: what is called so further on need not be remembered. */
    String numbered(String name) {
        String s = identifier(name);
        return names.contains(s) ? unique(name) : s;
    }

    /** {@code name} as an identifier that no other method of the program has. */
    String unique(String name) {
        String s = identifier(name);
        if (names.add(s)) {
            return s;
        }
        int i = next.getOrDefault(s, 2);
        while (!names.add(s + "_" + i)) {
            i++;
        }
        next.put(s, i + 1);
        return s + "_" + i;
    }

    /**
     * Adds a static method to the class that has room; its body may add further ones.
     *
     * @param source its text says what it is, for messages
     */
    MethodRef define(Object source, String name, String descriptor, List<String> params, Consumer<Code> body) {
        return define(source, name, descriptor, params, false, body);
    }

    /** As {@link #define(Object, String, String, List, Consumer)}; a {@code straight} body has no jumps. */
    MethodRef define(Object source, String name, String descriptor, List<String> params, boolean straight, Consumer<Code> body) {
        if (unfinished == 0 && open.poolSize(name) > POOL) {
            if (open != main) {
                full.put(open.name(), open.toBytes());
            }
            open = new ClassBuilder(main.name() + "$" + (full.size() + 1), "java/lang/Object", sourceFile);
        }
        String owner = open.name();
        Code c = straight ? open.straightMethod(name, descriptor, params) : open.staticMethod(name, descriptor, params);
        unfinished++;
        body.accept(c);
        unfinished--;
        int bytes = c.end();
        MethodBudget.check(source, bytes);
        methods.add(new Emitted.Method(source, owner, name, bytes));
        return MethodRef.namedStatic(owner, name, descriptor);
    }

    /** A static boolean of the main class, which is false at first. */
    FieldRef flag(String name) {
        return main.flag(name);
    }

    /** Adds a method of Compiled to the main class. */
    void override(String name, String descriptor, List<String> params, Consumer<Code> body) {
        Code c = main.protectedMethod(name, descriptor, params);
        body.accept(c);
        MethodBudget.check(name, c.end());
    }

    Emitted finish(StateLayout layout) {
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put(main.name(), main.toBytes());
        files.putAll(full);
        if (open != main) {
            files.put(open.name(), open.toBytes());
        }
        return new Emitted(Collections.unmodifiableMap(files), layout, List.copyOf(methods));
    }
}
