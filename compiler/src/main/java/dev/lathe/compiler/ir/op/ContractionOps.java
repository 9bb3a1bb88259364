package dev.lathe.compiler.ir.op;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Type.TensorType;
import dev.lathe.compiler.ir.op.Op.Call;
import dev.lathe.compiler.ir.op.Op.Kind;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Sums of products. Operand 2 is an optional bias per output channel (last dimension of a matmul). Operands from 3 on
 * belong to the epilogue: a region that computes the stored element from the accumulated one and from theirs, which
 * broadcast against the result. Attribute exact (bool): the factors are integers whose sums f32 holds exactly; no pass may
 * change them.
 */
public final class ContractionOps {
    /** Planes of a picture, at most. */
    public static final int PLANES = 4;

    private ContractionOps() {}

    static List<Op> rows() {
        return List.of(
                // [..., M, K] x [..., K, N]; leading dimensions broadcast
                new Op("matmul", 2, 200, Kind.PURE, ContractionOps::matmul),
                /*
                 * x [N, C, spatial...] (layout "first") or [N, spatial..., C] (layout "last"); w [O, C/groups, kernel...] always.
                 * attributes: strides, dilations, pads (begins, then ends; ints), groups, layout; winograd (int, may be absent): computed by
                 * F(2x2, 3x3), F(4x4, 3x3) or, 0, as a plain sum
                 */
                new Op("conv", 2, 200, Kind.PURE, ContractionOps::conv),
                // w [C, O/groups, kernel...]; attributes as conv and output_pads
                new Op("conv_transpose", 2, 200, Kind.PURE, ContractionOps::convTranspose));
    }

    private static List<Type> finish(Call c, TensorType t) {
        return List.of(c.regions().isEmpty() ? t : t.withElem(c.regions().get(0).outputs().get(0).elem()));
    }

    private static List<Type> matmul(Call c) {
        TensorType a = c.tensor(0);
        TensorType b = c.tensor(1);
        c.check(a.rank() >= 2 && b.rank() >= 2, () -> "operands are " + a + " and " + b + "; both need two dimensions or more");
        c.check(a.elem() == b.elem(), () -> "operands are " + a + " and " + b + "; their element types must agree");
        c.check(a.elem() != ElementType.STR, () -> "operands are " + a + " and " + b + "; they must be of numbers");
        Dim k = a.dim(-1);
        Dim k2 = b.dim(-2);
        c.check(!k.isConst() || !k2.isConst() || k.equals(k2), () -> "operands are " + a + " and " + b + "; " + k + " and " + k2 + " must agree");
        List<Dim> dims = new ArrayList<>(Shapes.broadcast(
                List.of(a.dims().subList(0, a.rank() - 2), b.dims().subList(0, b.rank() - 2))));
        dims.add(a.dim(-2));
        dims.add(b.dim(-1));
        return finish(c, a.withDims(dims));
    }

    /** True when the channels of this convolution's or pooling's operand come last. */
    public static boolean channelsLast(Attrs attrs) {
        return attrs.text("layout", "first").equals("last");
    }

    // each group has as many of the weights' first dimension as any other
    /**
     * True for a channels-last convolution of one group over the few planes of a picture in steps of two to four columns, with pads that add:
     * its input may be copied so that columns a step apart lie beside each other.
     *
     * @param weights dimensions of the weights: columns, channels, lines and columns of the window
     */
    public static boolean stridesOverPicture(Node n, int[] weights) {
        if (!n.is("conv") || weights.length != 4 || weights[1] > PLANES || !channelsLast(n.attrs()) || n.attrs().intValue("groups") != 1) {
            return false;
        }
        int step = n.attrs().ints("strides")[1];
        return step >= 2 && step <= 4 && Arrays.stream(n.attrs().ints("pads")).allMatch(p -> p >= 0)
                && n.in(0).tensor().dims().stream().noneMatch(d -> d.isConst() && d.value() <= 0) && n.out().elem() == ElementType.F32
                && n.in(0).elem() == ElementType.F32;
    }

    private static void groups(Call c, TensorType w) {
        long groups = c.attrs().integer("groups");
        if (groups <= 0 || w.dim(0).isConst() && w.dim(0).value() % groups != 0) {
            throw c.misfit("the weights " + w + " can't be divided into " + groups + " groups");
        }
    }

    private static void operands(Call c, TensorType x, TensorType w) {
        if (x.rank() < 3 || w.rank() != x.rank()) {
            throw c.misfit("operands are " + x + " and " + w + "; they need the same rank, at least 3");
        }
        if (x.elem().isFloat() != w.elem().isFloat()) {
            throw c.misfit("operands are " + x + " and " + w + "; both are real, or both whole");
        }
    }

    private static List<Type> conv(Call c) {
        TensorType x = c.tensor(0);
        TensorType w = c.tensor(1);
        int n = x.rank() - 2;
        operands(c, x, w);
        boolean last = channelsLast(c.attrs());
        Dim channels = x.dim(last ? -1 : 1);
        Dim want = w.dim(1).times(c.attrs().integer("groups"));
        if (channels.isConst() && want.isConst() && !channels.equals(want)) {
            throw c.misfit("the input has " + channels + " channels, the weights " + w + " with " + c.attrs().integer("groups") + " groups need " + want);
        }
        groups(c, w);
        int[] s = c.attrs().ints("strides");
        int[] d = c.attrs().ints("dilations");
        int[] p = c.attrs().ints("pads");
        if (s.length != n || d.length != n || p.length != 2 * n) {
            throw c.misfit("needs " + n + " strides and dilations and " + 2 * n + " pads");
        }
        long winograd = c.attrs().integer("winograd", 0);
        if (winograd != 0 && winograd != 2 && winograd != 4) {
            throw c.misfit("winograd is " + winograd + "; it is 0, 2 or 4");
        }
        List<Dim> dims = new ArrayList<>();
        dims.add(x.dim(0));
        if (!last) {
            dims.add(w.dim(0));
        }
        for (int i = 0; i < n; i++) {
            Dim out = Shapes.window(x.dim(last ? 1 + i : 2 + i), w.dim(2 + i), s[i], d[i], p[i], p[n + i], false);
            if (out.isConst() && out.value() <= 0) {
                throw c.misfit("the kernel " + w + " is larger than the padded input " + x);
            }
            dims.add(out);
        }
        if (last) {
            dims.add(w.dim(0));
        }
        return finish(c, x.withDims(dims));
    }

    private static List<Type> convTranspose(Call c) {
        TensorType x = c.tensor(0);
        TensorType w = c.tensor(1);
        int n = x.rank() - 2;
        operands(c, x, w);
        boolean last = channelsLast(c.attrs());
        int[] s = c.attrs().ints("strides");
        int[] d = c.attrs().ints("dilations");
        int[] p = c.attrs().ints("pads");
        int[] o = c.attrs().ints("output_pads");
        List<Dim> dims = new ArrayList<>();
        groups(c, w);
        Dim channels = w.dim(1).times(c.attrs().integer("groups"));
        dims.add(x.dim(0));
        if (!last) {
            dims.add(channels);
        }
        for (int i = 0; i < n; i++) {
            Dim in = x.dim(last ? 1 + i : 2 + i);
            dims.add(in.minus(1).times(s[i]).plus(w.dim(2 + i).minus(1).times(d[i])).plus(o[i] + 1 - p[i] - p[n + i]));
        }
        if (last) {
            dims.add(channels);
        }
        return finish(c, x.withDims(dims));
    }
}
