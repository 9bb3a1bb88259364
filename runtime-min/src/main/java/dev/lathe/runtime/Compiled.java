package dev.lathe.runtime;

/**
 * The generated code of one path (one choice of known shapes) for one target. Generated classes extend this; nothing
 * else should.
 */
public abstract class Compiled {
    protected Compiled() {}

    /** Computes the constants that are not in the jar; the arrays by storage. Once, when the model is loaded. */
    protected void prepare(Object[] constants) {}

    /** Before each run, with the elements of each buffer: may have the JIT compile what runs need. */
    protected void rehearse(long[] sizes) {}

    /** Runs all steps. Inputs are in place, symbols bound, arenas allocated, offsets planned. */
    protected abstract void run(State s);

    /**
     * Runs work items {@code lo} to {@code hi} of step {@code step}; a step that is not a parallel kernel ignores the
     * range. Control flow steps are never dispatched.
     */
    protected abstract void dispatch(int step, State s, int lo, int hi);

    /**
     * Writes the size in elements of every buffer whose kind is ARENA to {@code sizes[buffer id]}, computed in long
     * arithmetic from the symbols in {@code d}.
     *
     * @throws ArithmeticException when dimensions don't broadcast or overflow; the caller turns it into a clear error
     */
    protected abstract void sizes(int[] d, long[] sizes);
}
