package dev.lathe.codegen.transform;

import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Expr.Lit;
import dev.lathe.codegen.loop.Expr.Load;
import dev.lathe.codegen.loop.Expr.Splat;
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

/**
 * Splits vectors of more lanes than a machine has into parts, which become locals {@code name_0}, {@code name_1},
 * ... With one native lane the result has no vectors. Narrower vectors stay as they are; so do scalars. In a kernel
 * with vectors of f64 or i64, all parts have half the native lanes, so that parts of converted values agree.
 */
public final class Legalize {
    private final int lanes;
    private final Names names;
    private final Map<String, List<String>> parts = new HashMap<>();

    private Legalize(int lanes, Names names) {
        this.lanes = lanes;
        this.names = names;
    }

    /** {@code nativeLanes} is the number of f32 lanes of the machine's vectors, or 1. */
    public static Kernel apply(Kernel k, int nativeLanes) {
        boolean[] wide = {false};
        Walk.expressions(k.body(), e -> wide[0] |= e.type().isVector()
            && (e.type().scalar() == Scalar.F64 || e.type().scalar() == Scalar.I64));
        Legalize l = new Legalize(wide[0] ? Math.max(1, nativeLanes / 2) : nativeLanes, new Names(k));
        return k.with(l.block(k.body()));
    }

    private List<Stmt> block(List<Stmt> in) {
        List<Stmt> out = new ArrayList<>();
        in.forEach(s -> statement(s, out));
        return out;
    }

    private void statement(Stmt s, List<Stmt> out) {
        if (s instanceof Stmt.Let x && splits(x.value().type())) {
            List<Expr> values = split(x.value(), out);
            List<String> to = declare(x.name(), values.size());
            for (int p = 0; p < values.size(); p++) {
                out.add(new Stmt.Let(to.get(p), values.get(p)));
            }
        } else if (s instanceof Stmt.Mut x && splits(x.value().type())) {
            List<Expr> values = split(x.value(), out);
            List<String> to = declare(x.name(), values.size());
            for (int p = 0; p < values.size(); p++) {
                out.add(new Stmt.Mut(to.get(p), values.get(p)));
            }
        } else if (s instanceof Stmt.Set x && splits(x.value().type())) {
            List<Expr> values = split(x.value(), out);
            for (int p = 0; p < values.size(); p++) {
                out.add(new Stmt.Set(parts.get(x.name()).get(p), values.get(p)));
            }
        } else if (s instanceof Stmt.Store x && splits(x.value().type())) {
            store(x, out);
        } else {
            out.add(Walk.map(s, e -> e, this::block));
        }
    }

    private void store(Stmt.Store x, List<Stmt> out) {
        int width = partLanes(x.value().type().lanes());
        List<Expr> values = split(x.value(), out);
        boolean overlaps = Walk.any(x.value(),
            e -> e instanceof Load l && l.buf().equals(x.buf()) && !l.index().equals(x.index()));
        if (overlaps) {
            values = values.stream().map(v -> bind("value", v, out)).toList();
        }
        Expr index = bindIndex(x.index(), out);
        for (int p = 0; p < values.size(); p++) {
            out.add(new Stmt.Store(x.buf(), X.add(index, X.i(p * width)), values.get(p)));
        }
    }

    private List<String> declare(String name, int count) {
        List<String> to = new ArrayList<>();
        for (int p = 0; p < count; p++) {
            to.add(names.fresh(name + "_" + p));
        }
        parts.put(name, to);
        return to;
    }

    private boolean splits(VType t) {
        return t.lanes() > lanes;
    }

    /** The most lanes that a part may have and that divide the whole. */
    private int partLanes(int whole) {
        int n = Math.min(whole, lanes);
        while (whole % n != 0) {
            n--;
        }
        return n;
    }

    /** The parts of a vector; what they share is computed by statements added to {@code out}. */
    private List<Expr> split(Expr e, List<Stmt> out) {
        int whole = e.type().lanes();
        int width = partLanes(whole);
        List<Expr> result = new ArrayList<>();
        if (e instanceof Var v) {
            parts.get(v.name()).forEach(n -> result.add(new Var(n, v.type().withLanes(width))));
        } else if (e instanceof Load x) {
            Expr index = bindIndex(x.index(), out);
            for (int p = 0; p * width < whole; p++) {
                result.add(new Load(x.buf(), X.add(index, X.i(p * width)), x.type().withLanes(width)));
            }
        } else if (e instanceof Splat x) {
            // an element's load stays with its splat, and there is one of them
            Expr a = bind("splat", x.a() instanceof Load ? X.splat(x.a(), width) : x.a(), out);
            for (int p = 0; p * width < whole; p++) {
                result.add(X.splat(a, width));
            }
        } else {
            List<List<Expr>> children = Walk.children(e).stream().map(c -> split(c, out)).toList();
            for (int p = 0; p * width < whole; p++) {
                int part = p;
                result.add(Walk.with(e, children.stream().map(c -> c.get(part)).toList()));
            }
        }
        return result;
    }

    /** Keeps {@code x + literal} open, so that parts differ in the literal only. */
    private Expr bindIndex(Expr e, List<Stmt> out) {
        if (e instanceof Expr.Bin x && x.op() == Expr.BinOp.ADD && x.b() instanceof Lit c) {
            return X.add(bind("at", x.a(), out), c);
        }
        return bind("at", e, out);
    }

    private Expr bind(String name, Expr e, List<Stmt> out) {
        if (e instanceof Lit || e instanceof Var) {
            return e;
        }
        String fresh = names.fresh(name);
        out.add(new Stmt.Let(fresh, e));
        return new Var(fresh, e.type());
    }
}
