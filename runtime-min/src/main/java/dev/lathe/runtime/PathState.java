package dev.lathe.runtime;

import java.util.Arrays;

/**
 * One path of a session: its state, which shapes it takes, and the running of single steps where that is needed: split
 * among threads, measured, or with dead buffers poisoned.
 */
final class PathState {
    static final int POISON_INT = 0x7fc0dead;
    static final long POISON_LONG = 0x7fc0dead7fc0deadL;

    final PathCode path;
    final Plan plan;
    final State state;
    /** The memory plan for the shapes bound. */
    ArenaPlanner.Plan layout;

    private final Object[] constants;
    private final Team team;
    // by symbol: the number of the input that bound it, from 1
    private final int[] boundBy;
    // the arena buffers that no later step reads, by step; null when nothing is poisoned
    private final int[][] dying;
    private Profile profile;
    private Object record;
    private int previous;

    /**
     * A path.
     *
     * @param c the constants by storage
     * @param team null for one thread
     */
    PathState(PathCode path, Object[] c, Team team, boolean poison) {
        this.path = path;
        this.plan = path.plan;
        this.constants = c;
        this.team = team;
        this.state = new State((float[]) c[0], (double[]) c[1], (int[]) c[2], (long[]) c[3], (Object[]) c[4], plan.storage.length, plan.slots);
        this.boundBy = new int[plan.symbols.length];
        this.dying = poison ? dying(plan) : null;
        state.path = this;
    }

    /**
     * Binds the symbols to the shapes given.
     *
     * @return null, or why this path does not take them: in words if {@code explain}
     */
    String bind(InputSlot[] inputs, boolean explain) {
        Arrays.fill(boundBy, 0);
        int[] d = state.d;
        // computed dimensions come when all symbols are bound
        for (int round = 0; round < 2; round++) {
            for (int k = 0; k < inputs.length; k++) {
                DimExpr[] dims = plan.inputs[k].dims;
                for (int i = 0; i < dims.length; i++) {
                    int extent = inputs[k].shape[i];
                    int s = dims[i].symbol(boundBy.length);
                    boolean computed = s < 0 && !dims[i].isConst();
                    if (computed != (round == 1)) {
                        continue;
                    }
                    if (s >= 0 && boundBy[s] == 0 && extent >= plan.min[s] && extent <= plan.max[s]) {
                        boundBy[s] = k + 1;
                        d[s] = extent;
                    } else if (s >= 0 ? boundBy[s] == 0 || d[s] != extent : value(dims[i]) != extent) {
                        return explain ? explanation(inputs[k], i, dims[i], s) : "no";
                    }
                }
            }
        }
        return null;
    }

    private long value(DimExpr e) {
        try {
            return e.eval(state.d);
        } catch (ArithmeticException x) {
            return -1;
        }
    }

    private String explanation(InputSlot in, int axis, DimExpr e, int s) {
        String dim = "input '" + in.spec.name() + "': dimension " + axis + " is " + in.shape[axis] + ", but ";
        if (s < 0) {
            return dim + plan.inputs[in.index].texts[axis] + (e.isConst() ? " was expected" : " is " + value(e));
        }
        return dim + plan.symbols[s] + (boundBy[s] == 0 ? " must be " + (plan.min[s] == plan.max[s] ? plan.min[s] : "in " + plan.min[s] + ".." + plan.max[s])
                : " is " + state.d[s] + " in input '" + plan.inputs[boundBy[s] - 1].name + "'");
    }

    /** Plans memory for the symbols bound and writes the offsets to their slots. */
    void plan() {
        ArenaPlanner.Plan now = path.layout(state.d);
        layout = now;
        if (!plan.fixed) {
            int[] slot = plan.offsetSlot;
            for (int b = 0; b < slot.length; b++) {
                if (slot[b] >= 0) {
                    state.d[slot[b]] = now.offsets[b];
                }
            }
        }
    }

    /** The array that holds a port. */
    Object holder(Plan.Port port) {
        int b = port.buffer;
        int kind = plan.kind[b];
        return kind == Plan.OWN ? state.own[b] : kind == Plan.CONST ? constants[plan.storage[b]] : state.arena(plan.storage[b]);
    }

