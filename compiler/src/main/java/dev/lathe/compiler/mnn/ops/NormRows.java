package dev.lathe.compiler.mnn.ops;

import static dev.lathe.compiler.mnn.MnnTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.mnn.Layout;
import dev.lathe.compiler.mnn.MnnNode;
import dev.lathe.compiler.mnn.MnnTable;
import dev.lathe.compiler.mnn.MnnWeights;
import dev.lathe.runtime.ElementType;
import java.util.Arrays;
import java.util.List;

/** Reductions and normalisations. */
public final class NormRows {
    private static final String[] KINDS = {"sum", "", "", "mean", "max", "min", "prod", "", ""};

    private NormRows() {}

    public static void register() {
        add("Softmax", n -> n.op("softmax", Attrs.of("axis", n.axis(n.integer(0, 0), n.need(0).rank())), n.need(0)));
        add("Reduction", NormRows::reduce);
        add("BatchNorm", NormRows::batch);
        add("InstanceNorm", n -> {
            Value x = n.as(0, Layout.FIRST);
            int channels = x.dim(1).intValue();
            Value scale = ConvRows.constant(n, ones(n.needMain().floats(1), channels), channels);
            Value bias = ConvRows.constant(n, MnnWeights.sized(n.needMain().floats(4), channels, "biases", true), channels);
            return n.likeInput(n.onnx("InstanceNormalization", new Object[] {"epsilon", n.real(7, 0.001)}, x, scale, bias));
        });
        add("LayerNorm", NormRows::layer);
        add("Normalize", n -> {
            Value x = n.as(0, Layout.FIRST);
            int[] axes = n.integer(0, 0) != 0 ? after(x, 1) : new int[] {1};
            Value norm = n.op("sqrt", n.op("add", n.reduce("sum", n.op("mul", x, x), true, axes), n.like(x, n.real(2, 0))));
            float[] scale = n.needMain().floats(3);
            Value by = n.reshape(ConvRows.constant(n, scale, scale.length), Dim.ONE, Dim.of(scale.length), Dim.ONE, Dim.ONE);
            return n.likeInput(n.op("mul", n.op("div", x, norm), by));
        });
        add("LRN", n -> {
            if (n.integer(0, 0) != 0) {
                throw n.unsupported("normalisation over space (LRN)");
            }
            return n.likeInput(n.onnx("LRN", new Object[] {"size", (long) n.integer(1, 1), "alpha", n.real(2, 0), "beta", n.real(3, 0), "bias", n.real(4, 1)},
                    n.as(0, Layout.FIRST)));
        });
        MnnTable.all("Moments", n -> {
            Value x = n.need(0);
            int[] axes = Arrays.stream(n.ints(0)).map(a -> n.axis(a, x.rank())).toArray();
            Value mean = n.reduce("mean", x, true, axes);
            Value d = n.op("sub", x, mean);
            boolean keep = n.main() == null || n.small(1, 1) != 0;
            return List.of(keep ? mean : n.reduce("mean", x, false, axes), n.reduce("mean", n.op("mul", d, d), keep, axes));
        });
        for (String arg : new String[] {"ArgMax", "ArgMin"}) {
            add(arg, NormRows::place);
        }
        add("CumSum", n -> n.onnx("CumSum", new Object[] {"exclusive", n.flag(0) ? 1L : 0L, "reverse", n.flag(1) ? 1L : 0L}, n.need(0),
                n.cast(n.reshape(n.need(1), List.of()), ElementType.I64)));
    }

    private static int[] after(Value x, int from) {
        int[] r = new int[x.rank() - from];
        Arrays.setAll(r, i -> from + i);
        return r;
    }

    private static float[] ones(float[] given, int size) {
        if (given.length == 0) {
            float[] r = new float[size];
            Arrays.fill(r, 1);
            return r;
        }
        return MnnWeights.sized(given, size, "factors", false);
    }

