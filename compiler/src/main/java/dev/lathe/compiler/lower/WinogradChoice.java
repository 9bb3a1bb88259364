package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Flops;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.ir.ValueMap;
import dev.lathe.compiler.ir.op.ContractionOps;
import dev.lathe.runtime.ElementType;
import java.util.List;

/**
 * Which convolutions are computed by Winograd's forms: marked on the graph, so that it is the same for all targets. All paths of a
 * jar give the same bits, so where there are several, or where a map's extents are not known, only the channels count.
 */
public final class WinogradChoice {
    /** The attribute of a marked convolution: how many results a tile has in each dimension. */
    static final String ATTRIBUTE = "winograd";

    private static final int FEWEST_CHANNELS = 8;

    /** Extents that stand for those that are not known. */
    private static final int UNKNOWN = 56;

    // multiply-adds in a nanosecond, of a long reduction and of short ones; see docs/performance.md
    private static final double DIRECT = 48;
    private static final double SHORT = 40;

    private WinogradChoice() {}

    /** The graphs of a jar's paths with their convolutions marked. */
    public static List<Graph> mark(List<Graph> paths) {
        return paths.stream().map(g -> mark(g, paths.size() == 1)).toList();
    }

    /** Multiply-adds of the plain sums that these forms leave out in {@code g}, were it marked as a jar's only path; tiles counted as full. */
    public static long saved(Graph g) {
        long saved = 0;
        for (Node n : mark(g, true).nodes()) {
            if (n.attrs().has(ATTRIBUTE)) {
                long m = n.attrs().integer(ATTRIBUTE);
                long plain = Flops.of(new Graph(g.name(), List.of(), List.of(n), List.of())).multiplyAdds();
                saved += plain - plain * (m + 2) * (m + 2) / (9 * m * m);
            }
        }
        return saved;
    }

    private static Graph mark(Graph g, boolean known) {
        ValueMap<Node> producers = new ValueMap<>(g.nodes().size());
        for (Node n : g.nodes()) {
            for (Value v : n.outputs()) {
                producers.put(v, n);
            }
        }
        return g.withNodes(g.nodes().stream().map(n -> {
            int m = n.is("conv") && !n.attrs().has(ATTRIBUTE) ? form(n, producers, known) : 0;
            return m == 0 ? n : n.withAttrs(n.attrs().with(ATTRIBUTE, m));
        }).toList());
    }

    /** True for a convolution with weights of these dimensions that {@link Winograd} can compute. */
    private static boolean takes(Node n, int[] wd) {
        return n.in(0).elem() == ElementType.F32 && n.in(1).elem() == ElementType.F32 && n.out().elem() == ElementType.F32
                && ContractionOps.channelsLast(n.attrs()) && n.attrs().intValue("groups") == 1 && !n.attrs().has("exact")
                && wd.length == 4 && wd[2] == 3 && wd[3] == 3 && ones(n.attrs().ints("strides")) && ones(n.attrs().ints("dilations"))
                && Math.min(wd[0], wd[1]) >= FEWEST_CHANNELS;
    }

    /** The form that a convolution is marked with, if it can be computed by one; else 0. */
    static int of(Node n, int[] wd) {
        return n.attrs().has(ATTRIBUTE) && takes(n, wd) ? n.attrs().intValue(ATTRIBUTE) : 0;
    }

    /** Results of a tile in each dimension; 0 for the plain sum. */
    private static int form(Node n, ValueMap<Node> producers, boolean known) {
        Node w = producers.get(n.in(1));
        if (w == null || !w.is("const") || !takes(n, w.attrs().tensor("value").dims())) {
            return 0;
        }
        int[] wd = w.attrs().tensor("value").dims();
        List<Dim> dims = n.out().tensor().dims();
        boolean fixed = known && dims.stream().allMatch(Dim::isConst);
        long images = fixed ? dims.get(0).value() : 1;
        long height = fixed ? dims.get(1).value() : UNKNOWN;
        long width = fixed ? dims.get(2).value() : UNKNOWN;
        double direct = images * height * width * 9.0 * wd[0] * wd[1] / DIRECT;
        double four = cost(4, images, height, width, wd);
        double two = cost(2, images, height, width, wd);
        double best = Math.min(two, four);
        return best > 0.85 * direct ? 0 : best == four ? 4 : 2;
    }

    /** Nanoseconds on one core of 2022, about. */
    private static double cost(int m, long images, long height, long width, int[] wd) {
        int places = (m + 2) * (m + 2);
        long tiles = images * ((height + m - 1) / m) * ((width + m - 1) / m);
        double products = (double) places * ((tiles + 7) / 8 * 8) * wd[0] * wd[1] / SHORT;
        double transforms = tiles * (wd[0] + wd[1]) / 16.0 * (m == 4 ? 60 : 25);
        // weights come from the third cache or further
        double weights = places * 4.0 * wd[0] * wd[1] / 20;
        return products + transforms + weights;
    }

    private static boolean ones(int[] a) {
        for (int v : a) {
            if (v != 1) {
                return false;
            }
        }
        return true;
    }
}