    /** Where a port's buffer begins in its array. */
    int start(Plan.Port port) {
        int b = port.buffer;
        int kind = plan.kind[b];
        return kind == Plan.OWN ? 0 : kind == Plan.CONST ? plan.offset[b] : layout.offsets[b];
    }

    /** Where an input of {@code count} elements begins in its array, which is made long enough. */
    int inputAt(Plan.Port port, int count) {
        int b = port.buffer;
        boolean own = plan.kind[b] == Plan.OWN;
        long at = start(port) + value(port.offset);
        long end = own ? ArenaPlanner.MAX_LENGTH : layout.offsets[b] + layout.sizes[b];
        if (at < start(port) || at + count > end) {
            throw new LatheRuntimeException("input '" + port.name + "' with " + count + " elements does not fit its buffer");
        }
        if (own) {
            state.reserve(b, plan.storage[b], (int) at + count, false);
        }
        return (int) at;
    }

    /** Runs the path. */
    void run(Profile measured, Object recorded) {
        path.code.rehearse(layout.sizes);
        profile = measured != null && measured.plan() == plan ? measured : null;
        previous = -1;
        record = recorded;
        state.direct = team == null && dying == null && profile == null && record == null;
        path.code.run(state);
    }

    /** Runs one step that was not called directly. */
    void step(Compiled code, int step, int extent) {
        if (dying != null) {
            // steps in between were control flow or not taken; what died there is dead now
            for (int k = previous + 1; k < step; k++) {
                poison(k);
            }
        }
        Profile p = profile;
        long start = p == null ? 0 : System.nanoTime();
        StepEvent e = (StepEvent) record;
        if (e != null) {
            e.begin();
        }
        int grain = plan.grain[step];
        if (team != null && grain > 0 && extent / 2 >= grain) {
            team.run(code, step, state, extent, grain);
        } else {
            code.dispatch(step, state, 0, extent);
        }
        if (e != null) {
            e.step = plan.stepName[step];
            e.source = String.join("+", plan.stepLoc.get(step));
            e.line = plan.stepLine[step];
            e.commit();
        }
        if (p != null) {
            p.add(step, System.nanoTime() - start);
        }
        if (dying != null) {
            poison(step);
            previous = step;
        }
    }

    /** Where in the model something failed: the step's nodes, found by the lines of generated code; empty when nothing is known. */
    String place(Throwable e, String id) {
        for (StackTraceElement f : e.getStackTrace()) {
            for (int k = 0; f.getClassName().startsWith(id) && k < plan.stepLine.length; k++) {
                if (plan.stepLine[k] == f.getLineNumber()) {
                    return " at " + String.join("+", plan.stepLoc.get(k)) + " (" + plan.stepName[k] + ")";
                }
            }
        }
        return "";
    }

    private void poison(int step) {
        for (int b : dying[step]) {
            fill(state.arena(plan.storage[b]), layout.offsets[b], (int) layout.sizes[b]);
        }
    }

    /** Makes the arenas and grown buffers look like what nobody has written. */
    void poisonAll() {
        for (int s = 0; s < constants.length; s++) {
            Object a = state.arena(s);
            fill(a, 0, java.lang.reflect.Array.getLength(a));
        }
        for (Object a : state.own) {
            if (a != null) {
                fill(a, 0, java.lang.reflect.Array.getLength(a));
            }
        }
    }

    private static void fill(Object array, int from, int n) {
        if (array instanceof float[] f) {
            Arrays.fill(f, from, from + n, Float.NaN);
        } else if (array instanceof double[] g) {
            Arrays.fill(g, from, from + n, Double.NaN);
        } else if (array instanceof int[] i) {
            Arrays.fill(i, from, from + n, POISON_INT);
        } else if (array instanceof long[] j) {
            Arrays.fill(j, from, from + n, POISON_LONG);
        } else {
            Arrays.fill((Object[]) array, from, from + n, null);
        }
    }

    private static int[][] dying(Plan p) {
        int[][] r = new int[p.stepName.length][0];
        for (int b = 0; b < p.last.length; b++) {
            int k = p.last[b];
            boolean output = false;
            for (Plan.Port out : p.outputs) {
                output |= out.buffer == b;
            }
            if (p.kind[b] == Plan.ARENA && k >= 0 && k < r.length && !output) {
                r[k] = Arrays.copyOf(r[k], r[k].length + 1);
                r[k][r[k].length - 1] = b;
            }
        }
        return r;
    }
}
