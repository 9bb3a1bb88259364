package dev.lathe.runtime;

import java.util.List;

/** The plan of one path: what a session must know about the code that it runs. Read by {@link PlanReader}. */
final class Plan {
    /** An input or output and its place in a buffer. */
    static final class Port {
        String name;
        TensorSpec.Kind kind;
        ElementType type;
        String[] texts;
        DimExpr[] dims;
        int buffer;
        DimExpr offset;
        /** True when the value is one object: a sequence, an optional, a tensor of unknown extent. */
        boolean whole;
    }

    int slots;
    String[] symbols;
    long[] min;
    long[] max;

    String[] bufferName;
    int[] storage;
    int[] kind;
    int[] first;
    int[] last;
    long[] size;
    /** Of CONST and, in a fixed plan, of ARENA buffers. */
    int[] offset;
    /** Of ARENA buffers of a plan that isn't fixed, else -1. */
    int[] offsetSlot;
    ElementType[] constType;
    long[] constAt;
    long[] constBytes;

    boolean fixed;
    int[] lengths;

    Port[] inputs;
    Port[] outputs;

    String[] stepName;
    List<List<String>> stepLoc;
    int[] stepLine;
    int[] grain;

    /** {@link Storage#ordinal()} of arena buffers, -1 for others. */
    int[] arenaStorage() {
        int[] r = storage.clone();
        for (int b = 0; b < r.length; b++) {
            if (kind[b] != PlanFormat.ARENA) {
                r[b] = -1;
            }
        }
        return r;
    }
}
