package dev.lathe.compiler.contract;

import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.NarrowFloats;
import java.util.Arrays;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;

/**
 * A tensor computed as plainly as can be, in doubles, by code that shares nothing with Lathe's: what random models are held against.
 *
 * @param exact Lathe's elements must be the same numbers: only rounded operations and moves led here
 */
record Naive(ElementType type, int[] dims, double[] v, boolean exact) {
    static Naive of(ElementType type, int[] dims, double[] v, boolean exact) {
        double[] r = new double[v.length];
        for (int i = 0; i < r.length; i++) {
            r[i] = rounded(type, v[i]);
        }
        return new Naive(type, dims, r, exact);
    }

    private static double rounded(ElementType type, double x) {
        return switch (type) {
            case F32 -> (float) x;
            case F16 -> NarrowFloats.round(ElementType.F16, (float) x, true);
            default -> x;
        };
    }

    static int count(int... dims) {
        return Tensor.count(dims);
    }

    double largest() {
        return Arrays.stream(v).map(Math::abs).max().orElse(0);
    }

    Tensor tensor() {
        return new Tensor(type, dims, switch (type.storage()) {
            case F32 -> {
                float[] f = new float[v.length];
                for (int i = 0; i < f.length; i++) {
                    f[i] = (float) v[i];
                }
                yield f;
            }
            case F64 -> v.clone();
            case I32 -> Arrays.stream(v).mapToInt(x -> (int) x).toArray();
            case I64 -> Arrays.stream(v).mapToLong(x -> (long) x).toArray();
            case REF -> throw new IllegalStateException();
        });
    }

    /** Where the element at {@code index} stands, counting as broadcasting does. */
    private int at(int[] index) {
        int p = 0;
        for (int k = 0; k < dims.length; k++) {
            p = p * dims[k] + (dims[k] == 1 ? 0 : index[index.length - dims.length + k]);
        }
        return p;
    }

    static int[] index(int p, int[] dims) {
        int[] r = new int[dims.length];
        for (int k = dims.length - 1, rest = p; k >= 0; k--) {
            r[k] = rest % dims[k];
            rest /= dims[k];
        }
        return r;
    }

    interface Element {
        double at(int[] index);
    }

    static Naive make(ElementType type, int[] dims, boolean exact, Element f) {
        double[] r = new double[count(dims)];
        for (int i = 0; i < r.length; i++) {
            r[i] = f.at(index(i, dims));
        }
        return of(type, dims, r, exact);
    }

    /** The element at {@code index}, or {@code outside}. */
    double get(double outside, int... index) {
        for (int k = 0; k < index.length; k++) {
            if (index[k] < 0 || index[k] >= dims[k]) {
                return outside;
            }
        }
        return v[at(index)];
    }

    Naive map(boolean stays, DoubleUnaryOperator f) {
        return of(type, dims, Arrays.stream(v).map(f).toArray(), exact && stays);
    }

    Naive cast(ElementType to) {
        return of(to, dims, to == ElementType.BOOL ? Arrays.stream(v).map(x -> x != 0 ? 1 : 0).toArray()
                : to.isFloat() ? v : Arrays.stream(v).map(x -> (double) (long) x).toArray(), exact);
    }

    static int[] broadcast(int[] a, int[] b) {
        int[] r = new int[Math.max(a.length, b.length)];
        for (int k = 1; k <= r.length; k++) {
            int x = k <= a.length ? a[a.length - k] : 1;
            int y = k <= b.length ? b[b.length - k] : 1;
            r[r.length - k] = x == 1 ? y : x;
        }
        return r;
    }

    Naive zip(Naive o, ElementType type, DoubleBinaryOperator f) {
        return make(type, broadcast(dims, o.dims), exact && o.exact, i -> f.applyAsDouble(v[at(i)], o.v[o.at(i)]));
    }

    static Naive where(Naive c, Naive a, Naive b) {
        return make(a.type, broadcast(c.dims, broadcast(a.dims, b.dims)), a.exact && b.exact, i -> c.v[c.at(i)] != 0 ? a.v[a.at(i)] : b.v[b.at(i)]);
    }

    Naive matmul(Naive o) {
        int n = o.dims[o.dims.length - 1];
        int k = dims[dims.length - 1];
        int[] outer = broadcast(Arrays.copyOf(dims, dims.length - 2), Arrays.copyOf(o.dims, o.dims.length - 2));
        int[] r = Arrays.copyOf(outer, outer.length + 2);
        r[r.length - 2] = dims[dims.length - 2];
        r[r.length - 1] = n;
        return make(type, r, false, i -> {
            double s = 0;
            int[] x = i.clone();
            int[] y = i.clone();
            for (int q = 0; q < k; q++) {
                x[r.length - 1] = q;
                y[r.length - 2] = q;
                s += v[at(x)] * o.v[o.at(y)];
            }
            return s;
        });
    }

