package dev.lathe.compiler;

import dev.lathe.codegen.emit.Emitted;
import dev.lathe.codegen.program.Program;
import dev.lathe.compiler.ir.Graph;

/** Sees what each stage of the pipeline makes: for dumps, for {@code print --after}, for {@code inspect}. */
public interface Trace {
    Trace NONE = new Trace() {};

    /** @param stage {@code import}, or the name of the pass that made the graph */
    default void graph(String stage, Graph g) {}

    /** A pass's result and how long the pass took; as {@link #graph} unless it is told otherwise. */
    default void pass(String name, Graph result, long nanos) {
        graph(name, result);
    }

    /** @param path the name of the choice of shapes that the program is for */
    default void program(String path, Program p) {}

    default void classes(String path, Program p, Emitted e) {}
}
