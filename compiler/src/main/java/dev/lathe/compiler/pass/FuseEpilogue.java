package dev.lathe.compiler.pass;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.Loc;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Type.TensorType;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.ir.op.Op;
import dev.lathe.compiler.ir.op.OpTable;
import dev.lathe.compiler.ir.op.Shapes;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Moves the elementwise nodes after a contraction into its epilogue region: activations, residual sums, gates. An
 * intermediate result may be used several times as long as all uses are inside. The fused node stands where its last
 * node stood, so that everything its further operands need is there. No result changes by a bit.
 */
public final class FuseEpilogue extends RewritePass {
    private static final Set<String> CONTRACTIONS = Set.of("conv", "conv_transpose", "matmul");

    /** What stands for no vector code, and what costs so much for each element that it is better alone. */
    private static final Set<String> EXCLUDED = Set.of("mod", "fmod", "shl", "shr");

    private static final int MOST_NODES = 40;
    private static final int MOST_EXTRAS = 8;

    public FuseEpilogue() {
        super("fuse-epilogue", "move elementwise nodes after a contraction into it", CONTRACTIONS, Walk::new);
    }

    /** A contraction and what follows it, in graph order. */
    private record Fused(Node contraction, List<Node> nodes) {
        Node last() {
            return nodes.get(nodes.size() - 1);
        }
    }

    private static final class Walk extends Rewriter {
        private final Map<Node, Fused> byLast = new IdentityHashMap<>();
        private final Set<Node> taken = Collections.newSetFromMap(new IdentityHashMap<>());

        Walk(Rewriter outer) {
            super(outer, Walk::new);
        }

        @Override
        Graph run(Graph g) {
            GraphInfo uses = new GraphInfo(g, null);
            // the later of two contractions takes their sum: then the other's result is there
            for (int i = g.nodes().size() - 1; i >= 0; i--) {
                Node n = g.nodes().get(i);
                if (CONTRACTIONS.contains(n.op()) && n.out().elem() == ElementType.F32 && n.regions().isEmpty()) {
                    Fused f = grow(g, i, uses);
                    if (f != null) {
                        byLast.put(f.last(), f);
                        taken.add(n);
                        taken.addAll(f.nodes());
                    }
                }
            }
            return byLast.isEmpty() && isPlain(g) ? g : super.run(g);
        }

        private static boolean isFollowed(Node contraction, GraphInfo uses) {
            for (Node u : uses.users(contraction.out())) {
                Op row = OpTable.find(u.op());
                if (row != null && row.kind() == Op.Kind.ELEMENTWISE) {
                    return true;
                }
            }
            return false;
        }

        private Fused grow(Graph g, int at, GraphInfo uses) {
            Node contraction = g.nodes().get(at);
            if (!isFollowed(contraction, uses)) {
                return null;
            }
            TensorType type = contraction.out().tensor();
            Set<Value> inside = Collections.newSetFromMap(new IdentityHashMap<>());
            Set<Value> extras = Collections.newSetFromMap(new IdentityHashMap<>());
            inside.add(contraction.out());
            Map<Value, Integer> open = new IdentityHashMap<>();
            open.put(contraction.out(), uses.uses(contraction.out()));
            List<Node> nodes = new ArrayList<>();
            int size = 0;
            int bytes = 0;
            int best = 0;
            for (Node n = next(contraction, inside, open, uses); n != null; n = next(n, inside, open, uses)) {
                if (!absorbs(n, type, inside, extras, uses) || size + ElementRegion.size(n) > MOST_NODES
                        || bytes + ElementRegion.bytes(n) > ElementRegion.MOST_BYTES) {
                    // what isn't taken leaves its operands open, so nothing after can close
                    break;
                }
                size += ElementRegion.size(n);
                bytes += ElementRegion.bytes(n);
                nodes.add(n);
                inside.add(n.out());
                open.put(n.out(), uses.uses(n.out()));
                n.inputs().forEach(v -> open.computeIfPresent(v, (k, c) -> c == 1 ? null : c - 1));
                if (open.size() == 1 && open.containsKey(n.out()) && n.out().elem() == ElementType.F32 && sameShape(contraction, nodes, extras)) {
                    best = nodes.size();
                }
            }
            return best == 0 ? null : new Fused(contraction, List.copyOf(nodes.subList(0, best)));
        }

