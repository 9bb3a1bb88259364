package dev.lathe.compiler.pass;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Type.OptType;
import dev.lathe.compiler.ir.Type.SeqType;
import dev.lathe.compiler.ir.Type.TensorType;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.ir.ValueSet;
import dev.lathe.compiler.ir.op.Op;
import dev.lathe.compiler.ir.op.OpTable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** Drops nodes whose results nobody needs. A node that binds symbols stays while a live type or attribute says one. */
public final class EliminateDead implements Pass {
    @Override
    public String name() {
        return "eliminate-dead";
    }

    @Override
    public String description() {
        return "drop nodes whose results nobody needs";
    }

    @Override
    public Graph run(Graph g) {
        return sweep(g);
    }

    /** What other passes call at their end, when they leave nodes behind. */
    static Graph sweep(Graph g) {
        return new Sweep(g.nodes().size()).graph(g);
    }

    private static final class Sweep {
        private final ValueSet live;
        private final Set<String> symbols = new HashSet<>();
        private final Consumer<Dim> mention = d -> symbols.addAll(d.symbols());

        Sweep(int nodes) {
            live = new ValueSet(nodes);
        }

        Graph graph(Graph g) {
            for (Value v : g.outputs()) {
                use(v);
            }
            List<Node> kept = new ArrayList<>(g.nodes().size());
            for (int i = g.nodes().size() - 1; i >= 0; i--) {
                Node n = g.nodes().get(i);
                if (!needed(n)) {
                    continue;
                }
                if (Rewriter.isControl(n)) {
                    List<Graph> regions = n.regions().stream().map(this::graph).toList();
                    n = Graphs.same(regions, n.regions()) ? n : n.withRegions(regions);
                }
                for (Value v : n.inputs()) {
                    use(v);
                }
                for (Value v : n.outputs()) {
                    mention(v, symbols);
                }
                n.attrs().dims(mention);
                kept.add(n);
            }
            for (Value v : g.inputs()) {
                mention(v, symbols);
            }
            Collections.reverse(kept);
            return Graphs.same(kept, g.nodes()) ? g : g.withNodes(kept);
        }

        private boolean needed(Node n) {
            for (Value v : n.outputs()) {
                if (live.has(v)) {
                    return true;
                }
            }
            Op row = OpTable.find(n.op());
            if (row == null || row.kind() != Op.Kind.BINDING && row.kind() != Op.Kind.CONTROL) {
                return false;
            }
            Set<String> bound = new HashSet<>();
            if (n.attrs().has("symbols")) {
                bound.addAll(n.attrs().texts("symbols"));
            }
            n.outputs().forEach(v -> mention(v, bound));
            Set<String> before = new HashSet<>();
            n.inputs().forEach(v -> mention(v, before));
            bound.removeAll(before);
            return bound.stream().anyMatch(symbols::contains);
        }

        private void use(Value v) {
            if (v != null) {
                live.add(v);
                mention(v, symbols);
            }
        }

        private static void mention(Value v, Set<String> into) {
            if (v != null) {
                mention(v.type(), into);
            }
        }

        private static void mention(Type t, Set<String> into) {
            if (t instanceof TensorType x) {
                for (Dim d : x.dims()) {
                    if (!d.isConst()) {
                        into.addAll(d.symbols());
                    }
                }
            } else if (t instanceof SeqType s) {
                mention(s.elem(), into);
            } else if (t instanceof OptType o) {
                mention(o.elem(), into);
            }
        }
    }
}
