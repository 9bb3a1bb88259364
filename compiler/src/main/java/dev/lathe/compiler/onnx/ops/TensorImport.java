package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ImportTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.NodeImport;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** Constants, and operators that move elements without computing. */
public final class TensorImport {
    private TensorImport() {}

    public static void register() {
        add("Constant", n -> n.out(n.b().constant(constant(n))));
        add("ConstantOfShape", TensorImport::constantOfShape);
        add("Identity", n -> n.out(n.op("identity", n.need(0))));
        add("Transpose", n -> {
            int[] perm = n.ints("perm");
            if (perm.length == 0) {
                perm = new int[n.rank(0)];
                for (int i = 0; i < perm.length; i++) {
                    perm[i] = perm.length - 1 - i;
                }
            }
            n.out(n.op("transpose", Attrs.of("perm", perm), n.need(0)));
        });
        add("Concat", n -> {
            int axis = n.axis("axis", 1, n.rank(0));
            n.out(n.b().op("concat", Attrs.of("axis", axis), n.in()));
        });
        add("Slice", SliceImport::slice);
        add("Split", TensorImport::split);
        add("Expand", n -> n.out(n.op("expand", Attrs.of("dims", shape(n, 1)), n.need(0))));
        add("Tile", TensorImport::tile);
        add("Pad", TensorImport::pad);
        add("Gather", n -> n.out(n.op("gather", Attrs.of("axis", n.axis("axis", 0, n.rank(0))), n.need(0), n.need(1))));
    }

    private static Tensor constant(NodeImport n) {
        for (String name : List.of("value", "sparse_value")) {
            if (n.hasAttr(name)) {
                return n.tensor(name);
            }
        }
        if (n.hasAttr("value_int")) {
            return Tensor.ofLongs(new int[0], n.integer("value_int", 0));
        }
        if (n.hasAttr("value_float")) {
            return Tensor.ofFloats(new int[0], n.real("value_float", 0));
        }
        if (n.hasAttr("value_ints")) {
            long[] v = n.integers("value_ints");
            return Tensor.ofLongs(new int[] {v.length}, v);
        }
        if (n.hasAttr("value_floats")) {
            float[] v = n.reals("value_floats");
            return Tensor.ofFloats(new int[] {v.length}, v);
        }
        if (n.hasAttr("value_string")) {
            return new Tensor(ElementType.STR, new int[0], new String[] {n.text("value_string", "")});
        }
        if (n.hasAttr("value_strings")) {
            String[] v = n.texts("value_strings").toArray(new String[0]);
            return new Tensor(ElementType.STR, new int[] {v.length}, v);
        }
        throw new LatheException("", "it has no value");
    }

    // where the type of a shape doesn't say how many dimensions it has, the result's declaration may
    private static List<Dim> shape(NodeImport n, int i) {
        if (n.numbers(i) != null || n.need(i).tensor().isStatic()) {
            return n.dims(i);
        }
        // a shape that is shorter has ones before it
        Value v = n.need(i);
        int rank = new LateAxes(n).declaredRank();
        long[] ones = new long[rank];
        Arrays.fill(ones, 1);
        Value all = n.op("concat", Attrs.of("axis", 0), n.b().longs(ones), new Calc(n).cast(v, ElementType.I64));
        return new Calc(n).dims(part(n, all, 0, v.dim(0), Dim.of(rank)), rank);
    }

    private static void constantOfShape(NodeImport n) {
        Tensor t = n.hasAttr("value") ? n.tensor("value") : Tensor.ofFloats(new int[] {1}, 0);
        n.out(n.op("expand", Attrs.of("dims", shape(n, 0)), n.b().constant(t.reshaped())));
    }

    static List<Dim> longs(long[] v) {
        return Arrays.stream(v).mapToObj(Dim::of).toList();
    }

    private static void split(NodeImport n) {
        int axis = n.axis("axis", 0, n.rank(0));
        Dim size = n.need(0).dim(axis);
        List<Dim> parts = new ArrayList<>();
        if (n.opset() >= 13 && n.has(1)) {
            parts.addAll(new Calc(n).dims(n.need(1), n.outputs()));
        } else if (n.opset() < 13 && n.hasAttr("split")) {
            parts.addAll(longs(n.integers("split")));
        } else if (n.opset() < 2 && n.has(1)) {
            parts.addAll(new Calc(n).dims(n.need(1), n.outputs()));
        } else {
            int k = n.hasAttr("num_outputs") ? (int) n.integer("num_outputs", 1) : n.outputs();
            Dim each = size.ceilDiv(Dim.of(k));
            for (int i = 0; i < k - 1; i++) {
                parts.add(each);
            }
            parts.add(size.minus(each.times(k - 1)));
        }
        Dim at = Dim.ZERO;
        for (int i = 0; i < parts.size(); i++) {
            n.out(i, part(n, n.need(0), axis, at, parts.get(i)));
            at = at.plus(parts.get(i));
        }
    }

