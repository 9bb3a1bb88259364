package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ImportTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.ir.op.Shapes;
import dev.lathe.compiler.onnx.NodeImport;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntSupplier;

/** Operators about places: counting, looking up, writing at indices, places of extremes, running sums. */
public final class IndexImport {
    private IndexImport() {}

    public static void register() {
        add("Range", IndexImport::range);
        Map.of("ArgMax", "max", "ArgMin", "min").forEach((onnx, kind) -> add(onnx, n -> {
            int axis = n.axis("axis", 0, n.rank(0));
            n.out(n.op("arg_reduce", Attrs.of("kind", kind, "axis", axis, "keep", n.flag("keepdims", true), "last", n.flag("select_last_index", false)), n.need(0)));
        }));
        Map.of("CumSum", "sum", "CumProd", "prod").forEach((onnx, kind) -> add(onnx, n -> cumulate(n, kind)));
        add("Hardmax", IndexImport::hardmax);
        add("Trilu", IndexImport::trilu);
        add("EyeLike", IndexImport::eyeLike);
        add("OneHot", IndexImport::oneHot);
        add("GatherElements", n -> n.out(n.op("gather_elements", Attrs.of("axis", n.axis("axis", 0, n.rank(0))), n.need(0), n.need(1))));
        add("GatherND", n -> {
            int batch = (int) n.integer("batch_dims", 0);
            n.out(n.op("gather_nd", Attrs.of("batch", batch), n.need(0),
                    tuples(n, n.need(1), () -> n.rank(1) - 1 + n.rank(0) - batch - new LateAxes(n).declaredRank())));
        });
        add("Scatter", IndexImport::scatterElements);
        add("ScatterElements", IndexImport::scatterElements);
        add("ScatterND", n -> n.out(n.op("scatter_nd", Attrs.of("reduction", n.text("reduction", "none")), n.need(0),
                tuples(n, n.need(1), () -> n.rank(1) - 1 + n.rank(0) - n.rank(2)), n.need(2))));
        add("TensorScatter", IndexImport::tensorScatter);
        add("ReverseSequence", IndexImport::reverseSequence);
    }

    // how many indices a tuple has follows from ranks where the indices' type doesn't say it
    private static Value tuples(NodeImport n, Value indices, IntSupplier width) {
        if (indices.dim(-1).isConst()) {
            return indices;
        }
        List<Dim> dims = new ArrayList<>(indices.tensor().dims());
        dims.set(dims.size() - 1, Dim.of(width.getAsInt()));
        return new Calc(n).reshape(indices, dims);
    }

    private static void scatterElements(NodeImport n) {
        Attrs a = Attrs.of("axis", n.axis("axis", 0, n.rank(0)), "reduction", n.text("reduction", "none"));
        n.out(n.op("scatter_elements", a, n.need(0), n.need(1), n.need(2)));
    }

    private static void range(NodeImport n) {
        Calc c = new Calc(n);
        ElementType t = n.elem(0);
        Value start = c.reshape(n.need(0), List.of());
        Value limit = c.reshape(n.need(1), List.of());
        Value delta = c.reshape(n.need(2), List.of());
        Value i = c.iota(length(n, c, start, limit, delta), t);
        boolean counts = t.isInteger() && isZero(n, start) && isOne(n, delta);
        n.out(counts ? i : c.add(c.mul(i, delta), start));
    }

    private static boolean isZero(NodeImport n, Value v) {
        var t = n.constantOf(v);
        return t != null && t.integer(0) == 0;
    }

    private static boolean isOne(NodeImport n, Value v) {
        var t = n.constantOf(v);
        return t != null && t.integer(0) == 1;
    }

    private static Dim length(NodeImport n, Calc c, Value start, Value limit, Value delta) {
        List<Dim> from = n.b().symbolic(start);
        List<Dim> to = n.b().symbolic(limit);
        List<Dim> by = n.b().symbolic(delta);
        if (from != null && to != null && by != null && by.get(0).isConst() && by.get(0).value() != 0) {
            long step = by.get(0).value();
            Dim span = step > 0 ? to.get(0).minus(from.get(0)) : from.get(0).minus(to.get(0));
            return Shapes.atLeastZero(span.ceilDiv(Dim.of(Math.abs(step))));
        }
        // in f64, as numpy does, whatever the type
        Value d = c.cast(delta, ElementType.F64);
        Value span = c.sub(c.cast(limit, ElementType.F64), c.cast(start, ElementType.F64));
        return c.dimOf(c.cast(c.max(n.op("ceil", c.div(span, d)), 0), ElementType.I64));
    }

