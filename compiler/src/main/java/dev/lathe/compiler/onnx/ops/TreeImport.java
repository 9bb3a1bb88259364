package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ImportTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.NodeImport;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** ai.onnx.ml: ensembles of decision trees. */
public final class TreeImport {
    private TreeImport() {}

    public static void register() {
        add(EncoderImport.ML + "TreeEnsembleRegressor", TreeImport::regress);
        add(EncoderImport.ML + "TreeEnsembleClassifier", TreeImport::classify);
        add(EncoderImport.ML + "TreeEnsemble", TreeImport::ensemble);
    }

    /** Operand 0 as rows of f32 or f64. */
    private static Value rows(NodeImport n) {
        Calc c = new Calc(n);
        Value x = EncoderImport.rows(c, n.need(0));
        return x.elem() == ElementType.F64 ? x : c.cast(x, ElementType.F32);
    }

    // ---- opsets 1 and 3: nodes named by tree and number ---------------------------------------------------------

    private static double[] doubles(NodeImport n, String name) {
        Tensor t = n.tensor(name + "_as_tensor");
        if (t != null) {
            double[] r = new double[t.size()];
            Arrays.setAll(r, t::number);
            return r;
        }
        float[] f = n.reals(name);
        double[] r = new double[f == null ? 0 : f.length];
        Arrays.setAll(r, i -> f[i]);
        return r;
    }

    private static long[] longs(NodeImport n, String name) {
        long[] v = n.integers(name);
        if (v == null) {
            throw new LatheException("", "attribute " + name + " is missing");
        }
        return v;
    }

    private record Key(long tree, long node) {}

    /** @param kind {@code target} or {@code class} */
    private static TreeTable named(NodeImport n, String kind) {
        long[] trees = longs(n, "nodes_treeids");
        long[] ids = longs(n, "nodes_nodeids");
        List<String> modes = n.needTexts("nodes_modes");
        long[] features = longs(n, "nodes_featureids");
        double[] values = doubles(n, "nodes_values");
        long[] missing = n.integers("nodes_missing_value_tracks_true");
        long[] leafTrees = longs(n, kind + "_treeids");
        long[] leafNodes = longs(n, kind + "_nodeids");
        long[] targets = longs(n, kind + "_ids");
        double[] weights = doubles(n, kind + "_weights");
        checkLengths("nodes_nodeids", ids.length, Map.of("nodes_treeids", trees.length, "nodes_modes", modes.size(), "nodes_featureids", features.length, "nodes_values", values.length,
                "nodes_truenodeids", longs(n, "nodes_truenodeids").length, "nodes_falsenodeids", longs(n, "nodes_falsenodeids").length));
        checkLengths(kind + "_nodeids", leafNodes.length, Map.of(kind + "_treeids", leafTrees.length, kind + "_ids", targets.length, kind + "_weights", weights.length));
        Map<Key, List<Integer>> leaves = new HashMap<>();
        for (int i = 0; i < leafNodes.length; i++) {
            leaves.computeIfAbsent(new Key(leafTrees[i], leafNodes[i]), k -> new ArrayList<>()).add(i);
        }
        TreeTable t = new TreeTable();
        Map<Key, Integer> place = new LinkedHashMap<>();
        for (int i = 0; i < ids.length; i++) {
            Key key = new Key(trees[i], ids[i]);
            int at;
            if (modes.get(i).equals("LEAF")) {
                leaves.getOrDefault(key, List.of()).forEach(w -> t.weight(Math.toIntExact(targets[w]), weights[w]));
                at = t.leaf();
            } else {
                at = t.branch(Math.toIntExact(features[i]), values[i], TreeTable.MODES.indexOf(modes.get(i)), missing != null && missing.length > i && missing[i] != 0, List.of());
            }
            if (place.put(key, at) != null) {
                throw new LatheException("", "node " + ids[i] + " of tree " + trees[i] + " stands twice");
            }
        }
        connect(n, t, trees, ids, modes, place);
        return t;
    }

