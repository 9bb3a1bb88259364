package dev.lathe.compiler.tflite;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

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

    private static final Map<Integer, Row> ROWS = new TreeMap<>();

    private TfliteTable() {}

    private static void add(int code, Single row) {
        ROWS.put(code, n -> List.of(row.read(n)));
    }

    private static void unary(int code, String op) {
        add(code, n -> n.op(op, n.need(0)));
    }

    private static void binary(int code, String op) {
        // the first field is the fused activation
        add(code, n -> n.activate(n.op(op, n.need(0), n.need(1)), 0));
    }

    private static void plain(int code, String op) {
        add(code, n -> n.op(op, n.need(0), n.need(1)));
    }

    private static void reduce(int code, String kind) {
        add(code, n -> n.op("reduce", Attrs.of("kind", kind, "axes", axes(n, 1), "keep", n.flag(0)), n.need(0)));
    }

    static {
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
        add(67, TfliteTable::transposed);
        add(9, TfliteTable::connected);
        reduce(40, "mean");
        reduce(74, "sum");
        reduce(81, "prod");
        reduce(82, "max");
        reduce(89, "min");
        add(2, n -> n.activate(n.b().op("concat", Attrs.of("axis", n.axis(n.option(0, 0), n.need(0).rank())), n.in()), 1));
        for (int code : new int[] {22, 43, 70}) {
            add(code, TfliteTable::reshape);
        }
        add(39, n -> n.op("transpose", Attrs.of("perm", Arrays.stream(n.numbers(1, "the order of dimensions")).mapToInt(Math::toIntExact).toArray()), n.need(0)));
        add(34, n -> pad(n, "constant"));
        add(60, n -> pad(n, "constant"));
        add(100, TfliteTable::mirror);
        add(23, n -> resize(n, "linear", n.flag(2), n.flag(3)));
        add(97, n -> resize(n, "nearest", n.flag(0), n.flag(1)));
        add(5, n -> n.toLast(n.onnx("DepthToSpace", new Object[] {"blocksize", (long) n.option(0, 1), "mode", "DCR"}, n.toFirst(n.need(0)))));
        add(36, n -> n.op("gather", Attrs.of("axis", n.axis(n.option(0, 0), n.need(0).rank())), n.need(0), n.need(1)));
        add(45, TfliteTable::strided);
        add(65, TfliteTable::slice);
        ROWS.put(49, TfliteTable::split);
        add(83, n -> {
            int axis = n.axis(n.option(1, 0), n.need(0).rank() + 1);
            List<Dim> dims = new ArrayList<>(n.need(0).tensor().dims());
            dims.add(axis, Dim.ONE);
            return n.b().op("concat", Attrs.of("axis", axis), n.in().stream().map(v -> n.reshape(v, dims)).toList());
        });
        // quantised tensors are kept as the numbers that they stand for
        for (int code : new int[] {6, 114}) {
            add(code, n -> n.op("identity", n.need(0)));
        }
    }

    /** The numbers of the operators that are read. */
    public static Set<Integer> codes() {
        return Collections.unmodifiableSet(ROWS.keySet());
    }

    static Row find(int code) {
        return ROWS.get(code);
    }

    private static int[] axes(TfliteNode n, int operand) {
        return Arrays.stream(n.numbers(operand, "the axes")).mapToInt(a -> n.axis(a, n.need(0).rank())).sorted().distinct().toArray();
    }

    private static String padding(TfliteNode n) {
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

    private static Value transposed(TfliteNode n) {
        long[] shape = n.numbers(0, "the result's shape");
        Value x = n.toFirst(n.need(2));
        // [O, H, W, C] to [C, O, H, W]
        Value w = n.transpose(n.need(1), 3, 0, 1, 2);
        int[] strides = {n.option(2, 1), n.option(1, 1)};
        int[] pads = new int[4];
        int[] more = new int[2];
        for (int i = 0; i < 2; i++) {
            int in = x.dim(2 + i).intValue();
            int full = (in - 1) * strides[i] + w.dim(2 + i).intValue();
            int over = Math.toIntExact(full - shape[1 + i]);
            if (n.small(0) == 0 && over > 0) {
                pads[i] = over / 2;
                pads[2 + i] = over - over / 2;
            } else {
                more[i] = -over;
            }
        }
        Value y = n.onnx("ConvTranspose", new Object[] {"strides", strides, "pads", pads, "output_padding", more}, x, w, n.has(3) ? n.need(3) : null);
        return n.activate(n.toLast(y), 3);
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

    private static Value reshape(TfliteNode n) {
        // what is declared is what comes out, but for the number of images
        List<Dim> dims = new ArrayList<>();
        Dim known = Dim.ONE;
        for (int d : n.shape()) {
            dims.add(Dim.of(d));
            known = known.times(d);
        }
        Dim size = n.need(0).tensor().size();
        if (!size.equals(known) && !dims.isEmpty()) {
            dims.set(0, Dim.ONE);
            Dim rest = size.divideExact(Dim.product(dims));
            dims.set(0, rest == null ? size.floorDiv(Dim.product(dims)) : rest);
        }
        return n.reshape(n.need(0), dims);
    }

    private static Value pad(TfliteNode n, String mode) {
        long[] p = n.numbers(1, "the borders");
        List<Dim> before = new ArrayList<>();
        List<Dim> after = new ArrayList<>();
        for (int i = 0; i < p.length; i += 2) {
            before.add(Dim.of(p[i]));
            after.add(Dim.of(p[i + 1]));
        }
        Attrs a = Attrs.of("before", before, "after", after, "mode", mode);
        return n.has(2) ? n.op("pad", a, n.need(0), n.reshape(n.need(2), List.of())) : n.op("pad", a, n.need(0));
    }

    private static Value mirror(TfliteNode n) {
        if (n.small(0) != 0) {
            throw new LatheException("", "symmetric borders are not supported");
        }
        return pad(n, "reflect");
    }

    private static Value resize(TfliteNode n, String mode, boolean align, boolean half) {
        Value x = n.toFirst(n.need(0));
        long[] size = n.numbers(1, "the size");
        // nearest: with half pixels the place below, with aligned corners the nearest one, the later of two
        Object[] attrs = {"mode", mode, "coordinate_transformation_mode", align ? "align_corners" : half ? "half_pixel" : "asymmetric",
            "nearest_mode", align || half ? "round_prefer_ceil" : "floor"};
        return n.toLast(n.onnx("Resize", attrs, x, null, null, n.b().dims(List.of(x.dim(0), x.dim(1), Dim.of(size[0]), Dim.of(size[1])))));
    }

    private static Value strided(TfliteNode n) {
        Value x = n.need(0);
        long[] begin = n.numbers(1, "where the part begins").clone();
        long[] end = n.numbers(2, "where the part ends").clone();
        long[] step = n.numbers(3, "the steps");
        if (n.option(2, 0) != 0 || n.option(3, 0) != 0) {
            throw new LatheException("", "new axes and ellipses are not supported");
        }
        int shrink = n.option(4, 0);
        long[] axes = new long[begin.length];
        List<Dim> dims = new ArrayList<>();
        for (int i = 0; i < begin.length; i++) {
            axes[i] = i;
            boolean single = (shrink >> i & 1) != 0;
            if ((n.option(0, 0) >> i & 1) != 0 && !single) {
                begin[i] = step[i] > 0 ? 0 : Long.MAX_VALUE;
            }
            if ((n.option(1, 0) >> i & 1) != 0) {
                end[i] = step[i] > 0 ? Long.MAX_VALUE : Long.MIN_VALUE;
            }
            if (single) {
                end[i] = begin[i] == -1 ? Long.MAX_VALUE : begin[i] + 1;
            }
        }
        Value y = n.onnx("Slice", x, n.b().longs(begin), n.b().longs(end), n.b().longs(axes), n.b().longs(step));
        for (int i = 0; i < y.rank(); i++) {
            if ((shrink >> i & 1) == 0) {
                dims.add(y.dim(i));
            }
        }
        return n.reshape(y, dims);
    }

    private static Value slice(TfliteNode n) {
        Value x = n.need(0);
        long[] begin = n.numbers(1, "where the part begins");
        long[] size = n.numbers(2, "the part's size");
        long[] end = new long[begin.length];
        long[] axes = new long[begin.length];
        for (int i = 0; i < begin.length; i++) {
            axes[i] = i;
            end[i] = size[i] < 0 ? Long.MAX_VALUE : begin[i] + size[i];
        }
        return n.onnx("Slice", x, n.b().longs(begin), n.b().longs(end), n.b().longs(axes));
    }

    private static List<Value> split(TfliteNode n) {
        int axis = n.axis(n.numbers(0, "the axis")[0], n.need(1).rank());
        return n.onnx("Split", n.outputs(), new Object[] {"axis", (long) axis, "num_outputs", (long) n.outputs()}, n.need(1));
    }
}
