package dev.lathe.codegen.program;

import dev.lathe.runtime.ElementType;
import java.lang.reflect.Method;
import java.util.List;

/**
 * The contents of a {@link Buffer.Kind#CONST} buffer.
 *
 * @param buffer the buffer's id
 * @param file the element type in the jar; narrow types are expanded when the model is loaded
 * @param data {@code float[]}, {@code double[]}, {@code int[]}, {@code long[]} or {@code String[]}, as the buffer's storage says, in the order in which kernels read it
 * @param derived how a jar's reader computes them; null when the jar holds them
 */
public record Const(int buffer, ElementType file, Object data, Derived derived) {
    public Const(int buffer, ElementType file, Object data) {
        this(buffer, file, data, null);
    }

    /**
     * Floats that follow from those of another constant, so that a jar need not hold them.
     *
     * @param source the other constant's buffer
     * @param function a static method of {@code dev.lathe.codegen.lib} that takes source array and place, result array and place, and {@code arguments}
     */
    public record Derived(int source, Method function, List<Integer> arguments) {
        public Derived {
            arguments = List.copyOf(arguments);
        }
    }
}
