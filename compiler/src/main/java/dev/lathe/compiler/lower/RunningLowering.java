package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.X;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Node;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/** What walks along one axis in order and remembers: running sums, places of extremes. Other axes are independent. */
final class RunningLowering {
    private RunningLowering() {}

    static void argReduce(Node n, Lower cx) {
        View in = cx.view(n.in(0));
        int axis = n.attrs().intValue("axis");
        int at = axis < 0 ? axis + in.rank() : axis;
        View x = axisLast(in, at);
        View y = cx.result(n.out());
        if (n.attrs().flag("keep")) {
            y = axisLast(y, at);
            y = new View(y.buffer(), y.type(), y.offset(), y.dims().subList(0, in.rank() - 1), y.strides().subList(0, in.rank() - 1));
        }
        ElementType t = in.type();
        String better = (n.attrs().text("kind").equals("max") ? "g" : "l") + (n.attrs().flag("last") ? "e" : "t");
        KernelBuilder k = cx.kernel("arg_" + n.attrs().text("kind"));
        KernelBuilder.Buf o = k.write(y);
        KernelBuilder.Buf a = k.read(x);
        each(k, x, (index, count) -> {
            Expr.Var best = k.mut("best", a.load(with(index, X.i(0))));
            Expr.Var place = k.mut("place", X.i(0));
            k.loop("j", X.i(1), count, j -> {
                Expr v = k.let("v", a.load(with(index, j)));
                Expr more = X.ne(Elementwise.apply(better, Attrs.NONE, t, ElementType.BOOL, List.of(v, best)), X.i(0));
                // the first NaN wins, as it does for numpy
                Expr take = k.let("take", t.isFloat() ? X.or(X.and(X.ne(v, v), X.eq(best, best)), more) : more);
                k.set(best, X.select(take, v, best));
                k.set(place, X.select(take, j, place));
            });
            o.store(index, X.convert(Scalar.I64, place));
        });
        k.run();
    }

    static void cumulate(Node n, Lower cx) {
        View in = cx.view(n.in(0));
        int axis = StructureLowering.axis(n);
        View x = axisLast(in, axis);
        View y = axisLast(cx.result(n.out()), axis);
        boolean exclusive = n.attrs().flag("exclusive");
        boolean reverse = n.attrs().flag("reverse");
        Reducer r = Reducer.of(n.attrs().text("kind"), in.type());
        KernelBuilder k = cx.kernel("cumulate_" + n.attrs().text("kind"));
        KernelBuilder.Buf o = k.write(y);
        KernelBuilder.Buf a = k.read(x);
        each(k, x, (index, count) -> {
            Expr.Var acc = k.mut("acc", r.start());
            k.loop("j", X.i(0), count, j -> {
                Expr at = reverse ? k.let("at", X.sub(X.sub(count, X.i(1)), j)) : j;
                Expr v = k.let("v", a.load(with(index, at)));
                if (exclusive) {
                    o.store(with(index, at), acc);
                }
                k.set(acc, Casts.narrow(in.type(), r.add(acc, v)));
                if (!exclusive) {
                    o.store(with(index, at), acc);
                }
            });
        });
        k.run();
    }

    /** The same elements with one axis moved to the end. */
    static View axisLast(View v, int axis) {
        int[] perm = new int[v.rank()];
        int p = 0;
        for (int i = 0; i < perm.length; i++) {
            if (i != axis) {
                perm[p++] = i;
            }
        }
        perm[p] = axis;
        return v.transposed(perm);
    }

    // every index but the last, the innermost as lanes; the body gets the extent of the last
    private static void each(KernelBuilder k, View x, BiConsumer<List<Expr>, Expr> body) {
        int outer = x.rank() - 1;
        Expr count = k.dim(x.dims().get(outer));
        List<Dim> dims = x.dims().subList(0, outer);
        List<Expr> extents = dims.stream().map(k::dim).toList();
        List<Expr> index = new ArrayList<>();
        Loops.shared(k, dims, extents, ReductionLowering.LEAST, true, index, () -> body.accept(index, count));
    }

    static List<Expr> with(List<Expr> index, Expr last) {
        List<Expr> r = new ArrayList<>(index);
        r.add(last);
        return r;
    }
}
