package dev.lathe.compiler.paddle.ops;

import static dev.lathe.compiler.paddle.PaddleTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.ops.SelectionImport;
import dev.lathe.compiler.paddle.PaddleNode;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** Operators that came with the later releases of version 2 and with version 3. */
public final class LateRows {
    private LateRows() {}

    public static void register() {
        add("masked_fill", n -> n.out(n.op("where", n.need("Mask"), n.cast(n.need("Value"), n.need("X").elem()), n.need("X"))));
        add("swiglu", LateRows::gated);
        add("rms_norm", LateRows::rmsNorm);
        add("nms", LateRows::kept);
        add("kthvalue", LateRows::kth);
        add("elementwise_heaviside", n -> {
            Value x = n.need("X");
            Value step = n.cast(n.op("gt", x, n.like(x, 0)), x.elem());
            n.out(n.op("where", n.op("eq", x, n.like(x, 0)), n.need("Y"), n.op("where", n.op("is_nan", x), x, step)));
        });
        add("baddbmm", n -> {
            Value p = n.op("matmul", n.need("X"), n.need("Y"));
            n.out(n.op("add", n.op("mul", n.need("Input"), n.real("Beta", 1)), n.op("mul", p, n.real("Alpha", 1))));
        });
        add("index_add", LateRows::added);
        add("logcumsumexp", LateRows::runningLogSum);
        add("cross", LateRows::cross);
        add("frame", LateRows::frames);
        add("overlap_add", LateRows::overlapped);
    }

    private static void gated(PaddleNode n) {
        Value x = n.need("X");
        Value y = n.in("Y");
        if (y == null) {
            Dim half = x.dim(-1).floorDiv(Dim.of(2));
            y = n.part(x, x.rank() - 1, half, half);
            x = n.part(x, x.rank() - 1, Dim.ZERO, half);
        }
        n.out(n.op("mul", n.op("mul", x, n.op("sigmoid", x)), y));
    }

    private static void rmsNorm(PaddleNode n) {
        if (n.real("quant_scale", -1) > 0) {
            throw n.unsupported("a quantised result");
        }
        Value x = n.need("X");
        x = n.has("Residual") ? n.op("add", n.has("Bias") ? n.op("add", x, n.need("Bias")) : x, n.need("Residual")) : x;
        int from = n.axis(n.integer("begin_norm_axis", -1), x.rank());
        List<Dim> dims = x.tensor().dims();
        // rows of all that is normalised together
        Value rows = n.reshape(x, Dim.product(dims.subList(0, from)), Dim.product(dims.subList(from, x.rank())));
        Value y = n.op("layer_norm", Attrs.of("dims", 1, "eps", (double) n.real("epsilon", 1e-6), "mean", false), rows);
        y = n.op("mul", y, n.need("NormWeight"));
        y = n.has("NormBias") ? n.op("add", y, n.need("NormBias")) : y;
        n.out(n.reshape(y, dims));
        n.out("ResidualOut", x);
    }

    /** Boxes that stand the best first: which don't overlap a better one. */
    private static void kept(PaddleNode n) {
        Value boxes = n.need("Boxes");
        Dim count = boxes.dim(0);
        Value scores = n.op("neg", n.op("iota", Attrs.of("size", count, "to", ElementType.F32)));
        Value overlap = n.b().constant(Tensor.ofFloats(new int[] {1}, n.real("iou_threshold", 1)));
        Value rows = n.onnx("NonMaxSuppression", n.unsqueeze(boxes, 0), n.reshape(scores, Dim.ONE, Dim.ONE, count), n.reshape(n.b().dim(count), Dim.ONE), overlap);
        n.out("KeepBoxesIdxs", n.reshape(n.part(rows, 1, Dim.of(2), Dim.ONE), rows.dim(0)));
    }

    private static void kth(PaddleNode n) {
        Value x = n.need("X");
        int axis = n.axis(n.integer("axis", -1), x.rank());
        Dim k = Dim.of(n.integer("k", 1));
        int[] turned = SelectionImport.lastInstead(axis, x.rank());
        List<Value> sorted = n.sorted(n.transpose(x, turned), k, false);
        boolean keep = n.flag("keepdim", false);
        for (int i = 0; i < 2; i++) {
            Value one = n.transpose(n.part(sorted.get(i), x.rank() - 1, k.minus(1), Dim.ONE), turned);
            n.out(i == 0 ? "Out" : "Indices", keep ? one : n.squeeze(one, axis));
        }
    }

    private static void added(PaddleNode n) {
        Value x = n.need("X");
        int axis = n.axis(n.integer("axis", 0), x.rank());
        Value at = n.need("Index");
        Value values = n.need("AddValue");
        List<Dim> dims = new ArrayList<>(Collections.nCopies(x.rank(), Dim.ONE));
        dims.set(axis, at.dim(0));
        Value all = n.expand(n.reshape(n.cast(at, ElementType.I64), dims), values.tensor().dims());
        n.out(n.op("scatter_elements", Attrs.of("axis", axis, "reduction", "add"), x, all, values));
    }