    /** [start, start + size) of one axis. */
    static Value part(NodeImport n, Value x, int axis, Dim start, Dim size) {
        return n.b().part(x, axis, start, size);
    }

    private static void tile(NodeImport n) {
        Value x = n.need(0);
        List<Dim> repeats;
        if (n.opset() < 6) {
            // one count for one axis
            repeats = new ArrayList<>(Collections.nCopies(x.rank(), Dim.ONE));
            repeats.set((int) n.needNumbers(2, "axis")[0], n.dims(1).get(0));
        } else {
            repeats = new Calc(n).dims(n.need(1), x.rank());
        }
        // [a, b] tiled by [r, s]: [1, a, 1, b] broadcast to [r, a, s, b]
        List<Dim> apart = new ArrayList<>();
        List<Dim> wide = new ArrayList<>();
        List<Dim> dims = new ArrayList<>();
        for (int i = 0; i < x.rank(); i++) {
            apart.add(Dim.ONE);
            apart.add(x.dim(i));
            wide.add(repeats.get(i));
            wide.add(x.dim(i));
            dims.add(x.dim(i).times(repeats.get(i)));
        }
        Value r = n.op("reshape", Attrs.of("dims", apart), x);
        // an extent that broadcasts to 0 or more is what expand's result says, whatever the operand's 1
        n.out(n.op("reshape", Attrs.of("dims", dims), n.op("expand", Attrs.of("dims", wide), r)));
    }

    private static void pad(NodeImport n) {
        Value x = n.need(0);
        int rank = x.rank();
        List<Dim> pads;
        Value value = null;
        Calc c = new Calc(n);
        if (n.opset() < 11) {
            pads = longs(n.integers(n.hasAttr("pads") ? "pads" : "paddings"));
            value = n.like(0, n.real("value", 0));
        } else {
            pads = padOperand(n, c, rank);
            value = n.has(2) ? n.in(2) : null;
        }
        long[] axes = n.opset() >= 18 && n.has(3) ? n.numbers(3) : null;
        List<Dim> before = new ArrayList<>(Collections.nCopies(rank, Dim.ZERO));
        List<Dim> after = new ArrayList<>(Collections.nCopies(rank, Dim.ZERO));
        int half = pads.size() / 2;
        for (int i = 0; i < half; i++) {
            int a = axes == null ? i : n.axis(axes[i], rank);
            before.set(a, pads.get(i));
            after.set(a, pads.get(half + i));
        }
        String mode = n.text("mode", "constant");
        if (!List.of("constant", "edge", "reflect", "wrap").contains(mode)) {
            throw n.unsupported("mode " + mode + " of " + x.type());
        }
        Attrs a = Attrs.of("before", before, "after", after, "mode", mode);
        if (value == null && x.elem() == ElementType.STR) {
            value = n.b().constant(new Tensor(ElementType.STR, new int[0], new String[] {""}));
        }
        if (value != null && value.rank() > 0) {
            value = n.op("reshape", Attrs.of("dims", List.of()), value);
        }
        if (value != null && value.elem() != x.elem()) {
            value = n.op("cast", Attrs.of("to", x.elem()), value);
        }
        n.out(mode.equals("constant") && value != null ? n.op("pad", a, x, value) : n.op("pad", a, x));
    }

    // one value before and after each axis that is given; for axes found while running, of every dimension
    private static List<Dim> padOperand(NodeImport n, Calc c, int rank) {
        boolean some = n.opset() >= 18 && n.has(3);
        if (!some || n.numbers(3) != null) {
            return c.dims(n.need(1), 2 * (some ? n.numbers(3).length : rank));
        }
        Value axes = n.in(3);
        Dim k = axes.tensor().size();
        Value both = c.cast(n.need(1), ElementType.I64);
        List<Dim> pads = new ArrayList<>();
        for (Dim from : List.of(Dim.ZERO, k)) {
            pads.addAll(c.dims(new LateAxes(n).spread(axes, part(n, both, 0, from, k), rank, n.b().scalar(ElementType.I64, 0))));
        }
        return pads;
    }
}
