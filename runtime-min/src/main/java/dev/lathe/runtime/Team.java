package dev.lathe.runtime;

import java.lang.ref.WeakReference;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * The helper threads of one session. Each step is cut into as many contiguous chunks as there are threads; the caller
 * takes the first. Threads spin for a moment between steps, then park; they end when the team is closed or its owner
 * is collected.
 */
final class Team implements AutoCloseable {
    private static final long SPIN_NANOS = 60_000;
    private static final long LOOK_NANOS = 2_000_000_000L;
    private static final AtomicInteger NUMBER = new AtomicInteger();

    private final WeakReference<Object> owner;
    private final Worker[] workers;
    private final boolean spin;
    private final AtomicInteger pending = new AtomicInteger();

    // written before job, read after it
    private Compiled code;
    private State state;
    private int step;
    private int extent;
    private volatile Throwable failure;

    /** A running number times 2048 plus the number of chunks; so that a thread without a chunk touches nothing else. */
    private volatile long job;
    private volatile boolean closed;

    /**
     * A team.
     *
     * @param threads with the caller's; at least 2
     * @param owner the threads end when it is collected
     */
    Team(int threads, String name, Object owner) {
        this.owner = new WeakReference<>(owner);
        this.spin = threads <= Runtime.getRuntime().availableProcessors();
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

    /** Runs work items 0 to {@code extent} in {@code parts} chunks, at most one for each thread; returns when all are done. */
    void run(Compiled c, int stepNumber, State s, int items, int parts) {
        code = c;
        state = s;
        step = stepNumber;
        extent = items;
        failure = null;
        pending.set(parts - 1);
        job = (job / 2048 + 1) * 2048 + parts;
        for (int w = 0; w < parts - 1; w++) {
            if (workers[w].parked) {
                LockSupport.unpark(workers[w]);
            }
        }
        try {
            chunk(0, parts);
        } finally {
            await();
        }
        Throwable t = failure;
        if (t != null) {
            throw Team.<RuntimeException>sneaky(t);
        }
    }

    private void await() {
        int turns = 0;
        while (pending.get() != 0) {
            if (spin && turns++ < 2_000) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
        }
        state = null;
    }

    private void chunk(int part, int parts) {
        int lo = (int) ((long) extent * part / parts);
        int hi = (int) ((long) extent * (part + 1) / parts);
        code.dispatch(step, state, lo, hi);
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
                long next = await(done);
                if (next < 0) {
                    return;
                }
                done = next;
                int parts = (int) (next % 2048);
                if (part < parts) {
                    try {
                        chunk(part, parts);
                    } catch (Throwable t) {
                        failure = t;
                    }
                    pending.decrementAndGet();
                }
            }
        }

        /** The next job, or -1 to end. */
        private long await(long done) {
            long until = spin ? System.nanoTime() + SPIN_NANOS : 0;
            int turns = 0;
            while (job == done && !closed) {
                if (spin && ((++turns & 63) != 0 || System.nanoTime() < until)) {
                    Thread.onSpinWait();
                    continue;
                }
                parked = true;
                if (job == done && !closed) {
                    LockSupport.parkNanos(this, LOOK_NANOS);
                }
                parked = false;
                if (owner.get() == null) {
                    return -1;
                }
            }
            return closed ? -1 : job;
        }
    }
}
