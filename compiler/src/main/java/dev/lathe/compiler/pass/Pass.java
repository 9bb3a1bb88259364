package dev.lathe.compiler.pass;

import dev.lathe.compiler.ir.Graph;

/** A step from graph to graph. */
public interface Pass {
    /** The name in timings, options and test directories: {@code fuse-epilogue}. */
    String name();

    /** One line that says what it does. */
    String description();

    /** A new graph that computes the same; the old one is not changed. */
    Graph run(Graph g);
}
