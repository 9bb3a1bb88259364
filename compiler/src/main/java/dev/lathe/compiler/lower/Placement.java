package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.ir.ValueSet;
import dev.lathe.compiler.ir.op.Op;
import dev.lathe.compiler.ir.op.OpTable;
import dev.lathe.compiler.pass.GraphInfo;
import dev.lathe.runtime.ElementType;
import java.util.List;
import java.util.Set;

/**
 * Concatenation and padding as places in memory: the operand's producer writes where the result wants it. Decided from
 * the graph's structure alone, before anything is lowered.
 */
final class Placement {
    /** Operations that write their result wherever it is asked for. */
    private static final Set<String> WRITERS =
            Set.of("conv", "conv_transpose", "matmul", "pool", "reduce", "softmax", "log_softmax", "layer_norm", "concat", "pad", "gather");

    private Placement() {}

    static void choose(Graph g, Lower cx) {
        GraphInfo info = new GraphInfo(g, null);
        ValueSet outputs = new ValueSet(g.outputs());
        for (Node n : g.nodes()) {
            boolean concat = n.is("concat");
            boolean pad = n.is("pad") && n.attrs().text("mode", "constant").equals("constant") && plain(n);
            if (!concat && !pad || !fromInputs(n.out(), cx)) {
                continue;
            }
            if (pad && picture(n, info) && !outputs.has(n.out()) && !cx.isPlaced(n.out())) {
                cx.place(n.out(), () -> ConvInput.planes(cx, n.out().tensor()));
            }
            ValueSet once = new ValueSet();
            ValueSet twice = new ValueSet();
            for (Value v : n.inputs()) {
                if (!once.add(v)) {
                    twice.add(v);
                }
            }
            Parts parts = new Parts(n, cx);
            for (int i = 0; i < (pad ? 1 : n.inputs().size()); i++) {
                Value v = n.in(i);
                Node p = info.producer(v);
                boolean writes = p != null && writes(p);
                // the same value twice, or an output that must be packed, has a place of its own
                if (writes && !cx.isPlaced(v) && !outputs.has(v) && !twice.has(v) && fromInputs(v, cx)) {
                    int at = i;
                    if (pad) {
                        cx.placeIn(n, v, () -> PadLowering.interior(n, cx));
                    } else {
                        cx.place(v, () -> parts.get(at));
                    }
                }
            }
        }
    }

    /** The places of a concatenation's operands, found once when the first is asked for: there may be very many. */
    private static final class Parts {
        private final Node n;
        private final Lower cx;
        private List<View> all;

        Parts(Node n, Lower cx) {
            this.n = n;
            this.cx = cx;
        }

        View get(int i) {
            if (all == null) {
                all = StructureLowering.parts(n, cx.result(n.out()), StructureLowering.axis(n));
            }
            return all.get(i);
        }
    }

    // few channels that lie apart in the model's input: they stay apart, for contractions that look places up
    private static boolean picture(Node pad, GraphInfo info) {
        List<Dim> dims = pad.out().tensor().dims();
        Node p = info.producer(pad.in(0));
        return p != null && p.is("transpose") && ConvInput.few(dims) && pad.out().elem() == ElementType.F32
                && info.users(pad.out()).stream().allMatch(u -> ContractionLowering.gathers(u, pad.out(), info));
    }

    /** True when this node writes its results wherever it is asked to. */
    static boolean writes(Node n) {
        return OpTable.get(n.op()).kind() == Op.Kind.ELEMENTWISE || WRITERS.contains(n.op());
    }

    private static boolean plain(Node n) {
        return notNegative(n.attrs().dims("before")) && notNegative(n.attrs().dims("after"));
    }

    private static boolean notNegative(List<Dim> dims) {
        for (Dim d : dims) {
            if (!d.isConst() || d.value() < 0) {
                return false;
            }
        }
        return true;
    }

    // an extent that is found while running is not known when the first operand is computed
    private static boolean fromInputs(Value v, Lower cx) {
        for (Dim d : v.tensor().dims()) {
            if (!d.isConst() && !cx.inputSymbols().containsAll(d.symbols())) {
                return false;
            }
        }
        return true;
    }
}
