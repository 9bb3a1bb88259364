package dev.lathe.compiler.tflite;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.runtime.ElementType;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** Operators beyond the builtin ones that media pipelines and detectors bring along. */
final class TfliteMedia {
    private TfliteMedia() {}

    static void register() {
        TfliteTable.customAll("MaxPoolingWithArgmax2D", TfliteMedia::pool);
        TfliteTable.custom("MaxUnpooling2D", TfliteMedia::unpool);
        TfliteTable.customAll("TFLite_Detection_PostProcess", TfliteMedia::detections);
    }

    /** Padding (1: same), strides across and down, the window's width and height. */
    private static int[] window(TfliteNode n) {
        ByteBuffer a = n.custom();
        if (a.remaining() < 20) {
            throw new LatheException("", "its attributes have " + a.remaining() + " bytes, not 20");
        }
        int[] r = new int[5];
        for (int i = 0; i < 5; i++) {
            r[i] = a.getInt(4 * i);
        }
        if (r[1] != r[3] || r[2] != r[4] || r[1] < 1 || r[2] < 1) {
            throw n.unsupported("a window of " + r[4] + " by " + r[3] + " with strides of " + r[2] + " and " + r[1]);
        }
        return r;
    }

    /** The largest element of each window, and which of its elements it is; windows lie side by side. */
    private static List<Value> pool(TfliteNode n) {
        int[] a = window(n);
        Value x = n.need(0);
        long w = a[3];
        long h = a[4];
        Dim oh = a[0] == 1 ? x.dim(1).plus(h - 1).floorDiv(h) : x.dim(1).floorDiv(h);
        Dim ow = a[0] == 1 ? x.dim(2).plus(w - 1).floorDiv(w) : x.dim(2).floorDiv(w);
        // what is missing, half of it in front, or too much at the end
        Dim[] over = {oh.times(h).minus(x.dim(1)), ow.times(w).minus(x.dim(2))};
        Dim[] front = {a[0] == 1 ? over[0].floorDiv(2) : Dim.ZERO, a[0] == 1 ? over[1].floorDiv(2) : Dim.ZERO};
        Attrs pad = Attrs.of("before", List.of(Dim.ZERO, front[0], front[1], Dim.ZERO), "after",
                List.of(Dim.ZERO, over[0].minus(front[0]), over[1].minus(front[1]), Dim.ZERO), "mode", "constant");
        Value all = n.op("pad", pad, x, n.like(x, Double.NEGATIVE_INFINITY));
        Dim c = x.dim(3);
        Value apart = n.transpose(n.reshape(all, x.dim(0), oh, Dim.of(h), ow, Dim.of(w), c), 0, 1, 3, 5, 2, 4);
        Value each = n.reshape(apart, x.dim(0), oh, ow, c, Dim.of(h * w));
        Value at = n.op("arg_reduce", Attrs.of("kind", "max", "axis", 4, "keep", false, "last", false), each);
        return List.of(n.reduce("max", each, false, 4), n.cast(at, ElementType.F32));
    }

    private static Value unpool(TfliteNode n) {
        int[] a = window(n);
        Value x = n.need(0);
        long w = a[3];
        long h = a[4];
        List<Dim> one = new ArrayList<>(x.tensor().dims());
        one.add(Dim.ONE);
        Value places = n.op("iota", Attrs.of("size", Dim.of(h * w), "to", ElementType.I64));
        Value here = n.op("eq", n.reshape(n.cast(n.need(1), ElementType.I64), one), places);
        Value each = n.op("where", here, n.reshape(x, one), n.like(x, 0));
        Value apart = n.reshape(each, x.dim(0), x.dim(1), x.dim(2), x.dim(3), Dim.of(h), Dim.of(w));
        return n.reshape(n.transpose(apart, 0, 1, 4, 2, 5, 3), x.dim(0), x.dim(1).times(h), x.dim(2).times(w), x.dim(3));
    }

    private static double number(Map<String, Double> m, String name) {
        Double v = m.get(name);
        if (v == null) {
            throw new LatheException("", "attribute " + name + " is missing");
        }
        return v;
    }

