package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.X;
import dev.lathe.compiler.ir.Node;
import dev.lathe.runtime.Storage;
import java.util.List;

/** Determinants by elimination with the largest pivot of each column. */
final class DetLowering {
    private DetLowering() {}

    static void lower(Node n, Lower cx) {
        View in = cx.view(n.in(0));
        int outer = in.rank() - 2;
        Dim batch = Dim.product(in.dims().subList(0, outer));
        Dim order = in.dims().get(outer);
        // eliminated in place
        View work = cx.buffer("det", in.type(), in.dims());
        cx.copy(in, work);
        View out = cx.result(n.out());
        View flat = out.contiguous() ? out : cx.buffer("packed", out.type(), out.dims());
        KernelBuilder k = cx.kernel("det");
        KernelBuilder.Buf o = k.write(flat);
        KernelBuilder.Buf a = k.write(work);
        Expr size = k.dim(order);
        Expr one = in.type().storage() == Storage.F64 ? X.d(1) : X.f(1);
        Expr zero = in.type().storage() == Storage.F64 ? X.d(0) : X.f(0);
        k.parallel("b", batch, 1, false, b -> {
            Expr base = k.let("base", X.mul(b, X.mul(size, size)));
            Expr.Var det = k.mut("det", one);
            k.loop("c", X.i(0), size, c -> {
                Expr row = k.let("row", X.add(base, X.mul(c, size)));
                Expr.Var best = k.mut("best", row);
                k.loop("r", c, size, r -> {
                    Expr at = k.let("at", X.add(base, X.mul(r, size)));
                    k.set(best, X.select(X.gt(X.abs(a.flat(X.add(at, c))), X.abs(a.flat(X.add(best, c)))), at, best));
                });
                Expr pivot = k.let("pivot", a.flat(X.add(best, c)));
                k.when(X.ne(best, row), () -> {
                    k.set(det, X.neg(det));
                    k.loop("j", c, size, j -> {
                        Expr x = k.let("x", a.flat(X.add(row, j)));
                        Expr y = k.let("y", a.flat(X.add(best, j)));
                        a.storeFlat(X.add(row, j), y);
                        a.storeFlat(X.add(best, j), x);
                    });
                });
                k.set(det, X.mul(det, pivot));
                k.when(X.ne(pivot, zero), () -> k.loop("r", X.add(c, X.i(1)), size, r -> {
                    Expr at = k.let("at", X.add(base, X.mul(r, size)));
                    Expr f = k.let("f", X.neg(X.div(a.flat(X.add(at, c)), pivot)));
                    k.lanes("j", X.add(c, X.i(1)), size, j ->
                            a.storeFlat(X.add(at, j), X.fma(f, a.flat(X.add(row, j)), a.flat(X.add(at, j)))));
                }));
            });
            o.storeFlat(b, Casts.narrow(out.type(), det));
        });
        k.run();
        if (flat != out) {
            cx.copy(flat, out);
        }
    }
}
