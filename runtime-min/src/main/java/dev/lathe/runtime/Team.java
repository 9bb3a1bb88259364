package dev.lathe.runtime;

import java.lang.ref.WeakReference;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;

/**
 * The helper threads of one session. Each step is cut into as many contiguous shares as there are threads, and each share into pieces that are done in
 * order. A thread begins with its own share, always the same one of a step, so that what it wrote is in its cache when it reads it; one that is ready
 * takes pieces of others' shares. The step ends when all pieces are done: a thread that comes late, because it slept or other processes have its
 * processor, is not waited for. Threads spin for a moment between steps, then park; they end when the team is closed or its owner is collected.
 */
final class Team implements AutoCloseable {
    /** Longer than a picture takes to be set: a core that has slept needs a millisecond and more on a busy machine of virtual cores. */
    private static final long SPIN_NANOS = 250_000;

    /** Pieces of a share at most. */
    private static final int PIECES = 8;

    /** From one number that threads share to the next, which is in another cache line, and not in that line's neighbour either. */
    private static final int APART = 16;

    // of the gate, from the lowest bit: threads inside, whether it is shut, a running number
    private static final long SHUT = 1 << 11;
    private static final int RUNNING = 12;

    private static int teams;

    private final WeakReference<Object> owner;
    private final Worker[] workers;
    private final boolean spin;

    // written while the gate is shut and nobody inside; read inside
    private Compiled code;
    private State state;
    private int step;
    private long extent;
    private int shares;
    private int pieces;
    private volatile Throwable failure;

    /**
     * At {@link #APART} the gate: other threads than the caller's work on a step between entering and leaving, if it wasn't shut when they entered. Then the pieces
     * taken of each share. None where the array's length stands, which all threads read.
     */
    private final AtomicLongArray shared;
    private volatile boolean closed;

    /**
     * A team.
     *
     * @param threads with the caller's; 2 to 2,048
     * @param owner the threads end when it is collected
     */
    Team(int threads, String name, Object owner) {
        this.owner = new WeakReference<>(owner);
        this.spin = threads <= Runtime.getRuntime().availableProcessors();
        this.shared = new AtomicLongArray(APART * (threads + 2));
        shared.set(APART, SHUT);
        this.workers = new Worker[threads - 1];
        int number;
        synchronized (Team.class) {
            number = ++teams;
        }
        for (int w = 0; w < workers.length; w++) {
            workers[w] = new Worker(w + 1, "lathe-" + name + "-" + number + "-" + (w + 1));
            workers[w].start();
        }
    }

    int threads() {
        return workers.length + 1;
    }

    /** Has those of the first {@code n} helpers come that sleep, because there is work or will be. */
    void wake(int n) {
        for (int w = 0; w < n; w++) {
            if (workers[w].parked) {
                LockSupport.unpark(workers[w]);
            }
        }
    }

    /**
     * Runs work items 0 to {@code items}; returns when all are done.
     *
     * @param grain items that a thread is worth waking for; no piece has fewer, but an only one
     */
    void run(Compiled c, int stepNumber, State s, int items, int grain) {
        code = c;
        state = s;
        step = stepNumber;
        extent = items;
        shares = Math.max(1, Math.min(threads(), items / grain));
        pieces = Math.max(1, Math.min(PIECES, items / shares / grain));
        failure = null;
        for (int i = 0; i < shares; i++) {
            shared.setPlain(APART * (i + 2), 0);
        }
        shared.getAndAdd(APART, (1 << RUNNING) - SHUT);
        wake(shares - 1);
        try {
            work(0);
        } finally {
            shut();
        }
        Throwable t = failure;
        if (t instanceof Error e) {
            throw e;
        }
        if (t != null) {
            // generated code throws nothing that is checked
            throw (RuntimeException) t;
        }
    }

    private void shut() {
        shared.getAndAdd(APART, SHUT);
        int turns = 0;
        while (shared.get(APART) % SHUT != 0) {
            if (spin && turns++ < 2_000) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
        }
        state = null;
    }

    // all that is left of the step, beginning with a share
    private void work(int own) {
        for (int i = 0; i < shares; i++) {
            int share = (own + i) % shares;
            int counter = APART * (share + 2);
            long piece;
            while (shared.get(counter) < pieces && (piece = shared.getAndAdd(counter, 1)) < pieces) {
                piece += (long) share * pieces;
                code.dispatch(step, state, begin(piece), begin(piece + 1));
            }
        }
    }

    private int begin(long piece) {
        return (int) (extent * piece / ((long) shares * pieces));
    }

    /** Ends the threads and waits until they are gone. */
    @Override
    public void close() {
        closed = true;
        for (Worker w : workers) {
            LockSupport.unpark(w);
        }
        for (Worker w : workers) {
            // it has nothing to do but to end
            while (w.isAlive() && w != Thread.currentThread()) {
                Thread.yield();
            }
        }
    }

    private final class Worker extends Thread {
        private final int part;
        private volatile boolean parked;

        Worker(int part, String name) {
            super(null, null, name, 0, false);
            this.part = part;
            setDaemon(true);
        }

        @Override
        public void run() {
            long done = 0;
            while (true) {
                done = await(done);
                if (done < 0) {
                    return;
                }
                // whoever finds the gate shut, or isn't wanted, leaves at once
                if ((shared.getAndAdd(APART, 1) & SHUT) == 0 && part < shares) {
                    try {
                        work(part);
                    } catch (Throwable t) {
                        failure = t;
                    }
                }
                shared.getAndAdd(APART, -1);
            }
        }

        /** The running number of a step after {@code done}, or -1 to end. */
        private long await(long done) {
            long until = spin ? System.nanoTime() + SPIN_NANOS : 0;
            int turns = 0;
            while (shared.get(APART) >>> RUNNING == done && !closed) {
                if (spin && ((++turns & 63) != 0 || System.nanoTime() < until)) {
                    Thread.onSpinWait();
                    continue;
                }
                parked = true;
                if (shared.get(APART) >>> RUNNING == done && !closed) {
                    // now and then somebody must look whether the owner is still there
                    LockSupport.parkNanos(this, 2_000_000_000L);
                }
                parked = false;
                until = spin ? System.nanoTime() + SPIN_NANOS : 0;
                if (owner.get() == null) {
                    return -1;
                }
            }
            return closed ? -1 : shared.get(APART) >>> RUNNING;
        }
    }
}
