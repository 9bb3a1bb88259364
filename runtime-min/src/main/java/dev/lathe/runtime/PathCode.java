package dev.lathe.runtime;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The code and plan of one choice of known shapes, with the memory plans for shapes seen; shared by all sessions. */
final class PathCode {
    /** How many shapes' memory plans are kept. */
    static final int KEPT = 16;

    final String name;
    final Plan plan;
    final Compiled code;
    private final int[] arenaStorage;

    // most recently used first
    private final ArenaPlanner.Plan[] kept = new ArenaPlanner.Plan[KEPT];
    /** How many memory plans have been made. */
    int planned;

    PathCode(String name, Plan plan, Compiled code) {
        this.name = name;
        this.plan = plan;
        this.code = code;
        this.arenaStorage = plan.arenaStorage();
        if (plan.fixed) {
            kept[0] = new ArenaPlanner.Plan(plan.size, plan.offset, plan.lengths);
            kept[0].key = Session.NO_SHAPE;
        }
    }

    /**
     * The memory plan for the symbols in {@code d}, made if it is not kept.
     *
     * @throws BadInputException when dimensions don't go together or are too large
     */
    synchronized ArenaPlanner.Plan layout(int[] d) {
        if (plan.fixed) {
            return kept[0];
        }
        int symbols = plan.symbols.length;
        int k = 0;
        while (k < KEPT && kept[k] != null) {
            if (Arrays.equals(kept[k].key, 0, symbols, d, 0, symbols)) {
                break;
            }
            k++;
        }
        ArenaPlanner.Plan found = k < KEPT && kept[k] != null ? kept[k] : make(d);
        System.arraycopy(kept, 0, kept, 1, Math.min(k, KEPT - 1));
        kept[0] = found;
        return found;
    }

    private ArenaPlanner.Plan make(int[] d) {
        int[] key = Arrays.copyOf(d, plan.symbols.length);
        long[] sizes = plan.size.clone();
        try {
            code.sizes(d, sizes);
            ArenaPlanner.Plan p = ArenaPlanner.plan(sizes, plan.first, plan.last, arenaStorage);
            planned++;
            p.key = key;
            return p;
        } catch (ArithmeticException e) {
            StringBuilder s = new StringBuilder("these input dimensions don't work:");
            for (int k = 0; k < key.length; k++) {
                s.append(' ').append(plan.symbols[k]).append('=').append(key[k]);
            }
            throw new BadInputException(s.append(": ").append(LatheRuntimeException.plain(e)).toString(), e);
        }
    }

    /** True when nothing about the inputs' shapes is open. */
    boolean allInputsFixed() {
        for (Plan.Port in : plan.inputs) {
            for (DimExpr dim : in.dims) {
                if (!dim.isConst()) {
                    return false;
                }
            }
        }
        return plan.fixed;
    }

    private Plan.Port[] ports(boolean inputs) {
        return inputs ? plan.inputs : plan.outputs;
    }

    /**
     * What a model's inputs or outputs look like over all its paths, the last one being the fallback.
     *
     * @throws JarException when paths differ in more than dimensions
     */
    static List<TensorSpec> specs(PathCode[] paths, boolean inputs) {
        List<TensorSpec> specs = new ArrayList<>();
        Plan.Port[] ports = paths[paths.length - 1].ports(inputs);
        for (PathCode p : paths) {
            boolean same = p.ports(inputs).length == ports.length;
            for (int k = 0; same && k < ports.length; k++) {
                Plan.Port a = p.ports(inputs)[k];
                same = a.name.equals(ports[k].name) && a.kind == ports[k].kind && a.type == ports[k].type
                        && a.whole == ports[k].whole && a.dims.length == ports[k].dims.length;
            }
            if (!same) {
                throw new JarException("the paths " + p.name + " and " + paths[paths.length - 1].name + " differ in inputs or outputs");
            }
        }
        for (int k = 0; k < ports.length; k++) {
            List<TensorSpec.Dim> dims = new ArrayList<>();
            for (int i = 0; i < ports[k].dims.length; i++) {
                dims.add(dim(paths, inputs, k, i));
            }
            specs.add(new TensorSpec(ports[k].name, ports[k].kind, ports[k].type, dims));
        }
        return List.copyOf(specs);
    }

    /** The union of what the paths take; the fallback gives the text if it is symbolic. */
    private static TensorSpec.Dim dim(PathCode[] paths, boolean inputs, int port, int axis) {
        long min = Long.MAX_VALUE;
        long max = 0;
        String texts = "";
        boolean fixed = true;
        for (PathCode p : paths) {
            Plan.Port at = p.ports(inputs)[port];
            DimExpr e = at.dims[axis];
            int s = e.symbol(p.plan.symbols.length);
            fixed = e.isConst();
            min = Math.min(min, fixed ? e.constant() : s >= 0 ? p.plan.min[s] : 0);
            max = Math.max(max, fixed ? e.constant() : s >= 0 ? p.plan.max[s] : Integer.MAX_VALUE);
            String text = at.texts[axis];
            texts = !fixed || texts.isEmpty() ? text : ("|" + texts + "|").contains("|" + text + "|") ? texts : texts + "|" + text;
        }
        return new TensorSpec.Dim(texts, min, max);
    }
}
