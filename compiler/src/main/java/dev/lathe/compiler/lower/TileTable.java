package dev.lathe.compiler.lower;

/**
 * Which register tiles a target uses: few, because each costs the JIT a few tenths of a second. See
 * docs/performance.md for how they were chosen.
 */
final class TileTable {
    private TileTable() {}

    /** Panels that one tile holds at most, but for overlapping pairs. */
    static int panels(TargetInfo t, int width) {
        // two on registers of 16 lanes; elsewhere one panel is several registers already
        return t.lanes() == 16 ? 2 : t.lanes() == 1 ? Math.max(1, 16 / width) : 1;
    }

    /** Rows of a tile of {@code panels} panels. */
    static int rows(TargetInfo t, int width, int panels) {
        int lanes = Math.max(1, t.lanes());
        int vectors = panels * Math.max(1, (width + lanes - 1) / lanes);
        if (t.lanes() == 1) {
            return Math.max(1, Math.min(4, 16 / vectors));
        }
        if (t.lanes() == 16) {
            // more accumulators would fit, but C1 of JDK 17 has no room for a longer method
            return switch (vectors) {
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
