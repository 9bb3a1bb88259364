package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Stmt;
import dev.lathe.compiler.ir.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A depthwise convolution, its input padded and channels last.
 *
 * @param wd dimensions of the weights as they were: [channels][1][kernel]...
 * @param weights packed as [taps][channels]
 * @param extras operands of {@code epilogue}, walkable
 */
record DepthwiseLayer(Node node, Lower cx, View x, int[] wd, View weights, View bias, View out, Epilogue epilogue, List<View> extras) {
    /** The buffers of a kernel: input, weights, bias, result, and operands of the epilogue. */
    record Buffers(KernelBuilder.Buf a, KernelBuilder.Buf w, KernelBuilder.Buf bias, KernelBuilder.Buf o, List<KernelBuilder.Buf> more) {}

    /** Spatial dimensions. */
    int d() {
        return wd.length - 2;
    }

    int channels() {
        return wd[0];
    }

    int[] strides() {
        return node.attrs().ints("strides");
    }

    int[] dilations() {
        return node.attrs().ints("dilations");
    }

    /** The buffers, for a kernel that does {@code part} of the channels. */
    Buffers open(KernelBuilder k, int part) {
        KernelBuilder.Buf o = k.write(out);
        Buffers r = new Buffers(k.read(x), k.read(weights), k.read(bias), o, extras.stream().map(k::read).toList());
        Dim pixels = Dim.product(out.dims().subList(0, d() + 1));
        Dim taps = weights.dims().get(0);
        k.multiplyAdds(pixels.times(taps).times(part));
        k.touches(r.o, pixels.times(part));
        k.touches(r.a, Dim.product(x.dims().subList(0, d() + 1)).times(part));
        k.touches(r.w, taps.times(part));
        k.touches(r.bias, Dim.of(part));
        return r;
    }

    /**
     * Calls the kernel {@code after} of {@link Epilogue#rows} for pixels of the line {@code index}.
     *
     * @param result where these begin in the result
     * @param channel from where a line begins in an operand to where these channels do
     * @param sizes rows, columns, and the result's step
     */
    void finish(KernelBuilder k, Kernel after, Buffers bufs, List<Expr> index, Stmt.BufArg result, UnaryOperator<Expr> channel, List<Expr> sizes) {
        List<Stmt.BufArg> on = new ArrayList<>(List.of(result));
        List<Expr> given = new ArrayList<>(sizes);
        for (int i = 0; i < extras.size(); i++) {
            KernelBuilder.Buf b = bufs.more.get(i);
            on.add(b.from(Epilogue.broadcast(extras.get(i)) ? b.at(index) : channel.apply(b.at(index))));
            given.add(b.stride(d()));
        }
        k.invoke(after, on, given);
    }
}
