package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ImportTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.NodeImport;
import dev.lathe.compiler.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** Operators that choose elements by value. */
public final class SelectionImport {
    private SelectionImport() {}

    public static void register() {
        add("NonZero", n -> n.out(n.binding("nonzero", Attrs.NONE, n.need(0)).get(0)));
        add("Compress", SelectionImport::compress);
        add("Unique", n -> unique(n, n.flag("sorted", true), 0));
        add("TopK", SelectionImport::topK);
        add("NonMaxSuppression", SelectionImport::suppress);
    }

    private static Value flat(NodeImport n, Value x) {
        return x.rank() == 1 ? x : n.op("reshape", Attrs.of("dims", List.of(x.tensor().size())), x);
    }

    private static void compress(NodeImport n) {
        Value x = n.need(0);
        int axis = n.hasAttr("axis") ? n.axis("axis", 0, x.rank()) : 0;
        x = n.hasAttr("axis") ? x : flat(n, x);
        // a condition that is shorter than the axis chooses nothing of the rest
        Value which = n.binding("nonzero", Attrs.NONE, n.need(1)).get(0);
        Value index = n.op("reshape", Attrs.of("dims", List.of(which.dim(1))), which);
        n.out(n.op("gather", Attrs.of("axis", axis), x, index));
    }

    /** @param from what results 1 and on are: 0 the first places of each, 1 the places of all, 2 the counts */
    static void unique(NodeImport n, boolean sorted, int from) {
        Value x = n.need(0);
        int axis = 0;
        Value rows;
        if (n.hasAttr("axis")) {
            axis = n.axis("axis", 0, x.rank());
            Value front = axis == 0 ? x : n.op("transpose", Attrs.of("perm", toFront(axis, x.rank())), x);
            List<Dim> rest = front.tensor().dims().subList(1, x.rank());
            rows = n.op("reshape", Attrs.of("dims", List.of(front.dim(0), Dim.product(rest))), front);
        } else {
            x = flat(n, x);
            rows = n.op("reshape", Attrs.of("dims", List.of(x.dim(0), Dim.ONE)), x);
        }
        List<Value> r = n.binding("unique", Attrs.of("sorted", sorted), rows);
        n.out(0, n.op("gather", Attrs.of("axis", axis), x, r.get(0)));
        for (int i = from; i < 3; i++) {
            n.out(1 + i - from, r.get(i));
        }
    }

    private static int[] toFront(int axis, int rank) {
        int[] perm = new int[rank];
        perm[0] = axis;
        int at = 1;
        for (int i = 0; i < rank; i++) {
            if (i != axis) {
                perm[at++] = i;
            }
        }
        return perm;
    }

    /** The permutation that exchanges an axis and the last one; it undoes itself. */
    public static int[] lastInstead(int axis, int rank) {
        int[] perm = new int[rank];
        for (int i = 0; i < rank; i++) {
            perm[i] = i == axis ? rank - 1 : i == rank - 1 ? axis : i;
        }
        return perm;
    }

    private static void topK(NodeImport n) {
        Value x = n.need(0);
        int rank = x.rank();
        int axis = n.axis("axis", -1, rank);
        Dim count = n.opset() < 10 ? Dim.of(n.integer("k", 0)) : n.count(1);
        int[] perm = lastInstead(axis, rank);
        boolean last = axis == rank - 1;
        Value y = last ? x : n.op("transpose", Attrs.of("perm", perm), x);
        List<Value> r = n.b().add("topk", List.of(y), Attrs.of("count", count, "largest", n.flag("largest", true)), List.of(), (String[]) null);
        for (int i = 0; i < 2; i++) {
            n.out(i, last ? r.get(i) : n.op("transpose", Attrs.of("perm", perm), r.get(i)));
        }
    }

    private static void suppress(NodeImport n) {
        List<Value> in = new ArrayList<>(List.of(n.need(0), n.need(1)));
        in.add(n.has(2) ? n.in(2) : n.b().constant(Tensor.ofLongs(new int[0], 0)));
        in.add(n.has(3) ? n.in(3) : n.b().constant(Tensor.ofFloats(new int[0], 0)));
        in.add(n.has(4) ? n.in(4) : n.b().constant(Tensor.ofFloats(new int[0], Float.NEGATIVE_INFINITY)));
        n.out(n.binding("nms", Attrs.of("center", n.flag("center_point_box", false)), in.toArray(new Value[0])).get(0));
    }
}
