package dev.lathe.runtime;

/** A dimension as plans hold it: a constant, a slot of {@link State#d}, or an operation; see {@link PlanFormat}. */
final class DimExpr {
    private final int op;
    private final long value;
    private final DimExpr[] args;

    DimExpr(int op, long value, DimExpr... args) {
        this.op = op;
        this.value = value;
        this.args = args;
    }

    boolean isConst() {
        return op == PlanFormat.DIM_CONST;
    }

    /** The value of a constant. */
    long constant() {
        return value;
    }

    /** The symbol's number when this is just an input symbol, else -1. */
    int symbol(int symbols) {
        return op == PlanFormat.DIM_SLOT && value < symbols ? (int) value : -1;
    }

    /**
     * The value.
     *
     * @throws ArithmeticException on overflow, division by zero, or dimensions that don't broadcast
     */
    long eval(int[] d) {
        if (op == PlanFormat.DIM_CONST) {
            return value;
        }
        if (op == PlanFormat.DIM_SLOT) {
            return d[(int) value];
        }
        long a = args[0].eval(d);
        if (op == PlanFormat.DIM_IFONE) {
            return args[a == 1 ? 1 : 2].eval(d);
        }
        for (int i = 1; i < args.length; i++) {
            long b = args[i].eval(d);
            a = switch (op) {
                case PlanFormat.DIM_ADD -> Math.addExact(a, b);
                case PlanFormat.DIM_MUL -> Math.multiplyExact(a, b);
                case PlanFormat.DIM_FLOORDIV -> Math.floorDiv(a, b);
                case PlanFormat.DIM_MOD -> Math.floorMod(a, b);
                case PlanFormat.DIM_MAX -> Math.max(a, b);
                case PlanFormat.DIM_MIN -> Math.min(a, b);
                default -> State.broadcast(a, b);
            };
        }
        return a;
    }
}
