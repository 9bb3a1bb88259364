package dev.lathe.compiler.mnn.ops;

import static dev.lathe.compiler.mnn.MnnTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.mnn.MnnNode;
import dev.lathe.compiler.mnn.MnnTable;
import dev.lathe.runtime.ElementType;
import java.util.List;

/** What indices choose. */
public final class IndexRows {
    /** MNN's number of the attributes that are an axis alone in its union of attributes. */
    private static final int AXIS = 4;

    private IndexRows() {}

    public static void register() {
        add("Gather", n -> gather(n, n.mainType() == AXIS ? n.integer(0, 0) : n.integer(3, 0)));
        add("GatherV2", n -> gather(n, n.mainType() == AXIS ? n.integer(0, 0) : n.in().size() > 2 ? n.known(n.need(2), "the axis")[0] : 0));
        add("GatherND", n -> n.onnx("GatherND", n.need(0), n.cast(n.need(1), ElementType.I64)));
        add("GatherElements", n -> n.onnx("GatherElements", new Object[] {"axis", n.in().size() > 2 ? n.known(n.need(2), "the axis")[0] : (long) n.integer(0, 0)},
                n.need(0), n.cast(n.need(1), ElementType.I64)));
        add("ScatterNd", n -> {
            Value updates = n.need(1);
            Value zeros = n.in().size() > 3 ? n.need(3) : n.expand(n.like(updates, 0), n.dims(n.need(2)));
            return n.onnx("ScatterND", new Object[] {"reduction", n.in().size() > 3 ? "none" : "add"}, zeros, n.cast(n.need(0), ElementType.I64), updates);
        });
        add("OneHot", n -> {
            Value on = n.reshape(n.need(2), Dim.ONE);
            Value off = n.reshape(n.need(3), Dim.ONE);
            return n.onnx("OneHot", new Object[] {"axis", (long) n.integer(1, -1)}, n.cast(n.need(0), ElementType.I64), n.cast(n.need(1), ElementType.I64),
                    n.concat(List.of(off, on), 0));
        });
        MnnTable.all("TopKV2", n -> {
            Value x = n.need(0);
            int axis = n.axis(n.in().size() > 2 ? n.known(n.need(2), "the axis")[0] : -1, x.rank());
            boolean most = n.small(2, 1) != 0;
            List<Value> r = n.onnx("TopK", 2, new Object[] {"axis", (long) axis, "largest", most ? 1L : 0L}, x, n.reshape(n.cast(n.need(1), ElementType.I64), Dim.ONE));
            return List.of(r.get(0), n.cast(r.get(1), ElementType.I32));
        });
        add("Range", n -> n.onnx("Range", scalar(n, 0), scalar(n, 1), scalar(n, 2)));
        add("Where", n -> {
            Value at = n.onnx("NonZero", n.need(0));
            return n.cast(n.transpose(at, 1, 0), ElementType.I32);
        });
    }

    private static Value scalar(MnnNode n, int i) {
        ElementType t = ShapeRows.widest(n.in());
        return n.reshape(n.cast(n.need(i), t), List.of());
    }

    private static Value gather(MnnNode n, long axis) {
        Value at = n.need(1);
        Value x = n.need(0);
        return n.gather(x, at.elem() == ElementType.I32 ? at : n.cast(at, ElementType.I64), n.axis(axis, x.rank()));
    }
}
