package dev.lathe.runtime;

import java.util.Arrays;

/** Runs steps one by one where that is needed: split among threads, measured, or with dead buffers poisoned. */
final class StepRunner {
    static final int POISON_INT = 0x7fc0dead;
    static final long POISON_LONG = 0x7fc0dead7fc0deadL;

    private final Plan plan;
    private final Team team;
    private final int[][] dying;
    private PathCode.Layout layout;
    private Profile profile;
    private int previous;

    /**
     * A runner of one path.
     *
     * @param team null for one thread
     */
    StepRunner(Plan plan, Team team, boolean poison) {
        this.plan = plan;
        this.team = team;
        this.dying = poison ? dying(plan) : null;
    }

    /** The arena buffers that no later step reads, by step. */
    private static int[][] dying(Plan p) {
        int[][] r = new int[p.stepName.length][0];
        for (int b = 0; b < p.last.length; b++) {
            int k = p.last[b];
            if (p.kind[b] == PlanFormat.ARENA && k >= 0 && k < r.length && !isOutput(p, b)) {
                r[k] = Arrays.copyOf(r[k], r[k].length + 1);
                r[k][r[k].length - 1] = b;
            }
        }
        return r;
    }

    private static boolean isOutput(Plan p, int buffer) {
        for (Plan.Port out : p.outputs) {
            if (out.buffer() == buffer) {
                return true;
            }
        }
        return false;
    }

    /** True when steps must come here rather than run as direct calls. */
    boolean needed() {
        return team != null || dying != null || profile != null;
    }

    void begin(PathCode.Layout now, Profile measured) {
        layout = now;
        profile = measured;
        previous = -1;
    }

    void step(Compiled code, State s, int step, int extent) {
        if (dying != null) {
            // steps in between were control flow or not taken; what died there is dead now
            for (int k = previous + 1; k < step; k++) {
                poison(s, k);
            }
        }
        Profile p = profile;
        long start = p == null ? 0 : System.nanoTime();
        int grain = plan.grain[step];
        if (team != null && grain > 0 && extent / 2 >= grain) {
            team.run(code, step, s, extent, Math.min(team.threads(), extent / grain));
        } else {
            code.dispatch(step, s, 0, extent);
        }
        if (p != null) {
            p.nanos[step] += System.nanoTime() - start;
            p.count[step]++;
        }
        if (dying != null) {
            poison(s, step);
            previous = step;
        }
    }

    private void poison(State s, int step) {
        for (int b : dying[step]) {
            fill(s.arena(plan.storage[b]), layout.offsets()[b], (int) layout.sizes()[b]);
        }
    }

    /** Makes all of an array look like what nobody has written. */
    static void fill(Object array, int from, int n) {
        if (array instanceof float[] f) {
            Arrays.fill(f, from, from + n, Float.NaN);
        } else if (array instanceof double[] g) {
            Arrays.fill(g, from, from + n, Double.NaN);
        } else if (array instanceof int[] i) {
            Arrays.fill(i, from, from + n, POISON_INT);
        } else if (array instanceof long[] j) {
            Arrays.fill(j, from, from + n, POISON_LONG);
        } else if (array instanceof Object[] r) {
            Arrays.fill(r, from, from + n, null);
        }
    }
}
