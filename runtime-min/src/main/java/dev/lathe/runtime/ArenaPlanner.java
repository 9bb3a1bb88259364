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
    /** Every offset is this many elements, times a number, beyond {@link #first}. */
    public static final int ALIGN = 16;

    /** The longest array that any JVM allocates. */
    public static final long MAX_LENGTH = Integer.MAX_VALUE - 8L;

    // pairs of buffers live together that are still listed one by one: 32 MB at most
    private static final long MAX_PAIRS = 4_000_000;

    private ArenaPlanner() {}

    /**
     * Where the first buffer of an array begins: a large array begins 16 bytes after the boundary of a cache line (G1 gives it a region of
     * its own), so that vectors from here on lie in one line each.
     */
    public static int first(Storage s) {
        return (64 - 16) / s.bytes();
    }

    /** Where buffers are. */
    public static final class Plan {
        /** Of the buffers, as they were given. */
        final long[] sizes;
        /** The symbols' values that the sizes are for; null when unknown. */
        int[] key;
        final int[] offsets;
        final int[] lengths;

        Plan(long[] sizes, int[] offsets, int[] lengths) {
            this.sizes = sizes;
            this.offsets = offsets;
            this.lengths = lengths;
        }

        /** By buffer; 0 for buffers that are in no arena. */
        public int[] offsets() {
            return offsets;
        }

        /** Of the arenas, by {@link Storage#ordinal()}. */
        public int[] lengths() {
            return lengths;
        }
    }

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
                lengths[s] = planOne(ids, sizes, first, last, offsets, first(Storage.values()[s]));
            }
        }
        return new Plan(sizes, offsets, lengths);
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

    private static int planOne(int[] ids, long[] sizes, int[] first, int[] last, int[] offsets, int start) {
        int m = ids.length;
        long[] size = new long[m];
        for (int k = 0; k < m; k++) {
            size[k] = (Math.min(sizes[ids[k]], Integer.MAX_VALUE) + ALIGN - 1) / ALIGN * ALIGN;
        }
        int[] byTime = order(ids, first);
        int[][] near = together(byTime, ids, first, last);
        long[] at = new long[m];
        long end = start + (near == null ? byTime(byTime, ids, first, last, size, at) : bySize(near, size, at));
        if (end > MAX_LENGTH) {
            throw new ArithmeticException("the buffers need an array of " + end + " elements; Java's longest has " + MAX_LENGTH);
        }
        for (int k = 0; k < m; k++) {
            offsets[ids[k]] = (int) at[k] + start;
        }
        return (int) end;
    }

    /** For each member, the members live together with it; null when these are too many. */
    private static int[][] together(int[] byTime, int[] ids, int[] first, int[] last) {
        int m = ids.length;
        int[][] near = new int[m][0];
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
            lists[to] = Arrays.copyOf(lists[to], 8 + 2 * count[to]);
        }
        lists[to][count[to]++] = value;
    }

    private static long bySize(int[][] near, long[] size, long[] at) {
        int m = size.length;
        long end = 0;
        long[] busy = new long[8];
        long[] until = new long[m];
        for (int k : largestFirst(size)) {
            if (busy.length < near[k].length) {
                busy = new long[near[k].length * 2];
            }
            int busies = 0;
            for (int o : near[k]) {
                if (until[o] > 0) {
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
            end = Math.max(end, until[k]);
            if (end > MAX_LENGTH) {
                return end;
            }
        }
        return end;
    }

    /** Places in order of first use; memory that becomes free serves buffers of the same power of two. */
    private static long byTime(int[] byTime, int[] ids, int[] first, int[] last, long[] size, long[] at) {
        int[] byEnd = order(ids, last);
        int[][] free = new int[32][0];
        int[] count = new int[32];
        int dead = 0;
        long end = 0;
        for (int k : byTime) {
            while (last[ids[byEnd[dead]]] < first[ids[k]]) {
                int o = byEnd[dead++];
                add(free, count, sizeClass(size[o]), (int) (at[o] / ALIGN));
            }
            int c = sizeClass(size[k]);
            if (count[c] > 0) {
                at[k] = (long) free[c][--count[c]] * ALIGN;
            } else {
                at[k] = end;
                end += (long) ALIGN << c;
            }
            if (end > MAX_LENGTH) {
                break;
            }
        }
        return end;
    }

    private static int sizeClass(long size) {
        return 64 - Long.numberOfLeadingZeros(size / ALIGN - 1);
    }

    /** The numbers 0 to n - 1 of {@code ids} sorted by a key of these, then by number. */
    private static int[] order(int[] ids, int[] key) {
        long[] packed = new long[ids.length];
        for (int k = 0; k < packed.length; k++) {
            packed[k] = (long) key[ids[k]] << 32 | k;
        }
        return unpacked(packed);
    }

    private static int[] largestFirst(long[] size) {
        long[] packed = new long[size.length];
        for (int k = 0; k < packed.length; k++) {
            packed[k] = -size[k] / ALIGN << 32 | k;
        }
        return unpacked(packed);
    }

    private static int[] unpacked(long[] packed) {
        Arrays.sort(packed);
        int[] r = new int[packed.length];
        for (int i = 0; i < r.length; i++) {
            r[i] = (int) packed[i];
        }
        return r;
    }
}
