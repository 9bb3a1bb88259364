package dev.lathe.compiler.hostile;

import dev.lathe.compiler.models.Onnx;
import dev.lathe.compiler.onnx.proto.WireWriter;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** Models that someone made to do harm, or that a broken exporter wrote; each by a recipe. */
final class HostileModels {
    /** What must come of a model; {@code word} is in the message of a refusal. */
    record Case(boolean compiles, String word, Supplier<byte[]> bytes) {}

    /** 100,000 with -Dlathe.fuzz. */
    private static final int NODES = Integer.getInteger("lathe.fuzz") == null ? 20_000 : 100_000;

    private static final ElementType F32 = ElementType.F32;

    private HostileModels() {}

    static Map<String, Case> all() {
        Map<String, Case> m = new LinkedHashMap<>();
        sizes(m);
        graphs(m);
        weights(m);
        names(m);
        large(m);
        return m;
    }

    private static void refused(Map<String, Case> m, String name, String word, Onnx model) {
        m.put(name, new Case(false, word, model::bytes));
    }

    private static void compiles(Map<String, Case> m, String name, Supplier<Onnx> model) {
        m.put(name, new Case(true, "", () -> model.get().bytes()));
    }

    private static void sizes(Map<String, Case> m) {
        for (long d : new long[] {1L << 31, 1L << 62, Long.MAX_VALUE}) {
            refused(m, "dimension " + d, "out of range", relu(d));
        }
        compiles(m, "negative dimension is unknown", () -> relu(-5L));
        compiles(m, "empty dimension", () -> relu(0L));
        refused(m, "2^31 elements", "elements", relu(1 << 16, 1 << 15));
        refused(m, "2^62 elements", "elements", relu(1 << 30, 1 << 30, 4));
        refused(m, "product wraps to 0", "elements", relu(1 << 30, 1 << 30, 1 << 30, 1 << 30));
        refused(m, "arena over the limit", "elements", relu((1 << 30) + 1, 1).node("Concat", "twice", "y y", "z", Onnx.integer("axis", 0))
                .output("z", F32));
        for (long[] to : new long[][] {{1L << 40}, {1L << 31}, {1 << 20, 1 << 20}, {-7}, {Long.MIN_VALUE}, {1 << 30}}) {
            Onnx o = new Onnx("expand").input("x", F32, 1).output("y", F32).weight("shape", Tensor.ofLongs(new int[] {to.length}, to))
                    .weight("one", Tensor.ofFloats(new int[] {1}, 1)).node("Expand", "grow", "one shape", "g").node("Add", "plus", "x g", "y");
            m.put("a constant expanded to " + Arrays.toString(to), new Case(to[0] == 1 << 30, "", o::bytes));
            Onnx z = new Onnx("fill").output("y", F32).weight("shape", Tensor.ofLongs(new int[] {to.length}, to))
                    .node("ConstantOfShape", "fill", "shape", "y");
            m.put("constants of shape " + Arrays.toString(to), new Case(to[0] == 1 << 30, "", z::bytes));
            Onnx t = new Onnx("tile").input("x", F32, 2).output("y", F32).weight("n", Tensor.ofLongs(new int[] {1}, to[0]))
                    .node("Tile", "tile", "x n", "y");
            m.put("tiled " + to[0] + " times", new Case(to[0] == 1 << 20, "", t::bytes));
        }
        refused(m, "a range without end", "", new Onnx("range").output("y", ElementType.I64).weight("a", Tensor.ofLongs(new int[0], 0))
                .weight("b", Tensor.ofLongs(new int[0], Long.MAX_VALUE)).weight("c", Tensor.ofLongs(new int[0], 1)).node("Range", "range", "a b c", "y"));
        refused(m, "a range with step 0", "", new Onnx("range").output("y", ElementType.I64).weight("a", Tensor.ofLongs(new int[0], 0))
                .weight("b", Tensor.ofLongs(new int[0], 5)).weight("c", Tensor.ofLongs(new int[0], 0)).node("Range", "range", "a b c", "y"));
        refused(m, "padding of 2^40", "", new Onnx("pad").input("x", F32, 2).output("y", F32)
                .weight("p", Tensor.ofLongs(new int[] {2}, 0, 1L << 40)).node("Pad", "pad", "x p", "y"));
        refused(m, "padding below nothing", "", new Onnx("pad").input("x", F32, 2).output("y", F32)
                .weight("p", Tensor.ofLongs(new int[] {2}, -3, -3)).node("Pad", "pad", "x p", "y"));
        refused(m, "a stride of 0", "", conv("strides", 0, 0));
        refused(m, "a stride of -1", "", conv("strides", -1, -1));
        refused(m, "padding of 2^62", "", conv("pads", 1L << 62, 1L << 62, 1L << 62, 1L << 62));
        refused(m, "a dilation of 2^40", "", conv("dilations", 1L << 40, 1));
        refused(m, "a window larger than the image", "", new Onnx("pool").input("x", F32, 1, 1, 4, 4).output("y", F32)
                .node("MaxPool", "pool", "x", "y", Onnx.ints("kernel_shape", 1L << 33, 5)));
    }

