package dev.lathe.codegen.lib;

import dev.lathe.runtime.State;
import java.util.concurrent.atomic.AtomicLong;

/** Seeds for models that ask for random numbers without giving one. */
public final class Seeds {
    private static final AtomicLong NEXT = new AtomicLong(System.nanoTime() ^ System.currentTimeMillis() << 20);

    private Seeds() {}

    /** Writes a seed that no other call gets. */
    public static void fresh(State s, long[] to, int at) {
        to[at] = NEXT.getAndAdd(0x9E3779B97F4A7C15L);
    }
}
