package dev.lathe.compiler.paddle.ops;

import static dev.lathe.compiler.paddle.PaddleTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.paddle.PaddleNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Recurrent layers: over rows of sequences, whose input is projected already, and over padded batches. */
public final class RecurrentRows {
    private RecurrentRows() {}

    public static void register() {
        add("gru", RecurrentRows::gru);
        add("lstm", RecurrentRows::lstm);
        add("rnn", RecurrentRows::rnn);
        add("search_grnn", RecurrentRows::searched);
    }

    /** A layer of gated units without biases; its reset gate acts on what the state was multiplied to. */
    private static void searched(PaddleNode n) {
        Value x = n.need("X");
        Dim h = Dim.of(n.integer("num_hidden", 1));
        Dim in = Dim.of(n.integer("num_input", 1));
        // candidate, reset, update here; update, reset, candidate in the core operation
        Value w = reorder(n, n.reshape(n.need("Wi"), h.times(3), in), 0, h, 2, 1, 0);
        Value r = reorder(n, n.reshape(n.need("Wh"), h.times(3), h), 0, h, 2, 1, 0);
        Value lod = n.needLod("X");
        Sequences s = Sequences.of(n, lod);
        Dim steps = s.longest();
        Attrs a = attrs(n, List.of("sigmoid", "tanh")).with("reset_after", true);
        Value y = layer(n, "gru", a, s.pad(n.op("matmul", x, n.turned(w)), steps), n.unsqueeze(r, 0), null, s.lengths()).get(0);
        n.out(s.unpad(n.reshape(y, steps, s.count(), h), x.dim(0)));
        n.outLod("Out", lod);
    }

    private static Attrs attrs(PaddleNode n, List<String> activations) {
        double[] zeros = new double[activations.size()];
        List<Double> none = Arrays.stream(zeros).boxed().toList();
        return Attrs.of("direction", n.flag("is_reverse", false) ? "reverse" : "forward", "activations", activations, "alpha", none, "beta", none,
                "clip", 0.0, "coupled", false, "reset_after", false);
    }

    private static Value state(PaddleNode n, String slot, Dim count, Dim h) {
        return n.has(slot) ? n.reshape(n.need(slot), Dim.ONE, count, h) : null;
    }

    private static List<Value> layer(PaddleNode n, String op, Attrs a, Value... in) {
        List<Value> operands = new ArrayList<>(Arrays.asList(in));
        while (operands.get(operands.size() - 1) == null) {
            operands.remove(operands.size() - 1);
        }
        return n.b().add(op, operands, a, List.of(), (String[]) null);
    }

    private static void gru(PaddleNode n) {
        Value x = n.need("Input");
        Value w = n.need("Weight");
        Dim h = w.dim(0);
        Dim rows = x.dim(0);
        if (n.has("Bias")) {
            x = n.op("add", x, n.reshape(n.need("Bias"), Dim.ONE, h.times(3)));
        }
        // first the two gates' weights [h, 2h], then those of the candidate [h, h]
        Value flat = n.reshape(w, w.tensor().size());
        Value gates = n.transpose(n.reshape(n.part(flat, 0, Dim.ZERO, h.times(h).times(2)), h, h.times(2)), 1, 0);
        Value candidate = n.transpose(n.reshape(n.part(flat, 0, h.times(h).times(2), h.times(h)), h, h), 1, 0);
        String gate = n.text("gate_activation", "sigmoid");
        Value r = n.concat(List.of(gates, candidate), 0);
        if (!n.flag("origin_mode", false)) {
            // here the update gate takes the new state, in the core operation the old one: sigmoid(-a) is 1 - sigmoid(a)
            if (!gate.equals("sigmoid")) {
                throw n.unsupported("gate_activation " + gate);
            }
            Value sign = n.concat(List.of(n.expand(n.like(x, -1), List.of(h)), n.expand(n.like(x, 1), List.of(h.times(2)))), 0);
            x = n.op("mul", x, sign);
            r = n.op("mul", r, n.reshape(sign, h.times(3), Dim.ONE));
        }
        Value lod = n.needLod("Input");
        Sequences s = Sequences.of(n, lod);
        Dim steps = s.longest();
        Value y = layer(n, "gru", attrs(n, List.of(gate, n.text("activation", "tanh"))), s.pad(x, steps), n.reshape(r, Dim.ONE, h.times(3), h), null,
                s.lengths(), state(n, "H0", s.count(), h)).get(0);
        n.out("Hidden", s.unpad(n.reshape(y, steps, s.count(), h), rows));
        n.outLod("Hidden", lod);
    }

