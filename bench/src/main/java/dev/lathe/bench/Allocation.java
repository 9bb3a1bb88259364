package dev.lathe.bench;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;

/** Bytes that the current thread and all others allocate on the Java heap between two points; counting allocates nothing itself. */
final class Allocation {
    private static final ThreadMXBean BEAN = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private long[] others;
    private long before;
    private long mine;

    /** Begins to count. */
    void start() {
        long me = Thread.currentThread().getId();
        others = Arrays.stream(BEAN.getAllThreadIds()).filter(t -> t != me).toArray();
        before = sum();
        mine = BEAN.getCurrentThreadAllocatedBytes();
    }

    /** The bytes since {@link #start}. */
    long stop() {
        long now = BEAN.getCurrentThreadAllocatedBytes();
        return now - mine + sum() - before;
    }

    private long sum() {
        long s = 0;
        for (long id : others) {
            // -1: ended meanwhile
            s += Math.max(0, BEAN.getThreadAllocatedBytes(id));
        }
        return s;
    }
}