    private static Onnx relu(Object... dims) {
        return new Onnx("relu").input("x", F32, dims).output("y", F32, dims).node("Relu", "r", "x", "y");
    }

    private static Onnx conv(String attribute, long... values) {
        return new Onnx("conv").input("x", F32, 1, 1, 4, 4).output("y", F32).weight("w", Tensor.ofFloats(new int[] {1, 1, 1, 1}, 2))
                .node("Conv", "c", "x w", "y", Onnx.ints(attribute, values));
    }

    private static void graphs(Map<String, Case> m) {
        refused(m, "a cycle", "", new Onnx("cycle").input("x", F32, 2).output("a", F32, 2).node("Add", "one", "x b", "a").node("Relu", "two", "a", "b"));
        refused(m, "a node that needs itself", "", new Onnx("self").input("x", F32, 2).output("a", F32, 2).node("Add", "one", "x a", "a"));
        refused(m, "a value defined twice", "", relu(2).node("Abs", "again", "x", "y"));
        refused(m, "two inputs of one name", "", relu(2).input("x", F32, 2));
        refused(m, "an input that a node computes", "", relu(2).node("Abs", "again", "y", "x"));
        refused(m, "a missing operand", "nothing", new Onnx("missing").input("x", F32, 2).output("y", F32, 2).node("Add", "one", "x nothing", "y"));
        refused(m, "too few operands", "", new Onnx("few").input("x", F32, 2).output("y", F32, 2).node("Add", "one", "x", "y"));
        refused(m, "no operands", "", new Onnx("none").input("x", F32, 2).output("y", F32, 2).node("Conv", "one", "", "y"));
        refused(m, "an output that nothing computes", "y", new Onnx("none").input("x", F32, 2).output("y", F32, 2));
        compiles(m, "an output listed twice", () -> relu(2).output("y", F32, 2));
        refused(m, "no axes", "axes", new Onnx("axes").input("x", F32, 2).output("y", F32).node("Unsqueeze", "one", "x", "y"));
        refused(m, "no padding", "input 1 is missing", new Onnx("clip").input("x", F32, 2).output("y", F32).opset(12).node("Pad", "one", "x", "y"));
        refused(m, "operands in another order", "i64", new Onnx("order").input("b", F32, 1, 6, 4).input("s", F32, 1, 1, 6).input("n", ElementType.I64, 1).input("t", F32, 1)
                .output("y", ElementType.I64).node("NonMaxSuppression", "one", "b s t n", "y"));
        refused(m, "no output", "", new Onnx("none").input("x", F32, 2).node("Relu", "one", "x", "y"));
        refused(m, "element types that differ", "", new Onnx("types").input("x", F32, 2).input("i", ElementType.I64, 2).output("y", F32, 2)
                .node("Add", "one", "x i", "y"));
        refused(m, "text where numbers belong", "", new Onnx("types").input("x", ElementType.STR, 2).output("y", F32, 2).node("Relu", "one", "x", "y"));
        refused(m, "shapes that don't go together", "", new Onnx("shapes").input("x", F32, 2, 3).input("z", F32, 4, 5).output("y", F32)
                .node("MatMul", "one", "x z", "y"));
        refused(m, "a reshape that loses elements", "", new Onnx("shapes").input("x", F32, 2, 3).output("y", F32)
                .weight("s", Tensor.ofLongs(new int[] {2}, 4, 4)).node("Reshape", "one", "x s", "y"));
        refused(m, "an axis out of range", "axis", new Onnx("axis").input("x", F32, 2).output("y", F32).node("Softmax", "one", "x", "y", Onnx.integer("axis", 1L << 40)));
        refused(m, "a wrong kind of attribute", "", new Onnx("kind").input("x", F32, 2).output("y", F32).node("Softmax", "one", "x", "y", Onnx.ints("axis", 1)));
        refused(m, "an attribute given twice", "twice", new Onnx("twice").input("x", F32, 2).output("y", F32)
                .node("Softmax", "one", "x", "y", Onnx.integer("axis", 0), Onnx.integer("axis", 5)));
        refused(m, "70,000 dimensions", "dimensions", relu(Collections.nCopies(70_000, (Object) 1L).toArray()));
        refused(m, "70,000 open dimensions", "dimensions", relu(IntStream.range(0, 70_000).mapToObj(i -> "d" + i).toArray()));
        refused(m, "a kernel_shape that isn't the weights'", "kernel_shape is [3, 3]", conv("kernel_shape", 3, 3));
        refused(m, "a depth of -3", "depth of -3", new Onnx("hot").input("x", ElementType.I64, 4).output("y", F32).weight("d", Tensor.ofLongs(new int[0], -3))
                .weight("v", Tensor.ofFloats(new int[] {2}, 0, 1)).node("OneHot", "one", "x d v", "y"));
        for (float scale : new float[] {0, -1, Float.NaN, Float.POSITIVE_INFINITY}) {
            refused(m, "a scale of " + scale, "must be above 0", new Onnx("scale").input("x", F32, 1, 1, 4, 4).output("y", F32)
                    .weight("s", Tensor.ofFloats(new int[] {4}, 1, 1, scale, 1)).node("Resize", "one", "x  s", "y", new WireWriter().string(1, "mode").string(4, "nearest").int64(20, 3)));
        }
        refused(m, "2^40 samples of a place", "too many", new Onnx("samples").input("x", F32, 1, 1, 4, 4).input("b", F32, 1, 4).input("i", ElementType.I64, 1).output("y", F32)
                .node("RoiAlign", "one", "x b i", "y", Onnx.integer("sampling_ratio", 1L << 40)));
        trees(m);
        m.put("opset 0", new Case(false, "", () -> relu(2).opset(0).bytes()));
        m.put("opset 999", new Case(false, "opset 999", () -> relu(2).opset(999).bytes()));
        m.put("opset -1", new Case(false, "", () -> relu(2).opset(-1).bytes()));
    }

