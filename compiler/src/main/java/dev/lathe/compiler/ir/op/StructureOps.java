package dev.lathe.compiler.ir.op;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Type.TensorType;
import dev.lathe.compiler.ir.op.Op.Call;
import dev.lathe.compiler.ir.op.Op.Kind;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.List;

/** Constants, symbols as data, and rearrangement of elements. */
final class StructureOps {
    private static final List<String> PADDINGS = List.of("constant", "edge", "reflect", "wrap");

    private StructureOps() {}

    static List<Op> rows() {
        return List.of(
                // attributes: value (tensor)
                new Op("const", 0, 0, Kind.PURE, c -> {
                    Tensor t = c.attrs().tensor("value");
                    return List.of(Type.tensor(t.type(), java.util.Arrays.stream(t.dims()).asLongStream().toArray()));
                }),
                // i64 vector of the values of attribute dims (dims); attribute scalar (bool): rank 0 instead
                new Op("dims_of", 0, 0, Kind.PURE, c -> List.of(c.attrs().flag("scalar")
                        ? Type.tensor(ElementType.I64)
                        : Type.tensor(ElementType.I64, c.attrs().dims("dims").size()))),
                // gives the symbols of attribute symbols (texts) the elements of an integer or bool tensor; no result
                new Op("bind", 1, 1, Kind.BINDING, c -> {
                    ElementType e = c.tensor(0).elem();
                    c.check(!e.isFloat() && e != ElementType.STR, () -> "dimensions are taken from " + c.tensor(0) + "; they must be integers");
                    return List.of();
                }),
                // the same value of any type
                new Op("identity", 1, 1, Kind.PURE, c -> List.of(c.arg(0).type())),
                // attributes: axis; operand 1: indices, negative ones count from the end
                new Op("gather", 2, 2, Kind.PURE, StructureOps::gather),
                // attributes: dims (dims) with the same number of elements
                new Op("reshape", 1, 1, Kind.PURE, StructureOps::reshape),
                // attributes: perm (ints)
                new Op("transpose", 1, 1, Kind.PURE, StructureOps::transpose),
                // attributes: dims (dims): broadcast to this shape
                new Op("expand", 1, 1, Kind.PURE, c -> List.of(c.tensor(0).withDims(
                        Shapes.broadcast(List.of(c.tensor(0).dims(), c.attrs().dims("dims")))))),
                // attributes: starts, sizes (dims), steps (ints, not 0), one for each dimension; a negative step walks down from start
                new Op("slice", 1, 1, Kind.PURE, StructureOps::slice),
                // attributes: axis
                new Op("concat", 1, 100_000, Kind.PURE, StructureOps::concat),
                // attributes: before, after (dims; may be negative: cuts), mode (constant, edge, reflect, wrap); operand 1: the constant, a scalar
                new Op("pad", 1, 2, Kind.PURE, StructureOps::pad));
    }

    private static List<Type> gather(Call c) {
        TensorType t = c.tensor(0);
        int axis = c.axis("axis", t.rank());
        List<Dim> dims = new ArrayList<>(t.dims().subList(0, axis));
        dims.addAll(c.tensor(1).dims());
        dims.addAll(t.dims().subList(axis + 1, t.rank()));
        c.check(c.tensor(1).elem() == ElementType.I64 || c.tensor(1).elem() == ElementType.I32, () -> "indices are " + c.tensor(1) + "; they must be i32 or i64");
        return List.of(t.withDims(dims));
    }

    private static List<Type> reshape(Call c) {
        TensorType t = c.tensor(0);
        List<Dim> dims = c.attrs().dims("dims");
        Dim from = t.size();
        Dim to = Dim.product(dims);
        c.check(!from.isConst() || !to.isConst() || from.equals(to), () -> t + " has " + from + " elements, the new shape " + dims + " has " + to);
        return List.of(t.withDims(dims));
    }

    private static List<Type> transpose(Call c) {
        TensorType t = c.tensor(0);
        int[] perm = c.attrs().ints("perm");
        c.check(perm.length == t.rank(), () -> "perm has " + perm.length + " entries for rank " + t.rank());
        boolean[] seen = new boolean[perm.length];
        List<Dim> dims = new ArrayList<>();
        for (int p : perm) {
            c.check(p >= 0 && p < perm.length && !seen[p], () -> "perm " + c.attrs().integers("perm") + " is no permutation");
            seen[p] = true;
            dims.add(t.dim(p));
        }
        return List.of(t.withDims(dims));
    }

    private static List<Type> slice(Call c) {
        TensorType t = c.tensor(0);
        List<Dim> starts = c.attrs().dims("starts");
        List<Dim> sizes = c.attrs().dims("sizes");
        int[] steps = c.attrs().ints("steps");
        c.check(starts.size() == t.rank() && sizes.size() == t.rank() && steps.length == t.rank(), () -> "needs " + t.rank() + " starts, sizes and steps, one for each dimension of "
                + t + ", not " + starts.size() + ", " + sizes.size() + " and " + steps.length);
        for (int i = 0; i < steps.length; i++) {
            int axis = i;
            c.check(steps[i] != 0, () -> "the step of dimension " + axis + " is 0");
            if (starts.get(i).isConst() && sizes.get(i).isConst() && t.dim(i).isConst() && sizes.get(i).value() > 0) {
                long first = starts.get(i).value();
                long last = Math.addExact(first, Math.multiplyExact(sizes.get(i).value() - 1, (long) steps[i]));
                long extent = t.dim(i).value();
                c.check(Math.min(first, last) >= 0 && Math.max(first, last) < extent, () -> "elements " + first + " to " + last + " of dimension " + axis + " are taken, which has " + extent);
            }
        }
        return List.of(t.withDims(sizes));
    }

    private static List<Type> concat(Call c) {
        TensorType t = c.tensor(0);
        int axis = c.axis("axis", t.rank());
        List<Dim> dims = new ArrayList<>(t.dims());
        for (int i = 1; i < c.in().size(); i++) {
            TensorType o = c.tensor(i);
            c.check(o.elem() == t.elem() && o.rank() == t.rank(), () -> "operands are " + t + " and " + o);
            for (int k = 0; k < dims.size(); k++) {
                if (k == axis) {
                    dims.set(k, dims.get(k).plus(o.dim(k)));
                } else {
                    Dim a = dims.get(k);
                    Dim b = o.dim(k);
                    c.check(!a.isConst() || !b.isConst() || a.equals(b), () -> "operands are " + t + " and " + o + "; only dimension " + axis + " may differ");
                    dims.set(k, b.isConst() ? b : a);
                }
            }
        }
        return List.of(t.withDims(dims));
    }

    private static List<Type> pad(Call c) {
        TensorType t = c.tensor(0);
        List<Dim> before = c.attrs().dims("before");
        List<Dim> after = c.attrs().dims("after");
        if (before.size() != t.rank() || after.size() != t.rank()) {
            throw c.misfit("needs " + t.rank() + " values before and after");
        }
        String mode = c.attrs().text("mode", "constant");
        if (!PADDINGS.contains(mode)) {
            throw c.misfit("mode is \"" + mode + "\"; it must be constant, edge, reflect or wrap");
        }
        List<Dim> dims = new ArrayList<>();
        for (int i = 0; i < t.rank(); i++) {
            dims.add(t.dim(i).plus(before.get(i)).plus(after.get(i)));
        }
        return List.of(t.withDims(dims));
    }
}
