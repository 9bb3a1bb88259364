package dev.lathe.compiler.paddle.ops;

import static dev.lathe.compiler.paddle.PaddleTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.paddle.PaddleNode;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/** Quantisation of slim models: whole numbers kept in floats or bytes, and back. */
public final class QuantRows {
    private static final double LEAST_SCALE = 1e-30;
    private static final double IN_ITS_PLACE = 1e-6;

    private QuantRows() {}

    public static void register() {
        for (String op : new String[] {"fake_quantize_range_abs_max", "fake_quantize_moving_average_abs_max"}) {
            add(op, n -> quantize(n, n.need("InScale"), false));
        }
        add("fake_quantize_dequantize_moving_average_abs_max", n -> quantize(n, n.need("InScale"), true));
        add("fake_quantize_abs_max", n -> quantize(n, largest(n), false));
        add("fake_quantize_dequantize_abs_max", n -> quantize(n, largest(n), true));
        add("fake_channel_wise_quantize_abs_max", n -> quantize(n, largestByChannel(n), false));
        add("fake_channel_wise_quantize_dequantize_abs_max", n -> quantize(n, largestByChannel(n), true));
        add("moving_average_abs_max_scale", n -> {
            n.out(n.op("identity", n.need("X")));
            if (n.has("InScale")) {
                n.out("OutScale", n.need("InScale"));
            }
        });
        for (String op : new String[] {"fake_dequantize_max_abs", "dequantize_abs_max"}) {
            add(op, n -> {
                Value x = n.cast(n.need("X"), ElementType.F32);
                n.out(n.op("mul", x, n.op("div", n.reshape(n.need("Scale"), List.of()), n.like(x, n.real("max_range", 127)))));
            });
        }
        add("fake_channel_wise_dequantize_max_abs", QuantRows::byChannel);
        add("quantize_linear", n -> {
            Value x = n.need("X");
            double most = levels(n.integer("bit_length", 8));
            Value s = scale(n, x.rank());
            n.out("Y", n.between(rounded(n, n.op("mul", x, n.op("mul", inverse(n, s), most)), 0), -most - 1, most));
        });
        add("dequantize_linear", n -> {
            Value x = n.cast(n.need("X"), ElementType.F32);
            n.out("Y", n.op("mul", x, n.op("div", scale(n, x.rank()), levels(n.integer("bit_length", 8)))));
        });
        add("quantize", n -> n.out("Output", n.between(n.op("round", n.op("add", n.op("mul", n.need("Input"), n.real("Scale", 1)), n.real("Shift", 0))), -128, 127)));
        add("dequantize", n -> n.out("Output", n.op("div", n.op("sub", n.cast(n.need("Input"), ElementType.F32), n.real("Shift", 0)), n.real("Scale", 1))));
        // as mobile optimisers write it: whole numbers are whole numbers, others are brought there
        for (String op : new String[] {"calib", "calib_once"}) {
            add(op, n -> {
                Value x = n.need("Input");
                double s = n.real("scale", 1);
                n.out(x.elem().isFloat() ? n.cast(n.between(rounded(n, n.op("div", x, s), 1), -127, 127), ElementType.I8)
                        : n.op("mul", n.cast(x, ElementType.F32), s));
            });
        }
    }

    /** The scale of all elements, or one for each place along quant_axis, as what broadcasts. */
    private static Value scale(PaddleNode n, int rank) {
        Value s = n.need("Scale");
        if (s.tensor().size().is(1)) {
            return n.reshape(s, List.of());
        }
        List<Dim> dims = new ArrayList<>(Collections.nCopies(rank, Dim.ONE));
        dims.set(n.axis(Math.max(0, n.integer("quant_axis", 0)), rank), s.tensor().size());
        return n.reshape(s, dims);
    }

    /** @param absent how it is rounded where the operation doesn't say: 0: halves to even, 1: halves away from zero */
    private static Value rounded(PaddleNode n, Value x, long absent) {
        if (n.integer("round_type", absent) == 0) {
            return n.op("round", x);
        }
        return ActivationRows.rounded(n, x);
    }

    private static Value largestByChannel(PaddleNode n) {
        Value x = n.need("X");
        int axis = n.axis(n.integer("quant_axis", 0), x.rank());
        int[] others = IntStream.range(0, x.rank()).filter(i -> i != axis).toArray();
        return n.reduce("max", n.op("abs", x), false, others);
    }

    private static Value largest(PaddleNode n) {
        Value x = n.need("X");
        return n.reshape(n.reduce("max", n.op("abs", x), false, ShapeRows.all(x.rank())), Dim.ONE);
    }

    private static double levels(long bits) {
        return Math.pow(2, bits - 1) - 1;
    }

    /** One over a scale; of channels that training has given up it is 0, or so small that this would be infinite. */
    private static Value inverse(PaddleNode n, Value s) {
        return n.op("div", n.like(s, 1), n.op("where", n.op("le", s, n.like(s, LEAST_SCALE)), n.op("add", s, IN_ITS_PLACE), s));
    }

    private static void quantize(PaddleNode n, Value scale, boolean back) {
        Value x = n.need("X");
        Value s = scale.tensor().size().is(1) ? n.reshape(scale, List.of()) : scale;
        if (s.rank() == 1) {
            List<Dim> dims = new ArrayList<>(Collections.nCopies(x.rank(), Dim.ONE));
            dims.set(n.axis(n.integer("quant_axis", 0), x.rank()), s.dim(0));
            s = n.reshape(s, dims);
        }
        double most = levels(n.integer("bit_length", 8));
        Value by = n.op("mul", inverse(n, s), most);
        // halves to even are bounded afterwards, and reach one step further below
        Value y = n.integer("round_type", 1) == 0 ? n.between(rounded(n, n.op("mul", x, by), 1), -most - 1, most)
                : rounded(n, n.op("mul", n.op("max", n.op("min", x, s), n.op("neg", s)), by), 1);
        n.out(back ? n.op("div", n.op("mul", y, s), most) : y);
        n.out("OutScale", scale);
    }

    private static void byChannel(PaddleNode n) {
        Value x = n.cast(n.need("X"), ElementType.F32);
        List<Value> scales = n.ins("Scales");
        long[] bits = n.integers("quant_bits");
        // weights have their channel where quant_axis says, activations theirs in dimension 1
        int axis = n.axis(scales.size() > 1 ? n.integer("x_num_col_dims", 1) : n.integer("quant_axis", 0), x.rank());
        List<Dim> dims = new ArrayList<>(Collections.nCopies(x.rank(), Dim.ONE));
        dims.set(axis, scales.get(0).tensor().size());
        Value y = n.op("mul", x, n.op("div", n.reshape(scales.get(0), dims), n.like(x, levels(bits[0]))));
        if (scales.size() > 1) {
            y = n.op("mul", y, n.op("div", n.reshape(scales.get(1), List.of()), n.like(x, levels(bits[1]))));
        }
        n.out(y);
    }
}
