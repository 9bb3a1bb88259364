package dev.lathe.compiler.pass;

import dev.lathe.compiler.ir.Graph;
import java.util.Set;
import java.util.function.UnaryOperator;

/** A pass that builds the graph anew by a {@link Rewriter} and, where it changed anything, drops what nobody uses then. */
abstract class RewritePass implements Pass {
    private final String name;
    private final String description;
    private final Set<String> about;
    private final UnaryOperator<Rewriter> rewriter;

    /**
     * @param about the operations without which there is nothing to do; none: any graph is looked at
     * @param rewriter makes the rewriter of a region from that of the graph around it, and that of a whole graph from null
     */
    RewritePass(String name, String description, Set<String> about, UnaryOperator<Rewriter> rewriter) {
        this.name = name;
        this.description = description;
        this.about = about;
        this.rewriter = rewriter;
    }

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final String description() {
        return description;
    }

    /** False only where there is nothing to do: a look at the nodes costs far less than building them anew. */
    boolean concerns(Graph g) {
        return about.isEmpty() || Graphs.has(g, about);
    }

    @Override
    public final Graph run(Graph g) {
        Graph r = concerns(g) ? rewriter.apply(null).run(g) : g;
        // most passes find nothing to do, and a graph that is as it was has been swept
        return r == g ? g : EliminateDead.sweep(r);
    }
}
