package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ImportTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.ImportTable;
import dev.lathe.compiler.onnx.NodeImport;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Operators of the com.microsoft domain that stand in for what ONNX lacked, or that work on channels-last tensors. */
public final class ContribImport {
    private static final String MS = "com.microsoft.";
    /** The largest matrix that is inverted: the work grows with the fifth power. */
    private static final int LARGEST_INVERSE = 24;

    private ContribImport() {}

    public static void register() {
        // as the operators that ONNX has had since
        Map.of("Trilu", 14, "Range", 11, "Pad", 13, "GatherND", 12, "GridSample", 16).forEach((name, version) ->
                add(MS + name, n -> ImportTable.all().get(name).read(n.at(version))));
        add(MS + "ExpandDims", n -> n.out(ShapeImport.unsqueeze(n, n.need(0), Math.toIntExact(n.needNumbers(1, "axis")[0]))));
        add(MS + "SampleOp", n -> n.out(n.op("identity", n.need(0))));
        add(MS + "Inverse", n -> n.out(inverse(n, n.need(0))));
        add(MS + "CDist", ContribImport::distances);
        add(MS + "IsAllFinite", ContribImport::finite);
        add(MS + "TorchEmbedding", n -> n.out(n.op("gather", Attrs.of("axis", 0), n.need(0), n.need(1))));
        add(MS + "MatMulInteger16", n -> n.out(NeuralImport.matmul(n, wide(n, 0), wide(n, 1))));
        add(MS + "MulInteger", n -> {
            // a, its zero point, b, its zero point
            Calc c = new Calc(n);
            Value a = n.has(1) ? c.sub(wide(n, 0), c.reshape(wide(n, 1), List.of())) : wide(n, 0);
            Value b = n.has(3) ? c.sub(wide(n, 2), c.reshape(wide(n, 3), List.of())) : wide(n, 2);
            n.out(c.mul(a, b));
        });
        add(MS + "ReduceSumInteger", n -> {
            int[] axes = Arrays.stream(n.ints("axes")).map(a -> n.axis(a, n.rank(0))).sorted().toArray();
            n.out(new Calc(n).reduce("sum", wide(n, 0), n.flag("keepdims", true), axes));
        });
        add(MS + "ComplexMul", n -> n.out(complexProduct(n, 1)));
        add(MS + "ComplexMulConj", n -> n.out(complexProduct(n, -1)));
        add(MS + "BiasSoftmax", n -> {
            Calc c = new Calc(n);
            Value x = n.op("add", n.need(0), n.need(1));
            int axis = n.axis("axis", 1, x.rank());
            List<Dim> d = x.tensor().dims();
            Value rows = c.reshape(x, Dim.product(d.subList(0, axis)), Dim.product(d.subList(axis, d.size())));
            n.out(c.reshape(n.op("softmax", Attrs.of("axis", 1), rows), d));
        });
        add(MS + "GemmFastGelu", n -> {
            Value y = NeuralImport.matmul(n, n.need(0), n.need(1));
            n.out(MicrosoftImport.tanhGelu(n, n.has(2) ? n.op("add", y, n.in(2)) : y));
        });
        add(MS + "GroupNorm", n -> n.out(groupNorm(n, n.need(0))));
        add(MS + "SkipGroupNorm", n -> {
            Calc c = new Calc(n);
            Value x = n.need(0);
            Value skip = n.need(3);
            // [N, C] stands for every place
            skip = skip.rank() == 2 ? c.reshape(skip, skip.dim(0), Dim.ONE, Dim.ONE, skip.dim(1)) : skip;
            x = c.add(x, skip);
            x = n.has(4) ? c.add(x, n.in(4)) : x;
            n.out(groupNorm(n, x));
            n.out(1, x);
        });
        add(MS + "UnfoldTensor", n -> n.out(unfolded(n, n.need(0))));
        add(MS + "GatherBlockQuantized", n -> n.out(rowsOfBlocks(n)));
        add(MS + "ConvTransposeWithDynamicPads", n -> {
            Value y = NeuralImport.convTranspose(n, n.in(3));
            n.out(n.has(2) ? without(n, y, new Calc(n).dims(n.in(2), 2 * (y.rank() - 2))) : y);
        });
        add(MS + "Unique", n -> SelectionImport.unique(n, false, 1));
        add(MS + "NhwcMaxPool", n -> n.out(channelsLast(n, n.need(0), x -> PoolImport.max(n, x))));
        add(MS + "NhwcConv", n -> n.out(channelsLast(n, n.need(0), x -> NeuralImport.conv(n, x, n.need(1), n.in(2)))));
        add(MS + "NhwcFusedConv", n -> n.out(channelsLast(n, n.need(0), x -> {
            Value y = NeuralImport.conv(n, x, n.need(1), n.in(2));
            return MicrosoftImport.activation(n, n.has(3) ? n.op("add", y, n.b().toFirst(n.in(3))) : y);
        })));
    }

