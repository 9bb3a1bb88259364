package dev.lathe.compiler.paddle.ops;

import static dev.lathe.compiler.paddle.PaddleTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.paddle.PaddleNode;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Constants, copies, repetition and borders. */
public final class TensorRows {
    private TensorRows() {}

    public static void register() {
        add("assign", n -> n.out(n.op("identity", n.need("X"))));
        add("share_data", n -> n.out(n.op("identity", n.need("X"))));
        add("print", n -> n.out(n.op("identity", n.need("In"))));
        add("assign_value", TensorRows::assignValue);
        add("fill_constant", n -> n.out(n.expand(fill(n), n.has("ShapeTensorList") ? n.dims("", "ShapeTensorList", "") : n.dims("ShapeTensor", "", "shape"))));
        add("full", n -> n.out(n.expand(one(n), n.dims("", "", "shape"))));
        add("full_int_array", n -> {
            long[] v = n.integers("value");
            n.out(n.cast(n.b().longs(v), n.elem("dtype", ElementType.I64)));
        });
        add("fill_constant_batch_size_like", n -> {
            List<Dim> dims = new ArrayList<>(n.dims("", "", "shape"));
            int from = n.intValue("input_dim_idx", 0);
            // of rows that are sequences it is the number of sequences
            Dim count = from == 0 && n.lod("Input") != null ? n.lod("Input").dim(0).minus(1) : n.need("Input").dim(from);
            dims.set(n.intValue("output_dim_idx", 0), count);
            n.out(n.expand(fill(n), dims));
        });
        add("fill_zeros_like", n -> n.out(n.expand(n.like(n.need("X"), 0), n.need("X").tensor().dims())));
        add("fill_any_like", n -> {
            Value x = n.need("X");
            n.out(n.expand(n.b().scalar(n.elem("dtype", x.elem()), n.real("value", 0)), x.tensor().dims()));
        });
        add("cast", n -> {
            Value x = n.need("X");
            Value y = n.cast(x, n.elem("out_dtype", ElementType.F32));
            if (y != x && n.b().symbolic(x) != null && !y.elem().isFloat()) {
                n.b().symbolic(y, n.b().symbolic(x));
            }
            n.out(y);
        });
        add("dropout", n -> {
            Value x = n.need("X");
            boolean scaled = n.text("dropout_implementation", "downgrade_in_infer").equals("upscale_in_train");
            n.out(scaled ? n.op("identity", x) : n.op("mul", x, n.like(x, 1 - n.real("dropout_prob", 0.5))));
        });
        add("concat", n -> {
            List<Value> x = n.ins("X").stream().filter(v -> n.ins("X").size() == 1 || !v.tensor().size().is(0)).toList();
            long axis = n.has("AxisTensor") ? n.known(n.need("AxisTensor"), "the axis")[0] : n.integer("axis", 0);
            n.out(n.b().op("concat", Attrs.of("axis", n.axis(axis, x.get(0).rank())), x));
        });
        add("stack", n -> {
            List<Value> x = n.ins("X");
            n.out("Y", n.stack(x, n.axis(n.integer("axis", 0), x.get(0).rank() + 1)));
        });
        add("expand", n -> n.out(tile(n, n.has("expand_times_tensor") ? n.dims("", "expand_times_tensor", "") : n.dims("ExpandTimes", "", "expand_times"))));
        add("tile", n -> n.out(tile(n, n.has("repeat_times_tensor") ? n.dims("", "repeat_times_tensor", "") : n.dims("RepeatTimes", "", "repeat_times"))));
        add("expand_v2", n -> {
            Value x = n.need("X");
            List<Dim> want = new ArrayList<>(n.has("expand_shapes_tensor") ? n.dims("", "expand_shapes_tensor", "") : n.dims("Shape", "", "shape"));
            int more = want.size() - x.rank();
            for (int i = 0; i < want.size(); i++) {
                if (want.get(i).is(-1)) {
                    want.set(i, x.dim(i - more));
                }
            }
            n.out(n.expand(x, want));
        });
        add("expand_as", n -> {
            // repeated as often as it fits
            Value x = n.need("X");
            List<Dim> want = n.need("target_tensor").tensor().dims();
            boolean ones = true;
            List<Dim> times = new ArrayList<>();
            for (int i = 0; i < x.rank(); i++) {
                ones &= x.dim(i).is(1) || x.dim(i).equals(want.get(i));
                times.add(want.get(i).floorDiv(x.dim(i)));
            }
            n.out(ones ? n.expand(x, want) : tile(n, times));
        });
        add("expand_as_v2", n -> n.out(n.expand(n.need("X"), n.has("Y") ? n.need("Y").tensor().dims() : n.dims("", "", "target_shape"))));
        add("pad", n -> {
            int[] p = n.ints("paddings");
            n.out(pad(n, "constant", n.real("pad_value", 0), n.need("X"), ShapeRows.all(n.need("X").rank()), p));
        });
        add("pad2d", n -> {
            // top, bottom, left, right
            int[] p = n.ints("paddings");
            boolean last = n.text("data_format", "NCHW").equals("NHWC");
            n.out(pad(n, n.text("mode", "constant"), n.real("pad_value", 0), n.need("X"), last ? new int[] {1, 2} : new int[] {2, 3}, p));
        });
        add("pad3d", n -> {
            // left, right, top, bottom, front, back
            long[] q = n.has("Paddings") ? n.known(n.need("Paddings"), "the paddings") : n.integers("paddings");
            int[] p = java.util.Arrays.stream(q).mapToInt(Math::toIntExact).toArray();
            boolean last = n.text("data_format", "NCDHW").equals("NDHWC");
            n.out(pad(n, n.text("mode", "constant"), n.real("value", 0), n.need("X"), last ? new int[] {3, 2, 1} : new int[] {4, 3, 2}, p));
        });
        add("range", n -> n.out(n.onnx("Range", scalar(n, "Start"), scalar(n, "End"), scalar(n, "Step"))));
        add("meshgrid", n -> {
            List<Value> x = n.ins("X");
            List<Dim> dims = x.stream().map(v -> v.tensor().size()).toList();
            List<Value> r = new ArrayList<>();
            for (int i = 0; i < x.size(); i++) {
                List<Dim> one = new ArrayList<>(Collections.nCopies(x.size(), Dim.ONE));
                one.set(i, dims.get(i));
                r.add(n.expand(n.reshape(x.get(i), one), dims));
            }
            n.outs("Out", r);
        });
        add("tril_triu", n -> {
            Value diagonal = n.b().scalar(ElementType.I64, n.integer("diagonal", 0));
            n.out(n.onnx("Trilu", new Object[] {"upper", n.flag("lower", true) ? 0L : 1L}, n.need("X"), diagonal));
        });
    }

