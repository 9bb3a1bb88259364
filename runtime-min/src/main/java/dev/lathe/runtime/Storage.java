package dev.lathe.runtime;

/** The Java array that holds a tensor's elements. */
public enum Storage {
    /** {@code float[]} */
    F32,
    /** {@code double[]} */
    F64,
    /** {@code int[]} */
    I32,
    /** {@code long[]} */
    I64,
    /** {@code Object[]}: strings, or a whole sequence, optional or tensor of unknown extent in one element. */
    REF;

    /** A new zeroed array of {@code n} elements. */
    public Object allocate(int n) {
        return switch (this) {
            case F32 -> new float[n];
            case F64 -> new double[n];
            case I32 -> new int[n];
            case I64 -> new long[n];
            case REF -> new Object[n];
        };
    }

    /** Bytes of one element in the heap. */
    public int bytes() {
        return switch (this) {
            case F32, I32, REF -> 4;
            case F64, I64 -> 8;
        };
    }
}
