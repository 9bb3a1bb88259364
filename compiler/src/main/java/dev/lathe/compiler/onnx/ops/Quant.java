package dev.lathe.compiler.onnx.ops;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.NodeImport;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.Storage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;

/**
 * Arithmetic on quantised values. Integers of 16 bits and less are computed on as f32, which holds them and their
 * differences exactly, so that kernels stay in one type. Sums of products stay exact: in f32 where the weights show that
 * no partial sum reaches 2^24, else in i32.
 */
final class Quant {
    private static final double EXACT = 1 << 24;

    private final NodeImport n;
    final Calc c;

    Quant(NodeImport n) {
        this.n = n;
        this.c = new Calc(n);
    }

    // ---- one value ----------------------------------------------------------------------------------------------

    static double least(ElementType t) {
        return t.isUnsigned() ? 0 : -Math.scalb(1.0, t.bits() - 1);
    }

    static double most(ElementType t) {
        return t.isUnsigned() ? Math.scalb(1.0, t.bits()) - 1 : Math.scalb(1.0, t.bits() - 1) - 1;
    }

    private static boolean small(ElementType t) {
        return t.isInteger() && t.bits() <= 16;
    }

    /** A scale or zero point of one element or one for each index of {@code axis}, shaped to broadcast against rank {@code rank}. */
    Value along(Value v, int axis, int rank) {
        if (v == null) {
            return null;
        }
        if (v.rank() == 0 || v.tensor().size().is(1)) {
            return c.reshape(v, List.of());
        }
        if (v.rank() != 1) {
            return v;
        }
        List<Dim> dims = new ArrayList<>(Collections.nCopies(rank, Dim.ONE));
        dims.set(axis, v.dim(0));
        return c.reshape(v, dims);
    }

    /** One value for each block of {@code size} elements along {@code axis}, repeated for each element of {@code x}. */
    Value blocks(Value v, Value x, int axis, long size) {
        if (v == null) {
            return null;
        }
        List<Dim> apart = new ArrayList<>(v.tensor().dims());
        apart.add(axis + 1, Dim.ONE);
        List<Dim> wide = new ArrayList<>(apart);
        wide.set(axis + 1, Dim.of(size));
        List<Dim> dims = new ArrayList<>(v.tensor().dims());
        dims.set(axis, v.dim(axis).times(size));
        Value r = c.reshape(c.expand(c.reshape(v, apart), wide), dims);
        return r.dim(axis).equals(x.dim(axis)) ? r : TensorImport.part(n, r, axis, Dim.ZERO, x.dim(axis));
    }

    /** x - zero as f32; {@code zero} may be null. */
    Value centred(Value x, Value zero) {
        if (x.elem() == ElementType.I32 || x.elem().storage() == Storage.I64) {
            return c.cast(zero == null ? x : c.sub(x, zero), ElementType.F32);
        }
        Value f = c.cast(x, ElementType.F32);
        return zero == null || isZero(zero) ? f : c.sub(f, c.cast(zero, ElementType.F32));
    }

    private boolean isZero(Value v) {
        Tensor t = n.constantOf(v);
        if (t == null) {
            return false;
        }
        for (int i = 0; i < t.size(); i++) {
            if (t.number(i) != 0) {
                return false;
            }
        }
        return true;
    }

    /** (x - zero) * scale in the type of the scale. */
    Value dequantized(Value x, Value scale, Value zero, ElementType to) {
        Tensor known = small(x.elem()) && to == ElementType.F32 && scale.elem() == to ? weights(x, zero) : null;
        if (known != null) {
            // weights: their products may want the integers
            return c.mul(n.b().constant(x.name() + "_f", known), scale);
        }
        ElementType wide = scale.elem() == ElementType.F64 ? ElementType.F64 : ElementType.F32;
        return c.cast(c.mul(c.cast(centred(x, zero), wide), c.cast(scale, wide)), to);
    }