    // one entry for each node
    private static void checkLengths(String name, int length, Map<String, Integer> others) {
        for (Map.Entry<String, Integer> e : new TreeMap<>(others).entrySet()) {
            if (e.getValue() != length) {
                throw new LatheException("", "attribute " + e.getKey() + " has " + e.getValue() + " entries, " + name + " has " + length);
            }
        }
    }

    private static void connect(NodeImport n, TreeTable t, long[] trees, long[] ids, List<String> modes, Map<Key, Integer> place) {
        long[] then = longs(n, "nodes_truenodeids");
        long[] otherwise = longs(n, "nodes_falsenodeids");
        Map<Key, List<Key>> ways = new HashMap<>();
        Set<Key> children = new HashSet<>();
        for (int i = 0; i < ids.length; i++) {
            if (!modes.get(i).equals("LEAF")) {
                Key from = new Key(trees[i], ids[i]);
                Key a = new Key(trees[i], then[i]);
                Key b = new Key(trees[i], otherwise[i]);
                if (!place.containsKey(a) || !place.containsKey(b)) {
                    throw new LatheException("", "node " + ids[i] + " of tree " + trees[i] + " leads to a node that isn't there");
                }
                t.ways(place.get(from), place.get(a), place.get(b));
                ways.put(from, List.of(a, b));
                children.addAll(ways.get(from));
            }
        }
        Set<Long> rooted = new HashSet<>();
        Deque<Key> left = new ArrayDeque<>();
        place.forEach((key, at) -> {
            if (!children.contains(key) && rooted.add(key.tree)) {
                t.root(at);
                left.add(key);
            }
        });
        if (rooted.size() != Arrays.stream(trees).distinct().count()) {
            throw new LatheException("", "the nodes of a tree lead round in a circle");
        }
        Set<Key> reached = new HashSet<>();
        while (!left.isEmpty()) {
            Key k = left.removeLast();
            if (reached.add(k)) {
                left.addAll(ways.getOrDefault(k, List.of()));
            }
        }
        for (Key k : place.keySet()) {
            if (!reached.contains(k)) {
                throw new LatheException("", "no way from the root leads to node " + k.node + " of tree " + k.tree);
            }
        }
    }

    private static String aggregate(String onnx) {
        return switch (onnx) {
            case "SUM" -> "sum";
            case "AVERAGE" -> "mean";
            case "MIN" -> "min";
            case "MAX" -> "max";
            default -> throw new LatheException("", "aggregate_function " + onnx + " is not supported");
        };
    }

    private static Value constants(NodeImport n, double[] v, ElementType t) {
        Calc c = new Calc(n);
        return c.cast(n.b().constant(new Tensor(ElementType.F64, new int[] {v.length}, v)), t);
    }

    private static void regress(NodeImport n) {
        Calc c = new Calc(n);
        int targets = (int) n.integer("n_targets", 1);
        Value y = named(n, "target").on(n, rows(n), targets, aggregate(n.text("aggregate_function", "SUM")));
        double[] base = doubles(n, "base_values");
        y = base.length == 0 ? y : c.add(y, constants(n, base, y.elem()));
        n.out(new Scores(n).transformed(c.cast(y, ElementType.F32)));
    }

