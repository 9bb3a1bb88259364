package dev.lathe.codegen.emit;

import dev.lathe.codegen.asm.MethodRef;
import dev.lathe.codegen.asm.Op;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.program.Program;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** From a program to class files. The same input gives the same bytes. */
public final class ClassEmitter {
    private ClassEmitter() {}

    /**
     * Emits a program.
     *
     * @param internalName of the main class, {@code com/acme/Digits$avx2}; further classes add {@code $1}, {@code $2}, ...
     * @param offsets by buffer id, in elements: of CONST buffers always, of ARENA buffers when the program is static
     * @param pass applied to every kernel first; it must expand calls on vectors
     * @throws IllegalStateException when a kernel or step is too large for the JIT, or has no spelling on this target;
     *     the message names it
     */
    public static Emitted emit(Program p, String internalName, int[] offsets, Lines lines, UnaryOperator<Kernel> pass) {
        ClassSet classes = new ClassSet(internalName, lines.sourceFile());
        Map<String, MethodRef> kernels = new HashMap<>();
        for (Kernel k : p.kernels()) {
            kernels.put(k.name(), KernelEmitter.emit(pass.apply(k), lines, classes));
        }
        Layout layout = Layout.of(p);
        StateAccess state = new StateAccess(p, layout, offsets);
        StepEmitter steps = new StepEmitter(p, state, layout, lines, classes, kernels);
        BlockEmitter blocks = new BlockEmitter(p, state, layout, lines, classes, steps);
        MethodRef all = blocks.emit();
        classes.override("run", "(" + StepEmitter.STATE + ")V", List.of("s"), c ->
                c.load("this").load("s").call(all).op(Op.RETURN));
        Tables.dispatch(classes, blocks.dispatched());
        Tables.sizes(classes, p, layout);
        return classes.finish(layout);
    }

    /** Emits a program whose kernels need no pass. */
    public static Emitted emit(Program p, String internalName, int[] offsets, Lines lines) {
        return emit(p, internalName, offsets, lines, UnaryOperator.identity());
    }

    /** Emits kernels alone, as static methods of one class, for tests and tools. Returns the class files by internal name. */
    public static Map<String, byte[]> emitKernels(List<Kernel> kernels, String internalName, Lines lines) {
        Program p = new Program(internalName, "portable", Map.of(), List.of(), List.of(), kernels, List.of(), List.of(), List.of());
        return new LinkedHashMap<>(emit(p, internalName, new int[0], lines).classes());
    }
}
