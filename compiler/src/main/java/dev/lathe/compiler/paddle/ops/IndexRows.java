package dev.lathe.compiler.paddle.ops;

import static dev.lathe.compiler.paddle.PaddleTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.paddle.PaddleNode;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.List;

/** Looking up and writing at places. */
public final class IndexRows {
    private IndexRows() {}

    public static void register() {
        add("gather", n -> {
            Value x = n.need("X");
            Value at = n.need("Index");
            long axis = n.has("Axis") ? n.known(n.need("Axis"), "the axis")[0] : n.integer("axis", 0);
            n.out(n.gather(x, at.rank() == 2 ? n.reshape(at, at.tensor().size()) : at, n.axis(axis, x.rank())));
        });
        add("gather_nd", n -> n.out(n.op("gather_nd", Attrs.of("batch", 0), n.need("X"), n.need("Index"))));
        add("index_select", n -> n.out(n.gather(n.need("X"), n.need("Index"), n.axis(n.integer("dim", 0), n.need("X").rank()))));
        add("take_along_axis", n -> n.out("Result", n.op("gather_elements", Attrs.of("axis", n.axis(n.integer("Axis", 0), n.need("Input").rank())), n.need("Input"), n.need("Index"))));
        add("scatter", n -> {
            Value at = n.need("Ids");
            Value index = n.reshape(at, at.tensor().size(), Dim.ONE);
            Value updates = n.need("Updates");
            if (n.flag("overwrite", true)) {
                n.out(n.op("scatter_nd", Attrs.of("reduction", "none"), n.need("X"), index, updates));
            } else {
                // rows that are named begin at 0, and all that goes there is added
                Value zeros = n.expand(n.like(updates, 0), updates.tensor().dims());
                Value cleared = n.op("scatter_nd", Attrs.of("reduction", "none"), n.need("X"), index, zeros);
                n.out(n.op("scatter_nd", Attrs.of("reduction", "add"), cleared, index, updates));
            }
        });
        add("scatter_nd_add", n -> n.out(n.op("scatter_nd", Attrs.of("reduction", "add"), n.need("X"), n.need("Index"), n.need("Updates"))));
        add("lookup_table", n -> {
            Value ids = n.need("Ids");
            List<Dim> dims = new ArrayList<>(ids.tensor().dims());
            if (!dims.isEmpty() && dims.get(dims.size() - 1).is(1)) {
                dims.remove(dims.size() - 1);
            }
            n.out(lookup(n, n.reshape(ids, dims)));
        });
        add("lookup_table_v2", n -> n.out(lookup(n, n.need("Ids"))));
        add("one_hot", n -> {
            Value x = n.need("X");
            List<Dim> dims = new ArrayList<>(x.tensor().dims());
            dims.remove(dims.size() - 1);
            n.out(oneHot(n, n.reshape(x, dims)));
        });
        add("one_hot_v2", n -> n.out(oneHot(n, n.need("X"))));
        add("where_index", n -> n.out(n.transpose(n.binding("nonzero", Attrs.NONE, n.need("Condition")).get(0), 1, 0)));
    }

    /** Rows of the table; those of the padding index are 0. */
    private static Value lookup(PaddleNode n, Value ids) {
        Value w = n.need("W");
        Value y = n.gather(w, ids, 0);
        long padding = n.integer("padding_idx", -1);
        if (padding == -1) {
            return y;
        }
        List<Dim> dims = new ArrayList<>(ids.tensor().dims());
        dims.add(Dim.ONE);
        Value index = n.b().scalar(ids.elem(), padding < 0 ? padding + w.dim(0).value() : padding);
        return n.op("where", n.reshape(n.op("eq", ids, index), dims), n.like(w, 0), y);
    }

    private static Value oneHot(PaddleNode n, Value ids) {
        Value depth = n.has("depth_tensor") ? n.reshape(n.need("depth_tensor"), List.of()) : n.b().scalar(ElementType.I64, n.integer("depth", 1));
        Value values = n.b().constant(dev.lathe.compiler.tensor.Tensor.ofFloats(new int[] {2}, 0, 1));
        return n.cast(n.onnx("OneHot", new Object[] {"axis", -1L}, ids, depth, values), n.elem("dtype", ElementType.F32));
    }
}