    private static void cumulate(NodeImport n, String kind) {
        Value x = n.need(0);
        Attrs a = Attrs.of("kind", kind, "exclusive", n.flag("exclusive", false), "reverse", n.flag("reverse", false));
        long[] axis = n.numbers(1);
        if (axis != null) {
            n.out(n.op("cumulate", a.with("axis", n.axis(axis[0], x.rank())), x));
            return;
        }
        Calc c = new Calc(n);
        n.out(c.reshape(n.op("cumulate", a.with("axis", 1), new LateAxes(n).around(x, n.need(1))), x.tensor().dims()));
    }

    private static void hardmax(NodeImport n) {
        Calc c = new Calc(n);
        Value x = n.need(0);
        int rank = x.rank();
        int axis = n.axis("axis", n.opset() < 13 ? 1 : -1, rank);
        List<Dim> dims = x.tensor().dims();
        if (n.opset() < 13) {
            // before opset 13 all dimensions from the axis on are one
            x = c.reshape(x, Dim.product(dims.subList(0, axis)), Dim.product(dims.subList(axis, rank)));
            axis = 1;
            rank = 2;
        }
        Value top = n.op("arg_reduce", Attrs.of("kind", "max", "axis", axis, "keep", true, "last", false), x);
        Value hot = c.cast(n.op("eq", c.iota(x.dim(axis), ElementType.I64, axis, rank), top), x.elem());
        n.out(c.reshape(hot, dims));
    }

    private static void trilu(NodeImport n) {
        Calc c = new Calc(n);
        Value x = n.need(0);
        Value row = c.iota(x.dim(-2), ElementType.I64, 0, 2);
        Value column = c.iota(x.dim(-1), ElementType.I64, 1, 2);
        Value k = n.has(1) ? c.reshape(n.in(1), List.of()) : null;
        Value edge = k == null ? row : c.add(row, k);
        Value keep = n.op(n.flag("upper", true) ? "ge" : "le", column, edge);
        n.out(c.where(keep, x, n.like(0, 0)));
    }

    private static void eyeLike(NodeImport n) {
        Calc c = new Calc(n);
        Value x = n.need(0);
        Value diagonal = c.add(c.iota(x.dim(0), ElementType.I64, 0, 2), n.integer("k", 0));
        n.out(c.cast(n.op("eq", c.iota(x.dim(1), ElementType.I64, 1, 2), diagonal), n.type("dtype", x.elem())));
    }

    private static void oneHot(NodeImport n) {
        Calc c = new Calc(n);
        Value at = n.need(0);
        int rank = at.rank() + 1;
        int axis = n.axis("axis", -1, rank);
        Dim depth = c.dimOf(c.reshape(c.cast(n.need(1), ElementType.I64), List.of()));
        if (depth.isConst() && depth.value() < 0) {
            throw new LatheException("", "a depth of " + depth + " is not possible");
        }
        Value i = ShapeImport.unsqueeze(n, c.wrap(c.cast(at, ElementType.I64), depth), axis);
        Value hot = n.op("eq", i, c.iota(depth, ElementType.I64, axis, rank));
        Value off = c.reshape(TensorImport.part(n, n.need(2), 0, Dim.ZERO, Dim.ONE), List.of());
        Value on = c.reshape(TensorImport.part(n, n.need(2), 0, Dim.ONE, Dim.ONE), List.of());
        n.out(c.where(hot, on, off));
    }

    private static void tensorScatter(NodeImport n) {
        Calc c = new Calc(n);
        Value cache = n.need(0);
        Value update = n.need(1);
        int rank = cache.rank();
        int axis = n.axis("axis", -2, rank);
        Value at = c.iota(update.dim(axis), ElementType.I64, axis, rank);
        if (n.has(2)) {
            at = c.add(at, c.along(n.in(2), 0, rank));
        }
        if (n.text("mode", "linear").equals("circular")) {
            at = n.op("mod", at, c.dim(cache.dim(axis)));
        }
        at = c.expand(at, update.tensor().dims());
        n.out(n.op("scatter_elements", Attrs.of("axis", axis, "reduction", "none"), cache, at, update));
    }

    private static void reverseSequence(NodeImport n) {
        Calc c = new Calc(n);
        Value x = n.need(0);
        boolean timeFirst = n.integer("time_axis", 0) == 0;
        int[] swap = new int[x.rank()];
        for (int i = 0; i < swap.length; i++) {
            swap[i] = i < 2 ? 1 - i : i;
        }
        Value batched = timeFirst ? c.transpose(x, swap) : x;
        Value length = c.along(c.cast(n.need(1), ElementType.I64), 0, 2);
        Value t = c.iota(batched.dim(1), ElementType.I64, 1, 2);
        Value back = c.sub(c.add(length, -1), t);
        Value from = c.where(n.op("lt", t, length), back, t);
        List<Dim> tuples = new ArrayList<>(from.tensor().dims());
        tuples.add(Dim.ONE);
        Value y = n.op("gather_nd", Attrs.of("batch", 1), batched, c.reshape(from, tuples));
        n.out(timeFirst ? c.transpose(y, swap) : y);
    }
}
