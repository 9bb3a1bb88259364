package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ImportTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.NodeImport;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Operators that ask for shapes or change them. */
public final class ShapeImport {
    private ShapeImport() {}

    public static void register() {
        add("Shape", n -> {
            int rank = n.rank(0);
            int start = clip(n.integer("start", 0), rank);
            int end = clip(n.integer("end", rank), rank);
            n.out(n.b().dims(n.need(0).tensor().dims().subList(start, Math.max(start, end))));
        });
        add("Size", n -> n.out(n.b().dim(n.need(0).tensor().size())));
        add("Reshape", ShapeImport::reshape);
        add("Flatten", n -> {
            List<Dim> d = n.need(0).tensor().dims();
            long axis = n.integer("axis", 1);
            int a = (int) (axis < 0 ? axis + d.size() : axis);
            n.out(n.op("reshape", Attrs.of("dims", List.of(Dim.product(d.subList(0, a)), Dim.product(d.subList(a, d.size())))), n.need(0)));
        });
        add("Squeeze", n -> {
            Value x = n.need(0);
            int[] axes = axes(n, n.opset() < 13);
            List<Dim> d = new ArrayList<>();
            for (int i = 0; i < x.rank(); i++) {
                int at = i;
                boolean drop = axes == null ? x.dim(i).is(1) : Arrays.stream(axes).anyMatch(a -> (a < 0 ? a + x.rank() : a) == at);
                if (!drop) {
                    d.add(x.dim(i));
                }
            }
            n.out(n.op("reshape", Attrs.of("dims", d), x));
        });
        add("Unsqueeze", n -> {
            Value x = n.need(0);
            int[] axes = axes(n, n.opset() < 13);
            n.out(unsqueeze(n, x, axes));
        });
    }

    static Value unsqueeze(NodeImport n, Value x, int... axes) {
        int rank = x.rank() + axes.length;
        boolean[] one = new boolean[rank];
        for (int a : axes) {
            one[n.axis(a, rank)] = true;
        }
        List<Dim> d = new ArrayList<>();
        int k = 0;
        for (int i = 0; i < rank; i++) {
            d.add(one[i] ? Dim.ONE : x.dim(k++));
        }
        return n.op("reshape", Attrs.of("dims", d), x);
    }

    private static int clip(long v, int rank) {
        return (int) Math.max(0, Math.min(rank, v < 0 ? v + rank : v));
    }

    /** Axes from an attribute, or from operand 1; null when there are none. */
    static int[] axes(NodeImport n, boolean attribute) {
        if (attribute) {
            return n.hasAttr("axes") ? n.ints("axes") : null;
        }
        if (!n.has(1)) {
            return null;
        }
        return Arrays.stream(n.needNumbers(1, "axes")).mapToInt(Math::toIntExact).toArray();
    }

    private static void reshape(NodeImport n) {
        Value x = n.need(0);
        List<Dim> want = n.opset() < 5 ? Arrays.stream(n.integers("shape")).mapToObj(Dim::of).toList() : n.dims(1);
        boolean zeroCopies = !n.flag("allowzero", false);
        List<Dim> dims = new ArrayList<>();
        int hole = -1;
        Dim rest = Dim.ONE;
        for (int i = 0; i < want.size(); i++) {
            Dim d = want.get(i);
            if (d.is(0) && zeroCopies) {
                if (i >= x.rank()) {
                    throw new LatheException("", "the new shape " + want + " copies dimension " + i + " of " + x.type() + ", which has none");
                }
                d = x.dim(i);
            }
            if (d.is(-1)) {
                if (hole >= 0) {
                    throw new LatheException("", "the new shape " + want + " has two unknown dimensions");
                }
                hole = i;
            } else {
                rest = rest.times(d);
            }
            dims.add(d);
        }
        if (hole >= 0) {
            Dim size = x.tensor().size();
            dims.set(hole, rest.is(0) ? Dim.ZERO : size.floorDiv(rest));
        }
        n.out(n.op("reshape", Attrs.of("dims", dims), x));
    }
}
