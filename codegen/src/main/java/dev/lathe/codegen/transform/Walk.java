package dev.lathe.codegen.transform;

import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Stmt;
import dev.lathe.codegen.loop.X;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/** Traversal of expressions and statements. */
public final class Walk {
    private Walk() {
    }

    static List<Expr> children(Expr e) {
        if (e instanceof Expr.Load x) {
            return List.of(x.index());
        } else if (e instanceof Expr.Un x) {
            return List.of(x.a());
        } else if (e instanceof Expr.Bin x) {
            return List.of(x.a(), x.b());
        } else if (e instanceof Expr.Fma x) {
            return List.of(x.a(), x.b(), x.c());
        } else if (e instanceof Expr.Cmp x) {
            return List.of(x.a(), x.b());
        } else if (e instanceof Expr.Select x) {
            return List.of(x.cond(), x.a(), x.b());
        } else if (e instanceof Expr.Convert x) {
            return List.of(x.a());
        } else if (e instanceof Expr.Bitcast x) {
            return List.of(x.a());
        } else if (e instanceof Expr.Splat x) {
            return List.of(x.a());
        } else if (e instanceof Expr.Call x) {
            return x.args();
        }
        return List.of();
    }

    /** The expression with other children, folded where that is possible; lanes follow those of the children. */
    static Expr with(Expr e, List<Expr> c) {
        if (e instanceof Expr.Load x) {
            return new Expr.Load(x.buf(), c.get(0), x.type());
        } else if (e instanceof Expr.Un x) {
            return X.un(x.op(), c.get(0));
        } else if (e instanceof Expr.Bin x) {
            return X.bin(x.op(), c.get(0), c.get(1));
        } else if (e instanceof Expr.Fma) {
            return X.fma(c.get(0), c.get(1), c.get(2));
        } else if (e instanceof Expr.Cmp x) {
            return X.cmp(x.op(), c.get(0), c.get(1));
        } else if (e instanceof Expr.Select) {
            return X.select(c.get(0), c.get(1), c.get(2));
        } else if (e instanceof Expr.Convert x) {
            return X.convert(x.to(), c.get(0));
        } else if (e instanceof Expr.Bitcast x) {
            return X.bitcast(x.to(), c.get(0));
        } else if (e instanceof Expr.Splat x) {
            return X.splat(c.get(0), x.lanes());
        } else if (e instanceof Expr.Call x) {
            return new Expr.Call(x.fn(), c);
        }
        return e;
    }

    /** The expression with {@code f} applied to each child. */
    public static Expr map(Expr e, UnaryOperator<Expr> f) {
        List<Expr> c = children(e);
        return c.isEmpty() ? e : with(e, c.stream().map(f).toList());
    }

    static boolean any(Expr e, Predicate<Expr> p) {
        if (p.test(e)) {
            return true;
        }
        for (Expr c : children(e)) {
            if (any(c, p)) {
                return true;
            }
        }
        return false;
    }

    /** Visits the expression and all below it. */
    static void each(Expr e, Consumer<Expr> f) {
        f.accept(e);
        children(e).forEach(c -> each(c, f));
    }

    /** The expressions that a statement itself holds, without those of nested statements. */
    static List<Expr> exprs(Stmt s) {
        if (s instanceof Stmt.Local x) {
            return List.of(x.value());
        } else if (s instanceof Stmt.Store x) {
            return List.of(x.index(), x.value());
        } else if (s instanceof Stmt.For x) {
            return List.of(x.lo(), x.hi());
        } else if (s instanceof Stmt.If x) {
            return List.of(x.cond());
        } else if (s instanceof Stmt.While x) {
            return List.of(x.cond());
        } else if (s instanceof Stmt.Invoke x) {
            List<Expr> all = new ArrayList<>();
            x.bufs().forEach(b -> all.add(b.offset()));
            all.addAll(x.ints());
            return all;
        }
        return List.of();
    }

    static List<List<Stmt>> blocks(Stmt s) {
        if (s instanceof Stmt.For x) {
            return List.of(x.body());
        } else if (s instanceof Stmt.If x) {
            return List.of(x.then(), x.otherwise());
        } else if (s instanceof Stmt.While x) {
            return List.of(x.body());
        }
        return List.of();
    }

    /** The statement with its own expressions and its nested blocks replaced. */
    static Stmt map(Stmt s, UnaryOperator<Expr> f, UnaryOperator<List<Stmt>> g) {
        if (s instanceof Stmt.Let x) {
            return new Stmt.Let(x.name(), f.apply(x.value()));
        } else if (s instanceof Stmt.Mut x) {
            return new Stmt.Mut(x.name(), f.apply(x.value()));
        } else if (s instanceof Stmt.Set x) {
            return new Stmt.Set(x.name(), f.apply(x.value()));
        } else if (s instanceof Stmt.Store x) {
            Expr index = f.apply(x.index());
            return new Stmt.Store(x.buf(), index, f.apply(x.value()));
        } else if (s instanceof Stmt.For x) {
            Expr lo = f.apply(x.lo());
            Expr hi = f.apply(x.hi());
            return new Stmt.For(x.index(), lo, hi, x.step(), g.apply(x.body()), x.lanes());
        } else if (s instanceof Stmt.If x) {
            Expr cond = f.apply(x.cond());
            List<Stmt> then = g.apply(x.then());
            return new Stmt.If(cond, then, g.apply(x.otherwise()));
        } else if (s instanceof Stmt.While x) {
            Expr cond = f.apply(x.cond());
            return new Stmt.While(cond, g.apply(x.body()));
        } else if (s instanceof Stmt.Invoke x) {
            List<Stmt.BufArg> bufs = x.bufs().stream().map(b -> new Stmt.BufArg(b.buf(), f.apply(b.offset()))).toList();
            return new Stmt.Invoke(x.kernel(), bufs, x.ints().stream().map(f).toList());
        }
        return s;
    }

    /** Visits every statement, outer ones first. */
    public static void statements(List<Stmt> body, Consumer<Stmt> f) {
        for (Stmt s : body) {
            f.accept(s);
            blocks(s).forEach(b -> statements(b, f));
        }
    }

    /** Visits every expression node of the statements. */
    public static void expressions(List<Stmt> body, Consumer<Expr> f) {
        statements(body, s -> exprs(s).forEach(e -> each(e, f)));
    }

    /** The local that a statement declares, or null. */
    static String declared(Stmt s) {
        if (s instanceof Stmt.Let x) {
            return x.name();
        } else if (s instanceof Stmt.Mut x) {
            return x.name();
        } else if (s instanceof Stmt.For x) {
            return x.index();
        }
        return null;
    }
}
