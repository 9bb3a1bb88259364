package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.loop.X;
import dev.lathe.compiler.ir.Node;
import java.util.ArrayList;
import java.util.List;

/** The channels-last input of a convolution with its zero border around it. */
final class ConvInput {
    private ConvInput() {}

    static View padded(Node n, Lower cx) {
        int[] pads = n.attrs().ints("pads");
        int d = pads.length / 2;
        return bordered(cx, cx.view(n.in(0)), java.util.Arrays.copyOf(pads, d), java.util.Arrays.copyOfRange(pads, d, 2 * d));
    }

    /** The input with zeros before and after each spatial dimension, and with packed channels. */
    static View bordered(Lower cx, View in, int[] before, int[] after) {
        int d = before.length;
        boolean none = true;
        List<Dim> dims = new ArrayList<>(in.dims());
        for (int i = 0; i < d; i++) {
            none &= before[i] == 0 && after[i] == 0;
            dims.set(1 + i, dims.get(1 + i).plus(before[i] + after[i]));
        }
        if (none) {
            Dim channels = in.dims().get(d + 1);
            return in.strides().get(d + 1).is(1) || channels.is(1) ? in : cx.contiguous(in);
        }
        View buffer = cx.buffer("padded", in.type(), dims);
        View inside = buffer;
        for (int i = 0; i < d; i++) {
            Dim size = dims.get(1 + i);
            zero(cx, buffer.part(1 + i, Dim.ZERO, Dim.of(before[i])));
            zero(cx, buffer.part(1 + i, size.minus(after[i]), Dim.of(after[i])));
            inside = inside.part(1 + i, Dim.of(before[i]), in.dims().get(1 + i));
        }
        cx.copy(in, inside);
        return buffer;
    }

    private static void zero(Lower cx, View v) {
        if (v.dims().stream().noneMatch(x -> x.is(0))) {
            MapKernel.fill(cx, X.f(0), v);
        }
    }
}