        // the next user, in graph order, of a value that is still open
        private static Node next(Node after, Set<Value> inside, Map<Value, Integer> open, GraphInfo uses) {
            Node first = null;
            for (Value v : open.keySet()) {
                for (Node u : uses.users(v)) {
                    if (uses.index(u) > uses.index(after) && (first == null || uses.index(u) < uses.index(first))) {
                        first = u;
                    }
                }
            }
            return first;
        }

        private boolean absorbs(Node n, TensorType type, Set<Value> inside, Set<Value> extras, GraphInfo uses) {
            Op row = OpTable.find(n.op());
            if (row == null || row.kind() != Op.Kind.ELEMENTWISE || n.outputs().size() != 1 || EXCLUDED.contains(n.op()) || taken.contains(n)
                    || !n.out().tensor().dims().equals(type.dims()) || !lane(n.out().elem())) {
                return false;
            }
            if (n.is("map") && !n.regions().get(0).nodes().stream().allMatch(m -> lane(m.out().elem()) && !EXCLUDED.contains(m.op()))) {
                return false;
            }
            for (Value v : n.inputs()) {
                if (inside.contains(v)) {
                    continue;
                }
                boolean literal = ElementRegion.isLiteral(uses.constant(v));
                if (literal ? !lane(v.elem()) : v.elem() != ElementType.F32) {
                    return false;
                }
                if (!literal) {
                    extras.add(v);
                }
            }
            return extras.size() <= MOST_EXTRAS;
        }

        private static boolean lane(ElementType t) {
            return t == ElementType.F32 || t == ElementType.BOOL;
        }

        // the operands' broadcast shape is the contraction's own
        private static boolean sameShape(Node contraction, List<Node> nodes, Set<Value> extras) {
            TensorType t = contraction.out().tensor();
            for (Value v : extras) {
                try {
                    if (!Shapes.broadcast(List.of(t.dims(), v.tensor().dims())).equals(t.dims())) {
                        return false;
                    }
                } catch (LatheException e) {
                    return false;
                }
            }
            return true;
        }

        @Override
        void visit(Node n, Node old) {
            Fused f = byLast.get(old);
            if (f != null) {
                fuse(f);
            } else if (!taken.contains(old)) {
                copy(n, old);
            }
        }

        private void fuse(Fused f) {
            Node c = f.contraction();
            Set<Value> inside = Collections.newSetFromMap(new IdentityHashMap<>());
            inside.add(c.out());
            Loc loc = c.loc();
            List<Value> operands = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                operands.add(c.in(i) == null ? null : get(c.in(i)));
            }
            for (Node n : f.nodes()) {
                loc = loc.and(n.loc());
                inside.add(n.out());
            }
            b.at(loc);
            ElementRegion r = new ElementRegion(b);
            r.argument(c.out(), c.out().name());
            for (Node n : f.nodes()) {
                for (Value v : n.inputs()) {
                    if (!inside.contains(v) && !r.knows(v) && !ElementRegion.isLiteral(info.constant(v))) {
                        r.argument(v, v.name());
                        operands.add(get(v));
                    }
                }
            }
            for (Node n : f.nodes()) {
                for (Value v : n.inputs()) {
                    if (!r.knows(v) && !inside.contains(v)) {
                        r.literal(v, info.constant(v));
                    }
                }
            }
            f.nodes().forEach(r::add);
            emitAs(f.last().out(), c.op(), c.attrs(), List.of(r.finish(f.last().out())), loc, operands);
        }
    }
}
