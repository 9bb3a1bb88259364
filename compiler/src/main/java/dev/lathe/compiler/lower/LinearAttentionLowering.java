package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.X;
import dev.lathe.compiler.ir.Node;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.Storage;
import java.util.List;

/**
 * Attention as a recurrence: one kernel that walks through the steps, a work item is one head of one sequence. The state
 * is kept in the storage type; columns of values are lanes, sums go over the key's elements in order.
 */
final class LinearAttentionLowering {
    private LinearAttentionLowering() {}

    static void lower(Node n, Lower cx) {
        ElementType t = n.in(0).elem();
        ElementType wide = t.storage() == Storage.F64 ? ElementType.F64 : ElementType.F32;
        int heads = n.attrs().intValue("kv_heads");
        int group = n.attrs().intValue("q_heads") / heads;
        View q = heads(cx.view(n.in(0)), heads * group);
        View k = heads(cx.view(n.in(1)), heads);
        View v = heads(cx.view(n.in(2)), heads);
        Dim batch = q.dims().get(0);
        Dim steps = q.dims().get(1);
        Dim dk = k.dims().get(3);
        Dim dv = v.dims().get(3);
        List<Dim> stateDims = List.of(batch, Dim.of(heads), dk, dv);
        View out = cx.result(n.out(0));
        View y = new View(out.buffer(), t, out.offset(), List.of(batch, steps, Dim.of(heads * group), dv),
                List.of(out.strides().get(0), out.strides().get(1), out.strides().get(2).times(dv), out.strides().get(2)));
        View state = cx.buffer("state", wide, stateDims);
        if (n.in(4) == null) {
            MapKernel.fill(cx, X.zero(Scalar.of(wide.storage())), state);
        } else {
            cx.copy(cx.view(n.in(4)), state);
        }
        View decay = n.in(5) == null ? null : perElement(cx.view(n.in(5)), heads, dk);
        View beta = n.in(6) == null ? null : cx.view(n.in(6)).expanded(List.of(batch, steps, Dim.of(heads)));
        View factors = decay == null ? null : cx.scratch(wide, batch.times(heads).times(dk));

        KernelBuilder b = cx.kernel("linear_attention");
        KernelBuilder.Buf yo = b.write(y);
        KernelBuilder.Buf s = b.write(state);
        KernelBuilder.Buf f = factors == null ? null : b.write(factors);
        KernelBuilder.Buf qb = b.read(q);
        KernelBuilder.Buf kb = b.read(k);
        KernelBuilder.Buf vb = b.read(v);
        KernelBuilder.Buf db = decay == null ? null : b.read(decay);
        KernelBuilder.Buf bb = beta == null ? null : b.read(beta);
        Expr keys = b.dim(dk);
        Expr columns = b.dim(dv);
        Expr stepCount = b.dim(steps);
        Expr scale = b.let("scale", b.read(cx.packedView(n.in(3))).flat(X.i(0)));
        boolean delta = n.attrs().flag("delta");
        b.multiplyAdds(batch.times(steps).times(dk).times(dv).times((long) heads * (group + (delta ? 2 : 1))));
        b.range(batch.times(heads), 1, (lo, hi) -> b.loop("item", lo, hi, item -> {
            Expr row = b.let("b", X.div(item, X.i(heads)));
            Expr h = b.let("h", X.sub(item, X.mul(row, X.i(heads))));
            Expr base = b.let("s", s.at(List.of(row, h)));
            Expr fBase = b.let("f", X.mul(item, keys));
            b.loop("t", X.i(0), stepCount, time -> {
                List<Expr> at = List.of(row, time, h);
                Expr ka = b.let("k", kb.at(at));
                Expr va = b.let("v", vb.at(at));
                Expr rate = bb == null ? Activations.number(wide, 1) : b.let("beta", bb.load(at));
                if (decay != null) {
                    Expr da = b.let("d", db.at(at));
                    b.lanes("i", X.i(0), keys, i -> f.storeFlat(X.add(fBase, i), X.call(wide == ElementType.F64 ? "F64Math" : "F32Math", "exp",
                            db.flat(X.add(da, X.mul(i, db.stride(3)))))));
                }
                b.lanes("j", X.i(0), columns, j -> {
                    Expr value = b.let("x", vb.flat(X.add(va, X.mul(j, vb.stride(3)))));
                    Expr.Var held = b.mut("held", Activations.number(wide, 0));
                    b.loop("i", X.i(0), keys, i -> {
                        Expr place = b.let("p", X.add(X.add(base, X.mul(i, columns)), j));
                        Expr m = s.flat(place);
                        if (decay != null) {
                            m = b.let("m", X.mul(m, f.flat(X.add(fBase, i))));
                            s.storeFlat(place, m);
                        }
                        b.set(held, X.fma(kb.flat(X.add(ka, X.mul(i, kb.stride(3)))), m, held));
                    });
                    Expr add = delta ? b.let("add", X.mul(rate, X.sub(value, held))) : value;
                    b.loop("i", X.i(0), keys, i -> {
                        Expr place = b.let("p", X.add(X.add(base, X.mul(i, columns)), j));
                        s.storeFlat(place, X.fma(kb.flat(X.add(ka, X.mul(i, kb.stride(3)))), add, s.flat(place)));
                    });
                    for (int g = 0; g < group; g++) {
                        Expr head = X.add(X.mul(h, X.i(group)), X.i(g));
                        Expr qa = b.let("q", qb.at(List.of(row, time, head)));
                        Expr.Var sum = b.mut("sum", Activations.number(wide, 0));
                        b.loop("i", X.i(0), keys, i -> b.set(sum, X.fma(qb.flat(X.add(qa, X.mul(i, qb.stride(3)))),
                                s.flat(X.add(X.add(base, X.mul(i, columns)), j)), sum)));
                        yo.store(List.of(row, time, head, j), Casts.narrow(t, X.mul(scale, sum)));
                    }
                });
            });
        }));
        b.run();
        MapKernel.run(cx, "state", List.of(cx.result(n.out(1))), List.of(state), (kb2, a) -> List.of(Casts.narrow(t, a.get(0))));
    }

    // [B, T, H*d] as [B, T, H, d]
    private static View heads(View v, int heads) {
        Dim each = v.dims().get(2).floorDiv(heads);
        Dim s = v.strides().get(2);
        return new View(v.buffer(), v.type(), v.offset(), List.of(v.dims().get(0), v.dims().get(1), Dim.of(heads), each),
                List.of(v.strides().get(0), v.strides().get(1), s.times(each), s));
    }

    // one factor for a head is the same for all its elements
    private static View perElement(View v, int heads, Dim dk) {
        View w = heads(v, heads);
        Dim each = w.dims().get(3);
        return new View(w.buffer(), w.type(), w.offset(), List.of(w.dims().get(0), w.dims().get(1), w.dims().get(2), dk),
                List.of(w.strides().get(0), w.strides().get(1), w.strides().get(2), each.equals(dk) && !each.is(1) ? w.strides().get(3) : each.ifOne(Dim.ZERO, w.strides().get(3))));
    }
}
