package dev.lathe.codegen.lib;

import dev.lathe.runtime.Compiled;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.LockSupport;

/**
 * Compiled code that has the JIT compile its kernels before runs need them: those that do most of the work before the first run, and those that runs seldom call
 * in the runs after it, a few each time. An operation of the Vector API takes a microsecond in the
 * interpreter, a tenth of that in C1's code and a nanosecond in C2's. A method comes to C1 after 200 calls, and to C2 after 5,000 calls of C1's code, or after 600
 * with 15,000 rounds of loops; all of it three times as often or more while other methods wait. Results don't depend on any of this.
 *
 * <p>Of the kernels that do most of the work, those that an understudy stands in for are not waited for before the first
 * run: what understudies run is compiled in a tenth of the time.
 *
 * <p>Calls make up the numbers, and must cost little: real work in the interpreter and in C1's code makes the methods of the Vector API itself hot, which C2 then
 * compiles first (0.4 s on a machine where all kernels of MobileNetV2 take 1.0). So an early kernel is called once with a little work, which loads what it refers to, and
 * from then on only up to {@link #begin}, which throws: no branch of it has been counted often enough for C2 to believe that it is never taken.
 * Other kernels, which runs have called, have a branch for calls without work.
 */
public abstract class Rehearsal extends Compiled {
    /** Numbers of a call with little to do: extents of a vector of each length and a rest, steps without overlap in small kernels. */
    public static final int LITTLE = 16 + 8 + 4 + 3;

    /** A kernel whose first buffer begins at this element or before is only called to be counted: it goes through a loop from there to here. */
    public static final int IDLE = Integer.MIN_VALUE + (1 << 20);

    /** What a run must have in its buffers, in elements, to be worth it. */
    private static final int LEAST = 1 << 20;

    private static final int SCRATCH = 1 << 16;

    /** Calls until C1 has heard of a method. */
    private static final int CALLS = 256;

    /** Kernels at a time: the more methods wait for C2, the more calls it wants. */
    private static final int OPEN = 3;

    /** Calls of an early kernel until C2 may have heard of it, how many at a time, and how many at a time from then on. */
    private static final int ENOUGH = 5_120;
    private static final int MORE = 64;

    /** Rounds of a call that shows who compiled a kernel, and nanoseconds: C1's code takes at least one for each, C2's has no loop. */
    private static final int SHOWING = 512;
    private static final int NANOS = SHOWING * 2 / 3;

    /** The run from which on late kernels are called; how many in a run, and one more for so many kernels; how often and with how many rounds. */
    private static final int LATE = 8;
    private static final int EACH = 2;
    private static final int WIDE = 64;
    private static final int MANY = 1_300;
    private static final int ROUNDS = 24;

    /** By which power of two the run is later each time, and how many times. */
    private static final int AGAIN = 2;
    private static final int PASSES = 4;

    private static final long PAUSE = 300_000;
    private static final long PATIENCE = 300_000_000L;
    private static final long MOST = 4_000_000_000L;

    private static final CancellationException COUNTED = new CancellationException();

    // when a kernel got to begin(); of one thread at a time
    private static long begun;

    private final float[] noFloats = {};
    private final int[] noInts = {};
    private volatile boolean done;
    private boolean large;
    private int runs;
    private int late;
    private int passes;

    protected Rehearsal() {}

    /** Calls an early kernel on arrays in which all is 0, the first from element {@code at} on, with {@code n} for all numbers. */
    protected abstract void early(int kernel, int at, int n, float[] f, int[] i);

    /** The number of early kernels that do most of a run's work; they stand first. */
    protected abstract int firstKernels();

    /** The number of early kernels. */
    protected abstract int earlyKernels();

    /** From now on runs call the kernels themselves, not what stands in for some of them. */
    protected abstract void ready();

    /** Calls one of the other kernels in the same way, {@code at} being {@link #IDLE} or less. */
    protected abstract void late(int kernel, int at, int n, float[] f, int[] i);

