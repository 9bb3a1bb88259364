package dev.lathe.compiler.ir.op;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Type.TensorType;
import dev.lathe.compiler.ir.op.Op.Call;
import dev.lathe.compiler.ir.op.Op.Kind;
import java.util.ArrayList;
import java.util.List;

/**
 * Recurrent layers after the projection of their input, which is one matmul over all steps. D is 2 when direction is
 * "bidirectional", else 1; H hidden units; G gates: 4 (input, output, forget, cell), 3 (update, reset, hidden) or 1.
 *
 * <p>Operands: 0 projected input and biases [T, N, D*G*H]; 1 recurrent weights [D, G*H, H]; optional: 2 bias of the
 * recurrent product [D, G*H] (gru with reset_after only), 3 steps of each sequence [N], 4 first state [D, N, H],
 * 5 first cell [D, N, H], 6 peepholes [D, 3*H] (input, output, forget). Results: states of all steps [T, D, N, H], last
 * state [D, N, H], and of lstm the last cell.
 *
 * <p>Attributes: direction (forward, reverse, bidirectional); activations (texts, for each direction), alpha, beta (reals,
 * one an activation); clip (real, 0: none; bounds what goes into activations); coupled (bool: the forget gate is 1 - input
 * gate); reset_after (bool: the reset gate applies to the recurrent product, not to the state).
 */
final class RecurrentOps {
    private RecurrentOps() {}

    static List<Op> rows() {
        return List.of(
                new Op("lstm", 2, 7, Kind.PURE, c -> infer(c, 4)),
                new Op("gru", 2, 5, Kind.PURE, c -> infer(c, 3)),
                new Op("rnn", 2, 5, Kind.PURE, c -> infer(c, 1)),
                /*
                 * Attention as a recurrence on a matrix. q [B, T, Hq*dk], k [B, T, H*dk], v [B, T, H*dv], scale (a scalar); optional: 4 first
                 * state [B, H, dk, dv], 5 decay [B, T, H*dk or H], as logarithm, 6 beta [B, T, H or 1]; attributes: q_heads,
                 * kv_heads, delta (bool: what the state holds for the key is taken from the value). Results: [B, T, Hq*dv], last state
                 */
                new Op("linear_attention", 4, 7, Kind.PURE, RecurrentOps::linearAttention));
    }

    private static List<Type> linearAttention(Call c) {
        TensorType q = c.tensor(0);
        TensorType k = c.tensor(1);
        TensorType v = c.tensor(2);
        c.check(q.rank() == 3 && k.rank() == 3 && v.rank() == 3, () -> "operands are " + q + ", " + k + " and " + v + "; all need three dimensions");
        long heads = c.attrs().integer("kv_heads");
        long queries = c.attrs().integer("q_heads");
        c.check(heads > 0 && queries > 0 && queries % heads == 0, () -> queries + " heads of queries for " + heads + " of keys");
        Dim dv = v.dim(2).floorDiv(heads);
        return List.of(q.withDims(List.of(q.dim(0), q.dim(1), dv.times(queries))),
                q.withDims(List.of(q.dim(0), Dim.of(heads), k.dim(2).floorDiv(heads), dv)));
    }

    /** Number of directions. */
    static int directions(Call c) {
        return c.attrs().text("direction").equals("bidirectional") ? 2 : 1;
    }

    private static List<Type> infer(Call c, int gates) {
        TensorType x = c.tensor(0);
        TensorType r = c.tensor(1);
        int d = directions(c);
        c.check(x.rank() == 3 && r.rank() == 3, () -> "operands are " + x + " and " + r + "; both need three dimensions");
        c.check(x.elem() == r.elem(), () -> "operands are " + x + " and " + r + "; their element types must agree");
        Dim h = r.dim(2);
        fits(c, x.dim(2), h.times((long) d * gates), x + " projected for " + r);
        fits(c, r.dim(0), Dim.of(d), "recurrent weights " + r + " for direction " + c.attrs().text("direction"));
        fits(c, r.dim(1), h.times(gates), "recurrent weights " + r);
        c.check(c.attrs().texts("activations").size() == d * (gates == 4 ? 3 : gates == 3 ? 2 : 1), () -> "activations are " + c.attrs().texts("activations"));
        List<Dim> state = List.of(Dim.of(d), x.dim(1), h);
        for (int i = 4; i <= 5; i++) {
            for (int k = 0; c.has(i) && k < 3; k++) {
                c.check(c.rank(i) == 3, "operand " + i + " is " + c.tensor(i));
                fits(c, c.tensor(i).dim(k), state.get(k), "operand " + i + " is " + c.tensor(i));
            }
        }
        List<Type> t = new ArrayList<>();
        t.add(x.withDims(List.of(x.dim(0), Dim.of(d), x.dim(1), h)));
        t.add(x.withDims(state));
        if (gates == 4) {
            t.add(x.withDims(state));
        }
        return t;
    }

    private static void fits(Call c, Dim have, Dim want, String what) {
        c.check(!have.isConst() || !want.isConst() || have.equals(want), () -> what + ": " + have + " should be " + want);
    }
}
