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
import dev.lathe.codegen.program.Program;
import dev.lathe.codegen.transform.Simplify;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * The kernels that {@link Rehearsal} calls beside the runs, and the methods by which it does: early ones before the first run, and all others later. To call
 * them often must cost nothing: one whose first buffer begins at {@link Rehearsal#IDLE} or before only counts up to it.
 */
final class Trials {
    private static final MethodRef BEGIN = MethodRef.ofStatic(Rehearsal.class, "begin", void.class, int.class);
    private static final String DESCRIPTOR = "(III[F[I)V";
    private static final List<String> PARAMS = List.of("kernel", "at", "n", "f", "i");

    /** Vector operations of a run in one kernel from which on C1's code for it takes longer than to wait for C2. */
    private static final long LEAST = 1 << 18;

    private static final long SOME = 15_000;

    /** The numbers of a trial of what understudies run, which goes through more loops, as a mask. */
    private static final int LESS = 3;

    /** Those of a call; more would take too long in the interpreter. */
    private static final int MOST_OPERATIONS = 10_000;

    /** Early kernels that one method calls: one that is called more than 5,000 times goes to C2 itself. */
    private static final int FEW = 1;

    /** Of a method that calls late ones, at most 20 and some for each buffer and number. */
    private static final int MOST_BYTES = 7_000;
    private static final int MOST_METHODS = 250;

    private final List<String> early = new ArrayList<>();
    private final List<String> late = new ArrayList<>();
    // by kernel, true for the early ones
    private final Map<String, Boolean> chosen = new HashMap<>();
    private final Understudies understudies;
    // late kernels that one method calls
    private int first;
    private int width = Integer.MAX_VALUE;

    /** No trials. */
    static final Trials NONE = new Trials();

    private Trials() {
        understudies = new Understudies(null, Map.of());
    }

    /**
     * Chooses among the kernels of a program.
     *
     * @param emitted the kernels by name as they are emitted
     */
    Trials(Program p, Map<String, Kernel> emitted) {
        understudies = new Understudies(p, emitted);
        if (emitted.values().stream().noneMatch(k -> VectorOps.of(k) > 0)) {
            return;
        }
        Map<String, Long> work = KernelWork.of(p, emitted);
        for (Kernel k : emitted.values()) {
            if (k.bufs().isEmpty() || understudies.isStandIn(k.name())) {
                continue;
            }
            if (work.getOrDefault(k.name(), 0L) >= SOME && isSmall(k)) {
                early.add(k.name());
            } else if (VectorOps.of(k) <= VectorOps.LIMIT) {
                // a longer one, which C1 may have no room to profile, comes to C2 only if it is not compiled while others wait there
                late.add(k.name());
                width = Math.min(width, MOST_BYTES / (20 + 4 * k.bufs().size() + 7 * k.ints().size()));
            }
        }
        understudies.choose(early, work, LEAST);
        Set<String> plain = understudies.plain();
        // where there are understudies, nothing else should make the methods of the Vector API hot
        Predicate<String> waits = k -> (work.get(k) >= LEAST || !plain.isEmpty()) && !understudies.has(k);
        first = plain.size() + (int) early.stream().filter(waits).count();
        early.sort(Comparator.comparing((String k) -> !waits.test(k)).thenComparing(k -> -work.get(k)));
        early.addAll(0, plain);
        // who has more loses nothing but time
        late.subList((int) Math.min(late.size(), (long) width * MOST_METHODS), late.size()).clear();
        late.forEach(k -> chosen.put(k, false));
        early.forEach(k -> chosen.put(k, true));
    }

    /** True when the class is a {@link Rehearsal}. */
    boolean any() {
        return !chosen.isEmpty();
    }

    /** Whether a call with {@link Rehearsal#LITTLE} for all numbers is possible and short. */
    private static boolean isSmall(Kernel k) {
        boolean plain = VectorOps.of(k) > 0 && k.bufs().stream().allMatch(b -> b.scalar() == Scalar.F32 || b.scalar() == Scalar.I32);
        List<Stmt> body = new ArrayList<>();
        k.ints().forEach(i -> body.add(new Stmt.Let(i, X.i(k.parallel() && i.equals(k.ints().get(0)) ? 0 : Rehearsal.LITTLE))));
        body.addAll(k.body());
        long n = plain ? count(Simplify.apply(new Kernel(k.name(), k.bufs(), List.of(), body, false)).body()) : 0;
        return n > 0 && n <= MOST_OPERATIONS;
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
        Boolean first = chosen.get(k.name());
        if (first != null) {
            String at = Exprs.offset(k.bufs().get(0).name());
            Runnable count = () -> c.countedLoop("$idle", () -> c.load(at), () -> c.push(Rehearsal.IDLE), 1, () -> { });
            if (first) {
                count.run();
                c.load(at).call(BEGIN);
            } else {
                Code.Target on = new Code.Target();
                c.load(at).push(Rehearsal.IDLE).jump(Jump.ICMPGT, on);
                count.run();
                c.op(Op.RETURN).mark(on);
            }
        }
    }

    Understudies understudies() {
        return understudies;
    }

    /** Declares what methods of kernels need; before any of these. */
    void declare(ClassSet classes) {
        if (any()) {
            understudies.declare(classes);
        }
    }

    /** Overrides the methods of {@link Rehearsal}. */
    void emit(ClassSet classes, Map<String, Kernel> kernels, Map<String, MethodRef> methods) {
        if (any()) {
            emit("early", early, FEW, classes, kernels, methods);
            emit("late", late, width, classes, kernels, methods);
            understudies.emit(classes);
            classes.override("firstKernels", "()I", List.of(), c -> c.push(first).op(Op.IRETURN));
        }
    }

    private void emit(String name, List<String> all, int width, ClassSet classes, Map<String, Kernel> kernels, Map<String, MethodRef> methods) {
        List<MethodRef> parts = new ArrayList<>();
        for (int i = 0; i < all.size(); i += Math.min(width, all.size() - i)) {
            parts.add(classes.define("trial", classes.unique("trial"), DESCRIPTOR, PARAMS,
                    calls(all.subList(i, i + Math.min(width, all.size() - i)), i, kernels, methods)));
        }
        classes.override(name, DESCRIPTOR, PARAMS, c -> {
            Code.Target none = new Code.Target();
            List<Code.Target> targets = parts.stream().map(k -> new Code.Target()).toList();
            if (parts.isEmpty()) {
                c.op(Op.RETURN);
                return;
            }
            c.load("kernel").push(width).op(Op.IDIV).tableSwitch(0, targets, none);
            for (int i = 0; i < parts.size(); i++) {
                c.mark(targets.get(i)).load("kernel").load("at").load("n").load("f").load("i").call(parts.get(i)).op(Op.RETURN);
            }
            c.mark(none).op(Op.RETURN);
        });
        classes.override(name + "Kernels", "()I", List.of(), c -> c.push(all.size()).op(Op.IRETURN));
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
                for (int b = 0; b < k.bufs().size(); b++) {
                    array(c, k.bufs().get(b).scalar());
                    if (b == 0) {
                        c.load("at");
                    } else {
                        c.push(0);
                    }
                }
                String first = k.parallel() ? k.ints().get(0) : null;
                boolean less = understudies.plain().contains(k.name());
                Arguments.push(c, methods.get(k.name()), k.ints(), i -> number(c, i.equals(first), less));
                c.call(methods.get(k.name())).op(Op.RETURN);
            }
            c.mark(none).op(Op.RETURN);
        };
    }

    private static void number(Code c, boolean zero, boolean less) {
        if (zero) {
            c.push(0);
        } else {
            c.load("n");
            if (less) {
                c.push(LESS).op(Op.IAND);
            }
        }
    }

    private static void array(Code c, Scalar s) {
        switch (s) {
            case F32 -> c.load("f");
            case I32 -> c.load("i");
            default -> c.op(Op.ACONST_NULL).cast(Locals.arrayDescriptor(s));
        }
    }
}
