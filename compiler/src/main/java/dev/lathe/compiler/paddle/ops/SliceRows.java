package dev.lathe.compiler.paddle.ops;

import static dev.lathe.compiler.paddle.PaddleTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Type.SeqType;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.paddle.PaddleNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Parts of tensors. */
public final class SliceRows {
    private SliceRows() {}

    public static void register() {
        add("slice", n -> n.out(slice(n, null)));
        add("strided_slice", n -> n.out(slice(n, n.has("StridesTensorList") ? n.dims("", "StridesTensorList", "") : n.dims("StridesTensor", "", "strides"))));
        add("split", SliceRows::split);
        add("unbind", n -> {
            Value x = n.need("X");
            int axis = n.axis(n.integer("axis", 0), x.rank());
            n.outs("Out", single(n, x, axis, n.outs("Out").size()));
        });
        add("unstack", n -> n.outs("Y", single(n, n.need("X"), n.axis(n.integer("axis", 0), n.need("X").rank()), n.outs("Y").size())));
        add("crop", SliceRows::crop);
        add("crop_tensor", SliceRows::crop);
        add("flip", n -> {
            Value x = n.need("X");
            int[] axes = n.ints("axis");
            long[] from = new long[axes.length];
            long[] to = new long[axes.length];
            Arrays.fill(from, -1);
            Arrays.fill(to, Long.MIN_VALUE);
            n.out(n.onnx("Slice", x, n.b().longs(from), n.b().longs(to), n.b().longs(Arrays.stream(axes).asLongStream().toArray()), n.b().longs(from)));
        });
        add("roll", n -> {
            Value x = n.need("X");
            long[] shifts = n.integers("shifts");
            long[] axes = n.integers("axis");
            for (int i = 0; i < shifts.length; i++) {
                int axis = n.axis(axes[i], x.rank());
                Dim by = Dim.of(shifts[i]).mod(x.dim(axis));
                Dim head = x.dim(axis).minus(by);
                x = n.concat(List.of(n.part(x, axis, head, by), n.part(x, axis, Dim.ZERO, head)), axis);
            }
            n.out(x);
        });
    }

    private static Value slice(PaddleNode n, List<Dim> steps) {
        Value x = n.need("Input");
        if (x.type() instanceof SeqType) {
            return ArrayRows.element(n, x, ArrayRows.single(n, n.b().dims(n.dims("StartsTensor", "StartsTensorList", "starts"))));
        }
        long[] axes = n.integers("axes");
        List<Dim> starts = n.has("StartsTensorList") ? n.dims("", "StartsTensorList", "") : n.dims("StartsTensor", "", "starts");
        List<Dim> ends = n.has("EndsTensorList") ? n.dims("", "EndsTensorList", "") : n.dims("EndsTensor", "", "ends");
        List<Value> in = new ArrayList<>(List.of(x, n.b().dims(starts), n.b().dims(ends), n.b().longs(axes)));
        if (steps != null) {
            in.add(n.b().dims(steps));
        }
        Value y = n.onnx("Slice", in.toArray(new Value[0]));
        int[] gone = n.ints("decrease_axis");
        if (gone.length == 0) {
            return y;
        }
        Set<Integer> drop = new HashSet<>();
        for (int a : gone) {
            drop.add(n.axis(a, x.rank()));
        }
        List<Dim> dims = new ArrayList<>();
        for (int i = 0; i < y.rank(); i++) {
            if (!drop.contains(i)) {
                dims.add(y.dim(i));
            }
        }
        // early versions had no scalars
        boolean scalar = dims.isEmpty() && !n.scalars();
        Value r = n.reshape(y, scalar ? List.of(Dim.ONE) : dims);
        List<Dim> known = n.b().symbolic(y);
        if (known != null && n.b().symbolic(r) == null) {
            n.b().symbolic(r, known);
        }
        return r;
    }

    private static void split(PaddleNode n) {
        Value x = n.need("X");
        long a = n.has("AxisTensor") ? n.needNumbers(n.need("AxisTensor"), "the axis")[0] : n.integer("axis", 0);
        int axis = n.axis(a, x.rank());
        List<Dim> sizes = new ArrayList<>(n.has("SectionsTensorList") ? n.dims("", "SectionsTensorList", "") : n.dims("", "", "sections"));
        int count = n.outs("Out").size();
        if (sizes.isEmpty() || n.integer("num", 0) > 0) {
            sizes.clear();
            for (int i = 0; i < count; i++) {
                sizes.add(x.dim(axis).floorDiv(count));
            }
        }
        Dim known = Dim.ZERO;
        int open = -1;
        for (int i = 0; i < sizes.size(); i++) {
            if (sizes.get(i).is(-1)) {
                open = i;
            } else {
                known = known.plus(sizes.get(i));
            }
        }
        if (open >= 0) {
            sizes.set(open, x.dim(axis).minus(known));
        }
        List<Value> parts = new ArrayList<>();
        Dim at = Dim.ZERO;
        for (Dim s : sizes) {
            parts.add(n.part(x, axis, at, s));
            at = at.plus(s);
        }
        n.outs("Out", parts);
    }

    private static List<Value> single(PaddleNode n, Value x, int axis, int count) {
        List<Dim> dims = new ArrayList<>(x.tensor().dims());
        dims.remove(axis);
        List<Value> r = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            r.add(n.reshape(n.part(x, axis, Dim.of(i), Dim.ONE), dims));
        }
        return r;
    }

    private static void crop(PaddleNode n) {
        Value x = n.need("X");
        List<Dim> shape = n.has("Y") ? n.need("Y").tensor().dims() : n.has("ShapeTensor") ? n.dims("", "ShapeTensor", "") : n.dims("Shape", "", "shape");
        List<Dim> offsets = n.has("OffsetsTensor") ? n.dims("", "OffsetsTensor", "") : n.dims("Offsets", "", "offsets");
        Value y = x;
        for (int i = 0; i < x.rank(); i++) {
            Dim from = offsets.get(i);
            y = n.part(y, i, from, shape.get(i).is(-1) ? x.dim(i).minus(from) : shape.get(i));
        }
        n.out(y);
    }
}
