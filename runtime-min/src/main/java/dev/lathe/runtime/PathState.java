package dev.lathe.runtime;

/** One path of a session: its state, and which shapes it takes. */
final class PathState {
    final PathCode path;
    final State state;
    final StepRunner runner;
    private final boolean[] bound;
    PathCode.Layout layout;

    PathState(PathCode path, Constants c, Team team, boolean poison) {
        this.path = path;
        this.state = new State(c.f, c.g, c.i, c.j, c.r, path.plan.storage.length, path.plan.slots);
        this.runner = new StepRunner(path.plan, team, poison);
        this.bound = new boolean[path.plan.symbols.length];
        state.runner = runner;
    }

    /** Binds the symbols to the shapes given; false when this path does not take them. */
    boolean bind(InputSlot[] inputs) {
        java.util.Arrays.fill(bound, false);
        int[] d = state.d;
        Plan plan = path.plan;
        for (int k = 0; k < inputs.length; k++) {
            DimExpr[] dims = plan.inputs[k].dims();
            for (int i = 0; i < dims.length; i++) {
                int extent = inputs[k].shape[i];
                if (dims[i].op == DimExpr.CONST) {
                    if (dims[i].value != extent) {
                        return false;
                    }
                } else if (dims[i].op == DimExpr.SLOT && dims[i].value < bound.length) {
                    int s = (int) dims[i].value;
                    if (bound[s] ? d[s] != extent : extent < plan.min[s] || extent > plan.max[s]) {
                        return false;
                    }
                    bound[s] = true;
                    d[s] = extent;
                }
            }
        }
        return computedDimsFit(inputs);
    }

    private boolean computedDimsFit(InputSlot[] inputs) {
        for (int k = 0; k < inputs.length; k++) {
            DimExpr[] dims = path.plan.inputs[k].dims();
            for (int i = 0; i < dims.length; i++) {
                if (dims[i].op > DimExpr.SLOT && value(dims[i]) != inputs[k].shape[i]) {
                    return false;
                }
            }
        }
        return true;
    }

    private long value(DimExpr e) {
        try {
            return e.eval(state.d);
        } catch (ArithmeticException x) {
            return -1;
        }
    }

    /** Why {@link #bind} said no, in words. */
    String explain(InputSlot[] inputs) {
        String[] from = new String[bound.length];
        int[] value = new int[bound.length];
        Plan plan = path.plan;
        for (int k = 0; k < inputs.length; k++) {
            Plan.Port port = plan.inputs[k];
            for (int i = 0; i < port.dims().length; i++) {
                DimExpr e = port.dims()[i];
                int extent = inputs[k].shape[i];
                String dim = "input '" + port.name() + "': dimension " + i + " is " + extent;
                if (e.op == DimExpr.SLOT && e.value < bound.length) {
                    int s = (int) e.value;
                    if (from[s] != null && value[s] != extent) {
                        return dim + ", but " + plan.symbols[s] + " is " + value[s] + " in " + from[s];
                    }
                    if (extent < plan.min[s] || extent > plan.max[s]) {
                        return dim + ", but " + plan.symbols[s] + " must be in " + plan.min[s] + ".." + plan.max[s];
                    }
                    from[s] = "input '" + port.name() + "'";
                    value[s] = extent;
                } else if (e.isConst() && e.value != extent) {
                    return dim + ", but must be " + e.value;
                } else if (!e.isConst() && value(e) != extent) {
                    return dim + ", but must be " + port.texts()[i] + " = " + value(e);
                }
            }
        }
        return "the shapes don't go together";
    }

    /** Plans memory for the symbols bound and writes the offsets to their slots. */
    void plan() {
        PathCode.Layout now = path.layout(state.d);
        layout = now;
        Plan plan = path.plan;
        if (!plan.fixed) {
            int[] slot = plan.offsetSlot;
            for (int b = 0; b < slot.length; b++) {
                if (slot[b] >= 0) {
                    state.d[slot[b]] = now.offsets()[b];
                }
            }
        }
    }

    /** The array that holds a port, made large enough for an input of {@code count} elements if it is a buffer of its own. */
    Object holder(Plan.Port port, int count) {
        int b = port.buffer();
        Plan plan = path.plan;
        return switch (plan.kind[b]) {
            case PlanFormat.ARENA -> state.arena(plan.storage[b]);
            case PlanFormat.OWN -> count < 0 ? state.own[b] : state.reserve(b, plan.storage[b], count, false);
            default -> switch (plan.storage[b]) {
                case 0 -> state.cf;
                case 1 -> state.cg;
                case 2 -> state.ci;
                case 3 -> state.cj;
                default -> state.cr;
            };
        };
    }

    /** Where a port's buffer begins in its array. */
    int start(Plan.Port port) {
        int b = port.buffer();
        return switch (path.plan.kind[b]) {
            case PlanFormat.ARENA -> layout.offsets()[b];
            case PlanFormat.CONST -> path.plan.offset[b];
            default -> 0;
        };
    }

    /** Where an input's elements begin, after a check that they fit. */
    int inputAt(Plan.Port port, int count) {
        long at = start(port) + port.offset().eval(state.d);
        int b = port.buffer();
        long end = path.plan.kind[b] == PlanFormat.ARENA ? layout.offsets()[b] + layout.sizes()[b] : Integer.MAX_VALUE;
        if (at < 0 || at + count > end) {
            throw new LatheRuntimeException("input '" + port.name() + "' with " + count + " elements does not fit its buffer");
        }
        return (int) at;
    }
}