    /** For each place all elements up to it, less their largest: as many as the extent squared, and exact for elements of any size. */
    private static void runningLogSum(PaddleNode n) {
        if (n.flag("exclusive", false)) {
            throw n.unsupported("a sum without the element itself");
        }
        Value x = n.need("X");
        boolean flat = n.flag("flatten", false);
        Value v = flat ? n.reshape(x, x.tensor().size()) : x;
        int axis = flat ? 0 : n.axis(n.integer("axis", -1), x.rank());
        Dim size = v.dim(axis);
        // [..., i, j]: element j where it counts for place i
        int last = v.rank() - 1;
        Value row = n.unsqueeze(n.transpose(v, SelectionImport.lastInstead(axis, v.rank())), last);
        Value i = n.reshape(Sequences.iota(n, size), size, Dim.ONE);
        Value counts = n.flag("reverse", false) ? n.op("ge", Sequences.iota(n, size), i) : n.op("le", Sequences.iota(n, size), i);
        Value all = n.op("where", counts, row, n.like(x, Double.NEGATIVE_INFINITY));
        n.out(n.transpose(n.onnx("ReduceLogSumExp", new Object[] {"keepdims", 0L}, all, n.b().longs(last + 1)), SelectionImport.lastInstead(axis, v.rank())));
    }

    private static void cross(PaddleNode n) {
        Value x = n.need("X");
        int axis = -1;
        if (n.integer("dim", 9) == 9) {
            // the first axis of three
            for (int i = x.rank() - 1; i >= 0; i--) {
                axis = x.dim(i).is(3) ? i : axis;
            }
        } else {
            axis = n.axis(n.integer("dim", 9), x.rank());
        }
        if (axis < 0 || !x.dim(axis).is(3)) {
            throw new LatheException("", "a vector product needs an axis of three elements");
        }
        List<Value> a = n.split(x, axis, List.of(Dim.ONE, Dim.ONE, Dim.ONE));
        List<Value> b = n.split(n.need("Y"), axis, List.of(Dim.ONE, Dim.ONE, Dim.ONE));
        List<Value> parts = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            int j = (i + 1) % 3;
            int k = (i + 2) % 3;
            parts.add(n.op("sub", n.op("mul", a.get(j), b.get(k)), n.op("mul", a.get(k), b.get(j))));
        }
        n.out(n.concat(parts, axis));
    }

    private static boolean front(PaddleNode n) {
        return n.integer("axis", -1) == 0;
    }

    /** Parts of a signal that overlap: [..., length, parts], or with the signal in front [parts, length, ...]. */
    private static void frames(PaddleNode n) {
        Value x = n.need("X");
        boolean front = front(n);
        int axis = front ? 0 : x.rank() - 1;
        Dim length = Dim.of(n.integer("frame_length", 1));
        long hop = n.integer("hop_length", 1);
        Dim count = x.dim(axis).minus(length).floorDiv(Dim.of(hop)).plus(1);
        Value start = n.op("mul", Sequences.iota(n, count), n.number(hop));
        Value at = front ? n.op("add", n.reshape(start, count, Dim.ONE), Sequences.iota(n, length))
                : n.op("add", n.reshape(Sequences.iota(n, length), length, Dim.ONE), start);
        n.out(n.gather(x, at, axis));
    }

    /** From [parts, length, ...] to [..., length, parts]. */
    private static int[] partsLast(int rank) {
        int[] perm = new int[rank];
        Arrays.setAll(perm, i -> i < rank - 2 ? i + 2 : rank - 1 - i);
        return perm;
    }

    /** Undoes {@link #frames}; what overlaps is added. */
    private static void overlapped(PaddleNode n) {
        boolean front = front(n);
        Value given = n.need("X");
        Value x = front ? n.transpose(given, partsLast(given.rank())) : given;
        long hop = n.integer("hop_length", 1);
        Dim length = x.dim(-2);
        Dim count = x.dim(-1);
        Dim size = count.minus(1).times(hop).plus(length);
        List<Dim> outer = x.tensor().dims().subList(0, x.rank() - 2);
        Value rows = n.reshape(x, Dim.product(outer), length.times(count));
        Value at = n.op("add", n.reshape(Sequences.iota(n, length), length, Dim.ONE), n.op("mul", Sequences.iota(n, count), n.number(hop)));
        Value all = n.expand(n.reshape(at, Dim.ONE, length.times(count)), rows.tensor().dims());
        Value zeros = n.expand(n.like(x, 0), List.of(rows.dim(0), size));
        Value y = n.op("scatter_elements", Attrs.of("axis", 1, "reduction", "add"), zeros, all, rows);
        List<Dim> dims = new ArrayList<>(outer);
        dims.add(size);
        y = n.reshape(y, dims);
        if (front) {
            int rank = y.rank();
            int[] perm = new int[rank];
            Arrays.setAll(perm, i -> i == 0 ? rank - 1 : i - 1);
            y = n.transpose(y, perm);
        }
        n.out(y);
    }
}
