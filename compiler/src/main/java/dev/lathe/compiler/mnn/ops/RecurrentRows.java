package dev.lathe.compiler.mnn.ops;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.mnn.MnnNode;
import dev.lathe.compiler.mnn.MnnTable;
import java.util.ArrayList;
import java.util.List;

/** Recurrent layers over [T, N, C]; their weights are operands. */
public final class RecurrentRows {
    /** Operands of one direction of a GRU. */
    private static final int GRU = 5;

    private RecurrentRows() {}

    public static void register() {
        MnnTable.all("LSTM", n -> layer(n, "LSTM", 4));
        MnnTable.all("RNN", n -> layer(n, "RNN", 1));
        MnnTable.all("RNNSequenceGRU", RecurrentRows::gru);
    }

    private static Value given(MnnNode n, int i) {
        return n.has(i) ? n.need(i) : null;
    }

    private static List<Value> layer(MnnNode n, String op, int gates) {
        if (n.in().size() < 4) {
            throw n.unsupported("a layer whose weights aren't operands");
        }
        Value w = n.need(1);
        Value r = n.need(2);
        Dim hidden = r.dim(2);
        Dim directions = w.dim(0);
        // there is one bias where ONNX has two
        Value bias = n.reshape(n.need(3), directions, n.need(3).tensor().size().floorDiv(directions));
        Dim rows = hidden.times(gates);
        if (bias.dim(1).equals(rows)) {
            bias = n.concat(List.of(bias, n.expand(n.like(bias, 0), List.of(directions, rows))), 1);
        }
        Object[] attrs = {"hidden_size", hidden.value(), "direction", directions.is(2) ? "bidirectional" : "forward"};
        List<Value> in = new ArrayList<>();
        for (Value v : new Value[] {n.need(0), w, r, bias, null, given(n, 4)}) {
            in.add(v);
        }
        if (gates > 1) {
            in.add(given(n, 5));
        }
        return n.onnx(op, gates > 1 ? 3 : 2, attrs, in.toArray(new Value[0]));
    }

    private static List<Value> gru(MnnNode n) {
        int hidden = n.integer(0, 0);
        int directions = n.flag(1) ? 2 : 1;
        Value x = n.need(0);
        Dim inputs = x.dim(2);
        Dim units = Dim.of(hidden);
        List<Value> w = new ArrayList<>();
        List<Value> r = new ArrayList<>();
        List<Value> bias = new ArrayList<>();
        for (int d = 0; d < directions; d++) {
            int at = 1 + GRU * d;
            // [inputs and units, update and reset], [inputs and units, candidate]
            Value all = n.transpose(n.concat(List.of(n.need(at), n.need(at + 2)), 1), 1, 0);
            w.add(n.unsqueeze(n.part(all, 1, Dim.ZERO, inputs), 0));
            r.add(n.unsqueeze(n.part(all, 1, inputs, units), 0));
            List<Value> both = new ArrayList<>();
            for (int k : new int[] {1, 3, 4}) {
                both.add(n.reshape(n.need(at + k), Dim.ONE, n.need(at + k).tensor().size()));
            }
            bias.add(n.concat(both, 1));
        }
        int begin = 1 + GRU * directions;
        Object[] attrs = {"hidden_size", (long) hidden, "direction", directions == 2 ? "bidirectional" : "forward", "linear_before_reset", n.flag(2) ? 1L : 0L};
        List<Value> y = n.onnx("GRU", 2, attrs, x, n.concat(w, 0), n.concat(r, 0), n.concat(bias, 0), null, given(n, begin));
        return n.flag(3) ? y : List.of(y.get(1));
    }
}
