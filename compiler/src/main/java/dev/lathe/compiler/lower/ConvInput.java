package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.loop.X;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Type.TensorType;
import dev.lathe.compiler.ir.op.ContractionOps;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The channels-last input of a convolution with its zero border around it. */
final class ConvInput {
    private ConvInput() {}

    static View padded(Node n, Lower cx) {
        return padded(n, cx, false);
    }

    /** @param planar channels that are few and lie apart may stay apart */
    static View padded(Node n, Lower cx, boolean planar) {
        int[] pads = n.attrs().ints("pads");
        int d = pads.length / 2;
        int[] before = Arrays.copyOf(pads, d);
        int[] after = Arrays.copyOfRange(pads, d, 2 * d);
        View in = cx.view(n.in(0));
        return bordered(cx, in, before, after, planar && planar(in));
    }

    static View bordered(Lower cx, View in, int[] before, int[] after) {
        return bordered(cx, in, before, after, false);
    }

    /**
     * True for a few channels that lie apart, as those of a picture do: they stay apart, and a contraction over short runs
     * looks their places up.
     */
    static boolean planar(View in) {
        int last = in.rank() - 1;
        return few(in.dims()) && !in.strides().get(last).is(1) && in.strides().get(last - 1).is(1);
    }

    /** True for channels-last dimensions with as few channels as a picture. */
    static boolean few(List<Dim> dims) {
        Dim channels = dims.get(dims.size() - 1);
        return dims.size() > 2 && channels.isConst() && channels.value() <= ContractionOps.PLANES;
    }

    /** The input with zeros before and after each spatial dimension, with packed channels or planes for each. */
    private static View bordered(Lower cx, View in, int[] before, int[] after, boolean planar) {
        int d = before.length;
        boolean none = true;
        List<Dim> dims = new ArrayList<>(in.dims());
        for (int i = 0; i < d; i++) {
            none &= before[i] == 0 && after[i] == 0;
            dims.set(1 + i, dims.get(1 + i).plus(before[i] + after[i]));
        }
        if (none) {
            Dim channels = in.dims().get(d + 1);
            return planar || in.strides().get(d + 1).is(1) || channels.is(1) ? in : cx.contiguous(in);
        }
        View buffer = planar ? planes(cx, new TensorType(in.type(), dims)) : cx.buffer("padded", in.type(), dims);
        Border.fill(cx, buffer, outer(before), outer(after), k -> X.f(0));
        View inside = buffer;
        for (int i = 0; i < d; i++) {
            inside = inside.part(1 + i, Dim.of(before[i]), in.dims().get(1 + i));
        }
        cx.copy(in, inside);
        return buffer;
    }

    /** A new buffer of one plane for each channel, seen channels-last. */
    static View planes(Lower cx, TensorType type) {
        List<Dim> dims = type.dims();
        int c = dims.size() - 1;
        List<Dim> moved = new ArrayList<>(dims);
        moved.add(1, moved.remove(c));
        int[] perm = new int[c + 1];
        for (int i = 1; i < c; i++) {
            perm[i] = i + 1;
        }
        perm[c] = 1;
        return cx.buffer("planes", type.elem(), moved).transposed(perm);
    }

    // with nothing around batch and channels
    private static List<Dim> outer(int[] pads) {
        List<Dim> all = new ArrayList<>(List.of(Dim.ZERO));
        Arrays.stream(pads).forEach(p -> all.add(Dim.of(p)));
        all.add(Dim.ZERO);
        return all;
    }
}
