package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.X;
import dev.lathe.compiler.ir.Node;
import java.util.ArrayList;
import java.util.List;

/** What the taps of a deformed kernel see, interpolated between pixels; outside of the image is zero. */
final class DeformLowering {
    private DeformLowering() {}

    private static Expr num(Scalar s, double v) {
        return s == Scalar.F64 ? X.d(v) : X.f((float) v);
    }

    static void lower(Node n, Lower cx) {
        View x = cx.view(n.in(0));
        View out = cx.result(n.out());
        int[] kernel = n.attrs().ints("kernel");
        int[] strides = n.attrs().ints("strides");
        int[] dil = n.attrs().ints("dilations");
        int[] pads = n.attrs().ints("pads");
        int groups = n.attrs().intValue("groups");
        Scalar s = Scalar.of(x.type().storage());
        KernelBuilder k = cx.kernel("deform_columns");
        KernelBuilder.Buf o = k.write(out);
        KernelBuilder.Buf a = k.read(x);
        KernelBuilder.Buf off = k.read(cx.view(n.in(1)));
        KernelBuilder.Buf mask = n.in(2) == null ? null : k.read(cx.view(n.in(2)));
        Expr[] size = {k.dim(x.dims().get(2)), k.dim(x.dims().get(3))};
        Expr perGroup = k.dim(x.dims().get(1).floorDiv(groups));
        Expr taps = X.i(kernel[0] * kernel[1]);
        List<Expr> extents = List.of(k.dim(out.dims().get(3)), k.dim(out.dims().get(4)));
        k.parallel("item", out.dims().get(0).times(groups * kernel[0] * kernel[1]), 1, false, item -> {
            Expr bg = k.let("bg", X.div(item, taps));
            Expr tap = k.let("tap", X.sub(item, X.mul(bg, taps)));
            Expr b = k.let("b", X.div(bg, X.i(groups)));
            Expr g = k.let("g", X.sub(bg, X.mul(b, X.i(groups))));
            List<Expr> index = new ArrayList<>();
            Loops.nest(k, extents, index, () -> {
                Expr[] at = {index.get(0), index.get(1)};
                Expr row = X.div(tap, X.i(kernel[1]));
                Expr[] step = {row, X.sub(tap, X.mul(row, X.i(kernel[1])))};
                Expr first = k.let("first", X.add(X.mul(g, taps), tap));
                Expr[][] index2 = new Expr[2][];
                Expr[][] weight = new Expr[2][];
                for (int i = 0; i < 2; i++) {
                    Expr whole = X.sub(X.add(X.mul(at[i], X.i(strides[i])), X.mul(step[i], X.i(dil[i]))), X.i(pads[i]));
                    Expr p = k.let("p", X.add(X.convert(s, whole), off.load(b, X.add(X.mul(first, X.i(2)), X.i(i)), at[0], at[1])));
                    Expr low = k.let("low", X.floor(p));
                    Expr far = k.let("far", X.sub(p, low));
                    Expr i0 = k.let("i", X.convert(Scalar.I32, low));
                    index2[i] = new Expr[] {i0, k.let("i", X.add(i0, X.i(1)))};
                    weight[i] = new Expr[] {k.let("near", X.sub(num(s, 1), far)), far};
                }
                Expr m = mask == null ? null : k.let("m", mask.load(b, first, at[0], at[1]));
                Expr[] w = new Expr[4];
                Expr[] inside = new Expr[4];
                for (int t = 0; t < 4; t++) {
                    Expr y = index2[0][t / 2];
                    Expr z = index2[1][t % 2];
                    inside[t] = k.let("in", X.and(inside(y, size[0]), inside(z, size[1])));
                    w[t] = k.let("w", X.mul(weight[0][t / 2], weight[1][t % 2]));
                }
                k.loop("c", X.i(0), perGroup, c -> {
                    Expr channel = k.let("ch", X.add(X.mul(g, perGroup), c));
                    Expr sum = num(s, 0);
                    for (int t = 0; t < 4; t++) {
                        Expr e = X.select(inside[t], a.load(b, channel, index2[0][t / 2], index2[1][t % 2]), num(s, 0));
                        sum = X.fma(w[t], e, sum);
                    }
                    o.store(List.of(b, channel, tap, at[0], at[1]), m == null ? sum : X.mul(sum, m));
                });
            });
        });
        k.run();
    }

    private static Expr inside(Expr i, Expr size) {
        return X.and(X.ge(i, X.i(0)), X.lt(i, size));
    }
}
