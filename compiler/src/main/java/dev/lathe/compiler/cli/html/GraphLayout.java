package dev.lathe.compiler.cli.html;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Places the nodes of an acyclic graph in layers from top to bottom: a node stands below all that it uses; an edge that
 * spans several layers gets a place in each between. Neighbours are ordered by the places of what they are joined to,
 * then moved sideways as near to it as the order allows.
 */
final class GraphLayout {
    static final int ROW = 74;
    private static final int GAP = 22;
    private static final int BEND_WIDTH = 6;
    private static final int SWEEPS = 8;
    /** More bends than this are not routed; such edges are drawn straight. */
    private static final int MAX_BENDS = 60_000;

    private final int nodes;
    private final List<int[]> edges;
    private final List<List<Integer>> layers = new ArrayList<>();
    private final int[] layer;
    private double[] x;
    private double[] width;
    private int[][] up;
    private int[][] down;
    private final List<int[]> routes = new ArrayList<>();

    /** @param edges pairs from, to with from less than to */
    GraphLayout(double[] widths, List<int[]> edges) {
        this.nodes = widths.length;
        this.edges = edges;
        this.layer = new int[nodes];
        layer();
        bend(widths);
        order();
        place();
    }

    double x(int node) {
        return x[node];
    }

    int y(int node) {
        return layer[node] * ROW;
    }

    /** The points between the ends of edge {@code i}, x and y by turns; without those on a straight line. */
    List<Integer> route(int i) {
        int[] e = edges.get(i);
        List<Integer> points = new ArrayList<>();
        int[] r = routes.get(i);
        for (int k = 0; k < r.length; k++) {
            double before = x[k == 0 ? e[0] : r[k - 1]];
            double after = x[k == r.length - 1 ? e[1] : r[k + 1]];
            if (k == 0 || k == r.length - 1 || Math.abs(x[r[k]] - before) > 0.5 || Math.abs(x[r[k]] - after) > 0.5) {
                points.add((int) Math.round(x[r[k]]));
                points.add((layer[e[0]] + k + 1) * ROW);
            }
        }
        return points;
    }

    private void layer() {
        int[] nearest = new int[nodes];
        Arrays.fill(nearest, Integer.MAX_VALUE);
        boolean[] hasInput = new boolean[nodes];
        edges.stream().sorted(Comparator.comparingInt(e -> e[1])).forEach(e -> {
            layer[e[1]] = Math.max(layer[e[1]], layer[e[0]] + 1);
            hasInput[e[1]] = true;
        });
        edges.forEach(e -> nearest[e[0]] = Math.min(nearest[e[0]], layer[e[1]]));
        int last = 0;
        for (int i = 0; i < nodes; i++) {
            // what uses nothing stands near to what uses it
            if (!hasInput[i] && nearest[i] < Integer.MAX_VALUE) {
                layer[i] = nearest[i] - 1;
            }
            last = Math.max(last, layer[i]);
        }
        for (int i = 0; i <= last; i++) {
            layers.add(new ArrayList<>());
        }
        for (int i = 0; i < nodes; i++) {
            layers.get(layer[i]).add(i);
        }
    }

    private void bend(double[] widths) {
        int all = nodes;
        for (int[] e : edges) {
            int n = layer[e[1]] - layer[e[0]] - 1;
            int[] route = new int[n > 0 && all - nodes + n <= MAX_BENDS ? n : 0];
            for (int k = 0; k < route.length; k++) {
                route[k] = all++;
                layers.get(layer[e[0]] + k + 1).add(route[k]);
            }
            routes.add(route);
        }
        width = Arrays.copyOf(widths, all);
        Arrays.fill(width, nodes, all, BEND_WIDTH);
        x = new double[all];
        List<List<Integer>> above = lists(all);
        List<List<Integer>> below = lists(all);
        for (int i = 0; i < edges.size(); i++) {
            int from = edges.get(i)[0];
            for (int b : routes.get(i)) {
                above.get(b).add(from);
                below.get(from).add(b);
                from = b;
            }
            above.get(edges.get(i)[1]).add(from);
            below.get(from).add(edges.get(i)[1]);
        }
        up = arrays(above);
        down = arrays(below);
    }

