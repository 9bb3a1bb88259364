package dev.lathe.codegen.emit;

import dev.lathe.codegen.asm.Code;
import dev.lathe.codegen.asm.MethodRef;
import dev.lathe.codegen.asm.Op;
import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.program.HelperMethod;
import dev.lathe.codegen.program.Program;
import dev.lathe.codegen.program.Step;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Each Run and Helper step as a static method {@code s<number>_<first source name>(State s, int lo, int hi)}. In very long programs steps that
 * run the same kernel on the same places share one, {@code same_<kernel>}, without a line: that of its call is the step's.
 */
final class StepEmitter {
    static final String STATE = "Ldev/lathe/runtime/State;";

    private static final String DESCRIPTOR = "(" + STATE + "II)V";

    private static final List<String> PARAMS = List.of("s", "lo", "hi");

    /** The most bytes that a known argument takes. */
    private static final int KNOWN = 26;

    /** Steps of a program from which on equal ones share a method, and how many methods are remembered for it. */
    static final int LONG = 20_000;
    private static final int MOST_SHARED = 4096;

    private final Program program;
    private final StateAccess state;
    private final Lines lines;
    private final ClassSet classes;
    private final Map<String, MethodRef> kernelMethods;
    private final Map<String, Kernel> kernels = new HashMap<>();
    /** By what a step does, of known steps; null where every step has a method of its own. */
    private final Map<Same, MethodRef> shared;

    StepEmitter(Program program, StateAccess state, Lines lines, ClassSet classes, Map<String, MethodRef> kernelMethods) {
        this.program = program;
        this.state = state;
        this.lines = lines;
        this.classes = classes;
        this.kernelMethods = kernelMethods;
        program.kernels().forEach(k -> kernels.put(k.name(), k));
        shared = program.flat().size() > LONG ? new HashMap<>() : null;
    }

    /** Whether the program is so long that equal steps share a method. */
    boolean shares() {
        return shared != null;
    }

    /** A kernel and all that it is given: two numbers for each place, and one for each argument. */
    private record Same(String kernel, long[] given) {
        @Override
        public boolean equals(Object o) {
            return o instanceof Same s && kernel.equals(s.kernel) && Arrays.equals(given, s.given);
        }

        @Override
        public int hashCode() {
            return kernel.hashCode() * 31 + Arrays.hashCode(given);
        }
    }

    private Same same(Step.Run s) {
        long[] given = new long[2 * s.bufs().size() + s.ints().size()];
        int n = 0;
        for (Step.Ref r : s.bufs()) {
            given[n++] = state.arrayId(r.buffer());
            given[n++] = state.number(r);
            if (given[n - 1] == StateAccess.UNKNOWN) {
                return null;
            }
        }
        for (Dim d : s.ints()) {
            given[n++] = state.known(d);
        }
        return new Same(s.kernel(), given);
    }

    /** A step for messages. */
    private record Source(int number, Step step) {
        @Override
        public String toString() {
            return "step " + number + (step.loc().isEmpty() ? "" : " (" + String.join(", ", step.loc()) + ")");
        }
    }

    private MethodRef define(int number, Step s, boolean straight, Consumer<Code> body) {
        String name = "s" + number + (s.loc().isEmpty() ? "" : "_" + s.loc().get(0));
        return classes.define(new Source(number, s), classes.numbered(name), DESCRIPTOR, PARAMS, straight, c -> {
            c.line(lines.stepLine(number));
            body.accept(c);
            c.op(Op.RETURN);
        });
    }

    MethodRef run(int number, Step.Run s) {
        Kernel k = kernels.get(s.kernel());
        if (k == null) {
            throw new IllegalStateException(new Source(number, s) + " runs unknown kernel " + s.kernel());
        }
        boolean known = isKnown(s.bufs(), s.ints());
        Same same = known && shared != null ? same(s) : null;
        MethodRef earlier = same == null ? null : shared.get(same);
        if (earlier != null) {
            return earlier;
        }
        boolean first = same != null && shared.size() < MOST_SHARED;
        boolean tight = isTight(s.bufs(), s.ints(), known);
        Consumer<Code> body = c -> {
            places(c, s.bufs(), tight);
            if (k.parallel()) {
                c.load("lo").load("hi");
            }
            MethodRef to = kernelMethods.get(s.kernel());
            Arguments.push(c, to, s.ints(), d -> state.dim(c, d, tight));
            c.call(to);
        };
        if (!first) {
            return define(number, s, known, body);
        }
        MethodRef m = classes.define(new Source(number, s), classes.unique("same_" + k.name()), DESCRIPTOR, PARAMS, true, c -> {
            body.accept(c);
            c.op(Op.RETURN);
        });
        shared.put(same, m);
        return m;
    }

    private void places(Code c, List<Step.Ref> bufs, boolean tight) {
        for (Step.Ref r : bufs) {
            state.array(c, r.buffer());
            long n = state.number(r);
            if (n == StateAccess.UNKNOWN) {
                state.dim(c, state.index(r), tight);
            } else {
                c.push((int) n);
            }
        }
    }

    // nothing is computed, then
    private boolean isKnown(List<Step.Ref> bufs, List<Dim> ints) {
        for (Step.Ref r : bufs) {
            if (state.number(r) == StateAccess.UNKNOWN && !state.isKnown(state.index(r))) {
                return false;
            }
        }
        for (Dim d : ints) {
            if (!state.isKnown(d)) {
                return false;
            }
        }
        return true;
    }

    // the arguments would fill a method: whatever is no plain symbol is called, then
    private boolean isTight(List<Step.Ref> bufs, List<Dim> ints, boolean known) {
        if (known && (long) KNOWN * (bufs.size() + ints.size()) <= MethodBudget.AIM) {
            return false;
        }
        int bytes = 0;
        for (Step.Ref r : bufs) {
            bytes += 10 + DimEmitter.size(state.index(r));
        }
        for (Dim d : ints) {
            bytes += DimEmitter.size(d);
        }
        return bytes > MethodBudget.AIM;
    }

    MethodRef helper(int number, Step.Helper s) {
        Method m = HelperMethod.of(s, program.buffers()::get);
        boolean known = isKnown(s.bufs(), s.ints());
        boolean tight = isTight(s.bufs(), s.ints(), known);
        return define(number, s, known, c -> {
            c.load("s");
            places(c, s.bufs(), tight);
            state.dims(c, s.ints(), tight);
            s.texts().forEach(c::push);
            c.call(MethodRef.ofStatic(m));
            if (s.binds().isEmpty()) {
                if (m.getReturnType() != void.class) {
                    c.op(Op.POP);
                }
                return;
            }
            c.declareAndStore("bound", "[I");
            for (int i = 0; i < s.binds().size(); i++) {
                state.slot(c, s.binds().get(i));
                c.load("bound").push(i).op(Op.IALOAD).op(Op.IASTORE);
            }
        });
    }
}