    /** Less at the borders of the spatial dimensions: at their begins, then their ends. */
    private static Value without(NodeImport n, Value y, List<Dim> pads) {
        int d = y.rank() - 2;
        List<Dim> before = new ArrayList<>(List.of(Dim.ZERO, Dim.ZERO));
        List<Dim> after = new ArrayList<>(before);
        pads.subList(0, d).forEach(p -> before.add(p.times(-1)));
        pads.subList(d, 2 * d).forEach(p -> after.add(p.times(-1)));
        return n.op("pad", Attrs.of("before", before, "after", after, "mode", "constant"), y);
    }

    /** Windows of one dimension, which it counts then; their elements in a new last one. */
    private static Value unfolded(NodeImport n, Value x) {
        Calc c = new Calc(n);
        int axis = n.axis("dim", -1, x.rank());
        Dim size = Dim.of(n.integer("size", 1));
        long step = n.integer("step", 1);
        Dim windows = x.dim(axis).minus(size).floorDiv(step).plus(1);
        Value at = c.add(c.mul(c.iota(windows, ElementType.I64, 0, 2), step), c.iota(size, ElementType.I64, 1, 2));
        Value y = c.gather(x, at, axis);
        int[] perm = new int[y.rank()];
        Arrays.setAll(perm, i -> i == perm.length - 1 ? axis + 1 : i <= axis ? i : i + 1);
        return c.transpose(y, perm);
    }

    /** Rows of a table of codes, several in a byte where it holds bytes; each block of a row has a scale and a zero point. */
    private static Value rowsOfBlocks(NodeImport n) {
        Quant q = new Quant(n);
        Value index = n.need(1);
        int from = n.axis("gather_axis", 0, n.rank(0));
        int along = n.axis("quantize_axis", 1, n.rank(0));
        if (from == along) {
            throw n.unsupported("gathering along the axis of the blocks");
        }
        int bits = n.elem(0) == ElementType.U8 ? (int) n.integer("bits", 4) : 8;
        Value codes = unpacked(n, q.c.gather(n.need(0), index, from), bits);
        Value scales = q.c.gather(n.need(2), index, from);
        int axis = along < from ? along : along - 1 + index.rank();
        long size = n.integer("block_size", 128);
        Value zeros = n.b().scalar(ElementType.F32, n.elem(0) == ElementType.U8 ? 1 << bits - 1 : 0);
        if (n.has(3)) {
            Value all = unpacked(n, q.c.gather(n.in(3), index, from), bits);
            int last = all.rank() - 1;
            zeros = q.blocks(q.c.cast(TensorImport.part(n, all, last, Dim.ZERO, scales.dim(last)), ElementType.F32), codes, axis, size);
        }
        Value y = q.c.mul(q.c.sub(q.c.cast(codes, ElementType.F32), zeros), q.blocks(q.c.cast(scales, ElementType.F32), codes, axis, size));
        return q.c.cast(y, scales.elem());
    }

    // codes that stand in bytes along the last dimension, low bits first
    private static Value unpacked(NodeImport n, Value x, int bits) {
        Calc c = new Calc(n);
        if (bits == 8) {
            return x;
        }
        int many = 8 / bits;
        List<Dim> dims = new ArrayList<>(x.tensor().dims());
        dims.add(Dim.ONE);
        Value bytes = c.reshape(c.cast(x, ElementType.I32), dims);
        int[] places = new int[many];
        Arrays.setAll(places, i -> 1 << i * bits);
        Value parts = c.div(bytes, n.b().constant(new Tensor(ElementType.I32, new int[] {many}, places)));
        dims.remove(dims.size() - 1);
        dims.set(dims.size() - 1, x.dim(-1).times(many));
        return c.reshape(n.op("mod", parts, c.num(parts, 1 << bits)), dims);
    }

    private static Value wide(NodeImport n, int i) {
        return new Calc(n).cast(n.need(i), ElementType.I32);
    }

    private static Value channelsLast(NodeImport n, Value x, UnaryOperator<Value> f) {
        return n.b().toLast(f.apply(n.b().toFirst(x)));
    }

