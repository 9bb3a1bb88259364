package dev.lathe.compiler.plan;

import dev.lathe.codegen.program.Buffer;
import dev.lathe.codegen.program.Port;
import dev.lathe.codegen.program.Step;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** When each buffer is first written and last read, in the flat numbering of steps; a loop keeps what it found alive. */
public final class Liveness {
    private final int[] first;
    private final int[] last;
    private final List<int[]> loops = new ArrayList<>();
    private int number;

    private Liveness(int buffers) {
        first = new int[buffers];
        last = new int[buffers];
        Arrays.fill(first, Integer.MAX_VALUE);
        Arrays.fill(last, Integer.MIN_VALUE);
    }

    /** The buffers with their lifetimes. */
    public static List<Buffer> of(List<Buffer> buffers, List<Step> steps, List<Port> inputs, List<Port> outputs) {
        Liveness l = new Liveness(buffers.size());
        inputs.forEach(p -> l.touch(p.at().buffer(), -1));
        l.walk(steps);
        outputs.forEach(p -> l.touch(p.at().buffer(), l.number));
        l.throughLoops();
        List<Buffer> r = new ArrayList<>();
        for (Buffer b : buffers) {
            // a buffer that no step uses takes no space of its own
            boolean used = l.first[b.id()] != Integer.MAX_VALUE;
            r.add(b.kind() == Buffer.Kind.CONST ? b.withLife(-1, l.number) : used ? b.withLife(l.first[b.id()], l.last[b.id()]) : b.withLife(0, 0));
        }
        return r;
    }

    private void touch(int buffer, int at) {
        first[buffer] = Math.min(first[buffer], at);
        last[buffer] = Math.max(last[buffer], at);
    }

    private void touch(List<Step.Ref> refs, int at) {
        for (Step.Ref r : refs) {
            touch(r.buffer(), at);
        }
    }

    private void walk(List<Step> steps) {
        for (Step s : steps) {
            int at = number++;
            if (s instanceof Step.Run r) {
                touch(r.bufs(), at);
            } else if (s instanceof Step.Helper h) {
                touch(h.bufs(), at);
            } else if (s instanceof Step.Bind b) {
                touch(b.at().buffer(), at);
            } else if (s instanceof Step.Reserve r) {
                touch(r.buffer(), at);
            } else if (s instanceof Step.Swap w) {
                touch(w.a(), at);
                touch(w.b(), at);
            } else if (s instanceof Step.If i) {
                walk(i.then());
                walk(i.otherwise());
            } else if (s instanceof Step.While w) {
                walk(w.body());
                loops.add(new int[] {at, number - 1});
            }
        }
    }

    /**
     * What is used in a loop and also before or after it lives through all of the loop: it is needed again at the next turn, or what
     * an earlier turn wrote is still needed. Inner loops stand before outer ones.
     */
    private void throughLoops() {
        for (int[] loop : loops) {
            for (int b = 0; b < first.length; b++) {
                boolean inside = first[b] <= loop[1] && last[b] > loop[0];
                if (inside && (first[b] <= loop[0] || last[b] > loop[1])) {
                    first[b] = Math.min(first[b], loop[0]);
                    last[b] = Math.max(last[b], loop[1]);
                }
            }
        }
    }
}
