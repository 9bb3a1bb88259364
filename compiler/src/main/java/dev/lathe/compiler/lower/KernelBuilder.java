package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.emit.VectorOps;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Kernel.BufParam;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.Stmt;
import dev.lathe.codegen.loop.VType;
import dev.lathe.codegen.loop.X;
import dev.lathe.codegen.program.Step;
import dev.lathe.codegen.program.Step.Ref;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Writes one kernel and the step that runs it. Extents, strides and other numbers become integer parameters of the
 * kernel, so that layers of one structure share it; only 0 and 1 are written into the code, because loops and strides
 * of 1 have another structure.
 */
public final class KernelBuilder {
    private final Lower lower;
    private final String base;
    private final List<BufParam> bufs = new ArrayList<>();
    private final List<Ref> refs = new ArrayList<>();
    private final List<StepCosts.Use> uses = new ArrayList<>();
    private final List<String> ints = new ArrayList<>();
    private final List<Dim> args = new ArrayList<>();
    private final Map<Dim, Expr> symbolic = new HashMap<>();
    private final Deque<List<Stmt>> open = new ArrayDeque<>();
    private int locals;
    private Dim extent;
    private int grain = 1;
    private Dim products;
    private int known;

    KernelBuilder(Lower lower, String base) {
        this.lower = lower;
        this.base = base;
        open.push(new ArrayList<>());
    }

    /** A view as seen inside the kernel: its strides are expressions. */
    public final class Buf {
        private final String name;
        private final Scalar scalar;
        private final List<Expr> strides;

        private Buf(String name, Scalar scalar, List<Expr> strides) {
            this.name = name;
            this.scalar = scalar;
            this.strides = strides;
        }

        public String name() {
            return name;
        }

        public Scalar scalar() {
            return scalar;
        }

        public Expr stride(int i) {
            return strides.get(i < 0 ? i + strides.size() : i);
        }

        /** The flat index of an element. */
        public Expr at(List<Expr> index) {
            Expr r = X.i(0);
            for (int i = 0; i < index.size(); i++) {
                r = X.add(r, X.mul(index.get(i), strides.get(i)));
            }
            return r;
        }

        /** The element at a multi-dimensional index. */
        public Expr load(List<Expr> index) {
            return flat(at(index));
        }

        public Expr load(Expr... index) {
            return load(List.of(index));
        }

        /** The element at a flat index. */
        public Expr flat(Expr index) {
            return new Expr.Load(name, index, scalar.scalar());
        }

        /** {@code lanes} elements from a flat index on. */
        public Expr vector(Expr index, int lanes) {
            return new Expr.Load(name, index, new VType(scalar, lanes));
        }

        /** This buffer handed on from a flat index on. */
        public Stmt.BufArg from(Expr index) {
            return new Stmt.BufArg(name, index);
        }

        public void store(List<Expr> index, Expr value) {
            storeFlat(at(index), value);
        }

        public void storeFlat(Expr index, Expr value) {
            stmt(new Stmt.Store(name, index, value));
        }
    }

    /** A buffer parameter for reading. */
    public Buf read(View v) {
        return buf(v, false);
    }

    /** A buffer parameter for writing (it may also be read). */
    public Buf write(View v) {
        return buf(v, true);
    }

    /** A buffer parameter of a kernel that others run; it has no strides. */
    public Buf buffer(Scalar s, boolean written) {
        String name = lower.names().get(written ? "o" : "a", bufs.size());
        bufs.add(new BufParam(name, s, written));
        return new Buf(name, s, List.of());
    }

    /** An integer parameter of a kernel that others run. */
    public Expr number(String wish) {
        String n = wish + "_p" + ints.size();
        ints.add(n);
        return new Expr.Var(n, Scalar.I32.scalar());
    }

    /** Ends a kernel that others run. */
    public Kernel part() {
        return part(null);
    }

    /** As {@link #part()}, for a kernel that {@code understudy} stands in for until the JIT has compiled it; null for none. */
    public Kernel part(Kernel understudy) {
        return lower.share(new Kernel(base, bufs, ints, open.pop(), false, understudy == null ? null : understudy.name()));
    }

    /** The vector operations written so far, as a machine with {@code lanes} lanes needs them for vectors of {@code width}. */
    public int vectorOps(int width, int lanes) {
        return VectorOps.of(new Kernel(base, bufs, ints, open.peek(), false)) * Math.max(1, width / lanes);
    }

    /** Runs a kernel made by {@link #part}. */
    public void invoke(Kernel k, List<Stmt.BufArg> on, List<Expr> numbers) {
        stmt(new Stmt.Invoke(k.name(), on, numbers));
    }

    /**
     * From now on strides of up to {@code most} are written into the code: C2 takes range checks out of a loop only where it knows by how much an
     * index grows.
     */
    public void knownStrides(int most) {
        known = most;
    }

