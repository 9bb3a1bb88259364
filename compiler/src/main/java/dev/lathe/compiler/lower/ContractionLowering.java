package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.X;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.ir.op.ContractionOps;
import dev.lathe.compiler.pass.GraphInfo;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Chooses the kernel of a contraction: tile, depthwise, or the general loops. */
final class ContractionLowering {
    /** Runs below this length cost more than a look-up of each element's place. */
    private static final int SHORT = 32;

    private ContractionLowering() {}

    static Map<String, Lowering> rows() {
        return Map.of(
                "matmul", ContractionLowering::matmul,
                "conv", ContractionLowering::conv,
                "conv_transpose", (n, cx) -> {
                    if (TransposedConv.takes(n, cx)) {
                        TransposedConv.run(n, cx);
                    } else {
                        GeneralConv.convTranspose(n, cx);
                    }
                });
    }

    /** The bias of each column; zeros when there is none. */
    static View bias(Node n, Lower cx, int columns) {
        return n.in(2) != null
                ? cx.packedView(n.in(2))
                : cx.pack(List.of("zeros", columns), "zeros", ElementType.F32, new float[columns], List.of(Dim.of(columns)));
    }

    private static void matmul(Node n, Lower cx) {
        View a = cx.view(n.in(0));
        Tensor b = cx.constant(n.in(1));
        int r = a.rank();
        boolean flatWeights = b != null && b.type() == ElementType.F32 && Tensor.count(b.dims()) > 0
                && b.rank() <= 2 + leadingOnes(b.dims());
        if (flatWeights && n.in(0).elem() == ElementType.F32 && n.out().elem() == ElementType.F32) {
            View x = a.strides().get(r - 1).is(1) || a.dims().get(r - 1).is(1) ? a : cx.contiguous(a);
            int kk = b.dims()[b.rank() - 2];
            int nn = b.dims()[b.rank() - 1];
            Panels p = Panels.of(nn);
            View w = cx.pack(List.of("panels", n.in(1)), n.in(1).name(), ElementType.F32, List.of(Dim.of(p.roomySize(kk))), () -> {
                float[] to = new float[p.roomySize(kk)];
                p.pack(kk, (i, j) -> b.floats()[i * nn + j], to, 0);
                return to;
            });
            View out = out(cx, n);
            List<Dim> pixels = out.dims().subList(0, out.rank() - 1);
            List<Dim> lead = new ArrayList<>(pixels);
            lead.add(Dim.of(kk));
            View wide = x.expanded(lead);
            Epilogue e = new Epilogue(n, cx, out, 3);
            Tile.run(cx, new Tile.Spec(wide, out, pixels.size(), w, bias(n, cx, nn), e, e.walkable(cx)), p);
            return;
        }
        if (PackedProduct.takes(n, cx)) {
            PackedProduct.run(n, cx);
        } else {
            GeneralContraction.matmul(n, cx);
        }
    }

    private static int leadingOnes(int[] dims) {
        int i = 0;
        while (i < dims.length - 2 && dims[i] == 1) {
            i++;
        }
        return i;
    }

    private static View out(Lower cx, Node n) {
        return cx.result(n.out());
    }

    private static void conv(Node n, Lower cx) {
        Tensor w = cx.constant(n.in(1));
        boolean fast = w != null && w.type() == ElementType.F32 && n.out().elem() == ElementType.F32
                && ContractionOps.channelsLast(n.attrs());
        if (!fast) {
            GeneralConv.conv(n, cx);
            return;
        }
        if (WinogradChoice.of(n, w.dims()) > 0) {
            Winograd.run(n, cx, w);
            return;
        }
        int groups = n.attrs().intValue("groups");
        int[] wd = w.dims();
        if (groups > 1 && wd[1] == 1 && wd[0] == groups) {
            Depthwise.run(n, cx, ConvInput.padded(n, cx), w);
        } else if (GroupedConv.takes(wd, groups)) {
            GroupedConv.run(n, cx, ConvInput.padded(n, cx), w, groups);
        } else if (groups == 1 && PhasedInput.takes(n, cx, wd)) {
            PhasedInput x = PhasedInput.of(n, cx);
            tiled(n, cx, x.windows(n, w.size() / wd[0]), w, 1, x.places(n, cx, wd), List.of());
        } else {
            tiled(n, cx, ConvInput.padded(n, cx, w.size() / wd[0] <= Tile.GATHERED), w, groups);
        }
    }

    /** True for a convolution that looks up where the elements of {@code input} stand, if they don't lie packed. */
    static boolean gathers(Node n, Value input, GraphInfo info) {
        if (!n.is("conv") || n.in(0) != input || !ContractionOps.channelsLast(n.attrs()) || n.out().elem() != ElementType.F32) {
            return false;
        }
        Node w = info.producer(n.in(1));
        if (w == null || !w.is("const") || w.attrs().tensor("value").type() != ElementType.F32) {
            return false;
        }
        int[] wd = w.attrs().tensor("value").dims();
        return n.attrs().intValue("groups") == 1 && Tensor.count(wd) / wd[0] <= Tile.GATHERED;
    }

    private static void tiled(Node n, Lower cx, View x, Tensor w, int groups) {
        int d = x.rank() - 2;
        int[] wd = w.dims();
        View a = windows(x, cx.result(n.out()), n.attrs().ints("strides"), n.attrs().ints("dilations"), wd, wd[1]);
        tiled(n, cx, a, w, groups, places(cx, a, d + 1), List.of(Dim.of(wd[1]).times(x.strides().get(d + 1))));
    }

