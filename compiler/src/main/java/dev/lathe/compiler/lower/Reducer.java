package dev.lathe.compiler.lower;

import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.X;
import dev.lathe.runtime.ElementType;

/**
 * How elements are combined. Where the last dimension is reduced, element j of a packed run goes to virtual lane
 * j mod 16, each lane adds up in order, sums by blocks of 1024 elements, and a fixed tree joins the lanes (8 apart, 4, 2, 1): the same on
 * every target. Elsewhere elements add up one after the other, each run of the innermost of several dimensions on its own.
 */
record Reducer(String kind, ElementType type) {
    /** Virtual lanes of a split reduction. */
    static final int LANES = 16;

    /** How many elements of a long run are summed before the sum joins those before it: a chain of f32 that goes on loses what it adds. */
    private static final int BLOCK = 1024;

    static Reducer of(String kind, ElementType type) {
        return new Reducer(kind, type);
    }

    private Expr number(double v) {
        return switch (type.storage()) {
            case F32 -> X.f((float) v);
            case F64 -> X.d(v);
            case I32 -> X.i((int) v);
            case I64 -> X.l((long) v);
            case REF -> throw new IllegalStateException("no reduction of strings");
        };
    }

    /** The value of an empty reduction. */
    Expr start() {
        return switch (kind) {
            case "prod" -> number(1);
            case "max" -> switch (type) {
                case I32 -> X.i(Integer.MIN_VALUE);
                case I64 -> X.l(Long.MIN_VALUE);
                case I8, I16, I4, I2 -> X.i(-(1 << type.bits() - 1));
                default -> type.isFloat() ? number(Double.NEGATIVE_INFINITY) : number(0);
            };
            case "min" -> switch (type) {
                case I32 -> X.i(Integer.MAX_VALUE);
                case I64 -> X.l(Long.MAX_VALUE);
                case U64 -> X.l(-1);
                case U32 -> X.l(0xFFFFFFFFL);
                case I8, I16, I4, I2 -> X.i((1 << type.bits() - 1) - 1);
                case U8, U16, U4, U2 -> X.i((1 << type.bits()) - 1);
                case BOOL -> X.i(1);
                default -> number(Double.POSITIVE_INFINITY);
            };
            default -> number(0);
        };
    }

    /** True where elements are added up. */
    boolean sums() {
        return switch (kind) {
            case "sum", "mean", "sum_square", "l1", "l2" -> true;
            default -> false;
        };
    }

    /** One more element. */
    Expr add(Expr acc, Expr x) {
        return switch (kind) {
            case "sum", "mean" -> X.add(acc, x);
            case "sum_square", "l2" -> type.isFloat() ? X.fma(x, x, acc) : X.add(acc, X.mul(x, x));
            case "l1" -> X.add(acc, type.isUnsigned() ? x : X.abs(x));
            default -> join(acc, x);
        };
    }

    /** Two partial results. */
    Expr join(Expr a, Expr b) {
        boolean u64 = type == ElementType.U64;
        return switch (kind) {
            case "prod" -> X.mul(a, b);
            case "max" -> u64 ? X.select(X.lt(flip(a), flip(b)), b, a) : X.max(a, b);
            case "min" -> u64 ? X.select(X.lt(flip(a), flip(b)), a, b) : X.min(a, b);
            default -> X.add(a, b);
        };
    }

    private static Expr flip(Expr e) {
        return X.xor(e, X.l(Long.MIN_VALUE));
    }

    /** The result from the joined value; {@code count} is an i32. */
    Expr finish(KernelBuilder k, Expr acc, Expr count) {
        Expr r = switch (kind) {
            case "mean" -> {
                Expr n = X.convert(Scalar.of(type.storage()), count);
                yield type.isFloat() ? X.div(acc, splatLike(n, acc)) : X.call("ScalarOps", "divide", acc, n);
            }
            case "l2" -> switch (type.storage()) {
                case F32, F64 -> X.sqrt(acc);
                default -> X.convert(Scalar.of(type.storage()), X.sqrt(X.convert(Scalar.F64, acc)));
            };
            default -> acc;
        };
        return Casts.narrow(type, r);
    }

    private static Expr splatLike(Expr n, Expr like) {
        return like.type().isVector() ? X.splat(n, like.type().lanes()) : n;
    }

    /**
     * Reduces a packed run of f32.
     *
     * @param base flat index of its first element
     * @param scratch 16 elements from flat index {@code lane} on, of this row alone
     */
    Expr row(KernelBuilder k, KernelBuilder.Buf a, Expr base, Expr count, KernelBuilder.Buf scratch, Expr lane) {
        return row(k, count, scratch, lane, (i, lanes) -> {
            Expr at = X.add(base, i);
            return lanes == 1 ? a.flat(at) : a.vector(at, lanes);
        });
    }

    /** An element, or several, of what is reduced. */
    @FunctionalInterface
    interface Elements {
        Expr at(Expr i, int lanes);
    }

    Expr row(KernelBuilder k, Expr count, KernelBuilder.Buf scratch, Expr lane, Elements x) {
        Expr.Var acc = k.mut("acc", X.splat(start(), LANES));
        Expr whole = k.let("whole", X.and(count, X.i(-LANES)));
        Expr first = sums() ? k.let("first", X.min(whole, X.i(BLOCK))) : whole;
        k.loop("j", X.i(0), first, LANES, false, j -> k.set(acc, add(acc, x.at(j, LANES))));
        scratch.storeFlat(lane, acc);
        if (sums()) {
            // the sum of the blocks is in memory, for no vector may live through two loops
            k.loop("block", first, whole, BLOCK, false, from -> {
                Expr end = k.let("end", X.min(X.add(from, X.i(BLOCK)), whole));
                Expr.Var part = k.mut("part", X.splat(start(), LANES));
                k.loop("j", from, end, LANES, false, j -> k.set(part, add(part, x.at(j, LANES))));
                scratch.storeFlat(lane, X.add(scratch.vector(lane, LANES), part));
            });
        }
        k.loop("j", whole, count, j -> {
            Expr at = k.let(X.add(lane, X.sub(j, whole)));
            scratch.storeFlat(at, add(scratch.flat(at), x.at(j, 1)));
        });
        Expr[] v = new Expr[LANES];
        for (int i = 0; i < LANES; i++) {
            v[i] = k.let("v", scratch.flat(X.add(lane, X.i(i))));
        }
        for (int half = LANES / 2; half > 0; half /= 2) {
            for (int i = 0; i < half; i++) {
                v[i] = k.let("v", join(v[i], v[i + half]));
            }
        }
        return v[0];
    }
}
