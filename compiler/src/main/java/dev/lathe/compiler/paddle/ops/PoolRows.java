package dev.lathe.compiler.paddle.ops;

import static dev.lathe.compiler.paddle.PaddleTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.paddle.PaddleNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Pooling over windows, over everything, and into a given number of bins. */
public final class PoolRows {
    private static final int MOST_BINS = 4096;

    private PoolRows() {}

    public static void register() {
        add("pool2d", n -> n.out(pool(n)));
        add("pool3d", n -> n.out(pool(n)));
        add("max_pool2d_with_index", n -> {
            if (!n.flag("global_pooling", false) && n.wants("Mask") && !n.flag("adaptive", false)) {
                List<Value> r = n.onnx("MaxPool", 2, new Object[] {"kernel_shape", n.ints("ksize"), "strides", n.ints("strides"), "pads", ConvRows.pads(n, 2)}, n.need("X"));
                n.out(r.get(0));
                // places count within a channel
                Value x = n.need("X");
                Value plane = n.b().dim(x.dim(2).times(x.dim(3)));
                n.out("Mask", n.cast(n.onnx("Mod", r.get(1), plane), dev.lathe.runtime.ElementType.I32));
                return;
            }
            n.out(pool(n));
        });
    }

    private static Value pool(PaddleNode n) {
        boolean last = ConvRows.channelsLast(n, "data_format");
        Value x = last ? n.toFirst(n.need("X")) : n.need("X");
        int d = x.rank() - 2;
        boolean max = !n.text("pooling_type", "max").equals("avg");
        int[] kernel = n.has("KSize") ? null : n.ints("ksize");
        Value y;
        if (n.flag("global_pooling", false) || n.flag("adaptive", false) && Arrays.stream(kernel).allMatch(k -> k == 1)) {
            int[] axes = new int[d];
            Arrays.setAll(axes, i -> 2 + i);
            y = n.reduce(max ? "max" : "mean", x, true, axes);
        } else if (n.flag("adaptive", false)) {
            y = x;
            for (int i = 0; i < d; i++) {
                y = bins(n, y, 2 + i, kernel[i], max);
            }
        } else {
            y = windows(n, x, kernel, max);
        }
        return last ? n.toLast(y) : y;
    }

    private static Value windows(PaddleNode n, Value x, int[] kernel, boolean max) {
        int d = x.rank() - 2;
        if (kernel.length != d) {
            throw new LatheException("", "attribute ksize has " + kernel.length + " entries for " + d + " spatial dimensions");
        }
        int[] strides = n.ints("strides", kernel);
        int[] ones = new int[d];
        Arrays.fill(ones, 1);
        String algorithm = n.text("padding_algorithm", "EXPLICIT");
        if (algorithm.equals("SAME")) {
            Object[] attrs = {"kernel_shape", kernel, "strides", strides, "auto_pad", "SAME_UPPER"};
            return max ? n.onnx("MaxPool", attrs, x)
                    : n.onnx("AveragePool", new Object[] {"kernel_shape", kernel, "strides", strides, "auto_pad", "SAME_UPPER",
                        "count_include_pad", n.flag("exclusive", true) ? 0L : 1L}, x);
        }
        int[] pads = algorithm.equals("VALID") ? new int[2 * d] : ConvRows.pads(n, d);
        int[] inside = kernel.clone();
        Dim[] places = new Dim[d];
        boolean padded = Arrays.stream(pads).anyMatch(p -> p != 0);
        for (int i = 0; i < d; i++) {
            // where the window is larger than all there is, PaddlePaddle's division, which rounds towards zero, still finds one place for it
            Dim in = x.dim(2 + i);
            int around = pads[i] + pads[d + i];
            if (in.isConst()) {
                long room = in.value() + around;
                inside[i] = room > 0 && room < kernel[i] && kernel[i] - room < strides[i] ? (int) room : kernel[i];
            } else if (around + 1 < kernel[i] && strides[i] > 1) {
                // an extent that may be too small gets what a window may lack, and loses again the places that this adds to larger ones
                int lacks = Math.min(kernel[i] - around, strides[i]) - 1;
                boolean ceil = n.flag("ceil_mode", false);
                places[i] = in.plus(around - kernel[i] + (ceil ? strides[i] - 1 : 0)).floorDiv(strides[i]).plus(1).max(Dim.ONE);
                pads[d + i] += lacks;
            }
        }
        Value y = n.op("pool", Attrs.of("kind", max ? "max" : "mean", "kernel", inside, "strides", strides, "dilations", ones, "pads", pads,
                "ceil", n.flag("ceil_mode", false), "count_pads", !max && padded && !n.flag("exclusive", true), "layout", "first"), x);
        for (int i = 0; i < d; i++) {
            y = places[i] == null ? y : n.part(y, 2 + i, Dim.ZERO, places[i]);
        }
        return y;
    }

    /** One axis into {@code count} bins: bin i covers floor(i*in/count) to ceil((i+1)*in/count). Bins that cover the same are computed once. */
    private static Value bins(PaddleNode n, Value x, int axis, int count, boolean max) {
        Dim in = x.dim(axis);
        if (!in.isConst() && count > MOST_BINS) {
            throw n.unsupported(count + " bins of an extent that isn't known");
        }
        List<Value> parts = new ArrayList<>();
        long[] which = new long[count];
        Dim before = null;
        for (int i = 0; i < count; i++) {
            Dim from = in.times(i).floorDiv(count);
            Dim to = in.times(i + 1).plus(count - 1).floorDiv(count);
            Dim both = from.plus(to);
            if (!both.equals(before)) {
                parts.add(n.reduce(max ? "max" : "mean", n.part(x, axis, from, to.minus(from)), true, axis));
            }
            before = both;
            which[i] = parts.size() - 1;
        }
        Value all = n.concat(parts, axis);
        return parts.size() == count ? all : n.gather(all, n.b().longs(which), axis);
    }
}
