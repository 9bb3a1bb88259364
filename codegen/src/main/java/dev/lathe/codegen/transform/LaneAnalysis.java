package dev.lathe.codegen.transform;

import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Expr.BinOp;
import dev.lathe.codegen.loop.Expr.Lit;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.Stmt;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How the values in the body of a lanes loop depend on its index: uniform (the same in every iteration), affine (an
 * i32 that grows by a literal per iteration, usable in indices only), or varying (to become a vector).
 */
final class LaneAnalysis {
    static final long UNIFORM = 0;
    static final long VARYING = Long.MIN_VALUE;

    /** Says why a loop has no vector form. */
    private static final class Illegal extends RuntimeException {
        private static final long serialVersionUID = 1;

        Illegal(String why) {
            super(why, null, false, false);
        }
    }

    /** For each local of the body UNIFORM, VARYING, or else the growth per iteration. */
    private final Map<String, Long> kinds = new HashMap<>();
    private final Set<String> declared = new HashSet<>();

    private LaneAnalysis() {
    }

    /** The analysis, or null where the loop has no vector form. */
    static LaneAnalysis of(Stmt.For loop) {
        LaneAnalysis a = new LaneAnalysis();
        Walk.statements(loop.body(), s -> a.declared.add(Walk.declared(s)));
        a.kinds.put(loop.index(), 1L);
        try {
            Map<String, Long> before;
            do {
                before = Map.copyOf(a.kinds);
                loop.body().forEach(a::visit);
            } while (!before.equals(a.kinds));
            return a;
        } catch (Illegal e) {
            return null;
        }
    }

    boolean varies(String name) {
        return kinds.getOrDefault(name, UNIFORM) == VARYING;
    }

    private void visit(Stmt s) {
        if (s instanceof Stmt.Let x) {
            kinds.put(x.name(), kind(x.value()));
        } else if (s instanceof Stmt.Mut x) {
            assign(x.name(), x.value());
        } else if (s instanceof Stmt.Set x) {
            if (!declared.contains(x.name())) {
                throw new Illegal("assigns a local from outside");
            }
            assign(x.name(), x.value());
        } else if (s instanceof Stmt.Store x) {
            if (kind(x.index()) != 1) {
                throw new Illegal("store that is not consecutive");
            }
            lane(x.value());
            if (x.value().type().scalar() == Scalar.BOOL) {
                throw new Illegal("store of a bool");
            }
        } else if (s instanceof Stmt.Invoke) {
            throw new Illegal("another kernel has no lanes");
        } else {
            Walk.exprs(s).forEach(this::uniform);
        }
        Walk.blocks(s).forEach(b -> b.forEach(this::visit));
    }

    private void assign(String name, Expr value) {
        long k = kind(value);
        if (k != UNIFORM && k != VARYING) {
            throw new Illegal("the index kept in a mutable local");
        }
        if (k == VARYING || varies(name)) {
            lane(value);
            kinds.put(name, VARYING);
        }
    }

    private void uniform(Expr e) {
        if (kind(e) != UNIFORM) {
            throw new Illegal("control that depends on the lane");
        }
    }

    /** Checks that an expression can be one lane of a vector. */
    private void lane(Expr e) {
        long k = kind(e);
        if (k != UNIFORM && k != VARYING) {
            throw new Illegal("the index used as a value");
        }
        if (!ok(e.type().scalar())) {
            throw new Illegal("vector of " + e.type());
        }
    }

    private static boolean ok(Scalar s) {
        return s == Scalar.F32 || s == Scalar.I32 || s == Scalar.BOOL;
    }

    long kind(Expr e) {
        if (e.type().isVector()) {
            throw new Illegal("vectors already");
        }
        if (e instanceof Expr.Var v) {
            return kinds.getOrDefault(v.name(), UNIFORM);
        }
        if (e instanceof Expr.Load x) {
            long k = kind(x.index());
            if (k != UNIFORM && (k != 1 || !ok(x.type().scalar()))) {
                throw new Illegal("load that is not consecutive");
            }
            return k == 1 ? VARYING : UNIFORM;
        }
        List<Expr> children = Walk.children(e);
        boolean uniform = true;
        boolean varying = false;
        for (Expr c : children) {
            long k = kind(c);
            uniform &= k == UNIFORM;
            varying |= k == VARYING;
        }
        if (uniform) {
            return UNIFORM;
        }
        if (!varying) {
            return affine(e);
        }
        children.forEach(this::lane);
        if (!ok(e.type().scalar()) || !hasVectorForm(e)) {
            throw new Illegal("no vector form");
        }
        return VARYING;
    }

    /** Growth per iteration of an expression of uniform and affine parts. */
    private long affine(Expr e) {
        if (e.type().scalar() == Scalar.I32) {
            if (e instanceof Expr.Un x && x.op() == Expr.UnOp.NEG) {
                return -kind(x.a());
            }
            if (e instanceof Expr.Bin x) {
                long a = kind(x.a());
                long b = kind(x.b());
                switch (x.op()) {
                    case ADD -> {
                        return a + b;
                    }
                    case SUB -> {
                        return a - b;
                    }
                    case MUL -> {
                        if (x.b() instanceof Lit c) {
                            return a * c.bits();
                        } else if (x.a() instanceof Lit c) {
                            return b * c.bits();
                        }
                    }
                    default -> {
                    }
                }
            }
        }
        throw new Illegal("the index used in other than a sum");
    }

    private static boolean hasVectorForm(Expr e) {
        if (e instanceof Expr.Bin x) {
            return x.op() != BinOp.REM && (x.op() != BinOp.DIV || x.type().scalar() == Scalar.F32);
        }
        if (e instanceof Expr.Convert x) {
            return x.to() != Scalar.BOOL;
        }
        return !(e instanceof Expr.Call x) || VectorMath.has(x.fn());
    }
}
