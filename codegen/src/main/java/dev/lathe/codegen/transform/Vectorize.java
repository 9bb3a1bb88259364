package dev.lathe.codegen.transform;

import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Expr.Lit;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Stmt;
import dev.lathe.codegen.loop.X;
import java.util.ArrayList;
import java.util.List;

/**
 * Turns each lanes loop that has a vector form into a loop of vectors, steps of narrower vectors and a scalar tail.
 * A loop has one when
 * <ul>
 * <li>everything in its body that varies from one iteration to the next is f32, i32 or bool;
 * <li>every index grows by 0 or 1 per iteration, indices of stores by 1, and the loop's index occurs nowhere else;
 * <li>control flow inside is the same for all iterations (loops inside keep their scalar index);
 * <li>integers that vary are not divided, and functions of them are ones that {@link VectorMath} knows.
 * </ul>
 * Both sides of a Select whose condition varies are evaluated for every iteration, so loads in them must be in
 * bounds; a Select whose condition doesn't vary stays lazy. Any other lanes loop stays scalar, but loops inside it
 * may become vectors. No loop of the result is marked as lanes.
 */
public final class Vectorize {
    /**
     * @param widths lanes of the vectors, descending, the first for the main loop
     * @param big a body of more expression nodes than this (calls expanded) takes {@code bigWidths} instead
     */
    public record Options(List<Integer> widths, int big, List<Integer> bigWidths) {
        public static final Options DEFAULT = new Options(List.of(16, 8, 4), 60, List.of(16, 8));

        public Options {
            widths = List.copyOf(widths);
            bigWidths = List.copyOf(bigWidths);
        }
    }

    /** What a call counts when it is expanded. */
    private static final int CALL = 30;

    private final Options options;
    private final Names names;

    private Vectorize(Options options, Names names) {
        this.options = options;
        this.names = names;
    }

    public static Kernel apply(Kernel k) {
        return apply(k, Options.DEFAULT);
    }

    public static Kernel apply(Kernel k, Options options) {
        Vectorize v = new Vectorize(options, new Names(k));
        return k.with(v.block(k.body()));
    }

    private List<Stmt> block(List<Stmt> in) {
        List<Stmt> out = new ArrayList<>();
        for (Stmt s : in) {
            LaneAnalysis a = s instanceof Stmt.For f && f.lanes() && f.step() == 1 ? LaneAnalysis.of(f) : null;
            if (a != null) {
                loop((Stmt.For) s, a, out);
            } else {
                out.add(plain(Walk.map(s, e -> e, this::block)));
            }
        }
        return out;
    }

    private static Stmt plain(Stmt s) {
        return s instanceof Stmt.For f && f.lanes()
            ? new Stmt.For(f.index(), f.lo(), f.hi(), f.step(), f.body(), false) : s;
    }

    private static List<Stmt> plain(List<Stmt> body) {
        return body.stream().map(s -> plain(Walk.map(s, e -> e, Vectorize::plain))).toList();
    }

    private void loop(Stmt.For f, LaneAnalysis a, List<Stmt> out) {
        Expr lo = bind("lo", f.index(), f.lo(), out);
        Expr hi = bind("hi", f.index(), f.hi(), out);
        Expr span = X.sub(hi, lo);
        int[] nodes = {0};
        Walk.expressions(f.body(), e -> nodes[0] += e instanceof Expr.Call ? CALL : 1);
        List<Integer> widths = nodes[0] > options.big ? options.bigWidths : options.widths;
        if (span instanceof Lit n) {
            literal(f, a, widths, lo, Math.max(0, n.bits()), out);
            return;
        }
        Expr n = bind("n", f.index(), X.max(span, X.i(0)), out);
        Expr start = lo;
        int wider = 0;
        for (int w : widths) {
            Expr end = bind("end" + w, f.index(), X.add(lo, X.and(n, X.i(-w))), out);
            String index = names.fresh(f.index() + "_v" + w);
            List<Stmt> body = new Widen(a, names, f.index(), index, w).block(f.body());
            if (wider == 2 * w) {
                List<Stmt> once = new ArrayList<>();
                once.add(new Stmt.Let(index, start));
                once.addAll(body);
                out.add(new Stmt.If(X.ne(X.and(n, X.i(w)), X.i(0)), once, List.of()));
            } else {
                out.add(new Stmt.For(index, start, end, w, body, false));
            }
            start = end;
            wider = w;
        }
        out.add(new Stmt.For(f.index(), start, hi, 1, plain(f.body()), false));
    }

    private void literal(Stmt.For f, LaneAnalysis a, List<Integer> widths, Expr lo, long trips, List<Stmt> out) {
        long done = 0;
        for (int w : widths) {
            long end = trips - trips % w;
            if (end > done) {
                String index = names.fresh(f.index() + "_v" + w);
                List<Stmt> body = new Widen(a, names, f.index(), index, w).block(f.body());
                out.add(new Stmt.For(index, X.add(lo, X.i((int) done)), X.add(lo, X.i((int) end)), w, body, false));
                done = end;
            }
        }
        if (done < trips) {
            Expr start = X.add(lo, X.i((int) done));
            out.add(new Stmt.For(f.index(), start, X.add(lo, X.i((int) trips)), 1, plain(f.body()), false));
        }
    }

    private Expr bind(String what, String index, Expr e, List<Stmt> out) {
        if (e instanceof Lit || e instanceof Expr.Var v && !names.mutable(v.name())) {
            return e;
        }
        String name = names.fresh(index + "_" + what);
        out.add(new Stmt.Let(name, e));
        return X.ivar(name);
    }
}
