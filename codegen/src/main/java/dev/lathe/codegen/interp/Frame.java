package dev.lathe.codegen.interp;

/** The memory of one run of a kernel: its buffers, and locals by slot, one slot a lane, values as raw bits. */
final class Frame {
    final Object[] arrays;
    final int[] offsets;
    final long[] locals;
    final Object[] refs;

    Frame(Object[] arrays, int[] offsets, int slots) {
        this.arrays = arrays;
        this.offsets = offsets;
        this.locals = new long[slots];
        this.refs = new Object[slots];
    }
}