    private static void trees(Map<String, Case> m) {
        compiles(m, "a tree", () -> tree(0, 3, 1, 2));
        refused(m, "a tree with too few values", "nodes_values has 1 entries", tree(0, 1, 1, 2));
        refused(m, "a branch that leads to itself", "no way from the root", tree(0, 3, 0, 2));
        refused(m, "a branch that leads nowhere", "isn't there", tree(0, 3, 99, 2));
        refused(m, "a branch that looks at feature 99", "feature 99", tree(99, 3, 1, 2));
    }

    /** A branch, node 0, and two leaves. */
    private static Onnx tree(long feature, int values, long then, long otherwise) {
        WireWriter modes = new WireWriter().string(1, "nodes_modes").string(9, "BRANCH_LEQ").string(9, "LEAF").string(9, "LEAF").int64(20, 8);
        WireWriter splits = new WireWriter().string(1, "nodes_values");
        for (int i = 0; i < values; i++) {
            splits.float32(7, 0.5f);
        }
        WireWriter weights = new WireWriter().string(1, "target_weights").float32(7, 1).float32(7, 2).int64(20, 6);
        return new Onnx("tree").input("x", F32, 1, 4).output("y", F32).mlNode("TreeEnsembleRegressor", "one", "x", "y",
                Onnx.ints("nodes_treeids", 0, 0, 0), Onnx.ints("nodes_nodeids", 0, 1, 2), Onnx.ints("nodes_featureids", feature, 0, 0), modes, splits.int64(20, 6),
                Onnx.ints("nodes_truenodeids", then, 0, 0), Onnx.ints("nodes_falsenodeids", otherwise, 0, 0), Onnx.ints("target_treeids", 0, 0), Onnx.ints("target_nodeids", 1, 2),
                Onnx.ints("target_ids", 0, 0), weights, Onnx.integer("n_targets", 1));
    }

