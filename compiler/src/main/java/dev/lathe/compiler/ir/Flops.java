package dev.lathe.compiler.ir;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Type.TensorType;

/**
 * How many multiply-adds one inference takes: those of convolutions, matrix products and recurrent layers, as the textbook
 * counts them (padding included, no fewer for a faster algorithm). All else is left out; it is little where this is much.
 *
 * @param multiplyAdds the known ones; twice as many floating-point operations
 * @param complete false when a shape or a number of turns is open, so that there are more
 */
public record Flops(long multiplyAdds, boolean complete) {
    private static final Flops NONE = new Flops(0, true);
    private static final Flops UNKNOWN = new Flops(0, false);

    /** Of a graph with all regions; best of one whose shapes are known. */
    public static Flops of(Graph g) {
        Flops sum = NONE;
        for (Node n : g.nodes()) {
            sum = sum.plus(of(n));
        }
        return sum;
    }

    private static Flops of(Node n) {
        return switch (n.op()) {
            case "matmul" -> product(n.out().tensor().size(), n.in(0).dim(-1));
            // w [O, C/groups, kernel...]: for each result, all but the first dimension
            case "conv" -> product(n.out().tensor().size(), behindFirst(n.in(1)));
            // w [C, O/groups, kernel...]: each input is spread over all but the first dimension
            case "conv_transpose" -> product(n.in(0).tensor().size(), behindFirst(n.in(1)));
            // each step of each sequence takes the recurrent weights [D, G*H, H] once
            case "lstm", "gru", "rnn" -> product(n.in(0).dim(0), n.in(0).dim(1), n.in(1).tensor().size());
            case "linear_attention" -> attention(n);
            case "if" -> larger(of(n.regions().get(0)), of(n.regions().get(1)));
            case "loop" -> turns(n);
            default -> NONE;
        };
    }

    private static Dim behindFirst(Value w) {
        TensorType t = w.tensor();
        return Dim.product(t.dims().subList(1, t.rank()));
    }

    // the matrix [dk, dv] of each head is added to once a step, read once for a delta, and once by each query's head
    private static Flops attention(Node n) {
        long heads = n.attrs().integer("kv_heads");
        long queries = n.attrs().integer("q_heads");
        Dim matrix = n.in(1).dim(2).floorDiv(heads).times(n.in(2).dim(2).floorDiv(heads));
        long uses = (n.attrs().flag("delta") ? 2 : 1) * heads + queries;
        return product(n.in(0).dim(0), n.in(0).dim(1), matrix, Dim.of(uses));
    }

    private static Flops turns(Node n) {
        Flops body = of(n.regions().get(0));
        if (body.equals(NONE)) {
            return NONE;
        }
        boolean known = n.attrs().has("trip") && n.attrs().flag("all") && n.attrs().dim("trip").isConst();
        return known ? new Flops(Math.multiplyExact(body.multiplyAdds, n.attrs().dim("trip").value()), body.complete) : UNKNOWN;
    }

    private static Flops product(Dim... factors) {
        long p = 1;
        for (Dim d : factors) {
            if (!d.isConst()) {
                return UNKNOWN;
            }
            p = Math.multiplyExact(p, d.value());
        }
        return new Flops(p, true);
    }

    private static Flops larger(Flops a, Flops b) {
        return new Flops(Math.max(a.multiplyAdds, b.multiplyAdds), a.complete && b.complete && a.multiplyAdds == b.multiplyAdds);
    }

    private Flops plus(Flops o) {
        return new Flops(Math.addExact(multiplyAdds, o.multiplyAdds), complete && o.complete);
    }
}
