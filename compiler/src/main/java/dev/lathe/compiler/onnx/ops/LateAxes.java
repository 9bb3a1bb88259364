package dev.lathe.compiler.onnx.ops;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.NodeImport;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.List;

/**
 * Axes that are found while the model runs. Ranks are known, so a small calculation over vectors of one element a
 * dimension finds extents and strides, which become symbols.
 */
final class LateAxes {
    private final NodeImport n;
    private final Calc c;

    LateAxes(NodeImport n) {
        this.n = n;
        this.c = new Calc(n);
    }

    /** [number of axes, rank]: true where an axis is that dimension. */
    private Value hits(Value axes, int rank) {
        Value a = c.reshape(c.cast(axes, ElementType.I64), axes.tensor().size(), Dim.ONE);
        return n.op("eq", c.wrap(a, Dim.of(rank)), c.iota(Dim.of(rank), ElementType.I64, 1, 2));
    }

    /** i64[rank]: 1 for each dimension that is among the axes, else 0. */
    Value mask(Value axes, int rank) {
        Value some = c.reduce("sum", c.cast(hits(axes, rank), ElementType.I64), false, 0);
        return n.op("min", some, c.num(some, 1));
    }

    /** i64[rank]: what {@code values} says for each axis, {@code absent} for other dimensions. */
    Value spread(Value axes, Value values, int rank, Value absent) {
        Value hits = hits(axes, rank);
        Value v = c.reshape(c.cast(values, ElementType.I64), hits.dim(0), Dim.ONE);
        Value given = c.reduce("sum", c.where(hits, v, c.num(v, 0)), false, 0);
        return c.where(c.eq(mask(axes, rank), 0), absent, given);
    }

    /** The number of axes, as the operand's or the declared result's type tells; an error where neither does. */
    private int remaining(Value x, Value axes) {
        if (axes.tensor().size().isConst()) {
            return x.rank() - axes.tensor().size().intValue();
        }
        return declaredRank();
    }

    int declaredRank() {
        int rank = n.declaredRank(0);
        if (rank >= 0) {
            return rank;
        }
        throw new LatheException("", "the rank of the result isn't known before the model runs", "make the axes a constant, or declare the result's shape");
    }

    /** The dimensions of {@code x} where the mask is 0, {@code count} of them. */
    private List<Dim> kept(Value x, Value mask, int count) {
        Dim rank = Dim.of(x.rank());
        Value keep = c.sub(c.num(mask, 1), mask);
        Value place = n.op("cumulate", Attrs.of("kind", "sum", "axis", 0, "exclusive", true, "reverse", false), keep);
        Value here = n.op("eq", c.reshape(place, Dim.ONE, rank), c.iota(Dim.of(count), ElementType.I64, 0, 2));
        Value all = c.mul(keep, n.b().dims(x.tensor().dims()));
        return c.dims(c.reduce("sum", c.where(here, c.reshape(all, Dim.ONE, rank), c.num(all, 0)), false, 1));
    }

    Value squeeze(Value x, Value axes) {
        return c.reshape(x, kept(x, mask(axes, x.rank()), remaining(x, axes)));
    }

    /** Drops the dimensions that turn out to be 1. */
    Value squeeze(Value x, int rank) {
        Value one = c.cast(c.eq(n.b().dims(x.tensor().dims()), 1), ElementType.I64);
        return c.reshape(x, kept(x, one, rank));
    }

    Value unsqueeze(Value x, Value axes) {
        int rank = axes.tensor().size().isConst() ? x.rank() + axes.tensor().size().intValue() : declaredRank();
        Value mask = mask(axes, rank);
        Value place = n.op("cumulate", Attrs.of("kind", "sum", "axis", 0, "exclusive", true, "reverse", false), c.sub(c.num(mask, 1), mask));
        Value from = x.rank() == 0 ? n.b().longs(1) : n.b().dims(x.tensor().dims());
        return c.reshape(x, c.dims(c.where(c.eq(mask, 0), c.gather(from, place, 0), c.num(mask, 1))));
    }

    /**
     * A reduction. The operand is seen twice: each dimension once among those that stay and once among those that are
     * reduced, with extent 1 in the place where it doesn't belong. What is reduced counts as the last dimensions, whichever
     * it is: sums may be rounded otherwise than with axes that are known.
     *
     * @param nothing no axes at all mean that nothing is reduced (otherwise everything is)
     */
    Value reduce(Value x, Value axes, String kind, boolean keep, boolean nothing) {
        int rank = x.rank();
        Value mask = mask(axes, rank);
        if (!axes.tensor().size().isConst() && !nothing) {
            mask = c.max(mask, c.cast(c.eq(c.dim(axes.tensor().size()), 0), ElementType.I64));
        }
        Value stays = c.eq(mask, 0);
        Value shape = n.b().dims(x.tensor().dims());
        List<Dim> dims = new ArrayList<>(c.dims(c.where(stays, shape, c.num(shape, 1))));
        dims.addAll(c.dims(c.where(stays, c.num(shape, 1), shape)));
        List<Dim> strides = strides(x.tensor().dims());
        List<Dim> twice = new ArrayList<>(strides);
        twice.addAll(strides);
        Value view = n.op("strided", Attrs.of("offset", Dim.ZERO, "dims", dims, "strides", twice), x);
        int[] reduced = new int[rank];
        for (int i = 0; i < rank; i++) {
            reduced[i] = rank + i;
        }
        Value r = c.reduce(kind, view, false, reduced);
        return keep ? r : c.reshape(r, kept(x, mask, remaining(x, axes)));
    }

    /** {@code x} as [before, axis, after] around an axis given as a scalar. */
    Value around(Value x, Value axis) {
        Value a = c.wrap(c.reshape(c.cast(axis, ElementType.I64), Dim.ONE), Dim.of(x.rank()));
        Value i = c.iota(Dim.of(x.rank()), ElementType.I64);
        Value shape = n.b().dims(x.tensor().dims());
        Value one = c.num(shape, 1);
        Dim before = c.dimOf(c.reduce("prod", c.where(n.op("lt", i, a), shape, one), false, 0));
        Dim at = c.dimOf(c.reduce("prod", c.where(n.op("eq", i, a), shape, one), false, 0));
        Dim after = c.dimOf(c.reduce("prod", c.where(n.op("gt", i, a), shape, one), false, 0));
        return c.reshape(x, before, at, after);
    }

    /** Row-major strides. */
    static List<Dim> strides(List<Dim> dims) {
        List<Dim> r = new ArrayList<>(dims);
        Dim s = Dim.ONE;
        for (int i = dims.size() - 1; i >= 0; i--) {
            r.set(i, s);
            s = s.times(dims.get(i));
        }
        return r;
    }
}
