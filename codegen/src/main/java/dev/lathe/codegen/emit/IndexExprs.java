package dev.lathe.codegen.emit;

import dev.lathe.codegen.asm.Code;
import dev.lathe.codegen.asm.Op;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Expr.BinOp;
import dev.lathe.codegen.loop.Scalar;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Index arithmetic, written as a sum: the buffer's offset, then terms from the outermost loop inwards, the constant
 * last. Exact, since int arithmetic wraps; and the shape in which C2 finds what is invariant in a loop and what is a
 * multiple of the loop's index.
 */
final class IndexExprs {
    private static final class Sum {
        final Map<Expr, Integer> terms = new LinkedHashMap<>();
        int constant;

        void add(Expr term, int times) {
            terms.merge(term, times, Integer::sum);
            terms.remove(term, 0);
        }
    }

    private final Code c;
    private final Locals locals;
    private final ScalarExprs scalars;

    IndexExprs(Code c, Locals locals, ScalarExprs scalars) {
        this.c = c;
        this.locals = locals;
        this.scalars = scalars;
    }

    /** Pushes {@code offset + index}. */
    void emit(String offset, Expr index) {
        Sum sum = new Sum();
        collect(index, 1, sum);
        List<Map.Entry<Expr, Integer>> terms = new ArrayList<>(sum.terms.entrySet());
        terms.sort(Comparator.comparingInt(t -> depth(t.getKey())));
        c.load(offset);
        for (Map.Entry<Expr, Integer> t : terms) {
            int times = t.getValue();
            scalars.emit(t.getKey());
            if (times != 1 && times != -1) {
                c.push(times).op(Op.IMUL);
            }
            c.op(times == -1 ? Op.ISUB : Op.IADD);
        }
        if (sum.constant != 0) {
            c.push(sum.constant).op(Op.IADD);
        }
    }

    private static void collect(Expr e, int times, Sum into) {
        if (e instanceof Expr.Lit l) {
            into.constant += times * (int) l.bits();
        } else if (e instanceof Expr.Bin b && (b.op() == BinOp.ADD || b.op() == BinOp.SUB)) {
            collect(b.a(), times, into);
            collect(b.b(), b.op() == BinOp.ADD ? times : -times, into);
        } else if (e instanceof Expr.Bin b && b.op() == BinOp.MUL && literal(b) != null) {
            Expr.Lit by = literal(b);
            Expr other = b.b() == by ? b.a() : b.b();
            Sum inner = new Sum();
            collect(other, 1, inner);
            int factor = times * (int) by.bits();
            if (inner.terms.size() <= 1) {
                inner.terms.forEach((t, n) -> into.add(t, n * factor));
                into.constant += inner.constant * factor;
            } else {
                into.add(other, factor);
            }
        } else {
            into.add(e, times);
        }
    }

    private static Expr.Lit literal(Expr.Bin product) {
        if (product.b() instanceof Expr.Lit l) {
            return l;
        }
        return product.a() instanceof Expr.Lit l && l.scalar() == Scalar.I32 ? l : null;
    }

    /** The depth of the innermost loop that the value depends on. */
    private int depth(Expr e) {
        if (e instanceof Expr.Var v) {
            return locals.depth(v.name());
        } else if (e instanceof Expr.Bin b) {
            return Math.max(depth(b.a()), depth(b.b()));
        } else if (e instanceof Expr.Un u) {
            return depth(u.a());
        } else if (e instanceof Expr.Lit) {
            return 0;
        }
        // loads, selections and calls: as if they changed with the innermost loop
        return Integer.MAX_VALUE;
    }
}
