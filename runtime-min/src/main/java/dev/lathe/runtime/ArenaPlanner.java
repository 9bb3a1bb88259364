package dev.lathe.runtime;

import java.util.Arrays;

/**
 * Places buffers with known sizes and lifetimes in one arena per storage so that no two buffers that are live at the
 * same time overlap. Deterministic: the compiler's static plans and a session's plans for shapes seen later come
 * from this same code.
 *
 * <p>Largest buffer first, each at the lowest offset where it fits among those already placed whose lifetimes touch
 * its own. When so many buffers are live together that this would be slow, buffers are placed in order of time
 * instead.
 */
public final class ArenaPlanner {
    /** Every offset is a multiple of this many elements. */
    public static final int ALIGN = 16;

    /** The longest array that any JVM allocates. */
    public static final long MAX_LENGTH = Integer.MAX_VALUE - 8L;

    // pairs of buffers live together that are still listed one by one: 32 MB at most
    private static final long MAX_PAIRS = 4_000_000;

    private ArenaPlanner() {}

    /**
     * Where buffers are.
     *
     * @param offsets by buffer; 0 for buffers that are in no arena
     * @param lengths of the arenas, by {@link Storage#ordinal()}
     */
    public record Plan(int[] offsets, int[] lengths) {}

    /**
     * Plans the arenas.
     *
     * @param sizes elements, by buffer; those of buffers in no arena are ignored
     * @param first step that writes the buffer first, by buffer
     * @param last step that reads it last (inclusive), by buffer
     * @param storage {@link Storage#ordinal()}, by buffer; -1 for buffers that are in no arena
     * @throws ArithmeticException when a size is negative or an arena would be longer than a Java array can be
     */
    public static Plan plan(long[] sizes, int[] first, int[] last, int[] storage) {
        int n = sizes.length;
        int[] offsets = new int[n];
        int[] lengths = new int[Storage.values().length];
        for (int s = 0; s < lengths.length; s++) {
            int[] ids = members(s, sizes, storage);
            if (ids.length > 0) {
                lengths[s] = planOne(ids, sizes, first, last, offsets);
            }
        }
        return new Plan(offsets, lengths);
    }

    /**
     * Finds two buffers that are live together and overlap.
     *
     * @return a sentence that names their numbers, or null when the plan is sound
     */
    public static String check(long[] sizes, int[] first, int[] last, int[] storage, int[] offsets, int[] lengths) {
        for (int s = 0; s < lengths.length; s++) {
            int[] ids = members(s, sizes, storage);
            sortByOffset(ids, offsets);
            for (int i = 0; i < ids.length; i++) {
                int a = ids[i];
                if (offsets[a] < 0 || offsets[a] + sizes[a] > lengths[s]) {
                    return "buffer " + a + " ends outside its arena";
                }
                for (int k = i + 1; k < ids.length && offsets[ids[k]] < offsets[a] + sizes[a]; k++) {
                    int b = ids[k];
                    if (first[a] <= last[b] && first[b] <= last[a]) {
                        return "buffers " + a + " and " + b + " are live together and overlap";
                    }
                }
            }
        }
        return null;
    }

    private static int[] members(int s, long[] sizes, int[] storage) {
        int[] ids = new int[sizes.length];
        int m = 0;
        for (int b = 0; b < sizes.length; b++) {
            if (storage[b] == s) {
                if (sizes[b] < 0) {
                    throw new ArithmeticException("buffer " + b + " has a negative size, " + sizes[b]);
                }
                if (sizes[b] > 0) {
                    ids[m++] = b;
                }
            }
        }
        return Arrays.copyOf(ids, m);
    }

    private static int planOne(int[] ids, long[] sizes, int[] first, int[] last, int[] offsets) {
        int m = ids.length;
        long[] size = new long[m];
        for (int k = 0; k < m; k++) {
            size[k] = (Math.min(sizes[ids[k]], Integer.MAX_VALUE) + ALIGN - 1) / ALIGN * ALIGN;
        }
        int[] byTime = order(m, k -> first[ids[k]]);
        int[][] near = together(byTime, ids, first, last);
        long[] at = new long[m];
        long end = near == null ? byTime(byTime, ids, first, last, size, at) : bySize(near, size, at);
        if (end > MAX_LENGTH) {
            throw new ArithmeticException("the buffers need an array of " + end + " elements; Java's longest has " + MAX_LENGTH);
        }
        for (int k = 0; k < m; k++) {
            offsets[ids[k]] = (int) at[k];
        }
        return (int) end;
    }

    /** For each member, the members live together with it; null when these are too many. */
    private static int[][] together(int[] byTime, int[] ids, int[] first, int[] last) {
        int m = ids.length;
        int[][] near = new int[m][8];
        int[] count = new int[m];
        int[] live = new int[m];
        int lives = 0;
        long pairs = 0;
        for (int k : byTime) {
            int kept = 0;
            for (int i = 0; i < lives; i++) {
                int o = live[i];
                if (last[ids[o]] >= first[ids[k]]) {
                    live[kept++] = o;
                    add(near, count, o, k);
                    add(near, count, k, o);
                }
            }
            pairs += kept;
            if (pairs > MAX_PAIRS) {
                return null;
            }
            live[kept] = k;
            lives = kept + 1;
        }
        for (int k = 0; k < m; k++) {
            near[k] = Arrays.copyOf(near[k], count[k]);
        }
        return near;
    }

