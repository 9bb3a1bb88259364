package dev.lathe.compiler.paddle.ops;

import static dev.lathe.compiler.paddle.PaddleTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.paddle.PaddleNode;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.List;

/** Boxes from what detectors compute, the choice among them, and what features they cover. */
public final class DetectionRows {
    /** Larger than any score: keeps the images of a batch apart when all boxes are sorted at once. */
    private static final double IMAGE = 1e4;

    private DetectionRows() {}

    public static void register() {
        add("box_coder", DetectionRows::decode);
        add("yolo_box", DetectionRows::yolo);
        for (String v : new String[] {"", "2", "3"}) {
            add("multiclass_nms" + v, DetectionRows::choose);
        }
        add("roi_align", DetectionRows::align);
        add("roi_pool", DetectionRows::pool);
    }

    private static Value column(PaddleNode n, Value v, int i) {
        return n.part(v, v.rank() - 1, Dim.of(i), Dim.ONE);
    }

    private static Value times(PaddleNode n, Value v, double by) {
        return by == 1 ? v : n.op("mul", v, n.like(v, by));
    }

    private static Value plus(PaddleNode n, Value v, double by) {
        return by == 0 ? v : n.op("add", v, n.like(v, by));
    }

    private static void decode(PaddleNode n) {
        if (n.text("code_type", "encode_center_size").equals("encode_center_size")) {
            encode(n);
            return;
        }
        Value t = n.need("TargetBox");
        Value p = n.need("PriorBox");
        double one = n.flag("box_normalized", true) ? 0 : 1;
        int axis = n.intValue("axis", 0);
        List<Dim> dims = axis == 0 ? List.of(Dim.ONE, p.dim(0), Dim.of(4)) : List.of(p.dim(0), Dim.ONE, Dim.of(4));
        dims = t.rank() == 2 ? List.of(p.dim(0), Dim.of(4)) : dims;
        p = n.reshape(p, dims);
        double[] fixed = n.reals("variance");
        Value v = null;
        if (n.has("PriorBoxVar")) {
            v = n.need("PriorBoxVar").rank() == 2 ? n.reshape(n.need("PriorBoxVar"), dims) : n.need("PriorBoxVar");
        } else if (fixed.length == 4) {
            v = n.b().constant(Tensor.ofFloats(new int[] {4}, (float) fixed[0], (float) fixed[1], (float) fixed[2], (float) fixed[3]));
        }
        t = v == null ? t : n.op("mul", t, v);
        List<Value> low = new ArrayList<>();
        List<Value> high = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            Value extent = plus(n, n.op("sub", column(n, p, 2 + i), column(n, p, i)), one);
            Value centre = n.op("add", n.op("mul", column(n, t, i), extent), n.op("add", column(n, p, i), times(n, extent, 0.5)));
            Value half = times(n, n.op("mul", n.op("exp", column(n, t, 2 + i)), extent), 0.5);
            low.add(n.op("sub", centre, half));
            high.add(plus(n, n.op("add", centre, half), -one));
        }
        low.addAll(high);
        n.out("OutputBox", n.concat(low, t.rank() - 1));
    }

    /** What a regression has to find so that each prior becomes each target: [targets, priors, 4]. */
    private static void encode(PaddleNode n) {
        Value t = n.need("TargetBox");
        Value p = n.need("PriorBox");
        double one = n.flag("box_normalized", true) ? 0 : 1;
        Dim four = Dim.of(4);
        t = n.reshape(t, t.dim(0), Dim.ONE, four);
        p = n.reshape(p, Dim.ONE, p.dim(0), four);
        List<Value> centre = new ArrayList<>();
        List<Value> extent = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            Value pe = plus(n, n.op("sub", column(n, p, 2 + i), column(n, p, i)), one);
            Value te = plus(n, n.op("sub", column(n, t, 2 + i), column(n, t, i)), one);
            Value pc = n.op("add", column(n, p, i), times(n, pe, 0.5));
            Value tc = times(n, n.op("add", column(n, t, i), column(n, t, 2 + i)), 0.5);
            centre.add(n.op("div", n.op("sub", tc, pc), pe));
            extent.add(n.op("log", n.op("abs", n.op("div", te, pe))));
        }
        centre.addAll(extent);
        Value y = n.concat(centre, 2);
        double[] fixed = n.reals("variance");
        if (n.has("PriorBoxVar")) {
            Value v = n.need("PriorBoxVar");
            y = n.op("div", y, v.rank() == 2 ? n.reshape(v, Dim.ONE, v.dim(0), four) : v);
        } else if (fixed.length == 4) {
            y = n.op("div", y, n.b().constant(Tensor.ofFloats(new int[] {4}, (float) fixed[0], (float) fixed[1], (float) fixed[2], (float) fixed[3])));
        }
        n.out("OutputBox", y);
    }

    private static void yolo(PaddleNode n) {
        Value x = n.need("X");
        int[] anchors = n.ints("anchors");
        int count = anchors.length / 2;
        Value iou = null;
        if (n.flag("iou_aware", false)) {
            // how well each box fits stands before everything else
            iou = n.op("sigmoid", n.part(x, 1, Dim.ZERO, Dim.of(count)));
            x = n.part(x, 1, Dim.of(count), x.dim(1).minus(count));
        }
        int classes = n.intValue("class_num", 1);
        Dim h = x.dim(2);
        Dim w = x.dim(3);
        Dim all = h.times(w).times(count);
        // [N, anchors, h, w, 5 + classes]
        Value cells = n.transpose(n.reshape(x, x.dim(0), Dim.of(count), Dim.of(5 + classes), h, w), 0, 1, 3, 4, 2);
        Value size = n.reshape(n.cast(n.need("ImgSize"), ElementType.F32), x.dim(0), Dim.ONE, Dim.ONE, Dim.ONE, Dim.of(2));
        double scale = n.real("scale_x_y", 1);
        double bias = -0.5 * (scale - 1);
        long down = n.integer("downsample_ratio", 32);
        Value conf = n.op("sigmoid", column(n, cells, 4));
        if (iou != null) {
            double f = n.real("iou_aware_factor", 0.5);
            iou = n.reshape(iou, x.dim(0), Dim.of(count), h, w, Dim.ONE);
            conf = n.op("mul", n.op("pow", conf, n.like(conf, 1 - f)), n.op("pow", iou, n.like(iou, f)));
        }
        Value keep = n.op("ge", conf, n.like(conf, n.real("conf_thresh", 0.01)));
        List<Value> low = new ArrayList<>();
        List<Value> high = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            Dim cellCount = i == 0 ? w : h;
            Value image = column(n, size, 1 - i);
            Value grid = n.op("iota", Attrs.of("size", cellCount, "to", ElementType.F32));
            grid = n.reshape(grid, i == 0 ? List.of(w, Dim.ONE) : List.of(h, Dim.ONE, Dim.ONE));
            Value cellsAcross = n.cast(n.b().dim(cellCount), ElementType.F32);
            Value centre = n.op("add", grid, plus(n, times(n, n.op("sigmoid", column(n, cells, i)), scale), bias));
            centre = n.op("div", n.op("mul", centre, image), cellsAcross);
            float[] extents = new float[count];
            for (int a = 0; a < count; a++) {
                extents[a] = anchors[2 * a + i];
            }
            Value anchor = n.b().constant(Tensor.ofFloats(new int[] {count, 1, 1, 1}, extents));
            Value extent = n.op("mul", n.op("mul", n.op("exp", column(n, cells, 2 + i)), anchor), image);
            Value half = times(n, n.op("div", extent, times(n, cellsAcross, down)), 0.5);
            Value from = n.op("sub", centre, half);
            Value to = n.op("add", centre, half);
            if (n.flag("clip_bbox", true)) {
                from = n.op("max", from, n.like(from, 0));
                to = n.op("min", to, plus(n, image, -1));
            }
            low.add(from);
            high.add(to);
        }
        low.addAll(high);
        Value boxes = n.op("where", keep, n.concat(low, 4), n.like(x, 0));
        Value scores = n.op("mul", conf, n.op("sigmoid", n.part(cells, 4, Dim.of(5), Dim.of(classes))));
        scores = n.op("where", keep, scores, n.like(x, 0));
        n.out("Boxes", n.reshape(boxes, x.dim(0), all, Dim.of(4)));
        n.out("Scores", n.reshape(scores, x.dim(0), all, Dim.of(classes)));
    }

    private static Value column64(PaddleNode n, Value v, int i) {
        return n.reshape(column(n, v, i), v.dim(0));
    }

    private static void choose(PaddleNode n) {
        Value boxes = n.need("BBoxes");
        Value scores = n.need("Scores");
        if (boxes.rank() != 3 || !boxes.dim(2).is(4) || n.real("nms_eta", 1) != 1) {
            throw n.unsupported("other boxes than rectangles, or a threshold that changes (nms_eta),");
        }
        if (scores.rank() == 2) {
            NmsRows.rows(n, boxes, scores);
            return;
        }
        Dim m = boxes.dim(1);
        Value lowest = n.like(scores, Double.NEGATIVE_INFINITY);
        Value open = scores;
        long background = n.integer("background_label", 0);
        if (background >= 0) {
            Value classes = n.reshape(Sequences.iota(n, scores.dim(1)), scores.dim(1), Dim.ONE);
            open = n.op("where", n.op("eq", classes, n.b().scalar(ElementType.I64, background)), lowest, open);
        }
        long top = n.integer("nms_top_k", -1);
        if (top > 0 && (!m.isConst() || m.value() > top)) {
            Dim k = m.min(Dim.of(top));
            Value best = n.b().add("topk", List.of(open), Attrs.of("count", k, "largest", true), List.of(), (String[]) null).get(0);
            open = n.op("where", n.op("lt", open, n.part(best, 2, k.minus(1), Dim.ONE)), lowest, open);
        }
        Value measured = measured(n, boxes);
        Value most = n.b().dim(m);
        Value chosen = n.binding("nms", Attrs.of("center", false), measured, open, most, n.like(scores, n.real("nms_threshold", 0.3)),
                n.like(scores, n.real("score_threshold", 0))).get(0);
        Dim images = boxes.dim(0);
        long keep = n.integer("keep_top_k", -1);
        chosen = keep > 0 ? best(n, chosen, scores, images, keep) : chosen;
        Dim count = chosen.dim(0);
        Value image = column64(n, chosen, 0);
        Value box = column64(n, chosen, 2);
        Value where = n.concat(List.of(n.reshape(image, count, Dim.ONE), n.reshape(box, count, Dim.ONE)), 1);
        Value score = n.op("gather_nd", Attrs.of("batch", 0), scores, chosen);
        Value rows = n.concat(List.of(n.cast(column(n, chosen, 1), scores.elem()), n.reshape(score, count, Dim.ONE),
                n.op("gather_nd", Attrs.of("batch", 0), boxes, where)), 1);
        n.out(rows);
        n.out("Index", n.reshape(n.cast(n.op("add", n.op("mul", image, n.b().dim(m)), box), ElementType.I32), count, Dim.ONE));
        Value each = counts(n, image, images);
        n.out("NmsRoisNum", n.cast(each, ElementType.I32));
        n.outLod("Out", n.concat(List.of(n.b().longs(0), n.runningSum(each, 0, false)), 0));
    }

    /** In pixels a box covers the ones at both its ends. */
    static Value measured(PaddleNode n, Value boxes) {
        return n.flag("normalized", true) ? boxes : n.op("add", boxes, n.b().constant(Tensor.ofFloats(new int[] {4}, 0, 0, 1, 1)));
    }

    /** How many rows belong to each image. */
    static Value counts(PaddleNode n, Value image, Dim images) {
        Value same = n.op("eq", n.reshape(image, Dim.ONE, image.dim(0)), n.reshape(Sequences.iota(n, images), images, Dim.ONE));
        return n.reduce("sum", n.cast(same, ElementType.I64), false, 1);
    }

    /** The rows with the best scores of each image, in the order in which they stood. */
    static Value best(PaddleNode n, Value chosen, Value scores, Dim images, long keep) {
        Dim count = chosen.dim(0);
        Value image = column64(n, chosen, 0);
        Value score = n.cast(n.op("gather_nd", Attrs.of("batch", 0), scores, chosen), ElementType.F64);
        Value apart = n.op("mul", n.cast(image, ElementType.F64), n.b().scalar(ElementType.F64, IMAGE));
        Value order = n.b().add("topk", List.of(n.op("sub", score, apart)), Attrs.of("count", count, "largest", true), List.of(), (String[]) null).get(1);
        Value starts = n.op("cumulate", Attrs.of("kind", "sum", "axis", 0, "exclusive", true, "reverse", false), counts(n, image, images));
        Value place = n.op("sub", Sequences.iota(n, count), n.gather(starts, n.gather(image, order, 0), 0));
        Value kept = n.binding("nonzero", Attrs.NONE, n.op("lt", place, n.b().scalar(ElementType.I64, keep))).get(0);
        Value rows = n.gather(order, n.reshape(kept, kept.dim(1)), 0);
        Value sorted = n.b().add("topk", List.of(rows), Attrs.of("count", rows.dim(0), "largest", false), List.of(), (String[]) null).get(0);
        return n.gather(chosen, sorted, 0);
    }

    /** The image that each region belongs to. */
    private static Value owners(PaddleNode n, Value rois) {
        if (n.has("RoisNum")) {
            Value ends = n.runningSum(n.cast(n.need("RoisNum"), ElementType.I64), 0, false);
            return Sequences.of(n, n.concat(List.of(n.b().longs(0), ends), 0)).owner(rois.dim(0));
        }
        if (n.lod("ROIs") != null) {
            return Sequences.of(n, n.lod("ROIs")).owner(rois.dim(0));
        }
        return n.expand(n.number(0), List.of(rois.dim(0)));
    }

    private static void pool(PaddleNode n) {
        Value rois = n.need("ROIs");
        Value image = n.reshape(n.cast(owners(n, rois), rois.elem()), rois.dim(0), Dim.ONE);
        Attrs a = Attrs.of("height", n.integer("pooled_height", 1), "width", n.integer("pooled_width", 1), "scale", n.real("spatial_scale", 1));
        n.out(n.op("roi_pool", a, n.need("X"), n.concat(List.of(image, rois), 1)));
    }

    private static void align(PaddleNode n) {
        Value rois = n.need("ROIs");
        n.out(n.op("roi_align", Attrs.of("mode", "avg", "height", n.integer("pooled_height", 1), "width", n.integer("pooled_width", 1),
                "ratio", Math.max(0, n.integer("sampling_ratio", -1)), "scale", n.real("spatial_scale", 1), "half", n.flag("aligned", false)), n.need("X"), rois, owners(n, rois)));
    }
}
