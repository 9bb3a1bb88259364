package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ImportTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Type.TensorType;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.NodeImport;
import dev.lathe.runtime.ElementType;
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
            if (lateAxes(n, n.opset() < 13)) {
                n.out(new LateAxes(n).squeeze(x, n.need(1)));
                return;
            }
            int[] axes = axes(n, n.opset() < 13);
            List<Dim> d = new ArrayList<>();
            for (int i = 0; i < x.rank(); i++) {
                int at = i;
                boolean drop = axes == null ? x.dim(i).is(1) : Arrays.stream(axes).anyMatch(a -> (a < 0 ? a + x.rank() : a) == at);
                if (!drop) {
                    d.add(x.dim(i));
                } else if (x.dim(i).isConst() && !x.dim(i).is(1)) {
                    throw new LatheException("", "axis " + i + " of " + x.type() + " is dropped, and has more than one element",
                            "an open dimension that is always 1 can be given as such with --shape");
                } else if (x.dim(i).symbol() != null) {
                    n.b().require(x.dim(i).symbol(), 1);
                }
            }
            boolean said = axes == null && n.declared(0) instanceof TensorType;
            if (said && ((TensorType) n.declared(0)).rank() < d.size()) {
                // which symbolic dimensions are 1 is seen when the model runs; the model says how many
                n.out(new LateAxes(n).squeeze(x, ((TensorType) n.declared(0)).rank()));
            } else if (axes == null && !said && !d.isEmpty() && n.dropsBatch(x.dim(0))) {
                Calc c = new Calc(n);
                Value one = n.op("require", Attrs.of("is", true, "why", "the first dimension of the inputs must be 1: behind them all dimensions of 1 are dropped"),
                        x, c.eq(c.dim(x.dim(0)), 1));
                n.out(n.op("reshape", Attrs.of("dims", d.subList(1, d.size())), one));
            } else {
                n.out(n.op("reshape", Attrs.of("dims", d), x));
            }
        });
        add("Unsqueeze", n -> {
            Value x = n.need(0);
            if (lateAxes(n, n.opset() < 13)) {
                n.out(new LateAxes(n).unsqueeze(x, n.need(1)));
                return;
            }
            int[] axes = axes(n, n.opset() < 13);
            if (axes == null) {
                throw new LatheException("", n.opset() < 13 ? "attribute axes is missing" : "input 1, the axes, is missing");
            }
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

    /** True when axes come from operand 1 and are found while running. */
    static boolean lateAxes(NodeImport n, boolean attribute) {
        return !attribute && n.has(1) && n.numbers(1) == null;
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
        if (n.opset() >= 5 && n.constant(1) == null && n.b().symbolic(n.need(1)) == null) {
            n.out(lateReshape(n, x, n.need(1)));
            return;
        }
        List<Dim> want = n.opset() < 5 ? Arrays.stream(n.needIntegers("shape")).mapToObj(Dim::of).toList() : n.dims(1);
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

    // a shape that is found while running: what 0 and -1 mean is found then, too
    private static Value lateReshape(NodeImport n, Value x, Value shape) {
        Calc c = new Calc(n);
        int rank = shape.tensor().size().isConst() ? shape.tensor().size().intValue() : new LateAxes(n).declaredRank();
        Value want = c.reshape(c.cast(shape, ElementType.I64), Dim.of(rank));
        if (rank == 0) {
            return c.reshape(x, List.of());
        }
        if (!n.flag("allowzero", false) && x.rank() > 0) {
            List<Dim> old = new ArrayList<>(x.tensor().dims().subList(0, Math.min(rank, x.rank())));
            while (old.size() < rank) {
                old.add(Dim.ZERO);
            }
            want = c.where(c.eq(want, 0), n.b().dims(old), want);
        }
        Value hole = c.eq(want, -1);
        Value rest = c.max(c.total("prod", c.where(hole, c.num(want, 1), want)), 1);
        return c.reshape(x, c.dims(c.where(hole, c.div(c.dim(x.tensor().size()), rest), want)));
    }
}
