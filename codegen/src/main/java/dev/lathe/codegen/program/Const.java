package dev.lathe.codegen.program;

import dev.lathe.runtime.ElementType;

/**
 * The contents of a {@link Buffer.Kind#CONST} buffer.
 *
 * @param buffer the buffer's id
 * @param file the element type in the jar; narrow types are expanded when the model is loaded
 * @param data {@code float[]}, {@code double[]}, {@code int[]}, {@code long[]} or {@code String[]}, as the buffer's storage says, in the order in which kernels read it
 */
public record Const(int buffer, ElementType file, Object data) {}
