package dev.lathe.compiler.onnx.ops;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.NodeImport;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.LongStream;

/** Short names for the arithmetic on indices and small vectors that decompositions are full of. */
final class Calc {
    private final NodeImport n;

    Calc(NodeImport n) {
        this.n = n;
    }

    // ---- numbers ------------------------------------------------------------------------------------------------

    /** 0 .. size-1. */
    Value iota(Dim size, ElementType to) {
        if (size.isConst() && size.value() <= 64 && to == ElementType.I64) {
            return n.b().longs(LongStream.range(0, size.value()).toArray());
        }
        return n.op("iota", Attrs.of("size", size, "to", to));
    }

    /** 0 .. size-1 along one axis of a tensor of rank {@code rank}. */
    Value iota(Dim size, ElementType to, int axis, int rank) {
        return along(iota(size, to), axis, rank);
    }

    /** A vector as a tensor of rank {@code rank} whose other dimensions are 1. */
    Value along(Value vector, int axis, int rank) {
        List<Dim> dims = new ArrayList<>(Collections.nCopies(rank, Dim.ONE));
        dims.set(axis, vector.dim(0));
        return reshape(vector, dims);
    }

    /** A scalar of the type of {@code like}. */
    Value num(Value like, double v) {
        return n.b().scalar(like.elem(), v);
    }

    /** A dimension as a scalar of any numeric type. */
    Value dim(Dim d, ElementType to) {
        return d.isConst() && to != ElementType.I64 ? n.b().scalar(to, d.value()) : cast(n.b().dim(d), to);
    }

    Value dim(Dim d) {
        return n.b().dim(d);
    }

    // ---- operations ---------------------------------------------------------------------------------------------

    Value add(Value a, Value b) {
        return n.op("add", a, b);
    }

    Value add(Value a, double b) {
        return n.op("add", a, num(a, b));
    }

    Value sub(Value a, Value b) {
        return n.op("sub", a, b);
    }

    Value mul(Value a, Value b) {
        return n.op("mul", a, b);
    }

    Value mul(Value a, double b) {
        return n.op("mul", a, num(a, b));
    }

    Value div(Value a, Value b) {
        return n.op("div", a, b);
    }

    Value min(Value a, Value b) {
        return n.op("min", a, b);
    }

    Value max(Value a, Value b) {
        return n.op("max", a, b);
    }

    Value max(Value a, double b) {
        return n.op("max", a, num(a, b));
    }

    Value lt(Value a, double b) {
        return n.op("lt", a, num(a, b));
    }

    Value eq(Value a, double b) {
        return n.op("eq", a, num(a, b));
    }

    Value where(Value c, Value a, Value b) {
        return n.op("where", c, a, b);
    }

    Value cast(Value v, ElementType to) {
        return v.elem() == to ? v : n.op("cast", Attrs.of("to", to), v);
    }

    Value reshape(Value v, List<Dim> dims) {
        return v.tensor().dims().equals(dims) ? v : n.op("reshape", Attrs.of("dims", dims), v);
    }

    Value reshape(Value v, Dim... dims) {
        return reshape(v, List.of(dims));
    }

    Value transpose(Value v, int... perm) {
        return n.op("transpose", Attrs.of("perm", perm), v);
    }

    Value expand(Value v, List<Dim> dims) {
        return v.tensor().dims().equals(dims) ? v : n.op("expand", Attrs.of("dims", dims), v);
    }

    Value gather(Value v, Value at, int axis) {
        return n.op("gather", Attrs.of("axis", axis), v, at);
    }

    Value reduce(String kind, Value v, boolean keep, int... axes) {
        return n.op("reduce", Attrs.of("kind", kind, "axes", axes, "keep", keep), v);
    }

    /** All elements reduced to a scalar. */
    Value total(String kind, Value v) {
        int[] axes = new int[v.rank()];
        Arrays.setAll(axes, i -> i);
        return reduce(kind, v, false, axes);
    }

    /** Negative positions count from the end. */
    Value wrap(Value index, Dim size) {
        return where(lt(index, 0), add(index, dim(size, index.elem())), index);
    }

    // ---- values as dimensions -----------------------------------------------------------------------------------

    /** The elements of a vector as dimensions: numbers where they follow from constants, else bound while running. */
    List<Dim> dims(Value v) {
        Tensor t = n.constantOf(v);
        return t != null ? Arrays.stream(t.integers()).mapToObj(Dim::of).toList() : n.b().dimsOf(v);
    }

    /** As {@link #dims(Value)} for a vector that must have {@code count} elements, whatever its type says. */
    List<Dim> dims(Value v, int count) {
        Dim size = v.tensor().size();
        if (size.isConst() && size.value() != count) {
            throw new LatheException("", "%" + v.name() + " has " + size + " elements, " + count + " are needed");
        }
        return dims(size.isConst() ? v : reshape(v, Dim.of(count)));
    }

    /** A scalar as a dimension. */
    Dim dimOf(Value v) {
        return dims(v).get(0);
    }
}
