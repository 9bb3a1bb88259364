package dev.lathe.compiler.tflite;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.Rows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Which builtin operators are read, and how. Images are [N, H, W, C] there. */
public final class TfliteTable {
    /** Decomposes one operator; gives its results. */
    @FunctionalInterface
    interface Row {
        List<Value> read(TfliteNode n);
    }

    /** One result. */
    @FunctionalInterface
    interface Single {
        Value read(TfliteNode n);
    }

    private static final Rows<Integer, Row> ROWS = new Rows<>();
    private static final Rows<String, Row> CUSTOM = new Rows<>();

    private TfliteTable() {}

    static void add(int code, Single row) {
        all(code, n -> List.of(row.read(n)));
    }

    static void all(int code, Row row) {
        ROWS.add(code, row);
    }

    /** An operator that isn't built in, by its name. */
    static void custom(String name, Single row) {
        customAll(name, n -> List.of(row.read(n)));
    }

    static void customAll(String name, Row row) {
        CUSTOM.add(name, row);
    }

    static void unary(int code, String op) {
        add(code, n -> n.op(op, n.need(0)));
    }

    private static void binary(int code, String op) {
        // the first field is the fused activation
        add(code, n -> n.activate(n.op(op, n.need(0), n.need(1)), 0));
    }

    static void plain(int code, String op) {
        add(code, n -> n.op(op, n.need(0), n.need(1)));
    }

    static void reduce(int code, String kind) {
        add(code, n -> n.op("reduce", Attrs.of("kind", kind, "axes", axes(n, 1), "keep", n.flag(0)), n.need(0)));
    }

    static {
        TfliteShapes.register();
        TfliteSpace.register();
        TfliteMore.register();
        TfliteRecurrent.register();
        TfliteRest.register();
        TfliteStable.register();
        TfliteMedia.register();
        TfliteLandmarks.register();
        binary(0, "add");
        binary(41, "sub");
        binary(18, "mul");
        binary(42, "div");
        plain(55, "max");
        plain(57, "min");
        plain(78, "pow");
        plain(58, "lt");
        plain(61, "gt");
        plain(62, "ge");
        plain(63, "le");
        plain(71, "eq");
        plain(72, "ne");
        for (Map.Entry<Integer, String> e : Map.ofEntries(Map.entry(8, "floor"), Map.entry(14, "sigmoid"), Map.entry(19, "relu"), Map.entry(28, "tanh"),
                Map.entry(47, "exp"), Map.entry(59, "neg"), Map.entry(66, "sin"), Map.entry(73, "log"), Map.entry(75, "sqrt"), Map.entry(101, "abs"),
                Map.entry(104, "ceil"), Map.entry(108, "cos"), Map.entry(116, "round")).entrySet()) {
            unary(e.getKey(), e.getValue());
        }
        add(20, n -> n.op("min", n.op("max", n.need(0), n.like(n.need(0), -1)), n.like(n.need(0), 1)));
        add(21, n -> n.op("min", n.op("relu", n.need(0)), n.like(n.need(0), 6)));
        add(76, n -> n.onnx("Reciprocal", n.op("sqrt", n.need(0))));
        add(92, n -> n.op("mul", n.need(0), n.need(0)));
        add(99, n -> {
            Value d = n.op("sub", n.need(0), n.need(1));
            return n.op("mul", d, d);
        });
        add(98, n -> n.onnx("LeakyRelu", new Object[] {"alpha", n.options() == null ? 0f : n.options().real(0, 0)}, n.need(0)));
        add(111, n -> n.onnx("Elu", n.need(0)));
        add(117, n -> n.onnx("HardSwish", n.need(0)));
        add(54, n -> n.op("prelu", n.need(0), n.need(1)));
        add(25, n -> {
            float beta = n.options() == null ? 1 : n.options().real(0, 0);
            Value x = beta == 1 ? n.need(0) : n.op("mul", n.need(0), n.like(n.need(0), beta));
            return n.op("softmax", Attrs.of("axis", x.rank() - 1), x);
        });
        add(50, n -> n.op("log_softmax", Attrs.of("axis", n.need(0).rank() - 1), n.need(0)));
        add(1, n -> pool(n, "AveragePool"));
        add(17, n -> pool(n, "MaxPool"));
        add(3, n -> conv(n, false));
        add(4, n -> conv(n, true));
        add(9, TfliteTable::connected);
        reduce(40, "mean");
        reduce(74, "sum");
        reduce(81, "prod");
        reduce(82, "max");
        reduce(89, "min");
        add(2, n -> n.activate(n.b().op("concat", Attrs.of("axis", n.axis(n.option(0, 0), n.need(0).rank())), n.in()), 1));
        // quantised tensors are kept as the numbers that they stand for
        for (int code : new int[] {6, 114}) {
            add(code, n -> n.op("identity", n.need(0)));
        }
    }

    /** The numbers of the operators that are read. */
    public static Set<Integer> codes() {
        Set<Integer> all = new TreeSet<>(ROWS.all().keySet());
        all.addAll(TfliteGraph.CONTROL);
        return all;
    }

    /** The names of the operators beyond those that are read. */
    public static Set<String> customNames() {
        return CUSTOM.all().keySet();
    }

    static Row find(int code) {
        return ROWS.find(code);
    }

    static Row custom(String name) {
        return CUSTOM.find(name);
    }

    static int[] axes(TfliteNode n, int operand) {
        return Arrays.stream(n.numbers(operand, "the axes")).mapToInt(a -> n.axis(a, n.need(0).rank())).sorted().distinct().toArray();
    }

    static String padding(TfliteNode n) {
        return n.small(0) == 0 ? "SAME_UPPER" : "VALID";
    }

    private static Value pool(TfliteNode n, String op) {
        Object[] attrs = {"auto_pad", padding(n), "strides", new int[] {n.option(2, 1), n.option(1, 1)}, "kernel_shape", new int[] {n.option(4, 1), n.option(3, 1)}};
        return n.activate(n.toLast(n.onnx(op, attrs, n.toFirst(n.need(0)))), 5);
    }

    private static Value conv(TfliteNode n, boolean depthwise) {
        Value x = n.toFirst(n.need(0));
        // [O, H, W, C]; depthwise [1, H, W, C * multiplier]
        Value w = depthwise ? n.transpose(n.need(1), 3, 0, 1, 2) : n.transpose(n.need(1), 0, 3, 1, 2);
        Dim groups = depthwise ? x.dim(1) : x.dim(1).floorDiv(w.dim(1));
        int more = depthwise ? 1 : 0;
        Object[] attrs = {"auto_pad", padding(n), "strides", new int[] {n.option(2, 1), n.option(1, 1)},
            "dilations", new int[] {n.option(5 + more, 1), n.option(4 + more, 1)}, "group", groups.value()};
        return n.activate(n.toLast(n.onnx("Conv", attrs, x, w, n.has(2) ? n.need(2) : null)), 3 + more);
    }

    private static Value connected(TfliteNode n) {
        Value w = n.need(1);
        Value x = n.need(0);
        boolean keep = n.flag(2);
        List<Dim> dims = new ArrayList<>(x.tensor().dims());
        if (!keep || !x.dim(-1).equals(w.dim(1))) {
            Dim rows = x.tensor().size().divideExact(w.dim(1));
            dims = new ArrayList<>(List.of(rows == null ? x.tensor().size().floorDiv(w.dim(1)) : rows, w.dim(1)));
        }
        Value y = n.op("matmul", n.reshape(x, dims), n.transpose(w, 1, 0));
        return n.activate(n.has(2) ? n.op("add", y, n.need(2)) : y, 0);
    }
}
