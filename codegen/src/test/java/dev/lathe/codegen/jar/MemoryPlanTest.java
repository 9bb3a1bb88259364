package dev.lathe.codegen.jar;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.runtime.ArenaPlanner;
import dev.lathe.runtime.Storage;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MemoryPlanTest {
    /** Buffers with random lifetimes. */
    private record Buffers(long[] sizes, int[] first, int[] last, int[] storage) {
        static Buffers random(Random r, int n, int steps, int longest, int largest) {
            Buffers b = new Buffers(new long[n], new int[n], new int[n], new int[n]);
            for (int i = 0; i < n; i++) {
                b.sizes[i] = r.nextInt(largest);
                b.first[i] = r.nextInt(steps) - 1;
                b.last[i] = b.first[i] + r.nextInt(longest);
                b.storage[i] = r.nextInt(6) - 1;
            }
            return b;
        }

        ArenaPlanner.Plan plan() {
            return ArenaPlanner.plan(sizes, first, last, storage);
        }

        String wrong(ArenaPlanner.Plan p) {
            return MemoryCheck.check(sizes, first, last, storage, p.offsets(), p.lengths());
        }

        /** The most elements of one storage that are live at one step. */
        long need(int s, int steps) {
            long[] live = new long[steps];
            for (int i = 0; i < sizes.length; i++) {
                for (int t = Math.max(0, first[i] + 1); storage[i] == s && t <= Math.min(steps - 1, last[i] + 1); t++) {
                    live[t] += (sizes[i] + 15) / 16 * 16;
                }
            }
            return Arrays.stream(live).max().orElse(0);
        }
    }

    @Test
    void noTwoLiveBuffersOverlap() {
        Random r = new Random(1);
        for (int round = 0; round < 400; round++) {
            int steps = 1 + r.nextInt(60);
            Buffers b = Buffers.random(r, r.nextInt(120), steps, 1 + r.nextInt(20), 1 + r.nextInt(1000));
            ArenaPlanner.Plan p = b.plan();
            assertNull(b.wrong(p));
            assertArrayEquals(p.offsets(), b.plan().offsets());
            for (int i = 0; i < b.sizes().length; i++) {
                if (b.storage()[i] >= 0 && b.sizes()[i] > 0) {
                    // with the 16 bytes of an array's header: whole cache lines
                    Storage s = Storage.values()[b.storage()[i]];
                    assertEquals(0, (16 + p.offsets()[i] * s.bytes()) % 64);
                }
            }
        }
    }

    @Test
    void littleIsWasted() {
        Random r = new Random(2);
        long used = 0;
        long need = 0;
        for (int round = 0; round < 100; round++) {
            Buffers b = Buffers.random(r, 150, 100, 6, 100_000);
            Arrays.fill(b.storage, 0);
            used += b.plan().lengths()[0];
            need += b.need(0, 110);
        }
        assertTrue(used < need * 1.1, used + " for " + need);
    }

    /**
     * Eight times the buffers take some ten times the work, not sixty-four times: processor time of this thread, whatever else runs. A machine so busy that the JIT
     * compiler comes late, or that takes the caches away, gets further tries.
     */
    @Test
    void workGrowsWithTheBuffersHoweverLongTheyLive() {
        for (int longest : new int[] {3, 1000, 100_000}) {
            long few = Long.MAX_VALUE;
            long many = Long.MAX_VALUE;
            for (int i = 0; i < 6 && (i < 1 || many >= 24 * few + 100_000_000); i++) {
                few = Math.min(work(15_000, longest), work(15_000, longest));
                many = Math.min(many, work(120_000, longest));
            }
            assertTrue(many < 24 * few + 100_000_000, many + " ns for " + few);
        }
    }

    private static long work(int n, int longest) {
        Buffers b = Buffers.random(new Random(3), n, n, longest, 100);
        long start = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        ArenaPlanner.Plan p = b.plan();
        long taken = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - start;
        if (longest < 100_000) {
            assertNull(b.wrong(p));
        }
        return taken;
    }

    @Test
    void aWideGraphFallsBackToPlacingByTime() {
        Random r = new Random(4);
        Buffers b = Buffers.random(r, 8000, 20_000, 18_000, 500);
        Arrays.fill(b.storage, 0);
        ArenaPlanner.Plan p = b.plan();
        assertNull(b.wrong(p));
        assertTrue(p.lengths()[0] < 3 * b.need(0, 40_000), p.lengths()[0] + " for " + b.need(0, 40_000));
    }

    @Test
    void tooMuchIsRefused() {
        int[] t = {0, 0};
        long most = Integer.MAX_VALUE;
        assertThrows(ArithmeticException.class, () -> ArenaPlanner.plan(new long[] {most - 8, 16}, t, t, t));
        assertThrows(ArithmeticException.class, () -> ArenaPlanner.plan(new long[] {1L << 40, 0}, t, t, t));
        assertThrows(ArithmeticException.class, () -> ArenaPlanner.plan(new long[] {Long.MAX_VALUE, Long.MAX_VALUE}, t, t, t));
        assertThrows(ArithmeticException.class, () -> ArenaPlanner.plan(new long[] {5, -1}, t, t, t));
        assertEquals(12 + 1600, ArenaPlanner.plan(new long[] {800, 800}, t, t, t).lengths()[0]);
    }

    @Test
    void overlapsAreFound() {
        long[] sizes = {20, 20};
        int[] storage = {0, 0};
        int[] lengths = {64, 0, 0, 0, 0};
        assertEquals("buffers 0 and 1 are live together and overlap",
                MemoryCheck.check(sizes, new int[] {0, 3}, new int[] {3, 5}, storage, new int[] {0, 16}, lengths));
        assertNull(MemoryCheck.check(sizes, new int[] {0, 4}, new int[] {3, 5}, storage, new int[] {0, 16}, lengths));
        assertEquals("buffer 1 ends outside its arena",
                MemoryCheck.check(sizes, new int[] {0, 4}, new int[] {3, 5}, storage, new int[] {0, 48}, lengths));
    }

    @Test
    void everyOverlapIsFound() {
        Random r = new Random(2);
        int found = 0;
        for (int round = 0; round < 2000; round++) {
            Buffers b = Buffers.random(r, 2 + r.nextInt(20), 20, 8, 100);
            int[] at = b.plan().offsets().clone();
            int moved = r.nextInt(at.length);
            at[moved] = r.nextInt(200);
            int[] lengths = {1 << 20, 1 << 20, 1 << 20, 1 << 20, 1 << 20};
            boolean overlap = false;
            for (int i = 0; i < at.length; i++) {
                for (int k = 0; k < i; k++) {
                    boolean together = b.first()[i] <= b.last()[k] && b.first()[k] <= b.last()[i];
                    boolean same = b.storage()[i] == b.storage()[k] && b.storage()[i] >= 0 && b.sizes()[i] > 0 && b.sizes()[k] > 0;
                    overlap |= same && together && at[i] < at[k] + b.sizes()[k] && at[k] < at[i] + b.sizes()[i];
                }
            }
            found += overlap ? 1 : 0;
            assertEquals(overlap, MemoryCheck.check(b.sizes(), b.first(), b.last(), b.storage(), at, lengths) != null);
        }
        assertTrue(found > 100);
    }
}
