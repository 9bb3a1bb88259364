package dev.lathe.codegen.emit;

import dev.lathe.codegen.asm.Code;
import dev.lathe.codegen.asm.FieldRef;
import dev.lathe.codegen.asm.Jump;
import dev.lathe.codegen.asm.MethodRef;
import dev.lathe.codegen.asm.Op;
import dev.lathe.codegen.lib.Rehearsal;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Stmt;
import dev.lathe.codegen.program.Program;
import dev.lathe.codegen.program.Step;
import dev.lathe.codegen.transform.Walk;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which kernels have something standing in for them ({@link Kernel#understudy}) until {@link Rehearsal} says that C2 has compiled them: those that do some of
 * the work, but not so much that C2 would be done sooner, if such kernels are most of those that matter.
 */
final class Understudies {
    /** Vector operations of a run up to which an understudy takes less time than C2 for the kernel: two elements a cycle. */
    private static final long MOST = 1 << 25;

    private final Map<String, Kernel> kernels;
    private final Map<String, String> chosen = new HashMap<>();
    private final Set<String> plain = new LinkedHashSet<>();
    private final Set<String> standIns = new HashSet<>();
    private FieldRef ready;

    /** @param kernels those of the program as they are emitted, by name */
    Understudies(Program p, Map<String, Kernel> kernels) {
        this.kernels = kernels;
        Set<String> first = new HashSet<>();
        kernels.values().stream().filter(k -> k.understudy() != null && kernels.containsKey(k.understudy())).forEach(k -> first.add(k.understudy()));
        if (!first.isEmpty()) {
            Set<String> steps = new HashSet<>();
            p.flat().forEach(s -> {
                if (s instanceof Step.Run r) {
                    steps.add(r.kernel());
                }
            });
            standIns.addAll(reached(first));
            standIns.removeAll(reached(steps));
        }
    }

    // these and all that they run
    private Set<String> reached(Collection<String> from) {
        Set<String> seen = new HashSet<>();
        Deque<String> open = new ArrayDeque<>(from);
        while (!open.isEmpty()) {
            String k = open.pop();
            if (kernels.containsKey(k) && seen.add(k)) {
                open.addAll(runs(k));
            }
        }
        return seen;
    }

    private Set<String> runs(String kernel) {
        Set<String> r = new LinkedHashSet<>();
        Walk.statements(kernels.get(kernel).body(), s -> {
            if (s instanceof Stmt.Invoke v) {
                r.add(v.kernel());
            }
        });
        return r;
    }

    /**
     * Chooses.
     *
     * @param early the kernels that the rehearsal calls early
     * @param work each one's vector operations of a run
     * @param heavy from how many on the first run would wait for a kernel
     */
    void choose(List<String> early, Map<String, Long> work, long heavy) {
        int with = 0;
        int without = 0;
        for (String k : early) {
            String u = kernels.get(k).understudy();
            if (work.get(k) <= MOST && standIns.contains(u)) {
                chosen.put(k, u);
                with++;
            } else if (work.get(k) >= heavy) {
                without++;
            }
        }
        if (with <= without) {
            chosen.clear();
        }
        chosen.values().stream().sorted().forEach(u -> plain.addAll(runs(u)));
    }

    /** The kernels that do the work of those chosen, if there are any. */
    Set<String> plain() {
        return plain;
    }

    /** True for a kernel that something stands in for. */
    boolean has(String kernel) {
        return chosen.containsKey(kernel);
    }

    /** True for a kernel that only stands in for others, or is run by such. */
    boolean isStandIn(String kernel) {
        return standIns.contains(kernel);
    }

    /** True for a kernel that would only stand in for others, and does not. */
    boolean isIdle(String kernel) {
        return standIns.contains(kernel) && !plain.contains(kernel) && !chosen.containsValue(kernel);
    }

    /** Declares what methods of kernels need; before any of these. */
    void declare(ClassSet classes) {
        ready = classes.flag("ready");
    }

    /** Overrides the method of {@link Rehearsal}. */
    void emit(ClassSet classes) {
        classes.override("ready", "()V", List.of(), c -> c.push(1).put(ready).op(Op.RETURN));
    }

    /** Calls a kernel whose arguments have been pushed, or what stands in for it until it is ready. */
    void call(Code c, String kernel, Map<String, MethodRef> methods) {
        if (!has(kernel)) {
            c.call(methods.get(kernel));
            return;
        }
        Code.Target on = new Code.Target();
        Code.Target end = new Code.Target();
        c.get(ready).jump(Jump.IFNE, on).call(methods.get(chosen.get(kernel))).jump(Jump.GOTO, end).mark(on).call(methods.get(kernel)).mark(end);
    }
}
