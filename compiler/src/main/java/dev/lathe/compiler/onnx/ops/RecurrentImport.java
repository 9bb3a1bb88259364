package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ImportTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.NodeImport;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** LSTM, GRU and RNN: one product projects the input of all steps, then the recurrent core operation. */
public final class RecurrentImport {
    /** Defaults of the parameters of activations that have any: alpha, beta. */
    private static final Map<String, double[]> PARAMETERS = Map.of("affine", new double[] {1, 0}, "leakyrelu", new double[] {0.01},
            "thresholdedrelu", new double[] {1}, "scaledtanh", new double[] {1, 1}, "hardsigmoid", new double[] {0.2, 0.5}, "elu", new double[] {1});

    private static final List<String> ACTIVATIONS = List.of("relu", "tanh", "sigmoid", "affine", "leakyrelu", "thresholdedrelu", "scaledtanh",
            "hardsigmoid", "elu", "softsign", "softplus");

    private RecurrentImport() {}

    public static void register() {
        add("LSTM", n -> layer(n, "lstm", 4, "sigmoid", "tanh", "tanh"));
        add("GRU", n -> layer(n, "gru", 3, "sigmoid", "tanh"));
        add("RNN", n -> layer(n, "rnn", 1, "tanh"));
    }

    private static void layer(NodeImport n, String op, int gates, String... activations) {
        boolean batchFirst = n.flag("layout", false);
        String direction = n.text("direction", "forward").toLowerCase(Locale.ROOT);
        if (!List.of("forward", "reverse", "bidirectional").contains(direction)) {
            throw new LatheException("", "direction \"" + direction + "\" is none of forward, reverse, bidirectional");
        }
        int d = direction.equals("bidirectional") ? 2 : 1;
        Dim h = n.hasAttr("hidden_size") ? Dim.of(n.integer("hidden_size", 0)) : n.need(2).dim(2);
        Dim rows = h.times(gates);
        Value x = batchFirst ? n.op("transpose", Attrs.of("perm", new int[] {1, 0, 2}), n.need(0)) : n.need(0);
        Value w = Weights.transpose(n, n.need(1), 2, 0, 1);
        w = Weights.reshape(n, w, List.of(x.dim(2).isConst() ? x.dim(2) : w.dim(0), rows.times(d)));
        Value r = Weights.reshape(n, n.need(2), List.of(Dim.of(d), rows, h));
        boolean resetAfter = op.equals("gru") && n.flag("linear_before_reset", false);
        Value own = null;
        Value projected;
        if (n.has(3)) {
            Value b = Weights.reshape(n, n.in(3), List.of(Dim.of(d), Dim.of(2), rows));
            Value input = half(n, b, 0, d, rows);
            own = half(n, b, 1, d, rows);
            Value bias = constant(n, resetAfter ? input : n.op("add", input, own));
            projected = n.op("matmul", x, w, constant(n, n.op("reshape", Attrs.of("dims", List.of(rows.times(d))), bias)));
        } else {
            projected = n.op("matmul", x, w);
        }
        List<Value> in = new ArrayList<>(Arrays.asList(projected, r, resetAfter && own != null ? constant(n, own) : null, n.in(4), state(n, 5, d, h, batchFirst)));
        if (op.equals("lstm")) {
            in.add(state(n, 6, d, h, batchFirst));
            in.add(n.in(7));
        }
        while (in.get(in.size() - 1) == null) {
            in.remove(in.size() - 1);
        }
        Attrs a = activations(n, Attrs.of("direction", direction, "clip", n.real("clip", 0), "coupled", n.flag("input_forget", false),
                "reset_after", resetAfter), d, activations);
        List<Value> out = n.b().add(op, in, a, List.of(), (String[]) null);
        n.out(0, batchFirst ? n.op("transpose", Attrs.of("perm", new int[] {2, 0, 1, 3}), out.get(0)) : out.get(0));
        for (int i = 1; i < out.size(); i++) {
            n.out(i, batchFirst ? n.op("transpose", Attrs.of("perm", new int[] {1, 0, 2}), out.get(i)) : out.get(i));
        }
    }

    // half 0 or 1 of the biases [D, 2, rows] as [D, rows]
    private static Value half(NodeImport n, Value b, int which, int d, Dim rows) {
        return n.op("reshape", Attrs.of("dims", List.of(Dim.of(d), rows)), TensorImport.part(n, b, 1, Dim.of(which), Dim.ONE));
    }

    /** The value as a constant where it is known. */
    private static Value constant(NodeImport n, Value v) {
        var t = n.constantOf(v);
        return t == null ? v : n.b().constant(t);
    }

    private static Value state(NodeImport n, int i, int d, Dim h, boolean batchFirst) {
        if (!n.has(i)) {
            return null;
        }
        Value v = batchFirst ? n.op("transpose", Attrs.of("perm", new int[] {1, 0, 2}), n.in(i)) : n.in(i);
        return Weights.reshape(n, v, List.of(Dim.of(d), v.dim(1), h));
    }

    private static Attrs activations(NodeImport n, Attrs a, int d, String... defaults) {
        List<String> names = n.hasAttr("activations") ? n.texts("activations").stream().map(s -> s.toLowerCase(Locale.ROOT)).toList() : List.of();
        if (names.isEmpty()) {
            names = new ArrayList<>(List.of(defaults));
            if (d == 2) {
                names.addAll(List.of(defaults));
            }
        }
        if (names.size() != d * defaults.length) {
            throw new LatheException("", "activations are " + names + "; " + d * defaults.length + " are needed");
        }
        float[] alphas = n.hasAttr("activation_alpha") ? n.reals("activation_alpha") : new float[0];
        float[] betas = n.hasAttr("activation_beta") ? n.reals("activation_beta") : new float[0];
        List<Double> alpha = new ArrayList<>();
        List<Double> beta = new ArrayList<>();
        int nextAlpha = 0;
        int nextBeta = 0;
        for (String name : names) {
            if (!ACTIVATIONS.contains(name)) {
                throw new LatheException("", "activation \"" + name + "\" is not known", "activations are " + ACTIVATIONS);
            }
            // only functions that have a parameter take one from the list
            double[] p = PARAMETERS.getOrDefault(name, new double[0]);
            alpha.add(p.length == 0 ? 0 : nextAlpha < alphas.length ? alphas[nextAlpha++] : p[0]);
            beta.add(p.length < 2 ? 0 : nextBeta < betas.length ? betas[nextBeta++] : p[1]);
        }
        return a.with("activations", names).with("alpha", alpha).with("beta", beta);
    }
}
