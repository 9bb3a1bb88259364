package dev.lathe.compiler.cli.html;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Where nodes of the page's graph stand. */
class GraphLayoutTest {
    private static final double WIDTH = 100;

    private static GraphLayout layout(int nodes, List<int[]> edges) {
        double[] widths = new double[nodes];
        Arrays.fill(widths, WIDTH);
        return new GraphLayout(widths, edges);
    }

    @Test
    void nodesStandBelowWhatTheyUseAndBesideEachOther() {
        Random r = new Random(3);
        List<int[]> edges = new ArrayList<>();
        int n = 200;
        for (int to = 1; to < n; to++) {
            for (int k = r.nextInt(3); k >= 0; k--) {
                edges.add(new int[] {r.nextInt(to), to});
            }
        }
        GraphLayout l = layout(n, edges);
        for (int[] e : edges) {
            assertTrue(l.y(e[0]) < l.y(e[1]));
        }
        for (int a = 0; a < n; a++) {
            for (int b = 0; b < a; b++) {
                assertTrue(l.y(a) != l.y(b) || Math.abs(l.x(a) - l.x(b)) >= WIDTH, a + " and " + b + " overlap");
            }
        }
    }

    /** A residual network is a column, however deep. */
    @Test
    void blocksWithSkippingEdgesDoNotDrift() {
        List<int[]> edges = new ArrayList<>();
        int blocks = 200;
        for (int b = 0; b < blocks; b++) {
            int at = 4 * b;
            for (int k = 0; k < 4; k++) {
                edges.add(new int[] {at + k, at + k + 1});
            }
            edges.add(new int[] {at, at + 4});
        }
        GraphLayout l = layout(4 * blocks + 1, edges);
        for (int b = 1; b <= blocks; b++) {
            assertEquals(l.x(0), l.x(4 * b), WIDTH, "block " + b);
        }
    }
}