    private static Value groupNorm(NodeImport n, Value x) {
        Calc c = new Calc(n);
        UnaryOperator<Value> f = v -> {
            Value y = NormImport.normalise(n, c.cast(v, ElementType.F32), Dim.of(n.integer("groups", 1)), n.real("epsilon", 1e-5));
            y = NormImport.affine(c, y, c.cast(n.need(1), ElementType.F32), c.cast(n.need(2), ElementType.F32));
            return c.cast(n.integer("activation", 0) == 1 ? AttentionImport.swish(n, y, 1) : y, x.elem());
        };
        return n.flag("channels_last", true) ? channelsLast(n, x, f) : f.apply(x);
    }

    /** Pairs (real, imaginary) in the last dimension. @param sign -1: the second factor's conjugate */
    private static Value complexProduct(NodeImport n, int sign) {
        Calc c = new Calc(n);
        Value[] p = new Value[4];
        for (int i = 0; i < 4; i++) {
            Value v = n.need(i / 2);
            p[i] = TensorImport.part(n, v, v.rank() - 1, Dim.of(i % 2), Dim.ONE);
        }
        p[3] = c.mul(p[3], sign);
        Value re = c.sub(c.mul(p[0], p[2]), c.mul(p[1], p[3]));
        Value im = c.add(c.mul(p[0], p[3]), c.mul(p[1], p[2]));
        return n.op("concat", Attrs.of("axis", re.rank() - 1), re, im);
    }

    // rows of operand 0 against rows of operand 1
    private static void distances(NodeImport n) {
        Calc c = new Calc(n);
        Value a = n.need(0);
        Value b = n.need(1);
        Value d = c.sub(c.reshape(a, a.dim(0), Dim.ONE, a.dim(1)), c.reshape(b, Dim.ONE, b.dim(0), b.dim(1)));
        String metric = n.text("metric", "sqeuclidean");
        n.out(switch (metric) {
            case "sqeuclidean" -> c.reduce("sum_square", d, false, 2);
            case "euclidean" -> c.reduce("l2", d, false, 2);
            default -> throw n.unsupported("metric " + metric);
        });
    }

    private static void finite(NodeImport n) {
        Calc c = new Calc(n);
        Value bad = null;
        for (Value v : n.in()) {
            Value nan = n.flag("isinf_only", false) ? null : n.op("is_nan", v);
            Value inf = n.flag("isnan_only", false) ? null : n.op("is_inf", v);
            Value off = nan == null ? inf : inf == null ? nan : n.op("or", nan, inf);
            Value count = c.total("max", c.cast(off, ElementType.I32));
            bad = bad == null ? count : c.max(bad, count);
        }
        n.out(c.eq(bad, 0));
    }

    /** The cofactors of square matrices by their determinants, in f64. */
    private static Value inverse(NodeImport n, Value x) {
        Calc c = new Calc(n);
        int r = x.rank();
        Dim size = x.dim(-1);
        if (!size.isConst() || size.value() > LARGEST_INVERSE) {
            throw new LatheException("", "a matrix of " + size + " rows can't be inverted; up to " + LARGEST_INVERSE + " are, and the number must be known",
                    "give the model's inputs static shapes with --shape");
        }
        int k = size.intValue();
        Value m = c.cast(x, ElementType.F64);
        if (k == 1) {
            return c.cast(c.div(c.num(m, 1), m), x.elem());
        }
        // row i of these leaves i out
        long[] others = new long[k * (k - 1)];
        double[] sign = new double[k * k];
        for (int i = 0; i < k; i++) {
            for (int j = 0; j < k; j++) {
                if (j != i) {
                    others[i * (k - 1) + j - (j > i ? 1 : 0)] = j;
                }
                sign[i * k + j] = (i + j) % 2 == 0 ? 1 : -1;
            }
        }
        Value at = n.b().constant(Tensor.ofLongs(new int[] {k, k - 1}, others));
        // [..., k, k-1, k, k-1], then minors [..., column, row]: transposed already
        Value rows = c.gather(c.gather(m, at, r - 1), at, r - 2);
        int[] perm = new int[r + 2];
        Arrays.setAll(perm, i -> i);
        perm[r - 2] = r;
        perm[r - 1] = r - 2;
        perm[r] = r - 1;
        Value minors = n.op("det", c.transpose(rows, perm));
        Value adjugate = c.mul(minors, n.b().constant(new Tensor(ElementType.F64, new int[] {k, k}, sign)));
        List<Dim> one = new ArrayList<>(x.tensor().dims().subList(0, r - 2));
        one.addAll(List.of(Dim.ONE, Dim.ONE));
        return c.cast(c.div(adjugate, c.reshape(n.op("det", m), one)), x.elem());
    }
}
