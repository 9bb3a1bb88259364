package dev.lathe.compiler.pass;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Type.TensorType;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.Storage;
import java.util.Arrays;
import java.util.List;

/** Operations on constants that are done without an evaluator, because weights are large. Same bits as the compiled model. */
final class ConstantOps {
    private ConstantOps() {}

    /** The result, or null when it isn't one of these. */
    static Tensor apply(Node n, List<Tensor> in) {
        if (in.stream().anyMatch(t -> t == null || t.type().isComplex())) {
            return null;
        }
        return switch (n.op()) {
            case "identity" -> in.get(0);
            case "reshape" -> isStatic(n) ? in.get(0).reshaped(n.out().tensor().ints()) : null;
            case "transpose" -> Tensors.transpose(in.get(0), n.attrs().ints("perm"));
            case "expand" -> isStatic(n) ? Tensors.expand(in.get(0), n.out().tensor().ints()) : null;
            case "slice" -> slice(n, in.get(0));
            case "concat" -> concat(n, in);
            case "cast" -> cast(in.get(0), n.attrs().type("to"));
            case "add", "sub", "mul", "div" -> in.get(0).type() == ElementType.F32 ? arithmetic(n, in.get(0), in.get(1)) : null;
            default -> null;
        };
    }

    private static boolean isStatic(Node n) {
        return ((TensorType) n.out().type()).isStatic();
    }

    private static Tensor slice(Node n, Tensor t) {
        List<Dim> starts = n.attrs().dims("starts");
        if (!isStatic(n) || !starts.stream().allMatch(Dim::isConst)) {
            return null;
        }
        return Tensors.slice(t, starts.stream().mapToInt(Dim::intValue).toArray(), n.out().tensor().ints(), n.attrs().ints("steps"));
    }

    private static Tensor concat(Node n, List<Tensor> in) {
        int axis = n.attrs().intValue("axis");
        axis = axis < 0 ? axis + n.out().rank() : axis;
        int[] dims = n.out().tensor().ints();
        Object to = java.lang.reflect.Array.newInstance(in.get(0).data().getClass().getComponentType(), Tensor.count(dims));
        int inner = 1;
        for (int i = axis + 1; i < dims.length; i++) {
            inner *= dims[i];
        }
        int at = 0;
        for (Tensor t : in) {
            int block = t.dims()[axis] * inner;
            int blocks = block == 0 ? 0 : t.size() / block;
            for (int i = 0; i < blocks; i++) {
                System.arraycopy(t.data(), i * block, to, at + i * dims[axis] * inner, block);
            }
            at += block;
        }
        return new Tensor(n.out().elem(), dims, to);
    }

    // conversions that can't round differently anywhere; the others are the evaluator's
    private static Tensor cast(Tensor t, ElementType to) {
        ElementType from = t.type();
        if (from == to) {
            return t;
        }
        boolean floats = from.isFloat() && from.storage() == Storage.F32;
        if (floats && to == ElementType.F32) {
            return new Tensor(to, t.dims(), t.data());
        }
        boolean ints = from == ElementType.I32 || from == ElementType.I64;
        if (!floats && !ints) {
            return null;
        }
        int size = t.size();
        switch (to) {
            case F64 -> {
                double[] r = new double[size];
                Arrays.setAll(r, t::number);
                return new Tensor(to, t.dims(), r);
            }
            case F32 -> {
                float[] r = new float[size];
                for (int i = 0; i < size; i++) {
                    r[i] = t.integer(i);
                }
                return new Tensor(to, t.dims(), r);
            }
            case I64 -> {
                return floats ? null : new Tensor(to, t.dims(), t.integers());
            }
            case I32 -> {
                return floats ? null : new Tensor(to, t.dims(), Arrays.stream(t.integers()).mapToInt(v -> (int) v).toArray());
            }
            default -> {
                return null;
            }
        }
    }

    private static Tensor arithmetic(Node n, Tensor a, Tensor b) {
        int[] dims = n.out().tensor().ints();
        float[] x = a.size() == Tensor.count(dims) ? a.floats() : Tensors.expand(a, dims).floats();
        float[] y = b.size() == Tensor.count(dims) ? b.floats() : Tensors.expand(b, dims).floats();
        float[] r = new float[x.length];
        for (int i = 0; i < r.length; i++) {
            r[i] = switch (n.op()) {
                case "add" -> x[i] + y[i];
                case "sub" -> x[i] - y[i];
                case "mul" -> x[i] * y[i];
                default -> x[i] / y[i];
            };
        }
        return new Tensor(ElementType.F32, dims, r);
    }
}
