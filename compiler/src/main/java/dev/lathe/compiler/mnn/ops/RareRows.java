package dev.lathe.compiler.mnn.ops;

import static dev.lathe.compiler.mnn.MnnTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.mnn.Layout;
import dev.lathe.compiler.mnn.MnnNode;
import dev.lathe.compiler.mnn.MnnTable;
import dev.lathe.runtime.ElementType;
import java.util.List;

/** Operators that few models hold, most of them from TensorFlow. */
public final class RareRows {
    private RareRows() {}

    public static void register() {
        add("CropAndResize", RareRows::crop);
        add("NonMaxSuppressionV2", RareRows::chosen);
        add("ReverseSequence", n -> n.onnx("ReverseSequence", new Object[] {"batch_axis", (long) n.axis(n.integer(0, 0), n.need(0).rank()),
            "time_axis", (long) n.axis(n.integer(1, 0), n.need(0).rank())}, n.need(0), n.cast(n.need(1), ElementType.I64)));
        add("ScatterElements", n -> n.onnx("ScatterElements", new Object[] {"axis", n.in().size() > 3 ? n.known(n.need(3), "the axis")[0] : 0L, "reduction", reduction(n)},
                n.need(0), n.cast(n.need(1), ElementType.I64), n.need(2)));
        add("Det", n -> n.onnx("Det", n.need(0)));
        add("CumProd", n -> n.onnx("CumProd", n.need(0), n.b().scalar(ElementType.I64, n.integer(0, 0))));
        add("LinSpace", RareRows::steps);
        add("MatrixBandPart", RareRows::band);
        add("EyeLike", n -> n.onnx("EyeLike", new Object[] {"k", n.in().size() > 1 ? n.known(n.need(1), "the diagonal")[0] : 0L}, n.need(0)));
        MnnTable.all("Unique", RareRows::unique);
    }

    /** Boxes of an image, each at one size; values beyond the image are a number of the attributes. */
    private static Value crop(MnnNode n) {
        Object[] attrs = {"mode", n.small(1, 0) == 1 ? "nearest" : "bilinear", "extrapolation_value", n.real(0, 0)};
        return n.likeInput(n.onnx("com.microsoft:CropAndResize", attrs, n.as(0, Layout.FIRST), n.need(1), n.need(2), n.need(3)));
    }

    /** The boxes that don't overlap a better one: their numbers, and behind them -1. */
    private static Value chosen(MnnNode n) {
        Value scores = n.need(1);
        Dim count = n.need(0).dim(0);
        Value most = n.reshape(n.cast(n.need(2), ElementType.I64), Dim.ONE);
        Value overlap = n.has(3) ? n.reshape(n.need(3), Dim.ONE) : n.b().constant(dev.lathe.compiler.tensor.Tensor.ofFloats(new int[] {1}, 0));
        Value least = n.has(4) ? n.reshape(n.need(4), Dim.ONE) : null;
        Value rows = n.onnx("NonMaxSuppression", n.unsqueeze(n.need(0), 0), n.reshape(scores, Dim.ONE, Dim.ONE, count), most, overlap, least);
        Value at = n.cast(n.reshape(n.part(rows, 1, Dim.of(2), Dim.ONE), rows.dim(0)), ElementType.I32);
        Attrs a = Attrs.of("before", List.of(Dim.ZERO), "after", List.of(n.dims(most).get(0).min(count).minus(rows.dim(0))), "mode", "constant");
        return n.op("pad", a, at, n.like(at, -1));
    }

    private static String reduction(MnnNode n) {
        int op = n.integer(0, 0);
        return switch (op) {
            case -1 -> "none";
            case 0 -> "add";
            case 2 -> "mul";
            case 8 -> "min";
            case 9 -> "max";
            default -> throw n.unsupported("scattering by operation " + op);
        };
    }

    /** A number of values from one to another, both among them. */
    private static Value steps(MnnNode n) {
        Value from = n.reshape(n.need(0), List.of());
        Value to = n.reshape(n.need(1), List.of());
        Dim count = n.dims(n.reshape(n.need(2), Dim.ONE)).get(0);
        Value last = n.cast(n.b().dim(count.minus(1)), from.elem());
        Value step = n.op("div", n.op("sub", to, from), n.op("max", last, n.like(last, 1)));
        Value at = n.op("iota", Attrs.of("size", count, "to", from.elem()));
        Value inside = n.op("add", from, n.op("mul", at, step));
        return n.op("where", n.op("and", n.op("gt", at, n.like(at, 0)), n.op("ge", at, last)), to, inside);
    }

    /** What is not too far from the diagonal, in rows below it and columns above it; a number below 0 is no bound. */
    private static Value band(MnnNode n) {
        Value x = n.need(0);
        Value row = n.reshape(iota(n, x.dim(-2)), x.dim(-2), Dim.ONE);
        Value down = n.op("sub", row, iota(n, x.dim(-1)));
        Value keep = n.op("and", within(n, down, 1), within(n, n.op("neg", down), 2));
        return n.op("where", keep, x, n.like(x, 0));
    }

    private static Value iota(MnnNode n, Dim size) {
        return n.op("iota", Attrs.of("size", size, "to", ElementType.I64));
    }

    private static Value within(MnnNode n, Value far, int operand) {
        Value bound = n.reshape(n.cast(n.need(operand), ElementType.I64), List.of());
        return n.op("or", n.op("lt", bound, n.like(bound, 0)), n.op("le", far, bound));
    }

    /** The different values in ascending order; with two results which of them each value is, with more first where each one stands. */
    private static List<Value> unique(MnnNode n) {
        List<Value> r = n.onnx("Unique", 4, new Object[] {"sorted", 1L}, n.need(0));
        Value which = n.cast(r.get(2), ElementType.I32);
        return n.outputs() <= 2 ? List.of(r.get(0), which) : List.of(r.get(0), n.cast(r.get(1), ElementType.I32), which, n.cast(r.get(3), ElementType.I32));
    }
}