    private static void weights(Map<String, Case> m) {
        refused(m, "a weight that is too short", "", scaled(new WireWriter().packed(1, 2, 3).int64(2, 1).string(8, "w").bytes(9, new byte[20])));
        refused(m, "a weight that is too long", "", scaled(new WireWriter().packed(1, 2).int64(2, 1).string(8, "w").bytes(9, new byte[20])));
        refused(m, "a weight of no type", "", scaled(new WireWriter().packed(1, 2).int64(2, 0).string(8, "w").bytes(9, new byte[8])));
        refused(m, "a weight of an unknown type", "", scaled(new WireWriter().packed(1, 2).int64(2, 77).string(8, "w").bytes(9, new byte[8])));
        refused(m, "a weight of negative extent", "", scaled(new WireWriter().packed(1, -2).int64(2, 1).string(8, "w").bytes(9, new byte[8])));
        refused(m, "a weight of 2^62 elements", "", scaled(new WireWriter().packed(1, 1L << 31, 1L << 31).int64(2, 1).string(8, "w").bytes(9, new byte[8])));
        refused(m, "a weight whose size wraps to 2", "", scaled(new WireWriter().packed(1, 1L << 32, 1L << 32, 2).int64(2, 1).string(8, "w").bytes(9, new byte[8])));
        for (String file : new String[] {"/etc/passwd", "../secret", "a/../../secret", "C:\\secret", "\\\\host\\secret", "no\0name", "", "."}) {
            refused(m, "external data in " + file.replace('\0', '0'), "", new Onnx("external").input("x", F32, 2).output("y", F32, 2)
                    .external("w", file, 8, 2).node("Mul", "scale", "x w", "y"));
        }
    }

    private static Onnx scaled(WireWriter w) {
        return new Onnx("weights").input("x", F32, 2).output("y", F32).weight(w).node("Mul", "scale", "x w", "y");
    }

    private static void names(Map<String, Case> m) {
        String[] odd = {"a/b", "..", "../../x", "nul\0nul", "class", "int", "%x", "a\"b\\c", "line\nline", "// no comment", "\u202emirror", "\ud83d\ude00", "run",
            "a".repeat(70_000)};
        for (String n : odd) {
            compiles(m, "the name " + (n.length() > 20 ? "of 70,000 characters" : n.replace('\0', '0').replace('\n', '/')), () -> new Onnx(n)
                    .input(n, F32, n.length() > 20 ? "N" : n).output(n + "!", F32).weight(n + "?", Tensor.ofFloats(new int[] {1}, 2))
                    .node("Mul", n, n.indexOf(' ') < 0 ? n + " " + n + "?" : "", n + "!"));
        }
        // node() splits operands at blanks
        m.remove("the name // no comment");
        compiles(m, "names that become the same identifier", () -> new Onnx("twins").input("a.b", F32, "N").input("a_b", F32, "N").input("a/b", F32, "N")
                .output("a:b", F32).output("a b", F32).node("Add", "a.b", "a.b a_b", "a:b").node("Add", "a_b", "a_b a/b", "a b"));
    }

