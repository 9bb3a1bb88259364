package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ImportTable.add;

import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.NodeImport;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;

/** Operators from quantised values to quantised values. */
public final class QLinearImport {
    private static final String MS = "com.microsoft.";

    private QLinearImport() {}

    public static void register() {
        add("QLinearConv", QLinearImport::conv);
        add("QLinearMatMul", n -> {
            Quant q = new Quant(n);
            Value sums = q.matmul(n.need(0), QuantImport.rows(q, n.need(2)), n.need(3), QuantImport.columns(q, n.need(5)));
            Value scale = q.ratio(QuantImport.rows(q, n.need(1)), QuantImport.columns(q, n.need(4)), q.scalar(n.need(6)));
            n.out(q.rounded(q.c.mul(q.f32(sums), scale), q.scalar(n.need(7)), n.elem(7)));
        });
        add(MS + "QLinearConv", QLinearImport::conv);
        add(MS + "QGemm", QLinearImport::gemm);
        add(MS + "QLinearAdd", QLinearImport::sum);
        add(MS + "QLinearMul", n -> {
            // the zero point is added before rounding, as its kernels do: halves go to another side where it is odd
            Quant q = new Quant(n);
            Value scale = q.ratio(q.scalar(n.need(1)), q.scalar(n.need(4)), q.scalar(n.need(6)));
            Value r = q.c.mul(q.centred(n.need(0), q.scalar(n.in(2))), q.centred(n.need(3), q.scalar(n.in(5))));
            n.out(q.rounded(q.c.add(q.c.mul(r, scale), zero(q, n, 7)), null, n.elem(0)));
        });
        unary("QLinearSigmoid", (n, x) -> n.op("sigmoid", x));
        unary("QLinearLeakyRelu", (n, x) -> n.op("prelu", x, n.b().scalar(ElementType.F32, n.real("alpha", 0.01))));
        add(MS + "QLinearSoftmax", n -> {
            // axis and opset of the softmax that was quantised
            int axis = n.axis("axis", n.integer("opset", 13) < 13 ? 1 : -1, n.rank(0));
            through(n, x -> n.op("softmax", Attrs.of("axis", axis), x));
        });
        add(MS + "QLinearGlobalAveragePool", n -> pooled(n, n.flag("channels_last", false) ? spatial(1, n.rank(0) - 1) : spatial(2, n.rank(0)), true));
        add(MS + "QLinearAveragePool", n -> {
            boolean last = n.flag("channels_last", false);
            through(n, x -> {
                Value y = PoolImport.average(n, last ? n.b().toFirst(x) : x);
                return last ? n.b().toLast(y) : y;
            });
        });
        add(MS + "QLinearReduceMean", n -> {
            int[] axes = n.hasAttr("axes") ? java.util.Arrays.stream(n.ints("axes")).map(a -> n.axis(a, n.rank(0))).sorted().toArray() : spatial(0, n.rank(0));
            pooled(n, axes, n.flag("keepdims", true));
        });
        add(MS + "QLinearConcat", n -> {
            // y scale and zero point, then x, scale and zero point of each operand
            Quant q = new Quant(n);
            List<Value> parts = new ArrayList<>();
            for (int i = 2; i + 2 < n.inputs(); i += 3) {
                Value x = q.dequantized(n.need(i), q.scalar(n.need(i + 1)), q.scalar(n.need(i + 2)), ElementType.F32);
                parts.add(q.quantized(x, q.scalar(n.need(0)), q.scalar(n.need(1)), n.elem(1)));
            }
            n.out(n.b().op("concat", Attrs.of("axis", n.axis("axis", 1, n.rank(2))), parts));
        });
        add(MS + "QLinearWhere", n -> {
            Quant q = new Quant(n);
            Value x = q.dequantized(n.need(1), q.scalar(n.need(2)), q.scalar(n.need(3)), ElementType.F32);
            Value y = q.dequantized(n.need(4), q.scalar(n.need(5)), q.scalar(n.need(6)), ElementType.F32);
            n.out(q.quantized(q.c.where(n.need(0), x, y), q.scalar(n.need(7)), q.scalar(n.need(8)), n.elem(8)));
        });
        add(MS + "DynamicQuantizeMatMul", n -> {
            Quant q = new Quant(n);
            QuantImport.Dynamic a = QuantImport.dynamic(n, n.need(0));
            toFloat(n, q, a.y(), a.scale(), a.zero(), n.need(1), n.need(2), n.in(3), n.in(4));
        });
        add(MS + "MatMulIntegerToFloat", n -> toFloat(n, new Quant(n), n.need(0), n.need(2), n.in(4), n.need(1), n.need(3), n.in(5), n.in(6)));
    }

    // The fixed part first, then b, then a, each added by one fused multiply-add, as the kernels of the engine that made this
    // operator do: what is left rounds alike. An operand that is one number for whole rows counts as fixed.
    private static void sum(NodeImport n) {
        Quant q = new Quant(n);
        Calc c = q.c;
        Value a = q.f32(n.need(0));
        Value b = q.f32(n.need(3));
        Value toA = c.div(q.scalar(n.need(1)), q.scalar(n.need(6)));
        Value toB = c.div(q.scalar(n.need(4)), q.scalar(n.need(6)));
        Value fixed = c.sub(zero(q, n, 7), n.op("fma", toA, zero(q, n, 2), c.mul(toB, zero(q, n, 5))));
        boolean rowsOfA = repeats(a, b);
        boolean rowsOfB = !rowsOfA && repeats(b, a);
        Value r = rowsOfA ? c.add(fixed, c.mul(a, toA)) : rowsOfB ? c.add(fixed, c.mul(b, toB)) : n.op("fma", b, toB, fixed);
        r = rowsOfA ? n.op("fma", b, toB, r) : n.op("fma", a, toA, r);
        n.out(q.rounded(r, null, n.elem(0)));
    }

