package dev.lathe.compiler.lower;

import java.util.ArrayList;
import java.util.List;

/**
 * How the output columns of a contraction are cut into panels of one width: 16, or 8, 4, 1 where there are fewer
 * columns. Where the count is no multiple of the width the last panel begins earlier, so that it ends exactly at the
 * last column: columns that two panels hold are computed twice, with the same bits. The cut depends on the count alone,
 * so packed weights are the same for every target.
 *
 * @param starts first column of each panel
 */
record Panels(int columns, int width, List<Integer> starts) {
    static Panels of(int n) {
        int width = n >= 16 ? 16 : n >= 8 ? 8 : n >= 4 ? 4 : 1;
        List<Integer> s = new ArrayList<>();
        for (int at = 0; at < n; at += width) {
            s.add(Math.min(at, n - width));
        }
        return new Panels(n, width, List.copyOf(s));
    }

    int count() {
        return starts.size();
    }

    /** True when the last two panels share columns. */
    boolean overlap() {
        return columns % width != 0;
    }

    int packedSize(int k) {
        return count() * width * k;
    }

    /** The packed size with room for one more row, which a tile of a single panel reads ahead. */
    int roomySize(int k) {
        return packedSize(k) + (count() % 2 == 1 ? width : 0);
    }

    /** A weight by row and column. */
    interface Weight {
        float at(int row, int column);
    }

    /** Packs a k x columns matrix into {@code to} from index {@code base} on: panel after panel, each [k][width]. */
    void pack(int k, Weight w, float[] to, int base) {
        int o = base;
        for (int p = 0; p < count(); p++) {
            for (int r = 0; r < k; r++) {
                for (int j = 0; j < width; j++) {
                    to[o++] = w.at(r, starts.get(p) + j);
                }
            }
        }
    }

    /**
     * Neighbouring panels that one tile computes, {@code repeat} times one after the other. A block that ends with the
     * last panel stands alone; panels that overlap are in one block, so that no two tiles write the same column.
     */
    record Block(int first, int panels, int repeat) {}

    /** Cuts the panels into blocks of at most {@code most}, or 2 where a pair overlaps. */
    List<Block> blocks(int most) {
        int n = count();
        int tail = n % most;
        if (overlap() && n > 1 && tail < 2) {
            // the overlapping pair stays together
            tail = Math.min(n, tail == 0 ? Math.max(2, most) : 2);
        }
        int rest = n - tail;
        int whole = rest / most;
        List<Block> r = new ArrayList<>();
        if (whole > 0) {
            r.add(new Block(0, most, whole));
        }
        if (rest % most > 0) {
            r.add(new Block(whole * most, rest % most, 1));
        }
        if (tail > 0) {
            r.add(new Block(rest, tail, 1));
        }
        return r;
    }

    /**
     * The same for vector tiles of two to four panels: of those that are left over none stands alone where that can be helped, because a tile
     * of one panel loads as much as it multiplies, and few are narrower than the others.
     */
    List<Block> tiles(int most) {
        int n = count();
        List<Integer> sizes = new ArrayList<>();
        for (int left = n; left > 0; left -= sizes.get(sizes.size() - 1)) {
            sizes.add(next(left, most));
        }
        List<Block> r = new ArrayList<>();
        int first = 0;
        for (int i = 0; i < sizes.size(); i++) {
            int size = sizes.get(i);
            int repeat = 1;
            // the last panel may begin earlier, so its block stands alone
            while (i + 1 < sizes.size() && sizes.get(i + 1) == size && !(overlap() && i + 2 == sizes.size())) {
                i++;
                repeat++;
            }
            r.add(new Block(first, size, repeat));
            first += size * repeat;
        }
        return r;
    }

    // 3 + 1 are 2 + 2, 2 + 1 are 3; 4 + 1 are 3 + 2, 4 + 2 are 3 + 3, 4 + 4 + 1 are 3 + 3 + 3
    private static int next(int left, int most) {
        if (left <= most) {
            return left;
        }
        return switch (most) {
            case 4 -> left == 5 || left == 6 || left == 9 ? 3 : 4;
            case 3 -> left == 4 ? 2 : 3;
            default -> left == 3 ? 3 : most;
        };
    }
}
