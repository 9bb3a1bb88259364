package dev.lathe.codegen.lib;

import dev.lathe.runtime.State;

/** A helper for tests. */
public final class Fill {
    private Fill() {}

    /** Puts the positive elements of {@code from} into OWN buffer {@code id}; returns how many. */
    public static int[] positive(State s, int[] from, int at, int n, int id, String text) {
        int[] to = (int[]) s.reserve(id, 2, n + text.length(), false);
        int k = 0;
        for (int i = 0; i < n; i++) {
            if (from[at + i] > 0) {
                to[k++] = from[at + i];
            }
        }
        return new int[] {k, n - k};
    }

    /** Negates elements. */
    public static void negate(State s, int[] a, int at, int n) {
        for (int i = 0; i < n; i++) {
            a[at + i] = -a[at + i];
        }
    }
}
