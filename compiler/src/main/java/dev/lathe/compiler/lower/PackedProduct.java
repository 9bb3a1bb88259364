package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.X;
import dev.lathe.compiler.ir.Node;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.List;

/**
 * A product of two matrices that are both computed while the model runs (attention): the second is packed into panels,
 * filled up with zeros, then the tile kernel runs over it. The result has room for the added columns and is seen
 * without them.
 */
final class PackedProduct {
    /** Rows for which packing takes longer than the product. */
    private static final int FEW = 2;

    private PackedProduct() {}

    /** True when packing pays: f32, and more than a row and a few columns. */
    static boolean takes(Node n, Lower cx) {
        Dim rows = n.in(0).dim(-2);
        Dim columns = n.in(1).dim(-1);
        return n.in(0).elem() == ElementType.F32 && n.out().elem() == ElementType.F32 && (!rows.isConst() || rows.value() > FEW)
                && (!columns.isConst() || columns.value() >= 4) && !cx.isLate(n.out().tensor().size()) && !cx.isLate(columns.times(n.in(0).dim(-1)));
    }

    static void run(Node n, Lower cx) {
        List<Dim> dims = n.out().tensor().dims();
        int r = dims.size();
        Dim rows = n.in(0).dim(-2);
        Dim columns = dims.get(r - 1);
        int panels = panels(cx.target(), columns, rows);
        Dim wide = columns.ceilDiv(Dim.of(16 * panels)).times(16 * panels);
        // the result, with room for whole panels
        List<Dim> roomy = new ArrayList<>(dims);
        roomy.set(r - 1, wide);
        boolean exact = wide.equals(columns);
        View room = exact ? cx.result(n.out()) : cx.buffer(n.out().name(), ElementType.F32, roomy);
        View out = exact ? room : room.part(r - 1, Dim.ZERO, columns);
        if (rows.isConst()) {
            tiles(n, cx, room, out, panels);
        } else {
            // the chains are the same
            cx.ifOne(rows.ceilDiv(Dim.of(FEW)), () -> GeneralContraction.matmul(n, cx, out), () -> tiles(n, cx, room, out, panels));
        }
        if (!exact) {
            if (cx.isPlaced(n.out())) {
                cx.copy(out, cx.result(n.out()));
            } else {
                cx.alias(n.out(), out);
            }
        }
    }

    private static void tiles(Node n, Lower cx, View room, View out, int panels) {
        Dim columns = out.dims().get(out.rank() - 1);
        if (columns.isConst() || panels == 1) {
            packed(n, cx, room, out, panels);
        } else {
            // one panel has as many columns as there are vectors of that width
            cx.ifOne(columns.ceilDiv(Dim.of(16)), () -> packed(n, cx, room, out, 1), () -> packed(n, cx, room, out, panels));
        }
    }

    private static void packed(Node n, Lower cx, View room, View out, int panels) {
        View a = cx.view(n.in(0));
        View b = cx.view(n.in(1));
        int r = out.rank();
        List<Dim> lead = out.dims().subList(0, r - 2);
        Dim depth = n.in(0).dim(-1);
        Dim columns = out.dims().get(r - 1);
        View x = a.strides().get(a.rank() - 1).is(1) || a.dims().get(a.rank() - 1).is(1) ? a : cx.contiguous(a);
        Dim repeat = columns.ceilDiv(Dim.of(16 * panels));
        View packed = pack(cx, b, depth, columns, repeat.times(panels));
        View bias = bias(n, cx, columns, room.dims().get(r - 1));
        Epilogue e = new Epilogue(n, cx, out, 3);
        List<View> extras = e.walkable(cx);
        View xs = x.expanded(join(lead, x.dims().get(x.rank() - 2), depth));
        // a broadcast second matrix is packed once
        View ws = packed.expanded(join(lead, packed.dims().get(packed.rank() - 2), packed.dims().get(packed.rank() - 1)));
        List<Tile.Group> groups = new ArrayList<>();
        for (int i = 0; i < r - 2; i++) {
            if (lead.get(i).is(1)) {
                continue;
            }
            int at = i;
            groups.add(new Tile.Group(lead.get(i), xs.strides().get(i), ws.strides().get(i), Dim.ZERO, room.strides().get(i),
                    extras.stream().map(v -> v.strides().get(at)).toList()));
        }
        Tile.runPadded(cx, new Tile.Spec(matrix(xs), matrix(room), 1, packed, bias, groups, e,
                extras.stream().map(PackedProduct::matrix).toList()), panels, repeat, columns);
    }

