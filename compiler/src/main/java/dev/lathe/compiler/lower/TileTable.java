package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;

/**
 * Which register tiles a target uses: few, because each costs the JIT a few tenths of a second. See
 * docs/performance.md for how they were chosen.
 */
final class TileTable {
    private TileTable() {}

    /** Panels that one tile holds at most, but for what is left over: of long reductions fewer, so that weights stay in the first cache. */
    static int panels(TargetInfo t, int width, Dim pixels, boolean isLong) {
        return t.lanes() == 16 && !pixels.is(1) && !isLong ? 3 : panels(t, width, pixels);
    }

    /** Panels that one tile holds at most, but for overlapping pairs. */
    static int panels(TargetInfo t, int width, Dim pixels) {
        if (t.lanes() == 1) {
            return Math.max(1, 16 / width);
        }
        if (pixels.is(1)) {
            // a single row needs as many chains as the machine keeps in flight
            return Math.max(2, t.lanes() / 2);
        }
        // C1 has no room for a method with more; narrower registers are several a panel already
        return t.lanes() == 16 ? 2 : 1;
    }

    /** Rows of a tile of {@code panels} panels: as many as fit, or fewer where the last tile would be nearly empty. */
    static int rows(TargetInfo t, int width, int panels, Dim pixels) {
        int vectors = panels * Math.max(1, (width + Math.max(1, t.lanes()) - 1) / Math.max(1, t.lanes()));
        int most = most(t, vectors);
        if (!pixels.isConst()) {
            return most;
        }
        // multiply-adds of a step, and about as much again as its loads of weights cost
        int best = most;
        for (int r = most - 1; r >= Math.max(1, most / 2); r--) {
            if (cost(pixels.value(), r, vectors) < 0.97 * cost(pixels.value(), best, vectors)) {
                best = r;
            }
        }
        return (int) Math.min(best, Math.max(1, pixels.value()));
    }

    private static double cost(long pixels, int rows, int vectors) {
        return (double) ((pixels + rows - 1) / rows) * ((rows + 1) * vectors + 1);
    }

    static int most(TargetInfo t, int vectors) {
        if (t.lanes() == 1) {
            return Math.max(1, Math.min(4, 16 / vectors));
        }
        if (t.lanes() == 16) {
            // more accumulators would fit, but C1 of JDK 17 has no room for a longer method
            return switch (vectors) {
                case 8 -> 2;
                case 4 -> 5;
                case 3 -> 7;
                case 2 -> 8;
                default -> 12;
            };
        }
        // accumulators, one set of weights and the broadcast input share the registers
        int free = t.registers() - vectors - 1;
        return Math.max(1, Math.min(10, free / vectors));
    }
}
