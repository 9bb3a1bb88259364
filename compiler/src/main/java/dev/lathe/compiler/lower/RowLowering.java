package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.X;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Node;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.Storage;
import java.util.ArrayList;
import java.util.List;

/** Softmax and layer normalisation: a few passes over a row that is in the cache. */
final class RowLowering {
    /** Elements below which a thread is not worth waking. */
    private static final int WORTH = 2048;

    private RowLowering() {}

    static void softmax(Node n, Lower cx) {
        View in = cx.view(n.in(0));
        View out = cx.result(n.out());
        int axis = n.attrs().intValue("axis");
        axis = axis < 0 ? axis + in.rank() : axis;
        boolean log = n.is("log_softmax");
        if (axis == in.rank() - 1 && out.type().storage() == Storage.F32) {
            rows(cx, log, in, out);
        } else {
            columns(cx, log, in, out, axis);
        }
    }

    private static String math(View v) {
        return v.type().storage() == Storage.F64 ? "F64Math" : "F32Math";
    }

    private static void rows(Lower cx, boolean log, View source, View out) {
        View in = source.packed(1) ? source : cx.contiguous(source);
        int outer = in.rank() - 1;
        View scratch = cx.scratch(ElementType.F32, Dim.product(in.dims().subList(0, outer)).times(Reducer.LANES));
        Kernel exp = log ? null : exponentials(cx);
        KernelBuilder k = cx.kernel(log ? "log_softmax" : "softmax");
        KernelBuilder.Buf o = k.write(out);
        KernelBuilder.Buf a = k.read(in);
        KernelBuilder.Buf s = k.write(scratch);
        Expr count = k.dim(in.dims().get(outer));
        eachRow(k, in.dims().subList(0, outer), in.dims().get(outer), (index, row) -> {
            Expr from = k.let("from", a.at(index));
            Expr to = k.let("to", o.at(index));
            Expr lane = k.let("lane", X.mul(row, X.i(Reducer.LANES)));
            Expr max = k.let("max", Reducer.of("max", ElementType.F32).row(k, a, from, count, s, lane));
            if (log) {
                k.lanes("i", X.i(0), count, i -> o.storeFlat(X.add(to, i), X.sub(a.flat(X.add(from, i)), max)));
            } else {
                s.storeFlat(lane, max);
                k.invoke(exp, List.of(o.from(to), a.from(from), s.from(lane)), List.of(count));
            }
            Expr sum;
            if (log) {
                sum = k.let("sum", Reducer.of("sum", ElementType.F32).row(k, count, s, lane, (i, lanes) -> X.call("F32Math", "exp",
                        lanes == 1 ? o.flat(X.add(to, i)) : o.vector(X.add(to, i), lanes))));
                Expr l = k.let("log", X.call("F32Math", "log", sum));
                k.lanes("i", X.i(0), count, i -> o.storeFlat(X.add(to, i), Casts.narrow(out.type(), X.sub(o.flat(X.add(to, i)), l))));
            } else {
                sum = k.let("sum", Reducer.of("sum", ElementType.F32).row(k, o, to, count, s, lane));
                k.lanes("i", X.i(0), count, i -> o.storeFlat(X.add(to, i), Casts.narrow(out.type(), X.div(o.flat(X.add(to, i)), sum))));
            }
        });
        k.run();
    }

    /**
     * A kernel of its own, see {@link dev.lathe.codegen.emit.VectorOps}. Buffers: result, row, the row's largest element; parameter: how many
     * elements.
     */
    private static Kernel exponentials(Lower cx) {
        KernelBuilder k = cx.kernel("softmax_exp");
        KernelBuilder.Buf o = k.buffer(Scalar.F32, true);
        KernelBuilder.Buf a = k.buffer(Scalar.F32, false);
        KernelBuilder.Buf m = k.buffer(Scalar.F32, false);
        Expr count = k.number("count");
        Expr max = k.let("max", m.flat(X.i(0)));
        k.lanes("i", X.i(0), count, i -> o.storeFlat(i, X.call("F32Math", "exp", k.let("d", X.sub(a.flat(i), max)))));
        return k.part();
    }

