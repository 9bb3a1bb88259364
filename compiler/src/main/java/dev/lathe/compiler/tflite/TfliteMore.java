package dev.lathe.compiler.tflite;

import static dev.lathe.compiler.tflite.TfliteTable.add;
import static dev.lathe.compiler.tflite.TfliteTable.all;
import static dev.lathe.compiler.tflite.TfliteTable.plain;
import static dev.lathe.compiler.tflite.TfliteTable.unary;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Value;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.List;

/** Logic, choices by indices, products and sums of several operands, normalisation, and recurrent layers. */
final class TfliteMore {
    private TfliteMore() {}

    static void register() {
        plain(84, "or");
        plain(86, "and");
        unary(87, "not");
        unary(158, "sign");
        plain(156, "atan2");
        add(53, n -> n.cast(n.need(0), n.type()));
        for (int select : new int[] {64, 123}) {
            add(select, TfliteMore::select);
        }
        add(90, n -> n.need(0).elem().isFloat() ? n.op("floor", n.op("div", n.need(0), n.need(1)))
                : n.op("div", n.op("sub", n.need(0), n.onnx("Mod", n.need(0), n.need(1))), n.need(1)));
        add(95, n -> n.floorMod(n.need(0), n.need(1)));
        add(106, n -> n.in().stream().reduce((a, c) -> n.op("add", a, c)).orElseThrow());
        add(150, n -> n.onnx("Gelu", new Object[] {"approximate", n.flag(0) ? "tanh" : "none"}, n.need(0)));
        add(152, n -> n.between(n.need(0), 0, 1));
        add(91, n -> anyOrAll(n, "max"));
        add(140, n -> anyOrAll(n, "min"));
        add(56, n -> place(n, "ArgMax"));
        add(79, n -> place(n, "ArgMin"));
        all(48, n -> {
            List<Value> r = n.onnx("TopK", 2, new Object[] {"axis", -1L}, n.need(0), n.reshape(n.cast(n.need(1), ElementType.I64), Dim.ONE));
            return List.of(r.get(0), n.cast(r.get(1), ElementType.I32));
        });
        add(36, TfliteMore::gather);
        add(107, n -> n.onnx("GatherND", n.need(0), n.cast(n.need(1), ElementType.I64)));
        add(122, n -> n.onnx("ScatterND", new Object[] {"reduction", "add"}, n.expand(n.like(n.need(1), 0), n.dims(n.need(2))),
                n.cast(n.need(0), ElementType.I64), n.need(1)));
        add(85, n -> n.onnx("OneHot", new Object[] {"axis", (long) n.option(0, -1)}, n.cast(n.need(0), ElementType.I64), n.cast(n.need(1), ElementType.I64),
                n.concat(List.of(n.reshape(n.need(3), Dim.ONE), n.reshape(n.need(2), Dim.ONE)), 0)));
        add(109, n -> n.transpose(n.onnx("NonZero", n.need(0)), 1, 0));
        add(112, n -> n.onnx("ReverseSequence", new Object[] {"time_axis", (long) n.option(0, 0), "batch_axis", (long) n.option(1, 0)}, n.need(0),
                n.cast(n.need(1), ElementType.I64)));
        add(128, n -> n.onnx("CumSum", new Object[] {"exclusive", n.flag(0) ? 1L : 0L, "reverse", n.flag(1) ? 1L : 0L}, n.need(0),
                n.cast(n.reshape(n.need(1), List.of()), ElementType.I64)));
        add(126, n -> n.onnx("MatMul", n.flag(0) ? n.turned(n.need(0)) : n.need(0), n.flag(1) ? n.turned(n.need(1)) : n.need(1)));
        add(11, n -> {
            Value x = n.need(0);
            Value norm = n.op("sqrt", n.reduce("sum", n.op("mul", x, x), true, x.rank() - 1));
            return n.activate(n.op("div", x, n.op("max", norm, n.like(x, 1e-6))), 0);
        });
        add(12, n -> {
            Value x = n.toFirst(n.op("mul", n.need(0), n.need(0)));
            Object[] attrs = {"auto_pad", TfliteTable.padding(n), "strides", new int[] {n.option(2, 1), n.option(1, 1)},
                "kernel_shape", new int[] {n.option(4, 1), n.option(3, 1)}};
            return n.activate(n.op("sqrt", n.toLast(n.onnx("AveragePool", attrs, x))), 5);
        });
        // alpha isn't divided by the number of channels there
        add(13, n -> {
            int size = 2 * n.option(0, 0) + 1;
            Object[] attrs = {"size", (long) size, "alpha", n.real(2, 0) * size, "beta", n.real(3, 0), "bias", n.real(1, 0)};
            return n.toLast(n.onnx("LRN", attrs, n.toFirst(n.need(0))));
        });
        add(80, n -> fakeQuantised(n, n.real(0, 0), n.real(1, 0), n.option(2, 8)));
        add(44, TfliteMore::lstm);
    }