    private static void classify(NodeImport n) {
        Calc c = new Calc(n);
        Scores s = new Scores(n);
        Tensor labels = s.labels("classlabels_int64s");
        TreeTable t = named(n, "class");
        int classes = Math.max(labels == null ? 1 : labels.size(), t.targets().stream().mapToInt(i -> i + 1).max().orElse(1));
        double[] base = doubles(n, "base_values");
        Value x = rows(n);
        Value y = t.on(n, x, classes, "sum");
        long weighted = t.targets().stream().distinct().count();
        boolean second = classes == 2 && weighted == 1 && t.targets().get(0) == 1;
        boolean positive = t.weights().stream().allMatch(w -> w >= 0);
        if (classes > 2 || weighted > 1 || second) {
            y = base.length == 0 ? y : c.add(y, constants(n, second && base.length == 1 ? new double[] {0, base[0]} : base, y.elem()));
            y = c.cast(y, ElementType.F32);
            // the first class has a score, too, when the weights are the second's: 0
            Value index = second ? s.told(TensorImport.part(n, y, 1, Dim.ONE, Dim.ONE), positive ? 0.5 : 0) : s.best(y);
            s.out(index, labels, s.transformed(y));
            return;
        }
        // two classes told by the weight of the first
        Value score = c.cast(TensorImport.part(n, y, 1, Dim.ZERO, Dim.ONE), ElementType.F32);
        if (base.length > 0) {
            score = c.add(score, base[base.length - 1]);
        }
        if (classes == 1 && labels != null) {
            // a number alone says yes or no, by 1 or 0, as ONNX Runtime has it; a text has no other
            boolean text = labels.type() == ElementType.STR;
            s.out(text ? s.best(score) : s.told(score, 0), text ? labels : null, s.transformed(score));
            return;
        }
        s.out(s.told(score, positive ? 0.5 : 0), labels, s.both(score, positive));
    }

    // ---- opset 5: nodes by their place --------------------------------------------------------------------------

    private static int way(long id, boolean leaf, int[] leaves) {
        return leaf ? leaves[Math.toIntExact(id)] : Math.toIntExact(id);
    }

    private static void ensemble(NodeImport n) {
        Calc c = new Calc(n);
        long[] features = longs(n, "nodes_featureids");
        Tensor modes = n.tensor("nodes_modes");
        Tensor splits = n.tensor("nodes_splits");
        long[] then = longs(n, "nodes_truenodeids");
        long[] otherwise = longs(n, "nodes_falsenodeids");
        long[] thenLeaf = longs(n, "nodes_trueleafs");
        long[] otherwiseLeaf = longs(n, "nodes_falseleafs");
        long[] missing = n.integers("nodes_missing_value_tracks_true");
        long[] targets = longs(n, "leaf_targetids");
        Tensor weights = n.tensor("leaf_weights");
        TreeTable t = new TreeTable();
        int[] leaves = new int[targets.length];
        for (int i = 0; i < leaves.length; i++) {
            t.weight(Math.toIntExact(targets[i]), weights.number(i));
            leaves[i] = t.leaf();
        }
        List<List<Double>> sets = sets(n.tensor("membership_values"));
        int set = 0;
        for (int i = 0; i < features.length; i++) {
            int mode = (int) modes.integer(i);
            boolean member = TreeTable.MODES.get(mode).equals("BRANCH_MEMBER");
            t.branch(Math.toIntExact(features[i]), splits.number(i), mode, missing != null && missing.length > i && missing[i] != 0, member ? sets.get(set++) : List.of());
        }
        for (int i = 0; i < features.length; i++) {
            t.ways(i, way(then[i], thenLeaf[i] != 0, leaves), way(otherwise[i], otherwiseLeaf[i] != 0, leaves));
        }
        for (long r : longs(n, "tree_roots")) {
            t.root(Math.toIntExact(r));
        }
        String aggregate = aggregate(List.of("AVERAGE", "SUM", "MIN", "MAX").get((int) n.integer("aggregate_function", 1)));
        Value y = t.on(n, rows(n), (int) n.integer("n_targets", 1), aggregate);
        String post = List.of("NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT").get((int) n.integer("post_transform", 0));
        n.out(c.cast(new Scores(n).transformed(y, post), n.elem(0)));
    }

    // sets stand one after the other, each ended by NaN
    private static List<List<Double>> sets(Tensor t) {
        List<List<Double>> r = new ArrayList<>();
        List<Double> open = new ArrayList<>();
        for (int i = 0; t != null && i < t.size(); i++) {
            if (Double.isNaN(t.number(i))) {
                r.add(open);
                open = new ArrayList<>();
            } else {
                open.add(t.number(i));
            }
        }
        r.add(open);
        return r;
    }
}
