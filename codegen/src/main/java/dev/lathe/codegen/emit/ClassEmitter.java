package dev.lathe.codegen.emit;

import dev.lathe.codegen.asm.MethodRef;
import dev.lathe.codegen.asm.Op;
import dev.lathe.codegen.jar.ConstLayout;
import dev.lathe.codegen.jar.StateLayout;
import dev.lathe.codegen.lib.Blocks;
import dev.lathe.codegen.lib.Channels;
import dev.lathe.codegen.lib.Rehearsal;
import dev.lathe.codegen.loop.BlockProduct;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.LibraryKernels;
import dev.lathe.codegen.program.Program;
import dev.lathe.runtime.Compiled;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** From a program to class files. The same input gives the same bytes. */
public final class ClassEmitter {
    private ClassEmitter() {}

    /**
     * Emits the program of a layout.
     *
     * @param internalName of the main class, {@code com/acme/Digits$avx2}; further classes add {@code $1}, {@code $2}, ...
     * @param pass applied to every kernel first; it must expand calls on vectors
     * @throws IllegalStateException when a kernel or step is too large for the JIT, or has no spelling on this target;
     *     the message names it
     */
    public static Emitted emit(StateLayout layout, String internalName, Lines lines, UnaryOperator<Kernel> pass) {
        Program p = layout.program();
        Map<String, Kernel> emitted = new LinkedHashMap<>();
        p.kernels().stream().filter(k -> !LibraryKernels.contains(k)).forEach(k -> emitted.put(k.name(), pass.apply(k)));
        Trials trials = new Trials(p, emitted);
        ClassSet classes = new ClassSet(internalName, lines.sourceFile(), trials.any() ? Rehearsal.class : Compiled.class);
        trials.declare(classes);
        Map<String, MethodRef> kernels = new HashMap<>();
        for (Kernel k : p.kernels()) {
            if (trials.understudies().isIdle(k.name())) {
                continue;
            }
            kernels.put(k.name(), LibraryKernels.contains(k) ? library(k) : KernelEmitter.emit(emitted.get(k.name()), lines, classes, kernels, trials));
        }
        DimMethods dims = new DimMethods(classes, layout);
        StateAccess state = new StateAccess(layout, dims);
        StepEmitter steps = new StepEmitter(p, state, lines, classes, kernels);
        BlockEmitter blocks = new BlockEmitter(p, state, lines, classes, steps);
        MethodRef all = blocks.emit();
        classes.override("run", "(" + StepEmitter.STATE + ")V", List.of("s"), c ->
                c.load("this").load("s").call(all).op(Op.RETURN));
        Tables.dispatch(classes, blocks.dispatched());
        Tables.sizes(classes, layout, dims);
        Tables.prepare(classes, layout);
        trials.emit(classes, emitted, kernels);
        return classes.finish(layout);
    }

    // the library does what the kernel means, in loops that the JIT vectorises
    private static MethodRef library(Kernel k) {
        Class<?> owner = BlockProduct.is(k) ? Blocks.class : Channels.class;
        Method run = Arrays.stream(owner.getMethods()).filter(m -> m.getName().equals("run")).findFirst().orElseThrow();
        MethodRef r = MethodRef.ofStatic(run);
        if (!r.descriptor().equals(Arguments.plain(k))) {
            throw new IllegalStateException(run + " does not take what kernel " + k.name() + " takes");
        }
        return r;
    }

    /** Emits a program that stands alone and whose kernels need no pass. */
    public static Emitted emit(Program p, String internalName, Lines lines) {
        return emit(StateLayout.of(p, ConstLayout.of(List.of(p))), internalName, lines, UnaryOperator.identity());
    }

    /** Emits kernels alone, as static methods of one class, for tests and tools. Returns the class files by internal name. */
    public static Map<String, byte[]> emitKernels(List<Kernel> kernels, String internalName, Lines lines) {
        Program p = new Program(internalName, "portable", Map.of(), List.of(), List.of(), kernels, List.of(), List.of(), List.of());
        return new LinkedHashMap<>(emit(p, internalName, lines).classes());
    }
}
