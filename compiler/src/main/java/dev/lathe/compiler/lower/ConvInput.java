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
        View in = cx.view(n.in(0));
        int[] pads = n.attrs().ints("pads");
        int d = pads.length / 2;
        boolean none = true;
        List<Dim> dims = new ArrayList<>(in.dims());
        for (int i = 0; i < d; i++) {
            none &= pads[i] == 0 && pads[d + i] == 0;
            dims.set(1 + i, dims.get(1 + i).plus(pads[i] + pads[d + i]));
        }
        if (none) {
            return in;
        }
        View buffer = cx.buffer("padded", in.type(), dims);
        View inside = buffer;
        for (int i = 0; i < d; i++) {
            Dim size = dims.get(1 + i);
            zero(cx, buffer.part(1 + i, Dim.ZERO, Dim.of(pads[i])));
            zero(cx, buffer.part(1 + i, size.minus(pads[d + i]), Dim.of(pads[d + i])));
            inside = inside.part(1 + i, Dim.of(pads[i]), in.dims().get(1 + i));
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
