package dev.lathe.compiler.tflite;

import static dev.lathe.compiler.tflite.TfliteTable.add;
import static dev.lathe.compiler.tflite.TfliteTable.all;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.GraphBuilder;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.ops.LoopImport;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.List;

/** Recurrent layers, step by step, and filters over time. */
final class TfliteRecurrent {
    private TfliteRecurrent() {}

    static void register() {
        add(27, TfliteRecurrent::filter);
        add(24, n -> rnn(n, n.need(0), 1, n.small(0), false));
        add(35, n -> timed(n, rnn(n, timeFirst(n, n.flag(0)), 1, n.small(1), false), n.flag(0)));
        all(46, n -> {
            Value x = timeFirst(n, n.flag(0));
            if (n.has(9)) {
                throw n.unsupported("a layer with a second input");
            }
            return both(n, rnn(n, x, 1, n.small(1), false), rnn(n, x, 5, n.small(1), true), n.flag(0), n.flag(2));
        });
        all(16, n -> n.small(3) == 1 ? basic(n) : List.of(cells(n, n.need(0), operands(n), false, true).get(0)));
        all(52, n -> {
            boolean first = n.flag(4);
            Value x = timeFirst(n, first);
            int[] forward = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 35, 36};
            int[] backward = {18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 37, 38};
            if (n.has(39)) {
                throw n.unsupported("an LSTM with a second input");
            }
            return both(n, cells(n, x, pick(n, forward), false, false).get(0), cells(n, x, pick(n, backward), true, false).get(0), first, n.flag(3));
        });
    }

    private static List<Value> both(TfliteNode n, Value forward, Value backward, boolean first, boolean merge) {
        return merge ? List.of(timed(n, n.concat(List.of(forward, backward), 2), first)) : List.of(timed(n, forward, first), timed(n, backward, first));
    }

    /** From time in front to what the operator gives. */
    private static Value timed(TfliteNode n, Value y, boolean first) {
        return first ? y : n.transpose(y, 1, 0, 2);
    }

    private static Value activation(GraphBuilder b, Value x, int kind) {
        return switch (kind) {
            case 0 -> x;
            case 1 -> b.op("relu", x);
            case 3 -> b.op("min", b.op("relu", x), b.scalar(x.elem(), 6));
            case 4 -> b.op("tanh", x);
            case 6 -> b.op("sigmoid", x);
            default -> b.op("min", b.op("max", x, b.scalar(x.elem(), -1)), b.scalar(x.elem(), 1));
        };
    }

    // ---- filters over time --------------------------------------------------------------------------------------

    /** Each filter sums what it found in the last steps; the newest stands last. */
    private static Value filter(TfliteNode n) {
        Value x = n.need(0);
        Value features = n.need(1);
        Value times = n.need(2);
        Dim batch = x.dim(0);
        Dim filters = features.dim(0);
        Dim memory = times.dim(1);
        Value sum = n.op("matmul", x, n.transpose(features, 1, 0));
        Value found = n.reshape(n.held() == null ? sum : n.held().like(n.b(), 4, sum), batch, filters, Dim.ONE);
        Value state = n.reshape(n.cast(n.need(4), ElementType.F32), batch, filters, memory);
        Value all = n.concat(List.of(n.part(state, 2, Dim.ONE, memory.minus(1)), found), 2);
        Value sums = n.reduce("sum", n.op("mul", all, times), false, 2);
        long rank = Math.max(1, n.option(0, 1));
        Value y = n.reduce("sum", n.reshape(sums, batch, filters.floorDiv(rank), Dim.of(rank)), false, 2);
        return n.activate(n.has(3) ? n.op("add", y, n.need(3)) : y, 1);
    }

    // ---- plain layers -------------------------------------------------------------------------------------------

    private static Value timeFirst(TfliteNode n, boolean already) {
        return already ? n.need(0) : n.transpose(n.need(0), 1, 0, 2);
    }

    /** @param x [T, N, C], or one step [N, C] @param at where its weights, recurrent weights, bias and state stand */
    private static Value rnn(TfliteNode n, Value in, int at, int kind, boolean reverse) {
        Value w = n.op("add", n.onnx("MatMul", in, n.transpose(n.need(at), 1, 0)), n.need(at + 2));
        Value r = n.transpose(n.need(at + 1), 1, 0);
        if (in.rank() == 2) {
            return activation(n.b(), n.op("add", w, n.op("matmul", n.need(at + 3), r)), kind);
        }
        Dim time = in.dim(0);
        List<Value> done = LoopImport.loop(n.b(), time, null, List.of(n.need(at + 3)), (b, turn, carried) -> {
            Value step = reverse ? b.op("sub", b.dim(time.minus(1)), turn) : turn;
            Value h = activation(b, b.op("add", b.op("gather", Attrs.of("axis", 0), w, step), b.op("matmul", carried.get(0), r)), kind);
            return new LoopImport.Turn(null, List.of(h), List.of(b.op("identity", h)));
        });
        return reverse ? n.flip(done.get(1), 0) : done.get(1);
    }

    // ---- LSTM ---------------------------------------------------------------------------------------------------

    private static Value[] pick(TfliteNode n, int[] at) {
        Value[] r = new Value[23];
        for (int i = 0; i < at.length; i++) {
            r[i] = n.has(at[i]) ? n.need(at[i]) : null;
        }
        return r;
    }

    /** Operands 1 and on of one layer, in the format's order. */
    static Value[] operands(TfliteNode n) {
        int[] at = new int[23];
        for (int i = 0; i < at.length; i++) {
            at[i] = i + 1;
        }
        return pick(n, at);
    }

    /**
     * A layer with all that it may have.
     *
     * @param x [T, N, C], or one step [N, C]
     * @param p weights and recurrent weights of the gates (input, forget, cell, output), peepholes (input, forget, output), biases, projection
     *     and its bias, state, cell, and what normalises the gates; those that are absent are null
     */
    static List<Value> cells(TfliteNode n, Value x, Value[] p, boolean reverse, boolean single) {
        int kind = n.small(0);
        float cellClip = n.real(1, 0);
        float outClip = n.real(2, 0);
        Rounding rounding = Rounding.of(n);
        Value taken = rounding.range(n.b(), x);
        // what no step changes stands outside of the loop
        Value[] in = new Value[4];
        Value[] back = new Value[4];
        for (int k = 0; k < 4; k++) {
            in[k] = p[k] == null ? null : n.onnx("MatMul", taken, n.transpose(p[k], 1, 0));
            back[k] = p[4 + k] == null ? null : n.transpose(p[4 + k], 1, 0);
        }
        Value project = p[15] == null ? null : n.transpose(p[15], 1, 0);
        if (single) {
            return step(n.b(), in, back, p, project, p[17], p[18], kind, cellClip, outClip, rounding);
        }
        Dim time = x.dim(0);
        List<Value> done = LoopImport.loop(n.b(), time, null, List.of(p[17], p[18]), (b, turn, carried) -> {
            Value at = reverse ? b.op("sub", b.dim(time.minus(1)), turn) : turn;
            Value[] now = new Value[4];
            for (int k = 0; k < 4; k++) {
                now[k] = in[k] == null ? null : b.op("gather", Attrs.of("axis", 0), in[k], at);
            }
            List<Value> r = step(b, now, back, p, project, carried.get(0), carried.get(1), kind, cellClip, outClip, rounding);
            return new LoopImport.Turn(null, r, List.of(b.op("identity", r.get(0))));
        });
        return List.of(reverse ? n.flip(done.get(2), 0) : done.get(2));
    }

    /** What a layer rounds inside, where the model is read with the steps of its types. */
    private record Rounding(TfliteHeld held, boolean bytes, boolean mixed, boolean asymmetric) {
        private static final int STATE = 18;
        private static final int CELL = 19;
        /** Sums of gates have 12 bits behind the point, what activations give has 15. */
        private static final int SUM = 12;
        private static final int SHARE = 15;
        private static final int HIDDEN = 4;

        static Rounding of(TfliteNode n) {
            TfliteHeld h = n.held();
            // weights of the output gate, which no layer lacks
            return new Rounding(h, h != null && h.bytes(), h != null && h.mixed(4), n.flag(4));
        }

        /** Floats that meet bytes. */
        Value range(GraphBuilder b, Value x) {
            return mixed ? TfliteSteps.rows(b, x, x.rank() - 1, asymmetric) : x;
        }

        private Value fixed(GraphBuilder b, Value x, int bits) {
            return bytes ? TfliteSteps.nearest(b, x, ElementType.I16, (float) Math.pow(2, -bits), 0) : x;
        }

        Value sum(GraphBuilder b, Value x) {
            return fixed(b, x, SUM);
        }

        Value share(GraphBuilder b, Value x) {
            return fixed(b, x, SHARE);
        }

        Value cell(GraphBuilder b, Value x) {
            return bytes ? held.like(b, CELL, x) : x;
        }

        Value hidden(GraphBuilder b, Value x) {
            return bytes ? held.between(b, HIDDEN, x) : range(b, x);
        }

        Value state(GraphBuilder b, Value x) {
            return bytes ? held.like(b, STATE, x) : x;
        }
    }

    private static List<Value> step(GraphBuilder b, Value[] in, Value[] back, Value[] p, Value project, Value h, Value c, int kind, float cellClip, float outClip,
            Rounding r) {
        Value last = r.range(b, h);
        Value forget = r.share(b, b.op("sigmoid", gate(b, 1, in, back, p, last, p[9], c, r)));
        Value input = in[0] == null ? b.op("sub", b.scalar(c.elem(), 1), forget) : r.share(b, b.op("sigmoid", gate(b, 0, in, back, p, last, p[8], c, r)));
        Value candidate = r.share(b, activation(b, gate(b, 2, in, back, p, last, null, c, r), kind));
        Value sum = r.cell(b, b.op("add", r.cell(b, b.op("mul", forget, c)), r.cell(b, b.op("mul", input, candidate))));
        Value cell = limited(b, sum, cellClip);
        Value output = r.share(b, b.op("sigmoid", gate(b, 3, in, back, p, last, p[10], cell, r)));
        Value y = b.op("mul", output, r.share(b, activation(b, cell, kind)));
        if (project != null) {
            y = b.op("matmul", r.hidden(b, y), project);
            y = limited(b, p[16] == null ? y : b.op("add", y, p[16]), outClip);
        }
        return List.of(r.state(b, y), cell);
    }

    private static Value limited(GraphBuilder b, Value v, float limit) {
        return limit <= 0 ? v : b.op("min", b.op("max", v, b.scalar(v.elem(), -limit)), b.scalar(v.elem(), limit));
    }

    private static Value gate(GraphBuilder b, int k, Value[] in, Value[] back, Value[] p, Value h, Value peephole, Value c, Rounding r) {
        boolean normed = p[19 + k] != null;
        boolean biased = p[11 + k] != null;
        // a bias belongs to the first sum where nothing is normalised
        Value first = biased && !normed ? b.op("add", in[k], p[11 + k]) : in[k];
        Value sum = r.sum(b, b.op("add", r.sum(b, first), r.sum(b, b.op("matmul", h, back[k]))));
        sum = peephole == null ? sum : r.sum(b, b.op("add", sum, r.sum(b, b.op("mul", c, peephole))));
        if (normed) {
            Attrs a = Attrs.of("dims", 1, "eps", 1e-8, "mean", true);
            sum = b.op("layer_norm", a, List.of(sum, p[19 + k]));
            sum = biased ? b.op("add", sum, p[11 + k]) : sum;
        }
        return sum;
    }

    /** The first version's cell: all weights in one matrix, gates input, cell, forget, output. */
    private static List<Value> basic(TfliteNode n) {
        Value x = n.concat(List.of(n.need(0), n.need(1)), 1);
        Value gates = n.op("add", n.op("matmul", x, n.transpose(n.need(2), 1, 0)), n.need(3));
        Dim h = n.need(4).dim(-1);
        List<Value> g = new ArrayList<>();
        for (int k = 0; k < 4; k++) {
            Value part = n.part(gates, 1, h.times(k), h);
            g.add(n.op(k == 1 ? "tanh" : "sigmoid", part));
        }
        Value cell = n.op("add", n.op("mul", g.get(2), n.need(4)), n.op("mul", g.get(0), g.get(1)));
        return List.of(n.op("mul", g.get(3), n.op("tanh", cell)), cell, x, gates);
    }
}
