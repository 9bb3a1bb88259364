package dev.lathe.compiler.mnn.ops;

import static dev.lathe.compiler.mnn.MnnTable.add;

import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.mnn.Layout;
import dev.lathe.compiler.mnn.MnnNode;
import java.util.Arrays;

/** Pooling over windows and over everything. */
public final class PoolRows {
    private PoolRows() {}

    public static void register() {
        add("Pooling", PoolRows::pool);
        add("Pooling3D", n -> windows(n, n.ints(1), n.ints(0), n.ints(2), n.small(3, 0), n.small(4, 0), n.flag(5), false, 0, false));
    }

    private static Value pool(MnnNode n) {
        int[] given = n.ints(11);
        int[] pads = given.length >= 4 ? Arrays.copyOf(given, 4) : new int[] {n.integer(1, 0), n.integer(0, 0), n.integer(1, 0), n.integer(0, 0)};
        int[] kernel = {n.integer(4, 0), n.integer(3, 0)};
        int[] strides = {Math.max(1, n.integer(6, 0)), Math.max(1, n.integer(5, 0))};
        return windows(n, kernel, strides, pads, n.small(7, 0), n.small(8, 0), n.flag(2), n.small(10, 1) != 0, n.small(12, 0), given.length >= 4);
    }

    private static Value windows(MnnNode n, int[] kernel, int[] strides, int[] pads, int type, int mode, boolean global, boolean ceil, int count, boolean explicit) {
        Value x = n.as(0, Layout.FIRST);
        int d = x.rank() - 2;
        boolean max = type == 0;
        if (global) {
            int[] axes = new int[d];
            Arrays.setAll(axes, i -> 2 + i);
            return n.likeInput(n.reduce(max ? "max" : "mean", x, true, axes));
        }
        int[] borders = mode == 0 ? pads.length == d ? both(pads) : pads : new int[2 * d];
        int[] k = kernel.clone();
        for (int i = 0; i < d && i < k.length; i++) {
            // a window is no larger than what there is
            k[i] = x.dim(2 + i).isConst() ? (int) Math.min(k[i], x.dim(2 + i).value() + borders[i] + borders[d + i]) : k[i];
        }
        boolean counted = count == 1 || count == 0 && mode == 0 && !explicit;
        if (mode == 2) {
            Object[] same = {"kernel_shape", k, "strides", strides, "auto_pad", "SAME_UPPER"};
            Object[] mean = {"kernel_shape", k, "strides", strides, "auto_pad", "SAME_UPPER", "count_include_pad", counted ? 1L : 0L};
            return n.likeInput(n.onnx(max ? "MaxPool" : "AveragePool", max ? same : mean, x));
        }
        int[] ones = new int[d];
        Arrays.fill(ones, 1);
        return n.likeInput(n.op("pool", Attrs.of("kind", max ? "max" : "mean", "kernel", k, "strides", strides, "dilations", ones, "pads", borders,
                "ceil", ceil && mode == 0, "count_pads", !max && counted, "layout", "first"), x));
    }

    private static int[] both(int[] pads) {
        int[] r = Arrays.copyOf(pads, 2 * pads.length);
        System.arraycopy(pads, 0, r, pads.length, pads.length);
        return r;
    }
}
