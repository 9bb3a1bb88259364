package dev.lathe.codegen.transform;

import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Expr.Call;
import dev.lathe.codegen.loop.Expr.Un;
import dev.lathe.codegen.loop.Fn;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Stmt;
import dev.lathe.codegen.loop.VType;
import dev.lathe.codegen.loop.X;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Vector forms of the run time's functions: the same operations in the same order as the scalar method, lane by
 * lane, so the results have the same bits. Also FLOOR, CEIL and RINT of vectors, which have no vector instruction
 * that Java can name.
 */
public final class VectorMath {
    /** Writes the value of a function of one vector; statements go to the scope. */
    interface Form {
        Expr of(Scope s, Expr x);
    }

    private static final Map<String, Form> FORMS = Map.ofEntries(
        Map.entry("F32Math.exp", ExpForms::exp),
        Map.entry("F32Math.expm1", ExpForms::expm1),
        Map.entry("F32Math.tanh", ExpForms::tanh),
        Map.entry("F32Math.sigmoid", ExpForms::sigmoid),
        Map.entry("F32Math.erf", ExpForms::erf),
        Map.entry("F32Math.log", LogForms::log),
        Map.entry("F32Math.log1p", LogForms::log1p),
        Map.entry("F32Math.sinCore", TrigForms::sinCore),
        Map.entry("F32Math.cosCore", TrigForms::cosCore),
        Map.entry("NarrowFloats.roundF16", RoundForms::f16),
        Map.entry("NarrowFloats.roundBf16", RoundForms::bf16));

    private VectorMath() {
    }

    /** Whether calls of the function with vectors can be expanded. */
    public static boolean has(Fn fn) {
        return FORMS.containsKey(fn.toString());
    }

    /**
     * The kernel without calls, FLOOR, CEIL and RINT of vectors. Those of scalars stay.
     *
     * @throws IllegalArgumentException when a function called with vectors has no vector form
     */
    public static Kernel expand(Kernel k) {
        Names names = new Names(k);
        return k.with(block(k.body(), names));
    }

    private static List<Stmt> block(List<Stmt> in, Names names) {
        List<Stmt> out = new ArrayList<>();
        Scope scope = new Scope(names, out);
        for (Stmt s : in) {
            Stmt r = Walk.map(s, e -> expr(e, scope), b -> block(b, names));
            out.add(r);
        }
        return out;
    }

    private static Expr expr(Expr e, Scope s) {
        Expr r = Walk.map(e, c -> expr(c, s));
        VType t = r.type();
        if (t.isVector() && r instanceof Call c) {
            Form f = FORMS.get(c.fn().toString());
            if (f == null) {
                throw new IllegalArgumentException(c.fn() + " has no vector form");
            }
            return f.of(s, s.let(c.args().get(0)));
        }
        if (t.isVector() && r instanceof Un u) {
            return switch (u.op()) {
                case FLOOR -> RoundForms.floor(s, s.let(u.a()));
                case CEIL -> RoundForms.ceil(s, s.let(u.a()));
                case RINT -> RoundForms.rint(s, s.let(u.a()));
                default -> r;
            };
        }
        return r;
    }

    /** Where an expansion puts its locals. */
    record Scope(Names names, List<Stmt> out) {
        /** The value as a local. */
        Expr let(Expr e) {
            if (e instanceof Expr.Var || e instanceof Expr.Lit) {
                return e;
            }
            String name = names.fresh("m");
            out.add(new Stmt.Let(name, e));
            return new Expr.Var(name, e.type());
        }

        /** Horner's scheme, one local a step: the first coefficient is that of the highest power of {@code x}. */
        Expr poly(Expr x, float... c) {
            Expr p = X.f(c[0]);
            for (int i = 1; i < c.length; i++) {
                p = let(X.fma(p, x, X.f(c[i])));
            }
            return p;
        }
    }
}
