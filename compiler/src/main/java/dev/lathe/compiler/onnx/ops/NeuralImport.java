package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ImportTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.NodeImport;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Convolutions, products, batch normalisation. */
public final class NeuralImport {
    private NeuralImport() {}

    public static void register() {
        add("Conv", n -> {
            Value exact = Factored.conv(n, n.need(0), n.need(1), n.in(2));
            n.out(exact != null ? exact : conv(n, n.need(0), n.need(1), n.in(2)));
        });
        add("ConvTranspose", n -> n.out(convTranspose(n, n.in(2))));
        add("MatMul", n -> {
            Value exact = Factored.matmul(n, n.need(0), n.need(1));
            n.out(exact != null ? exact : matmul(n, n.need(0), n.need(1)));
        });
        add("Gemm", NeuralImport::gemm);
        add("BatchNormalization", NeuralImport::batchNorm);
    }

    static int[] ones(int n) {
        int[] r = new int[n];
        Arrays.fill(r, 1);
        return r;
    }

    static int[] orOnes(NodeImport n, String name, int d) {
        int[] given = n.hasAttr(name) ? n.ints(name) : ones(d);
        if (given.length != d || Arrays.stream(given).anyMatch(i -> i < 1)) {
            throw new LatheException("", name + " is " + Arrays.toString(given) + "; " + d + " positive numbers are needed");
        }
        return given;
    }

    /** Begins, then ends; from {@code pads} or {@code auto_pad}. */
    static int[] pads(NodeImport n, Value x, int[] kernel, int[] strides, int[] dilations) {
        int d = kernel.length;
        String auto = n.text("auto_pad", "NOTSET");
        int[] p = new int[2 * d];
        if (auto.equals("NOTSET") || auto.isEmpty()) {
            int[] given = n.hasAttr("pads") ? n.ints("pads") : p;
            // the first exporters wrote one number for both ends
            return given.length == d && d > 0 ? twice(given) : given;
        }
        if (auto.equals("VALID")) {
            return p;
        }
        for (int i = 0; i < d; i++) {
            Dim in = x.dim(2 + i);
            int span = (kernel[i] - 1) * dilations[i] + 1;
            int total;
            if (in.isConst()) {
                long out = (in.value() + strides[i] - 1) / strides[i];
                total = (int) Math.max(0, (out - 1) * strides[i] + span - in.value());
            } else if (strides[i] == 1) {
                total = span - 1;
            } else {
                throw new LatheException("", "auto_pad " + auto + " with a stride of " + strides[i] + " needs a known size of dimension " + (2 + i),
                        "give the inputs static shapes with --shape");
            }
            int less = total / 2;
            p[i] = auto.equals("SAME_UPPER") ? less : total - less;
            p[d + i] = total - p[i];
        }
        return p;
    }

    private static int[] twice(int[] pads) {
        int[] r = Arrays.copyOf(pads, 2 * pads.length);
        System.arraycopy(pads, 0, r, pads.length, pads.length);
        return r;
    }

    /** What the node says of the weights must be so: else the model means another sum than would be computed. */
    private static void checkKernel(NodeImport n, Value w) {
        if (!n.hasAttr("kernel_shape")) {
            return;
        }
        int[] said = n.ints("kernel_shape");
        for (int i = 0; i < said.length; i++) {
            if (said.length != w.rank() - 2 || w.dim(2 + i).isConst() && !w.dim(2 + i).is(said[i])) {
                throw new LatheException("", "kernel_shape is " + Arrays.toString(said) + ", but the weights are " + w.type());
            }
        }
    }

    /** The convolution that the node's attributes describe. @param bias may be null */
    static Value conv(NodeImport n, Value x, Value w, Value bias) {
        return conv(n, Attrs.NONE, x, w, bias);
    }

    /** As above with further attributes. */
    static Value conv(NodeImport n, Attrs more, Value x, Value w, Value bias) {
        int d = x.rank() - 2;
        checkKernel(n, w);
        int[] strides = orOnes(n, "strides", d);
        int[] dil = orOnes(n, "dilations", d);
        Windows in = Windows.of(n, x, w.tensor().dims().subList(2, d + 2), strides, dil, null);
        Attrs a = Attrs.of("strides", strides, "dilations", dil, "pads", in.pads(), "groups", n.integer("group", 1), "layout", "first");
        for (Map.Entry<String, Object> e : more.asMap().entrySet()) {
            a = a.with(e.getKey(), e.getValue());
        }
        return bias != null ? n.op("conv", a, in.x(), w, bias) : n.op("conv", a, in.x(), w);
    }

