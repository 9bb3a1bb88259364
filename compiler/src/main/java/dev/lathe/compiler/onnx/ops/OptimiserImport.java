package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ImportTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.NodeImport;
import java.util.List;

/** One step of an optimiser. Operands: rate, number of the step, then groups of as many tensors as are optimised. */
public final class OptimiserImport {
    private static final String DOMAIN = "ai.onnx.preview.training.";

    private OptimiserImport() {}

    /** The step of one tensor: what it becomes, then its state. */
    private interface Step {
        Value[] of(NodeImport n, Calc c, Value rate, Value time, Value[] group);
    }

    public static void register() {
        add(DOMAIN + "Adagrad", n -> each(n, 3, OptimiserImport::adagrad));
        add(DOMAIN + "Adam", n -> each(n, 4, OptimiserImport::adam));
        add(DOMAIN + "Momentum", n -> each(n, 3, OptimiserImport::momentum));
    }

    private static void each(NodeImport n, int groups, Step step) {
        Calc c = new Calc(n);
        int count = (n.inputs() - 2) / groups;
        for (int i = 0; i < count; i++) {
            Value[] g = new Value[groups];
            for (int k = 0; k < groups; k++) {
                g[k] = n.need(2 + k * count + i);
            }
            Value rate = c.cast(c.reshape(n.need(0), List.<Dim>of()), g[0].elem());
            Value time = c.cast(c.reshape(n.need(1), List.<Dim>of()), g[0].elem());
            Value[] r = step.of(n, c, rate, time, g);
            for (int k = 0; k < r.length; k++) {
                n.out(k * count + i, r[k]);
            }
        }
    }

    /** The gradient of the tensor and of its norm. */
    private static Value gradient(NodeImport n, Calc c, Value[] g) {
        double norm = n.real("norm_coefficient", 0);
        return norm == 0 ? g[1] : c.add(c.mul(g[0], norm), g[1]);
    }

    private static Value[] adagrad(NodeImport n, Calc c, Value rate, Value time, Value[] g) {
        Value r = c.div(rate, c.add(c.mul(time, n.real("decay_factor", 0)), 1));
        Value d = gradient(n, c, g);
        Value h = c.add(g[2], c.mul(d, d));
        Value x = c.sub(g[0], c.div(c.mul(r, d), c.add(n.op("sqrt", h), n.real("epsilon", 1e-6))));
        return new Value[] {x, h};
    }

    private static Value[] adam(NodeImport n, Calc c, Value rate, Value time, Value[] g) {
        double alpha = n.real("alpha", 0.9);
        double beta = n.real("beta", 0.999);
        Value d = gradient(n, c, g);
        Value v = c.add(c.mul(g[2], alpha), c.mul(d, 1 - alpha));
        Value h = c.add(c.mul(g[3], beta), c.mul(c.mul(d, d), 1 - beta));
        Value one = c.num(time, 1);
        Value started = n.op("gt", time, c.num(time, 0));
        // not evaluated at step 0, where it would divide by 0
        Value steps = c.max(time, 1);
        Value correction = c.div(n.op("sqrt", c.sub(one, n.op("pow", c.num(time, beta), steps))), c.sub(one, n.op("pow", c.num(time, alpha), steps)));
        Value r = c.where(started, c.mul(rate, correction), rate);
        Value x = c.sub(g[0], c.div(c.mul(r, v), c.add(n.op("sqrt", h), n.real("epsilon", 1e-6))));
        double post = n.real("norm_coefficient_post", 0);
        return new Value[] {post == 0 ? x : c.mul(x, 1 - post), v, h};
    }

    private static Value[] momentum(NodeImport n, Calc c, Value rate, Value time, Value[] g) {
        double alpha = n.real("alpha", 0);
        Value d = gradient(n, c, g);
        Value beta = c.where(n.op("gt", time, c.num(time, 0)), c.num(time, n.real("beta", 0)), c.num(time, 1));
        Value v = c.add(c.mul(g[2], alpha), c.mul(beta, d));
        Value by = n.text("mode", "standard").equals("nesterov") ? c.add(d, c.mul(v, alpha)) : v;
        return new Value[] {c.sub(g[0], c.mul(rate, by)), v};
    }
}
