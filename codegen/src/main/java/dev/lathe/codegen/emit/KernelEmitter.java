package dev.lathe.codegen.emit;

import dev.lathe.codegen.asm.Code;
import dev.lathe.codegen.asm.Jump;
import dev.lathe.codegen.asm.MethodRef;
import dev.lathe.codegen.asm.Op;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.Stmt;
import dev.lathe.codegen.loop.VType;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** A kernel as one static method: for each buffer the array and an offset, then the integer parameters. */
final class KernelEmitter {
    private final Kernel kernel;
    private final Lines lines;
    private final Code c;
    private final Locals locals;
    private final Exprs exprs;
    private final Map<String, MethodRef> others;
    private final Set<String> receivers;
    private final Trials trials;

    private KernelEmitter(Kernel kernel, Lines lines, Code c, Map<String, MethodRef> others, Trials trials, boolean saysClasses) {
        this.others = others;
        this.trials = trials;
        this.locals = new Locals(saysClasses);
        this.receivers = locals.saysClasses() ? Receivers.of(kernel.body()) : Set.of();
        this.kernel = kernel;
        this.lines = lines;
        this.c = c;
        this.exprs = new Exprs(c, locals, kernel);
    }

    /** Writes the kernel into {@code classes}; returns its method. @param others the kernels before it, which it may run */
    static MethodRef emit(Kernel k, Lines lines, ClassSet classes, Map<String, MethodRef> others, Trials trials) {
        if (2 * k.bufs().size() + k.ints().size() > 255) {
            throw new IllegalStateException("kernel " + k.name() + " has too many parameters for a method");
        }
        boolean says = VectorOps.of(k) <= VectorOps.LIMIT && (!KernelSize.isUnsure(k) || KernelSize.of(k, true) <= MethodBudget.LIMIT);
        return classes.define("kernel " + k.name(), classes.unique(k.name()), Arguments.descriptor(k), Arguments.names(k), c -> write(k, lines, c, others, trials, says));
    }

    /** Writes the method's body. */
    static void write(Kernel k, Lines lines, Code c, Map<String, MethodRef> others, Trials trials, boolean saysClasses) {
        Arguments.unpack(c, k);
        KernelEmitter e = new KernelEmitter(k, lines, c, others, trials, saysClasses);
        k.ints().forEach(i -> e.locals.declare(i, true, null));
        if (!k.body().isEmpty()) {
            c.line(lines.stmtLine(k.body().get(0)));
        }
        trials.guard(k, c);
        e.block(k.body());
        c.op(Op.RETURN);
    }

    private void block(List<Stmt> body) {
        int scope = c.enter();
        body.forEach(this::statement);
        c.leave(scope);
    }

    private void statement(Stmt s) {
        c.line(lines.stmtLine(s));
        if (s instanceof Stmt.Let l) {
            declare(l.name(), l.value(), true);
        } else if (s instanceof Stmt.Mut m) {
            declare(m.name(), m.value(), false);
        } else if (s instanceof Stmt.Set a) {
            assign(a);
        } else if (s instanceof Stmt.Store st) {
            store(st);
        } else if (s instanceof Stmt.For f) {
            loop(f);
        } else if (s instanceof Stmt.If i) {
            branch(i);
        } else if (s instanceof Stmt.Invoke v) {
            invoke(v);
        } else if (s instanceof Stmt.While w) {
            Code.Target head = new Code.Target();
            Code.Target exit = new Code.Target();
            renew(w.body());
            c.mark(head);
            exprs.scalars().jumpUnless(w.cond(), exit);
            locals.enterLoop();
            block(w.body());
            locals.leaveLoop();
            c.jump(Jump.GOTO, head).mark(exit);
        }
    }

    private void invoke(Stmt.Invoke v) {
        MethodRef to = others.get(v.kernel());
        if (to == null) {
            throw new IllegalStateException("kernel " + kernel.name() + " runs " + v.kernel() + ", which does not stand before it");
        }
        int scope = c.enter();
        v.bufs().forEach(b -> exprs.place(b.buf(), b.offset()));
        Arguments.push(c, to, v.ints(), exprs::emit);
        trials.understudies().call(c, v.kernel(), others);
        c.leave(scope);
    }

