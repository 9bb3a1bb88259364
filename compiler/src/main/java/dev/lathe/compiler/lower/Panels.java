package dev.lathe.compiler.lower;

import java.util.ArrayList;
import java.util.List;

/**
 * How the output channels of a contraction are cut into panels of 16 columns. Where the count is no multiple of 16 the
 * last panel is 16 or 8 wide and begins earlier, so that it ends exactly at the last column: columns that two panels
 * hold are computed twice, with the same bits. Fewer than 8 columns make panels of 4 or 1. The cut depends on the count
 * alone, so packed weights are the same for every target.
 *
 * @param widths of the panels; all 16 but the last
 * @param starts first column of each
 */
record Panels(int columns, List<Integer> widths, List<Integer> starts) {
    static Panels of(int n) {
        List<Integer> w = new ArrayList<>();
        List<Integer> s = new ArrayList<>();
        int unit = n >= 16 ? 16 : n >= 8 ? 8 : n >= 4 ? 4 : 1;
        for (int at = 0; at < n; at += unit) {
            int left = n - at;
            int width = unit == 16 && left <= 8 ? 8 : unit;
            w.add(width);
            s.add(Math.min(at, n - width));
        }
        return new Panels(n, List.copyOf(w), List.copyOf(s));
    }

    int count() {
        return widths.size();
    }

    /** Offset of a panel in packed weights of {@code k} rows: panel after panel, each [k][width]. */
    int offset(int panel, int k) {
        int o = 0;
        for (int i = 0; i < panel; i++) {
            o += widths.get(i) * k;
        }
        return o;
    }

    int packedSize(int k) {
        return offset(count(), k);
    }

    /** A weight by row and column. */
    interface Weight {
        float at(int row, int column);
    }

    /** Packs a k x columns matrix into {@code to} from index {@code base} on. */
    void pack(int k, Weight w, float[] to, int base) {
        int o = base;
        for (int p = 0; p < count(); p++) {
            for (int r = 0; r < k; r++) {
                for (int j = 0; j < widths.get(p); j++) {
                    to[o++] = w.at(r, starts.get(p) + j);
                }
            }
        }
    }

    /** Neighbouring panels that one tile computes. */
    record Block(int first, int panels, int repeat) {}

    /** Cuts the panels into blocks of at most {@code most}: equal ones, and at most one other at the end. */
    List<Block> blocks(int most) {
        int n = count();
        boolean odd = !widths.get(n - 1).equals(widths.get(0)) || starts.get(n - 1) != (n - 1) * widths.get(0);
        int groups = (n + most - 1) / most;
        int each = (n + groups - 1) / groups;
        int whole = n / each;
        if (odd && whole * each == n) {
            whole--;
        }
        List<Block> r = new ArrayList<>();
        if (whole > 0) {
            r.add(new Block(0, each, whole));
        }
        if (whole * each < n) {
            r.add(new Block(whole * each, n - whole * each, 1));
        }
        return r;
    }
}
