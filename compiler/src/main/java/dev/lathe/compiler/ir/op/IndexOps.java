package dev.lathe.compiler.ir.op;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Type.TensorType;
import dev.lathe.compiler.ir.op.Op.Call;
import dev.lathe.compiler.ir.op.Op.Kind;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.List;

/** Places as data: counting, looking up and writing element by element, places of extremes, running sums. */
final class IndexOps {
    private IndexOps() {}

    static List<Op> rows() {
        return List.of(
                // 0, 1, 2, ...: attributes size (dim), to (type)
                new Op("iota", 0, 0, Kind.PURE, c -> List.of(Type.tensor(c.attrs().type("to"), List.of(c.attrs().dim("size"))))),
                /*
                 * element (i, j, ...) is element offset + i*strides[0] + j*strides[1] + ... of operand 0 in row-major order;
                 * attributes: offset (dim), dims, strides (dims); the importer answers for the bounds
                 */
                new Op("strided", 1, 1, Kind.PURE, c -> {
                    c.check(c.attrs().dims("dims").size() == c.attrs().dims("strides").size(), "needs a stride for each dimension");
                    return List.of(c.tensor(0).withDims(c.attrs().dims("dims")));
                }),
                // attributes: axis; operand 1: indices along the axis, one for each result element
                new Op("gather_elements", 2, 2, Kind.PURE, IndexOps::gatherElements),
                // data, indices [batch..., at..., k] of k dimensions after the batch ones; attributes: batch (int)
                new Op("gather_nd", 2, 2, Kind.PURE, IndexOps::gatherNd),
                // data, indices, updates; attributes: axis, reduction (none, add, mul, max, min)
                new Op("scatter_elements", 3, 3, Kind.PURE, IndexOps::scatterElements),
                // data, indices [..., k] of its first k dimensions, updates [..., rest]; attributes: reduction
                new Op("scatter_nd", 3, 3, Kind.PURE, IndexOps::scatterNd),
                // place of the largest or smallest element; attributes: kind (max, min), axis, keep, last (bools)
                new Op("arg_reduce", 1, 1, Kind.PURE, c -> List.of(new TensorType(ElementType.I64, Shapes.reduced(c.tensor(0).dims(),
                        new int[] {c.axis("axis", c.rank(0))}, c.attrs().flag("keep"))))),
                // running sum or product; attributes: kind (sum, prod), axis, exclusive, reverse (bools)
                new Op("cumulate", 1, 1, Kind.PURE, c -> {
                    c.axis("axis", c.rank(0));
                    return List.of(c.tensor(0));
                }));
    }

    private static void indices(Call c) {
        ElementType t = c.tensor(1).elem();
        c.check(t == ElementType.I64 || t == ElementType.I32, () -> "indices are " + c.tensor(1) + "; they must be i32 or i64");
    }

    private static List<Type> gatherElements(Call c) {
        indices(c);
        c.axis("axis", c.rank(0));
        c.check(c.rank(0) == c.rank(1), () -> "operands are " + c.tensor(0) + " and " + c.tensor(1) + "; they need the same rank");
        return List.of(c.tensor(0).withDims(c.tensor(1).dims()));
    }

    private static List<Type> gatherNd(Call c) {
        indices(c);
        TensorType data = c.tensor(0);
        TensorType at = c.tensor(1);
        int batch = (int) c.attrs().integer("batch", 0);
        c.check(at.rank() > batch && at.dim(-1).isConst() && at.dim(-1).value() + batch <= data.rank(), () -> "indices are " + at + " for " + data);
        List<Dim> dims = new ArrayList<>(at.dims().subList(0, at.rank() - 1));
        dims.addAll(data.dims().subList(batch + at.dim(-1).intValue(), data.rank()));
        return List.of(data.withDims(dims));
    }

    private static List<Type> scatterElements(Call c) {
        indices(c);
        c.axis("axis", c.rank(0));
        c.check(c.rank(0) == c.rank(1) && c.rank(0) == c.rank(2) && c.tensor(0).elem() == c.tensor(2).elem(),
                () -> "operands are " + c.tensor(0) + ", " + c.tensor(1) + " and " + c.tensor(2) + "; they need the same rank, data and updates the same type");
        return List.of(c.tensor(0));
    }

    private static List<Type> scatterNd(Call c) {
        indices(c);
        TensorType data = c.tensor(0);
        TensorType at = c.tensor(1);
        c.check(at.rank() >= 1 && at.dim(-1).isConst() && at.dim(-1).value() <= data.rank(), () -> "indices are " + at + " for " + data);
        int k = at.dim(-1).intValue();
        List<Dim> want = new ArrayList<>(at.dims().subList(0, at.rank() - 1));
        want.addAll(data.dims().subList(k, data.rank()));
        c.check(c.tensor(2).rank() == want.size() && c.tensor(2).elem() == data.elem(), () -> "updates are " + c.tensor(2) + "; they should be " + data.withDims(want));
        return List.of(data);
    }
}
