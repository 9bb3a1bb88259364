package dev.lathe.compiler.pass;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.Loc;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.ir.Type.TensorType;
import dev.lathe.compiler.ir.op.Op;
import dev.lathe.compiler.ir.op.OpTable;
import dev.lathe.compiler.ir.op.Shapes;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.Storage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Joins elementwise nodes whose intermediate results nobody else reads into {@code map} nodes. Nothing is computed
 * twice, and no result changes by a bit.
 */
public final class FuseElementwise extends RewritePass {
    /** Longer regions make kernels that the JIT takes badly. */
    private static final int MOST_NODES = 60;

    private static final int MOST_OPERANDS = 12;

    public FuseElementwise() {
        super("fuse-elementwise", "join elementwise nodes into map nodes", Set.of(), Walk::new);
    }

    /** The nodes that become one, in graph order; the last gives the result. */
    private static final class Cluster {
        final List<Node> nodes = new ArrayList<>();
        final Set<Value> operands = new LinkedHashSet<>();
        int size;
        int bytes;
    }

    private static boolean fusible(Node n) {
        Op row = OpTable.find(n.op());
        return row != null && row.kind() == Op.Kind.ELEMENTWISE && n.outputs().size() == 1 && plain(n.out())
                && !n.inputs().isEmpty() && plain(n.inputs());
    }

    private static boolean plain(List<Value> all) {
        for (Value v : all) {
            if (!plain(v)) {
                return false;
            }
        }
        return true;
    }

    private static boolean plain(Value v) {
        return v.type() instanceof TensorType t && t.elem().storage() != Storage.REF && !t.elem().isComplex();
    }

    private static final class Walk extends Rewriter {
        private final Map<Node, Cluster> clusters = new IdentityHashMap<>();

        Walk(Rewriter outer) {
            super(outer, Walk::new);
        }

        @Override
        Graph run(Graph g) {
            GraphInfo uses = new GraphInfo(g, null);
            boolean joined = false;
            // consumers first: a producer joins when all its consumers stand in one cluster
            for (int i = g.nodes().size() - 1; i >= 0; i--) {
                Node n = g.nodes().get(i);
                if (!fusible(n)) {
                    continue;
                }
                Cluster c = common(n, uses);
                if (c == null) {
                    c = new Cluster();
                }
                c.nodes.add(0, n);
                c.size += ElementRegion.size(n);
                c.bytes += ElementRegion.bytes(n);
                c.operands.remove(n.out());
                c.operands.addAll(n.inputs());
                clusters.put(n, c);
                joined |= c.nodes.size() > 1;
            }
            return joined || !isPlain(g) ? super.run(g) : g;
        }

        private Cluster common(Node n, GraphInfo uses) {
            List<Node> users = uses.users(n.out());
            if (users.isEmpty() || users.size() != uses.uses(n.out())) {
                return null;
            }
            Cluster c = clusters.get(users.get(0));
            if (c == null) {
                return null;
            }
            for (Node u : users) {
                if (clusters.get(u) != c) {
                    return null;
                }
            }
            Node root = c.nodes.get(c.nodes.size() - 1);
            Set<Value> operands = new LinkedHashSet<>(c.operands);
            operands.remove(n.out());
            operands.addAll(n.inputs());
            boolean fits = c.size + ElementRegion.size(n) <= MOST_NODES && operands.size() <= MOST_OPERANDS
                    && c.bytes + ElementRegion.bytes(n) <= ElementRegion.MOST_BYTES;
            return fits && n.out().tensor().dims().equals(root.out().tensor().dims()) ? c : null;
        }

        @Override
        void visit(Node n, Node old) {
            Cluster c = clusters.get(old);
            if (c == null || c.nodes.size() == 1) {
                copy(n, old);
            } else if (old == c.nodes.get(c.nodes.size() - 1)) {
                fuse(c, old);
            }
            // others wait for the last
        }

        private void fuse(Cluster c, Node root) {
            Set<Value> inside = Collections.newSetFromMap(new IdentityHashMap<>());
            c.nodes.forEach(m -> inside.add(m.out()));
            Set<Value> outside = Collections.newSetFromMap(new IdentityHashMap<>());
            List<Value> operands = new ArrayList<>();
            List<Value> literals = new ArrayList<>();
            Loc loc = Loc.NONE;
            for (Node m : c.nodes) {
                loc = loc.and(m.loc());
                for (Value v : m.inputs()) {
                    if (!inside.contains(v) && outside.add(v)) {
                        (ElementRegion.isLiteral(info.constant(v)) ? literals : operands).add(v);
                    }
                }
            }
            List<Dim> dims = root.out().tensor().dims();
            if (!dims.equals(shape(operands))) {
                // a literal had a part in the shape
                operands.addAll(literals);
                literals.clear();
            }
            if (!dims.equals(shape(operands))) {
                c.nodes.forEach(this::alone);
                return;
            }
            b.at(loc);
            ElementRegion r = new ElementRegion(b);
            operands.forEach(v -> r.argument(v, v.name()));
            literals.forEach(v -> r.literal(v, info.constant(v)));
            c.nodes.forEach(r::add);
            emitAs(root.out(), "map", Attrs.NONE, List.of(r.finish(root.out())), loc, operands.stream().map(this::get).toList());
        }

        private void alone(Node m) {
            copy(m.withInputs(m.inputs().stream().map(this::get).toList()), m);
        }

        private static List<Dim> shape(List<Value> operands) {
            try {
                return Shapes.broadcast(operands.stream().map(v -> v.tensor().dims()).toList());
            } catch (LatheException e) {
                return null;
            }
        }
    }
}
