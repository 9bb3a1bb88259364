package dev.lathe.compiler.mnn.ops;

import static dev.lathe.compiler.mnn.MnnTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.mnn.MnnNode;
import dev.lathe.compiler.mnn.MnnTable;
import dev.lathe.compiler.onnx.MaskedSlice;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Parts of tensors, what is put together, and borders. */
public final class SliceRows {
    private static final int TENSORFLOW = 1;
    private static final int TORCH = 4;

    private SliceRows() {}

    public static void register() {
        add("Concat", n -> {
            List<Value> in = ElementRows.alike(n);
            ElementType t = ShapeRows.widest(in);
            return n.concat(in.stream().map(v -> n.cast(v, t)).toList(), n.axis(n.integer(0, 0), in.get(0).rank()));
        });
        MnnTable.all("Slice", SliceRows::split);
        add("SliceTf", n -> {
            Value x = n.need(0);
            List<Dim> from = n.dims(n.need(1));
            List<Dim> size = n.dims(n.need(2));
            Value y = x;
            for (int i = 0; i < x.rank(); i++) {
                y = n.part(y, i, from.get(i), size.get(i).is(-1) ? x.dim(i).minus(from.get(i)) : size.get(i));
            }
            return y;
        });
        add("StridedSlice", n -> n.integer(7, 0) == 1 ? byAxes(n) : byMasks(n));
        add("Crop", n -> {
            Value x = n.need(0);
            int axis = n.axis(n.integer(0, 2), x.rank());
            int[] offsets = n.ints(1);
            Value y = x;
            for (int i = axis; i < x.rank(); i++) {
                int from = offsets.length == 0 ? 0 : offsets[offsets.length == 1 ? 0 : i - axis];
                y = n.part(y, i, Dim.of(from), n.need(1).dim(i));
            }
            return y;
        });
        add("Padding", SliceRows::pad);
        add("Reverse", n -> n.flip(n.need(0), n.axis(n.known(n.need(1), "the axis")[0], n.need(0).rank())));
    }

    private static List<Value> split(MnnNode n) {
        Value x = n.need(0);
        int axis = n.axis(n.integer(0, 0), x.rank());
        int[] points = n.ints(1);
        int count = n.outputs();
        int source = n.small(2, 0);
        List<Dim> sizes = new ArrayList<>();
        if (source == 0) {
            // where the parts end, all but the last
            int from = 0;
            for (int i = 0; i < count - 1; i++) {
                sizes.add(Dim.of(points[i] - from));
                from = points[i];
            }
            sizes.add(x.dim(axis).minus(from));
        } else if (n.in().size() > 1) {
            sizes.addAll(n.dims(n.need(1)));
        } else if (points.length > 1) {
            Arrays.stream(points).forEach(p -> sizes.add(Dim.of(p)));
        } else {
            boolean each = source == TORCH && points.length == 1;
            long parts = source == TENSORFLOW && points.length == 1 ? points[0] : count;
            for (int i = 0; i < count; i++) {
                sizes.add(each ? Dim.of(points[0]) : x.dim(axis).floorDiv(parts));
            }
        }
        return n.split(x, axis, sizes);
    }

    private static Value byAxes(MnnNode n) {
        List<Value> in = new ArrayList<>(List.of(n.need(0)));
        for (int i = 1; i < n.in().size(); i++) {
            in.add(n.cast(n.need(i), ElementType.I64));
        }
        return n.onnx("Slice", in.toArray(new Value[0]));
    }

    private static Value byMasks(MnnNode n) {
        if (n.in().size() > 4) {
            throw n.unsupported("assignment to a part");
        }
        long[] step = n.in().size() > 3 ? n.known(n.need(3), "the steps") : null;
        return new MaskedSlice(n.dims(n.need(1)), n.dims(n.need(2)), step, n.integer(2, 0), n.integer(3, 0), n.integer(4, 0), n.integer(5, 0), n.integer(6, 0))
                .of(n, n.need(0));
    }

    private static Value pad(MnnNode n) {
        Value x = n.need(0);
        List<Dim> p = n.dims(n.need(1));
        List<Dim> before = new ArrayList<>();
        List<Dim> after = new ArrayList<>();
        for (int i = 0; i < x.rank(); i++) {
            before.add(p.get(2 * i));
            after.add(p.get(2 * i + 1));
        }
        int mode = n.small(0, 0);
        if (mode < 0 || mode > 3 || mode == 2) {
            throw n.unsupported(mode == 2 ? "symmetric borders" : "borders of kind " + mode);
        }
        Attrs a = Attrs.of("before", before, "after", after, "mode", mode == 0 ? "constant" : mode == 1 ? "reflect" : "edge");
        return mode == 0 && n.has(2) ? n.op("pad", a, x, n.reshape(n.cast(n.need(2), x.elem()), List.of())) : n.op("pad", a, x);
    }
}
