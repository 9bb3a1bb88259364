package dev.lathe.compiler.paddle.ops;

import static dev.lathe.compiler.paddle.PaddleTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Type.SeqType;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.paddle.PaddleNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Parts of tensors. */
public final class SliceRows {
    private SliceRows() {}

    public static void register() {
        add("slice", n -> n.out(slice(n, null)));
        add("strided_slice", n -> n.out(slice(n, n.has("StridesTensorList") ? n.dims("", "StridesTensorList", "") : n.dims("StridesTensor", "", "strides"))));
        add("split", SliceRows::split);
        add("unbind", n -> n.outs("Out", n.unstack(n.need("X"), n.axis(n.integer("axis", 0), n.need("X").rank()), n.outs("Out").size())));
        add("unstack", n -> n.outs("Y", n.unstack(n.need("X"), n.axis(n.integer("axis", 0), n.need("X").rank()), n.outs("Y").size())));
        add("crop", SliceRows::crop);
        add("crop_tensor", SliceRows::crop);
        add("flip", n -> n.out(n.flip(n.need("X"), n.ints("axis"))));
        add("roll", n -> {
            Value x = n.need("X");
            long[] shifts = n.has("ShiftsTensor") ? n.known(n.need("ShiftsTensor"), "the shifts") : n.integers("shifts");
            long[] axes = n.integers("axis");
            List<Dim> dims = x.tensor().dims();
            if (axes.length == 0) {
                // without axes all elements go round as one row
                x = n.reshape(x, x.tensor().size());
                axes = new long[shifts.length];
            }
            for (int i = 0; i < shifts.length; i++) {
                int axis = n.axis(axes[i], x.rank());
                Dim by = Dim.of(shifts[i]).mod(x.dim(axis));
                Dim head = x.dim(axis).minus(by);
                x = n.concat(List.of(n.part(x, axis, head, by), n.part(x, axis, Dim.ZERO, head)), axis);
            }
            n.out(x.tensor().dims().equals(dims) ? x : n.reshape(x, dims));
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
        // early versions had no scalars
        boolean vector = gone.length == y.rank() && !n.scalars();
        Value r = vector ? n.reshape(y, Dim.ONE) : n.squeeze(y, Arrays.stream(gone).asLongStream().toArray());
        List<Dim> known = n.b().symbolic(y);
        if (known != null && n.b().symbolic(r) == null) {
            n.b().symbolic(r, known);
        }
        return r;
    }

    private static void split(PaddleNode n) {
        Value x = n.need("X");
        long a = n.has("AxisTensor") ? n.known(n.need("AxisTensor"), "the axis")[0] : n.integer("axis", 0);
        int axis = n.axis(a, x.rank());
        List<Dim> sizes = new ArrayList<>(n.has("SectionsTensorList") ? n.dims("", "SectionsTensorList", "") : n.dims("", "", "sections"));
        int count = n.outs("Out").size();
        if (sizes.isEmpty() || n.integer("num", 0) > 0) {
            sizes.clear();
            for (int i = 0; i < count; i++) {
                sizes.add(x.dim(axis).floorDiv(count));
            }
        }
        n.outs("Out", n.split(x, axis, sizes));
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
