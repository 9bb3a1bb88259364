package dev.lathe.codegen.emit;

import dev.lathe.codegen.asm.Code;
import dev.lathe.codegen.asm.FieldRef;
import dev.lathe.codegen.asm.Jump;
import dev.lathe.codegen.asm.MethodRef;
import dev.lathe.codegen.asm.Op;
import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.program.Program;
import dev.lathe.codegen.program.Step;
import dev.lathe.runtime.Compiled;
import dev.lathe.runtime.State;
import dev.lathe.runtime.Storage;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Sequences of steps as static methods {@code b<n>(Compiled code, State s)}, none much over the budget. Run and Helper
 * steps are called, directly or by way of {@code State.step}; the others stand inline. Blocks of If and While are
 * methods of their own.
 */
final class BlockEmitter {
    private static final String DESCRIPTOR = "(Ldev/lathe/runtime/Compiled;" + StepEmitter.STATE + ")V";
    private static final List<String> PARAMS = List.of("code", "s");
    private static final FieldRef DIRECT = FieldRef.of(State.class, "direct", boolean.class);
    private static final MethodRef STEP =
            MethodRef.ofVirtual(State.class, "step", void.class, Compiled.class, int.class, int.class);
    private static final MethodRef RESERVE =
            MethodRef.ofVirtual(State.class, "reserve", Object.class, int.class, int.class, int.class, boolean.class);
    private static final MethodRef TO_INT = MethodRef.ofStatic(Math.class, "toIntExact", int.class, long.class);
    private static final int MAX_NESTING = 1000;
    /** Symbols assigned at a time whose values may all be of some length. */
    private static final int ASSIGNED = MethodBudget.AIM / (10 + DimEmitter.LONG);

    /** A block cut into methods that are called one after the other. */
    private final class Sequence {
        private final List<MethodRef> parts = new ArrayList<>();
        private final List<Consumer<Code>> pending = new ArrayList<>();
        private int estimate;
        private boolean straight = true;

        /** @param jumps whether the piece may have any */
        void add(int bytes, boolean jumps, Consumer<Code> piece) {
            if (estimate + bytes > MethodBudget.AIM && !pending.isEmpty()) {
                flush();
            }
            pending.add(piece);
            estimate += bytes;
            straight &= !jumps;
        }

        private void flush() {
            parts.add(method(List.copyOf(pending), straight));
            pending.clear();
            estimate = 0;
            straight = true;
        }

        /** One method that runs the whole block. */
        MethodRef finish() {
            flush();
            List<MethodRef> level = parts;
            while (level.size() > 1) {
                List<MethodRef> up = new ArrayList<>();
                for (int i = 0; i < level.size(); i += 500) {
                    List<MethodRef> group = level.subList(i, Math.min(i + 500, level.size()));
                    up.add(method(List.of(c -> group.forEach(m -> call(c, m))), true));
                }
                level = up;
            }
            return level.get(0);
        }
    }

    private final Program program;
    private final StateAccess state;
    private final Lines lines;
    private final ClassSet classes;
    private final StepEmitter steps;
    private final List<MethodRef> dispatched = new ArrayList<>();
    /** In a very long program steps are called by way of {@code State.step} alone: half the bytes, and no jumps. */
    private final boolean brief;
    private int blocks;

    BlockEmitter(Program program, StateAccess state, Lines lines, ClassSet classes, StepEmitter steps) {
        this.program = program;
        this.state = state;
        this.lines = lines;
        this.classes = classes;
        this.steps = steps;
        this.brief = steps.shares();
    }

    /** The methods of Run and Helper steps by step number; null for the others. */
    List<MethodRef> dispatched() {
        return dispatched;
    }

    private MethodRef method(List<Consumer<Code>> pieces, boolean straight) {
        String name = classes.unique("b" + blocks++);
        return classes.define("block " + name, name, DESCRIPTOR, PARAMS, straight, c -> {
            for (int i = 0; i < pieces.size(); i++) {
                pieces.get(i).accept(c);
            }
            c.op(Op.RETURN);
        });
    }

    static void call(Code c, MethodRef block) {
        c.load("code").load("s").call(block);
    }

    /** Emits the whole program; returns the method that runs it. */
    MethodRef emit() {
        return block(program.steps(), 0);
    }

