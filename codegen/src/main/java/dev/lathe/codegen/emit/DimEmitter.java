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
 * shape was planned; {@link #emitLong} throws {@code ArithmeticException} on overflow.
 */
final class DimEmitter {
    private static final MethodRef MULTIPLY = MethodRef.ofStatic(Math.class, "multiplyExact", long.class, long.class, long.class);
    private static final MethodRef ADD = MethodRef.ofStatic(Math.class, "addExact", long.class, long.class, long.class);
    private static final MethodRef TO_INT = MethodRef.ofStatic(Math.class, "toIntExact", int.class, long.class);

    private final Code c;
    private final Consumer<String> symbol;

    /**
     * @param symbol pushes the value of a symbol, an int
     */
    DimEmitter(Code c, Consumer<String> symbol) {
        this.c = c;
        this.symbol = symbol;
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
        if (!first) {
            if (wide) {
                c.call(ADD);
            } else {
                c.op(subtract ? Op.ISUB : Op.IADD);
            }
        }
    }

    private void atom(Dim.Atom a, boolean wide) {
        if (a instanceof Dim.Sym s) {
            symbol.accept(s.name());
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