    private static void large(Map<String, Case> m) {
        m.put("a long chain", new Case(true, null, () -> chain(NODES).bytes()));
        m.put("a wide graph", new Case(true, null, () -> {
            Onnx o = new Onnx("wide").input("x", F32, 4);
            for (int i = 0; i < NODES; i++) {
                o.node("Relu", "n" + i, "x", "v" + i);
            }
            return o.output("v" + (NODES - 1), F32).bytes();
        }));
        m.put("a long chain with one constant", new Case(true, null, () -> chain(NODES, new Onnx("sums").input("x", F32, 4).weight("c", Tensor.ofFloats(new int[] {4}, 1, 2, 3, 4)),
                (o, in, out) -> o.node("Add", out, in + " c", out)).bytes()));
        m.put("a long chain of transpositions", new Case(true, null, () -> chain(NODES, new Onnx("turns").input("x", F32, 4, 3),
                (o, in, out) -> o.node("Transpose", out, in, out)).bytes()));
        m.put("a tree of doubling sizes", new Case(false, null, () -> {
            Onnx o = new Onnx("tree").input("x", F32, 4);
            for (int i = 0; i < 60; i++) {
                o.node("Concat", "n" + i, (i == 0 ? "x x" : "v" + (i - 1) + " v" + (i - 1)), "v" + i, Onnx.integer("axis", 0));
            }
            return o.output("v59", F32).bytes();
        }));
        m.put("10,000 levels", new Case(false, "nested", () -> nested(10_000)));
        m.put("20 levels", new Case(true, null, () -> nested(20)));
    }

    static Onnx chain(int n) {
        Onnx o = new Onnx("chain").input("x", F32, 4);
        for (int i = 0; i < n; i++) {
            o.node(i % 2 == 0 ? "Exp" : "Tanh", "n" + i, i == 0 ? "x" : "v" + (i - 1), "v" + i);
        }
        return o.output("v" + (n - 1), F32);
    }

    /** Adds the nodes of one link of a chain. */
    private interface Link {
        void add(Onnx o, String in, String out);
    }

    private static Onnx chain(int n, Onnx o, Link link) {
        for (int i = 0; i < n; i++) {
            link.add(o, i == 0 ? "x" : "v" + (i - 1), "v" + i);
        }
        return o.output("v" + (n - 1), F32);
    }

    /** An If in an If in an If ... */
    private static byte[] nested(int levels) {
        Onnx inner = new Onnx("body").output("o0", F32).node("Relu", "r", "x", "o0");
        // the length of every level stands before it: write it from the inside, as bytes that grow at the front
        WireWriter graph = inner.graph();
        for (int i = 1; i <= levels; i++) {
            WireWriter branch = new WireWriter().string(1, "then_branch").message(6, graph).int64(20, 5);
            WireWriter other = Onnx.body("else_branch", new Onnx("other").output("e" + i, F32).node("Abs", "a", "x", "e" + i));
            graph = new Onnx("g").output("o" + i, F32).node("If", "if" + i, "c", "o" + i, branch, other).graph();
        }
        return new Onnx("nested").input("c", ElementType.BOOL).input("x", F32, 4).output("y", F32).node("If", "top", "c", "y",
                new WireWriter().string(1, "then_branch").message(6, graph).int64(20, 5),
                Onnx.body("else_branch", new Onnx("other").output("e", F32).node("Abs", "a", "x", "e"))).bytes();
    }
}
