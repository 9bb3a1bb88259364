package dev.lathe.compiler.lower;

import dev.lathe.compiler.ir.Node;

/** Writes the kernels and steps of one operation. */
@FunctionalInterface
public interface Lowering {
    void lower(Node n, Lower cx);
}
