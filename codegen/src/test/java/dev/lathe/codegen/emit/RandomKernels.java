package dev.lathe.codegen.emit;

import static dev.lathe.codegen.emit.Build.*;

import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Expr.BinOp;
import dev.lathe.codegen.loop.Expr.CmpOp;
import dev.lathe.codegen.loop.Expr.UnOp;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.Stmt;
import dev.lathe.codegen.loop.VType;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Well-typed kernels made at random: one loop over two buffers of each type, with locals, branches and stores. */
final class RandomKernels {
    /** Elements that the loop covers; buffers have 16 more. */
    static final int N = 64;

    static final List<Scalar> NUMBERS = List.of(Scalar.F32, Scalar.F64, Scalar.I32, Scalar.I64);

    private final Random r;
    private final int lanes;
    private final List<Expr.Var> locals = new ArrayList<>();
    private final List<Expr.Var> mutable = new ArrayList<>();
    private int names;

    private RandomKernels(Random r, int lanes) {
        this.r = r;
        this.lanes = lanes;
    }

    /** A kernel with vectors of {@code lanes}, or scalars alone when 1. */
    static Kernel make(long seed, int lanes) {
        return new RandomKernels(new Random(seed), lanes).kernel();
    }

    private Kernel kernel() {
        List<Kernel.BufParam> bufs = new ArrayList<>();
        NUMBERS.forEach(s -> bufs.add(in("a" + s, s)));
        NUMBERS.forEach(s -> bufs.add(out("o" + s, s)));
        List<Stmt> body = new ArrayList<>();
        for (int i = r.nextInt(3); i > 0; i--) {
            VType t = type();
            String name = "m" + names++;
            body.add(new Stmt.Mut(name, literal(t)));
            mutable.add(new Expr.Var(name, t));
            locals.add(new Expr.Var(name, t));
        }
        body.add(loop("i", v("n"), lanes, block(1 + r.nextInt(4), 2).toArray(Stmt[]::new)));
        return new Kernel("k", bufs, List.of("n"), body, false);
    }

    private VType type() {
        while (true) {
            VType t = new VType(r.nextInt(5) == 0 ? Scalar.BOOL : NUMBERS.get(r.nextInt(4)), r.nextInt(4) == 0 ? 1 : lanes);
            if (!t.isVector() || VectorSpelling.exists(t)) {
                return t;
            }
        }
    }

    private List<Stmt> block(int size, int depth) {
        List<Stmt> all = new ArrayList<>();
        int outer = locals.size();
        for (int i = 0; i < size; i++) {
            int kind = r.nextInt(depth > 0 ? 8 : 6);
            if (kind < 2) {
                VType t = type();
                String name = "x" + names++;
                all.add(new Stmt.Let(name, expr(t, 3)));
                locals.add(new Expr.Var(name, t));
            } else if (kind == 2 && !mutable.isEmpty()) {
                Expr.Var m = mutable.get(r.nextInt(mutable.size()));
                all.add(new Stmt.Set(m.name(), expr(m.type(), 3)));
            } else if (kind < 6) {
                VType t;
                do {
                    t = type();
                } while (t.scalar() == Scalar.BOOL);
                all.add(store("o" + t.scalar(), index(), expr(t, 4)));
            } else {
                all.add(new Stmt.If(expr(Scalar.BOOL.scalar(), 2), block(2, depth - 1), r.nextBoolean() ? block(2, depth - 1) : List.of()));
            }
        }
        while (locals.size() > outer) {
            locals.remove(locals.size() - 1);
        }
        return all;
    }

    private Expr index() {
        return switch (r.nextInt(3)) {
            case 0 -> v("i");
            case 1 -> add(v("i"), i(r.nextInt(16)));
            default -> bin(BinOp.SUB, add(mul(v("i"), i(2)), i(r.nextInt(8))), v("i"));
        };
    }

    private static Expr literal(VType t, long bits) {
        Expr l = new Expr.Lit(t.scalar(), bits);
        return t.isVector() ? new Expr.Splat(l, t.lanes()) : l;
    }

    private Expr literal(VType t) {
        Object a = t.scalar() == Scalar.BOOL ? null : Samples.array(t.scalar(), 1, r);
        long bits = switch (t.scalar()) {
            case F32 -> Float.floatToIntBits(((float[]) a)[0]);
            case F64 -> Double.doubleToLongBits(((double[]) a)[0]);
            case I32 -> ((int[]) a)[0];
            case I64 -> ((long[]) a)[0];
            case BOOL, REF -> r.nextInt(2);
        };
        return literal(t, bits);
    }

    private Expr expr(VType t, int depth) {
        if (depth == 0) {
            List<Expr.Var> fitting = locals.stream().filter(l -> l.type().equals(t)).toList();
            if (!fitting.isEmpty() && r.nextInt(3) > 0) {
                return fitting.get(r.nextInt(fitting.size()));
            }
            return t.scalar() == Scalar.BOOL || r.nextInt(4) == 0 ? literal(t) : new Expr.Load("a" + t.scalar(), index(), t);
        }
        int d = depth - 1;
        return switch (r.nextInt(7)) {
            case 0 -> expr(t, 0);
            case 1 -> new Expr.Select(expr(t.with(Scalar.BOOL), d), expr(t, d), expr(t, d));
            case 2 -> unary(t, d);
            case 3 -> other(t, d);
            default -> binary(t, d);
        };
    }

    private Expr unary(VType t, int d) {
        UnOp op = t.scalar().isFloat() ? UnOp.values()[r.nextInt(6)]
                : t.scalar() == Scalar.BOOL ? UnOp.NOT : List.of(UnOp.NEG, UnOp.ABS, UnOp.NOT).get(r.nextInt(3));
        return new Expr.Un(op, expr(t, d));
    }

    private Expr binary(VType t, int d) {
        Scalar s = t.scalar();
        if (s == Scalar.BOOL) {
            VType of = t.with(NUMBERS.get(r.nextInt(4)));
            boolean compare = r.nextBoolean() && (!of.isVector() || VectorSpelling.exists(of));
            return compare ? cmp(CmpOp.values()[r.nextInt(6)], expr(of, d), expr(of, d))
                    : bin(List.of(BinOp.AND, BinOp.OR, BinOp.XOR).get(r.nextInt(3)), expr(t, d), expr(t, d));
        }
        if (s.isFloat() && r.nextInt(3) == 0) {
            return new Expr.Fma(expr(t, d), expr(t, d), expr(t, d));
        }
        while (true) {
            BinOp op = BinOp.values()[r.nextInt(s.isFloat() ? BinOp.AND.ordinal() : BinOp.values().length)];
            boolean divides = op == BinOp.DIV || op == BinOp.REM;
            if (!(t.isVector() && (op == BinOp.REM || divides && !s.isFloat()))) {
                Expr b = expr(t, d);
                return bin(op, expr(t, d), divides && !s.isFloat() ? bin(BinOp.OR, b, literal(t, 1)) : b);
            }
        }
    }

    private Expr other(VType t, int d) {
        VType from = t.with(NUMBERS.get(r.nextInt(4)));
        boolean exists = !t.isVector() || VectorSpelling.exists(from);
        boolean slow = t.isVector() && t.scalar() == Scalar.F32 && from.scalar() == Scalar.I64;
        if (!exists || slow) {
            return expr(t, d);
        } else if (t.isVector() && r.nextInt(3) == 0) {
            return new Expr.Splat(expr(t.withLanes(1), d), t.lanes());
        }
        return new Expr.Convert(t.scalar(), expr(from, d));
    }
}
