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
                new Op("interpolate", 3, 3, Kind.PURE, SamplingOps::interpolate),
                /*
                 * x [N, C, spatial...] at the places of grid [N, out..., d], from -1 to 1 and in reverse order of the dimensions;
                 * attributes: mode (nearest, linear, cubic), padding (zeros, border, reflection), align (bool)
                 */
                new Op("grid_sample", 2, 2, Kind.PURE, SamplingOps::gridSample),
                /*
                 * x [N, C, H, W] averaged over bins of boxes [R, 4] (x, y, x, y) of images i64[R];
                 * attributes: mode (avg, max), height, width, ratio, scale, half (bool: boxes are half a pixel off)
                 */
                new Op("roi_align", 3, 3, Kind.PURE, SamplingOps::roiAlign),
                // x [N, C, H, W], boxes [R, 5] (image, x, y, x, y) in whole pixels, corners included: maxima of bins; attributes: height, width, scale
                new Op("roi_pool", 2, 2, Kind.PURE, SamplingOps::roiPool),
                /*
                 * what a deformed kernel sees: x [N, C, H, W], offset [N, groups*kernel*2, oh, ow], optional mask [N, groups*kernel, oh, ow]
                 * give [N, C, kernel, oh, ow]; attributes: kernel, strides, dilations, pads, groups
                 */
                new Op("deform_columns", 2, 3, Kind.PURE, SamplingOps::deformColumns));
    }

    private static List<Type> interpolate(Call c) {
        TensorType x = c.tensor(0);
        TensorType w = c.tensor(2);
        int axis = c.axis("axis", x.rank());
        c.check(c.tensor(1).elem() == ElementType.I64 && c.rank(1) == 2 && w.rank() == 2 && x.elem().isFloat() && w.elem().storage() == x.elem().storage(),
                () -> "operands are " + x + ", " + c.tensor(1) + " and " + w);
        List<Dim> dims = new ArrayList<>(x.dims());
        dims.set(axis, c.tensor(1).dim(0));
        return List.of(x.withDims(dims));
    }

    private static List<Type> gridSample(Call c) {
        TensorType x = c.tensor(0);
        TensorType g = c.tensor(1);
        int d = x.rank() - 2;
        c.check(d >= 1 && g.rank() == x.rank() && g.elem() == x.elem() && (!g.dim(-1).isConst() || g.dim(-1).is(d)), () -> "operands are " + x + " and " + g);
        List<Dim> dims = new ArrayList<>(x.dims().subList(0, 2));
        dims.addAll(g.dims().subList(1, 1 + d));
        return List.of(x.withDims(dims));
    }

    private static final int MOST_SAMPLES = 1 << 15;

    private static List<Type> roiAlign(Call c) {
        TensorType x = c.tensor(0);
        c.check(x.rank() == 4 && c.rank(1) == 2 && c.rank(2) == 1 && c.tensor(1).elem() == x.elem() && c.tensor(2).elem() == ElementType.I64,
                () -> "operands are " + x + ", " + c.tensor(1) + " and " + c.tensor(2));
        long samples = c.attrs().integer("ratio", 0);
        c.check(samples <= MOST_SAMPLES, () -> samples + " samples in each direction of a place are too many; " + MOST_SAMPLES + " are possible");
        return List.of(x.withDims(List.of(c.tensor(1).dim(0), x.dim(1), Dim.of(c.attrs().integer("height")), Dim.of(c.attrs().integer("width")))));
    }

    private static List<Type> roiPool(Call c) {
        TensorType x = c.tensor(0);
        TensorType boxes = c.tensor(1);
        c.check(x.rank() == 4 && boxes.rank() == 2 && boxes.elem() == x.elem() && (!boxes.dim(1).isConst() || boxes.dim(1).is(5)), "operands are " + x + " and " + boxes);
        return List.of(x.withDims(List.of(boxes.dim(0), x.dim(1), Dim.of(c.attrs().integer("height")), Dim.of(c.attrs().integer("width")))));
    }

    private static List<Type> deformColumns(Call c) {
        TensorType x = c.tensor(0);
        TensorType offset = c.tensor(1);
        int[] k = c.attrs().ints("kernel");
        c.check(x.rank() == 4 && offset.rank() == 4 && k.length == 2, () -> "operands are " + x + " and " + offset + "; only two spatial dimensions are possible");
        Dim want = Dim.of(2L * k[0] * k[1] * c.attrs().integer("groups"));
        c.check(!offset.dim(1).isConst() || offset.dim(1).equals(want), () -> "offsets are " + offset + "; dimension 1 should be " + want);
        return List.of(x.withDims(List.of(x.dim(0), x.dim(1), Dim.of((long) k[0] * k[1]), offset.dim(2), offset.dim(3))));
    }
}
