package dev.lathe.compiler.paddle.ops;

import static dev.lathe.compiler.paddle.PaddleTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.paddle.PaddleNode;
import java.util.List;

/** One step of a recurrent layer. */
public final class CellRows {
    private CellRows() {}

    public static void register() {
        add("gru_unit", CellRows::gru);
        add("lstm_unit", n -> {
            Value x = n.need("X");
            Value before = n.need("C_prev");
            Dim h = before.dim(1);
            Value i = n.op("sigmoid", n.part(x, 1, Dim.ZERO, h));
            Value f = n.op("sigmoid", n.op("add", n.part(x, 1, h, h), n.real("forget_bias", 0)));
            Value o = n.op("sigmoid", n.part(x, 1, h.times(2), h));
            Value g = n.op("tanh", n.part(x, 1, h.times(3), h));
            Value c = n.op("add", n.op("mul", f, before), n.op("mul", i, g));
            n.out("C", c);
            n.out("H", n.op("mul", o, n.op("tanh", c)));
        });
    }

    private static Value activate(PaddleNode n, Value x, String attr, long absent) {
        return n.activate(x, List.of("", "sigmoid", "tanh", "relu").get((int) n.integer(attr, absent)));
    }

    private static void gru(PaddleNode n) {
        Value x = n.need("Input");
        Value before = n.need("HiddenPrev");
        Dim h = before.dim(1);
        x = n.has("Bias") ? n.op("add", x, n.reshape(n.need("Bias"), Dim.ONE, h.times(3))) : x;
        // first the two gates' weights [h, 2h], then those of the candidate [h, h]
        Value flat = n.reshape(n.need("Weight"), h.times(h).times(3));
        Value gates = n.reshape(n.part(flat, 0, Dim.ZERO, h.times(h).times(2)), h, h.times(2));
        Value weights = n.reshape(n.part(flat, 0, h.times(h).times(2), h.times(h)), h, h);
        Value both = activate(n, n.op("add", n.part(x, 1, Dim.ZERO, h.times(2)), n.op("matmul", before, gates)), "gate_activation", 1);
        Value update = n.part(both, 1, Dim.ZERO, h);
        Value reset = n.op("mul", n.part(both, 1, h, h), before);
        Value candidate = activate(n, n.op("add", n.part(x, 1, h.times(2), h), n.op("matmul", reset, weights)), "activation", 2);
        boolean origin = n.flag("origin_mode", false);
        Value rest = n.op("sub", n.like(x, 1), update);
        n.out("Gate", n.concat(List.of(both, candidate), 1));
        n.out("ResetHiddenPrev", reset);
        n.out("Hidden", n.op("add", n.op("mul", origin ? rest : update, candidate), n.op("mul", origin ? update : rest, before)));
    }
}
