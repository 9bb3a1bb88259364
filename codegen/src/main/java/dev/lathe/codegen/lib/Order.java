package dev.lathe.codegen.lib;

import dev.lathe.runtime.LatheRuntimeException;
import dev.lathe.runtime.State;
import java.util.Arrays;

/** Sorting and what follows from it. NaN stands above all numbers and equals itself; equal elements keep their order. */
public final class Order {
    private Order() {}

    /** Compares two elements of an array. */
    @FunctionalInterface
    interface Elements {
        int compare(int i, int j);
    }

    static Elements of(Object a, boolean unsigned) {
        if (a instanceof float[] f) {
            // -0 equals 0
            return (i, j) -> f[i] < f[j] ? -1 : f[i] > f[j] ? 1 : f[i] == f[j] ? 0 : Float.compare(f[i], f[j]);
        } else if (a instanceof double[] d) {
            return (i, j) -> d[i] < d[j] ? -1 : d[i] > d[j] ? 1 : d[i] == d[j] ? 0 : Double.compare(d[i], d[j]);
        } else if (a instanceof int[] k) {
            return (i, j) -> Integer.compare(k[i], k[j]);
        } else if (a instanceof long[] l) {
            return unsigned ? (i, j) -> Long.compareUnsigned(l[i], l[j]) : (i, j) -> Long.compare(l[i], l[j]);
        }
        Object[] s = (Object[]) a;
        return (i, j) -> ((String) s[i]).compareTo((String) s[j]);
    }

    /** Sorts {@code index[0, n)}; stable. */
    static void sort(int[] index, int n, Elements by) {
        int[] from = index;
        int[] to = new int[n];
        for (int width = 1; width < n; width *= 2) {
            for (int lo = 0; lo < n; lo += 2 * width) {
                int mid = Math.min(lo + width, n);
                int hi = Math.min(lo + 2 * width, n);
                int i = lo;
                int j = mid;
                for (int k = lo; k < hi; k++) {
                    boolean left = i < mid && (j >= hi || by.compare(from[i], from[j]) <= 0);
                    to[k] = left ? from[i++] : from[j++];
                }
            }
            int[] t = from;
            from = to;
            to = t;
        }
        if (from != index) {
            System.arraycopy(from, 0, index, 0, n);
        }
    }

    private static int[] range(int start, int step, int n) {
        int[] r = new int[n];
        for (int i = 0; i < n; i++) {
            r[i] = start + i * step;
        }
        return r;
    }

    /**
     * The indices of the first {@code k} elements of each of {@code rows} rows of {@code n}.
     *
     * @param largest 1 for descending order
     * @param unsigned 1 when a {@code long} is a bit pattern
     */
    public static void top(State s, Object x, int at, long[] out, int to, int rows, int n, int k, int largest, int unsigned) {
        if (k < 0 || k > n) {
            throw new LatheRuntimeException("the " + k + " first elements of " + n + " are wanted");
        }
        Elements up = of(x, unsigned != 0);
        Elements by = largest != 0 ? (i, j) -> up.compare(j, i) : up;
        int[] heap = new int[k];
        for (int r = 0; r < rows && k > 0; r++) {
            int row = at + r * n;
            // a heap of the best k with the worst on top; of equal ones the later is the worse
            for (int i = 0; i < n; i++) {
                if (i < k) {
                    heap[i] = row + i;
                    if (i == k - 1) {
                        for (int p = k / 2 - 1; p >= 0; p--) {
                            sink(heap, p, by);
                        }
                    }
                } else if (by.compare(row + i, heap[0]) < 0) {
                    heap[0] = row + i;
                    sink(heap, 0, by);
                }
            }
            // by index first: the sort keeps it among equals
            Arrays.sort(heap);
            sort(heap, k, by);
            for (int i = 0; i < k; i++) {
                out[to + r * k + i] = heap[i] - row;
            }
        }
    }

    private static boolean worse(int a, int b, Elements by) {
        int c = by.compare(a, b);
        return c > 0 || c == 0 && a > b;
    }

    private static void sink(int[] heap, int p, Elements by) {
        while (2 * p + 1 < heap.length) {
            int c = 2 * p + 1;
            if (c + 1 < heap.length && worse(heap[c + 1], heap[c], by)) {
                c++;
            }
            if (!worse(heap[c], heap[p], by)) {
                return;
            }
            int t = heap[p];
            heap[p] = heap[c];
            heap[c] = t;
            p = c;
        }
    }

    /**
     * The different rows of {@code n} rows of {@code m}: their number.
     *
     * @param first OWN buffer that gets the index of the first of each
     * @param counts OWN buffer that gets how many there are of each
     */
    public static int[] unique(State s, Object x, int at, long[] inverse, int to, int n, int m, int sorted, int unsigned, int first, int counts) {
        Elements by = of(x, unsigned != 0);
        Elements rows = (i, j) -> {
            int c = 0;
            for (int k = 0; k < m && c == 0; k++) {
                c = by.compare(at + i * m + k, at + j * m + k);
            }
            return c;
        };
        int[] order = range(0, 1, n);
        sort(order, n, rows);
        // groups of equal rows: the first row of each, and for each row its group
        int[] group = new int[n];
        int[] head = new int[n];
        int u = 0;
        for (int i = 0; i < n; i++) {
            if (i == 0 || rows.compare(order[i - 1], order[i]) != 0) {
                head[u++] = order[i];
            }
            group[order[i]] = u - 1;
        }
        int[] place = new int[u];
        int[] by1 = range(0, 1, u);
        if (sorted == 0) {
            sort(by1, u, (i, j) -> Integer.compare(head[i], head[j]));
        }
        long[] f = (long[]) s.reserve(first, 3, u, false);
        long[] c = (long[]) s.reserve(counts, 3, u, false);
        for (int i = 0; i < u; i++) {
            place[by1[i]] = i;
            f[i] = head[by1[i]];
            c[i] = 0;
        }
        for (int i = 0; i < n; i++) {
            inverse[to + i] = place[group[i]];
            c[place[group[i]]]++;
        }
        return new int[] {u};
    }
}