    // another axis than the last, or f64: sums go in order of the axis
    private static void columns(Lower cx, boolean log, View in, View out, int axis) {
        int r = in.rank();
        int[] perm = new int[r];
        int p = 0;
        for (int i = 0; i < r; i++) {
            if (i != axis) {
                perm[p++] = i;
            }
        }
        perm[r - 1] = axis;
        View x = in.transposed(perm);
        View y = out.transposed(perm);
        KernelBuilder k = cx.kernel(log ? "log_softmax_axis" : "softmax_axis");
        KernelBuilder.Buf o = k.write(y);
        KernelBuilder.Buf a = k.read(x);
        Expr count = k.dim(x.dims().get(r - 1));
        String m = math(out);
        List<Expr> extents = new ArrayList<>();
        for (int i = 0; i < r - 1; i++) {
            extents.add(k.dim(x.dims().get(i)));
        }
        List<Expr> index = new ArrayList<>();
        Runnable body = () -> {
            Reducer max = Reducer.of("max", out.type());
            Expr.Var top = k.mut("max", max.start());
            k.loop("j", X.i(0), count, j -> k.set(top, max.add(top, a.load(with(index, j)))));
            Expr.Var sum = k.mut("sum", Reducer.of("sum", out.type()).start());
            k.loop("j", X.i(0), count, j -> {
                Expr d = k.let("d", X.sub(a.load(with(index, j)), top));
                Expr e = k.let("e", X.call(m, "exp", d));
                o.store(with(index, j), log ? d : e);
                k.set(sum, X.add(sum, e));
            });
            Expr l = log ? k.let("log", X.call(m, "log", sum)) : sum;
            k.loop("j", X.i(0), count, j -> {
                Expr v = o.load(with(index, j));
                o.store(with(index, j), Casts.narrow(out.type(), log ? X.sub(v, l) : X.div(v, l)));
            });
        };
        Loops.shared(k, x.dims().subList(0, r - 1), extents, ReductionLowering.LEAST, true, index, body);
        k.run();
    }

    static void layerNorm(Node n, Lower cx) {
        int dims = n.attrs().intValue("dims");
        View in = cx.view(n.in(0));
        View out = cx.result(n.out());
        if (out.type().storage() != Storage.F32) {
            throw new LatheException("", "layer_norm of " + out.type().text() + " isn't compiled as one operation: take it apart in reductions and arithmetic");
        }
        int outer = in.rank() - dims;
        List<Dim> tail = in.dims().subList(outer, in.rank());
        View x = in.packed(dims) ? in : cx.contiguous(in);
        View y = out.packed(dims) ? out : cx.buffer("norm", out.type(), out.dims());
        boolean centred = !n.attrs().has("mean") || n.attrs().flag("mean");
        View scratch = cx.scratch(ElementType.F32, Dim.product(x.dims().subList(0, outer)).times(Reducer.LANES));
        View scale = n.in(1) == null ? null : cx.contiguous(cx.view(n.in(1)).expanded(tail));
        View bias = n.in(2) == null ? null : cx.contiguous(cx.view(n.in(2)).expanded(tail));
        KernelBuilder k = cx.kernel(centred ? "layer_norm" : "rms_norm");
        KernelBuilder.Buf o = k.write(y);
        KernelBuilder.Buf a = k.read(x);
        KernelBuilder.Buf s = k.write(scratch);
        KernelBuilder.Buf g = scale == null ? null : k.read(scale);
        KernelBuilder.Buf b = bias == null ? null : k.read(bias);
        Expr count = k.dim(Dim.product(tail));
        float eps = (float) n.attrs().real("eps");
        eachRow(k, x.dims().subList(0, outer), Dim.product(tail), (index, row) -> {
            Expr from = k.let("from", a.at(index));
            Expr to = k.let("to", o.at(index));
            Expr lane = k.let("lane", X.mul(row, X.i(Reducer.LANES)));
            Expr total = k.let("total", X.convert(Scalar.F32, count));
            Reducer sum = Reducer.of("sum", ElementType.F32);
            Expr mean = centred ? k.let("mean", X.div(sum.row(k, a, from, count, s, lane), total)) : X.f(0);
            Expr square = Reducer.of("sum_square", ElementType.F32).row(k, count, s, lane, (i, lanes) -> {
                Expr v = lanes == 1 ? a.flat(X.add(from, i)) : a.vector(X.add(from, i), lanes);
                return k.let(centred ? X.sub(v, mean) : v);
            });
            Expr scaleBy = k.let("scale", X.div(X.f(1), X.sqrt(X.add(X.div(square, total), X.f(eps)))));
            k.lanes("i", X.i(0), count, i -> {
                Expr v = a.flat(X.add(from, i));
                v = X.mul(centred ? X.sub(v, mean) : v, scaleBy);
                v = g == null ? v : X.mul(v, g.flat(i));
                v = b == null ? v : X.add(v, b.flat(i));
                o.storeFlat(X.add(to, i), Casts.narrow(out.type(), v));
            });
        });
        k.run();
        if (y != out) {
            cx.copy(y, out);
        }
    }

    private interface Row {
        void write(List<Expr> index, Expr row);
    }

    // threads share the rows, of whatever dimensions they are
    private static void eachRow(KernelBuilder k, List<Dim> outer, Dim length, Row body) {
        if (outer.isEmpty()) {
            body.write(List.of(), X.i(0));
            return;
        }
        Pixels rows = new Pixels(k, outer.size(), outer.subList(1, outer.size()).stream().map(k::dim).toList());
        int least = length.isConst() ? (int) Math.max(1, WORTH / Math.max(1, length.value())) : 1;
        k.parallel("row", Dim.product(outer), least, false, row -> body.write(rows.split(row), row));
    }

    private static List<Expr> with(List<Expr> index, Expr last) {
        List<Expr> r = new ArrayList<>(index);
        r.add(last);
        return r;
    }
}
