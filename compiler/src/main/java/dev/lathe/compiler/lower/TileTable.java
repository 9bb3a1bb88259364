package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;
import java.util.List;

/**
 * Which register tiles a target uses: few, because each costs the JIT a few tenths of a second. See
 * docs/performance.md for how they were chosen.
 */
final class TileTable {
    /** Rows that costs are compared for where the number of pixels is not known. */
    private static final int MANY = 840;

    private TileTable() {}

    /** The panels cut into tiles for so many pixels, or lines of so many. */
    static List<Panels.Block> blocks(TargetInfo t, Panels panels, Dim pixels, boolean goOn, boolean large) {
        if (t.lanes() != 16 || pixels.is(1)) {
            return panels.blocks(panels(t, panels.width(), pixels));
        }
        List<Panels.Block> best = panels.tiles(2);
        for (int most = 3; most <= 4; most++) {
            List<Panels.Block> b = panels.tiles(most);
            if (cost(t, panels, pixels, goOn, large, b) <= cost(t, panels, pixels, goOn, large, best)) {
                best = b;
            }
        }
        return best;
    }

    private static double cost(TargetInfo t, Panels panels, Dim pixels, boolean goOn, boolean large, List<Panels.Block> blocks) {
        double sum = 0;
        for (Panels.Block b : blocks) {
            sum += b.repeat() * cost(pixels.isConst() ? pixels.value() : MANY, rows(t, panels.width(), b.panels(), pixels, goOn, large), b.panels());
        }
        return sum;
    }

    /** The panels cut into tiles whose rows are neighbouring elements: they need no registers for addresses, but one for where a window's element stands. */
    static List<Panels.Block> nearBlocks(TargetInfo t, Panels panels) {
        return t.lanes() != 16 ? panels.blocks(1) : panels.tiles(panels.count() % 3 == 0 ? 3 : 2);
    }

    /** Rows of such a tile: of one panel as many as divide a line, up to 16; 16 where the line is not known. */
    static int nearRows(TargetInfo t, int width, int panels, Dim pixels) {
        if (t.lanes() == 16 && panels == 1) {
            for (int r = 16; r > 8; r--) {
                if (!pixels.isConst() || pixels.value() % r == 0) {
                    return r;
                }
            }
        }
        return rows(t, width, panels, pixels, false, false);
    }

    /** Panels of tiles that others than {@link #blocks} lay out. */
    static int panels(TargetInfo t, int width, Dim pixels) {
        if (t.lanes() == 1) {
            return Math.max(1, 16 / width);
        }
        if (pixels.is(1)) {
            // a single row needs as many chains as the machine keeps in flight
            return Math.max(2, t.lanes() / 2);
        }
        // narrower registers are several a panel already
        return t.lanes() == 16 ? 2 : 1;
    }

    /**
     * Rows of a tile of {@code panels} panels: as many as fit, or fewer where the last tile would be nearly empty.
     *
     * @param goOn chains go on from the result
     * @param large whether the contraction is so long that a tile that few others need pays for its compilation
     */
    static int rows(TargetInfo t, int width, int panels, Dim pixels, boolean goOn, boolean large) {
        int vectors = panels * Math.max(1, (width + Math.max(1, t.lanes()) - 1) / Math.max(1, t.lanes()));
        int most = most(t, vectors, goOn, large);
        if (!pixels.isConst()) {
            return most;
        }
        int best = most;
        for (int r = most - 1; r >= Math.max(1, most / 2); r--) {
            if (cost(pixels.value(), r, vectors) < 0.97 * cost(pixels.value(), best, vectors)) {
                best = r;
            }
        }
        return (int) Math.min(best, Math.max(1, pixels.value()));
    }

    /** Of a step: its multiply-adds, half a one for each broadcast, about as much as one for the rest. */
    static double cost(long pixels, int rows, int vectors) {
        return (double) ((pixels + rows - 1) / rows) * (rows * (vectors + 0.5) + 1);
    }

    /** Rows of the tiles that most pixels get: about as many as a line should have, or half of that. */
    static int usual(TargetInfo t) {
        return most(t, t.lanes() == 16 ? 3 : Math.max(1, 16 / Math.max(1, t.lanes())), false, false);
    }

    private static int most(TargetInfo t, int vectors, boolean goOn, boolean large) {
        if (t.lanes() == 1) {
            return Math.max(1, Math.min(4, 16 / vectors));
        }
        if (t.lanes() == 16) {
            // more accumulators would fit, but C1 has no room for a longer method: chains that go on are loaded as well
            return switch (vectors) {
                case 8 -> 2;
                case 4 -> large && !goOn ? 5 : 4;
                case 3 -> goOn ? 5 : 7;
                case 2 -> goOn ? 7 : 8;
                // no more than there are registers for the rows' addresses
                default -> 8;
            };
        }
        // accumulators, one set of weights and the broadcast input share the registers
        int free = t.registers() - vectors - 1;
        return Math.max(1, Math.min(10, free / vectors));
    }
}
