package dev.lathe.compiler.lower;

import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.X;
import dev.lathe.compiler.ir.Node;
import dev.lathe.runtime.Storage;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/** What kernels share that look at boxes of images: x [N, C, H, W] and boxes to one value for each box, channel and bin of the box. */
final class BoxKernel {
    final KernelBuilder k;
    final Scalar scalar;
    final KernelBuilder.Buf image;
    /** The node's operands behind the image. */
    final List<KernelBuilder.Buf> boxes = new ArrayList<>();
    final Expr count;
    final Expr height;
    final Expr width;
    final Expr rows;
    final Expr columns;
    private final View y;
    private final KernelBuilder.Buf out;
    private final Expr channels;

    BoxKernel(Node n, Lower cx, String name) {
        View x = RunningLowering.axisLast(cx.view(n.in(0)), 1);
        y = RunningLowering.axisLast(cx.result(n.out()), 1);
        k = cx.kernel(name);
        out = k.write(y);
        image = k.read(x);
        n.inputs().subList(1, n.inputs().size()).forEach(v -> boxes.add(k.read(cx.view(v))));
        scalar = n.out().elem().storage() == Storage.F64 ? Scalar.F64 : Scalar.F32;
        count = k.dim(x.dims().get(0));
        height = k.dim(x.dims().get(1));
        width = k.dim(x.dims().get(2));
        channels = k.dim(x.dims().get(3));
        rows = k.dim(y.dims().get(1));
        columns = k.dim(y.dims().get(2));
    }

    Expr num(double v) {
        return scalar == Scalar.F64 ? X.d(v) : X.f((float) v);
    }

    Expr real(Expr i) {
        return X.convert(scalar, i);
    }

    void each(Consumer<Expr> box) {
        k.parallel("r", y.dims().get(0), 1, false, box::accept);
        k.run();
    }

    /** Stores {@code value} of the element that stands there in all channels of a bin (box, row, column). */
    void update(List<Expr> bin, Change value) {
        k.lanes("c", X.i(0), channels, c -> {
            List<Expr> to = RunningLowering.with(bin, c);
            out.store(to, value.of(c, out.load(to)));
        });
    }

    /** As {@link #update} where it doesn't matter what stands there. */
    void set(List<Expr> bin, Function<Expr, Expr> value) {
        k.lanes("c", X.i(0), channels, c -> out.store(RunningLowering.with(bin, c), value.apply(c)));
    }

    /** A new element of a channel from the old one. */
    @FunctionalInterface
    interface Change {
        Expr of(Expr channel, Expr old);
    }
}
