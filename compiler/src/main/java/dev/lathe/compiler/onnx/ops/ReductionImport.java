package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ImportTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.NodeImport;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Reductions, softmax. */
public final class ReductionImport {
    private ReductionImport() {}

    public static void register() {
        Map.of("ReduceSum", "sum", "ReduceMean", "mean", "ReduceMax", "max", "ReduceMin", "min", "ReduceProd", "prod", "ReduceSumSquare", "sum_square",
                "ReduceL1", "l1", "ReduceL2", "l2").forEach((onnx, kind) -> add(onnx, n -> {
                    Value r = reduce(n, kind, n.need(0));
                    n.out(r);
                }));
        add("ReduceLogSum", n -> n.out(n.op("log", reduce(n, "sum", n.need(0)))));
        add("ReduceLogSumExp", ReductionImport::logSumExp);
        add("Softmax", n -> softmax(n, "softmax"));
        add("LogSoftmax", n -> softmax(n, "log_softmax"));
    }

    private static boolean attribute(NodeImport n) {
        return n.op().equals("ReduceSum") ? n.opset() < 13 : n.opset() < 18;
    }

    /** The axes of a reduction; null when nothing is reduced. */
    private static int[] axes(NodeImport n) {
        int rank = n.rank(0);
        int[] a = ShapeImport.axes(n, attribute(n));
        if (a == null || a.length == 0) {
            if (n.flag("noop_with_empty_axes", false)) {
                return null;
            }
            int[] all = new int[rank];
            Arrays.setAll(all, i -> i);
            return all;
        }
        return a.length == 1 ? new int[] {n.axis(a[0], rank)} : Arrays.stream(a).map(i -> n.axis(i, rank)).sorted().distinct().toArray();
    }

    private static Value reduce(NodeImport n, String kind, Value x) {
        if (ShapeImport.lateAxes(n, attribute(n))) {
            return late(n, kind, x, n.flag("keepdims", true));
        }
        int[] axes = axes(n);
        if (axes == null) {
            return switch (kind) {
                case "sum_square" -> n.op("mul", x, x);
                case "l1", "l2" -> n.op("abs", x);
                default -> n.op("identity", x);
            };
        }
        return n.op("reduce", Attrs.of("kind", kind, "axes", axes, "keep", n.flag("keepdims", true)), x);
    }

    private static Value late(NodeImport n, String kind, Value x, boolean keep) {
        return new LateAxes(n).reduce(x, n.need(1), kind, keep, n.flag("noop_with_empty_axes", false));
    }

    private static void logSumExp(NodeImport n) {
        Value x = n.need(0);
        if (ShapeImport.lateAxes(n, attribute(n))) {
            Value max = late(n, "max", x, true);
            max = n.op("where", n.op("is_inf", max), n.like(0, 0), max);
            Value sum = late(n, "sum", n.op("exp", n.op("sub", x, max)), true);
            Value r = n.op("add", n.op("log", sum), max);
            // the sum over dimensions of 1 drops them
            n.out(n.flag("keepdims", true) ? r : late(n, "sum", r, false));
            return;
        }
        int[] axes = axes(n);
        if (axes == null) {
            n.out(n.op("identity", x));
            return;
        }
        // the largest element is taken out so that nothing overflows; an infinite one counts as 0
        Value max = n.op("reduce", Attrs.of("kind", "max", "axes", axes, "keep", true), x);
        max = n.op("where", n.op("is_inf", max), n.like(0, 0), max);
        Value sum = n.op("reduce", Attrs.of("kind", "sum", "axes", axes, "keep", true), n.op("exp", n.op("sub", x, max)));
        Value r = n.op("add", n.op("log", sum), max);
        if (!n.flag("keepdims", true)) {
            List<Dim> d = dev.lathe.compiler.ir.op.Shapes.reduced(x.tensor().dims(), axes, false);
            r = n.op("reshape", Attrs.of("dims", d), r);
        }
        n.out(r);
    }

    private static void softmax(NodeImport n, String op) {
        Value x = n.need(0);
        if (n.opset() >= 13) {
            n.out(n.op(op, Attrs.of("axis", n.axis("axis", -1, x.rank())), x));
            return;
        }
        // before opset 13 all dimensions from the axis on are one
        int axis = n.axis("axis", 1, x.rank());
        List<Dim> d = x.tensor().dims();
        if (axis == x.rank() - 1) {
            n.out(n.op(op, Attrs.of("axis", axis), x));
            return;
        }
        Value flat = n.op("reshape", Attrs.of("dims", List.of(Dim.product(d.subList(0, axis)), Dim.product(d.subList(axis, d.size())))), x);
        n.out(n.op("reshape", Attrs.of("dims", d), n.op(op, Attrs.of("axis", 1), flat)));
    }
}
