package dev.lathe.compiler.pass;

import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.Loc;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.ir.op.Op;
import dev.lathe.compiler.ir.op.OpTable;
import dev.lathe.compiler.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Computes equal things once; constants of equal bits become one. The first stays, with the locations of all. */
public final class EliminateCommon extends RewritePass {
    public EliminateCommon() {
        super("eliminate-common", "compute equal things once", Set.of(), outer -> new Walk((Walk) outer));
    }

    /** A look without building anything: nodes can be equal only where each operand is used twice. */
    @Override
    boolean concerns(Graph g) {
        GraphInfo info = new GraphInfo(g, null);
        Set<Object> seen = new HashSet<>();
        for (Node n : g.nodes()) {
            if (Rewriter.isControl(n) || isMerged(n) && usesAgain(n, info) && !seen.add(key(n))) {
                return true;
            }
        }
        return false;
    }

    private static boolean isMerged(Node n) {
        Op row = OpTable.find(n.op());
        return row != null && (row.kind() == Op.Kind.ELEMENTWISE || row.kind() == Op.Kind.PURE);
    }

    private static boolean usesAgain(Node n, GraphInfo info) {
        for (Value v : n.inputs()) {
            if (v != null && info.uses(v) < 2) {
                return false;
            }
        }
        return true;
    }

    /** What a node computes; equal for nodes that compute the same. */
    private static Object key(Node n) {
        return n.regions().isEmpty() && !n.attrs().hasTensors() ? new Plain(n) : key(n, new IdentityHashMap<>());
    }

    private static Object key(Node n, Map<Value, Integer> local) {
        List<Object> k = new ArrayList<>();
        k.add(n.op());
        for (Value v : n.inputs()) {
            k.add(v == null ? "_" : local.containsKey(v) ? local.get(v) : v);
        }
        n.attrs().asMap().forEach((name, v) -> {
            k.add(name);
            k.add(v instanceof Tensor t ? new Bits(t) : v);
        });
        for (Graph r : n.regions()) {
            r.inputs().forEach(v -> {
                local.put(v, local.size());
                k.add(v.type());
            });
            for (Node m : r.nodes()) {
                k.add(key(m, local));
                m.outputs().forEach(v -> local.put(v, local.size()));
            }
            r.outputs().forEach(v -> k.add(local.containsKey(v) ? local.get(v) : v));
        }
        return k;
    }

    /** A constant by its bits. */
    private record Bits(Tensor t) {
        @Override
        public boolean equals(Object o) {
            return o instanceof Bits b && Tensors.same(t, b.t);
        }

        @Override
        public int hashCode() {
            int n = t.data() instanceof String[] ? 0 : Math.min(t.size(), 64);
            int h = t.type().hashCode() * 31 + java.util.Arrays.hashCode(t.dims());
            for (int i = 0; i < n; i++) {
                h = h * 31 + Double.hashCode(t.number(i));
            }
            return h;
        }
    }

    /** A node without regions by what it computes, where no attribute is a tensor. */
    private static final class Plain {
        private final Node n;
        private final int hash;

        Plain(Node n) {
            this.n = n;
            int h = n.op().hashCode() * 31 + n.attrs().hashCode();
            for (Value v : n.inputs()) {
                h = h * 31 + System.identityHashCode(v);
            }
            this.hash = h;
        }

        @Override
        public boolean equals(Object o) {
            return o instanceof Plain p && hash == p.hash && n.op().equals(p.n.op()) && Graphs.same(n.inputs(), p.n.inputs()) && n.attrs().equals(p.n.attrs());
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }

    private static final class Walk extends Rewriter {
        private final Walk outer;
        /** The node that computed something first, and its place in the graph or region of {@code home}. */
        private record First(Node node, Walk home, int place) {}

        private final Map<Object, First> seen = new HashMap<>();

        Walk(Walk outer) {
            super(outer, o -> new Walk((Walk) o));
            this.outer = outer;
        }

        @Override
        void visit(Node n, Node old) {
            if (!isMerged(n)) {
                copy(n, old);
                return;
            }
            Object key = key(n);
            First found = find(key);
            Node first = found == null ? null : found.node;
            if (first == null || n.outputs().size() != first.outputs().size()) {
                copy(n, old);
                seen.put(key, new First(n, this, b.nodes().size() - 1));
                return;
            }
            for (int i = 0; i < n.outputs().size(); i++) {
                if (n.out(i) != null && first.out(i) != null) {
                    replace(n.out(i), get(first.out(i)));
                }
            }
            found.home.join(found.place, n.loc());
        }

        private First find(Object key) {
            First f = seen.get(key);
            return f != null || outer == null ? f : outer.find(key);
        }

        private void join(int place, Loc loc) {
            Node m = b.nodes().get(place);
            b.nodes().set(place, m.withLoc(m.loc().and(loc)));
        }
    }
}
