package dev.lathe.runtime;

import java.lang.ref.WeakReference;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * The helper threads of one session. Each step is cut into as many contiguous shares as there are threads, and each share into pieces that are done in
 * order. A thread begins with its own share, always the same one of a step, so that what it wrote is in its cache when it reads it; one that is ready
 * takes pieces of others' shares. The step ends when all pieces are done: a thread that comes late, because it slept or other processes have its
 * processor, is not waited for. Threads spin for a moment between steps, then park; they end when the team is closed or its owner is collected.
 */
final class Team implements AutoCloseable {
    /** The most threads that a team can have, with the caller's. */
    static final int MOST = 1 << 11;

    /** Longer than a picture takes to be set: a core that has slept needs a millisecond and more on a busy machine of virtual cores. */
    private static final long SPIN_NANOS = 250_000;
    private static final long LOOK_NANOS = 2_000_000_000L;

    /** Pieces of a share at most. */
    private static final int PIECES = 8;

    /** Numbers from one thread's counter to the next, which is in another cache line, and not in that line's neighbour either. */
    private static final int APART = 32;

    // of the gate, from the lowest bit: threads inside, whether it is shut, threads wanted, a running number
    private static final long SHUT = MOST;
    private static final int WANTED = 12;
    private static final int RUNNING = 24;

    private static final AtomicInteger NUMBER = new AtomicInteger();

    private final WeakReference<Object> owner;
    private final Worker[] workers;
    private final boolean spin;

    /** Pieces taken of each share, {@link #APART}. */
    private final AtomicIntegerArray taken;

    // written while the gate is shut and nobody inside; read inside
    private Compiled code;
    private State state;
    private int step;
    private int extent;
    private int shares;
    private int least;
    private volatile Throwable failure;

    /** Other threads than the caller's work on a step between passing here and leaving, and pass only while it isn't shut. */
    private final AtomicLong gate = new AtomicLong(SHUT);
    private volatile boolean closed;

    /**
     * A team.
     *
     * @param threads with the caller's; 2 to {@link #MOST}
     * @param owner the threads end when it is collected
     */
    Team(int threads, String name, Object owner) {
        this.owner = new WeakReference<>(owner);
        this.spin = threads <= Runtime.getRuntime().availableProcessors();
        this.taken = new AtomicIntegerArray(APART * (threads + 1));
        this.workers = new Worker[threads - 1];
        int number = NUMBER.incrementAndGet();
        for (int w = 0; w < workers.length; w++) {
            workers[w] = new Worker(w + 1, "lathe-" + name + "-" + number + "-" + (w + 1));
            workers[w].start();
        }
    }

    int threads() {
        return workers.length + 1;
    }

    /** Has threads that sleep come, because there will be work. */
    void wake() {
        wake(workers.length);
    }

    private void wake(int n) {
        for (int w = 0; w < n; w++) {
            if (workers[w].parked) {
                LockSupport.unpark(workers[w]);
            }
        }
    }

    /**
     * Runs work items 0 to {@code items}; returns when all are done.
     *
     * @param grain items that a thread is worth waking for; there are no shares and, but for a share's only one, no pieces of fewer
     */
    void run(Compiled c, int stepNumber, State s, int items, int grain) {
        code = c;
        state = s;
        step = stepNumber;
        extent = items;
        shares = Math.max(1, Math.min(threads(), items / grain));
        least = grain;
        failure = null;
        for (int i = 0; i < shares; i++) {
            taken.setPlain(APART * (i + 1), 0);
        }
        gate.set(((gate.get() >>> RUNNING) + 1) << RUNNING | (long) (shares - 1) << WANTED);
        wake(shares - 1);
        try {
            work(0);
        } finally {
            shut();
        }
        Throwable t = failure;
        if (t != null) {
            throw Team.<RuntimeException>sneaky(t);
        }
    }

    private void shut() {
        gate.getAndAdd(SHUT);
        int turns = 0;
        while (gate.get() % SHUT != 0) {
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
        int n = shares;
        for (int i = 0; i < n; i++) {
            int share = own + i < n ? own + i : own + i - n;
            int lo = (int) ((long) extent * share / n);
            int size = (int) ((long) extent * (share + 1) / n) - lo;
            int pieces = Math.max(1, Math.min(PIECES, size / least));
            int counter = APART * (share + 1);
            while (taken.get(counter) < pieces) {
                int piece = taken.getAndIncrement(counter);
                if (piece < pieces) {
                    code.dispatch(step, state, lo + (int) ((long) size * piece / pieces), lo + (int) ((long) size * (piece + 1) / pieces));
                }
            }
        }
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> T sneaky(Throwable t) throws T {
        throw (T) t;
    }

    /** Ends the threads and waits until they are gone. */
    @Override
    public void close() {
        closed = true;
        for (Worker w : workers) {
            LockSupport.unpark(w);
        }
        boolean interrupted = false;
        for (Worker w : workers) {
            while (w.isAlive() && w != Thread.currentThread()) {
                try {
                    w.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
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
                if (pass()) {
                    try {
                        work(part);
                    } catch (Throwable t) {
                        failure = t;
                    }
                    gate.getAndDecrement();
                }
            }
        }

        // true for a step that is not over and wants this thread
        private boolean pass() {
            while (true) {
                long g = gate.get();
                if ((g & SHUT) != 0 || part > (g >>> WANTED) % MOST) {
                    return false;
                }
                if (gate.compareAndSet(g, g + 1)) {
                    return true;
                }
            }
        }

        /** The running number of a step after {@code done}, or -1 to end. */
        private long await(long done) {
            long until = spin ? System.nanoTime() + SPIN_NANOS : 0;
            int turns = 0;
            while (gate.get() >>> RUNNING == done && !closed) {
                if (spin && ((++turns & 63) != 0 || System.nanoTime() < until)) {
                    Thread.onSpinWait();
                    continue;
                }
                parked = true;
                if (gate.get() >>> RUNNING == done && !closed) {
                    LockSupport.parkNanos(this, LOOK_NANOS);
                }
                parked = false;
                until = spin ? System.nanoTime() + SPIN_NANOS : 0;
                if (owner.get() == null) {
                    return -1;
                }
            }
            return closed ? -1 : gate.get() >>> RUNNING;
        }
    }
}