    /** From what an SSD computes to boxes, classes, scores and their number: each anchor counts for its best class, with some of its other ones behind it, or for all of them. */
    private static List<Value> detections(TfliteNode n) {
        Map<String, Double> m = FlexMap.numbers(n.custom());
        boolean all = m.getOrDefault("use_regular_nms", 0.0) != 0;
        Value raw = n.need(0);
        Value scores = n.need(1);
        if (!raw.dim(0).is(1)) {
            throw n.unsupported("a batch of " + raw.dim(0));
        }
        Dim count = raw.dim(1);
        Value boxes = boxes(n, n.reshape(raw, count, raw.dim(2)), m);
        long classes = Math.round(number(m, "num_classes"));
        // the first may stand for the background
        Value s = n.reshape(scores, count, scores.dim(2));
        s = n.part(s, 1, scores.dim(2).minus(classes), Dim.of(classes));
        long most = Math.round(number(m, "max_detections"));
        Value at;
        if (all) {
            Value chosen = chosen(n, m, boxes, n.transpose(s, 1, 0), Math.round(m.getOrDefault("detections_per_class", 100.0)));
            Value where = n.concat(List.of(n.part(chosen, 1, Dim.of(2), Dim.ONE), n.part(chosen, 1, Dim.ONE, Dim.ONE)), 1);
            Attrs best = Attrs.of("count", chosen.dim(0).min(Dim.of(most)), "largest", true);
            List<Value> order = n.b().add("topk", List.of(n.op("gather_nd", Attrs.of("batch", 0), s, where)), best, List.of(), (String[]) null);
            at = n.gather(column(n, chosen, 2), order.get(1), 0);
            Value label = n.gather(column(n, chosen, 1), order.get(1), 0);
            return found(n, at, n.gather(boxes, at, 0), label, order.get(0), most);
        }
        Value best = n.reduce("max", s, false, 1);
        at = column(n, chosen(n, m, boxes, n.reshape(best, Dim.ONE, count), most), 2);
        long each = Math.max(1, Math.round(m.getOrDefault("max_classes_per_detection", 1.0)));
        Attrs first = Attrs.of("count", Dim.of(Math.min(each, classes)), "largest", true);
        List<Value> order = n.b().add("topk", List.of(n.gather(s, at, 0)), first, List.of(), (String[]) null);
        Value corners = n.expand(n.unsqueeze(n.gather(boxes, at, 0), 1), List.of(at.dim(0), Dim.of(each), Dim.of(4)));
        return found(n, at, n.reshape(corners, at.dim(0).times(each), Dim.of(4)), spread(n, order.get(1), each), spread(n, order.get(0), each), most * each);
    }

    /** A row for each class of a box, those that it has no class for with zeros. */
    private static Value spread(TfliteNode n, Value x, long each) {
        Value f = n.cast(x, ElementType.F32);
        Attrs a = Attrs.of("before", List.of(Dim.ZERO, Dim.ZERO), "after", List.of(Dim.ZERO, Dim.of(each).minus(x.dim(1))), "mode", "constant");
        return n.reshape(n.op("pad", a, f), x.dim(0).times(each));
    }

    private static List<Value> found(TfliteNode n, Value at, Value boxes, Value label, Value score, long most) {
        Value count = n.reshape(n.cast(n.b().dim(at.dim(0)), ElementType.F32), Dim.ONE);
        return List.of(filled(n, boxes, most), filled(n, n.cast(label, ElementType.F32), most), filled(n, score, most), count);
    }

    /** Corners [anchors, 4] from differences to the anchors. */
    private static Value boxes(TfliteNode n, Value raw, Map<String, Double> m) {
        Value anchors = n.need(2);
        List<Value> low = new ArrayList<>();
        List<Value> high = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            Value extent = n.part(anchors, 1, Dim.of(2 + i), Dim.ONE);
            Value centre = n.op("add", n.op("mul", scaled(n, raw, i, number(m, i == 0 ? "y_scale" : "x_scale")), extent), n.part(anchors, 1, Dim.of(i), Dim.ONE));
            Value half = n.op("mul", n.op("mul", n.op("exp", scaled(n, raw, 2 + i, number(m, i == 0 ? "h_scale" : "w_scale"))), extent), n.like(raw, 0.5));
            low.add(n.op("sub", centre, half));
            high.add(n.op("add", centre, half));
        }
        low.addAll(high);
        return n.concat(low, 1);
    }

    /** Rows (0, class, box) of boxes that don't overlap a better one. @param scores [classes, boxes] */
    private static Value chosen(TfliteNode n, Map<String, Double> m, Value boxes, Value scores, long most) {
        return n.onnx("NonMaxSuppression", n.unsqueeze(boxes, 0), n.unsqueeze(scores, 0), n.b().longs(most), n.like(scores, number(m, "nms_iou_threshold")),
                n.like(scores, number(m, "nms_score_threshold")));
    }

    private static Value column(TfliteNode n, Value rows, int i) {
        return n.reshape(n.part(rows, 1, Dim.of(i), Dim.ONE), rows.dim(0));
    }

    private static Value scaled(TfliteNode n, Value raw, int column, double scale) {
        return n.op("div", n.part(raw, 1, Dim.of(column), Dim.ONE), n.like(raw, scale));
    }

    /** One image's rows, zeros behind them. */
    private static Value filled(TfliteNode n, Value rows, long most) {
        List<Dim> after = new ArrayList<>(Collections.nCopies(rows.rank(), Dim.ZERO));
        List<Dim> before = List.copyOf(after);
        after.set(0, Dim.of(most).minus(rows.dim(0)));
        return n.unsqueeze(n.op("pad", Attrs.of("before", before, "after", after, "mode", "constant"), rows), 0);
    }
}
