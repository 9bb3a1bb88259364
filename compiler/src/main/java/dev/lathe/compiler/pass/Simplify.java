package dev.lathe.compiler.pass;

import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.Node;
import java.util.Set;

/** Brings nodes into a canonical, cheaper form by the rules of {@link SimplifyRules}. */
public final class Simplify extends RewritePass {
    public Simplify() {
        super("simplify", "apply algebraic identities that change no bit", Set.of(), Walk::new);
    }

    @Override
    boolean concerns(Graph g) {
        return Graphs.any(g, SimplifyRules::concern);
    }

    private static final class Walk extends Rewriter {
        Walk(Rewriter outer) {
            super(outer, Walk::new);
        }

        @Override
        void visit(Node n, Node old) {
            Node m = n;
            // a rule may make room for another; each makes the node or its operands smaller
            for (int turn = 0; turn < 8; turn++) {
                SimplifyRules.Result r = SimplifyRules.apply(m, this);
                if (r == null) {
                    break;
                }
                if (r.value() != null) {
                    replace(old.out(), r.value());
                    return;
                }
                m = r.node();
            }
            if (m == n) {
                copy(n, old);
            } else {
                emitAs(old.out(), m.op(), m.attrs(), m.regions(), m.loc(), m.inputs());
            }
        }
    }
}