    private static int panels(TargetInfo t, Dim columns, Dim rows) {
        int most = TileTable.panels(t, 16, rows);
        if (!columns.isConst()) {
            return Math.min(2, most);
        }
        long p = (columns.value() + 15) / 16;
        for (int c = (int) Math.min(p, most); c > 1; c--) {
            if (p % c == 0) {
                return c;
            }
        }
        return p == 1 ? 1 : Math.min(2, most);
    }

    // the last two dimensions; the offset is the first group's
    private static View matrix(View v) {
        int r = v.rank();
        return new View(v.buffer(), v.type(), v.offset(), v.dims().subList(r - 2, r), v.strides().subList(r - 2, r));
    }

    private static List<Dim> join(List<Dim> lead, Dim m, Dim n) {
        List<Dim> r = new ArrayList<>(lead);
        r.add(m);
        r.add(n);
        return r;
    }

    private static View bias(Node n, Lower cx, Dim columns, Dim wide) {
        View zeros = cx.buffer("bias", ElementType.F32, List.of(wide));
        MapKernel.fill(cx, X.f(0), zeros);
        if (n.in(2) != null) {
            cx.copy(cx.view(n.in(2)).expanded(List.of(columns)), zeros.part(0, Dim.ZERO, columns));
        }
        return zeros;
    }

    /** Panels of 16 columns, each [depth][16], for every matrix of {@code b}; dimensions [leading..., panels, depth x 16]. */
    private static View pack(Lower cx, View b, Dim depth, Dim columns, Dim panels) {
        int r = b.rank();
        List<Dim> lead = b.dims().subList(0, r - 2);
        List<Dim> dims = new ArrayList<>(lead);
        dims.add(panels);
        dims.add(depth.times(16));
        View to = cx.buffer("panels", ElementType.F32, dims);
        KernelBuilder k = cx.kernel("pack");
        KernelBuilder.Buf o = k.write(to);
        KernelBuilder.Buf s = k.read(b);
        List<Expr> extents = lead.stream().map(k::dim).toList();
        Expr d = k.dim(depth);
        Expr cols = k.dim(columns);
        Expr count = k.dim(panels);
        k.parallel("item", Dim.product(lead).times(panels), 1, false, item -> {
            Expr batch = k.let("b", X.div(item, count));
            Expr p = k.let("p", X.sub(item, X.mul(batch, count)));
            List<Expr> index = new ArrayList<>();
            Expr rest = batch;
            for (int i = extents.size() - 1; i >= 0; i--) {
                Expr q = i == 0 ? X.i(0) : k.let("q", X.div(rest, extents.get(i)));
                index.add(0, i == 0 ? rest : k.let("i", X.sub(rest, X.mul(q, extents.get(i)))));
                rest = q;
            }
            Expr base = X.i(0);
            for (int i = 0; i < index.size(); i++) {
                base = X.add(base, X.mul(index.get(i), s.stride(i)));
            }
            Expr first = k.let("first", X.mul(p, X.i(16)));
            Expr from = k.let("from", X.add(base, X.mul(first, s.stride(-1))));
            Expr into = k.let("into", X.mul(X.mul(item, d), X.i(16)));
            k.when(X.le(X.add(first, X.i(16)), cols), () -> k.loop("k", X.i(0), d, i -> {
                Expr line = k.let("l", X.add(from, X.mul(i, s.stride(-2))));
                Expr at = k.let("at", X.add(into, X.mul(i, X.i(16))));
                k.lanes("j", X.i(0), X.i(16), j -> o.storeFlat(X.add(at, j), s.flat(X.add(line, X.mul(j, s.stride(-1))))));
            }), () -> k.loop("k", X.i(0), d, i -> k.loop("j", X.i(0), X.i(16), j -> {
                Expr at = X.add(X.add(into, X.mul(i, X.i(16))), j);
                k.when(X.lt(X.add(first, j), cols),
                        () -> o.storeFlat(at, s.flat(X.add(X.add(from, X.mul(i, s.stride(-2))), X.mul(j, s.stride(-1))))),
                        () -> o.storeFlat(at, X.f(0)));
            })));
        });
        k.run();
        return to;
    }
}