    private static Value reduce(MnnNode n) {
        Value x = n.need(0);
        int[] axes = n.main() != null && n.main().has(1) && n.ints(1).length > 0 ? n.ints(1)
                : n.in().size() > 1 ? Arrays.stream(n.known(n.need(1), "the axes")).mapToInt(Math::toIntExact).toArray() : after(x, 0);
        axes = Arrays.stream(axes).map(a -> n.axis(a, x.rank())).sorted().distinct().toArray();
        int kind = n.small(0, 0);
        boolean keep = n.flag(3);
        return switch (kind) {
            case 1 -> n.reduce("sum", n.op("abs", x), keep, axes);
            case 2 -> n.reduce("sum", n.op("mul", x, x), keep, axes);
            case 7 -> n.reduce("max", n.cast(ElementRows.truth(n, x), ElementType.I32), keep, axes);
            case 8 -> n.reduce("min", n.cast(ElementRows.truth(n, x), ElementType.I32), keep, axes);
            default -> {
                if (kind < 0 || kind >= KINDS.length) {
                    throw n.unsupported("reduction number " + kind);
                }
                yield n.reduce(KINDS[kind], x, keep, axes);
            }
        };
    }

    private static Value batch(MnnNode n) {
        float[] slope = n.needMain().floats(1);
        float[] mean = n.needMain().floats(2);
        int channels = slope.length;
        float[] variance = MnnWeights.sized(n.needMain().floats(3), channels, "variances", false);
        float[] bias = MnnWeights.sized(n.needMain().floats(4), channels, "biases", true);
        mean = MnnWeights.sized(mean, channels, "means", true);
        float epsilon = n.real(7, 0.001);
        float[] by = new float[channels];
        float[] plus = new float[channels];
        for (int i = 0; i < channels; i++) {
            double s = slope[i] / Math.sqrt((double) variance[i] + epsilon);
            by[i] = (float) s;
            plus[i] = (float) (bias[i] - mean[i] * s);
        }
        return n.op("add", n.op("mul", n.need(0), ElementRows.byChannel(n, by, false)), ElementRows.byChannel(n, plus, false));
    }

    private static Value layer(MnnNode n) {
        if (n.integer(4, 1) != 1) {
            throw n.unsupported("normalisation of groups");
        }
        Value x = n.need(0);
        int[] axes = Arrays.stream(n.ints(0)).map(a -> n.axis(a, x.rank())).sorted().toArray();
        if (axes.length == 0) {
            axes = new int[] {x.rank() - 1};
        }
        MnnWeights.Layer gains = n.weights().layer(n.needMain(), 2, 3, -1, 5);
        boolean square = n.flag(6);
        Value centred = square ? x : n.op("sub", x, n.reduce("mean", x, true, axes));
        Value spread = n.reduce("mean", n.op("mul", centred, centred), true, axes);
        Value y = n.op("div", centred, n.op("sqrt", n.op("add", spread, n.like(x, n.real(1, 0)))));
        Dim[] dims = new Dim[x.rank()];
        Arrays.fill(dims, Dim.ONE);
        for (int a : axes) {
            dims[a] = x.dim(a);
        }
        if (gains.weight().length > 0) {
            y = n.op("mul", y, n.reshape(ConvRows.constant(n, gains.weight(), gains.weight().length), dims));
        }
        return gains.bias().length == 0 ? y : n.op("add", y, n.reshape(ConvRows.constant(n, gains.bias(), gains.bias().length), dims));
    }

    private static Value place(MnnNode n) {
        int given = n.integer(2, 0);
        if (n.layout(0) == Layout.PACKED && (given == 0 || given == 10_000) || n.integer(0, 0) != 0) {
            throw n.unsupported("the form of Caffe's ArgMax");
        }
        int axis = n.axis(given, n.need(0).rank());
        boolean keep = n.layout(0) == Layout.PACKED;
        Value r = n.onnx(n.type(), new Object[] {"axis", (long) axis, "keepdims", keep ? 1L : 0L}, n.need(0));
        return n.cast(r, keep ? ElementType.F32 : ElementType.I32);
    }
}