    private MethodRef block(List<Step> body, int depth) {
        if (depth > MAX_NESTING) {
            throw new IllegalStateException("steps are nested deeper than " + MAX_NESTING);
        }
        Sequence q = new Sequence();
        for (Step s : body) {
            int number = dispatched.size();
            dispatched.add(null);
            int line = lines.stepLine(number);
            if (s instanceof Step.Run r) {
                MethodRef m = steps.run(number, r);
                dispatched.set(number, m);
                Dim extent = r.extent() == null ? Dim.ONE : r.extent();
                boolean plain = isBrief(extent);
                q.add(plain ? 20 : 30 + 2 * DimEmitter.size(extent), !plain, c -> dispatch(c.line(line), number, m, extent));
            } else if (s instanceof Step.Helper h) {
                MethodRef m = steps.helper(number, h);
                dispatched.set(number, m);
                q.add(brief ? 20 : 30, !brief, c -> dispatch(c.line(line), number, m, Dim.ONE));
            } else if (s instanceof Step.Bind b) {
                for (int i = 0; i < b.symbols().size(); i++) {
                    int k = i;
                    q.add(40 + DimEmitter.size(state.index(b.at())), true, c -> bind(c.line(line), b, k));
                }
            } else if (s instanceof Step.Assign a) {
                q.add(a.values().stream().mapToInt(v -> 10 + DimEmitter.size(v)).sum(), true, c -> assign(c.line(line), a));
            } else if (s instanceof Step.Reserve v) {
                q.add(20 + DimEmitter.size(v.size()), true, c -> reserve(c.line(line), v));
            } else if (s instanceof Step.Swap w) {
                q.add(40, true, c -> swap(c.line(line), w));
            } else if (s instanceof Step.If i) {
                MethodRef then = block(i.then(), depth + 1);
                MethodRef otherwise = block(i.otherwise(), depth + 1);
                q.add(20 + DimEmitter.size(i.cond()), true, c -> branch(c.line(line), i, then, otherwise));
            } else if (s instanceof Step.While w) {
                MethodRef turn = block(w.body(), depth + 1);
                q.add(20 + DimEmitter.size(w.cond()), true, c -> loop(c.line(line), w, turn));
            }
        }
        return q.finish();
    }

    // an extent that is no number may be written with jumps
    private boolean isBrief(Dim extent) {
        return brief && state.isKnown(extent);
    }

    private void dispatch(Code c, int number, MethodRef m, Dim extent) {
        if (isBrief(extent)) {
            c.load("s").load("code").push(number);
            state.dim(c, extent);
            c.call(STEP);
            return;
        }
        Code.Target indirect = new Code.Target();
        Code.Target end = new Code.Target();
        c.load("s").get(DIRECT).jump(Jump.IFEQ, indirect);
        c.load("s").push(0);
        state.dim(c, extent);
        c.call(m).jump(Jump.GOTO, end).mark(indirect);
        c.load("s").load("code").push(number);
        state.dim(c, extent);
        c.call(STEP).mark(end);
    }

    private void bind(Code c, Step.Bind b, int i) {
        Storage from = program.buffers().get(b.at().buffer()).storage();
        state.slot(c, b.symbols().get(i));
        state.array(c, b.at().buffer());
        state.place(c, b.at(), i);
        switch (from) {
            case I32 -> c.op(Op.IALOAD);
            case I64 -> c.op(Op.LALOAD).call(TO_INT);
            case F32, F64, REF -> throw new IllegalStateException("symbols bound from a buffer of " + from);
        }
        c.op(Op.IASTORE);
    }

    private void assign(Code c, Step.Assign a) {
        for (int i = 0; i < a.symbols().size(); i++) {
            state.slot(c, a.symbols().get(i));
            state.dims(c, List.of(a.values().get(i)), a.values().size() > ASSIGNED);
        }
        a.symbols().forEach(s -> c.op(Op.IASTORE));
    }

    private void reserve(Code c, Step.Reserve v) {
        c.load("s").push(v.buffer()).push(program.buffers().get(v.buffer()).storage().ordinal());
        state.dim(c, v.size());
        c.push(v.keep() ? 1 : 0).call(RESERVE).op(Op.POP);
    }

    private static void swap(Code c, Step.Swap w) {
        c.load("s").get(StateAccess.OWN).push(w.a());
        c.load("s").get(StateAccess.OWN).push(w.b()).op(Op.AALOAD);
        c.load("s").get(StateAccess.OWN).push(w.b());
        c.load("s").get(StateAccess.OWN).push(w.a()).op(Op.AALOAD);
        c.op(Op.AASTORE).op(Op.AASTORE);
    }

    private void branch(Code c, Step.If i, MethodRef then, MethodRef otherwise) {
        Code.Target no = new Code.Target();
        Code.Target end = new Code.Target();
        state.dim(c, i.cond());
        c.jump(Jump.IFEQ, no);
        call(c, then);
        c.jump(Jump.GOTO, end).mark(no);
        call(c, otherwise);
        c.mark(end);
    }

    private void loop(Code c, Step.While w, MethodRef turn) {
        Code.Target head = new Code.Target();
        Code.Target exit = new Code.Target();
        c.mark(head);
        state.dim(c, w.cond());
        c.jump(Jump.IFEQ, exit);
        call(c, turn);
        c.jump(Jump.GOTO, head).mark(exit);
    }
}