    /** saturate(round(v) + zero) of an f32 value as an integer type; halves go to even. */
    Value rounded(Value v, Value zero, ElementType to) {
        Value r = n.op("round", v);
        r = zero == null || isZero(zero) ? r : c.add(r, c.cast(zero, r.elem()));
        r = n.op("min", n.op("max", r, c.num(r, least(to))), c.num(r, most(to)));
        // by way of i32, which is the storage of the narrow types
        return to == ElementType.I32 ? c.cast(r, to) : c.cast(c.cast(r, ElementType.I32), to);
    }

    Value quantized(Value x, Value scale, Value zero, ElementType to) {
        Value v = c.div(c.cast(x, ElementType.F32), c.cast(scale, ElementType.F32));
        return rounded(v, zero, to);
    }

    // ---- sums of products ---------------------------------------------------------------------------------------

    /** The largest magnitude of x - zero. */
    private double magnitude(ElementType t, Value zero) {
        Tensor z = zero == null ? null : n.constantOf(zero);
        double lo = zero == null ? 0 : z == null ? least(t) : Double.POSITIVE_INFINITY;
        double hi = zero == null ? 0 : z == null ? most(t) : Double.NEGATIVE_INFINITY;
        for (int i = 0; z != null && i < z.size(); i++) {
            lo = Math.min(lo, z.number(i));
            hi = Math.max(hi, z.number(i));
        }
        return Math.max(most(t) - lo, hi - least(t));
    }

    /** Weights minus their zero points as an f32 constant, or null when they aren't constant. */
    private Tensor weights(Value w, Value zero) {
        Tensor t = n.b().constantOf(w);
        t = t == null ? n.constantOf(w) : t;
        Tensor z = zero == null ? null : n.constantOf(zero);
        if (t == null || zero != null && z == null || !small(t.type())) {
            return null;
        }
        // the zero points broadcast from the last dimension
        float[] f = new float[t.size()];
        for (int i = 0; i < f.length; i++) {
            f[i] = t.integer(i) - (z == null ? 0 : z.integer(place(i, t.dims(), z.dims())));
        }
        return new Tensor(ElementType.F32, t.dims(), f);
    }

    private static int place(int flat, int[] dims, int[] small) {
        int r = 0;
        int stride = 1;
        int rest = flat;
        for (int i = dims.length - 1, k = small.length - 1; i >= 0 && k >= 0; i--, k--) {
            int at = rest % dims[i];
            rest /= dims[i];
            r += small[k] == 1 ? 0 : at * stride;
            stride *= small[k];
        }
        return r;
    }

    /** The magnitudes of the weights that one column has for one index of the reduced dimension. */
    private interface Magnitude {
        double at(int index, int column);
    }

    /** Cuts 0 .. n into ranges in each of which sums, {@code by} times the weights at most, are exact in f32; null when one index is too much. */
    private static List<int[]> ranges(int n, int columns, double by, Magnitude w) {
        List<int[]> r = new ArrayList<>();
        double[] sum = new double[columns];
        double[] row = new double[columns];
        int from = 0;
        for (int i = 0; i < n; i++) {
            double most = 0;
            double alone = 0;
            for (int c = 0; c < columns; c++) {
                row[c] = w.at(i, c) * by;
                most = Math.max(most, sum[c] + row[c]);
                alone = Math.max(alone, row[c]);
            }
            if (alone >= EXACT) {
                return null;
            }
            if (most >= EXACT) {
                r.add(new int[] {from, i});
                from = i;
                sum = new double[columns];
            }
            for (int c = 0; c < columns; c++) {
                sum[c] += row[c];
            }
        }
        r.add(new int[] {from, n});
        return r;
    }

