package dev.lathe.compiler.tflite;

import static dev.lathe.compiler.tflite.TfliteTable.add;
import static dev.lathe.compiler.tflite.TfliteTable.all;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** Writing at places, segments, diagonals, choices among boxes, frequencies, random numbers, and the later schema's operators without attributes. */
final class TfliteRest {
    private static final String[] SEGMENTS = {"prod", "max", "sum"};

    private TfliteRest() {}

    static void register() {
        add(7, n -> n.gather(n.need(1), n.need(0), 0));
        add(68, TfliteRest::sparseToDense);
        all(103, n -> {
            List<Value> r = n.onnx("Unique", 3, new Object[] {"sorted", 0L}, n.need(0));
            return List.of(r.get(0), n.cast(r.get(2), n.small(0) == 4 ? ElementType.I64 : ElementType.I32));
        });
        add(113, n -> {
            Value d = n.need(0);
            Dim size = d.dim(-1);
            return n.op("where", diagonal(n, size, size), n.unsqueeze(d, d.rank() - 1), n.like(d, 0));
        });
        add(115, n -> {
            Value x = n.need(0);
            Value d = n.need(1);
            if (!x.dim(-2).equals(x.dim(-1))) {
                throw n.unsupported("a diagonal of matrices that aren't square (" + x.type() + ")");
            }
            return n.op("where", diagonal(n, x.dim(-2), x.dim(-1)), n.unsqueeze(d, d.rank() - 1), x);
        });
        // constants are dense already
        add(124, n -> n.op("identity", n.need(0)));
        add(125, n -> {
            Value ids = n.cast(n.need(1), ElementType.I64);
            Value last = n.op("add", n.reduce("max", ids, true, 0), n.like(ids, 1));
            return segments(n, n.need(0), ids, n.dims(last).get(0), "sum");
        });
        for (int k = 0; k < 3; k++) {
            String kind = SEGMENTS[k];
            add(153 + k, n -> segments(n, n.need(0), n.need(1), n.dims(n.need(2)).get(0), kind));
        }
        add(157, n -> segments(n, n.need(0), n.need(1), n.dims(n.need(2)).get(0), "min"));
        all(120, n -> boxes(n, false));
        all(121, n -> boxes(n, true));
        add(131, TfliteRest::fourier);
        add(133, n -> component(n, 1));
        add(134, n -> component(n, 0));
        add(135, n -> n.op("sqrt", n.reduce("sum", n.op("mul", n.need(0), n.need(0)), false, n.need(0).rank() - 1)));
        add(145, n -> n.cast(broadcast(n), n.need(0).elem()));
        add(146, n -> n.onnx("RandomNormalLike", zeros(n, n.dims(n.need(0)))));
        add(148, n -> n.onnx("RandomUniformLike", zeros(n, n.dims(n.need(0)))));
        add(147, n -> {
            float[] limits = n.options() == null ? new float[0] : n.options().floats(0);
            Value x = n.cast(n.need(0), ElementType.F32);
            List<Dim> dims = new ArrayList<>(x.tensor().dims());
            dims.add(Dim.ONE);
            Value above = n.op("ge", n.reshape(x, dims), n.b().constant(Tensor.ofFloats(new int[] {limits.length}, limits)));
            return n.cast(n.reduce("sum", n.cast(above, ElementType.I64), false, x.rank()), ElementType.I32);
        });
        add(151, n -> updated(n, n.need(0), n.need(1), n.dims(n.need(2))));
        add(159, n -> n.op("bitcast", Attrs.of("to", n.type()), n.need(0)));
        add(160, n -> n.onnx("BitwiseXor", n.need(0), n.need(1)));
        add(161, n -> n.op("shr", n.need(0), n.need(1)));
    }

    /** Real or imaginary parts: complex numbers are pairs along a dimension of their own. */
    private static Value component(TfliteNode n, int i) {
        Value x = n.need(0);
        return n.reshape(n.part(x, x.rank() - 1, Dim.of(i), Dim.ONE), x.tensor().dims().subList(0, x.rank() - 1));
    }

    /** Over the last two dimensions, which are cut or filled with zeros to the lengths given; half of the last one's frequencies. */
    private static Value fourier(TfliteNode n) {
        Value x = n.need(0);
        long[] lengths = n.numbers(1, "the lengths");
        int r = x.rank();
        List<Dim> none = Collections.nCopies(r, Dim.ZERO);
        List<Dim> after = new ArrayList<>(none);
        after.set(r - 2, Dim.of(lengths[0]).minus(x.dim(r - 2)));
        after.set(r - 1, Dim.of(lengths[1]).minus(x.dim(r - 1)));
        x = n.op("pad", Attrs.of("before", none, "after", after, "mode", "constant"), x);
        List<Dim> dims = new ArrayList<>(x.tensor().dims());
        dims.add(Dim.ONE);
        Value y = n.onnx("DFT", new Object[] {"onesided", 1L}, n.reshape(x, dims), null, n.b().scalar(ElementType.I64, r - 1));
        return lengths[0] == 1 ? y : n.onnx("DFT", y, null, n.b().scalar(ElementType.I64, r - 2));
    }

    private static Value iota(TfliteNode n, Dim size) {
        return n.op("iota", Attrs.of("size", size, "to", ElementType.I64));
    }

    private static Value diagonal(TfliteNode n, Dim rows, Dim columns) {
        return n.op("eq", n.reshape(iota(n, rows), rows, Dim.ONE), iota(n, columns));
    }