    private static Value select(TfliteNode n) {
        Value c = n.need(0);
        // the first form may choose whole rows
        if (c.rank() == 1 && n.need(1).rank() > 1 && c.dim(0).equals(n.need(1).dim(0)) && !c.dim(0).equals(n.need(1).dim(-1))) {
            List<Dim> dims = new ArrayList<>(List.of(c.dim(0)));
            while (dims.size() < n.need(1).rank()) {
                dims.add(Dim.ONE);
            }
            c = n.reshape(c, dims);
        }
        return n.op("where", c, n.need(1), n.need(2));
    }

    private static Value anyOrAll(TfliteNode n, String kind) {
        Value r = n.reduce(kind, n.cast(n.need(0), ElementType.I32), n.flag(0), TfliteTable.axes(n, 1));
        return n.cast(r, ElementType.BOOL);
    }

    private static Value place(TfliteNode n, String op) {
        int axis = n.axis(n.numbers(1, "the axis")[0], n.need(0).rank());
        return n.cast(n.onnx(op, new Object[] {"axis", (long) axis, "keepdims", 0L}, n.need(0)), n.type());
    }

    private static Value gather(TfliteNode n) {
        int axis = n.axis(n.option(0, 0), n.need(0).rank());
        int batches = n.option(1, 0);
        if (batches == 0) {
            return n.gather(n.need(0), n.need(1), axis);
        }
        if (batches != axis || n.need(1).rank() != batches + 1) {
            throw n.unsupported("a choice of this form in batches");
        }
        Value at = n.cast(n.need(1), ElementType.I64);
        List<Dim> dims = new ArrayList<>(at.tensor().dims());
        dims.add(Dim.ONE);
        return n.onnx("GatherND", new Object[] {"batch_dims", (long) batches}, n.need(0), n.reshape(at, dims));
    }

    private static Value fakeQuantised(TfliteNode n, double least, double most, int bits) {
        double steps = Math.pow(2, bits) - (n.flag(3) ? 2 : 1);
        double step = (most - least) / steps;
        if (!(step > 0)) {
            throw new LatheException("", "it quantises from " + least + " to " + most);
        }
        // 0 stands for itself: the range moves until it does
        double zero = Math.max(0, Math.min(steps, Math.rint(-least / step)));
        Value x = n.between(n.need(0), -zero * step, (steps - zero) * step);
        return n.op("mul", n.op("round", n.op("div", x, n.like(x, step))), n.like(x, step));
    }

    /** One layer over a whole sequence, from states of zero. */
    private static Value lstm(TfliteNode n) {
        boolean plain = n.has(1) && n.small(0) == 4 && n.real(1, 0) <= 0;
        for (int i : new int[] {9, 10, 11, 16, 17, 20, 21, 22, 23}) {
            plain &= !n.has(i);
        }
        plain &= n.held() == null || !n.held().bytes() && !n.held().mixed(4);
        if (!plain) {
            Value steps = n.flag(3) ? n.need(0) : n.transpose(n.need(0), 1, 0, 2);
            Value y = TfliteRecurrent.cells(n, steps, TfliteRecurrent.operands(n), false, false).get(0);
            return n.flag(3) ? y : n.transpose(y, 1, 0, 2);
        }
        Value x = n.flag(3) ? n.need(0) : n.transpose(n.need(0), 1, 0, 2);
        // input, forget, cell, output there; input, output, forget, cell in ONNX's
        int[] order = {0, 3, 1, 2};
        List<Value> w = new ArrayList<>();
        List<Value> r = new ArrayList<>();
        List<Value> bias = new ArrayList<>();
        for (int k : order) {
            w.add(n.need(1 + k));
            r.add(n.need(5 + k));
            bias.add(n.need(12 + k));
        }
        Dim cells = n.need(5).dim(0);
        Value all = n.concat(w, 0);
        Value back = n.concat(r, 0);
        Value b = n.concat(bias, 0);
        Value none = n.expand(n.like(x, 0), List.of(cells.times(4)));
        List<Value> y = n.onnx("LSTM", 1, new Object[] {"hidden_size", cells.value()}, x, n.reshape(all, Dim.ONE, all.dim(0), all.dim(1)),
                n.reshape(back, Dim.ONE, back.dim(0), back.dim(1)), n.reshape(n.concat(List.of(b, none), 0), Dim.ONE, cells.times(8)));
        Value out = n.reshape(y.get(0), x.dim(0), x.dim(1), cells);
        return n.flag(3) ? out : n.transpose(out, 1, 0, 2);
    }
}
