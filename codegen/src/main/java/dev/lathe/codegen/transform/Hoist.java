package dev.lathe.codegen.transform;

import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Expr.Bin;
import dev.lathe.codegen.loop.Expr.BinOp;
import dev.lathe.codegen.loop.Expr.Lit;
import dev.lathe.codegen.loop.Expr.Un;
import dev.lathe.codegen.loop.Expr.UnOp;
import dev.lathe.codegen.loop.Expr.Var;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.Stmt;
import dev.lathe.codegen.loop.VType;
import dev.lathe.codegen.loop.X;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Moves i32 arithmetic out of the loops that it doesn't depend on, once per value. Sums are put in the order in which
 * their terms become known, outermost first, the literal last: {@code (outer + inner) + 3}. That is exact, since
 * integers wrap. Loads, calls, divisions that could fail and whatever reads a mutable local stay where they are.
 */
public final class Hoist {
    private static final VType I32 = Scalar.I32.scalar();

    /** An open block: the statements so far, and the values that it already holds. */
    private record Frame(boolean loop, List<Stmt> out, Map<Expr, Var> known) {}

    /** A sum by the depth at which its terms become known. */
    private record Sum(TreeMap<Integer, Expr> groups, int literal) {}

    private final Names names;
    private final List<Frame> frames = new ArrayList<>();
    private final Map<String, Integer> depths = new HashMap<>();

    private Hoist(Names names) {
        this.names = names;
    }

    public static Kernel apply(Kernel k) {
        Hoist h = new Hoist(new Names(k));
        k.ints().forEach(i -> h.depths.put(i, 0));
        return k.with(h.block(k.body(), false, null));
    }

    private int depth() {
        return frames.size() - 1;
    }

    private List<Stmt> block(List<Stmt> in, boolean loop, String index) {
        Frame f = new Frame(loop, new ArrayList<>(), new HashMap<>());
        frames.add(f);
        if (index != null) {
            depths.put(index, depth());
        }
        for (Stmt s : in) {
            if (s instanceof Stmt.Let x) {
                depths.put(x.name(), depth());
            }
            boolean loops = s instanceof Stmt.For || s instanceof Stmt.While;
            String inner = s instanceof Stmt.For x ? x.index() : null;
            // what the statement needs from here is added before it
            Stmt r = Walk.map(s, this::expr, b -> block(b, loops, inner));
            f.out.add(r);
        }
        frames.remove(depth());
        return f.out;
    }

    private Expr expr(Expr e) {
        if (e.type().equals(I32) && !(e instanceof Var || e instanceof Lit)) {
            return build(sum(e));
        }
        return Walk.map(e, this::expr);
    }

    private Sum sum(Expr e) {
        if (e.type().equals(I32)) {
            if (e instanceof Lit x) {
                return new Sum(new TreeMap<>(), (int) x.bits());
            } else if (e instanceof Bin x && (x.op() == BinOp.ADD || x.op() == BinOp.SUB)) {
                return merge(x.op(), sum(x.a()), sum(x.b()));
            } else if (e instanceof Bin x && x.op() == BinOp.MUL && x.b() instanceof Lit c) {
                Sum s = sum(x.a());
                s.groups.replaceAll((d, t) -> X.mul(t, c));
                return new Sum(s.groups, s.literal * (int) c.bits());
            }
        }
        TreeMap<Integer, Expr> groups = new TreeMap<>();
        Expr atom = e instanceof Var ? e : Walk.map(e, this::expr);
        groups.put(known(atom), atom);
        return new Sum(groups, 0);
    }

    private static Sum merge(BinOp op, Sum a, Sum b) {
        b.groups.forEach((d, t) -> {
            Expr old = a.groups.get(d);
            a.groups.put(d, old != null ? X.bin(op, old, t) : op == BinOp.SUB ? X.neg(t) : t);
        });
        return new Sum(a.groups, op == BinOp.SUB ? a.literal - b.literal : a.literal + b.literal);
    }

    private Expr build(Sum s) {
        Expr all = null;
        for (Map.Entry<Integer, Expr> g : s.groups.entrySet()) {
            Expr t = g.getValue();
            if (all == null) {
                all = t;
            } else {
                all = t instanceof Un u && u.op() == UnOp.NEG ? X.sub(all, u.a()) : X.add(all, t);
            }
            all = place(all, g.getKey());
        }
        return all == null ? X.i(s.literal) : X.add(all, X.i(s.literal));
    }

    /** The value as a local of the block at {@code at}, where that is outside of a loop that we are in. */
    private Expr place(Expr e, int at) {
        if (e instanceof Var || e instanceof Lit) {
            return e;
        }
        for (int d = 0; d <= at; d++) {
            Var v = frames.get(d).known.get(e);
            if (v != null) {
                return v;
            }
        }
        boolean leaves = false;
        for (int d = at + 1; d <= depth(); d++) {
            leaves |= frames.get(d).loop;
        }
        if (!leaves) {
            return e;
        }
        Frame f = frames.get(at);
        Var v = X.ivar(names.fresh("x"));
        f.out.add(new Stmt.Let(v.name(), e));
        f.known.put(e, v);
        depths.put(v.name(), at);
        return v;
    }

    /** The depth of the outermost block in which the value could be computed. */
    private int known(Expr e) {
        if (e instanceof Var v) {
            // mutable locals are known nowhere else
            return v.type().equals(I32) ? depths.getOrDefault(v.name(), depth()) : depth();
        }
        boolean fails = e instanceof Bin b && (b.op() == BinOp.DIV || b.op() == BinOp.REM)
            && !(b.b() instanceof Lit c && c.bits() != 0);
        if (fails || e instanceof Expr.Load || e instanceof Expr.Call || e instanceof Expr.Bitcast) {
            return depth();
        }
        int d = 0;
        for (Expr c : Walk.children(e)) {
            d = Math.max(d, known(c));
        }
        return d;
    }
}
