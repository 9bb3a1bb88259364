package dev.lathe.codegen.lib;

import dev.lathe.runtime.Compiled;
import java.util.concurrent.locks.LockSupport;

/**
 * Compiled code that has the JIT compile its kernels before runs need them: those of large models before the first run, and those that runs seldom call
 * in the runs after it, a few each time. An operation of the Vector API takes a microsecond in the
 * interpreter, a tenth of that in C1's code and a nanosecond in C2's. A method comes to C1 after 200 calls, and to C2 after 600 calls of C1's code with 15,000
 * rounds of loops; so kernels have a loop that does nothing, for calls that make up the numbers. Real work, on scratch arrays, is only as much as C2 needs
 * to know which branches are taken; after some runs nothing but these, of which C1's code has counted the branches. Results don't depend on any of this.
 */
public abstract class Rehearsal extends Compiled {
    /** Numbers of a call with little to do: extents of a vector of each length and a rest, steps without overlap in small kernels. */
    public static final int LITTLE = 16 + 8 + 4 + 3;

    /** Rounds of the loop that does nothing, for a last number of {@link Integer#MIN_VALUE} and this. */
    public static final int ROUNDS = 32;

    /** What a run must have in its buffers, in elements, to be worth it. */
    private static final int LEAST = 1 << 20;

    private static final int SCRATCH = 1 << 16;

    /** Calls until C1 has heard of a method. */
    private static final int CALLS = 256;

    /** Kernels at a time: with more than five methods in C2's queue C1 compiles without profiling, and once more later. */
    private static final int OPEN = 6;

    /** Calls with little to do at a time, and how many times; each with some that do nothing, but so few that C2 takes the work for what is usual. */
    private static final int BATCH = 8;
    private static final int BATCHES = 10;
    private static final int EMPTY = 12;

    /** Calls in a row that take no time in the end. */
    private static final int QUICK = 4;

    /** Nanoseconds of a call in the interpreter. */
    private static final long SLOW = 300_000;

    /** A batch is followed by this many times its time without one: the compilers need the processor. */
    private static final int REST = 4;

    /**
     * The run from which on those that C2 may not have yet are called; how many in a run, and one more for so many kernels; how often; by which power of two
     * the run is later each time, and how many times.
     */
    private static final int LATE = 8;
    private static final int EACH = 2;
    private static final int MORE = 64;
    private static final int MANY = 1_300;
    private static final int AGAIN = 2;
    private static final int PASSES = 4;

    private static final long PAUSE = 300_000;
    private static final long PATIENCE = 300_000_000L;
    private static final long MOST = 2_000_000_000L;

    private final float[] noFloats = {};
    private final int[] noInts = {};
    private volatile boolean done;
    private int runs;
    private int late;
    private int passes;

    protected Rehearsal() {}

    /**
     * Calls a kernel on arrays in which all is 0, with {@code n} for all numbers. From {@link Integer#MIN_VALUE} to {@link #ROUNDS} more it does nothing
     * but that many rounds of a loop.
     *
     * @return operations of such a call for {@link #LITTLE}; 0 for kernels that are only called with nothing to do
     */
    protected abstract int trial(int kernel, int n, float[] f, int[] i);

    /** The number of kernels, those with work first. */
    protected abstract int trials();

    @Override
    protected final void rehearse(long[] sizes) {
        if (!done) {
            next(sizes);
        }
    }

    // other sessions wait: their runs would be slow
    private synchronized void next(long[] sizes) {
        int run = runs++;
        if (run == 0) {
            long elements = 0;
            for (long n : sizes) {
                elements += n;
            }
            if (elements >= LEAST) {
                work(working());
            }
        } else if (run == 1) {
            // the loops around the kernels, and kernels with little to do: C1's code is enough for a while
            for (int k = working(); k < trials(); k++) {
                call(k, Integer.MIN_VALUE, CALLS);
            }
        } else if (run >= LATE << AGAIN * passes) {
            for (int i = 0; i < EACH + trials() / MORE && late < trials(); i++) {
                call(late++, Integer.MIN_VALUE + ROUNDS, MANY);
            }
            if (late == trials()) {
                late = 0;
                done = ++passes == PASSES;
            }
        }
    }

    private int working() {
        int n = 0;
        while (n < trials() && trial(n, Integer.MIN_VALUE, noFloats, noInts) > 0) {
            n++;
        }
        return n;
    }

    private void work(int kernels) {
        float[] f = new float[SCRATCH];
        int[] i = new int[SCRATCH];
        long[] due = new long[kernels];
        int[] quick = new int[kernels];
        int[] batches = new int[kernels];
        long start = System.nanoTime();
        long now = start;
        long progress = start;
        int first = 0;
        while (first < kernels && now - progress < PATIENCE && now - start < MOST) {
            boolean idle = true;
            for (int k = first, open = 0; k < kernels && open < OPEN; k++) {
                open += quick[k] < QUICK ? 1 : 0;
                if (quick[k] < QUICK && (due[k] == 0 || due[k] <= now)) {
                    if (due[k] == 0) {
                        call(k, Integer.MIN_VALUE, CALLS);
                    }
                    idle = false;
                    due[k] = batch(k, f, i, quick, batches);
                    now = System.nanoTime();
                    progress = quick[k] >= QUICK ? now : progress;
                }
            }
            while (first < kernels && quick[first] >= QUICK) {
                first++;
            }
            if (idle) {
                LockSupport.parkNanos(PAUSE);
                now = System.nanoTime();
            }
        }
    }

    /** Calls a kernel with little to do, with a rest after whole vectors and without; returns when to do it again. */
    private long batch(int kernel, float[] f, int[] i, int[] quick, int[] batches) {
        long start = System.nanoTime();
        long took = 0;
        int c = 0;
        for (int n = batches[kernel] < BATCHES ? BATCH : QUICK; c < n && took < SLOW; c++) {
            long before = System.nanoTime();
            int operations;
            try {
                operations = trial(kernel, LITTLE + c % 2, f, i);
            } catch (IndexOutOfBoundsException | ArithmeticException e) {
                // these numbers don't suit it; it is compiled when it is used
                quick[kernel] = QUICK;
                return before;
            }
            took = System.nanoTime() - before;
            // C2's code takes at most 4 ns an operation, and the clock a little; other code ten times that
            quick[kernel] = took < 1000 + 4L * operations ? quick[kernel] + 1 : 0;
            if (took < SLOW) {
                call(kernel, Integer.MIN_VALUE + ROUNDS, EMPTY);
            }
        }
        batches[kernel] += took < SLOW ? 1 : 0;
        long now = System.nanoTime();
        return now + REST * (now - start);
    }

    // a method of its own: C2 should not compile more than this loop
    private void call(int kernel, int n, int times) {
        for (int c = 0; c < times; c++) {
            trial(kernel, n, noFloats, noInts);
        }
    }
}
