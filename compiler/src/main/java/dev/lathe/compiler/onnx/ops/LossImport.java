package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ImportTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.NodeImport;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.List;

/** Losses of classifiers. */
public final class LossImport {
    private LossImport() {}

    public static void register() {
        add("NegativeLogLikelihoodLoss", n -> n.out(loss(n, n.need(0))));
        add("SoftmaxCrossEntropyLoss", n -> {
            Value log = n.op("log_softmax", Attrs.of("axis", 1), n.need(0));
            n.out(loss(n, log));
            n.out(1, log);
        });
    }

    // x [N, C, d...] of log-probabilities, the right class in operand 1 [N, d...], a weight for each class in operand 2
    private static Value loss(NodeImport n, Value x) {
        Calc c = new Calc(n);
        Value target = c.cast(n.need(1), ElementType.I64);
        Value ignored = n.hasAttr("ignore_index") ? c.eq(target, n.integer("ignore_index", 0)) : null;
        List<Dim> dims = target.tensor().dims();
        List<Dim> column = new ArrayList<>(dims);
        column.add(1, Dim.ONE);
        Value picked = n.op("gather_elements", Attrs.of("axis", 1), x, c.reshape(target, column));
        Value loss = n.op("neg", c.reshape(picked, dims));
        Value weight = n.has(2) ? c.gather(n.in(2), target, 0) : null;
        if (ignored != null) {
            loss = c.where(ignored, c.num(loss, 0), loss);
            weight = c.where(ignored, c.num(loss, 0), weight == null ? c.num(loss, 1) : weight);
        }
        loss = weight == null ? loss : c.mul(loss, weight);
        return switch (n.text("reduction", "mean")) {
            case "none" -> loss;
            case "sum" -> c.total("sum", loss);
            default -> weight == null ? c.total("mean", loss) : c.div(c.total("sum", loss), c.total("sum", c.expand(weight, dims)));
        };
    }
}
