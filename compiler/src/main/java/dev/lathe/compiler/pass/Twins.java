package dev.lathe.compiler.pass;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.ir.ValueMap;
import dev.lathe.compiler.ir.ValueSet;
import dev.lathe.compiler.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The channels-last twins of values while {@link ChooseLayout} walks. Keys are values of the old graph. A value may
 * exist in its own layout, as a twin, or both; what is missing is made by a transpose when it is asked for.
 */
final class Twins {
    private final Rewriter to;
    private final Twins outer;
    private final ValueMap<Value> last = new ValueMap<>();
    private final ValueMap<Value> split = new ValueMap<>();
    /** Values that exist as a twin only, so far. */
    private final ValueSet missing = new ValueSet();

    Twins(Rewriter to, Twins outer) {
        this.to = to;
        this.outer = outer;
    }

    boolean has(Value v) {
        return last.has(v) || outer != null && outer.has(v);
    }

    boolean hasSplit(Value v) {
        return split.has(v);
    }

    /** [N, spatial..., g, k] of a value [N, g, k, spatial...]. */
    Value split(Value v) {
        return split.get(v);
    }

    /** Says that {@code v} is computed as {@code twin}. */
    void put(Value v, Value twin) {
        last.put(v, twin);
        missing.add(v);
    }

    void putSplit(Value v, Value twin) {
        split.put(v, twin);
        missing.add(v);
    }

    /** {@code v} in its own layout. */
    Value first(Value v) {
        if (missing.remove(v)) {
            int[] perm = last.has(v) ? Perms.toFirst(v.rank()) : Perms.inverse(Perms.splitToLast(v.rank()));
            Value twin = last.has(v) ? last.get(v) : split.get(v);
            Node from = to.info.producer(v);
            to.emitAs(v, "transpose", Attrs.of("perm", perm), from == null ? to.b.loc() : from.loc(), twin);
        }
        return to.get(v);
    }

    /** {@code v} with its channels last. */
    Value last(Value v) {
        Value t = last.get(v);
        if (t == null && outer != null && outer.has(v)) {
            t = outer.last(v);
        }
        if (t == null) {
            Value f = first(v);
            int[] perm = Perms.toLast(v.rank());
            Tensor c = to.tensor(f);
            t = c != null && !c.type().isComplex()
                    ? to.constant(v.name() + "_last", Tensors.transpose(c, perm))
                    : to.emit("transpose", Attrs.of("perm", perm), v.name() + "_last", f);
            last.put(v, t);
        }
        return t;
    }

    /** {@code v}, which broadcasts against values of {@code rank} dimensions, for their twins. */
    Value broadcast(Value v, int rank) {
        if (v.rank() == rank && has(v)) {
            return last(v);
        }
        Value f = first(v);
        if (v.tensor().dims().stream().allMatch(d -> d.is(1))) {
            return f;
        }
        List<Dim> dims = new ArrayList<>(Collections.nCopies(rank - v.rank(), Dim.ONE));
        dims.addAll(v.tensor().dims());
        List<Dim> moved = Perms.apply(dims, Perms.toLast(rank));
        Tensor c = to.tensor(f);
        if (c != null && !c.type().isComplex()) {
            int[] full = dims.stream().mapToInt(Dim::intValue).toArray();
            Tensor t = Tensors.transpose(c.reshaped(full), Perms.toLast(rank));
            return to.constant(v.name() + "_last", t.reshaped(withoutLeadingOnes(t.dims())));
        }
        if (Perms.keepsOrder(dims, Perms.toLast(rank))) {
            return to.emit("reshape", Rewriter.dims(moved), v.name() + "_last", f);
        }
        if (v.rank() == rank) {
            return last(v);
        }
        Value r = to.emit("reshape", Rewriter.dims(dims), v.name() + "_full", f);
        return to.emit("transpose", Attrs.of("perm", Perms.toLast(rank)), v.name() + "_last", r);
    }

    private static int[] withoutLeadingOnes(int[] dims) {
        int n = 0;
        while (n < dims.length && dims[n] == 1) {
            n++;
        }
        return java.util.Arrays.copyOfRange(dims, n, dims.length);
    }
}
