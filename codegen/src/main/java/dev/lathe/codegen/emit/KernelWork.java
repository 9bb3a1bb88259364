package dev.lathe.codegen.emit;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Stmt;
import dev.lathe.codegen.loop.X;
import dev.lathe.codegen.program.Buffer;
import dev.lathe.codegen.program.Program;
import dev.lathe.codegen.program.Step;
import dev.lathe.codegen.transform.Walk;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How many operations of the Vector API a run makes in each kernel, as far as the program says: open extents count as {@link #OPEN}, of a loop the first
 * round stands for all, and a loop whose end only the data know has one.
 */
final class KernelWork {
    private static final long OPEN = 128;

    /** Elements in the buffers of a step below which it isn't looked at. */
    private static final long SMALL = 1 << 14;

    private static final long MOST = 1L << 40;

    private final Program program;
    private final Map<String, Kernel> kernels;
    private final Map<String, Long> operations = new HashMap<>();

    private KernelWork(Program program, Map<String, Kernel> kernels) {
        this.program = program;
        this.kernels = kernels;
    }

    /** The operations by the name of the kernel; those without any may be missing. */
    static Map<String, Long> of(Program p, Map<String, Kernel> kernels) {
        KernelWork w = new KernelWork(p, kernels);
        p.flat().forEach(s -> {
            if (s instanceof Step.Run r) {
                w.step(r);
            }
        });
        return w.operations;
    }

    private void step(Step.Run r) {
        long elements = 0;
        for (Step.Ref b : r.bufs()) {
            Buffer buffer = program.buffers().get(b.buffer());
            elements += buffer.size().isConst() && buffer.kind() != Buffer.Kind.OWN ? buffer.size().value() : SMALL;
        }
        if (elements >= SMALL) {
            List<Expr> numbers = new ArrayList<>();
            if (r.extent() != null) {
                numbers.add(X.i(0));
                numbers.add(number(r.extent()));
            }
            r.ints().forEach(d -> numbers.add(number(d)));
            run(r.kernel(), numbers, 1);
        }
    }

    private static Expr number(Dim d) {
        long n = OPEN;
        try {
            n = d.eval(s -> OPEN);
        } catch (ArithmeticException e) {
            // this extent doesn't go with the others, or nothing does
        }
        return X.i((int) Math.max(Integer.MIN_VALUE, Math.min(Integer.MAX_VALUE, n)));
    }

    private void run(String kernel, List<Expr> numbers, long times) {
        Kernel k = kernels.get(kernel);
        if (k != null) {
            Map<String, Expr> known = new HashMap<>();
            for (int i = 0; i < numbers.size(); i++) {
                known.put(k.ints().get(i), numbers.get(i));
            }
            operations.merge(kernel, block(k.body(), known, times), Long::sum);
        }
    }

    private long block(List<Stmt> body, Map<String, Expr> known, long times) {
        long n = 0;
        for (Stmt s : body) {
            if (s instanceof Stmt.For f) {
                Expr lo = value(f.lo(), known);
                long rounds = rounds(lo, value(f.hi(), known), f.step());
                if (rounds > 0) {
                    known.put(f.index(), lo);
                    n += block(f.body(), known, product(times, rounds));
                }
            } else if (s instanceof Stmt.If i) {
                Expr c = value(i.cond(), known);
                boolean either = !(c instanceof Expr.Lit);
                n += either || ((Expr.Lit) c).bits() != 0 ? block(i.then(), known, times) : 0;
                n += either || ((Expr.Lit) c).bits() == 0 ? block(i.otherwise(), known, times) : 0;
            } else if (s instanceof Stmt.While w) {
                n += block(w.body(), known, product(times, rounds(w, known)));
            } else if (s instanceof Stmt.Invoke v) {
                run(v.kernel(), v.ints().stream().map(e -> value(e, known)).toList(), times);
            } else {
                if (s instanceof Stmt.Local l) {
                    known.put(l.name(), value(l.value(), known));
                }
                n += times * VectorOps.of(s);
            }
        }
        return Math.min(n, MOST);
    }

    // of a loop while a local is less than a number: by how much the first round adds to it
    private long rounds(Stmt.While w, Map<String, Expr> known) {
        if (w.cond() instanceof Expr.Cmp c && c.op() == Expr.CmpOp.LT && c.a() instanceof Expr.Var v && value(v, known) instanceof Expr.Lit from) {
            Map<String, Expr> after = new HashMap<>(known);
            block(w.body(), after, 0);
            if (value(v, after) instanceof Expr.Lit next && next.bits() > from.bits() && value(c.b(), known) instanceof Expr.Lit to) {
                return rounds(from, to, next.bits() - from.bits());
            }
        }
        return 1;
    }

    private static long product(long a, long b) {
        return a == 0 || b < MOST / a ? a * b : MOST;
    }

    private static long rounds(Expr lo, Expr hi, long step) {
        return lo instanceof Expr.Lit a && hi instanceof Expr.Lit b ? Math.max(0, (b.bits() - a.bits() + step - 1) / step) : 1;
    }

    // with what is known of integers
    private static Expr value(Expr e, Map<String, Expr> known) {
        if (e.type().isVector() || e.type().scalar().isFloat()) {
            return e;
        }
        return e instanceof Expr.Var v ? known.getOrDefault(v.name(), v) : Walk.map(e, x -> value(x, known));
    }
}
