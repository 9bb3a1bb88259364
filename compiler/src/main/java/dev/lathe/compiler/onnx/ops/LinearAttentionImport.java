package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ImportTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.NodeImport;
import dev.lathe.runtime.ElementType;
import java.util.Arrays;
import java.util.List;

/** The operators of linear-attention and state-space models. */
public final class LinearAttentionImport {
    private LinearAttentionImport() {}

    public static void register() {
        add("LinearAttention", LinearAttentionImport::linear);
        add("CausalConvWithState", LinearAttentionImport::causalConv);
    }

    private static void linear(NodeImport n) {
        String rule = n.text("update_rule", "gated_delta");
        boolean gated = rule.startsWith("gated");
        boolean delta = rule.endsWith("delta");
        if (!List.of("linear", "gated", "delta", "gated_delta").contains(rule)) {
            throw new LatheException("", "update_rule \"" + rule + "\" is none of linear, gated, delta, gated_delta");
        }
        Value q = n.need(0);
        long heads = n.integer("kv_num_heads", 1);
        long queries = n.integer("q_num_heads", heads);
        Dim dk = q.dim(2).floorDiv(queries);
        double scale = n.real("scale", 0);
        Attrs a = Attrs.of("q_heads", queries, "kv_heads", heads, "delta", delta);
        Value by = scale != 0 ? n.b().scalar(ElementType.F32, scale) : AttentionImport.inverseRoot(n, dk, q.elem());
        List<Value> r = n.b().add("linear_attention", Arrays.asList(q, n.need(1), n.need(2), by, n.in(3), gated ? n.need(4) : null,
                delta ? n.need(5) : null), a, List.of(), (String[]) null);
        n.out(r.get(0));
        n.out(1, r.get(1));
    }

    // input [B, C, T], weight [C, 1, K], bias [C], past [B, C, K-1]
    private static void causalConv(NodeImport n) {
        Calc c = new Calc(n);
        Value x = n.need(0);
        Value w = n.need(1);
        Dim k = w.dim(2);
        Dim before = k.minus(1);
        Value padded;
        if (n.has(3)) {
            padded = n.op("concat", Attrs.of("axis", 2), n.in(3), x);
        } else {
            padded = n.op("pad", Attrs.of("before", List.of(Dim.ZERO, Dim.ZERO, before), "after", List.of(Dim.ZERO, Dim.ZERO, Dim.ZERO), "mode", "constant"), x);
        }
        Value y;
        if (k.isConst() && w.dim(0).isConst()) {
            Attrs a = Attrs.of("strides", new int[] {1}, "dilations", new int[] {1}, "pads", new int[2], "groups", w.dim(0).value(), "layout", "first");
            y = n.has(2) ? n.op("conv", a, padded, w, n.in(2)) : n.op("conv", a, padded, w);
        } else {
            // windows as another dimension
            List<Dim> s = LateAxes.strides(padded.tensor().dims());
            Value windows = n.op("strided", Attrs.of("offset", Dim.ZERO, "dims", List.of(x.dim(0), x.dim(1), x.dim(2), k),
                    "strides", List.of(s.get(0), s.get(1), Dim.ONE, Dim.ONE)), padded);
            // narrow types are rounded once, as a convolution does
            ElementType wide = x.elem() == ElementType.F64 ? x.elem() : ElementType.F32;
            y = c.cast(c.reduce("sum", c.mul(c.cast(windows, wide), c.cast(c.reshape(w, w.dim(0), Dim.ONE, k), wide)), false, 3), x.elem());
            y = n.has(2) ? c.add(y, c.reshape(n.in(2), w.dim(0), Dim.ONE)) : y;
        }
        String activation = n.text("activation", "none");
        y = switch (activation) {
            case "silu", "swish" -> AttentionImport.swish(n, y, 1);
            case "none", "" -> y;
            default -> throw new LatheException("", "activation \"" + activation + "\" is none of none, silu, swish");
        };
        n.out(y);
        n.out(1, TensorImport.part(n, padded, 2, padded.dim(2).minus(before), before));
    }
}
