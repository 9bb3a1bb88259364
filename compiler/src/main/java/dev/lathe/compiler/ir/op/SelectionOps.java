package dev.lathe.compiler.ir.op;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Type.TensorType;
import dev.lathe.compiler.ir.op.Op.Call;
import dev.lathe.compiler.ir.op.Op.Kind;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.List;

/** Choices among elements by their values; how many are chosen is often known only then. */
final class SelectionOps {
    private SelectionOps() {}

    static List<Op> rows() {
        return List.of(
                // the indices of the elements that are not 0, in row-major order: i64 [rank, n]
                new Op("nonzero", 1, 1, Kind.BINDING, c -> List.of(Type.tensor(ElementType.I64, List.of(Dim.of(c.rank(0)), c.fresh().get())))),
                /*
                 * the different rows of [n, m]: the index of the first of each i64 [u], for each row which of them it is i64 [n], how many are
                 * like it i64 [u]; attributes: sorted (bool): in lexicographic order, else in order of first occurrence
                 */
                new Op("unique", 1, 1, Kind.BINDING, SelectionOps::unique),
                /*
                 * the first count elements along the last axis in descending or ascending order, equal ones in order of index: values and i64
                 * indices; attributes: count (dim), largest (bool)
                 */
                new Op("topk", 1, 1, Kind.PURE, SelectionOps::topk),
                /*
                 * non-maximum suppression: boxes f32 [b, n, 4], scores f32 [b, classes, n], most per class i64, largest overlap f32, least score
                 * f32 (scalars or vectors of 1) to i64 [chosen, 3] of (batch, class, box); attributes: center (bool): boxes are (x, y, width, height)
                 */
                new Op("nms", 5, 5, Kind.BINDING, c -> {
                    c.check(c.rank(0) == 3 && c.rank(1) == 3, () -> "boxes are " + c.tensor(0) + " and scores " + c.tensor(1) + "; both need three dimensions");
                    c.check(c.tensor(2).elem() == ElementType.I64, () -> "the most boxes are " + c.tensor(2) + "; they must be i64");
                    return List.of(Type.tensor(ElementType.I64, List.of(c.fresh().get(), Dim.of(3))));
                }));
    }

    private static List<Type> unique(Call c) {
        c.check(c.rank(0) == 2, () -> "the operand is " + c.tensor(0) + "; it needs two dimensions");
        Dim u = c.fresh().get();
        TensorType each = Type.tensor(ElementType.I64, List.of(u));
        return List.of(each, Type.tensor(ElementType.I64, List.of(c.tensor(0).dim(0))), each);
    }

    private static List<Type> topk(Call c) {
        TensorType x = c.tensor(0);
        c.check(x.rank() > 0, "the operand is a scalar");
        Dim k = c.attrs().dim("count");
        Dim n = x.dim(-1);
        c.check(!k.isConst() || k.value() >= 0 && (!n.isConst() || k.value() <= n.value()), () -> k + " elements are wanted from an axis of " + n);
        List<Dim> dims = new ArrayList<>(x.dims());
        dims.set(x.rank() - 1, k);
        return List.of(x.withDims(dims), Type.tensor(ElementType.I64, dims));
    }
}
