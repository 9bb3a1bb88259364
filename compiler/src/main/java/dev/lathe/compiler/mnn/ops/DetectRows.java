package dev.lathe.compiler.mnn.ops;

import static dev.lathe.compiler.mnn.MnnTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.mnn.Layout;
import dev.lathe.compiler.mnn.MnnNode;
import java.util.ArrayList;
import java.util.List;

/** What detectors of Caffe's time end with: boxes to start from, and the choice among those that were found. */
public final class DetectRows {
    private DetectRows() {}

    public static void register() {
        add("PriorBox", DetectRows::priors);
        add("DetectionOutput", DetectRows::detections);
    }

    private static double extent(MnnNode n, int operand, int axis) {
        Dim d = n.as(operand, Layout.FIRST).dim(axis);
        if (!d.isConst()) {
            throw new LatheException("", "the boxes need known heights and widths", "give the image's input a static shape with --shape");
        }
        return d.value();
    }

    private static double given(MnnNode n, int field, double absent) {
        return n.integer(field, 0) > 0 ? n.integer(field, 0) : absent;
    }

    /** [1, 2, 4 * boxes, 1]: corners by shares of the image, then the variances of each. */
    private static Value priors(MnnNode n) {
        float[] least = n.needMain().floats(0);
        float[] most = n.needMain().floats(1);
        List<Double> ratios = new ArrayList<>();
        for (float r : n.needMain().floats(2)) {
            if (Math.abs(r - 1) > 1e-6 && ratios.stream().noneMatch(have -> Math.abs(have - r) < 1e-6)) {
                ratios.add((double) r);
                if (n.flag(4)) {
                    ratios.add(1.0 / r);
                }
            }
        }
        // a square, one half way to the next larger, then the others: halves of widths and heights
        List<double[]> sizes = new ArrayList<>();
        for (int i = 0; i < least.length; i++) {
            sizes.add(new double[] {least[i] / 2, least[i] / 2});
            if (most.length > i) {
                double side = Math.sqrt((double) least[i] * most[i]) / 2;
                sizes.add(new double[] {side, side});
            }
            for (double r : ratios) {
                sizes.add(new double[] {least[i] * Math.sqrt(r) / 2, least[i] / Math.sqrt(r) / 2});
            }
        }
        int h = (int) extent(n, 0, 2);
        int w = (int) extent(n, 0, 3);
        double height = given(n, 7, extent(n, 1, 2));
        double width = given(n, 6, extent(n, 1, 3));
        double down = given(n, 9, height / h);
        double across = given(n, 8, width / w);
        float[] variances = n.needMain().floats(3);
        int count = Math.multiplyExact(Math.multiplyExact(h, w), Math.multiplyExact(4, sizes.size()));
        float[] all = new float[Math.multiplyExact(2, count)];
        for (int i = 0; i < count; i += 4) {
            int cell = i / 4 / sizes.size();
            double[] half = sizes.get(i / 4 % sizes.size());
            double x = (cell % w + n.real(10, 0)) * across;
            double y = (cell / w + n.real(10, 0)) * down;
            double[] box = {(x - half[0]) / width, (y - half[1]) / height, (x + half[0]) / width, (y + half[1]) / height};
            for (int k = 0; k < 4; k++) {
                all[i + k] = (float) (n.flag(5) ? Math.min(1, Math.max(0, box[k])) : box[k]);
                all[count + i + k] = variances.length == 4 ? variances[k] : variances.length == 1 ? variances[0] : 0.1f;
            }
        }
        n.layout(Layout.FIRST);
        return ConvRows.constant(n, all, 1, 2, count, 1);
    }

    private static Value flat(MnnNode n, int operand, Dim... dims) {
        return n.reshape(n.as(operand, Layout.FIRST), dims);
    }

    /** [1, 1, found, 6]: class, score and corners; the best first. With five operands boxes are refined twice. */
    private static Value detections(MnnNode n) {
        Value priors = n.as(2, Layout.FIRST);
        Dim count = priors.tensor().size().floorDiv(8);
        Dim four = Dim.of(4);
        priors = n.reshape(priors, Dim.of(2), count, four);
        Value variances = n.squeeze(n.part(priors, 0, Dim.ONE, Dim.ONE), 0);
        Value boxes = n.squeeze(n.part(priors, 0, Dim.ZERO, Dim.ONE), 0);
        int classes = n.integer(0, 1);
        Value scores = flat(n, 1, count, Dim.of(classes));
        if (n.in().size() >= 5) {
            boxes = moved(n, boxes, flat(n, 4, count, four), variances);
            Value object = n.part(flat(n, 3, count, Dim.of(2)), 1, Dim.ONE, Dim.ONE);
            scores = n.op("where", n.op("lt", object, n.like(object, n.real(9, 0.01))), n.like(scores, 0), scores);
        }
        boxes = moved(n, boxes, flat(n, 0, count, four), variances);
        // the first class is the background
        Value open = n.part(scores, 1, Dim.ONE, Dim.of(classes - 1));
        long most = n.integer(3, 0);
        Value chosen = n.onnx("NonMaxSuppression", n.unsqueeze(boxes, 0), n.unsqueeze(n.transpose(open, 1, 0), 0), n.b().longs(most), n.like(scores, n.real(1, 0)),
                n.like(scores, n.real(4, 0)));
        Value label = n.part(chosen, 1, Dim.ONE, Dim.ONE);
        Value box = n.part(chosen, 1, Dim.of(2), Dim.ONE);
        Value found = n.op("gather_nd", Attrs.of("batch", 0), open, n.concat(List.of(box, label), 1));
        Attrs best = Attrs.of("count", chosen.dim(0).min(Dim.of(most)), "largest", true);
        List<Value> order = n.b().add("topk", List.of(found), best, List.of(), (String[]) null);
        Value at = n.gather(n.reshape(box, box.dim(0)), order.get(1), 0);
        Value named = n.op("add", n.cast(n.gather(label, order.get(1), 0), boxes.elem()), n.like(boxes, 1));
        n.layout(Layout.FIRST);
        return n.unsqueeze(n.concat(List.of(named, n.unsqueeze(order.get(0), 1), n.gather(boxes, at, 0)), 1), 0, 1);
    }

    /** Boxes [count, 4] moved and stretched by what a network says of them. */
    private static Value moved(MnnNode n, Value boxes, Value by, Value variances) {
        List<Value> low = new ArrayList<>();
        List<Value> high = new ArrayList<>();
        Value step = n.op("mul", by, variances);
        for (int i = 0; i < 2; i++) {
            Value from = n.part(boxes, 1, Dim.of(i), Dim.ONE);
            Value to = n.part(boxes, 1, Dim.of(2 + i), Dim.ONE);
            Value size = n.op("sub", to, from);
            Value half = n.like(boxes, 0.5);
            Value centre = n.op("add", n.op("mul", n.part(step, 1, Dim.of(i), Dim.ONE), size), n.op("mul", n.op("add", from, to), half));
            Value reach = n.op("mul", n.op("mul", n.op("exp", n.part(step, 1, Dim.of(2 + i), Dim.ONE)), size), half);
            low.add(n.op("sub", centre, reach));
            high.add(n.op("add", centre, reach));
        }
        low.addAll(high);
        return n.concat(low, 1);
    }
}
