package dev.lathe.codegen.emit;

import dev.lathe.codegen.asm.ClassBuilder;
import dev.lathe.codegen.asm.Code;
import dev.lathe.codegen.asm.MethodRef;
import dev.lathe.codegen.jar.StateLayout;
import dev.lathe.runtime.Compiled;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** The classes of one program: the main class, and further ones that take methods when it is full. */
final class ClassSet {
    /** Constants after which methods go to a new class; a class file holds 65,535. */
    private static final int POOL = 30_000;

    private static final String COMPILED = Compiled.class.getName().replace('.', '/');

    private final String sourceFile;
    private final ClassBuilder main;
    private final List<ClassBuilder> classes = new ArrayList<>();
    private final List<Emitted.Method> methods = new ArrayList<>();
    private final Set<String> names = new HashSet<>(Set.of("run", "dispatch", "sizes"));

    ClassSet(String internalName, String sourceFile) {
        this.sourceFile = sourceFile;
        this.main = new ClassBuilder(internalName, COMPILED, sourceFile);
        main.constructor(MethodRef.ofConstructor(Compiled.class));
        classes.add(main);
    }

    /** The Java identifier nearest to {@code text}, of at most 80 characters. */
    static String identifier(String text) {
        String s = text.replaceAll("[^A-Za-z0-9_]", "_");
        s = s.length() > 80 ? s.substring(0, 80) : s;
        return s.isEmpty() || Character.isDigit(s.charAt(0)) ? "_" + s : s;
    }

    /** {@code name} as an identifier that no other method of the program has. */
    String unique(String name) {
        String s = identifier(name);
        String free = s;
        for (int i = 2; !names.add(free); i++) {
            free = s + "_" + i;
        }
        return free;
    }

    /**
     * Adds a static method to the class that has room.
     *
     * @param source what it is, for messages
     */
    MethodRef define(String source, String name, String descriptor, List<String> params, Consumer<Code> body) {
        ClassBuilder target = classes.get(classes.size() - 1);
        if (target.poolSize(name) > POOL) {
            target = new ClassBuilder(main.name() + "$" + classes.size(), "java/lang/Object", sourceFile);
            classes.add(target);
        }
        Code c = target.staticMethod(name, descriptor, params);
        body.accept(c);
        int bytes = c.end();
        MethodBudget.check(source, bytes);
        methods.add(new Emitted.Method(source, target.name(), name, bytes));
        return MethodRef.namedStatic(target.name(), name, descriptor);
    }

    /** Adds a method of Compiled to the main class. */
    void override(String name, String descriptor, List<String> params, Consumer<Code> body) {
        Code c = main.protectedMethod(name, descriptor, params);
        body.accept(c);
        MethodBudget.check(name, c.end());
    }

    Emitted finish(StateLayout layout) {
        Map<String, byte[]> files = new LinkedHashMap<>();
        classes.forEach(b -> files.put(b.name(), b.toBytes()));
        return new Emitted(Collections.unmodifiableMap(files), layout, List.copyOf(methods));
    }
}