    private static List<List<Integer>> lists(int n) {
        List<List<Integer>> l = new ArrayList<>(n);
        for (int i = 0; i < n; i++) {
            l.add(new ArrayList<>(2));
        }
        return l;
    }

    private static int[][] arrays(List<List<Integer>> l) {
        return l.stream().map(a -> a.stream().mapToInt(Integer::intValue).toArray()).toArray(int[][]::new);
    }

    private void order() {
        double[] rank = new double[x.length];
        layers.forEach(l -> number(l, rank));
        for (int s = 0; s < SWEEPS; s++) {
            boolean downwards = s % 2 == 0;
            for (int i = 0; i < layers.size(); i++) {
                List<Integer> l = layers.get(downwards ? i : layers.size() - 1 - i);
                double[] want = new double[x.length == 0 ? 0 : l.size()];
                for (int k = 0; k < want.length; k++) {
                    want[k] = mean(downwards ? up[l.get(k)] : down[l.get(k)], rank, rank[l.get(k)]);
                }
                Integer[] index = new Integer[want.length];
                Arrays.setAll(index, k -> k);
                Arrays.sort(index, Comparator.comparingDouble(k -> want[k]));
                List<Integer> sorted = new ArrayList<>(want.length);
                for (int k : index) {
                    sorted.add(l.get(k));
                }
                l.clear();
                l.addAll(sorted);
                number(l, rank);
            }
        }
    }

    // ranks from 0 to 1, so that layers of different lengths can be compared
    private static void number(List<Integer> l, double[] rank) {
        for (int k = 0; k < l.size(); k++) {
            rank[l.get(k)] = (k + 0.5) / l.size();
        }
    }

    private static double mean(int[] of, double[] values, double otherwise) {
        return of.length == 0 ? otherwise : Arrays.stream(of).mapToDouble(i -> values[i]).sum() / of.length;
    }

    private void place() {
        for (List<Integer> l : layers) {
            double total = l.stream().mapToDouble(i -> width[i] + GAP).sum();
            double at = -total / 2;
            for (int i : l) {
                x[i] = at + (width[i] + GAP) / 2;
                at += width[i] + GAP;
            }
        }
        for (int s = 0; s < SWEEPS; s++) {
            for (int i = 0; i < layers.size(); i++) {
                List<Integer> l = layers.get(s % 2 == 0 ? i : layers.size() - 1 - i);
                spread(l, s % 2 == 0 ? up : down);
            }
        }
    }

    /** Least squares under the order and the distances: neighbours that would overlap are moved as one block. */
    private void spread(List<Integer> l, int[][] joined) {
        int n = l.size();
        double[] sum = new double[n];
        double[] weight = new double[n];
        int[] size = new int[n];
        double[] offset = new double[n];
        int blocks = 0;
        for (int k = 0; k < n; k++) {
            int i = l.get(k);
            offset[k] = k == 0 ? 0 : offset[k - 1] + (width[l.get(k - 1)] + width[i]) / 2 + GAP;
            // long edges are kept straight, but where one leaves a node it weighs no more than what goes on there: else columns drift
            double w = joined[i].length == 0 ? 0.1 : i >= nodes && joined[i][0] >= nodes ? 4 : 1;
            sum[blocks] = w * (mean(joined[i], x, x[i]) - offset[k]);
            weight[blocks] = w;
            size[blocks++] = 1;
            while (blocks > 1 && sum[blocks - 2] / weight[blocks - 2] >= sum[blocks - 1] / weight[blocks - 1]) {
                blocks--;
                sum[blocks - 1] += sum[blocks];
                weight[blocks - 1] += weight[blocks];
                size[blocks - 1] += size[blocks];
            }
        }
        for (int b = 0, k = 0; b < blocks; b++) {
            for (int e = k + size[b]; k < e; k++) {
                x[l.get(k)] = offset[k] + sum[b] / weight[b];
            }
        }
    }
}