    private static Value zeros(TfliteNode n, List<Dim> dims) {
        return n.expand(n.b().scalar(ElementType.F32, 0), dims);
    }

    private static Value sparseToDense(TfliteNode n) {
        Value at = n.cast(n.need(0), ElementType.I64);
        List<Dim> dims = n.dims(n.need(1));
        Value v = n.need(2);
        // one place, places in a vector, or a row for each place
        Dim count = at.rank() < 2 ? at.tensor().size() : at.dim(0);
        at = n.reshape(at, count, Dim.of(dims.size()));
        v = v.tensor().size().equals(count) ? n.reshape(v, count) : n.expand(n.reshape(v, List.of()), List.of(count));
        Value all = n.expand(n.reshape(n.need(3), List.of()), dims);
        return n.op("scatter_nd", Attrs.of("reduction", "none"), all, at, v);
    }

    private static Value segments(TfliteNode n, Value x, Value ids, Dim count, String kind) {
        boolean whole = !x.elem().isFloat();
        double none = switch (kind) {
            case "sum" -> 0;
            case "prod" -> 1;
            case "max" -> whole ? Integer.MIN_VALUE : -Float.MAX_VALUE;
            default -> whole ? Integer.MAX_VALUE : Float.MAX_VALUE;
        };
        List<Dim> dims = new ArrayList<>(x.tensor().dims().subList(ids.rank(), x.rank()));
        dims.add(0, count);
        List<Dim> flat = new ArrayList<>(x.tensor().dims().subList(ids.rank(), x.rank()));
        Dim rows = ids.tensor().size();
        flat.add(0, rows);
        String how = switch (kind) {
            case "sum" -> "add";
            case "prod" -> "mul";
            default -> kind;
        };
        Value start = n.expand(n.like(x, none), dims);
        return n.op("scatter_nd", Attrs.of("reduction", how), start, n.reshape(n.cast(ids, ElementType.I64), rows, Dim.ONE), n.reshape(x, flat));
    }

    /** As many places as are asked for; those behind the chosen ones are 0. */
    private static List<Value> boxes(TfliteNode n, boolean soft) {
        Tensor sigma = soft && n.has(5) ? n.constant(n.need(5)) : null;
        if (sigma != null && sigma.number(0) > 0) {
            throw n.unsupported("a choice that lowers scores (soft_nms_sigma)");
        }
        Value boxes = n.need(0);
        Value scores = n.need(1);
        Dim most = n.dims(n.need(2)).get(0);
        Value chosen = n.onnx("NonMaxSuppression", n.reshape(boxes, Dim.ONE, boxes.dim(0), Dim.of(4)), n.reshape(scores, Dim.ONE, Dim.ONE, scores.dim(0)),
                n.cast(n.reshape(n.need(2), Dim.ONE), ElementType.I64), n.reshape(n.need(3), Dim.ONE), n.reshape(n.need(4), Dim.ONE));
        Dim found = chosen.dim(0);
        Value at = n.reshape(n.part(chosen, 1, Dim.of(2), Dim.ONE), found);
        Value none = n.expand(n.b().scalar(ElementType.I64, 0), List.of(most));
        Value all = n.part(n.concat(List.of(at, none), 0), 0, Dim.ZERO, most);
        Value count = n.cast(n.b().dim(found), ElementType.I32);
        if (!soft) {
            return List.of(n.cast(all, ElementType.I32), count);
        }
        Value value = n.gather(scores, all, 0);
        Value there = n.op("lt", iota(n, most), n.b().dim(found));
        return List.of(n.cast(all, ElementType.I32), n.op("where", there, value, n.like(value, 0)), count);
    }

    private static Value broadcast(TfliteNode n) {
        List<Dim> a = n.dims(n.need(0));
        List<Dim> c = n.dims(n.need(1));
        int rank = Math.max(a.size(), c.size());
        List<Dim> r = new ArrayList<>();
        for (int i = 0; i < rank; i++) {
            Dim p = i < rank - a.size() ? Dim.ONE : a.get(i - rank + a.size());
            Dim q = i < rank - c.size() ? Dim.ONE : c.get(i - rank + c.size());
            r.add(p.is(1) ? q : p);
        }
        return n.b().dims(r);
    }

    /** A part is overwritten; it begins where it still fits. */
    static Value updated(TfliteNode n, Value x, Value part, List<Dim> starts) {
        Value at = null;
        Dim stride = Dim.ONE;
        for (int a = x.rank() - 1; a >= 0; a--) {
            List<Dim> along = new ArrayList<>(Collections.nCopies(x.rank(), Dim.ONE));
            along.set(a, part.dim(a));
            Dim from = starts.get(a).max(Dim.ZERO).min(x.dim(a).minus(part.dim(a)));
            Value k = n.op("mul", n.op("add", iota(n, part.dim(a)), n.b().dim(from)), n.b().dim(stride));
            k = n.reshape(k, along);
            at = at == null ? k : n.op("add", at, k);
            stride = stride.times(x.dim(a));
        }
        Dim count = part.tensor().size();
        at = n.reshape(n.expand(at, part.tensor().dims()), count);
        Value flat = n.reshape(x, x.tensor().size());
        Value y = n.op("scatter_elements", Attrs.of("axis", 0, "reduction", "none"), flat, at, n.reshape(part, count));
        return n.reshape(y, x.tensor().dims());
    }
}