    /**
     * A convolution.
     *
     * @param a its windows: [batch, output pixels..., what a window reads...]
     * @param group what a group's input is further on in {@code a}, where there are several
     */
    private static void tiled(Node n, Lower cx, View a, Tensor w, int groups, View places, List<Dim> group) {
        int[] wd = w.dims();
        int d = wd.length - 2;
        int columns = wd[0] / groups;
        int cin = wd[1];
        int taps = Tensor.count(wd) / (wd[0] * cin);
        Panels p = Panels.of(columns);
        int kk = taps * cin;
        int size = groups == 1 ? p.roomySize(kk) : groups * p.packedSize(kk);
        View weights = cx.pack(List.of("panels", n.in(1), groups), n.in(1).name(), ElementType.F32, List.of(Dim.of(size)), () -> {
            float[] to = new float[size];
            for (int g = 0; g < groups; g++) {
                int first = g * columns;
                // rows are taps, then input channels
                p.pack(kk, (row, col) -> w.floats()[((first + col) * cin + row % cin) * taps + row / cin], to, g * p.packedSize(kk));
            }
            return to;
        });
        View out = out(cx, n);
        Epilogue e = new Epilogue(n, cx, out, 3);
        List<View> extras = e.walkable(cx);
        List<Dim> steps = extras.stream().map(v -> Epilogue.broadcast(v) ? Dim.ZERO : Dim.of(columns)).toList();
        List<Tile.Group> all = groups == 1
                ? List.of()
                : List.of(new Tile.Group(Dim.of(groups), group.get(0), Dim.of(p.packedSize(kk)), Dim.of(columns), Dim.of(columns), steps));
        Tile.run(cx, new Tile.Spec(a, out, d + 1, weights, bias(n, cx, wd[0]), all, e, extras, places, null), p);
    }

    /** Where the elements of a reduction with short runs stand; null when its runs are long, or their number is not known. */
    private static View places(Lower cx, View a, int pixels) {
        List<Dim> dims = a.dims().subList(pixels, a.rank());
        List<Dim> strides = a.strides().subList(pixels, a.rank());
        if (!dims.stream().allMatch(Dim::isConst)) {
            return null;
        }
        int last = dims.size() - 1;
        int depth = (int) Dim.product(dims).value();
        if (strides.get(last).is(1) && (last == 0 || dims.get(last).value() >= SHORT) || depth > Tile.GATHERED) {
            return null;
        }
        if (!strides.stream().allMatch(Dim::isConst)) {
            // blocks walk the runs anyway
            return cx.target().lanes() == 1 ? null : placesNow(cx, dims, strides);
        }
        int[] at = new int[depth];
        for (int i = 0; i < depth; i++) {
            int rest = i;
            for (int j = last; j >= 0; j--) {
                int extent = (int) dims.get(j).value();
                at[i] += rest % extent * (int) strides.get(j).value();
                rest /= extent;
            }
        }
        return cx.pack(List.of("places", dims, strides), "places", ElementType.I32, at, List.of(Dim.of(depth)));
    }

    /** The same while the model runs, where the strides are known only then. */
    private static View placesNow(Lower cx, List<Dim> dims, List<Dim> strides) {
        View to = cx.buffer("places", ElementType.I32, dims);
        KernelBuilder k = cx.kernel("places");
        KernelBuilder.Buf o = k.write(to);
        List<Expr> steps = strides.stream().map(k::dim).toList();
        List<Expr> extents = dims.stream().map(k::dim).toList();
        place(k, o, extents, steps, new ArrayList<>(), X.i(0));
        k.run();
        return new View(to.buffer(), to.type(), to.offset(), List.of(Dim.product(dims)), List.of(Dim.ONE));
    }

    private static void place(KernelBuilder k, KernelBuilder.Buf o, List<Expr> extents, List<Expr> steps, List<Expr> index, Expr at) {
        int d = index.size();
        if (d == extents.size()) {
            o.store(index, at);
            return;
        }
        k.loop("i", X.i(0), extents.get(d), i -> {
            List<Expr> deeper = new ArrayList<>(index);
            deeper.add(i);
            place(k, o, extents, steps, deeper, k.let("at", X.add(at, X.mul(i, steps.get(d)))));
        });
    }

    /** The padded input as [batch, output pixels..., kernel..., channels], kernel dimensions joined with the channels where they are packed. */
    static View windows(View x, View out, int[] strides, int[] dilations, int[] wd, int cin) {
        int d = strides.length;
        List<Dim> dims = new ArrayList<>(out.dims().subList(0, d + 1));
        List<Dim> st = new ArrayList<>();
        st.add(x.strides().get(0));
        for (int i = 0; i < d; i++) {
            st.add(x.strides().get(1 + i).times(strides[i]));
        }
        List<Dim> kd = new ArrayList<>();
        List<Dim> ks = new ArrayList<>();
        for (int i = 0; i < d; i++) {
            if (wd[2 + i] > 1) {
                kd.add(Dim.of(wd[2 + i]));
                ks.add(x.strides().get(1 + i).times(dilations[i]));
            }
        }
        kd.add(Dim.of(cin));
        ks.add(x.strides().get(d + 1));
        while (kd.size() > 1) {
            int l = kd.size() - 1;
            if (!ks.get(l - 1).equals(kd.get(l).times(ks.get(l)))) {
                break;
            }
            kd.set(l - 1, kd.get(l - 1).times(kd.get(l)));
            ks.set(l - 1, ks.get(l));
            kd.remove(l);
            ks.remove(l);
        }
        dims.addAll(kd);
        st.addAll(ks);
        return new View(x.buffer(), x.type(), x.offset(), dims, st);
    }
}
