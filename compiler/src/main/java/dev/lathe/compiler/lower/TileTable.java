package dev.lathe.compiler.lower;

/**
 * Which register tiles a target uses: few, because each costs the JIT a few tenths of a second. See
 * docs/performance.md for how they were chosen.
 */
final class TileTable {
    private TileTable() {}

    /** Panels that one tile holds at most; where panels overlap, two must fit. */
    static int panels(TargetInfo t, int width) {
        int lanes = Math.max(1, t.lanes());
        int vectors = Math.max(1, width / lanes);
        // a panel of 16 is two vectors of 8 or four of 4
        return Math.max(2, t.lanes() == 1 ? 32 / width : Math.min(4, t.registers() / 8 / vectors));
    }

    /** Rows of a tile of {@code panels} panels. */
    static int rows(TargetInfo t, int width, int panels) {
        int lanes = Math.max(1, t.lanes());
        int vectors = panels * Math.max(1, (width + lanes - 1) / lanes);
        if (t.lanes() == 1) {
            return Math.max(1, Math.min(4, 16 / vectors));
        }
        // accumulators, one set of weights and the broadcast input share the registers
        int free = t.registers() - vectors - 1;
        int rows = Math.max(1, Math.min(12, free / vectors));
        // even counts leave fewer odd ends
        return rows > 2 ? rows & ~1 : rows;
    }
}