    /** Whether {@code v} broadcasts along the innermost dimension that has more than one element. */
    private static boolean repeats(Value v, Value beside) {
        for (int i = 1; i <= Math.max(v.rank(), beside.rank()); i++) {
            boolean one = i > v.rank() || v.dim(-i).is(1);
            boolean other = i > beside.rank() || beside.dim(-i).is(1);
            if (!one || !other) {
                return one;
            }
        }
        return true;
    }

    private static int[] spatial(int from, int to) {
        return java.util.stream.IntStream.range(from, to).toArray();
    }

    /** A zero point as an f32 scalar. */
    private static Value zero(Quant q, NodeImport n, int i) {
        return n.has(i) ? q.f32(q.scalar(n.in(i))) : n.b().scalar(ElementType.F32, 0);
    }

    /** Operands: x, its scale and zero point, scale and zero point of y. */
    private static void through(NodeImport n, UnaryOperator<Value> f) {
        Quant q = new Quant(n);
        Value x = q.dequantized(n.need(0), q.scalar(n.need(1)), q.scalar(n.in(2)), ElementType.F32);
        n.out(q.quantized(f.apply(x), q.scalar(n.need(3)), q.scalar(n.in(4)), n.elem(0)));
    }

    private static void unary(String name, BiFunction<NodeImport, Value, Value> f) {
        add(MS + name, n -> through(n, x -> f.apply(n, x)));
    }

    private static void pooled(NodeImport n, int[] axes, boolean keep) {
        Quant q = new Quant(n);
        Calc c = q.c;
        Value x = n.need(0);
        dev.lathe.codegen.dim.Dim count = dev.lathe.codegen.dim.Dim.ONE;
        for (int a : axes) {
            count = count.times(x.dim(a));
        }
        Value size = c.dim(count, ElementType.F32);
        // exact sums of differences
        Value wide = c.cast(x, ElementType.I32);
        wide = n.has(2) ? c.sub(wide, c.cast(q.scalar(n.in(2)), ElementType.I32)) : wide;
        Value sum = q.f32(c.reduce("sum", wide, keep, axes));
        Value scale = c.div(q.scalar(n.need(1)), c.mul(q.scalar(n.need(3)), size));
        n.out(q.rounded(c.mul(sum, scale), q.scalar(n.in(4)), n.elem(0)));
    }

    private static void conv(NodeImport n) {
        Quant q = new Quant(n);
        Value x = n.need(0);
        Value w = n.need(3);
        int rank = x.rank();
        boolean last = n.flag("channels_last", false);
        x = last ? n.b().toFirst(x) : x;
        Value sums = q.conv(x, q.scalar(n.need(2)), w, q.along(n.need(5), 0, rank));
        Value bias = n.has(8) ? q.along(n.in(8), 1, rank) : null;
        Value scale = q.along(q.ratio(q.scalar(n.need(1)), q.along(n.need(4), 0, 1), q.scalar(n.need(6))), 1, rank);
        Value y = q.rounded(q.c.mul(q.withBias(sums, bias), scale), q.scalar(n.need(7)), n.elem(7));
        n.out(last ? n.b().toLast(y) : y);
    }

    // a, scale, zero, b, scale, zero, c, y scale, y zero
    private static void gemm(NodeImport n) {
        Quant q = new Quant(n);
        Value a = n.flag("transA", false) ? q.c.transpose(n.need(0), 1, 0) : n.need(0);
        Value b = n.flag("transB", false) ? Weights.transpose(n, n.need(3), 1, 0) : n.need(3);
        Value sums = q.matmul(a, q.scalar(n.in(2)), b, QuantImport.columns(q, n.in(5)));
        double alpha = n.real("alpha", 1);
        Value scale = q.c.mul(q.scalar(n.need(1)), QuantImport.columns(q, n.need(4)));
        scale = alpha == 1 ? scale : q.c.mul(scale, alpha);
        Value r = q.withBias(sums, n.in(6));
        if (n.has(7)) {
            n.out(q.rounded(q.c.mul(r, q.c.div(scale, q.scalar(n.in(7)))), q.scalar(n.in(8)), n.has(8) ? n.elem(8) : n.elem(0)));
        } else {
            n.out(q.c.mul(r, scale));
        }
    }

    private static void toFloat(NodeImport n, Quant q, Value a, Value aScale, Value aZero, Value b, Value bScale, Value bZero, Value bias) {
        Value sums = q.f32(q.matmul(a, QuantImport.rows(q, aZero), b, QuantImport.columns(q, bZero)));
        Value y = q.c.mul(sums, q.c.mul(QuantImport.rows(q, aScale), QuantImport.columns(q, bScale)));
        n.out(bias == null ? y : q.c.add(y, bias));
    }
}