    /** Folds lines along {@code axis}: {@code f} gets a line's elements. */
    Naive lines(int axis, boolean keep, boolean stays, ElementType to, java.util.function.ToDoubleFunction<double[]> f) {
        int[] kept = dims.clone();
        kept[axis] = 1;
        Naive r = make(to, kept, exact && stays, i -> {
            double[] line = new double[dims[axis]];
            int[] x = i.clone();
            for (x[axis] = 0; x[axis] < line.length; x[axis]++) {
                line[x[axis]] = v[at(x)];
            }
            return f.applyAsDouble(line);
        });
        return keep ? r : r.reshape(without(dims, axis));
    }

    /** The place of each line's best element; null where rounding may choose another. */
    Naive best(int axis, boolean keep, boolean max, boolean last) {
        double margin = exact ? 0 : 5e-3 * Math.max(1, largest());
        boolean[] clear = {true};
        Naive r = lines(axis, keep, true, ElementType.I64, l -> {
            int best = 0;
            for (int i = 1; i < l.length; i++) {
                best = (max ? l[i] > l[best] : l[i] < l[best]) || last && l[i] == l[best] ? i : best;
            }
            for (int i = 0; i < l.length; i++) {
                clear[0] &= i == best || Math.abs(l[i] - l[best]) >= margin;
            }
            return best;
        });
        return clear[0] ? of(r.type, r.dims, r.v, true) : null;
    }

    static int[] without(int[] a, int axis) {
        int[] r = new int[a.length - 1];
        for (int k = 0; k < r.length; k++) {
            r[k] = a[k < axis ? k : k + 1];
        }
        return r;
    }

    Naive reshape(int... to) {
        return new Naive(type, to, v, exact);
    }

    Naive softmax(int axis, boolean log) {
        Naive max = lines(axis, true, true, ElementType.F64, l -> Arrays.stream(l).max().orElse(0));
        Naive e = zip(max, ElementType.F64, (x, m) -> Math.exp(x - m));
        Naive sum = e.lines(axis, true, false, ElementType.F64, l -> Arrays.stream(l).sum());
        Naive r = log ? zip(max.zip(sum, ElementType.F64, (m, s) -> m + Math.log(s)), ElementType.F64, (x, m) -> x - m) : e.zip(sum, ElementType.F64, (x, s) -> x / s);
        return of(type, dims, r.v, false);
    }

    Naive transpose(int[] perm) {
        int[] r = Arrays.stream(perm).map(p -> dims[p]).toArray();
        return make(type, r, exact, i -> {
            int[] x = new int[i.length];
            for (int k = 0; k < i.length; k++) {
                x[perm[k]] = i[k];
            }
            return v[at(x)];
        });
    }

    Naive concat(Naive o, int axis) {
        int[] r = dims.clone();
        r[axis] += o.dims[axis];
        return make(type, r, exact && o.exact, i -> {
            if (i[axis] < dims[axis]) {
                return get(0, i);
            }
            int[] x = i.clone();
            x[axis] -= dims[axis];
            return o.get(0, x);
        });
    }

    /** Along one axis, element {@code i} is {@code from.applyAsInt(i)} of this one; outside this tensor it is {@code outside}. */
    Naive pick(int axis, int size, double outside, java.util.function.IntUnaryOperator from) {
        int[] r = dims.clone();
        r[axis] = size;
        return make(type, r, exact, i -> {
            int[] x = i.clone();
            x[axis] = from.applyAsInt(i[axis]);
            return get(outside, x);
        });
    }

    /** Convolution of rank 4, channels first. */
    Naive conv(Naive w, Naive bias, int stride, int dilation, int[] pads, int groups) {
        int oh = (dims[2] + pads[0] + pads[2] - dilation * (w.dims[2] - 1) - 1) / stride + 1;
        int ow = (dims[3] + pads[1] + pads[3] - dilation * (w.dims[3] - 1) - 1) / stride + 1;
        return make(type, new int[] {dims[0], w.dims[0], oh, ow}, false, i -> {
            double s = bias.v[i[1]];
            int first = i[1] / (w.dims[0] / groups) * w.dims[1];
            for (int c = 0; c < w.dims[1]; c++) {
                for (int u = 0; u < w.dims[2]; u++) {
                    for (int x = 0; x < w.dims[3]; x++) {
                        s += get(0, i[0], first + c, i[2] * stride + u * dilation - pads[0], i[3] * stride + x * dilation - pads[1]) * w.get(0, i[1], c, u, x);
                    }
                }
            }
            return s;
        });
    }

    /** Pooling of rank 4 with a square window; the mean is that of what lies inside. */
    Naive pool(boolean max, int kernel, int stride, int pad) {
        int oh = (dims[2] + 2 * pad - kernel) / stride + 1;
        int ow = (dims[3] + 2 * pad - kernel) / stride + 1;
        return make(type, new int[] {dims[0], dims[1], oh, ow}, exact && max, i -> {
            double m = Double.NEGATIVE_INFINITY;
            double s = 0;
            int n = 0;
            for (int u = 0; u < kernel; u++) {
                for (int x = 0; x < kernel; x++) {
                    double e = get(Double.NaN, i[0], i[1], i[2] * stride + u - pad, i[3] * stride + x - pad);
                    if (!Double.isNaN(e)) {
                        m = Math.max(m, e);
                        s += e;
                        n++;
                    }
                }
            }
            return max ? m : s / n;
        });
    }
}
