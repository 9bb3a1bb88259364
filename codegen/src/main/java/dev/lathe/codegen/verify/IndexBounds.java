package dev.lathe.codegen.verify;

import dev.lathe.codegen.loop.Expr.BinOp;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.Stmt;
import dev.lathe.codegen.program.Buffer;
import dev.lathe.codegen.program.Program;
import dev.lathe.codegen.program.Step;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Accesses that are certain to be out of bounds: in loops with known bounds, under no condition, at an index that is a
 * sum of multiples of loop indices, so that its extremes are taken. Anything else is left to the run time.
 */
final class IndexBounds {
    /** {@code constant} plus a multiple of each loop index. */
    private record Linear(long constant, Map<String, Long> terms) {
        Linear plus(Linear o, long times) {
            Map<String, Long> t = new TreeMap<>(terms);
            o.terms.forEach((n, k) -> t.merge(n, k * times, Long::sum));
            t.values().removeIf(k -> k == 0);
            return new Linear(constant + o.constant * times, t);
        }
    }

    private record Range(long min, long max) {}

    private final Program program;
    private final Kernel kernel;
    private final Step.Run step;
    private final Consumer<String> error;
    private final Map<String, Linear> known = new HashMap<>();
    private final Map<String, Range> loops = new HashMap<>();

    IndexBounds(Program program, Kernel kernel, Step.Run step, Consumer<String> error) {
        this.program = program;
        this.kernel = kernel;
        this.step = step;
        this.error = error;
    }

    void check() {
        int first = kernel.parallel() ? 2 : 0;
        if (kernel.parallel()) {
            known.put(kernel.ints().get(0), constant(0));
            if (step.extent() != null && step.extent().isConst()) {
                known.put(kernel.ints().get(1), constant(step.extent().value()));
            }
        }
        for (int i = 0; i < step.ints().size(); i++) {
            if (step.ints().get(i).isConst()) {
                known.put(kernel.ints().get(first + i), constant(step.ints().get(i).value()));
            }
        }
        block(kernel.body());
    }

    private static Linear constant(long v) {
        return new Linear(v, Map.of());
    }

    private void block(List<Stmt> body) {
        for (Stmt s : body) {
            if (s instanceof Stmt.Let l) {
                loads(l.value());
                Linear v = l.value().type().isVector() ? null : linear(l.value());
                if (v != null) {
                    known.put(l.name(), v);
                }
            } else if (s instanceof Stmt.Local l) {
                loads(l.value());
            } else if (s instanceof Stmt.Store st) {
                loads(st.index());
                loads(st.value());
                access(st.buf(), st.index(), st.value().type().lanes());
            } else if (s instanceof Stmt.For f) {
                loop(f);
            }
            // what stands under a condition may never run
        }
    }

    private void loop(Stmt.For f) {
        Linear lo = linear(f.lo());
        Linear hi = linear(f.hi());
        if (lo != null && hi != null && lo.terms.isEmpty() && hi.terms.isEmpty() && lo.constant < hi.constant) {
            long last = lo.constant + (hi.constant - 1 - lo.constant) / f.step() * f.step();
            loops.put(f.index(), new Range(lo.constant, last));
            known.put(f.index(), new Linear(0, Map.of(f.index(), 1L)));
            block(f.body());
        }
    }

    private void loads(Expr e) {
        if (e instanceof Expr.Load l) {
            loads(l.index());
            access(l.buf(), l.index(), l.type().lanes());
        } else if (e instanceof Expr.Un u) {
            loads(u.a());
        } else if (e instanceof Expr.Bin b) {
            loads(b.a());
            if (b.type().scalar() != Scalar.BOOL) {
                loads(b.b());
            }
        } else if (e instanceof Expr.Fma f) {
            loads(f.a());
            loads(f.b());
            loads(f.c());
        } else if (e instanceof Expr.Cmp c) {
            loads(c.a());
            loads(c.b());
        } else if (e instanceof Expr.Select s) {
            loads(s.cond());
            if (s.type().isVector()) {
                loads(s.a());
                loads(s.b());
            }
        } else if (e instanceof Expr.Convert c) {
            loads(c.a());
        } else if (e instanceof Expr.Bitcast b) {
            loads(b.a());
        } else if (e instanceof Expr.Splat s) {
            loads(s.a());
        } else if (e instanceof Expr.Call c) {
            c.args().forEach(this::loads);
        }
    }

    private Linear linear(Expr e) {
        if (e instanceof Expr.Lit l) {
            return constant(l.bits());
        } else if (e instanceof Expr.Var v) {
            return known.get(v.name());
        } else if (e instanceof Expr.Bin b) {
            Linear x = linear(b.a());
            Linear y = linear(b.b());
            if (x == null || y == null) {
                return null;
            } else if (b.op() == BinOp.ADD || b.op() == BinOp.SUB) {
                return x.plus(y, b.op() == BinOp.ADD ? 1 : -1);
            } else if (b.op() == BinOp.MUL && (x.terms.isEmpty() || y.terms.isEmpty())) {
                return constant(0).plus(x.terms.isEmpty() ? y : x, x.terms.isEmpty() ? x.constant : y.constant);
            }
        }
        return null;
    }

    private void access(String buf, Expr index, int lanes) {
        Linear at = linear(index);
        Step.Ref place = reference(buf);
        if (at == null || place == null || !place.offset().isConst()) {
            return;
        }
        if (place.buffer() < 0 || place.buffer() >= program.buffers().size()) {
            return;
        }
        Buffer b = program.buffers().get(place.buffer());
        if (b.kind() == Buffer.Kind.OWN || !b.size().isConst()) {
            return;
        }
        long min = place.offset().value() + at.constant;
        long max = min;
        for (Map.Entry<String, Long> t : at.terms.entrySet()) {
            Range r = loops.get(t.getKey());
            long k = t.getValue();
            min += k > 0 ? k * r.min : k * r.max;
            max += k > 0 ? k * r.max : k * r.min;
        }
        if (min < 0 || max + lanes > b.size().value()) {
            error.accept(kernel.name() + " accesses elements " + min + " to " + (max + lanes - 1) + " of " + ProgramVerifier.name(b)
                    + " as " + buf + ", which has " + b.size());
        }
    }

    private Step.Ref reference(String buf) {
        for (int i = 0; i < kernel.bufs().size(); i++) {
            if (kernel.bufs().get(i).name().equals(buf)) {
                return step.bufs().get(i);
            }
        }
        return null;
    }
}
