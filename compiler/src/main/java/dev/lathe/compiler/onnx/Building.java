package dev.lathe.compiler.onnx;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.GraphBuilder;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What rows of the formats beside ONNX build graphs with: core operations, and ONNX's operators by their names. */
public interface Building {
    GraphBuilder b();

    Decomposer decomposer();

    default Value op(String op, Value... a) {
        return b().op(op, a);
    }

    default Value op(String op, Attrs attrs, Value... a) {
        return b().op(op, attrs, a);
    }

    /** A scalar of the element type of {@code x}. */
    default Value like(Value x, double v) {
        return b().scalar(x.elem(), v);
    }

    default Value cast(Value v, ElementType to) {
        return v.elem() == to ? v : op("cast", Attrs.of("to", to), v);
    }

    default Value reshape(Value v, List<Dim> dims) {
        return v.tensor().dims().equals(dims) ? v : op("reshape", Attrs.of("dims", dims), v);
    }

    default Value reshape(Value v, Dim... dims) {
        return reshape(v, List.of(dims));
    }

    default Value expand(Value v, List<Dim> dims) {
        return v.tensor().dims().equals(dims) ? v : op("expand", Attrs.of("dims", dims), v);
    }

    default Value gather(Value v, Value at, int axis) {
        return op("gather", Attrs.of("axis", axis), v, at);
    }

    default Value transpose(Value v, int... perm) {
        return op("transpose", Attrs.of("perm", perm), v);
    }

    default Value concat(List<Value> parts, int axis) {
        return parts.size() == 1 ? parts.get(0) : b().op("concat", Attrs.of("axis", axis), parts);
    }

    default Value reduce(String kind, Value v, boolean keep, int... axes) {
        return op("reduce", Attrs.of("kind", kind, "axes", axes, "keep", keep), v);
    }

    /** A part of one dimension. */
    default Value part(Value v, int axis, Dim start, Dim size) {
        return b().part(v, axis, start, size);
    }

    /** Parts one behind the other along an axis; one of them may be as large as -1: what the others leave. */
    default List<Value> split(Value v, int axis, List<Dim> sizes) {
        Dim rest = v.dim(axis);
        for (Dim s : sizes) {
            rest = s.is(-1) ? rest : rest.minus(s);
        }
        List<Value> r = new ArrayList<>();
        Dim at = Dim.ZERO;
        for (Dim s : sizes) {
            Dim size = s.is(-1) ? rest : s;
            r.add(part(v, axis, at, size));
            at = at.plus(size);
        }
        return r;
    }

    /** The first {@code count} places along an axis, each by itself. */
    default List<Value> unstack(Value v, int axis, int count) {
        List<Value> r = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            r.add(squeeze(part(v, axis, Dim.of(i), Dim.ONE), axis));
        }
        return r;
    }

    /** Values of one shape along an axis of their own. */
    default Value stack(List<Value> parts, int axis) {
        return concat(parts.stream().map(v -> unsqueeze(v, axis)).toList(), axis);
    }

    /** Without these axes; without all of extent 1 when there are none. */
    default Value squeeze(Value v, long... axes) {
        boolean[] gone = new boolean[v.rank()];
        for (long a : axes) {
            gone[axis(a, v.rank())] = true;
        }
        List<Dim> dims = new ArrayList<>();
        for (int i = 0; i < v.rank(); i++) {
            if (axes.length == 0 ? !v.dim(i).is(1) : !gone[i]) {
                dims.add(v.dim(i));
            }
        }
        return reshape(v, dims);
    }

    /** With more axes of extent 1, counted in the result. */
    default Value unsqueeze(Value v, long... axes) {
        int rank = v.rank() + axes.length;
        boolean[] fresh = new boolean[rank];
        for (long a : axes) {
            fresh[axis(a, rank)] = true;
        }
        List<Dim> dims = new ArrayList<>();
        for (int i = 0, k = 0; i < rank; i++) {
            dims.add(fresh[i] ? Dim.ONE : v.dim(k++));
        }
        return reshape(v, dims);
    }

    /** The same from the end of these axes on. */
    default Value flip(Value v, int... axes) {
        long[] back = new long[axes.length];
        long[] to = new long[axes.length];
        Arrays.fill(back, -1);
        Arrays.fill(to, Long.MIN_VALUE);
        return onnx("Slice", v, b().longs(back), b().longs(to), b().longs(Arrays.stream(axes).asLongStream().toArray()), b().longs(back));
    }

    /** Matrices turned round: the last two dimensions change places. */
    default Value turned(Value v) {
        int[] perm = new int[v.rank()];
        Arrays.setAll(perm, i -> i);
        perm[perm.length - 2] = perm.length - 1;
        perm[perm.length - 1] = perm.length - 2;
        return transpose(v, perm);
    }

    /** From channels behind the spatial dimensions to channels before them. */
    default Value toFirst(Value x) {
        return b().toFirst(x);
    }

    /** From channels before the spatial dimensions to channels behind them. */
    default Value toLast(Value x) {
        return b().toLast(x);
    }

    default Value between(Value x, double least, double most) {
        return op("min", op("max", x, like(x, least)), like(x, most));
    }

    /** An axis that may count from the end. */
    default int axis(long a, int rank) {
        long n = a < 0 ? a + rank : a;
        if (n < 0 || n >= Math.max(1, rank)) {
            throw new LatheException("", "axis " + a + " is out of range for rank " + rank);
        }
        return (int) n;
    }

    /** The contents of a value when they are known at compile time, else null. */
    default Tensor constant(Value v) {
        return decomposer().constant(b(), v);
    }

    /** The contents of a value that must be known. */
    default long[] known(Value v, String what) {
        Tensor t = constant(v);
        if (t == null) {
            throw new LatheException("", what + " must be known when the model is compiled", "give static shapes with --shape");
        }
        return t.integers();
    }

    /** The elements of an integer value as dimensions; unknown ones are bound while running. */
    default List<Dim> dims(Value v) {
        Tensor t = constant(v);
        return t != null ? Arrays.stream(t.integers()).mapToObj(Dim::of).toList() : b().dimsOf(v);
    }

    /** As {@link Decomposer#all}. @param attrs names and values by turns */
    default List<Value> onnx(String op, int results, Object[] attrs, Value... operands) {
        Map<String, Object> m = new TreeMap<>();
        for (int i = 0; i < attrs.length; i += 2) {
            m.put((String) attrs[i], attrs[i + 1]);
        }
        return decomposer().all(b(), op, results, m, Arrays.asList(operands));
    }

    default Value onnx(String op, Object[] attrs, Value... operands) {
        return onnx(op, 1, attrs, operands).get(0);
    }

    default Value onnx(String op, Value... operands) {
        return onnx(op, new Object[0], operands);
    }

    /** What is left of a division, with the divisor's sign; exact for floats, too. */
    default Value floorMod(Value x, Value by) {
        if (!x.elem().isFloat()) {
            return onnx("Mod", x, by);
        }
        Value rest = onnx("Mod", new Object[] {"fmod", 1L}, x, by);
        Value zero = like(rest, 0);
        Value other = op("and", op("ne", rest, zero), op("xor", op("lt", rest, zero), op("lt", by, zero)));
        return op("where", other, op("add", rest, by), rest);
    }

    default LatheException unsupported(String what) {
        return new LatheException("", what + " is not supported");
    }
}
