package dev.lathe.codegen.transform;

import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Expr.Cmp;
import dev.lathe.codegen.loop.Expr.CmpOp;
import dev.lathe.codegen.loop.Expr.Convert;
import dev.lathe.codegen.loop.Expr.Load;
import dev.lathe.codegen.loop.Expr.Select;
import dev.lathe.codegen.loop.Expr.Var;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.Stmt;
import dev.lathe.codegen.loop.X;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Copies the body of a lanes loop as {@code width} iterations at once. Masks are made by comparisons and combined by
 * NOT, AND, OR and XOR only; a Select takes numbers.
 */
final class Widen {
    private final LaneAnalysis lanes;
    private final Names names;
    private final int width;
    private final Map<String, String> renamed = new HashMap<>();

    /** {@code index} is the scalar that holds the loop's index at lane 0. */
    Widen(LaneAnalysis lanes, Names names, String loopIndex, String index, int width) {
        this.lanes = lanes;
        this.names = names;
        this.width = width;
        renamed.put(loopIndex, index);
    }

    List<Stmt> block(List<Stmt> in) {
        List<Stmt> out = new ArrayList<>();
        in.forEach(s -> statement(s, out));
        return out;
    }

    private void statement(Stmt s, List<Stmt> out) {
        if (s instanceof Stmt.Let x) {
            Expr v = lanes.varies(x.name()) ? vector(x.value(), out) : scalar(x.value());
            out.add(new Stmt.Let(rename(x.name()), v));
        } else if (s instanceof Stmt.Mut x) {
            Expr v = lanes.varies(x.name()) ? vector(x.value(), out) : scalar(x.value());
            out.add(new Stmt.Mut(rename(x.name()), v));
        } else if (s instanceof Stmt.Set x) {
            Expr v = lanes.varies(x.name()) ? vector(x.value(), out) : scalar(x.value());
            out.add(new Stmt.Set(renamed.get(x.name()), v));
        } else if (s instanceof Stmt.Store x) {
            out.add(new Stmt.Store(x.buf(), scalar(x.index()), vector(x.value(), out)));
        } else if (s instanceof Stmt.For x) {
            Expr lo = scalar(x.lo());
            Expr hi = scalar(x.hi());
            out.add(new Stmt.For(rename(x.index()), lo, hi, x.step(), block(x.body()), false));
        } else {
            out.add(Walk.map(s, this::scalar, this::block));
        }
    }

    private String rename(String name) {
        String fresh = names.fresh(name + "_v" + width);
        renamed.put(name, fresh);
        return fresh;
    }

    /** A uniform value, or that of lane 0. */
    private Expr scalar(Expr e) {
        if (e instanceof Var v) {
            return new Var(renamed.getOrDefault(v.name(), v.name()), v.type());
        }
        return Walk.map(e, this::scalar);
    }

    private Expr splat(Expr e) {
        if (e.type().scalar() == Scalar.BOOL) {
            return X.ne(X.splat(X.select(e, X.i(1), X.i(0)), width), X.i(0));
        }
        return X.splat(e, width);
    }

    private Expr vector(Expr e, List<Stmt> out) {
        if (lanes.kind(e) == LaneAnalysis.UNIFORM) {
            return splat(scalar(e));
        }
        if (e instanceof Var v) {
            return new Var(renamed.get(v.name()), v.type().withLanes(width));
        }
        if (e instanceof Load x) {
            return new Load(x.buf(), scalar(x.index()), x.type().withLanes(width));
        }
        if (e instanceof Select x) {
            return select(x, out);
        }
        if (e instanceof Cmp x && x.a().type().scalar() == Scalar.BOOL) {
            Expr a = vector(x.a(), out);
            Expr differ = X.xor(a, vector(x.b(), out));
            return x.op() == CmpOp.NE ? differ : X.not(differ);
        }
        if (e instanceof Convert x && x.a().type().scalar() == Scalar.BOOL) {
            Expr mask = vector(x.a(), out);
            return x.to() == Scalar.F32 ? X.select(mask, X.f(1), X.splat(X.f(0), width))
                : X.select(mask, X.i(1), X.splat(X.i(0), width));
        }
        return Walk.map(e, c -> vector(c, out));
    }

    private Expr select(Select x, List<Stmt> out) {
        boolean uniform = lanes.kind(x.cond()) == LaneAnalysis.UNIFORM;
        if (x.type().scalar() == Scalar.BOOL) {
            Expr c = vector(x.cond(), out);
            Expr a = vector(x.a(), out);
            return X.or(X.and(c, a), X.and(X.not(c), vector(x.b(), out)));
        }
        if (!uniform) {
            Expr c = vector(x.cond(), out);
            Expr a = vector(x.a(), out);
            return X.select(c, a, vector(x.b(), out));
        }
        String name = names.fresh("choice_v" + width);
        out.add(new Stmt.Mut(name, X.splat(X.zero(x.type().scalar()), width)));
        out.add(new Stmt.If(scalar(x.cond()), chosen(name, x.a()), chosen(name, x.b())));
        return new Var(name, x.type().withLanes(width));
    }

    private List<Stmt> chosen(String name, Expr e) {
        List<Stmt> out = new ArrayList<>();
        Expr v = vector(e, out);
        out.add(new Stmt.Set(name, v));
        return out;
    }
}