    /** The number of attribute value, exactly where it is whole. */
    private static Value one(PaddleNode n) {
        ElementType t = n.elem("dtype", ElementType.F32);
        boolean whole = t == ElementType.I64 && n.number("value") instanceof Long;
        return whole ? n.number(n.integer("value", 0)) : n.b().scalar(t, n.number("value").doubleValue());
    }

    static Value scalar(PaddleNode n, String slot) {
        return n.reshape(n.need(slot), List.of());
    }

    private static Value fill(PaddleNode n) {
        ElementType t = n.elem("dtype", ElementType.F32);
        if (n.has("ValueTensor")) {
            return n.reshape(n.cast(n.need("ValueTensor"), t), List.of());
        }
        String text = n.text("str_value", "");
        if (!text.isEmpty() && t == ElementType.I64 && text.matches("-?\\d+")) {
            return n.b().constant(Tensor.ofLongs(new int[0], Long.parseLong(text)));
        }
        double v = switch (text) {
            case "" -> n.real("value", 0);
            case "inf" -> Double.POSITIVE_INFINITY;
            case "-inf" -> Double.NEGATIVE_INFINITY;
            case "nan" -> Double.NaN;
            default -> Double.parseDouble(text);
        };
        return n.b().scalar(t, v);
    }

    private static void assignValue(PaddleNode n) {
        n.out(listed(n, n.elem("dtype", ElementType.F32), n.ints("shape")));
    }

    /** A constant whose elements stand in an attribute: one for all element types, or the one for this. */
    static Value listed(PaddleNode n, ElementType t, int[] dims) {
        List<?> all = List.of();
        for (String attr : new String[] {"values", "plain_values", of(t), "fp32_values", "int32_values", "int64_values", "bool_values"}) {
            all = all.isEmpty() && n.hasAttr(attr) ? n.list(attr) : all;
        }
        if (t == ElementType.I64) {
            return n.b().constant(Tensor.ofLongs(dims, all.stream().mapToLong(x -> x instanceof Boolean b ? b ? 1 : 0 : ((Number) x).longValue()).toArray()));
        }
        double[] v = all.stream().mapToDouble(x -> x instanceof Boolean b ? b ? 1 : 0 : ((Number) x).doubleValue()).toArray();
        Object data = t.storage().allocate(v.length);
        for (int i = 0; i < v.length; i++) {
            switch (t.storage()) {
                case F32 -> ((float[]) data)[i] = (float) v[i];
                case F64 -> ((double[]) data)[i] = v[i];
                case I32 -> ((int[]) data)[i] = (int) v[i];
                default -> throw n.unsupported("element type " + t.text());
            }
        }
        return n.b().constant(new Tensor(t, dims, data));
    }

    private static String of(ElementType t) {
        return switch (t) {
            case BOOL -> "bool_values";
            case I32 -> "int32_values";
            case I64 -> "int64_values";
            case F64 -> "fp64_values";
            default -> "fp32_values";
        };
    }

    private static Value tile(PaddleNode n, List<Dim> times) {
        // of the two that have fewer dimensions, those in front are 1
        Value x = n.need("X");
        List<Dim> all = new ArrayList<>(times);
        while (all.size() < x.rank()) {
            all.add(0, Dim.ONE);
        }
        List<Dim> dims = new ArrayList<>(x.tensor().dims());
        while (dims.size() < all.size()) {
            dims.add(0, Dim.ONE);
        }
        return n.onnx("Tile", dims.size() == x.rank() ? x : n.reshape(x, dims), n.b().dims(all));
    }

    private static Value pad(PaddleNode n, String mode, double value, Value x, int[] axes, int[] pads) {
        List<Dim> before = new ArrayList<>(Collections.nCopies(x.rank(), Dim.ZERO));
        List<Dim> after = new ArrayList<>(before);
        for (int i = 0; i < axes.length; i++) {
            before.set(axes[i], Dim.of(pads[2 * i]));
            after.set(axes[i], Dim.of(pads[2 * i + 1]));
        }
        String m = switch (mode) {
            case "replicate", "edge" -> "edge";
            case "circular" -> "wrap";
            default -> mode;
        };
        Attrs a = Attrs.of("before", before, "after", after, "mode", m);
        return m.equals("constant") ? n.op("pad", a, x, n.like(x, value)) : n.op("pad", a, x);
    }
}
