package dev.lathe.compiler.ir.op;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Type.TensorType;
import dev.lathe.compiler.ir.op.Op.Call;
import dev.lathe.compiler.ir.op.Op.Kind;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.List;

/** Values between grid points. */
final class SamplingOps {
    private SamplingOps() {}

    static List<Op> rows() {
        return List.of(
                /*
                 * along an axis, result element o is the sum of weights[o, t] * x[indices[o, t]] over the taps t;
                 * operands: x, indices i64[out, taps] in range, weights [out, taps]; attributes: axis
                 */
                new Op("interpolate", 3, 3, Kind.PURE, SamplingOps::interpolate));
    }

    private static List<Type> interpolate(Call c) {
        TensorType x = c.tensor(0);
        TensorType w = c.tensor(2);
        int axis = c.axis("axis", x.rank());
        c.check(c.tensor(1).elem() == ElementType.I64 && c.rank(1) == 2 && w.rank() == 2 && x.elem().isFloat() && w.elem().storage() == x.elem().storage(),
                "operands are " + x + ", " + c.tensor(1) + " and " + w);
        List<Dim> dims = new ArrayList<>(x.dims());
        dims.set(axis, c.tensor(1).dim(0));
        return List.of(x.withDims(dims));
    }
}
