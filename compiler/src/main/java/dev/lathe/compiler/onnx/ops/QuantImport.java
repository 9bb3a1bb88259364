package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ImportTable.add;

import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.NodeImport;
import dev.lathe.runtime.ElementType;

/** Quantisation, and integer products of quantised values. */
public final class QuantImport {
    private QuantImport() {}

    public static void register() {
        for (String domain : new String[] {"", "com.microsoft."}) {
            add(domain + "QuantizeLinear", QuantImport::quantize);
            add(domain + "DequantizeLinear", QuantImport::dequantize);
        }
        add("DynamicQuantizeLinear", n -> {
            Dynamic d = dynamic(n, n.need(0));
            n.out(0, d.y());
            n.out(1, d.scale());
            n.out(2, d.zero());
        });
        add("ConvInteger", n -> {
            Quant q = new Quant(n);
            Value w = n.need(1);
            n.out(q.c.cast(q.conv(n.need(0), q.scalar(n.in(2)), w, q.along(n.in(3), 0, w.rank())), ElementType.I32));
        });
        add("MatMulInteger", n -> {
            Quant q = new Quant(n);
            n.out(q.c.cast(q.matmul(n.need(0), rows(q, n.in(2)), n.need(1), columns(q, n.in(3))), ElementType.I32));
        });
    }

    /** One for all or one for each row of a matrix. */
    static Value rows(Quant q, Value v) {
        return v == null ? null : v.rank() == 1 && !v.dim(0).is(1) ? q.c.reshape(v, v.dim(0), dev.lathe.codegen.dim.Dim.ONE) : q.along(v, 0, 1);
    }

    /** One for all or one for each column of a matrix. */
    static Value columns(Quant q, Value v) {
        return v == null ? null : q.along(v, 0, 1);
    }

    /** A scale or zero point as it meets {@code x}: one for all, for each of an axis, or for each block of one; null stays null. */
    private static Value steps(Quant q, NodeImport n, Value v, Value x) {
        int axis = x.rank() == 0 ? 0 : n.axis(Math.min(n.integer("axis", 1), Math.max(0, x.rank() - 1)), x.rank());
        long block = n.integer("block_size", 0);
        return block > 0 ? q.blocks(v, x, axis, block) : q.along(v, axis, x.rank());
    }

    private static void quantize(NodeImport n) {
        Quant q = new Quant(n);
        Value x = n.need(0);
        Value scale = steps(q, n, n.need(1), x);
        Value zero = steps(q, n, n.in(2), x);
        ElementType to = zero != null ? zero.elem() : n.type("output_dtype", ElementType.U8);
        if (to.isFloat()) {
            Value v = q.c.div(q.f32(x), q.f32(scale));
            n.out(n.op("cast", Attrs.of("to", to, "saturate", n.flag("saturate", true)), v));
            return;
        }
        n.out(q.quantized(x, scale, zero, to));
    }

    private static void dequantize(NodeImport n) {
        Quant q = new Quant(n);
        Value x = n.need(0);
        Value scale = steps(q, n, n.need(1), x);
        Value zero = steps(q, n, n.in(2), x);
        n.out(q.dequantized(x, scale, zero, n.type("output_dtype", scale.elem())));
    }

    /** A tensor quantised to u8 over its own range. */
    record Dynamic(Value y, Value scale, Value zero) {}

    static Dynamic dynamic(NodeImport n, Value x) {
        Quant q = new Quant(n);
        Calc c = q.c;
        Value lo = n.op("min", c.total("min", x), c.num(x, 0));
        Value hi = n.op("max", c.total("max", x), c.num(x, 0));
        // a scale of 0 would stand for nothing
        Value range = c.sub(hi, lo);
        Value scale = c.where(c.eq(range, 0), c.num(x, 1), c.div(range, c.num(x, 255)));
        Value zero = c.sub(c.num(x, 0), c.div(lo, scale));
        zero = n.op("min", n.op("max", zero, c.num(x, 0)), c.num(x, 255));
        Value z = c.cast(c.cast(n.op("round", zero), ElementType.I32), ElementType.U8);
        return new Dynamic(q.quantized(x, scale, z, ElementType.U8), scale, z);
    }
}
