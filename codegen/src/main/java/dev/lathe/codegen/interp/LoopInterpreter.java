package dev.lathe.codegen.interp;

import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.Stmt;
import dev.lathe.codegen.loop.VType;
import java.util.List;
import java.util.function.Function;

/** Runs one kernel. Made ready once, run as often as wanted, from one thread or several. */
public final class LoopInterpreter {
    private interface Action {
        void run(Frame f);
    }

    private final Kernel kernel;
    private final Slots slots;
    private final Nodes nodes;
    private final Action body;
    private final Function<String, LoopInterpreter> others;

    public LoopInterpreter(Kernel kernel) {
        this(kernel, name -> null);
    }

    /** @param others finds the kernels that this one runs */
    public LoopInterpreter(Kernel kernel, Function<String, LoopInterpreter> others) {
        this.kernel = kernel;
        this.others = others;
        this.slots = new Slots(kernel);
        this.nodes = new Nodes(slots);
        kernel.ints().forEach(i -> slots.declare(i, Scalar.I32.scalar()));
        this.body = block(kernel.body());
    }

    /**
     * Runs the kernel.
     *
     * @param arrays one for each buffer parameter
     * @param offsets added to every index, by buffer parameter
     * @param ints one for each integer parameter, {@code lo} and {@code hi} included
     */
    public void run(Object[] arrays, int[] offsets, int[] ints) {
        if (arrays.length != kernel.bufs().size() || ints.length != kernel.ints().size()) {
            throw new IllegalArgumentException("kernel " + kernel.name() + " takes " + kernel.bufs().size() + " buffers and "
                    + kernel.ints().size() + " integers");
        }
        Frame f = new Frame(arrays, offsets, slots.size());
        for (int i = 0; i < ints.length; i++) {
            f.locals[i] = ints[i];
        }
        body.run(f);
    }

    private Action block(List<Stmt> stmts) {
        Action[] all = stmts.stream().map(this::statement).toArray(Action[]::new);
        return f -> {
            for (Action a : all) {
                a.run(f);
            }
        };
    }

    private Action statement(Stmt s) {
        if (s instanceof Stmt.Let l) {
            Node value = nodes.make(l.value());
            return set(slots.declare(l.name(), l.value().type()), value, l.value().type());
        } else if (s instanceof Stmt.Mut m) {
            Node value = nodes.make(m.value());
            return set(slots.declare(m.name(), m.value().type()), value, m.value().type());
        } else if (s instanceof Stmt.Set a) {
            return set(slots.slot(a.name()), nodes.make(a.value()), a.value().type());
        } else if (s instanceof Stmt.Store st) {
            return store(slots.buffer(st.buf()), st);
        } else if (s instanceof Stmt.For l) {
            return loop(l);
        } else if (s instanceof Stmt.If i) {
            Node cond = nodes.make(i.cond());
            Action then = block(i.then());
            Action otherwise = block(i.otherwise());
            return f -> (cond.at(f, 0) != 0 ? then : otherwise).run(f);
        }
        if (s instanceof Stmt.Invoke v) {
            return invoke(v);
        }
        Stmt.While w = (Stmt.While) s;
        Node cond = nodes.make(w.cond());
        Action turn = block(w.body());
        return f -> {
            while (cond.at(f, 0) != 0) {
                turn.run(f);
            }
        };
    }

    private Action invoke(Stmt.Invoke v) {
        LoopInterpreter to = others.apply(v.kernel());
        if (to == null) {
            throw new IllegalArgumentException("kernel " + kernel.name() + " runs " + v.kernel() + ", which does not stand before it");
        }
        int[] bufs = v.bufs().stream().mapToInt(b -> slots.buffer(b.buf())).toArray();
        Node[] offsets = v.bufs().stream().map(b -> nodes.make(b.offset())).toArray(Node[]::new);
        Node[] ints = v.ints().stream().map(nodes::make).toArray(Node[]::new);
        return f -> {
            Object[] arrays = new Object[bufs.length];
            int[] at = new int[bufs.length];
            for (int i = 0; i < bufs.length; i++) {
                arrays[i] = f.arrays[bufs[i]];
                at[i] = f.offsets[bufs[i]] + (int) offsets[i].at(f, 0);
            }
            int[] values = new int[ints.length];
            for (int i = 0; i < ints.length; i++) {
                values[i] = (int) ints[i].at(f, 0);
            }
            to.run(arrays, at, values);
        };
    }

    // all lanes are read before the first is written
    private static Action set(int slot, Node value, VType t) {
        if (t.scalar() == Scalar.REF) {
            return f -> f.refs[slot] = value.ref(f);
        }
        int lanes = t.lanes();
        if (lanes == 1) {
            return f -> f.locals[slot] = value.at(f, 0);
        }
        return f -> System.arraycopy(all(value, f, lanes), 0, f.locals, slot, lanes);
    }

    private static long[] all(Node value, Frame f, int lanes) {
        long[] r = new long[lanes];
        for (int i = 0; i < lanes; i++) {
            r[i] = value.at(f, i);
        }
        return r;
    }

    private Action store(int b, Stmt.Store s) {
        Node index = nodes.make(s.index());
        Node value = nodes.make(s.value());
        VType t = s.value().type();
        if (t.scalar() == Scalar.REF) {
            return f -> ((Object[]) f.arrays[b])[Nodes.place(f, b, index, 0)] = value.ref(f);
        }
        return f -> {
            long[] v = all(value, f, t.lanes());
            int at = Nodes.place(f, b, index, 0);
            for (int i = 0; i < v.length; i++) {
                put(f.arrays[b], at + i, t.scalar(), v[i]);
            }
        };
    }

    private static void put(Object array, int at, Scalar s, long bits) {
        switch (s) {
            case F32 -> ((float[]) array)[at] = ScalarOps.f(bits);
            case F64 -> ((double[]) array)[at] = ScalarOps.d(bits);
            case I32 -> ((int[]) array)[at] = (int) bits;
            case I64 -> ((long[]) array)[at] = bits;
            case BOOL, REF -> throw new IllegalStateException("stores " + s.text());
        }
    }

    private Action loop(Stmt.For l) {
        Node lo = nodes.make(l.lo());
        Node hi = nodes.make(l.hi());
        int slot = slots.declare(l.index(), Scalar.I32.scalar());
        Action turn = block(l.body());
        int step = l.step();
        return f -> {
            int end = (int) hi.at(f, 0);
            for (int i = (int) lo.at(f, 0); i < end; i += step) {
                f.locals[slot] = i;
                turn.run(f);
            }
        };
    }
}
