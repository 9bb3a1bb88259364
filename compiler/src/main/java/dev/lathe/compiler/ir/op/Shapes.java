package dev.lathe.compiler.ir.op;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import java.util.ArrayList;
import java.util.List;

/** Rules on dimensions that several families share. */
public final class Shapes {
    private Shapes() {}

    /** The shape of several operands broadcast together, numpy's rule. */
    public static List<Dim> broadcast(List<List<Dim>> shapes) {
        int rank = 0;
        for (List<Dim> s : shapes) {
            rank = Math.max(rank, s.size());
        }
        List<Dim> r = new ArrayList<>();
        for (int i = 0; i < rank; i++) {
            Dim d = Dim.ONE;
            for (List<Dim> s : shapes) {
                int k = i - (rank - s.size());
                if (k >= 0) {
                    d = join(d, s.get(k));
                }
            }
            r.add(d);
        }
        return r;
    }

    private static Dim join(Dim a, Dim b) {
        if (a.equals(b)) {
            return a;
        }
        if (a.isConst() && b.isConst() && !a.is(1) && !b.is(1)) {
            throw new LatheException("", "dimensions " + a + " and " + b + " don't broadcast");
        }
        // a constant above 1 is the result whatever the symbol is, if the model is right at all
        if (a.isConst() && !a.is(1)) {
            return a;
        }
        if (b.isConst() && !b.is(1)) {
            return b;
        }
        return a.broadcast(b);
    }

    /** The output extent of a window that slides: {@code (in + pads - dilation*(kernel-1) - 1) / stride + 1}, rounded down or up. */
    public static Dim window(Dim in, long kernel, long stride, long dilation, long before, long after, boolean ceil) {
        return window(in, Dim.of(kernel), stride, dilation, before, after, ceil);
    }

    public static Dim window(Dim in, Dim kernel, long stride, long dilation, long before, long after, boolean ceil) {
        Dim span = in.plus(before + after - 1).minus(kernel.minus(1).times(dilation));
        if (!ceil) {
            return span.floorDiv(stride).plus(1);
        }
        Dim up = span.plus(stride - 1).floorDiv(stride).plus(1);
        // a window must begin inside the input or the padding before it
        Dim last = in.plus(before + stride - 1).floorDiv(stride);
        return up.min(last);
    }

    /**
     * As {@link #window}, of a pooling: a window that is longer than the operand by less than a stride has one place, as engines have it, whose
     * division rounds towards 0. Symbolic extents stay as the formula says.
     */
    public static Dim pooled(Dim in, long kernel, long stride, long dilation, long before, long after, boolean ceil) {
        Dim places = window(in, kernel, stride, dilation, before, after, ceil);
        boolean isShort = in.isConst() && in.value() > 0 && places.is(0);
        return isShort && in.value() + before + after - 1 - (kernel - 1) * dilation > -stride ? Dim.ONE : places;
    }

    /** {@code dims} without {@code axes}, or with 1 in their places. */
    public static List<Dim> reduced(List<Dim> dims, int[] axes, boolean keep) {
        List<Dim> r = new ArrayList<>();
        for (int i = 0; i < dims.size(); i++) {
            if (!contains(axes, i)) {
                r.add(dims.get(i));
            } else if (keep) {
                r.add(Dim.ONE);
            }
        }
        return r;
    }

    private static boolean contains(int[] axes, int axis) {
        for (int a : axes) {
            if (a == axis) {
                return true;
            }
        }
        return false;
    }

    /** {@code d}, or 0 when it could be less. */
    public static Dim atLeastZero(Dim d) {
        return neverNegative(d) ? d : d.max(Dim.ZERO);
    }

    /** True when {@code d} can't be negative, dimensions not being so themselves. Symbols found while running may be. */
    public static boolean neverNegative(Dim d) {
        for (Dim.Term t : d.terms()) {
            if (t.coeff() < 0) {
                return false;
            }
            for (Dim.Atom a : t.atoms()) {
                if (a instanceof Dim.Sym s ? s.name().matches("u\\d+") : !neverNegative((Dim.Op) a)) {
                    return false;
                }
            }
        }
        return true;
    }

    private static boolean neverNegative(Dim.Op o) {
        return switch (o.kind()) {
            case MOD -> true;
            case MAX -> neverNegative(o.args().get(0)) || neverNegative(o.args().get(1));
            case FLOORDIV, MIN, BCAST -> neverNegative(o.args().get(0)) && neverNegative(o.args().get(1));
            case IFONE -> neverNegative(o.args().get(1)) && neverNegative(o.args().get(2));
        };
    }
}
