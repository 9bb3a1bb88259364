package dev.lathe.compiler.paddle.ops;

import static dev.lathe.compiler.paddle.PaddleTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.paddle.PaddleNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Quantisation of slim models: whole numbers kept in floats, and back. */
public final class QuantRows {
    private QuantRows() {}

    public static void register() {
        for (String op : new String[] {"fake_quantize_range_abs_max", "fake_quantize_moving_average_abs_max"}) {
            add(op, n -> quantize(n, n.need("InScale"), false));
        }
        add("fake_quantize_dequantize_moving_average_abs_max", n -> quantize(n, n.need("InScale"), true));
        add("fake_quantize_abs_max", n -> quantize(n, largest(n), false));
        add("fake_quantize_dequantize_abs_max", n -> quantize(n, largest(n), true));
        add("moving_average_abs_max_scale", n -> {
            n.out(n.op("identity", n.need("X")));
            if (n.has("InScale")) {
                n.out("OutScale", n.need("InScale"));
            }
        });
        add("fake_dequantize_max_abs", n -> {
            Value x = n.need("X");
            n.out(n.op("mul", x, n.op("div", n.reshape(n.need("Scale"), List.of()), n.like(x, n.real("max_range", 127)))));
        });
        add("fake_channel_wise_dequantize_max_abs", QuantRows::byChannel);
    }

    private static Value largest(PaddleNode n) {
        Value x = n.need("X");
        return n.reshape(n.reduce("max", n.op("abs", x), false, ShapeRows.all(x.rank())), Dim.ONE);
    }

    private static double levels(long bits) {
        return Math.pow(2, bits - 1) - 1;
    }

    private static void quantize(PaddleNode n, Value scale, boolean back) {
        Value x = n.need("X");
        Value s = n.reshape(scale, List.of());
        Value most = n.like(x, levels(n.integer("bit_length", 8)));
        Value inside = n.op("max", n.op("min", x, s), n.op("neg", s));
        Value y = n.op("round", n.op("mul", inside, n.op("div", most, s)));
        n.out(back ? n.op("mul", y, n.op("div", s, most)) : y);
        n.out("OutScale", scale);
    }

    private static void byChannel(PaddleNode n) {
        Value x = n.need("X");
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
