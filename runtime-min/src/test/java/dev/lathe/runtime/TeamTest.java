package dev.lathe.runtime;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class TeamTest {
    /** Counts how often each item is worked on. */
    private static class Counting extends Compiled {
        final AtomicIntegerArray seen = new AtomicIntegerArray(1000);
        int failAt = -1;

        @Override
        protected void run(State s) {}

        @Override
        protected void dispatch(int step, State s, int lo, int hi) {
            for (int i = lo; i < hi; i++) {
                if (i == failAt) {
                    throw new IllegalStateException("item " + i);
                }
                seen.incrementAndGet(i);
            }
        }

        int[] counts(int items) {
            return IntStream.range(0, items).map(seen::get).toArray();
        }

        @Override
        protected void sizes(int[] d, long[] sizes) {}
    }

    private static State state() {
        return new State(null, null, null, null, null, 0, 0);
    }

    @Test
    void eachItemIsDoneOnce() {
        Counting c = new Counting();
        State s = state();
        int rounds = 20_000;
        for (int threads = 2; threads <= 4; threads++) {
            try (Team team = new Team(threads, "test", this)) {
                for (int i = 0; i < rounds; i++) {
                    team.run(c, 0, s, 5 + i % 900, 1 + i % 7);
                }
            }
        }
        for (int i = 0; i < 5; i++) {
            assertEquals(3 * rounds, c.seen.get(i));
        }
    }

    @Test
    void anyThreadsExceptionComesBackAndTheTeamGoesOn() {
        Counting c = new Counting();
        State s = state();
        try (Team team = new Team(2, "test", this)) {
            for (int at : new int[] {99, 0}) {
                c.failAt = at;
                assertEquals("item " + at, assertThrows(IllegalStateException.class, () -> team.run(c, 0, s, 100, 1)).getMessage());
                c.failAt = -1;
                int[] before = c.counts(100);
                team.run(c, 0, s, 100, 1);
                assertArrayEquals(Arrays.stream(before).map(n -> n + 1).toArray(), c.counts(100));
            }
        }
    }

    @Test
    @Timeout(60)
    void aThreadThatIsHeldUpLeavesItsShareToOthers() {
        Counting c = new Counting() {
            private final AtomicInteger others = new AtomicInteger();
            private volatile boolean begun;

            @Override
            protected void dispatch(int step, State s, int lo, int hi) {
                super.dispatch(step, s, lo, hi);
                if (Thread.currentThread().getName().contains("test-held")) {
                    begun = true;
                    while (others.get() < 100 - (hi - lo)) {
                        Thread.onSpinWait();
                    }
                } else {
                    others.addAndGet(hi - lo);
                    while (!begun) {
                        Thread.onSpinWait();
                    }
                }
            }
        };
        try (Team team = new Team(2, "test-held", this)) {
            team.run(c, 0, state(), 100, 1);
        }
        assertArrayEquals(IntStream.generate(() -> 1).limit(100).toArray(), c.counts(100));
    }

    @Test
    void noThreadOutlivesTheTeamOrItsOwner() throws InterruptedException {
        Team team = new Team(3, "test-close", this);
        team.close();
        assertFalse(alive("test-close"));
        Team left = new Team(3, "test-lost", new Object());
        assertSame(3, left.threads());
        for (int i = 0; i < 100 && alive("test-lost"); i++) {
            System.gc();
            Thread.sleep(50);
        }
        assertFalse(alive("test-lost"));
    }

    private static boolean alive(String name) {
        return Thread.getAllStackTraces().keySet().stream().anyMatch(t -> t.isAlive() && t.getName().contains(name));
    }
}
