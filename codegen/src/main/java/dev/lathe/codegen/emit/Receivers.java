package dev.lathe.codegen.emit;

import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Stmt;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Which vector locals of a kernel an operation is called on. C2 guards a call on a value of unknown class, and does without the guard's other branch
 * only while few guards of the Vector API have failed in the process, all methods that it inlines counted together. Once vectors of several lengths
 * have been about, that branch is a call, and every vector around it an object. So these locals get their class where they are set.
 */
final class Receivers {
    private final Set<String> names = new HashSet<>();

    private Receivers() {}

    static Set<String> of(List<Stmt> body) {
        Receivers r = new Receivers();
        r.walk(body);
        return r.names;
    }

    private void walk(List<Stmt> body) {
        for (Stmt s : body) {
            if (s instanceof Stmt.Local l) {
                walk(l.value());
            } else if (s instanceof Stmt.Store t) {
                walk(t.value());
            } else if (s instanceof Stmt.For f) {
                walk(f.body());
            } else if (s instanceof Stmt.If i) {
                walk(i.then());
                walk(i.otherwise());
            } else if (s instanceof Stmt.While w) {
                walk(w.body());
            }
        }
    }

    private void walk(Expr e) {
        if (!e.type().isVector()) {
            return;
        }
        if (e instanceof Expr.Un u) {
            called(u.a());
        } else if (e instanceof Expr.Bin b) {
            called(b.a());
            walk(b.b());
        } else if (e instanceof Expr.Fma f) {
            called(f.a());
            walk(f.b());
            walk(f.c());
        } else if (e instanceof Expr.Cmp p) {
            called(p.a());
            walk(p.b());
        } else if (e instanceof Expr.Select p) {
            walk(p.cond());
            walk(p.a());
            called(p.b());
        } else if (e instanceof Expr.Convert x) {
            called(x.a());
        } else if (e instanceof Expr.Bitcast b) {
            called(b.a());
        }
    }

    private void called(Expr on) {
        if (on instanceof Expr.Var v) {
            names.add(v.name());
        }
        walk(on);
    }
}
