package dev.lathe.codegen.transform;

import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Expr.Bin;
import dev.lathe.codegen.loop.Expr.BinOp;
import dev.lathe.codegen.loop.Expr.Lit;
import dev.lathe.codegen.loop.Expr.Var;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Stmt;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Folds integer arithmetic, unwraps loops of one iteration, removes loops of none, takes the side of an If whose
 * condition is known, replaces locals that are a literal or another immutable local, and drops locals that nobody
 * reads. Float operations stay as they are.
 */
public final class Simplify {
    private final Map<String, Expr> known = new HashMap<>();
    private final Set<String> mutable = new HashSet<>();

    private Simplify() {
    }

    public static Kernel apply(Kernel k) {
        Simplify s = new Simplify();
        Walk.statements(k.body(), x -> {
            if (x instanceof Stmt.Mut m) {
                s.mutable.add(m.name());
            }
        });
        List<Stmt> body = dropDead(s.block(k.body()));
        return k.with(body);
    }

    private List<Stmt> block(List<Stmt> in) {
        List<Stmt> out = new ArrayList<>();
        in.forEach(s -> statement(s, out));
        return out;
    }

    private void statement(Stmt s, List<Stmt> out) {
        if (s instanceof Stmt.Let x) {
            Expr v = expr(x.value());
            if (v instanceof Lit || v instanceof Var w && !mutable.contains(w.name())) {
                known.put(x.name(), v);
            } else {
                out.add(new Stmt.Let(x.name(), v));
            }
        } else if (s instanceof Stmt.For x) {
            Expr lo = expr(x.lo());
            Expr hi = expr(x.hi());
            long trips = trips(lo, hi, x.step());
            if (trips == 0) {
                return;
            }
            if (trips == 1) {
                statement(new Stmt.Let(x.index(), lo), out);
                out.addAll(block(x.body()));
            } else {
                out.add(new Stmt.For(x.index(), lo, hi, x.step(), block(x.body()), x.lanes()));
            }
        } else if (s instanceof Stmt.If x) {
            Expr cond = expr(x.cond());
            if (cond instanceof Lit c) {
                out.addAll(block(c.bits() != 0 ? x.then() : x.otherwise()));
            } else {
                out.add(new Stmt.If(cond, block(x.then()), block(x.otherwise())));
            }
        } else if (s instanceof Stmt.While x && expr(x.cond()) instanceof Lit c && c.bits() == 0) {
            return;
        } else {
            out.add(Walk.map(s, this::expr, this::block));
        }
    }

    /** The number of iterations where that is known to be 0 or 1, else -1. */
    private static long trips(Expr lo, Expr hi, int step) {
        if (lo instanceof Lit a && hi instanceof Lit b) {
            return b.bits() <= a.bits() ? 0 : b.bits() - a.bits() <= step ? 1 : -1;
        }
        if (hi instanceof Bin h && h.op() == BinOp.ADD && h.a().equals(lo) && h.b() instanceof Lit c && !loads(lo)) {
            return c.bits() <= 0 ? 0 : c.bits() <= step ? 1 : -1;
        }
        return hi.equals(lo) && !loads(lo) ? 0 : -1;
    }

    private static boolean loads(Expr e) {
        return Walk.any(e, x -> x instanceof Expr.Load);
    }

    private Expr expr(Expr e) {
        if (e instanceof Var v) {
            return known.getOrDefault(v.name(), v);
        }
        return Walk.map(e, this::expr);
    }

    private static List<Stmt> dropDead(List<Stmt> body) {
        List<Stmt> now = body;
        while (true) {
            Set<String> read = new HashSet<>();
            Walk.expressions(now, e -> {
                if (e instanceof Var v) {
                    read.add(v.name());
                }
            });
            List<Stmt> next = dropDead(now, read);
            if (next.equals(now)) {
                return next;
            }
            now = next;
        }
    }

    private static List<Stmt> dropDead(List<Stmt> body, Set<String> read) {
        List<Stmt> out = new ArrayList<>();
        for (Stmt s : body) {
            if (s instanceof Stmt.Local x && !read.contains(x.name())) {
                continue;
            }
            Stmt r = Walk.map(s, e -> e, b -> dropDead(b, read));
            if (r instanceof Stmt.For f && f.body().isEmpty()
                || r instanceof Stmt.If i && i.then().isEmpty() && i.otherwise().isEmpty()) {
                continue;
            }
            out.add(r);
        }
        return out;
    }
}
