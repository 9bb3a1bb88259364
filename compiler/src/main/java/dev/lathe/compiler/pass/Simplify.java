package dev.lathe.compiler.pass;

import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.Node;

/** Brings nodes into a canonical, cheaper form by the rules of {@link SimplifyRules}. */
public final class Simplify implements Pass {
    @Override
    public String name() {
        return "simplify";
    }

    @Override
    public String description() {
        return "apply algebraic identities that change no bit";
    }

    @Override
    public Graph run(Graph g) {
        return EliminateDead.sweep(new Walk(null).run(g));
    }

    private static final class Walk extends Rewriter {
        Walk(Rewriter outer) {
            super(outer);
        }

        @Override
        Rewriter inner() {
            return new Walk(this);
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
