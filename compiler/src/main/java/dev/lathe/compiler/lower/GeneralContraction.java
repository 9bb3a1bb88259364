package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.X;
import dev.lathe.compiler.ir.Node;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.List;

/** Matrix products of any element type and layout by plain loops; what {@link Tile} doesn't take. */
final class GeneralContraction {
    private GeneralContraction() {}

    /** One more product: fused for floats, wrapping for integers. */
    static Expr accumulate(ElementType t, Expr a, Expr b, Expr acc) {
        return t.isFloat() ? X.fma(a, b, acc) : X.add(acc, X.mul(a, b));
    }

    static Expr zero(ElementType t) {
        return switch (t.storage()) {
            case F32 -> X.f(0);
            case F64 -> X.d(0);
            case I32 -> X.i(0);
            case I64 -> X.l(0);
            case REF -> throw new IllegalStateException("no product of strings");
        };
    }

    static void matmul(Node n, Lower cx) {
        matmul(n, cx, cx.result(n.out()));
    }

    /** @param out where the product is put */
    static void matmul(Node n, Lower cx, View out) {
        ElementType t = n.in(0).elem();
        int r = out.rank();
        View a = cx.view(n.in(0));
        View b = cx.view(n.in(1));
        List<Dim> lead = out.dims().subList(0, r - 2);
        View x = a.expanded(with(lead, a.dims().get(a.rank() - 2), a.dims().get(a.rank() - 1)));
        View y = b.expanded(with(lead, b.dims().get(b.rank() - 2), b.dims().get(b.rank() - 1)));
        View bias = n.in(2) == null ? null : cx.view(n.in(2)).expanded(out.dims());
        Epilogue e = new Epilogue(n, cx, out, 3);
        KernelBuilder k = cx.kernel("matmul");
        KernelBuilder.Buf o = k.write(out);
        KernelBuilder.Buf p = k.read(x);
        KernelBuilder.Buf q = k.read(y);
        KernelBuilder.Buf c = bias == null ? null : k.read(bias);
        List<KernelBuilder.Buf> extra = e.extras().stream().map(k::read).toList();
        List<Expr> extents = out.dims().stream().map(k::dim).toList();
        k.multiplyAdds(out.size().times(x.dims().get(r - 1)));
        Expr depth = k.dim(x.dims().get(r - 1));
        k.parallel("i", out.dims().get(0), 1, false, first -> {
            List<Expr> index = new ArrayList<>(List.of(first));
            Loops.nest(k, extents.subList(1, r - 1), index, () -> k.lanes("j", X.i(0), extents.get(r - 1), j -> {
                List<Expr> at = new ArrayList<>(index);
                at.add(j);
                Expr.Var acc = k.mut("acc", c == null ? zero(t) : c.load(at));
                k.loop("k", X.i(0), depth, i -> {
                    List<Expr> pa = new ArrayList<>(index);
                    pa.add(i);
                    List<Expr> qa = new ArrayList<>(index.subList(0, r - 2));
                    qa.add(i);
                    qa.add(j);
                    k.set(acc, accumulate(t, p.load(pa), q.load(qa), acc));
                });
                o.store(at, e.apply(k, Elementwise.narrow(t, acc), extra.stream().map(x0 -> x0.load(at)).toList()));
            }));
        });
        k.run();
    }

    private static List<Dim> with(List<Dim> lead, Dim m, Dim n) {
        List<Dim> r = new ArrayList<>(lead);
        r.add(m);
        r.add(n);
        return r;
    }
}
