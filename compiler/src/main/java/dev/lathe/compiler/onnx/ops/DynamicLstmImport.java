package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ImportTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.NodeImport;
import dev.lathe.compiler.onnx.ops.LoopImport.Turn;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * LSTM whose weights are integers and whose inputs and states are quantised over their own range: the input at once, the
 * state in each turn of a loop.
 */
public final class DynamicLstmImport {
    private DynamicLstmImport() {}

    public static void register() {
        // X, W [D, I, 4H], R [D, H, 4H], biases, lengths, first h and c, peepholes, then scale and zero point of W and of R
        add("com.microsoft.DynamicQuantizeLSTM", DynamicLstmImport::layer);
    }

    private static void layer(NodeImport n) {
        Calc c = new Calc(n);
        String direction = n.text("direction", "forward").toLowerCase(Locale.ROOT);
        List<String> activations = n.texts("activations");
        boolean usual = activations == null || activations.stream().map(s -> s.toLowerCase(Locale.ROOT)).toList().toString().matches("\\[(sigmoid, tanh, tanh(, )?)*\\]");
        if (!usual || n.flag("input_forget", false) || n.real("clip", 0) != 0) {
            throw n.unsupported("activations other than sigmoid and tanh, clip or input_forget of a quantised LSTM");
        }
        int d = direction.equals("bidirectional") ? 2 : 1;
        List<List<Value>> each = new ArrayList<>();
        for (int i = 0; i < d; i++) {
            each.add(one(n, i, direction.equals("reverse") || i == 1));
        }
        n.out(0, n.op("concat", Attrs.of("axis", 1), each.stream().map(r -> r.get(0)).toArray(Value[]::new)));
        for (int i = 1; i < 3; i++) {
            int k = i;
            Value[] states = each.stream().map(r -> c.reshape(r.get(k), Dim.ONE, r.get(k).dim(0), r.get(k).dim(1))).toArray(Value[]::new);
            n.out(i, n.op("concat", Attrs.of("axis", 0), states));
        }
    }

    /** Direction {@code d} of an operand, without that dimension; null when the operand is absent. */
    private static Value of(NodeImport n, int i, int d) {
        if (!n.has(i)) {
            return null;
        }
        Value v = n.in(i);
        Value part = v.dim(0).is(1) ? v : TensorImport.part(n, v, 0, Dim.of(d), Dim.ONE);
        Tensor t = n.constantOf(v);
        if (t != null && !v.dim(0).is(1)) {
            // weights stay constants, so that sums of products are seen to be exact
            int size = t.size() / t.dims()[0];
            Object data = t.type().storage().allocate(size);
            System.arraycopy(t.data(), d * size, data, 0, size);
            int[] dims = t.dims().clone();
            dims[0] = 1;
            part = n.b().constant(new Tensor(t.type(), dims, data));
        }
        return Weights.reshape(n, part, v.tensor().dims().subList(1, v.rank()));
    }

    /** A product of something quantised over its own range with weights. */
    private static Value product(NodeImport n, Value x, Value w, Value scale, Value zero) {
        Quant q = new Quant(n);
        QuantImport.Dynamic a = QuantImport.dynamic(n, x);
        Value sums = q.f32(q.matmul(a.y(), a.zero(), w, QuantImport.columns(q, zero)));
        return q.c.mul(sums, q.c.mul(a.scale(), QuantImport.columns(q, scale)));
    }

    // Y [T, 1, B, H], last h and c [B, H] of one direction
    private static List<Value> one(NodeImport n, int d, boolean backwards) {
        Calc c = new Calc(n);
        Value x = n.need(0);
        Dim steps = x.dim(0);
        Dim batch = x.dim(1);
        Value r = of(n, 2, d);
        Dim h = n.hasAttr("hidden_size") ? Dim.of(n.integer("hidden_size", 0)) : r.dim(0);
        Dim rows = h.times(4);
        Value gates = product(n, c.reshape(x, steps.times(batch), x.dim(2)), of(n, 1, d), of(n, 8, d), of(n, 9, d));
        Value bias = of(n, 3, d);
        if (bias != null) {
            gates = c.add(gates, c.add(TensorImport.part(n, bias, 0, Dim.ZERO, rows), TensorImport.part(n, bias, 0, rows, rows)));
        }
        Value all = c.reshape(gates, steps, batch, rows);
        Value lengths = n.has(4) ? c.reshape(c.cast(n.in(4), ElementType.I64), batch, Dim.ONE) : null;
        Value rScale = of(n, 10, d);
        Value rZero = of(n, 11, d);
        Value peepholes = of(n, 7, d);
        List<Value> init = new ArrayList<>();
        for (int i = 5; i < 7; i++) {
            Value given = of(n, i, d);
            init.add(given != null ? given : c.expand(n.b().scalar(ElementType.F32, 0), List.of(batch, h)));
        }
        List<Value> out = LoopImport.loop(n, steps, null, init, (b, number, args) -> {
            NodeImport in = n.inside(b);
            Calc k = new Calc(in);
            Dim turn = b.symbolic(number).get(0);
            Dim at = backwards ? steps.minus(1).minus(turn) : turn;
            Value g = k.reshape(TensorImport.part(in, all, 0, at, Dim.ONE), batch, rows);
            g = k.add(g, product(in, args.get(0), r, rScale, rZero));
            Value cell = args.get(1);
            // input, output, forget, cell
            Value i = in.op("sigmoid", plus(in, k, part(in, g, 0, h), peepholes, 0, h, cell));
            Value f = in.op("sigmoid", plus(in, k, part(in, g, 2, h), peepholes, 2, h, cell));
            Value next = k.add(k.mul(f, cell), k.mul(i, in.op("tanh", part(in, g, 3, h))));
            Value o = in.op("sigmoid", plus(in, k, part(in, g, 1, h), peepholes, 1, h, next));
            Value y = k.mul(o, in.op("tanh", next));
            Value state = y;
            if (lengths != null) {
                Value on = in.op("lt", k.dim(at), lengths);
                y = k.where(on, y, k.num(y, 0));
                state = k.where(on, state, args.get(0));
                next = k.where(on, next, cell);
            }
            return new Turn(null, List.of(k.reshape(state, batch, h), k.reshape(next, batch, h)), List.of(k.reshape(y, Dim.ONE, batch, h)));
        });
        Value y = out.get(2);
        return List.of(backwards ? ControlImport.reverse(n, y) : y, out.get(0), out.get(1));
    }

    private static Value part(NodeImport n, Value gates, int which, Dim h) {
        return TensorImport.part(n, gates, 1, h.times(which), h);
    }

    private static Value plus(NodeImport n, Calc c, Value gate, Value peepholes, int which, Dim h, Value cell) {
        return peepholes == null ? gate : c.add(gate, c.mul(TensorImport.part(n, peepholes, 0, h.times(which), h), cell));
    }
}
