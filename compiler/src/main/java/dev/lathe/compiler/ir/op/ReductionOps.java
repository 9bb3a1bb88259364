package dev.lathe.compiler.ir.op;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Type.TensorType;
import dev.lathe.compiler.ir.op.Op.Call;
import dev.lathe.compiler.ir.op.Op.Kind;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Reductions over axes and over windows, and normalisations. */
final class ReductionOps {
    private ReductionOps() {}

    static List<Op> rows() {
        return List.of(
                // attributes: kind (sum, mean, max, min, prod, sum_square, l1, l2), axes (ints, sorted), keep (bool)
                new Op("reduce", 1, 1, Kind.PURE, ReductionOps::reduce),
                // attributes: axis
                new Op("softmax", 1, 1, Kind.PURE, ReductionOps::alongAxis),
                new Op("log_softmax", 1, 1, Kind.PURE, ReductionOps::alongAxis),
                /*
                 * (x - mean) / sqrt(var + eps) * scale + bias over the last attribute dims (int) dimensions; operands 1 and 2 broadcast
                 * against x and may be absent; attributes: dims, eps, mean (bool: false for root-mean-square norms)
                 */
                new Op("layer_norm", 1, 3, Kind.PURE, c -> List.of(floats(c))),
                // attributes: kind (max, mean, sum), kernel, strides, dilations, pads (begins, then ends), ceil, count_pads (bools), layout
                new Op("pool", 1, 1, Kind.PURE, ReductionOps::pool),
                /*
                 * where the largest element of each window stands in the whole operand, row by row or, with attribute columns (bool), with
                 * the spatial dimensions column by column; attributes as pool's, layout first
                 */
                new Op("pool_arg", 1, 1, Kind.PURE, c -> List.of(((TensorType) pool(c).get(0)).withElem(ElementType.I64))),
                // determinants of square matrices, the last two dimensions
                new Op("det", 1, 1, Kind.PURE, c -> {
                    TensorType x = floats(c);
                    c.check(x.rank() >= 2, () -> x + " is no matrix");
                    return List.of(x.withDims(x.dims().subList(0, x.rank() - 2)));
                }));
    }

    private static List<Type> alongAxis(Call c) {
        c.axis("axis", c.rank(0));
        return List.of(floats(c));
    }

    private static TensorType floats(Call c) {
        TensorType x = c.tensor(0);
        if (!x.elem().isFloat() && !x.elem().isComplex()) {
            throw c.misfit("the operand is " + x + "; it must be of floats");
        }
        return x;
    }

    private static TensorType numbers(Call c) {
        TensorType x = c.tensor(0);
        if (x.elem() == ElementType.STR) {
            throw c.misfit("the operand is " + x + "; it must be of numbers");
        }
        return x;
    }

    private static List<Type> reduce(Call c) {
        TensorType x = numbers(c);
        if (x.elem().isComplex() && c.attrs().text("kind", "").equals("mean")) {
            throw c.misfit("the operand is " + x + "; means are of real numbers");
        }
        return List.of(x.withDims(Shapes.reduced(x.dims(), c.attrs().ints("axes"), c.attrs().flag("keep"))));
    }

    private static List<Type> pool(Call c) {
        TensorType x = numbers(c);
        int n = x.rank() - 2;
        boolean last = ContractionOps.channelsLast(c.attrs());
        int[] k = c.attrs().ints("kernel");
        int[] s = c.attrs().ints("strides");
        int[] d = c.attrs().ints("dilations");
        int[] p = c.attrs().ints("pads");
        c.check(n >= 1 && k.length == n && s.length == n && d.length == n && p.length == 2 * n, () -> x + " needs " + n + " kernel extents, strides, dilations and " + 2 * n + " pads");
        c.check(IntStream.concat(Arrays.stream(k), IntStream.concat(Arrays.stream(s), Arrays.stream(d))).allMatch(v -> v > 0),
                () -> "windows of " + Arrays.toString(k) + ", " + Arrays.toString(s) + " apart, dilated by " + Arrays.toString(d) + ": each must be 1 or more");
        List<Dim> dims = new ArrayList<>(x.dims());
        for (int i = 0; i < n; i++) {
            int at = last ? 1 + i : 2 + i;
            Dim in = x.dim(at);
            Dim out = Shapes.pooled(in, k[i], s[i], d[i], p[i], p[n + i], c.attrs().flag("ceil"));
            long window = (k[i] - 1L) * d[i] + 1;
            c.check(!out.isConst() || out.value() > 0 || in.is(0), () -> "a window of " + window + " has no place in " + in + " elements and the padding around them");
            dims.set(at, out);
        }
        return List.of(x.withDims(dims));
    }
}