    /** A convolution's exact sums: f32 that hold integers, or i32. Zero points are shaped to broadcast. */
    Value conv(Value x, Value xZero, Value w, Value wZero) {
        Tensor weights = weights(w, wZero);
        if (weights != null && small(x.elem()) && weights.size() > 0) {
            int[] d = weights.dims();
            int taps = weights.size() / (d[0] * d[1]);
            List<int[]> parts = ranges(d[1], d[0], magnitude(x.elem(), xZero), (i, column) -> {
                double sum = 0;
                for (int t = 0; t < taps; t++) {
                    sum += Math.abs(weights.floats()[(column * d[1] + i) * taps + t]);
                }
                return sum;
            });
            if (parts != null && (parts.size() == 1 || n.integer("group", 1) == 1)) {
                Value v = centred(x, xZero);
                return sum(parts, p -> NeuralImport.conv(n, Attrs.of("exact", true), part(v, 1, p, d[1]), part(w, weights, p), null));
            }
        }
        return NeuralImport.conv(n, wide(x, xZero), wide(w, wZero), null);
    }

    /** A matrix product's exact sums. */
    Value matmul(Value a, Value aZero, Value b, Value bZero) {
        Tensor weights = b.rank() == 2 ? weights(b, bZero) : null;
        if (weights != null && small(a.elem()) && weights.size() > 0) {
            int[] d = weights.dims();
            List<int[]> parts = ranges(d[0], d[1], magnitude(a.elem(), aZero), (i, column) -> Math.abs(weights.floats()[i * d[1] + column]));
            if (parts != null) {
                Value v = centred(a, aZero);
                return sum(parts, p -> NeuralImport.matmul(n, Attrs.of("exact", true), part(v, v.rank() - 1, p, d[0]), part(b, weights, p)));
            }
        }
        return NeuralImport.matmul(n, wide(a, aZero), wide(b, bZero));
    }

    // parts are exact in f32, their sum in i32
    private Value sum(List<int[]> parts, Function<int[], Value> f) {
        Value r = null;
        for (int[] p : parts) {
            Value v = f.apply(p);
            if (parts.size() == 1) {
                return v;
            }
            v = c.cast(v, ElementType.I32);
            r = r == null ? v : c.add(r, v);
        }
        return r;
    }

    private Value part(Value v, int axis, int[] range, int all) {
        return range[1] - range[0] == all ? v : TensorImport.part(n, v, axis, Dim.of(range[0]), Dim.of(range[1] - range[0]));
    }

    /** A range of the reduced dimension of weights: the second of a convolution's, the first of a matrix. */
    private Value part(Value w, Tensor t, int[] range) {
        int[] d = t.dims().clone();
        int outer = d.length == 2 ? 1 : d[0];
        int axis = d.length == 2 ? 0 : 1;
        int inner = t.size() / outer / d[axis];
        int size = range[1] - range[0];
        float[] f = new float[outer * size * inner];
        for (int o = 0; o < outer; o++) {
            System.arraycopy(t.floats(), (o * d[axis] + range[0]) * inner, f, o * size * inner, size * inner);
        }
        d[axis] = size;
        return n.b().constant(w.name() + "_f", new Tensor(ElementType.F32, d, f));
    }

    private Value wide(Value x, Value zero) {
        Value v = c.cast(x, ElementType.I32);
        return zero == null || isZero(zero) ? v : c.sub(v, c.cast(zero, ElementType.I32));
    }

    /** Exact sums plus an i32 bias, as f32: rounded once where they exceed it. */
    Value withBias(Value sums, Value bias) {
        if (bias == null) {
            return c.cast(sums, ElementType.F32);
        }
        Tensor t = n.constantOf(bias);
        boolean exact = t != null && sums.elem() == ElementType.F32;
        for (int i = 0; exact && i < t.size(); i++) {
            exact = (float) t.integer(i) == t.integer(i);
        }
        return exact
                ? c.add(sums, c.cast(bias, ElementType.F32))
                : c.cast(c.add(c.cast(sums, ElementType.I32), bias), ElementType.F32);
    }

    Value f32(Value v) {
        return c.cast(v, ElementType.F32);
    }

    /** a * b / y of scales, in f32. */
    Value ratio(Value a, Value b, Value y) {
        return c.div(c.mul(f32(a), f32(b)), f32(y));
    }

    /** A value of one element as a scalar. */
    Value scalar(Value v) {
        return v == null ? null : c.reshape(v, List.of());
    }
}
