package dev.lathe.codegen.verify;

import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.Stmt;
import dev.lathe.codegen.loop.VType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/** Types, scopes and buffer use of one kernel. */
public final class KernelVerifier {
    private final Kernel kernel;
    private final Map<String, Kernel> before;
    private final List<Problem> problems = new ArrayList<>();
    private final Map<String, Kernel.BufParam> bufs = new HashMap<>();
    private final Map<String, VType> scope = new LinkedHashMap<>();
    private final Set<String> mutable = new HashSet<>();
    private final Set<String> names = new HashSet<>();
    private final ExprVerifier exprs;

    private KernelVerifier(Kernel kernel, Map<String, Kernel> before) {
        this.kernel = kernel;
        this.before = before;
        this.exprs = new ExprVerifier(bufs, scope, this::error);
    }

    /**
     * Everything that is wrong with {@code k}.
     *
     * @param before the kernels that it may run, by name
     */
    public static List<Problem> verify(Kernel k, Map<String, Kernel> before) {
        KernelVerifier v = new KernelVerifier(k, before);
        v.parameters();
        v.understudy();
        v.block(k.body());
        return v.problems;
    }

    private void error(String message) {
        problems.add(new Problem("kernel " + kernel.name(), message));
    }

    private void parameters() {
        for (Kernel.BufParam b : kernel.bufs()) {
            name(b.name());
            bufs.put(b.name(), b);
            if (b.scalar() == Scalar.BOOL) {
                error("buffer " + b.name() + " of bool");
            }
        }
        for (String i : kernel.ints()) {
            name(i);
            scope.put(i, Scalar.I32.scalar());
        }
        if (kernel.parallel() && kernel.ints().size() < 2) {
            error("a parallel kernel begins with two integers, lo and hi");
        }
        if (2 * kernel.bufs().size() + kernel.ints().size() > 255) {
            error("more parameters than a method can have");
        }
    }

    private void understudy() {
        if (kernel.understudy() == null) {
            return;
        }
        Kernel u = before.get(kernel.understudy());
        if (u == null || kernel.parallel() || u.parallel() || u.ints().size() != kernel.ints().size() || !same(u.bufs(), kernel.bufs())) {
            error("has the understudy " + kernel.understudy() + ", which is no kernel before it that takes what it takes, or one of them is parallel");
        }
    }

    private static boolean same(List<Kernel.BufParam> a, List<Kernel.BufParam> b) {
        return a.size() == b.size() && IntStream.range(0, a.size()).allMatch(i -> a.get(i).scalar() == b.get(i).scalar() && a.get(i).written() == b.get(i).written());
    }

    private void name(String n) {
        if (!names.add(n)) {
            error("two things are called " + n);
        }
        if (n.isEmpty() || n.startsWith("$") || n.indexOf('.') >= 0) {
            error("\"" + n + "\" can't be a name");
        }
    }

    private void block(List<Stmt> body) {
        Set<String> outer = new HashSet<>(scope.keySet());
        body.forEach(this::statement);
        scope.keySet().retainAll(outer);
    }

    private void statement(Stmt s) {
        if (s instanceof Stmt.Let l) {
            declare(l.name(), l.value());
        } else if (s instanceof Stmt.Mut m) {
            declare(m.name(), m.value());
            mutable.add(m.name());
        } else if (s instanceof Stmt.Set a) {
            exprs.check(a.value());
            VType t = scope.get(a.name());
            if (t == null || !mutable.contains(a.name())) {
                error("sets " + a.name() + ", which is no mutable local in scope");
            } else if (!t.equals(a.value().type())) {
                error("sets " + a.name() + " of type " + t + " to a value of type " + a.value().type());
            }
        } else if (s instanceof Stmt.Store st) {
            store(st);
        } else if (s instanceof Stmt.For f) {
            loop(f);
        } else if (s instanceof Stmt.If i) {
            exprs.condition(i.cond());
            block(i.then());
            block(i.otherwise());
        } else if (s instanceof Stmt.While w) {
            exprs.condition(w.cond());
            block(w.body());
        } else if (s instanceof Stmt.Invoke v) {
            invoke(v);
        }
    }

    private void declare(String n, Expr value) {
        exprs.check(value);
        name(n);
        scope.put(n, value.type());
    }

    private void store(Stmt.Store s) {
        exprs.integer(s.index());
        exprs.check(s.value());
        exprs.buffer(s.buf(), s.value().type(), s.value());
        written(s.buf());
    }

    private void written(String buf) {
        if (bufs.containsKey(buf) && !bufs.get(buf).written()) {
            error("writes buffer " + buf + ", which is declared as read only");
        }
    }

    private void loop(Stmt.For f) {
        exprs.integer(f.lo());
        exprs.integer(f.hi());
        if (f.step() < 1) {
            error("loop " + f.index() + " has step " + f.step());
        }
        name(f.index());
        scope.put(f.index(), Scalar.I32.scalar());
        block(f.body());
        scope.remove(f.index());
    }

    private void invoke(Stmt.Invoke v) {
        Kernel to = before.get(v.kernel());
        v.bufs().forEach(b -> exprs.integer(b.offset()));
        v.ints().forEach(exprs::integer);
        if (to == null) {
            error("runs " + v.kernel() + ", which is no kernel before it");
            return;
        }
        if (to.parallel()) {
            error("runs " + v.kernel() + ", which is parallel");
        }
        if (to.bufs().size() != v.bufs().size() || to.ints().size() != v.ints().size()) {
            error("runs " + v.kernel() + " with " + v.bufs().size() + " buffers and " + v.ints().size() + " integers, not "
                    + to.bufs().size() + " and " + to.ints().size());
            return;
        }
        for (int i = 0; i < v.bufs().size(); i++) {
            Stmt.BufArg a = v.bufs().get(i);
            Kernel.BufParam p = to.bufs().get(i);
            exprs.buffer(a.buf(), p.scalar().scalar(), a.offset());
            if (p.written()) {
                written(a.buf());
            }
        }
    }
}
