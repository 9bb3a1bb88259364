package dev.lathe.codegen.jar;

import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** Looks a memory plan over that {@link dev.lathe.runtime.ArenaPlanner} made. */
final class MemoryCheck {
    private MemoryCheck() {}

    /**
     * Finds two buffers that are live together and overlap.
     *
     * @return a sentence that names their numbers, or null when the plan is sound
     */
    static String check(long[] sizes, int[] first, int[] last, int[] storage, int[] offsets, int[] lengths) {
        for (int s = 0; s < lengths.length; s++) {
            int arena = s;
            int[] ids = IntStream.range(0, sizes.length).filter(b -> storage[b] == arena && sizes[b] > 0).toArray();
            int[] byEnd = order(ids, last);
            // what is live, by offset: it does not overlap, so a new one need only fit between its neighbours
            TreeMap<Integer, Integer> live = new TreeMap<>();
            int dead = 0;
            for (int k : order(ids, first)) {
                int a = ids[k];
                if (offsets[a] < 0 || offsets[a] + sizes[a] > lengths[s]) {
                    return "buffer " + a + " ends outside its arena";
                }
                for (; dead < ids.length && last[ids[byEnd[dead]]] < first[a]; dead++) {
                    live.remove(offsets[ids[byEnd[dead]]], ids[byEnd[dead]]);
                }
                Map.Entry<Integer, Integer> near = live.lowerEntry((int) (offsets[a] + sizes[a]));
                if (near != null && near.getKey() + sizes[near.getValue()] > offsets[a]) {
                    return "buffers " + Math.min(a, near.getValue()) + " and " + Math.max(a, near.getValue()) + " are live together and overlap";
                }
                if (last[a] >= first[a]) {
                    live.put(offsets[a], a);
                }
            }
        }
        return null;
    }

    /** Indices into {@code ids}, by ascending key. */
    private static int[] order(int[] ids, int[] key) {
        return IntStream.range(0, ids.length).mapToLong(k -> (long) key[ids[k]] << 32 | k).sorted().mapToInt(k -> (int) k).toArray();
    }
}
