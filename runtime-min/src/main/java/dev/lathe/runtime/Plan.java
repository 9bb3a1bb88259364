package dev.lathe.runtime;

import java.util.List;

/**
 * The plan of one path: what a session must know about the code that it runs. Read by {@link PlanReader}; public for its writer only, which
 * agrees with the reader on this: a plan is big-endian, {@link #MAGIC}, {@link #VERSION}, then
 *
 * <pre>
 * int slots, int input symbols, for each: string name, long min, long max   (slots 0 to n - 1 hold them)
 * byte fixed, int buffers, for each: string name, byte storage, byte kind, int first, int last, long size (-1: not constant)
 *     then CONST: string element type, long place in the weights (-1: the code computes it), long bytes there, int offset
 *     then ARENA: of a fixed plan int offset, else int slot of the offset
 * of a fixed plan: one int length for each storage
 * ports of inputs, then of outputs: int n, for each: string name, byte kind, string element type,
 *     int rank, for each: string text, dim; int buffer, dim offset
 * int steps, for each: string name, int locs, strings, int line, int grain (0: not parallel)
 * </pre>
 *
 * A string is an int length and UTF-8. A dim is a byte with a long (DIM_CONST), an int (DIM_SLOT), an int count and
 * that many dims (DIM_ADD, DIM_MUL), or its two or three dims.
 */
public final class Plan {
    public static final int MAGIC = 0x4c545031;
    public static final int VERSION = 1;
    /** Deepest nesting of dims. */
    public static final int MAX_DEPTH = 200;

    /** Kinds of buffers. */
    public static final int ARENA = 0;
    public static final int CONST = 1;
    public static final int OWN = 2;

    /** Operations of dims. */
    public static final int DIM_CONST = 0;
    public static final int DIM_SLOT = 1;
    public static final int DIM_ADD = 2;
    public static final int DIM_MUL = 3;
    public static final int DIM_FLOORDIV = 4;
    public static final int DIM_MOD = 5;
    public static final int DIM_MAX = 6;
    public static final int DIM_MIN = 7;
    public static final int DIM_BCAST = 8;
    public static final int DIM_IFONE = 9;

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

    Plan() {}

    /** {@link Storage#ordinal()} of arena buffers, -1 for others. */
    int[] arenaStorage() {
        int[] r = storage.clone();
        for (int b = 0; b < r.length; b++) {
            if (kind[b] != ARENA) {
                r[b] = -1;
            }
        }
        return r;
    }
}