    // temporaries of the expression end before the local begins
    private void declare(String name, Expr value, boolean fixed) {
        VType t = value.type();
        int scope = c.enter();
        boolean exact = fixed && t.isVector() && (receivers.contains(name) || exprs.vectors().isExact(value));
        if (exact) {
            exprs.vectors().receiver(value);
        } else {
            exprs.emit(value);
        }
        c.leave(scope);
        c.declareAndStore(name, Locals.descriptor(t));
        locals.declare(name, fixed, t.isVector() && t.scalar() == Scalar.BOOL ? exprs.vectors().maskOf(value) : null);
        if (exact) {
            locals.setExact(name);
        }
    }

    private void assign(Stmt.Set a) {
        VType t = a.value().type();
        if (t.scalar() == Scalar.I32 && !t.isVector() && a.value() instanceof Expr.Bin b && b.op() == Expr.BinOp.ADD
                && b.a() instanceof Expr.Var v && v.name().equals(a.name()) && b.b() instanceof Expr.Lit l) {
            c.increment(a.name(), (int) l.bits());
            return;
        }
        int scope = c.enter();
        if (t.isVector() && t.scalar() == Scalar.BOOL) {
            exprs.vectors().emitMask(a.value(), locals.maskOf(a.name()));
        } else {
            exprs.emit(a.value());
        }
        c.store(a.name());
        c.leave(scope);
    }

    private void store(Stmt.Store s) {
        VType t = s.value().type();
        int scope = c.enter();
        if (t.isVector()) {
            exprs.vectors().emitExact(s.value());
            exprs.place(s.buf(), s.index());
            new VectorSpelling(c).store(t);
        } else {
            exprs.place(s.buf(), s.index());
            exprs.emit(s.value());
            c.op(switch (t.scalar()) {
                case F32 -> Op.FASTORE;
                case F64 -> Op.DASTORE;
                case I32 -> Op.IASTORE;
                case I64 -> Op.LASTORE;
                case REF -> Op.AASTORE;
                case BOOL -> throw new IllegalStateException("kernel " + kernel.name() + " stores a bool in " + s.buf());
            });
        }
        c.leave(scope);
    }

    private void loop(Stmt.For f) {
        int scope = c.enter();
        Expr bound = f.hi();
        // a literal, or a local that stays, needs no copy
        if (!(bound instanceof Expr.Lit) && !(bound instanceof Expr.Var v && locals.isFixed(v.name()))) {
            exprs.emit(bound);
            bound = locals.store(c, bound.type(), null);
        }
        Expr hi = bound;
        renew(f.body());
        c.countedLoop(f.index(), () -> exprs.emit(f.lo()), () -> exprs.emit(hi), f.step(), () -> {
            locals.enterLoop();
            locals.declare(f.index(), true, null);
            block(f.body());
            locals.leaveLoop();
            c.line(lines.stmtLine(f));
        });
        c.leave(scope);
    }

    /**
     * Before a loop that stands in another one: a vector that lives through both becomes the result of an operation that changes nothing. What
     * C2 of JDK 17 finds out about a value at the head of the inner loop waits for the outer one, and the reverse, so that it takes it for any
     * vector, and boxes it; a cast doesn't help, since null stays possible.
     */
    private void renew(List<Stmt> body) {
        Map<String, VType> changed = new TreeMap<>();
        changed(body, changed);
        changed.forEach((name, t) -> {
            if (locals.isDeclared(name) && locals.depth(name) < locals.depth()) {
                new VectorSpelling(c).same(t, () -> c.load(name));
                c.store(name);
            }
        });
    }

    private static void changed(List<Stmt> body, Map<String, VType> to) {
        for (Stmt s : body) {
            if (s instanceof Stmt.Set a && a.value().type().isVector() && a.value().type().scalar() != Scalar.BOOL) {
                to.put(a.name(), a.value().type());
            } else if (s instanceof Stmt.For f) {
                changed(f.body(), to);
            } else if (s instanceof Stmt.While w) {
                changed(w.body(), to);
            } else if (s instanceof Stmt.If i) {
                changed(i.then(), to);
                changed(i.otherwise(), to);
            }
        }
    }

    private void branch(Stmt.If i) {
        Code.Target otherwise = new Code.Target();
        exprs.scalars().jumpUnless(i.cond(), otherwise);
        block(i.then());
        if (i.otherwise().isEmpty()) {
            c.mark(otherwise);
        } else {
            Code.Target end = new Code.Target();
            c.jump(Jump.GOTO, end).mark(otherwise);
            block(i.otherwise());
            c.mark(end);
        }
    }
}
