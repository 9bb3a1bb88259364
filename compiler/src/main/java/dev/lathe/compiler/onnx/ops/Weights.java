package dev.lathe.compiler.onnx.ops;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.NodeImport;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.Storage;
import java.lang.reflect.Array;
import java.util.List;

/** Rearranges weights: at once where they are constant, by nodes where they aren't. */
final class Weights {
    private Weights() {}

    static Value transpose(NodeImport n, Value v, int... perm) {
        Tensor t = n.b().constantOf(v);
        if (t == null || t.type().storage() == Storage.REF || t.type().isComplex()) {
            return n.op("transpose", Attrs.of("perm", perm), v);
        }
        return n.b().constant(v.name() + "_t", transpose(t, perm));
    }

    static Value reshape(NodeImport n, Value v, List<Dim> dims) {
        Tensor t = n.b().constantOf(v);
        if (v.tensor().dims().equals(dims)) {
            return v;
        }
        return t == null || !dims.stream().allMatch(Dim::isConst) || !Dim.product(dims).equals(v.tensor().size())
                ? n.op("reshape", Attrs.of("dims", dims), v)
                : n.b().constant(v.name() + "_r", t.reshaped(dims.stream().mapToInt(Dim::intValue).toArray()));
    }

    static Tensor transpose(Tensor t, int... perm) {
        int rank = perm.length;
        int[] dims = new int[rank];
        int[] step = new int[rank];
        int[] stride = new int[rank];
        int s = 1;
        for (int i = rank - 1; i >= 0; i--) {
            stride[i] = s;
            s *= t.dims()[i];
        }
        for (int i = 0; i < rank; i++) {
            dims[i] = t.dims()[perm[i]];
            step[i] = stride[perm[i]];
        }
        int n = t.size();
        Object to = Array.newInstance(t.data().getClass().getComponentType(), n);
        int[] at = new int[rank];
        int from = 0;
        for (int i = 0; i < n; i++) {
            switch (t.type().storage()) {
                case F32 -> ((float[]) to)[i] = t.floats()[from];
                case F64 -> ((double[]) to)[i] = t.doubles()[from];
                case I32 -> ((int[]) to)[i] = t.ints()[from];
                default -> ((long[]) to)[i] = t.longs()[from];
            }
            for (int d = rank - 1; d >= 0; d--) {
                from += step[d];
                if (++at[d] < dims[d]) {
                    break;
                }
                from -= step[d] * dims[d];
                at[d] = 0;
            }
        }
        return new Tensor(t.type(), dims, to);
    }
}
