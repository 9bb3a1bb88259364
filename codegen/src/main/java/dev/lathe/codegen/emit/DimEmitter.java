package dev.lathe.codegen.emit;

import dev.lathe.codegen.asm.Code;
import dev.lathe.codegen.asm.Jump;
import dev.lathe.codegen.asm.MethodRef;
import dev.lathe.codegen.asm.Op;
import dev.lathe.codegen.dim.Dim;
import dev.lathe.runtime.State;
import java.util.function.Consumer;

/**
 * Dimension expressions as bytecode. {@link #emitInt} trusts that values fit, which {@code sizes} has checked when the
 * shape was planned; {@link #emitLong} throws {@code ArithmeticException} on overflow. What is long becomes a call of
 * a method of its own, so that no method grows with the expressions that it needs.
 */
final class DimEmitter {
    /** Bytes of an expression above which it is a method of its own. */
    static final int LONG = 240;

    /** The same where many expressions stand in one method: more than a call takes. */
    static final int TIGHT = 24;

    private static final int CALL = 12;

    private static final MethodRef MULTIPLY = MethodRef.ofStatic(Math.class, "multiplyExact", long.class, long.class, long.class);
    private static final MethodRef ADD = MethodRef.ofStatic(Math.class, "addExact", long.class, long.class, long.class);
    private static final MethodRef TO_INT = MethodRef.ofStatic(Math.class, "toIntExact", int.class, long.class);

    private final Code c;
    private final Consumer<Code> symbols;
    private final DimMethods methods;
    private final int most;

    /**
     * An emitter into one method.
     *
     * @param symbols pushes the {@code int[]} that holds the symbols' values
     * @param methods makes methods of expressions that take more than {@code most} bytes
     */
    DimEmitter(Code c, Consumer<Code> symbols, DimMethods methods, int most) {
        this.c = c;
        this.symbols = symbols;
        this.methods = methods;
        this.most = most;
    }

    /** An upper bound of the bytes that a dimension takes. */
    static int size(Dim d) {
        int n = whole(d);
        return n > LONG ? CALL : n;
    }

    private static int whole(Dim d) {
        int n = 4;
        for (Dim.Term t : d.terms()) {
            n += 12;
            for (Dim.Atom a : t.atoms()) {
                n += a instanceof Dim.Op o ? 20 + o.args().stream().mapToInt(DimEmitter::size).sum() : 14;
            }
        }
        return n;
    }

    /** Pushes the value as an int. */
    void emitInt(Dim d) {
        if (fitsInt(d)) {
            emit(d, false);
        } else {
            emit(d, true);
            c.call(TO_INT);
        }
    }

    /** Pushes the value as a long. */
    void emitLong(Dim d) {
        emit(d, true);
    }

    // sentinels like Long.MAX_VALUE occur inside min()
    private static boolean fitsInt(Dim d) {
        for (Dim.Term t : d.terms()) {
            if (t.coeff() != (int) t.coeff()) {
                return false;
            }
            for (Dim.Atom a : t.atoms()) {
                if (a instanceof Dim.Op o && !o.args().stream().allMatch(DimEmitter::fitsInt)) {
                    return false;
                }
            }
        }
        return true;
    }

    private void push(long v, boolean wide) {
        if (wide) {
            c.push(v);
        } else {
            c.push((int) v);
        }
    }

    private void emit(Dim d, boolean wide) {
        if (whole(d) > most && d.symbol() == null) {
            symbols.accept(c);
            c.call(methods.method(d, wide));
        } else {
            inline(d, wide);
        }
    }

    /** Pushes the value of what is a method of its own: half by half where that is long again. */
    void body(Dim d, boolean wide) {
        int n = d.terms().size();
        if (n > 1 && whole(d) > LONG) {
            emit(Dim.sum(d.terms().subList(0, n / 2)), wide);
            emit(Dim.sum(d.terms().subList(n / 2, n)), wide);
            add(wide);
        } else {
            inline(d, wide);
        }
    }

    private void add(boolean wide) {
        if (wide) {
            c.call(ADD);
        } else {
            c.op(Op.IADD);
        }
    }

    private void inline(Dim d, boolean wide) {
        if (d.terms().isEmpty()) {
            push(0, wide);
        }
        boolean first = true;
        for (Dim.Term t : d.terms()) {
            term(t, wide, first);
            first = false;
        }
    }

    private void term(Dim.Term t, boolean wide, boolean first) {
        boolean subtract = !wide && !first && t.coeff() == -1 && !t.atoms().isEmpty();
        boolean started = t.atoms().isEmpty() || t.coeff() != 1 && !subtract;
        if (started) {
            push(t.coeff(), wide);
        }
        for (Dim.Atom a : t.atoms()) {
            atom(a, wide);
            if (started) {
                if (wide) {
                    c.call(MULTIPLY);
                } else {
                    c.op(Op.IMUL);
                }
            }
            started = true;
        }
        if (subtract) {
            c.op(Op.ISUB);
        } else if (!first) {
            add(wide);
        }
    }

    private void atom(Dim.Atom a, boolean wide) {
        if (a instanceof Dim.Sym s) {
            symbols.accept(c);
            c.push(methods.slot(s.name())).op(Op.IALOAD);
            if (wide) {
                c.op(Op.I2L);
            }
            return;
        }
        Dim.Op o = (Dim.Op) a;
        if (o.kind() == Dim.Kind.IFONE) {
            Code.Target otherwise = new Code.Target();
            Code.Target end = new Code.Target();
            emit(o.args().get(0), wide);
            push(1, wide);
            if (wide) {
                c.op(Op.LCMP).jump(Jump.IFNE, otherwise);
            } else {
                c.jump(Jump.ICMPNE, otherwise);
            }
            emit(o.args().get(1), wide);
            c.jump(Jump.GOTO, end).mark(otherwise);
            emit(o.args().get(2), wide);
            c.mark(end);
            return;
        }
        o.args().forEach(d -> emit(d, wide));
        c.call(function(o.kind(), wide ? long.class : int.class));
    }

    private static MethodRef function(Dim.Kind kind, Class<?> t) {
        return switch (kind) {
            case FLOORDIV -> MethodRef.ofStatic(Math.class, "floorDiv", t, t, t);
            case MOD -> MethodRef.ofStatic(Math.class, "floorMod", t, t, t);
            case MAX -> MethodRef.ofStatic(Math.class, "max", t, t, t);
            case MIN -> MethodRef.ofStatic(Math.class, "min", t, t, t);
            case BCAST -> MethodRef.ofStatic(State.class, "broadcast", t, t, t);
            case IFONE -> throw new IllegalStateException("ifone is a branch");
        };
    }
}
