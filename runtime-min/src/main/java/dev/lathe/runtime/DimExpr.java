package dev.lathe.runtime;

/** A dimension as plans hold it: a constant, a slot of {@link State#d}, or an operation. */
final class DimExpr {
    static final int CONST = 0;
    static final int SLOT = 1;
    static final int ADD = 2;
    static final int MUL = 3;
    static final int FLOORDIV = 4;
    static final int MOD = 5;
    static final int MAX = 6;
    static final int MIN = 7;
    static final int BCAST = 8;
    static final int IFONE = 9;

    final int op;
    final long value;
    final DimExpr[] args;

    DimExpr(int op, long value, DimExpr... args) {
        this.op = op;
        this.value = value;
        this.args = args;
    }

    boolean isConst() {
        return op == CONST;
    }

    /**
     * The value.
     *
     * @throws ArithmeticException on overflow, division by zero, or dimensions that don't broadcast
     */
    long eval(int[] d) {
        switch (op) {
            case CONST:
                return value;
            case SLOT:
                return d[(int) value];
            case ADD: {
                long sum = 0;
                for (DimExpr a : args) {
                    sum = Math.addExact(sum, a.eval(d));
                }
                return sum;
            }
            case MUL: {
                long product = 1;
                for (DimExpr a : args) {
                    product = Math.multiplyExact(product, a.eval(d));
                }
                return product;
            }
            case IFONE:
                return args[args[0].eval(d) == 1 ? 1 : 2].eval(d);
            default:
                break;
        }
        long a = args[0].eval(d);
        long b = args[1].eval(d);
        return switch (op) {
            case FLOORDIV -> Math.floorDiv(a, b);
            case MOD -> Math.floorMod(a, b);
            case MAX -> Math.max(a, b);
            case MIN -> Math.min(a, b);
            default -> Dims.broadcast(a, b);
        };
    }
}
