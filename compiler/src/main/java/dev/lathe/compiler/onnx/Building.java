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

/** What rows of the formats that are no ONNX build graphs with: core operations, and ONNX's by their names. */
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

    /** The contents of a value that must be known. */
    default long[] known(Value v, String what) {
        Tensor t = decomposer().constant(b(), v);
        if (t == null) {
            throw new LatheException("", what + " must be known when the model is compiled", "give static shapes with --shape");
        }
        return t.integers();
    }

    /** The elements of an integer value as dimensions; unknown ones are bound while running. */
    default List<Dim> dims(Value v) {
        Tensor t = decomposer().constant(b(), v);
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

    default LatheException unsupported(String what) {
        return new LatheException("", what + " is not supported");
    }
}
