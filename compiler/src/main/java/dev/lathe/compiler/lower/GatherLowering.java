package dev.lathe.compiler.lower;

import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.X;
import dev.lathe.compiler.ir.Node;
import java.util.ArrayList;
import java.util.List;

/** Look-ups by index. An index out of range is clamped into it: no model reads what is not its own. */
final class GatherLowering {
    private GatherLowering() {}

    static void gather(Node n, Lower cx) {
        View data = cx.view(n.in(0));
        View index = cx.view(n.in(1));
        View out = cx.result(n.out());
        int axis = n.attrs().intValue("axis");
        axis = axis < 0 ? axis + data.rank() : axis;
        int before = axis;
        int middle = index.rank();
        KernelBuilder k = cx.kernel("gather");
        KernelBuilder.Buf o = k.write(out);
        KernelBuilder.Buf a = k.read(data);
        KernelBuilder.Buf ix = k.read(index);
        k.touches(a, out.size());
        List<Expr> extents = out.dims().stream().map(k::dim).toList();
        Expr size = k.dim(data.dims().get(axis));
        List<Expr> at = new ArrayList<>();
        Runnable tail = () -> {
            Expr i = k.let("i", wrap(k, ix.load(at.subList(before, before + middle)), size));
            Loops.lanes(k, extents.subList(before + middle, extents.size()), at, () -> {
                List<Expr> from = new ArrayList<>(at.subList(0, before));
                from.add(i);
                from.addAll(at.subList(before + middle, at.size()));
                o.store(at, a.load(from));
            });
        };
        int lead = before + middle;
        Loops.shared(k, out.dims().subList(0, lead), extents, 1, false, at, tail);
        k.run();
    }

    /** An index as ONNX means it, as an i32 in range: negative counts from the end. */
    static Expr wrap(KernelBuilder k, Expr raw, Expr size) {
        Expr i = k.let("raw", X.convert(Scalar.I32, raw));
        Expr w = k.let("w", X.select(X.lt(i, X.i(0)), X.add(i, size), i));
        return X.max(X.min(w, X.sub(size, X.i(1))), X.i(0));
    }
}
