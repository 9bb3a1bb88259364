package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.X;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Node;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Counting, look-ups and writes element by element. Indices out of range are clamped: nothing outside is read or written. */
final class IndexLowering {
    private IndexLowering() {}

    static Map<String, Lowering> rows() {
        Map<String, Lowering> m = new HashMap<>();
        m.put("iota", IndexLowering::iota);
        m.put("strided", (n, cx) -> {
            View v = cx.packedView(n.in(0));
            cx.alias(n.out(), new View(v.buffer(), v.type(), v.offset().plus(n.attrs().dim("offset")), n.attrs().dims("dims"), n.attrs().dims("strides")));
        });
        m.put("gather_elements", IndexLowering::gatherElements);
        m.put("gather_nd", IndexLowering::gatherNd);
        m.put("scatter_elements", IndexLowering::scatterElements);
        m.put("scatter_nd", IndexLowering::scatterNd);
        m.put("arg_reduce", RunningLowering::argReduce);
        m.put("cumulate", RunningLowering::cumulate);
        return m;
    }

    private static void iota(Node n, Lower cx) {
        View out = cx.result(n.out());
        KernelBuilder k = cx.kernel("iota");
        KernelBuilder.Buf o = k.write(out);
        k.parallel("i", out.dims().get(0), 4096, true, i -> o.store(List.of(i), Casts.cast(ElementType.I32, out.type(), true, i)));
        k.run();
    }

    private static void gatherElements(Node n, Lower cx) {
        View data = cx.view(n.in(0));
        View at = cx.view(n.in(1));
        View out = cx.result(n.out());
        int axis = StructureLowering.axis(n);
        KernelBuilder k = cx.kernel("gather_elements");
        KernelBuilder.Buf o = k.write(out);
        KernelBuilder.Buf a = k.read(data);
        KernelBuilder.Buf ix = k.read(at);
        Expr size = k.dim(data.dims().get(axis));
        every(k, out.dims(), true, index -> {
            List<Expr> from = new ArrayList<>(index);
            from.set(axis, k.let("i", GatherLowering.wrap(k, ix.load(index), size)));
            o.store(index, a.load(from));
        });
        k.run();
    }

    private static void scatterElements(Node n, Lower cx) {
        View out = cx.result(n.out());
        cx.copy(cx.view(n.in(0)), out);
        View at = cx.view(n.in(1));
        int axis = StructureLowering.axis(n);
        String reduction = n.attrs().text("reduction", "none");
        KernelBuilder k = cx.kernel("scatter_elements_" + reduction);
        KernelBuilder.Buf o = k.write(out);
        KernelBuilder.Buf ix = k.read(at);
        KernelBuilder.Buf u = k.read(cx.view(n.in(2)));
        Expr size = k.dim(out.dims().get(axis));
        // what goes to one place differs in the axis only; its order counts
        every(k, at.dims(), axis > 0, index -> {
            List<Expr> to = new ArrayList<>(index);
            to.set(axis, k.let("i", GatherLowering.wrap(k, ix.load(index), size)));
            o.store(to, joined(reduction, out.type(), o, to, u.load(index)));
        });
        k.run();
    }

    private static void gatherNd(Node n, Lower cx) {
        View data = cx.view(n.in(0));
        View at = cx.view(n.in(1));
        View out = cx.result(n.out());
        int batch = (int) n.attrs().integer("batch", 0);
        int tuple = at.rank() - 1;
        int width = at.dims().get(tuple).intValue();
        KernelBuilder k = cx.kernel("gather_nd");
        KernelBuilder.Buf o = k.write(out);
        KernelBuilder.Buf a = k.read(data);
        KernelBuilder.Buf ix = k.read(at);
        List<Expr> sizes = data.dims().stream().map(k::dim).toList();
        List<Expr> rest = sizes.subList(batch + width, sizes.size());
        every(k, out.dims().subList(0, tuple), true, index -> {
            List<Expr> from = new ArrayList<>(index.subList(0, batch));
            for (int i = 0; i < width; i++) {
                Expr raw = ix.load(RunningLowering.with(index, X.i(i)));
                from.add(k.let("i", GatherLowering.wrap(k, raw, sizes.get(batch + i))));
            }
            Loops.lanes(k, rest, from, () -> {
                List<Expr> to = new ArrayList<>(index);
                to.addAll(from.subList(batch + width, from.size()));
                o.store(to, a.load(from));
            });
        });
        k.run();
    }

    private static Expr joined(String reduction, ElementType t, KernelBuilder.Buf o, List<Expr> at, Expr update) {
        return reduction.equals("none") ? update : Elementwise.apply(reduction, Attrs.NONE, t, t, List.of(o.load(at), update));
    }

    private static void scatterNd(Node n, Lower cx) {
        View out = cx.result(n.out());
        cx.copy(cx.view(n.in(0)), out);
        View at = cx.view(n.in(1));
        String reduction = n.attrs().text("reduction", "none");
        int tuple = at.rank() - 1;
        int width = at.dims().get(tuple).intValue();
        KernelBuilder k = cx.kernel("scatter_nd_" + reduction);
        KernelBuilder.Buf o = k.write(out);
        KernelBuilder.Buf ix = k.read(at);
        KernelBuilder.Buf u = k.read(cx.view(n.in(2)));
        List<Expr> sizes = out.dims().stream().map(k::dim).toList();
        List<Expr> tuples = at.dims().subList(0, tuple).stream().map(k::dim).toList();
        List<Expr> index = new ArrayList<>();
        Loops.nest(k, tuples, index, () -> {
            List<Expr> to = new ArrayList<>();
            for (int i = 0; i < width; i++) {
                to.add(k.let("i", GatherLowering.wrap(k, ix.load(RunningLowering.with(index, X.i(i))), sizes.get(i))));
            }
            Loops.lanes(k, sizes.subList(width, sizes.size()), to, () -> {
                List<Expr> from = new ArrayList<>(index);
                from.addAll(to.subList(width, to.size()));
                o.store(to, joined(reduction, out.type(), o, to, u.load(from)));
            });
        });
        k.run();
    }

    /** What is done at one index. */
    interface Body {
        void at(List<Expr> index);
    }

    /** Visits every index in row-major order. @param parallel the slices of the first dimension may be visited in any order */
    static void every(KernelBuilder k, List<Dim> dims, boolean parallel, Body body) {
        List<Expr> extents = dims.stream().map(k::dim).toList();
        List<Expr> index = new ArrayList<>();
        if (parallel) {
            Loops.shared(k, dims, extents, 1, false, index, () -> body.at(index));
        } else {
            Loops.nest(k, extents, index, () -> body.at(index));
        }
    }
}
