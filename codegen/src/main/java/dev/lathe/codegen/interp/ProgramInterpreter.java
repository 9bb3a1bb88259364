package dev.lathe.codegen.interp;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.jar.StateLayout;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.program.Buffer;
import dev.lathe.codegen.program.HelperMethod;
import dev.lathe.codegen.program.Program;
import dev.lathe.codegen.program.Step;
import dev.lathe.runtime.Compiled;
import dev.lathe.runtime.State;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Runs a program on the same memory as the classes that are emitted from it, and in their place. */
public final class ProgramInterpreter extends Compiled {
    /** A step with its number; nested steps are in {@code blocks}. */
    private record Numbered(int number, Step step, List<List<Numbered>> blocks) {}

    private final StateLayout layout;
    private final Program program;
    private final Map<String, LoopInterpreter> kernels = new HashMap<>();
    private final List<Numbered> flat = new ArrayList<>();
    private final List<Numbered> steps;

    public ProgramInterpreter(StateLayout layout) {
        this.layout = layout;
        this.program = layout.program();
        program.kernels().forEach(k -> kernels.put(k.name(), new LoopInterpreter(k, kernels::get)));
        this.steps = number(program.steps());
    }

    private List<Numbered> number(List<Step> block) {
        List<Numbered> r = new ArrayList<>();
        for (Step s : block) {
            Numbered n = new Numbered(flat.size(), s, new ArrayList<>());
            flat.add(n);
            r.add(n);
            if (s instanceof Step.If i) {
                n.blocks.add(number(i.then()));
                n.blocks.add(number(i.otherwise()));
            } else if (s instanceof Step.While w) {
                n.blocks.add(number(w.body()));
            }
        }
        return r;
    }

    @Override
    protected void run(State s) {
        run(steps, s);
    }

    @Override
    protected void dispatch(int step, State s, int lo, int hi) {
        Step t = flat.get(step).step;
        if (t instanceof Step.Run r) {
            kernel(r, s, lo, hi);
        } else if (t instanceof Step.Helper h) {
            helper(h, s);
        } else {
            throw new IllegalArgumentException("step " + step + " is not dispatched");
        }
    }

    @Override
    protected void sizes(int[] d, long[] sizes) {
        for (Buffer b : program.buffers()) {
            if (b.kind() == Buffer.Kind.ARENA) {
                sizes[b.id()] = b.size().eval(symbol -> d[layout.slot(symbol)]);
            }
        }
    }

    private void run(List<Numbered> block, State s) {
        for (Numbered n : block) {
            run(n, s);
        }
    }

    private void run(Numbered n, State s) {
        Step t = n.step;
        if (t instanceof Step.Run r) {
            go(n.number, s, r.extent() == null ? 1 : value(s, r.extent()));
        } else if (t instanceof Step.Helper) {
            go(n.number, s, 1);
        } else if (t instanceof Step.Bind b) {
            Object array = array(s, b.at().buffer());
            int at = place(s, b.at());
            for (int i = 0; i < b.symbols().size(); i++) {
                s.d[layout.slot(b.symbols().get(i))] =
                        array instanceof int[] ints ? ints[at + i] : Math.toIntExact(((long[]) array)[at + i]);
            }
        } else if (t instanceof Step.Assign a) {
            int[] values = a.values().stream().mapToInt(v -> value(s, v)).toArray();
            for (int i = 0; i < values.length; i++) {
                s.d[layout.slot(a.symbols().get(i))] = values[i];
            }
        } else if (t instanceof Step.Reserve v) {
            s.reserve(v.buffer(), program.buffers().get(v.buffer()).storage().ordinal(), value(s, v.size()), v.keep());
        } else if (t instanceof Step.Swap w) {
            Object a = s.own[w.a()];
            s.own[w.a()] = s.own[w.b()];
            s.own[w.b()] = a;
        } else if (t instanceof Step.If i) {
            run(n.blocks.get(value(s, i.cond()) != 0 ? 0 : 1), s);
        } else if (t instanceof Step.While w) {
            while (value(s, w.cond()) != 0) {
                run(n.blocks.get(0), s);
            }
        }
    }

    private void go(int number, State s, int extent) {
        if (s.direct) {
            dispatch(number, s, 0, extent);
        } else {
            s.step(this, number, extent);
        }
    }

    private int value(State s, Dim d) {
        return Math.toIntExact(layout.resolve(d).eval(symbol -> s.d[layout.slot(symbol)]));
    }

    private int place(State s, Step.Ref r) {
        return value(s, program.buffers().get(r.buffer()).offset().plus(r.offset()));
    }

    private Object array(State s, int id) {
        Buffer b = program.buffers().get(id);
        boolean constant = b.kind() == Buffer.Kind.CONST;
        if (b.kind() == Buffer.Kind.OWN) {
            return s.own[id];
        }
        return switch (b.storage()) {
            case F32 -> constant ? s.cf : s.f;
            case F64 -> constant ? s.cg : s.g;
            case I32 -> constant ? s.ci : s.i;
            case I64 -> constant ? s.cj : s.j;
            case REF -> constant ? s.cr : s.r;
        };
    }

    private void kernel(Step.Run r, State s, int lo, int hi) {
        Kernel k = program.kernel(r.kernel());
        List<Integer> ints = new ArrayList<>(k.parallel() ? List.of(lo, hi) : List.of());
        r.ints().forEach(d -> ints.add(value(s, d)));
        kernels.get(r.kernel()).run(
                r.bufs().stream().map(b -> array(s, b.buffer())).toArray(),
                r.bufs().stream().mapToInt(b -> place(s, b)).toArray(),
                ints.stream().mapToInt(i -> i).toArray());
    }

    private void helper(Step.Helper h, State s) {
        List<Object> args = new ArrayList<>(List.of(s));
        for (Step.Ref r : h.bufs()) {
            args.add(array(s, r.buffer()));
            args.add(place(s, r));
        }
        for (Dim d : h.ints()) {
            args.add(value(s, d));
        }
        for (String text : h.texts()) {
            args.add(text);
        }
        try {
            Method m = HelperMethod.of(h, program.buffers()::get);
            int[] bound = (int[]) m.invoke(null, args.toArray());
            for (int i = 0; i < h.binds().size(); i++) {
                s.d[layout.slot(h.binds().get(i))] = bound[i];
            }
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof RuntimeException x) {
                throw x;
            }
            throw new IllegalStateException("helper " + h.method(), e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("helper " + h.method(), e);
        }
    }
}