    private Buf buf(View v, boolean written) {
        String name = lower.names().get(written ? "o" : "a", bufs.size());
        Scalar s = Scalar.of(v.type().storage());
        bufs.add(new BufParam(name, s, written));
        refs.add(v.ref());
        uses.add(new StepCosts.Use(v, StepCosts.elements(v), written));
        List<Expr> strides = new ArrayList<>();
        for (int i = 0; i < v.rank(); i++) {
            // the stride of an extent of 1 is never used
            Dim step = v.strides().get(i);
            boolean small = step.isConst() && step.value() > 0 && step.value() <= known;
            strides.add(v.dims().get(i).is(1) ? X.i(0) : small ? X.i(step.intValue()) : dim(step));
        }
        return new Buf(name, s, strides);
    }

    /** Says how many multiply-adds a run of this contraction is. */
    public void multiplyAdds(Dim n) {
        products = n;
    }

    /** Says how many elements of a buffer a run touches, where they aren't those of its view. */
    public void touches(Buf b, Dim elements) {
        int i = bufs.size() - 1;
        while (!bufs.get(i).name().equals(b.name())) {
            i--;
        }
        uses.set(i, new StepCosts.Use(uses.get(i).view(), elements, uses.get(i).written()));
    }

    /** A dimension as an expression: a literal for 0 and 1, otherwise an integer parameter. */
    public Expr dim(Dim d) {
        if (d.is(0) || d.is(1) || d.is(-1)) {
            return X.i(d.intValue());
        }
        if (!d.isConst()) {
            return symbolic.computeIfAbsent(d, this::param);
        }
        return param(d);
    }

    /** A number that is part of the kernel's structure: written into the code when it is constant. */
    public Expr structural(Dim d) {
        return d.isConst() ? X.i(d.intValue()) : dim(d);
    }

    private Expr param(Dim d) {
        String n = lower.names().get("n", ints.size());
        ints.add(n);
        args.add(d);
        return new Expr.Var(n, Scalar.I32.scalar());
    }

    private String local(String wish) {
        return lower.locals().get(wish, locals++);
    }

    public void stmt(Stmt s) {
        open.peek().add(s);
    }

    /** An immutable local; a literal or local stays as it is. */
    public Expr let(Expr e) {
        return let("t", e);
    }

    public Expr let(String wish, Expr e) {
        if (e instanceof Expr.Var || e instanceof Expr.Lit) {
            return e;
        }
        String n = local(wish);
        stmt(new Stmt.Let(n, e));
        return new Expr.Var(n, e.type());
    }

    /** A mutable local. */
    public Expr.Var mut(String wish, Expr init) {
        String n = local(wish);
        stmt(new Stmt.Mut(n, init));
        return new Expr.Var(n, init.type());
    }

    public void set(Expr.Var v, Expr value) {
        stmt(new Stmt.Set(v.name(), value));
    }

    public void loop(String wish, Expr lo, Expr hi, Consumer<Expr> body) {
        loop(wish, lo, hi, 1, false, body);
    }

    /** A loop whose iterations are independent and may become lanes of vectors. */
    public void lanes(String wish, Expr lo, Expr hi, Consumer<Expr> body) {
        loop(wish, lo, hi, 1, true, body);
    }

    public void loop(String wish, Expr lo, Expr hi, int step, boolean lanes, Consumer<Expr> body) {
        String n = local(wish);
        stmt(new Stmt.For(n, lo, hi, step, block(() -> body.accept(new Expr.Var(n, Scalar.I32.scalar()))), lanes));
    }

    /**
     * The outermost loop of a kernel whose iterations are independent work items that threads may share.
     *
     * @param least work items below which a thread is not worth waking
     */
    public void parallel(String wish, Dim items, int least, boolean lanes, Consumer<Expr> body) {
        if (extent != null || !open.peek().isEmpty() || open.size() > 1) {
            throw new IllegalStateException("a parallel loop stands first and alone");
        }
        extent = items;
        grain = Math.max(1, least);
        loop(wish, new Expr.Var("lo", Scalar.I32.scalar()), new Expr.Var("hi", Scalar.I32.scalar()), 1, lanes, body);
    }

    /**
     * As {@link #parallel}, but the body sees the whole range and writes its own loops.
     */
    public void range(Dim items, int least, java.util.function.BiConsumer<Expr, Expr> body) {
        if (extent != null) {
            throw new IllegalStateException("one parallel range a kernel");
        }
        extent = items;
        grain = Math.max(1, least);
        body.accept(new Expr.Var("lo", Scalar.I32.scalar()), new Expr.Var("hi", Scalar.I32.scalar()));
    }

    public void when(Expr cond, Runnable then) {
        when(cond, then, () -> {});
    }

    public void when(Expr cond, Runnable then, Runnable otherwise) {
        stmt(new Stmt.If(cond, block(then), block(otherwise)));
    }

    public void whileTrue(Expr cond, Runnable body) {
        stmt(new Stmt.While(cond, block(body)));
    }

    private List<Stmt> block(Runnable body) {
        open.push(new ArrayList<>());
        body.run();
        return open.pop();
    }

    /** Ends the kernel and adds the step that runs it to the current block. */
    public void run() {
        List<String> names = new ArrayList<>();
        if (extent != null) {
            names.add("lo");
            names.add("hi");
        }
        names.addAll(ints);
        Kernel k = lower.share(new Kernel(base, bufs, names, open.pop(), extent != null));
        lower.step(new Step.Run(k.name(), refs, args, extent, grain, lower.loc()), products, uses);
    }
}