    /** The number of other kernels. */
    protected abstract int lateKernels();

    /**
     * What an early kernel begins with.
     *
     * @param at where its first buffer begins
     * @throws CancellationException when there is nothing to do
     */
    public static void begin(int at) {
        if (at <= IDLE) {
            begun = System.nanoTime();
            throw COUNTED;
        }
    }

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
            large = elements >= LEAST;
            if (large) {
                prepare(0, firstKernels());
                compile(0, firstKernels());
            } else {
                ready();
            }
        } else if (run == 1) {
            if (large) {
                prepare(firstKernels(), earlyKernels());
                compile(firstKernels(), earlyKernels());
                ready();
            }
            // the loops around the kernels, and kernels with little to do: C1's code is enough for a while
            for (int k = 0; k < others(); k++) {
                count(k, 0, CALLS);
            }
        } else if (run >= LATE << AGAIN * passes) {
            int end = passes == 0 ? others() : lateKernels();
            for (int i = 0; i < EACH + end / WIDE && late < end; i++) {
                count(late++, ROUNDS, MANY);
            }
            if (late >= end) {
                late = 0;
                done = ++passes == PASSES;
            }
        }
    }

    // of a small model early kernels come after the late ones, and once: runs call them often
    private int others() {
        return lateKernels() + (large ? 0 : earlyKernels());
    }

    private void compile(int from, int to) {
        int[] calls = new int[to];
        boolean[] ready = new boolean[to];
        long start = System.nanoTime();
        long now = start;
        long progress = start;
        int first = from;
        while (first < to && now - progress < PATIENCE && now - start < MOST) {
            for (int k = first, open = 0; k < to && open < OPEN; k++) {
                if (!ready[k]) {
                    open++;
                    int n = calls[k] < ENOUGH ? CALLS : MORE;
                    call(k, 0, n);
                    calls[k] += n;
                    if (calls[k] > ENOUGH && isDue((calls[k] - ENOUGH) / MORE) && isQuick(k)) {
                        ready[k] = true;
                        progress = System.nanoTime();
                    }
                }
            }
            while (first < to && ready[first]) {
                first++;
            }
            LockSupport.parkNanos(PAUSE);
            now = System.nanoTime();
        }
    }

    // C1 should hear of all kernels before C2 has much to do, and C2 compiles no further than to the first reference to what isn't loaded
    private void prepare(int from, int to) {
        float[] f = new float[SCRATCH];
        int[] i = new int[SCRATCH];
        for (int k = from; k < to; k++) {
            try {
                early(k, 0, LITTLE, f, i);
            } catch (IndexOutOfBoundsException | ArithmeticException e) {
                // these numbers don't suit it; others have loaded most of what it needs
            }
            call(k, 0, CALLS);
        }
    }

    // seldomer as time goes on: the rounds of 80 looks at a kernel that waits have C2 compile their loop
    private static boolean isDue(int turn) {
        return turn < 32 || turn < 128 && turn % 8 == 0 || turn % 16 == 0;
    }

    private boolean isQuick(int kernel) {
        long before = System.nanoTime();
        call(kernel, SHOWING, 1);
        return begun - before < NANOS;
    }

    // begin() is called with a number to go on with as often, or C2 would take it for a method that always throws
    private void call(int kernel, int rounds, int times) {
        for (int c = 0; c < times; c++) {
            try {
                early(kernel, IDLE - rounds, 0, noFloats, noInts);
            } catch (CancellationException e) {
                begin(0);
            }
        }
    }

    // a method of its own: C2 should not compile more than this loop
    private void count(int kernel, int rounds, int times) {
        if (kernel >= lateKernels()) {
            call(kernel - lateKernels(), rounds, times);
            return;
        }
        for (int c = 0; c < times; c++) {
            late(kernel, IDLE - rounds, 0, noFloats, noInts);
        }
    }
}