    private static void lstm(PaddleNode n) {
        Value x = n.need("Input");
        Value w = n.need("Weight");
        Dim h = w.dim(0);
        Dim rows = x.dim(0);
        Value peepholes = null;
        if (n.has("Bias")) {
            Value bias = n.reshape(n.need("Bias"), n.need("Bias").tensor().size());
            x = n.op("add", x, n.part(bias, 0, Dim.ZERO, h.times(4)));
            if (n.flag("use_peepholes", true)) {
                // of input, forget and output gate
                List<Value> p = List.of(n.part(bias, 0, h.times(4), h), n.part(bias, 0, h.times(6), h), n.part(bias, 0, h.times(5), h));
                peepholes = n.reshape(n.concat(p, 0), Dim.ONE, h.times(3));
            }
        }
        Value r = n.transpose(w, 1, 0);
        // candidate, input, forget, output here; input, output, forget, candidate in the core operation
        x = reorder(n, x, 1, h, 1, 3, 2, 0);
        r = reorder(n, r, 0, h, 1, 3, 2, 0);
        Value lod = n.needLod("Input");
        Sequences s = Sequences.of(n, lod);
        Dim steps = s.longest();
        List<String> activations = List.of(n.text("gate_activation", "sigmoid"), n.text("candidate_activation", "tanh"), n.text("cell_activation", "tanh"));
        Value y = layer(n, "lstm", attrs(n, activations), s.pad(x, steps), n.reshape(r, Dim.ONE, h.times(4), h), null, s.lengths(),
                state(n, "H0", s.count(), h), state(n, "C0", s.count(), h), peepholes).get(0);
        n.out("Hidden", s.unpad(n.reshape(y, steps, s.count(), h), rows));
        n.outLod("Hidden", lod);
    }

    private static Value reorder(PaddleNode n, Value v, int axis, Dim h, int... order) {
        List<Value> parts = new ArrayList<>();
        for (int i : order) {
            parts.add(n.part(v, axis, h.times(i), h));
        }
        return n.concat(parts, axis);
    }

    /** Layers of version 2: input [steps, batch, features]; all weights of all layers and directions, then all biases. */
    private static void rnn(PaddleNode n) {
        Value x = n.need("Input");
        String mode = n.text("mode", "LSTM");
        int directions = n.flag("is_bidirec", false) ? 2 : 1;
        int layers = n.intValue("num_layers", 1);
        List<Value> weights = n.ins("WeightList");
        List<Value> states = n.ins("PreState");
        Dim h = Dim.of(n.integer("hidden_size", 1));
        // ONNX's order of the gates: input, output, forget, cell; update, reset, hidden
        int[] order = mode.equals("LSTM") ? new int[] {0, 3, 1, 2} : mode.equals("GRU") ? new int[] {1, 0, 2} : new int[] {0};
        int all = 2 * directions * layers;
        if (weights.size() != 2 * all) {
            throw new LatheException("", "it has " + weights.size() + " weights; " + layers + " layers in " + directions + " directions need " + 2 * all);
        }
        List<List<Value>> last = List.of(new ArrayList<>(), new ArrayList<>());
        for (int l = 0; l < layers; l++) {
            List<List<Value>> parts = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
            for (int d = 0; d < directions; d++) {
                int at = 2 * (l * directions + d);
                for (int k = 0; k < 2; k++) {
                    Value w = reorder(n, weights.get(at + k), 0, h, order);
                    parts.get(k).add(n.reshape(w, Dim.ONE, w.dim(0), w.dim(1)));
                }
                Value bias = n.concat(List.of(reorder(n, weights.get(all + at), 0, h, order), reorder(n, weights.get(all + at + 1), 0, h, order)), 0);
                parts.get(2).add(n.reshape(bias, Dim.ONE, bias.dim(0)));
            }
            List<Value> in = new ArrayList<>(List.of(x, n.concat(parts.get(0), 0), n.concat(parts.get(1), 0), n.concat(parts.get(2), 0)));
            in.add(n.has("SequenceLength") ? n.cast(n.need("SequenceLength"), dev.lathe.runtime.ElementType.I32) : null);
            for (Value s : states) {
                in.add(n.part(s, 0, Dim.of((long) l * directions), Dim.of(directions)));
            }
            String op = mode.startsWith("RNN") ? "RNN" : mode;
            List<Object> a = new ArrayList<>(List.of("hidden_size", h.value(), "direction", directions == 2 ? "bidirectional" : "forward"));
            if (op.equals("GRU")) {
                a.addAll(List.of("linear_before_reset", 1L));
            }
            if (mode.equals("RNN_RELU")) {
                a.addAll(List.of("activations", directions == 2 ? new String[] {"Relu", "Relu"} : new String[] {"Relu"}));
            }
            List<Value> r = n.onnx(op, op.equals("LSTM") ? 3 : 2, a.toArray(), in.toArray(new Value[0]));
            for (int i = 1; i < r.size(); i++) {
                last.get(i - 1).add(r.get(i));
            }
            Value y = r.get(0);
            x = n.reshape(n.transpose(y, 0, 2, 1, 3), y.dim(0), y.dim(2), h.times(directions));
        }
        n.out(x);
        List<Value> finals = new ArrayList<>();
        last.stream().filter(v -> !v.isEmpty()).forEach(v -> finals.add(n.concat(v, 0)));
        n.outs("State", finals);
    }
}