    private static void add(int[][] lists, int[] count, int to, int value) {
        if (count[to] == lists[to].length) {
            lists[to] = Arrays.copyOf(lists[to], 2 * count[to]);
        }
        lists[to][count[to]++] = value;
    }

    private static long bySize(int[][] near, long[] size, long[] at) {
        int m = size.length;
        long end = 0;
        boolean[] placed = new boolean[m];
        long[] busy = new long[8];
        long[] until = new long[m];
        for (int k : order(m, i -> -size[i])) {
            if (busy.length < near[k].length) {
                busy = new long[near[k].length * 2];
            }
            int busies = 0;
            for (int o : near[k]) {
                if (placed[o]) {
                    // offsets are multiples of 16 below 2^35: pack offset and member to sort both at once
                    busy[busies++] = at[o] / ALIGN << 32 | o;
                }
            }
            Arrays.sort(busy, 0, busies);
            long offset = 0;
            for (int i = 0; i < busies && offset + size[k] > (busy[i] >>> 32) * ALIGN; i++) {
                offset = Math.max(offset, until[(int) busy[i]]);
            }
            at[k] = offset;
            until[k] = offset + size[k];
            placed[k] = true;
            end = Math.max(end, until[k]);
            if (end > MAX_LENGTH) {
                return end;
            }
        }
        return end;
    }

    /** Places in order of first use in the smallest hole that fits. */
    private static long byTime(int[] byTime, int[] ids, int[] first, int[] last, long[] size, long[] at) {
        int[] byEnd = order(ids.length, k -> last[ids[k]]);
        Holes holes = new Holes();
        int dead = 0;
        for (int k : byTime) {
            while (last[ids[byEnd[dead]]] < first[ids[k]]) {
                int o = byEnd[dead++];
                holes.free(at[o], size[o]);
            }
            at[k] = holes.take(size[k]);
            if (holes.end > MAX_LENGTH) {
                break;
            }
        }
        return holes.end;
    }

    private interface Key {
        long of(int member);
    }

    /** The members 0 to n - 1 sorted by a key, then by number. */
    private static int[] order(int n, Key key) {
        Integer[] boxed = new Integer[n];
        long[] keys = new long[n];
        for (int i = 0; i < n; i++) {
            boxed[i] = i;
            keys[i] = key.of(i);
        }
        Arrays.sort(boxed, (a, b) -> {
            int c = Long.compare(keys[a], keys[b]);
            return c != 0 ? c : Integer.compare(a, b);
        });
        int[] r = new int[n];
        for (int i = 0; i < n; i++) {
            r[i] = boxed[i];
        }
        return r;
    }

    private static void sortByOffset(int[] ids, int[] offsets) {
        int[] copy = ids.clone();
        int[] o = order(ids.length, k -> offsets[copy[k]]);
        for (int i = 0; i < o.length; i++) {
            ids[i] = copy[o[i]];
        }
    }

    /** The free ranges of an arena that grows at its end. */
    private static final class Holes {
        private final java.util.TreeMap<Long, Long> byOffset = new java.util.TreeMap<>();
        private final java.util.TreeSet<long[]> bySize = new java.util.TreeSet<>(
                (a, b) -> a[0] != b[0] ? Long.compare(a[0], b[0]) : Long.compare(a[1], b[1]));
        private long end;

        void free(long offset, long size) {
            java.util.Map.Entry<Long, Long> before = byOffset.lowerEntry(offset);
            if (before != null && before.getKey() + before.getValue() == offset) {
                remove(before.getKey(), before.getValue());
                offset = before.getKey();
                size += before.getValue();
            }
            Long after = byOffset.get(offset + size);
            if (after != null) {
                remove(offset + size, after);
                size += after;
            }
            put(offset, size);
        }

        long take(long size) {
            long[] hole = bySize.ceiling(new long[] {size, 0});
            if (hole == null) {
                long offset = end;
                java.util.Map.Entry<Long, Long> tail = byOffset.lastEntry();
                if (tail != null && tail.getKey() + tail.getValue() == end) {
                    offset = tail.getKey();
                    remove(tail.getKey(), tail.getValue());
                }
                end = offset + size;
                return offset;
            }
            remove(hole[1], hole[0]);
            if (hole[0] > size) {
                put(hole[1] + size, hole[0] - size);
            }
            return hole[1];
        }

        private void put(long offset, long size) {
            byOffset.put(offset, size);
            bySize.add(new long[] {size, offset});
        }

        private void remove(long offset, long size) {
            byOffset.remove(offset);
            bySize.remove(new long[] {size, offset});
        }
    }
}
