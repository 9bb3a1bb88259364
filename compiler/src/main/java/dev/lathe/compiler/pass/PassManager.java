package dev.lathe.compiler.pass;

import dev.lathe.compiler.ir.Graph;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Runs passes in order, verifies what each made, and counts the time that each took. */
public final class PassManager {
    /** Sees every pass's result, for example to print it. */
    @FunctionalInterface
    public interface Listener {
        void after(Pass pass, Graph result, long nanos);
    }

    private final List<Pass> passes;
    private final Listener listener;
    private final Map<String, Long> nanos = new LinkedHashMap<>();

    public PassManager(List<Pass> passes, Listener listener) {
        this.passes = List.copyOf(passes);
        this.listener = listener;
    }

    public PassManager(List<Pass> passes) {
        this(passes, (p, g, t) -> {});
    }

    /** @throws IllegalStateException when a pass breaks the graph; says which and all that is wrong */
    public Graph run(Graph g) {
        Graph now = g;
        Graph sound = null;
        // by pass, the graph that it found nothing to do in
        Map<Pass, Graph> done = new IdentityHashMap<>();
        for (Pass p : passes) {
            long start = System.nanoTime();
            Graph next = done.get(p) == now ? now : p.run(now);
            if (next == now) {
                done.put(p, now);
            }
            long took = System.nanoTime() - start;
            nanos.merge(p.name(), took, Long::sum);
            listener.after(p, next, took);
            List<String> errors = next == now ? List.of() : GraphVerifier.verify(next, sound);
            if (!errors.isEmpty()) {
                throw new IllegalStateException("internal error after " + p.name() + ":\n  " + String.join("\n  ", errors));
            }
            sound = next == now ? sound : next;
            now = next;
        }
        return now;
    }

    /** Time by pass name, of all runs so far. */
    public Map<String, Long> nanos() {
        return Map.copyOf(nanos);
    }
}
