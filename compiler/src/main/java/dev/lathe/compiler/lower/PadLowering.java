package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.X;
import dev.lathe.compiler.ir.Node;
import java.util.ArrayList;
import java.util.List;

/** Padding. With a constant the interior is a place where the operand's producer can write; only borders are filled. */
final class PadLowering {
    /** Elements below which a thread is not worth waking. */
    private static final int WORTH = 4096;

    private PadLowering() {}

    static void lower(Node n, Lower cx) {
        View in = cx.view(n.in(0));
        if (n.attrs().text("mode", "constant").equals("constant")) {
            View place = interior(n, cx);
            View from = cut(n, in);
            if (!from.equals(place)) {
                cx.copy(from, place);
            }
        } else {
            gathered(n, cx, in);
        }
    }

    /** The result's interior; its borders are filled by the steps that this adds when the result is first asked for. */
    static View interior(Node n, Lower cx) {
        boolean first = !cx.known(n.out());
        View out = cx.result(n.out());
        List<Dim> before = n.attrs().dims("before").stream().map(PadLowering::positive).toList();
        List<Dim> after = n.attrs().dims("after").stream().map(PadLowering::positive).toList();
        if (first) {
            Border.fill(cx, out, before, after, k -> StructureLowering.fillValue(n, cx, k));
        }
        View place = out;
        for (int i = 0; i < out.rank(); i++) {
            place = place.part(i, before.get(i), out.dims().get(i).minus(before.get(i)).minus(after.get(i)));
        }
        return place;
    }

    private static Dim positive(Dim d) {
        return d.max(Dim.ZERO);
    }

    // negative pads cut
    private static View cut(Node n, View in) {
        View v = in;
        for (int i = 0; i < in.rank(); i++) {
            Dim b = positive(n.attrs().dims("before").get(i).times(-1));
            Dim a = positive(n.attrs().dims("after").get(i).times(-1));
            v = v.part(i, b, v.dims().get(i).minus(a).minus(b));
        }
        return v;
    }

    // edge, reflect, wrap: each result element looks up where it comes from
    private static void gathered(Node n, Lower cx, View in) {
        View out = cx.result(n.out());
        String mode = n.attrs().text("mode");
        KernelBuilder k = cx.kernel("pad_" + mode);
        KernelBuilder.Buf o = k.write(out);
        KernelBuilder.Buf a = k.read(in);
        List<Expr> extents = new ArrayList<>();
        List<Expr> sizes = new ArrayList<>();
        List<Expr> before = new ArrayList<>();
        for (int i = 0; i < out.rank(); i++) {
            extents.add(k.dim(out.dims().get(i)));
            sizes.add(k.dim(in.dims().get(i)));
            before.add(k.dim(n.attrs().dims("before").get(i)));
        }
        List<Expr> index = new ArrayList<>();
        Runnable body = () -> {
            List<Expr> from = new ArrayList<>();
            for (int i = 0; i < index.size(); i++) {
                from.add(k.let(source(mode, k.let(X.sub(index.get(i), before.get(i))), sizes.get(i))));
            }
            o.store(index, a.load(from));
        };
        Loops.shared(k, out.dims(), extents, WORTH, false, index, body);
        k.run();
    }

    private static Expr source(String mode, Expr i, Expr size) {
        Expr last = X.sub(size, X.i(1));
        return switch (mode) {
            case "edge" -> X.min(X.max(i, X.i(0)), last);
            // reflections of reflections, for pads longer than the extent
            case "reflect" -> {
                Expr period = X.max(X.mul(X.i(2), last), X.i(1));
                Expr m = X.call("ScalarOps", "floorMod", i, period);
                yield X.min(m, X.sub(period, m));
            }
            case "wrap" -> X.call("ScalarOps", "floorMod", i, size);
            default -> throw new IllegalStateException("pad mode " + mode);
        };
    }
}
