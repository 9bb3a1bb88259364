package dev.lathe.compiler.pass;

import dev.lathe.compiler.tensor.Tensor;
import java.lang.reflect.Array;
import java.util.Arrays;

/** Rearrangement of constants. */
final class Tensors {
    private Tensors() {}

    /** Row-major strides. */
    static int[] strides(int[] dims) {
        int[] s = new int[dims.length];
        int step = 1;
        for (int i = dims.length - 1; i >= 0; i--) {
            s[i] = step;
            step *= dims[i];
        }
        return s;
    }

    static Tensor transpose(Tensor t, int[] perm) {
        int[] from = strides(t.dims());
        int[] dims = new int[perm.length];
        int[] strides = new int[perm.length];
        for (int i = 0; i < perm.length; i++) {
            dims[i] = t.dims()[perm[i]];
            strides[i] = from[perm[i]];
        }
        return view(t, dims, 0, strides);
    }

    /** Broadcast to {@code dims}, which are numpy's result. */
    static Tensor expand(Tensor t, int[] dims) {
        return view(t, dims, 0, broadcastStrides(t.dims(), dims));
    }

    static int[] broadcastStrides(int[] from, int[] to) {
        int[] own = strides(from);
        int[] s = new int[to.length];
        int shift = to.length - from.length;
        for (int i = 0; i < from.length; i++) {
            s[i + shift] = from[i] == 1 ? 0 : own[i];
        }
        return s;
    }

    static Tensor slice(Tensor t, int[] starts, int[] sizes, int[] steps) {
        int[] own = strides(t.dims());
        int[] s = new int[own.length];
        int offset = 0;
        for (int i = 0; i < own.length; i++) {
            offset += starts[i] * own[i];
            s[i] = steps[i] * own[i];
        }
        return view(t, sizes, offset, s);
    }

    /** The elements at {@code offset + sum(index * stride)}, packed. */
    static Tensor view(Tensor t, int[] dims, int offset, int[] strides) {
        if (t.type().isComplex()) {
            throw new IllegalArgumentException("complex constants are not rearranged");
        }
        int n = Tensor.count(dims);
        Object to = Array.newInstance(t.data().getClass().getComponentType(), n);
        if (n > 0) {
            int rank = dims.length;
            int inner = rank == 0 ? 1 : dims[rank - 1];
            int step = rank == 0 ? 0 : strides[rank - 1];
            int[] index = new int[Math.max(0, rank - 1)];
            for (int at = 0; at < n; at += inner) {
                int from = offset;
                for (int i = 0; i < index.length; i++) {
                    from += index[i] * strides[i];
                }
                copy(t.data(), from, step, to, at, inner);
                for (int i = index.length - 1; i >= 0 && ++index[i] == dims[i]; i--) {
                    index[i] = 0;
                }
            }
        }
        return new Tensor(t.type(), dims, to);
    }

    private static void copy(Object data, int from, int step, Object to, int at, int count) {
        if (step == 1 || count == 1) {
            System.arraycopy(data, from, to, at, count);
        } else if (data instanceof float[] f) {
            float[] g = (float[]) to;
            for (int i = 0; i < count; i++) {
                g[at + i] = f[from + i * step];
            }
        } else if (data instanceof long[] f) {
            long[] g = (long[]) to;
            for (int i = 0; i < count; i++) {
                g[at + i] = f[from + i * step];
            }
        } else {
            for (int i = 0; i < count; i++) {
                System.arraycopy(data, from + i * step, to, at + i, 1);
            }
        }
    }

    /** Whether both hold the same bits; NaNs of other bits are other constants. */
    static boolean same(Tensor a, Tensor b) {
        if (a.type() != b.type() || !Arrays.equals(a.dims(), b.dims())) {
            return false;
        }
        if (a.data() == b.data()) {
            return true;
        }
        return switch (a.type().storage()) {
            case F32 -> same(a.floats(), b.floats());
            case F64 -> same(a.doubles(), b.doubles());
            case I32 -> Arrays.equals(a.ints(), b.ints());
            case I64 -> Arrays.equals(a.longs(), b.longs());
            case REF -> Arrays.equals(a.strings(), b.strings());
        };
    }

    private static boolean same(float[] a, float[] b) {
        for (int i = 0; i < a.length; i++) {
            if (Float.floatToRawIntBits(a[i]) != Float.floatToRawIntBits(b[i])) {
                return false;
            }
        }
        return true;
    }

    private static boolean same(double[] a, double[] b) {
        for (int i = 0; i < a.length; i++) {
            if (Double.doubleToRawLongBits(a[i]) != Double.doubleToRawLongBits(b[i])) {
                return false;
            }
        }
        return true;
    }
}
