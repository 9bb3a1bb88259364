package dev.lathe.codegen.lib;

import dev.lathe.runtime.State;

/** Non-maximum suppression. */
public final class Boxes {
    private Boxes() {}

    /**
     * Chooses boxes of each batch and class in the order of their scores; those that overlap a chosen one too much are left out.
     *
     * @param most boxes of a class; none or fewer means none
     * @param center 1 when boxes are (x, y, width, height) rather than two opposite corners (y, x, y, x)
     * @param out OWN buffer of i64 that gets triples (batch, class, box)
     * @return how many were chosen
     */
    public static int[] suppress(State s, float[] boxes, int at, float[] scores, int from, long[] most, int m, float[] overlap, int o,
            float[] least, int l, int batches, int classes, int n, int center, int out) {
        int limit = (int) Math.max(0, Math.min(most[m], n));
        float[] edges = new float[4 * n];
        int[] order = new int[n];
        int[] chosen = new int[n];
        int total = 0;
        long[] r = (long[]) s.reserve(out, 3, 0, false);
        for (int b = 0; b < batches; b++) {
            edges(boxes, at + b * n * 4, n, center != 0, edges);
            for (int c = 0; c < classes; c++) {
                int row = from + (b * classes + c) * n;
                int candidates = 0;
                for (int i = 0; i < n; i++) {
                    if (scores[row + i] > least[l]) {
                        order[candidates++] = i;
                    }
                }
                Order.Elements up = Order.of(scores, false);
                Order.sort(order, candidates, (i, j) -> up.compare(row + j, row + i));
                int k = 0;
                for (int i = 0; i < candidates && k < limit; i++) {
                    if (apart(edges, order[i], chosen, k, overlap[o])) {
                        chosen[k++] = order[i];
                    }
                }
                r = (long[]) s.reserve(out, 3, 3 * (total + k), true);
                for (int i = 0; i < k; i++, total++) {
                    r[3 * total] = b;
                    r[3 * total + 1] = c;
                    r[3 * total + 2] = chosen[i];
                }
            }
        }
        return new int[] {total};
    }

    // low y, low x, high y, high x
    private static void edges(float[] boxes, int at, int n, boolean center, float[] edges) {
        for (int i = 0; i < n; i++) {
            float a = boxes[at + 4 * i];
            float b = boxes[at + 4 * i + 1];
            float c = boxes[at + 4 * i + 2];
            float d = boxes[at + 4 * i + 3];
            edges[4 * i] = center ? b - d / 2 : Math.min(a, c);
            edges[4 * i + 1] = center ? a - c / 2 : Math.min(b, d);
            edges[4 * i + 2] = center ? b + d / 2 : Math.max(a, c);
            edges[4 * i + 3] = center ? a + c / 2 : Math.max(b, d);
        }
    }

    private static boolean apart(float[] e, int i, int[] chosen, int k, float most) {
        for (int j = 0; j < k; j++) {
            if (overlap(e, 4 * i, 4 * chosen[j]) > most) {
                return false;
            }
        }
        return true;
    }

    private static float overlap(float[] e, int i, int j) {
        float height = Math.min(e[i + 2], e[j + 2]) - Math.max(e[i], e[j]);
        float width = Math.min(e[i + 3], e[j + 3]) - Math.max(e[i + 1], e[j + 1]);
        float both = height > 0 && width > 0 ? height * width : 0;
        float all = (e[i + 2] - e[i]) * (e[i + 3] - e[i + 1]) + (e[j + 2] - e[j]) * (e[j + 3] - e[j + 1]) - both;
        return all <= 0 ? 0 : both / all;
    }
}
