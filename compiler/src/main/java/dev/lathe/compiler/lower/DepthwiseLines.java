package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.loop.DepthwiseProduct;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Stmt;
import dev.lathe.codegen.loop.X;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** Depthwise convolution in one or two dimensions where there are no vectors to write by hand: whole lines by {@link DepthwiseProduct}. */
final class DepthwiseLines {
    /** Channels that a thread takes at a time where there are no lines to share. */
    private static final int CHANNELS = 64;

    private final Node n;
    private final Lower cx;
    private final View x;
    private final int[] wd;
    private final View weights;
    private final View bias;
    private final View out;
    private final Epilogue epilogue;
    private final List<View> extras;
    private final int d;

    /** Parameters as {@link Depthwise} has made them: {@code weights} as [taps][channels], operands of the epilogue walkable. */
    DepthwiseLines(Node n, Lower cx, View x, Tensor w, View weights, View bias, View out, Epilogue epilogue, List<View> extras) {
        this.n = n;
        this.cx = cx;
        this.x = x;
        this.wd = w.dims();
        this.weights = weights;
        this.bias = bias;
        this.out = out;
        this.epilogue = epilogue;
        this.extras = extras;
        this.d = wd.length - 2;
    }

    static boolean takes(Lower cx, Tensor w) {
        return cx.target().lanes() == 1 && w.rank() <= 4;
    }

    void run() {
        int channels = wd[0];
        Kernel product = cx.share(DepthwiseProduct.kernel());
        Kernel after = epilogue.isEmpty() ? null : epilogue.rows(cx, extras, 0);
        KernelBuilder k = cx.kernel("depthwise");
        KernelBuilder.Buf o = k.write(out);
        KernelBuilder.Buf a = k.read(x);
        KernelBuilder.Buf w = k.read(weights);
        KernelBuilder.Buf b = k.read(bias);
        List<KernelBuilder.Buf> more = extras.stream().map(k::read).toList();
        Dim pixels = Dim.product(out.dims().subList(0, d + 1));
        k.multiplyAdds(pixels.times(wd[2] * (d == 2 ? wd[3] : 1)).times(channels));
        k.touches(o, pixels.times(channels));
        k.touches(a, Dim.product(x.dims()));
        k.touches(w, weights.size());
        k.touches(b, Dim.of(channels));
        Dim perImage = d == 2 ? out.dims().get(1) : Dim.ONE;
        int parts = d == 2 ? 1 : Math.max(1, channels / CHANNELS);
        Expr columns = k.dim(out.dims().get(d));
        List<Expr> layer = new ArrayList<>(List.of(k.dim(weights.dims().get(1))));
        int[] strides = n.attrs().ints("strides");
        layer.add(a.stride(0));
        layer.add(d == 2 ? k.let("line", X.mul(X.i(strides[0]), a.stride(1))) : X.i(0));
        layer.add(k.let("column", X.mul(X.i(strides[d - 1]), a.stride(d))));
        layer.addAll(List.of(o.stride(0), d == 2 ? o.stride(1) : X.i(0), o.stride(d)));
        int[] dilations = n.attrs().ints("dilations");
        layer.addAll(List.of(X.i(d == 2 ? wd[2] : 1), X.i(wd[d + 1])));
        layer.add(d == 2 ? k.let("tap", X.mul(X.i(dilations[0]), a.stride(1))) : X.i(0));
        layer.add(k.let("tap", X.mul(X.i(dilations[d - 1]), a.stride(d))));
        Expr lines = k.dim(perImage);
        Expr partCount = X.i(parts);
        k.range(out.dims().get(0).times(perImage).times(parts), 1, (lo, hi) -> {
            if (parts == 1) {
                part(k, product, after, List.of(a, w, b, o), more, lo, hi, lines, columns, X.i(0), X.i(channels), layer);
            } else {
                k.loop("item", lo, hi, item -> {
                    Expr line = k.let("line", X.div(item, partCount));
                    Expr p = k.let("part", X.sub(item, X.mul(line, partCount)));
                    Expr first = k.let("c", X.div(X.mul(p, X.i(channels)), partCount));
                    Expr end = X.div(X.mul(X.add(p, X.i(1)), X.i(channels)), partCount);
                    part(k, product, after, List.of(a, w, b, o), more, line, k.let("to", X.add(line, X.i(1))), lines, columns, first, k.let("n", X.sub(end, first)), layer);
                });
            }
        });
        k.run();
    }

    // lines from to to, count channels from first on
    private void part(KernelBuilder k, Kernel product, Kernel after, List<KernelBuilder.Buf> on, List<KernelBuilder.Buf> more, Expr from, Expr to, Expr lines, Expr columns,
            Expr first, Expr count, List<Expr> layer) {
        List<Expr> numbers = new ArrayList<>(List.of(from, to, lines, columns, count));
        numbers.addAll(layer);
        k.invoke(product, on.stream().map(b -> b.from(first)).toList(), numbers);
        if (after == null) {
            return;
        }
        KernelBuilder.Buf o = on.get(3);
        k.loop("l", from, to, l -> {
            List<Expr> index = new ArrayList<>();
            Expr image = d == 2 ? k.let("n", X.div(l, lines)) : l;
            index.add(image);
            if (d == 2) {
                index.add(k.let("y", X.sub(l, X.mul(image, lines))));
            }
            List<Stmt.BufArg> bufs = new ArrayList<>(List.of(o.from(X.add(o.at(index), first))));
            boolean joined = touching();
            List<Expr> given = new ArrayList<>(joined ? List.of(X.i(1), k.let("n", X.mul(columns, count)), X.i(0)) : List.of(columns, count, o.stride(d)));
            for (int i = 0; i < more.size(); i++) {
                KernelBuilder.Buf e = more.get(i);
                bufs.add(e.from(Epilogue.broadcast(extras.get(i)) ? e.at(index) : X.add(e.at(index), first)));
                given.add(e.stride(d));
            }
            k.invoke(after, bufs, given);
        });
    }

    // true when a thread has all channels of a pixel, and they end where those of the next begin, in the result and all further operands
    private boolean touching() {
        List<View> all = new ArrayList<>(extras);
        all.add(out);
        return (d == 2 || wd[0] < 2 * CHANNELS) && all.stream().allMatch(v -> v.strides().get(d).is(wd[0]) && v.strides().get(d + 1).is(1));
    }
}
