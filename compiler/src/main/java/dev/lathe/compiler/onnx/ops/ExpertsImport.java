package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ImportTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.NodeImport;
import dev.lathe.runtime.ElementType;
import java.util.List;

/** com.microsoft's mixture of experts: small networks of which a few are chosen for each token. */
public final class ExpertsImport {
    private ExpertsImport() {}

    public static void register() {
        add("com.microsoft.MoE", ExpertsImport::mixture);
    }

    /**
     * Every expert sees every token, and those that weren't chosen count nothing: the weights are read once whatever is chosen, and
     * all extents follow from the operands'.
     */
    private static void mixture(NodeImport n) {
        if (n.flag("use_sparse_mixer", false)) {
            throw n.unsupported("use_sparse_mixer");
        }
        Calc c = new Calc(n);
        Value x = n.need(0);
        Dim tokens = n.need(1).dim(0);
        Value rows = c.cast(c.reshape(x, Dim.ONE, tokens, x.dim(-1)), ElementType.F32);
        Value y = projected(n, rows, 2, 3);
        y = activated(n, y, n.has(6) ? projected(n, rows, 6, 7) : null);
        y = projected(n, y, 4, 5);
        // [experts, tokens, 1]
        Value share = c.transpose(shares(n), 1, 0);
        share = c.reshape(share, share.dim(0), tokens, Dim.ONE);
        // what wasn't chosen may be infinite
        y = c.where(n.op("gt", share, c.num(share, 0)), c.mul(y, share), c.num(y, 0));
        n.out(c.cast(c.reshape(c.reduce("sum", y, false, 0), x.tensor().dims()), x.elem()));
    }

    /** [1 or experts, tokens, in] through each expert's matrix [out, in]. */
    private static Value projected(NodeImport n, Value x, int matrix, int bias) {
        Calc c = new Calc(n);
        Value y = n.op("matmul", x, c.transpose(c.cast(n.need(matrix), ElementType.F32), 0, 2, 1));
        if (!n.has(bias)) {
            return y;
        }
        Value b = c.cast(n.in(bias), ElementType.F32);
        return c.add(y, c.reshape(b, b.dim(0), Dim.ONE, b.dim(1)));
    }

    /** How much each expert counts for each token, [tokens, experts]: 0 where it isn't among the best. */
    private static Value shares(NodeImport n) {
        Calc c = new Calc(n);
        Value p = n.op("softmax", Attrs.of("axis", 1), c.cast(n.need(1), ElementType.F32));
        Attrs best = Attrs.of("count", Dim.of(n.integer("k", 1)), "largest", true);
        List<Value> r = n.b().add("topk", List.of(p), best, List.of(), (String[]) null);
        Value v = r.get(0);
        v = n.flag("normalize_routing_weights", false) ? c.div(v, c.reduce("sum", v, true, 1)) : v;
        Value zeros = c.expand(c.num(v, 0), p.tensor().dims());
        return n.op("scatter_elements", Attrs.of("axis", 1, "reduction", "none"), zeros, r.get(1), v);
    }

    /** @param linear the product beside the gate, where it has a matrix of its own; else null */
    private static Value activated(NodeImport n, Value gate, Value linear) {
        Calc c = new Calc(n);
        String name = n.text("activation_type", "relu");
        long fusion = n.integer("swiglu_fusion", 0);
        if (name.equals("swiglu") && fusion > 0) {
            Dim half = gate.dim(-1).floorDiv(2);
            Value pairs = fusion == 1
                    ? c.reshape(gate, gate.dim(0), gate.dim(1), half, Dim.of(2))
                    : c.transpose(c.reshape(gate, gate.dim(0), gate.dim(1), Dim.of(2), half), 0, 1, 3, 2);
            linear = c.reshape(TensorImport.part(n, pairs, 3, Dim.ONE, Dim.ONE), gate.dim(0), gate.dim(1), half);
            gate = c.reshape(TensorImport.part(n, pairs, 3, Dim.ZERO, Dim.ONE), gate.dim(0), gate.dim(1), half);
        }
        if (name.equals("swiglu")) {
            if (linear == null) {
                throw new LatheException("", "swiglu needs two products; input 6 is missing, and swiglu_fusion says that input 2 holds one");
            }
            if (n.hasAttr("swiglu_limit")) {
                float limit = n.real("swiglu_limit", 0);
                gate = c.min(gate, c.num(gate, limit));
                linear = c.min(c.max(linear, -limit), c.num(linear, limit));
            }
            float beta = n.real("activation_beta", 0);
            Value swish = AttentionImport.swish(n, gate, n.real("activation_alpha", 1));
            return c.mul(swish, beta == 0 ? linear : c.add(linear, beta));
        }
        Value y = switch (name) {
            case "relu" -> n.op("relu", gate);
            case "gelu" -> MicrosoftImport.tanhGelu(n, gate);
            case "silu" -> AttentionImport.swish(n, gate, 1);
            case "identity" -> gate;
            default -> throw n.unsupported("activation_type " + name);
        };
        return linear == null ? y : c.mul(y, linear);
    }
}
