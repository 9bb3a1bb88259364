package dev.lathe.compiler.cli;

import com.sun.management.ThreadMXBean;
import dev.lathe.compiler.cli.html.ProfileFile;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.LongSupplier;

/** The times of runs once they no longer get faster, and what all threads allocate on the Java heap meanwhile. */
final class Steady {
    private static final int MOST_RUNS = 1_000_000;
    private static final int FEWEST_RUNS = 3;

    /** Runs of one thing before it is another's turn. */
    private static final int TURN = 4;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final long[] sorted;
    private final double allocated;

    private Steady(long[] sorted, double allocated) {
        this.sorted = sorted;
        this.allocated = allocated;
    }

    /** Runs again and again for some seconds; {@code once} gives the nanoseconds of a run. What measuring needs is allocated before. */
    static Steady measure(double seconds, LongSupplier once) {
        long[] times = new long[MOST_RUNS];
        int n = 0;
        // those of the team and of the garbage collector are there: the session has run
        long[] threads = THREADS.getAllThreadIds();
        long before = bytes(threads);
        long end = System.nanoTime() + (long) (seconds * 1e9);
        while (n < FEWEST_RUNS || System.nanoTime() < end && n < MOST_RUNS) {
            times[n++] = once.getAsLong();
        }
        long used = bytes(threads) - before;
        long[] sorted = Arrays.copyOf(times, n);
        Arrays.sort(sorted);
        return new Steady(sorted, (double) used / n);
    }

    /**
     * Medians, in milliseconds, of two things that run in turns, so that what disturbs one disturbs the other: some runs at a time, without the first, which
     * finds the other's data in the caches.
     */
    static double[] inTurns(double seconds, LongSupplier one, LongSupplier other) {
        List<LongSupplier> both = List.of(one, other);
        long[][] times = new long[2][MOST_RUNS];
        int n = 0;
        long end = System.nanoTime() + (long) (seconds * 1e9);
        while (n < FEWEST_RUNS || System.nanoTime() < end && n + TURN < MOST_RUNS) {
            for (int i = 0; i < 2; i++) {
                both.get(i).getAsLong();
                for (int j = 0; j < TURN; j++) {
                    times[i][n + j] = both.get(i).getAsLong();
                }
            }
            n += TURN;
        }
        double[] medians = new double[2];
        for (int i = 0; i < 2; i++) {
            Arrays.sort(times[i], 0, n);
            medians[i] = times[i][n / 2] / 1e6;
        }
        return medians;
    }

    private static long bytes(long[] threads) {
        long me = Thread.currentThread().getId();
        long sum = THREADS.getCurrentThreadAllocatedBytes();
        for (long t : threads) {
            // -1: ended meanwhile
            sum += t == me ? 0 : Math.max(0, THREADS.getThreadAllocatedBytes(t));
        }
        return sum;
    }

    int runs() {
        return sorted.length;
    }

    double median() {
        return sorted[sorted.length / 2] / 1e6;
    }

    private double p99() {
        return sorted[(int) Math.min(sorted.length - 1L, Math.ceil(sorted.length * 0.99))] / 1e6;
    }

    private double best() {
        return sorted[0] / 1e6;
    }

    /** One line of times, one of bytes. */
    String text() {
        return String.format(Locale.ROOT, "%-9s %10.3f ms median, %.3f p99, %.3f best of %d runs%n%-9s %10s bytes a run, all threads%n", "steady", median(), p99(), best(),
                runs(), "allocated", String.format(Locale.ROOT, allocated == 0 || allocated >= 100 ? "%.0f" : "%.1f", allocated));
    }

    /** The same for a file. */
    ProfileFile.Whole whole(double firstMillis) {
        return new ProfileFile.Whole(firstMillis, median(), p99(), best(), runs(), allocated);
    }
}
