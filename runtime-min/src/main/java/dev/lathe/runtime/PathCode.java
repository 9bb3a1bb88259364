package dev.lathe.runtime;

import java.util.Arrays;

/** The code and plan of one choice of known shapes, with the memory plans for shapes seen; shared by all sessions. */
final class PathCode {
    /** How many shapes' memory plans are kept. */
    static final int KEPT = 16;

    final String name;
    final Plan plan;
    final Compiled code;
    private final int[] arenaStorage;

    // most recently used first
    private final Layout[] kept = new Layout[KEPT];
    private int planned;

    /**
     * A memory plan for one choice of the input symbols.
     *
     * @param key the symbols' values
     * @param sizes of arena buffers, by buffer
     */
    record Layout(int[] key, long[] sizes, int[] offsets, int[] lengths) {}

    PathCode(String name, Plan plan, Compiled code) {
        this.name = name;
        this.plan = plan;
        this.code = code;
        this.arenaStorage = plan.arenaStorage();
        if (plan.fixed) {
            kept[0] = new Layout(new int[0], plan.size, plan.offset, plan.lengths);
        }
    }

    /** How many memory plans have been made. */
    synchronized int planned() {
        return planned;
    }

    /**
     * The memory plan for the symbols in {@code d}, made if it is not kept.
     *
     * @throws BadInputException when dimensions don't go together or are too large
     */
    synchronized Layout layout(int[] d) {
        if (plan.fixed) {
            return kept[0];
        }
        for (int k = 0; k < KEPT && kept[k] != null; k++) {
            if (matches(kept[k].key, d)) {
                return toFront(k, kept[k]);
            }
        }
        return toFront(KEPT - 1, make(d));
    }

    private static boolean matches(int[] key, int[] d) {
        for (int s = 0; s < key.length; s++) {
            if (key[s] != d[s]) {
                return false;
            }
        }
        return true;
    }

    private Layout toFront(int k, Layout found) {
        System.arraycopy(kept, 0, kept, 1, k);
        kept[0] = found;
        return found;
    }

    private Layout make(int[] d) {
        int[] key = Arrays.copyOf(d, plan.symbols.length);
        long[] sizes = plan.size.clone();
        try {
            code.sizes(d, sizes);
            ArenaPlanner.Plan p = ArenaPlanner.plan(sizes, plan.first, plan.last, arenaStorage);
            planned++;
            return new Layout(key, sizes, p.offsets(), p.lengths());
        } catch (ArithmeticException e) {
            throw new BadInputException("these input dimensions don't work: " + symbols(key) + ": " + e.getMessage(), e);
        }
    }

    private String symbols(int[] key) {
        StringBuilder s = new StringBuilder();
        for (int k = 0; k < key.length; k++) {
            s.append(k == 0 ? "" : ", ").append(plan.symbols[k]).append('=').append(key[k]);
        }
        return s.toString();
    }

    /** True when nothing about the inputs' shapes is open. */
    boolean allInputsFixed() {
        for (Plan.Port in : plan.inputs) {
            for (DimExpr dim : in.dims()) {
                if (!dim.isConst()) {
                    return false;
                }
            }
        }
        return plan.fixed;
    }

    /** Refuses paths whose inputs and outputs differ in more than their dimensions. */
    static void samePorts(PathCode[] paths, String what) {
        for (PathCode p : paths) {
            if (!same(p.plan.inputs, paths[0].plan.inputs) || !same(p.plan.outputs, paths[0].plan.outputs)) {
                throw new JarException(what + ": its paths differ in inputs or outputs");
            }
        }
    }

    private static boolean same(Plan.Port[] a, Plan.Port[] b) {
        boolean same = a.length == b.length;
        for (int k = 0; same && k < a.length; k++) {
            same = a[k].name().equals(b[k].name()) && a[k].kind() == b[k].kind() && a[k].type() == b[k].type()
                    && a[k].dims().length == b[k].dims().length;
        }
        return same;
    }
}
