package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ImportTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.NodeImport;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Pooling over windows and over everything, and its reverse. */
public final class PoolImport {
    private PoolImport() {}

    public static void register() {
        add("MaxPool", PoolImport::maxPool);
        add("AveragePool", n -> n.out(average(n, n.need(0))));
        add("LpPool", PoolImport::lpPool);
        add("GlobalAveragePool", n -> n.out(global(n, "mean", n.need(0))));
        add("GlobalMaxPool", n -> n.out(global(n, "max", n.need(0))));
        add("GlobalLpPool", n -> n.out(root(n, global(n, "sum", power(n, n.need(0))))));
        add("MaxUnpool", PoolImport::maxUnpool);
    }

    private static boolean noPads(NodeImport n) {
        return n.text("auto_pad", "NOTSET").equals("NOTSET");
    }

    /** A pooling over {@code x}, whose borders are filled with {@code fill} where they must be explicit. */
    private record Pool(NodeImport n, int[] kernel, int[] strides, int[] dilations) {
        static Pool of(NodeImport n) {
            int[] kernel = n.ints("kernel_shape");
            int d = n.rank(0) - 2;
            if (kernel.length != d) {
                throw new dev.lathe.compiler.diag.LatheException("", "kernel_shape has " + kernel.length + " entries for " + d + " spatial dimensions");
            }
            return new Pool(n, kernel, NeuralImport.orOnes(n, "strides", d), NeuralImport.orOnes(n, "dilations", d));
        }

        Windows windows(Value x, Value fill) {
            return Windows.of(n, x, Dim.list(Arrays.stream(kernel).asLongStream().toArray()), strides, dilations, fill);
        }

        Attrs attrs(Windows w) {
            return Attrs.of("kernel", kernel, "strides", strides, "dilations", dilations, "pads", w.pads(), "ceil", noPads(n) && n.flag("ceil_mode", false));
        }

        Value run(String kind, Windows w, boolean countPads) {
            return n.op("pool", attrs(w).with("kind", kind).with("count_pads", countPads).with("layout", "first"), w.x());
        }
    }

    /** The largest elements of windows of {@code x}, as the node's attributes say. */
    static Value max(NodeImport n, Value x) {
        Pool p = Pool.of(n);
        return p.run("max", p.windows(x, lowest(n)), false);
    }

    private static void maxPool(NodeImport n) {
        Pool p = Pool.of(n);
        Windows w = p.windows(n.need(0), lowest(n));
        n.out(p.run("max", w, false));
        if (n.wants(1)) {
            if (w.explicit()) {
                throw n.unsupported("output Indices with auto_pad and symbolic extents");
            }
            n.out(1, n.op("pool_arg", p.attrs(w).with("columns", n.integer("storage_order", 0) == 1), w.x()));
        }
    }

    private static Value lowest(NodeImport n) {
        ElementType t = n.elem(0);
        return n.like(0, t.isFloat() ? Double.NEGATIVE_INFINITY : t.isUnsigned() ? 0 : -Math.pow(2, t.bits() - 1));
    }

    /** The averages of windows of {@code x}, as the node's attributes say. */
    static Value average(NodeImport n, Value x) {
        Pool p = Pool.of(n);
        boolean count = n.flag("count_include_pad", false);
        Windows w = p.windows(x, null);
        if (!w.explicit() || count) {
            return p.run("mean", w, count);
        }
        // how many elements of a window are not padding: the same sum over ones
        List<Dim> dims = new ArrayList<>(x.tensor().dims());
        dims.set(0, Dim.ONE);
        dims.set(1, Dim.ONE);
        Value ones = n.op("expand", Attrs.of("dims", dims), n.b().scalar(x.elem(), 1));
        return n.op("div", p.run("sum", w, false), p.run("sum", p.windows(ones, null), false));
    }

    private static float exponent(NodeImport n) {
        return n.opset() < 2 ? n.real("p", 2) : n.integer("p", 2);
    }

    private static Value power(NodeImport n, Value x) {
        float p = exponent(n);
        if (p == 2) {
            return n.op("mul", x, x);
        }
        Value a = n.op("abs", x);
        return p == 1 ? a : n.op("pow", a, n.like(0, p));
    }

    private static Value root(NodeImport n, Value sum) {
        float p = exponent(n);
        return p == 2 ? n.op("sqrt", sum) : p == 1 ? sum : n.op("pow", sum, n.like(0, 1 / p));
    }

    private static void lpPool(NodeImport n) {
        Pool p = Pool.of(n);
        n.out(root(n, p.run("sum", p.windows(power(n, n.need(0)), null), false)));
    }

    private static Value global(NodeImport n, String kind, Value x) {
        int[] axes = new int[x.rank() - 2];
        Arrays.setAll(axes, i -> 2 + i);
        return n.op("reduce", Attrs.of("kind", kind, "axes", axes, "keep", true), x);
    }

    private static void maxUnpool(NodeImport n) {
        Calc c = new Calc(n);
        Value x = n.need(0);
        int d = x.rank() - 2;
        int[] kernel = n.ints("kernel_shape");
        int[] strides = NeuralImport.orOnes(n, "strides", d);
        int[] pads = n.hasAttr("pads") ? n.ints("pads") : new int[2 * d];
        // indices count through the shape that the pooled tensor had if it fitted exactly
        List<Dim> dims = new ArrayList<>(x.tensor().dims());
        for (int i = 0; i < d; i++) {
            dims.set(2 + i, dims.get(2 + i).minus(1).times(strides[i]).plus(kernel[i] - pads[i] - pads[d + i]));
        }
        Value zeros = n.op("expand", Attrs.of("dims", List.of(Dim.product(dims))), n.like(0, 0));
        Dim count = x.tensor().size();
        Value flat = n.op("scatter_elements", Attrs.of("axis", 0, "reduction", "none"), zeros, c.reshape(n.need(1), count), c.reshape(x, count));
        Value y = c.reshape(flat, dims);
        if (n.has(2)) {
            List<Dim> want = c.dims(n.in(2), x.rank());
            List<Dim> before = new ArrayList<>();
            List<Dim> after = new ArrayList<>();
            for (int i = 0; i < want.size(); i++) {
                before.add(Dim.ZERO);
                after.add(want.get(i).minus(dims.get(i)));
            }
            y = n.op("pad", Attrs.of("before", before, "after", after, "mode", "constant"), y);
        }
        n.out(y);
    }
}
