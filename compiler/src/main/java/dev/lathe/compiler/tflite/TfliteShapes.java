package dev.lathe.compiler.tflite;

import static dev.lathe.compiler.tflite.TfliteTable.add;
import static dev.lathe.compiler.tflite.TfliteTable.all;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.MaskedSlice;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Other dimensions for the same elements, parts of tensors, what is put together, and dimensions as data. */
final class TfliteShapes {
    private TfliteShapes() {}

    static void register() {
        add(22, TfliteShapes::reshape);
        add(43, TfliteShapes::squeeze);
        add(70, n -> {
            if (n.type() == ElementType.C64) {
                return declared(n);
            }
            return n.unsqueeze(n.need(0), n.numbers(1, "the axis")[0]);
        });
        add(39, n -> n.op("transpose", Attrs.of("perm", Arrays.stream(n.numbers(1, "the order of dimensions")).mapToInt(Math::toIntExact).toArray()), n.need(0)));
        add(77, n -> n.cast(n.b().dims(n.need(0).tensor().dims()), n.small(0) == 4 ? ElementType.I64 : ElementType.I32));
        add(110, n -> n.cast(n.b().dim(Dim.of(n.need(0).rank())), ElementType.I32));
        add(45, n -> new MaskedSlice(n.dims(n.need(1)), n.dims(n.need(2)), n.numbers(3, "the steps"), n.option(0, 0), n.option(1, 0), n.option(2, 0), n.option(3, 0),
                n.option(4, 0)).of(n, n.need(0)));
        add(65, TfliteShapes::slice);
        all(49, n -> {
            int axis = n.axis(n.numbers(0, "the axis")[0], n.need(1).rank());
            return n.onnx("Split", n.outputs(), new Object[] {"axis", (long) axis, "num_outputs", (long) n.outputs()}, n.need(1));
        });
        all(102, TfliteShapes::splitBySizes);
        add(83, n -> n.stack(n.in(), n.axis(n.option(1, 0), n.need(0).rank() + 1)));
        all(88, n -> n.unstack(n.need(0), n.axis(n.option(1, 0), n.need(0).rank()), n.outputs()));
        add(34, n -> pad(n, "constant"));
        add(60, n -> pad(n, "constant"));
        add(100, n -> n.small(0) == 0 ? pad(n, "reflect") : symmetric(n));
        add(69, n -> n.onnx("Tile", n.need(0), n.cast(n.need(1), ElementType.I64)));
        add(94, n -> n.expand(n.reshape(n.need(1), List.of()), n.dims(n.need(0))));
        add(93, n -> n.expand(n.like(n.need(0), 0), n.need(0).tensor().dims()));
        add(130, n -> n.expand(n.need(0), n.dims(n.need(1))));
        add(105, n -> n.flip(n.need(0), TfliteTable.axes(n, 1)));
        add(96, n -> n.onnx("Range", scalar(n, 0), scalar(n, 1), scalar(n, 2)));
    }

    private static Value scalar(TfliteNode n, int i) {
        return n.reshape(n.need(i), List.of());
    }

    private static Value reshape(TfliteNode n) {
        if (n.type() == ElementType.C64) {
            return declared(n);
        }
        Tensor known = n.has(1) ? n.constant(n.need(1)) : null;
        if (n.has(1) && known == null) {
            return n.onnx("Reshape", new Object[] {"allowzero", 1L}, n.need(0), n.b().dims(n.dims(n.need(1))));
        }
        if (known != null && Arrays.stream(known.integers()).anyMatch(d -> d < 0)) {
            return n.onnx("Reshape", new Object[] {"allowzero", 1L}, n.need(0), n.b().longs(known.integers()));
        }
        return declared(n);
    }

    /** What is declared is what comes out, but for the number of images. Complex numbers are pairs along a dimension of their own. */
    static Value declared(TfliteNode n) {
        List<Dim> dims = new ArrayList<>();
        Dim whole = Dim.ONE;
        for (int d : n.shape()) {
            dims.add(Dim.of(d));
            whole = whole.times(d);
        }
        if (n.type() == ElementType.C64) {
            dims.add(Dim.of(2));
            whole = whole.times(2);
        }
        Dim size = n.need(0).tensor().size();
        if (!size.equals(whole) && !dims.isEmpty()) {
            dims.set(0, Dim.ONE);
            Dim rest = size.divideExact(Dim.product(dims));
            dims.set(0, rest == null ? size.floorDiv(Dim.product(dims)) : rest);
        }
        return n.reshape(n.need(0), dims);
    }

    private static Value squeeze(TfliteNode n) {
        if (n.type() == ElementType.C64) {
            return declared(n);
        }
        return n.squeeze(n.need(0), Arrays.stream(n.ints(0)).asLongStream().toArray());
    }

    private static Value slice(TfliteNode n) {
        Value x = n.need(0);
        List<Dim> begin = n.dims(n.need(1));
        List<Dim> size = n.dims(n.need(2));
        Value y = x;
        for (int i = 0; i < x.rank(); i++) {
            Dim from = begin.get(i);
            Dim extent = size.get(i).is(-1) ? x.dim(i).minus(from) : size.get(i);
            if (from.isConst() && extent.isConst() && x.dim(i).isConst() && (from.value() < 0 || extent.value() < 0 || from.value() + extent.value() > x.dim(i).value())) {
                throw new LatheException("", "a part of " + extent + " from " + from + " on leads out of dimension " + i + " of " + x.type());
            }
            y = from.is(0) && extent.equals(x.dim(i)) ? y : n.part(y, i, from, extent);
        }
        return y == x ? n.op("identity", x) : y;
    }

    private static List<Value> splitBySizes(TfliteNode n) {
        Value x = n.need(0);
        int axis = n.axis(n.numbers(2, "the axis")[0], x.rank());
        return n.split(x, axis, n.dims(n.need(1)));
    }

    private static Value pad(TfliteNode n, String mode) {
        List<Dim> p = n.dims(n.reshape(n.need(1), n.need(1).tensor().size()));
        List<Dim> before = new ArrayList<>();
        List<Dim> after = new ArrayList<>();
        for (int i = 0; i < p.size(); i += 2) {
            before.add(p.get(i));
            after.add(p.get(i + 1));
        }
        Attrs a = Attrs.of("before", before, "after", after, "mode", mode);
        return n.has(2) ? n.op("pad", a, n.need(0), n.reshape(n.need(2), List.of())) : n.op("pad", a, n.need(0));
    }

    /** Borders that repeat the outermost elements, too. */
    private static Value symmetric(TfliteNode n) {
        long[] p = n.numbers(1, "the borders");
        Value x = n.need(0);
        for (int i = 0; i < x.rank(); i++) {
            List<Value> parts = new ArrayList<>();
            if (p[2 * i] > 0) {
                parts.add(n.flip(n.part(x, i, Dim.ZERO, Dim.of(p[2 * i])), i));
            }
            parts.add(x);
            if (p[2 * i + 1] > 0) {
                parts.add(n.flip(n.part(x, i, x.dim(i).minus(p[2 * i + 1]), Dim.of(p[2 * i + 1])), i));
            }
            x = n.concat(parts, i);
        }
        return x;
    }
}
