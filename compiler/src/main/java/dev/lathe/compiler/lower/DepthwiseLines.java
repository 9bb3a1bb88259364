package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.loop.DepthwiseProduct;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Stmt;
import dev.lathe.codegen.loop.X;
import dev.lathe.compiler.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Depthwise convolution in one or two dimensions where there are no vectors to write by hand: whole lines by {@link DepthwiseProduct}. */
final class DepthwiseLines {
    /** Channels that a thread takes at a time where there are no lines to share. */
    private static final int CHANNELS = 64;

    private final DepthwiseLayer layer;
    private final int d;

    DepthwiseLines(DepthwiseLayer layer) {
        this.layer = layer;
        this.d = layer.d();
    }

    static boolean takes(Lower cx, Tensor w) {
        return cx.target().lanes() == 1 && w.rank() <= 4;
    }

    void run() {
        int channels = layer.channels();
        int[] wd = layer.wd();
        View out = layer.out();
        Kernel product = layer.cx().share(DepthwiseProduct.kernel());
        Kernel after = layer.epilogue().isEmpty() ? null : layer.epilogue().rows(layer.cx(), layer.extras(), 0);
        KernelBuilder k = layer.cx().kernel("depthwise");
        DepthwiseLayer.Buffers on = layer.open(k, channels);
        KernelBuilder.Buf a = on.a();
        KernelBuilder.Buf o = on.o();
        Dim perImage = d == 2 ? out.dims().get(1) : Dim.ONE;
        int parts = d == 2 ? 1 : Math.max(1, channels / CHANNELS);
        Expr columns = k.dim(out.dims().get(d));
        List<Expr> numbers = new ArrayList<>(List.of(k.dim(layer.weights().dims().get(1))));
        int[] strides = layer.strides();
        numbers.add(a.stride(0));
        numbers.add(d == 2 ? k.let("line", X.mul(X.i(strides[0]), a.stride(1))) : X.i(0));
        numbers.add(k.let("column", X.mul(X.i(strides[d - 1]), a.stride(d))));
        numbers.addAll(List.of(o.stride(0), d == 2 ? o.stride(1) : X.i(0), o.stride(d)));
        int[] dilations = layer.dilations();
        numbers.addAll(List.of(X.i(d == 2 ? wd[2] : 1), X.i(wd[d + 1])));
        numbers.add(d == 2 ? k.let("tap", X.mul(X.i(dilations[0]), a.stride(1))) : X.i(0));
        numbers.add(k.let("tap", X.mul(X.i(dilations[d - 1]), a.stride(d))));
        Expr lines = k.dim(perImage);
        Expr partCount = X.i(parts);
        k.range(out.dims().get(0).times(perImage).times(parts), 1, (lo, hi) -> {
            if (parts == 1) {
                part(k, product, after, on, lo, hi, lines, columns, X.i(0), X.i(channels), numbers);
            } else {
                k.loop("item", lo, hi, item -> {
                    Expr line = k.let("line", X.div(item, partCount));
                    Expr p = k.let("part", X.sub(item, X.mul(line, partCount)));
                    Expr first = k.let("c", X.div(X.mul(p, X.i(channels)), partCount));
                    Expr end = X.div(X.mul(X.add(p, X.i(1)), X.i(channels)), partCount);
                    part(k, product, after, on, line, k.let("to", X.add(line, X.i(1))), lines, columns, first, k.let("n", X.sub(end, first)), numbers);
                });
            }
        });
        k.run();
    }

    // lines from to to, count channels from first on
    private void part(KernelBuilder k, Kernel product, Kernel after, DepthwiseLayer.Buffers on, Expr from, Expr to, Expr lines, Expr columns, Expr first, Expr count,
            List<Expr> numbers) {
        List<Expr> given = new ArrayList<>(List.of(from, to, lines, columns, count));
        given.addAll(numbers);
        k.invoke(product, Stream.of(on.a(), on.w(), on.bias(), on.o()).map(b -> b.from(first)).toList(), given);
        if (after == null) {
            return;
        }
        KernelBuilder.Buf o = on.o();
        // when a thread has all channels of a pixel
        boolean joined = (d == 2 || layer.channels() < 2 * CHANNELS) && Epilogue.touching(layer.extras(), layer.out(), d + 1, layer.channels());
        k.loop("l", from, to, l -> {
            List<Expr> index = new ArrayList<>();
            Expr image = d == 2 ? k.let("n", X.div(l, lines)) : l;
            index.add(image);
            if (d == 2) {
                index.add(k.let("y", X.sub(l, X.mul(image, lines))));
            }
            Stmt.BufArg result = o.from(X.add(o.at(index), first));
            List<Expr> sizes = joined ? List.of(X.i(1), k.let("n", X.mul(columns, count)), X.i(0)) : List.of(columns, count, o.stride(d));
            layer.finish(k, after, on, index, result, e -> X.add(e, first), sizes);
        });
    }
}
