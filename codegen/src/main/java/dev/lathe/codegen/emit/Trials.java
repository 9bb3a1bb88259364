package dev.lathe.codegen.emit;

import dev.lathe.codegen.asm.Code;
import dev.lathe.codegen.asm.Jump;
import dev.lathe.codegen.asm.MethodRef;
import dev.lathe.codegen.asm.Op;
import dev.lathe.codegen.lib.Rehearsal;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.Stmt;
import dev.lathe.codegen.loop.X;
import dev.lathe.codegen.program.Buffer;
import dev.lathe.codegen.program.Program;
import dev.lathe.codegen.program.Step;
import dev.lathe.codegen.transform.Simplify;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The kernels that {@link Rehearsal} calls beside the runs, and the method by which it does: those that take part before the first run, and all others. To call them often must cost nothing: one that gets a
 * number near {@link Integer#MIN_VALUE} for its last one only counts up to it.
 */
final class Trials {
    private static final String DESCRIPTOR = "(II[F[I)I";
    private static final List<String> PARAMS = List.of("kernel", "n", "f", "i");

    /** Elements in the buffers of a kernel's steps from which on early compilation is worth its time. */
    private static final long LEAST = 1 << 18;

    /** Those of a call; more would take too long in the interpreter. */
    private static final int MOST_OPERATIONS = 10_000;

    /** Of a method that calls them, at most 20 and some for each buffer and number. */
    private static final int MOST_BYTES = 7_000;
    private static final int MOST_METHODS = 250;

    // by kernel: vector operations of a call before the first run, 0 for calls with nothing to do; those with work first
    private final Map<String, Integer> operations = new LinkedHashMap<>();
    // kernels that one method calls
    private int width = Integer.MAX_VALUE;

    /** No trials. */
    static final Trials NONE = new Trials();

    private Trials() {}

    /**
     * Chooses among the kernels of a program.
     *
     * @param emitted the kernels by name as they are emitted
     */
    Trials(Program p, Map<String, Kernel> emitted) {
        if (emitted.values().stream().noneMatch(k -> VectorOps.of(k) > 0)) {
            return;
        }
        Map<String, Long> elements = elements(p, emitted);
        List<String> idle = new ArrayList<>();
        for (Kernel k : emitted.values()) {
            if (!k.ints().isEmpty()) {
                width = Math.min(width, MOST_BYTES / (20 + 4 * k.bufs().size() + 7 * k.ints().size()));
                int n = elements.getOrDefault(k.name(), 0L) >= LEAST ? operations(k) : 0;
                if (n > 0) {
                    operations.put(k.name(), n);
                } else if (VectorOps.of(k) <= VectorOps.LIMIT) {
                    // a longer one, which C1 may have no room to profile, comes to C2 only if it is not compiled while others wait there
                    idle.add(k.name());
                }
            }
        }
        idle.forEach(k -> operations.put(k, 0));
        operations.keySet().removeAll(operations.keySet().stream().skip((long) width * MOST_METHODS).toList());
    }

    /** True when the class is a {@link Rehearsal}. */
    boolean any() {
        return !operations.isEmpty();
    }

    private static Map<String, Long> elements(Program p, Map<String, Kernel> kernels) {
        Map<String, Long> sums = new HashMap<>();
        for (Step s : p.flat()) {
            if (s instanceof Step.Run r) {
                long sum = 0;
                for (Step.Ref b : r.bufs()) {
                    Buffer buffer = p.buffers().get(b.buffer());
                    // what is open may be large
                    sum += buffer.size().isConst() && buffer.kind() != Buffer.Kind.OWN ? buffer.size().value() : LEAST;
                }
                add(kernels.get(r.kernel()), sum, kernels, sums);
            }
        }
        return sums;
    }

    private static void add(Kernel k, long sum, Map<String, Kernel> kernels, Map<String, Long> sums) {
        if (k != null) {
            sums.merge(k.name(), sum, Long::sum);
            invoked(k.body()).forEach(i -> add(kernels.get(i), sum, kernels, sums));
        }
    }

    private static List<String> invoked(List<Stmt> body) {
        List<String> names = new ArrayList<>();
        for (Stmt s : body) {
            if (s instanceof Stmt.Invoke i) {
                names.add(i.kernel());
            } else if (s instanceof Stmt.For f) {
                names.addAll(invoked(f.body()));
            } else if (s instanceof Stmt.While w) {
                names.addAll(invoked(w.body()));
            } else if (s instanceof Stmt.If i) {
                names.addAll(invoked(i.then()));
                names.addAll(invoked(i.otherwise()));
            }
        }
        return names;
    }

    /** Operations of a call with {@link Rehearsal#LITTLE} for all numbers; 0 when there is no vector among them, or too many, or nobody can say. */
    private static int operations(Kernel k) {
        boolean plain = VectorOps.of(k) > 0 && k.bufs().stream().allMatch(b -> b.scalar() == Scalar.F32 || b.scalar() == Scalar.I32);
        List<Stmt> body = new ArrayList<>();
        k.ints().forEach(i -> body.add(new Stmt.Let(i, X.i(k.parallel() && i.equals(k.ints().get(0)) ? 0 : Rehearsal.LITTLE))));
        body.addAll(k.body());
        long n = plain ? count(Simplify.apply(new Kernel(k.name(), k.bufs(), List.of(), body, false)).body()) : 0;
        return n > 0 && n <= MOST_OPERATIONS ? (int) n : 0;
    }

    private static long count(List<Stmt> body) {
        long n = 0;
        for (Stmt s : body) {
            long more = 1;
            if (s instanceof Stmt.Invoke || s instanceof Stmt.While) {
                more = -1;
            } else if (s instanceof Stmt.For f) {
                long each = count(f.body());
                boolean known = each >= 0 && f.lo() instanceof Expr.Lit && f.hi() instanceof Expr.Lit;
                more = known ? each * Math.max(0, (((Expr.Lit) f.hi()).bits() - ((Expr.Lit) f.lo()).bits() + f.step() - 1) / f.step()) : -1;
            } else if (s instanceof Stmt.If i) {
                more = Math.min(count(i.then()), count(i.otherwise())) < 0 ? -1 : count(i.then()) + count(i.otherwise());
            } else {
                more = Math.max(1, VectorOps.of(s));
            }
            if (more < 0 || n > MOST_OPERATIONS) {
                return -1;
            }
            n += more;
        }
        return n;
    }

    /** Stands first in the method of a kernel that is called. */
    void guard(Kernel k, Code c) {
        if (operations.containsKey(k.name())) {
            String last = k.ints().get(k.ints().size() - 1);
            Code.Target on = new Code.Target();
            c.load(last).push(Integer.MIN_VALUE + Rehearsal.ROUNDS).jump(Jump.ICMPGT, on);
            c.countedLoop("$idle", () -> c.push(Integer.MIN_VALUE), () -> c.load(last), 1, () -> { }).op(Op.RETURN).mark(on);
        }
    }

    /** Overrides the methods of {@link Rehearsal}. */
    void emit(ClassSet classes, Map<String, Kernel> kernels, Map<String, MethodRef> methods) {
        if (!any()) {
            return;
        }
        List<String> names = List.copyOf(operations.keySet());
        if (names.size() <= width) {
            classes.override("trial", DESCRIPTOR, PARAMS, calls(names, 0, kernels, methods));
        } else {
            List<MethodRef> parts = new ArrayList<>();
            for (int i = 0; i < names.size(); i += width) {
                parts.add(classes.define("trial", classes.unique("trial"), DESCRIPTOR, PARAMS,
                        calls(names.subList(i, Math.min(i + width, names.size())), i, kernels, methods)));
            }
            classes.override("trial", DESCRIPTOR, PARAMS, c -> {
                Code.Target none = new Code.Target();
                List<Code.Target> targets = parts.stream().map(k -> new Code.Target()).toList();
                c.load("kernel").push(width).op(Op.IDIV).tableSwitch(0, targets, none);
                for (int i = 0; i < parts.size(); i++) {
                    c.mark(targets.get(i)).load("kernel").load("n").load("f").load("i").call(parts.get(i)).op(Op.IRETURN);
                }
                c.mark(none).push(0).op(Op.IRETURN);
            });
        }
        classes.override("trials", "()I", List.of(), c -> c.push(operations.size()).op(Op.IRETURN));
    }

    // calls one of these, the first of which is kernel number from
    private Consumer<Code> calls(List<String> names, int from, Map<String, Kernel> kernels, Map<String, MethodRef> methods) {
        return c -> {
            Code.Target none = new Code.Target();
            List<Code.Target> targets = names.stream().map(k -> new Code.Target()).toList();
            c.load("kernel").tableSwitch(from, targets, none);
            for (int at = 0; at < names.size(); at++) {
                Kernel k = kernels.get(names.get(at));
                c.mark(targets.get(at));
                k.bufs().forEach(b -> array(c, b.scalar()));
                String first = k.parallel() ? k.ints().get(0) : null;
                Arguments.push(c, methods.get(k.name()), k.ints(), i -> number(c, i.equals(first)));
                c.call(methods.get(k.name())).push(operations.get(k.name())).op(Op.IRETURN);
            }
            c.mark(none).push(0).op(Op.IRETURN);
        };
    }

    private static void number(Code c, boolean zero) {
        if (zero) {
            c.push(0);
        } else {
            c.load("n");
        }
    }

    private static void array(Code c, Scalar s) {
        switch (s) {
            case F32 -> c.load("f");
            case I32 -> c.load("i");
            default -> c.op(Op.ACONST_NULL).cast(Locals.arrayDescriptor(s));
        }
        c.push(0);
    }
}
