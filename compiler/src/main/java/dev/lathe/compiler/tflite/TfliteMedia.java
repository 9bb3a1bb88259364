package dev.lathe.compiler.tflite;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.Detections;
import dev.lathe.runtime.ElementType;
import java.nio.ByteBuffer;
import java.util.ArrayList;
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

    private static List<Value> detections(TfliteNode n) {
        Map<String, Double> m = FlexMap.numbers(n.custom());
        double[] scales = {number(m, "y_scale"), number(m, "x_scale"), number(m, "h_scale"), number(m, "w_scale")};
        return Detections.of(n, new Detections.Settings(Math.round(number(m, "num_classes")), Math.round(number(m, "max_detections")),
                Math.round(m.getOrDefault("max_classes_per_detection", 1.0)), Math.round(m.getOrDefault("detections_per_class", 100.0)),
                m.getOrDefault("use_regular_nms", 0.0) != 0, number(m, "nms_score_threshold"), number(m, "nms_iou_threshold"), scales),
                n.need(0), n.need(1), n.need(2));
    }
}
