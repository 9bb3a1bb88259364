package dev.lathe.compiler.pass;

import dev.lathe.codegen.dim.Dim;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Permutations of dimensions: {@code perm[i]} is the old place of the new dimension i. */
final class Perms {
    private Perms() {}

    /** From [N, C, spatial...] to [N, spatial..., C]. */
    static int[] toLast(int rank) {
        int[] p = new int[rank];
        for (int i = 1; i < rank - 1; i++) {
            p[i] = i + 1;
        }
        p[rank - 1] = 1;
        return p;
    }

    /** From [N, spatial..., C] to [N, C, spatial...]. */
    static int[] toFirst(int rank) {
        return inverse(toLast(rank));
    }

    /** From [N, g, k, spatial...] to [N, spatial..., g, k]. */
    static int[] splitToLast(int rank) {
        int[] p = new int[rank];
        for (int i = 1; i < rank - 2; i++) {
            p[i] = i + 2;
        }
        p[rank - 2] = 1;
        p[rank - 1] = 2;
        return p;
    }

    /** Where an axis of [N, C, spatial...] stands in [N, spatial..., C]; a negative axis counts from the end. */
    static int lastAxis(int axis, int rank) {
        return toFirst(rank)[axis < 0 ? axis + rank : axis];
    }

    /** Whether [N, g, k, spatial...] becomes [N, k, g, spatial...]. */
    static boolean swapsChannels(int[] perm) {
        int[] p = perm.clone();
        p[1] = perm[2];
        p[2] = perm[1];
        return perm[1] == 2 && isIdentity(p);
    }

    static int[] inverse(int[] p) {
        int[] r = new int[p.length];
        for (int i = 0; i < p.length; i++) {
            r[p[i]] = i;
        }
        return r;
    }

    /** One permutation that does {@code first}, then {@code second}. */
    static int[] compose(int[] first, int[] second) {
        int[] r = new int[first.length];
        for (int i = 0; i < r.length; i++) {
            r[i] = first[second[i]];
        }
        return r;
    }

    static boolean isIdentity(int[] p) {
        for (int i = 0; i < p.length; i++) {
            if (p[i] != i) {
                return false;
            }
        }
        return true;
    }

    static <T> List<T> apply(List<T> old, int[] perm) {
        List<T> r = new ArrayList<>();
        for (int p : perm) {
            r.add(old.get(p));
        }
        return r;
    }

    /** Whether the permutation only moves dimensions of 1: then elements stay in their order. */
    static boolean keepsOrder(List<Dim> dims, int[] perm) {
        int[] big = Arrays.stream(perm).filter(p -> !dims.get(p).is(1)).toArray();
        for (int i = 1; i < big.length; i++) {
            if (big[i - 1] > big[i]) {
                return false;
            }
        }
        return true;
    }
}