    /** The transposed convolution of operands 0 and 1 that the node's attributes describe. @param bias may be null */
    static Value convTranspose(NodeImport n, Value bias) {
        Value x = n.need(0);
        Value w = n.need(1);
        int d = x.rank() - 2;
        checkKernel(n, w);
        int[] strides = orOnes(n, "strides", d);
        int[] dil = orOnes(n, "dilations", d);
        int[] outPads = n.hasAttr("output_padding") ? n.ints("output_padding").clone() : new int[d];
        int[] p = n.hasAttr("pads") ? n.ints("pads") : new int[2 * d];
        String auto = n.text("auto_pad", "NOTSET");
        int[] shape = n.ints("output_shape");
        List<Dim> cut = null;
        if (shape.length > 0 || auto.startsWith("SAME")) {
            List<Dim> totals = new ArrayList<>();
            for (int i = 0; i < d; i++) {
                Dim full = x.dim(2 + i).minus(1).times(strides[i]).plus(w.dim(2 + i).minus(1).times(dil[i])).plus(outPads[i] + 1);
                totals.add(full.minus(shape.length > 0 ? Dim.of(shape[shape.length - d + i]) : x.dim(2 + i).times(strides[i])));
            }
            if (!totals.stream().allMatch(Dim::isConst)) {
                cut = totals;
                p = new int[2 * d];
            }
            for (int i = 0; cut == null && i < d; i++) {
                int total = totals.get(i).intValue();
                if (total < 0) {
                    outPads[i] -= total;
                    total = 0;
                }
                int less = total / 2;
                p[i] = auto.equals("SAME_UPPER") ? less : total - less;
                p[d + i] = total - p[i];
            }
        }
        Attrs a = Attrs.of("strides", strides, "dilations", dil, "pads", p, "output_pads", outPads, "groups", n.integer("group", 1), "layout", "first");
        Value y = bias != null ? n.op("conv_transpose", a, x, w, bias) : n.op("conv_transpose", a, x, w);
        return cut == null ? y : cut(n, y, cut, auto.equals("SAME_UPPER"));
    }

    // pads of an output that depend on symbolic extents are cut off afterwards
    private static Value cut(NodeImport n, Value y, List<Dim> totals, boolean lessFirst) {
        List<Dim> before = new ArrayList<>(List.of(Dim.ZERO, Dim.ZERO));
        List<Dim> after = new ArrayList<>(before);
        for (Dim t : totals) {
            Dim some = t.max(Dim.ZERO);
            Dim first = lessFirst ? some.floorDiv(2) : some.minus(some.floorDiv(2));
            before.add(first.times(-1));
            after.add(first.minus(t));
        }
        return n.op("pad", Attrs.of("before", before, "after", after, "mode", "constant"), y);
    }

    /** numpy's matmul: vectors get a dimension that the result loses again. */
    static Value matmul(NodeImport n, Value a, Value b) {
        return matmul(n, Attrs.NONE, a, b);
    }

    static Value matmul(NodeImport n, Attrs attrs, Value a, Value b) {
        boolean row = a.rank() == 1;
        boolean column = b.rank() == 1;
        Value x = row ? n.op("reshape", Attrs.of("dims", List.of(Dim.ONE, a.dim(0))), a) : a;
        Value y = column ? n.op("reshape", Attrs.of("dims", List.of(b.dim(0), Dim.ONE)), b) : b;
        Value r = n.op("matmul", attrs, x, y);
        if (row || column) {
            List<Dim> d = new ArrayList<>(r.tensor().dims());
            if (column) {
                d.remove(d.size() - 1);
            }
            if (row) {
                d.remove(d.size() - (column ? 1 : 2));
            }
            r = n.op("reshape", Attrs.of("dims", d), r);
        }
        return r;
    }

    private static void gemm(NodeImport n) {
        Value a = n.need(0);
        Value b = n.need(1);
        a = n.flag("transA", false) ? Factored.transposed(n, a) : a;
        b = n.flag("transB", false) ? Factored.transposed(n, b) : b;
        Value exact = Factored.matmul(n, a, b);
        float alpha = n.real("alpha", 1);
        float beta = n.real("beta", 1);
        Value c = n.has(2) ? n.in(2) : null;
        if (c != null && beta != 1) {
            c = n.op("mul", c, n.b().scalar(c.elem(), beta));
        }
        // whether its extent is known or not, a vector starts the sums
        boolean bias = exact == null && c != null && c.rank() == 1 && !c.dim(0).is(1) && alpha == 1;
        c = bias && !c.dim(0).equals(b.dim(1)) ? n.op("expand", Attrs.of("dims", List.of(b.dim(1))), c) : c;
        Value r = exact != null ? exact : bias ? n.op("matmul", a, b, c) : n.op("matmul", a, b);
        r = alpha == 1 ? r : n.op("mul", r, n.like(0, alpha));
        n.out(c == null || bias ? r : n.op("add", r, c));
    }

    private static void batchNorm(NodeImport n) {
        Value x = n.need(0);
        // before opset 14 it's training that gives more than one result
        if (n.opset() >= 14 ? n.flag("training_mode", false) : n.wants(1) && !n.flag("is_test", false)) {
            NormImport.trainBatchNorm(n);
            return;
        }
        // before opset 9 each place may have statistics of its own
        boolean places = n.opset() < 9 && !n.flag("spatial", true);
        List<Dim> shape = new ArrayList<>();
        for (int i = 0; i < x.rank(); i++) {
            shape.add(i == 1 || i > 1 && places ? x.dim(i) : Dim.ONE);
        }
        Calc c = new Calc(n);
        Attrs to = Attrs.of("dims", shape);
        Value eps = n.b().scalar(n.elem(4), n.real("epsilon", 1e-5));
        Value scale = n.op("div", c.cast(n.need(1), n.elem(4)), n.op("sqrt", n.op("add", n.need(4), eps)));
        Value shift = n.op("sub", c.cast(n.need(2), n.elem(4)), n.op("mul", n.need(3), scale));
        if (scale.elem() != x.elem()) {
            scale = n.op("cast", Attrs.of("to", x.elem()), scale);
            shift = n.op("cast", Attrs.of("to", x.elem()), shift);
        }
        if (x.rank() > 1) {
            scale = n.op("reshape", to, scale);
            shift = n.op("reshape", to, shift);
        }
        n.out(n.op("add", n.op("mul", x, scale), shift));
    }
}
