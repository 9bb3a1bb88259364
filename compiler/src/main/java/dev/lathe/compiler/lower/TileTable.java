package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;

/** Which register tile a contraction gets: rows of pixels by columns. See docs/performance.md for how the costs were measured. */
final class TileTable {
    private TileTable() {}

    /** Panels of 16 columns that one tile holds at most. */
    static int panels(TargetInfo t) {
        return switch (t.lanes()) {
            case 16 -> 4;
            default -> 1;
        };
    }

    /** Rows of a tile {@code width} columns wide over {@code cols} pixels a line. */
    static int rows(TargetInfo t, int width, Dim cols) {
        int most = most(t, width);
        if (!cols.isConst()) {
            return most;
        }
        long n = cols.value();
        int best = 1;
        double bestCost = Double.MAX_VALUE;
        for (int r = 1; r <= most && r <= n; r++) {
            // pixels computed, each dearer the fewer rows share a load of weights
            double cost = Math.ceil((double) n / r) * (r * (double) width + cost(t, r, width));
            if (cost < bestCost * 0.999) {
                bestCost = cost;
                best = r;
            }
        }
        return best;
    }

    // what a step of K costs beside its multiply-adds, in lanes: loads of weights and too few chains
    private static double cost(TargetInfo t, int rows, int width) {
        int lanes = Math.max(t.lanes(), 1);
        double chains = rows * Math.max(1.0, (double) width / lanes);
        double idle = Math.max(0, 8 - chains) * lanes;
        return width * 0.5 + idle;
    }

    private static int most(TargetInfo t, int width) {
        int lanes = Math.max(1, t.lanes());
        int vectors = (width + lanes - 1) / lanes;
        if (lanes == 1) {
            return width >= 16 ? 1 : width >= 8 ? 2 : width >= 4 ? 4 : 8;
        }
        // accumulators, one set of weights and the broadcast input share the registers
        int free = t.registers() - vectors - 2;
        return Math.max(1, Math.min(14, free / vectors));
    }
}
