package dev.lathe.runtime;

/** A dimension as plans hold it: a constant, a slot of {@link State#d}, or an operation; see {@link Plan}. */
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
        return op == Plan.DIM_CONST;
    }

    /** The value of a constant. */
    long constant() {
        return value;
    }

    /** The symbol's number when this is just an input symbol, else -1. */
    int symbol(int symbols) {
        return op == Plan.DIM_SLOT && value < symbols ? (int) value : -1;
    }

    /**
     * The value.
     *
     * @throws ArithmeticException on overflow, division by zero, or dimensions that don't broadcast
     */
    long eval(int[] d) {
        if (op == Plan.DIM_CONST) {
            return value;
        }
        if (op == Plan.DIM_SLOT) {
            return d[(int) value];
        }
        long a = args[0].eval(d);
        if (op == Plan.DIM_IFONE) {
            return args[a == 1 ? 1 : 2].eval(d);
        }
        for (int i = 1; i < args.length; i++) {
            long b = args[i].eval(d);
            a = switch (op) {
                case Plan.DIM_ADD -> Math.addExact(a, b);
                case Plan.DIM_MUL -> Math.multiplyExact(a, b);
                case Plan.DIM_FLOORDIV -> Math.floorDiv(a, b);
                case Plan.DIM_MOD -> Math.floorMod(a, b);
                case Plan.DIM_MAX -> Math.max(a, b);
                case Plan.DIM_MIN -> Math.min(a, b);
                default -> State.broadcast(a, b);
            };
        }
        return a;
    }
}
