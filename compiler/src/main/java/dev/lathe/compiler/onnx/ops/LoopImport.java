package dev.lathe.compiler.onnx.ops;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.GraphBuilder;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Type.OptType;
import dev.lathe.compiler.ir.Type.TensorType;
import dev.lathe.compiler.ir.Types;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.NodeImport;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.List;

/**
 * Builds a loop whose region is read again until the types of what is carried hold for every turn: a dimension that a
 * turn changes becomes a symbol, a value that no turn changes is no longer carried.
 */
public final class LoopImport {
    /** What a turn gives. @param goOn null: always */
    public record Turn(Value goOn, List<Value> carried, List<Value> collected) {}

    /** Writes one turn. */
    @FunctionalInterface
    public interface Body {
        Turn write(GraphBuilder b, Value number, List<Value> carried);
    }

    private final GraphBuilder around;
    private final Dim trip;
    private final Value begin;
    private final List<Value> init;
    private final Body body;
    private final List<Type> types = new ArrayList<>();
    private final boolean[] fixed;

    private LoopImport(GraphBuilder around, Dim trip, Value begin, List<Value> init, Body body) {
        this.around = around;
        this.trip = trip;
        this.begin = begin;
        this.init = init;
        this.body = body;
        this.fixed = new boolean[init.size()];
        init.forEach(v -> types.add(v.type()));
    }

    /**
     * Adds a loop to the node's graph.
     *
     * @param trip most turns, not negative; null: no bound
     * @param begin whether to begin; null: yes
     * @return the carried values after the last turn, then the collected results
     */
    static List<Value> loop(NodeImport n, Dim trip, Value begin, List<Value> init, Body body) {
        return loop(n.b(), trip, begin, init, body);
    }

    /** As the other, into the graph of {@code around}. */
    public static List<Value> loop(GraphBuilder around, Dim trip, Value begin, List<Value> init, Body body) {
        return new LoopImport(around, trip, begin, init, body).run();
    }

    private List<Value> run() {
        Dim turn = around.freshTurn();
        List<String> symbols = new ArrayList<>();
        while (true) {
            GraphBuilder b = around.region();
            Value number = b.input("turn", Type.tensor(ElementType.I64));
            b.symbolic(number, List.of(turn));
            List<Value> args = new ArrayList<>();
            for (int i = 0; i < init.size(); i++) {
                args.add(fixed[i] ? init.get(i) : b.input(init.get(i).name(), types.get(i)));
            }
            Turn t = body.write(b, number, args);
            if (settle(b, args, t, symbols)) {
                return add(b, turn, symbols, t);
            }
        }
    }

    // true when the types hold for what this turn gives
    private boolean settle(GraphBuilder b, List<Value> args, Turn t, List<String> symbols) {
        boolean settled = true;
        for (int i = 0; i < init.size(); i++) {
            Value out = t.carried().get(i);
            if (fixed[i]) {
                continue;
            }
            if (origin(b, out) == args.get(i)) {
                fixed[i] = true;
                settled = false;
                continue;
            }
            Type joined = join(types.get(i), out.type(), symbols);
            settled &= joined.equals(types.get(i));
            types.set(i, joined);
        }
        return settled;
    }

    private static Value origin(GraphBuilder b, Value v) {
        Node p = b.producer(v);
        while (p != null && p.is("identity")) {
            v = p.in(0);
            p = b.producer(v);
        }
        return v;
    }

    private Type join(Type have, Type given, List<String> symbols) {
        if (!(have instanceof TensorType x)) {
            Type g = have instanceof OptType && !(given instanceof OptType) ? new OptType(Types.element(given)) : given;
            return Types.joinElements(have, g);
        }
        if (!(given instanceof TensorType y) || x.elem() != y.elem() || x.rank() != y.rank()) {
            throw new LatheException("", "a value carried from turn to turn begins as " + have + " and becomes " + given + "; its element type and rank must stay");
        }
        List<Dim> d = new ArrayList<>();
        for (int k = 0; k < x.rank(); k++) {
            String s = x.dim(k).symbol();
            boolean stays = x.dim(k).equals(y.dim(k)) || s != null && symbols.contains(s);
            if (!stays) {
                Dim fresh = around.freshExtent();
                symbols.add(fresh.symbol());
                d.add(fresh);
            } else {
                d.add(x.dim(k));
            }
        }
        return x.withDims(d);
    }

    private List<Value> add(GraphBuilder b, Dim turn, List<String> symbols, Turn t) {
        if (trip == null && t.goOn() == null) {
            throw new LatheException("", "this loop would never end: it has no bound, and its condition is always true");
        }
        List<Value> in = new ArrayList<>();
        in.add(begin);
        List<Value> out = new ArrayList<>();
        out.add(t.goOn() != null ? t.goOn() : b.constant(new Tensor(ElementType.BOOL, new int[0], new int[] {1})));
        List<Value> args = new ArrayList<>();
        for (int i = 0; i < init.size(); i++) {
            if (!fixed[i]) {
                in.add(init.get(i));
                Value v = t.carried().get(i);
                out.add(types.get(i) instanceof OptType && !(v.type() instanceof OptType) ? b.op("opt_some", v) : v);
            }
        }
        out.addAll(t.collected());
        Attrs a = Attrs.of("turn", turn.symbol(), "symbols", symbols);
        if (trip != null) {
            a = a.with("trip", trip).with("all", begin == null && t.goOn() == null);
        }
        Graph region = b.finish(around.fresh("body"), out);
        List<Value> r = around.add("loop", in, a, List.of(region), (String[]) null);
        List<Value> all = new ArrayList<>();
        int next = 0;
        for (int i = 0; i < init.size(); i++) {
            all.add(fixed[i] ? init.get(i) : r.get(next++));
        }
        all.addAll(r.subList(next, r.size()));
        return all;
    }
}
