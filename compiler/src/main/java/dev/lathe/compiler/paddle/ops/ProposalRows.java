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

/** Anchors and proposals of detectors in two stages, and what is done with boxes between the stages. */
public final class ProposalRows {
    private ProposalRows() {}

    public static void register() {
        add("anchor_generator", ProposalRows::anchors);
        add("generate_proposals", n -> propose(n, true));
        add("generate_proposals_v2", n -> propose(n, n.flag("pixel_offset", true)));
        add("distribute_fpn_proposals", ProposalRows::distribute);
        add("collect_fpn_proposals", ProposalRows::collect);
        add("box_clip", ProposalRows::clip);
        add("iou_similarity", n -> {
            Value x = n.need("X");
            Value y = n.need("Y");
            double one = n.flag("box_normalized", true) ? 0 : 1;
            Dim four = Dim.of(4);
            n.out(overlap(n, n.reshape(x, x.dim(0), Dim.ONE, four), n.reshape(y, Dim.ONE, y.dim(0), four), one, List.of(x.dim(0), y.dim(0))));
        });
        add("polygon_box_transform", n -> {
            // offsets of corners from cells of 4 pixels, x and y by turns
            Value x = n.need("Input");
            Value column = n.reshape(n.op("iota", Attrs.of("size", x.dim(3), "to", x.elem())), Dim.ONE, x.dim(3));
            Value row = n.reshape(n.op("iota", Attrs.of("size", x.dim(2), "to", x.elem())), x.dim(2), Dim.ONE);
            Value channel = n.reshape(Sequences.iota(n, x.dim(1)), x.dim(1), Dim.ONE, Dim.ONE);
            Value even = n.op("eq", n.op("mod", channel, 2), n.number(0));
            n.out("Output", n.op("sub", n.op("mul", n.op("where", even, column, row), 4), x));
        });
    }

    static Value column(PaddleNode n, Value v, int i) {
        return n.part(v, v.rank() - 1, Dim.of(i), Dim.ONE);
    }

    private static Value extent(PaddleNode n, Value box, int i, double one) {
        Value d = n.op("sub", column(n, box, 2 + i), column(n, box, i));
        return one == 0 ? d : n.op("add", d, one);
    }

    /** Intersection over union of boxes that broadcast against each other. @param dims those of the result */
    static Value overlap(PaddleNode n, Value a, Value b, double one, List<Dim> dims) {
        Value common = null;
        for (int i = 0; i < 2; i++) {
            Value low = n.op("max", column(n, a, i), column(n, b, i));
            Value high = n.op("min", column(n, a, 2 + i), column(n, b, 2 + i));
            Value d = n.op("sub", high, low);
            d = n.op("max", one == 0 ? d : n.op("add", d, one), 0);
            common = common == null ? d : n.op("mul", common, d);
        }
        Value all = n.op("sub", n.op("add", area(n, a, one), area(n, b, one)), common);
        return n.reshape(n.op("where", n.op("gt", common, n.like(common, 0)), n.op("div", common, all), n.like(common, 0)), dims);
    }

    /** 0 where a box has its corners the wrong way round. */
    static Value area(PaddleNode n, Value box, double one) {
        Value w = extent(n, box, 0, one);
        Value h = extent(n, box, 1, one);
        Value wrong = n.op("or", n.op("lt", w, n.like(w, one)), n.op("lt", h, n.like(h, one)));
        return n.op("where", wrong, n.like(w, 0), n.op("mul", w, h));
    }

    private static void anchors(PaddleNode n) {
        Value x = n.need("Input");
        double[] stride = n.reals("stride");
        double offset = n.real("offset", 0.5);
        List<float[]> boxes = new ArrayList<>();
        for (double ratio : n.reals("aspect_ratios")) {
            for (double size : n.reals("anchor_sizes")) {
                double width = Math.round(Math.sqrt(stride[0] * stride[1] / ratio));
                double height = Math.round(width * ratio);
                double w = (size / stride[0] * width - 1) / 2;
                double h = (size / stride[1] * height - 1) / 2;
                boxes.add(new float[] {(float) -w, (float) -h, (float) w, (float) h});
            }
        }
        float[] flat = new float[4 * boxes.size()];
        for (int i = 0; i < flat.length; i++) {
            flat[i] = boxes.get(i / 4)[i % 4];
        }
        Dim count = Dim.of(boxes.size());
        List<Dim> dims = List.of(x.dim(2), x.dim(3), count, Dim.of(4));
        Value around = n.b().constant(Tensor.ofFloats(new int[] {boxes.size(), 4}, flat));
        List<Value> centre = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            Dim cells = x.dim(3 - i);
            Value c = n.op("iota", Attrs.of("size", cells, "to", ElementType.F32));
            c = n.op("add", n.op("mul", c, stride[i]), offset * (stride[i] - 1));
            List<Dim> shape = i == 0 ? List.of(Dim.ONE, cells, Dim.ONE, Dim.ONE) : List.of(cells, Dim.ONE, Dim.ONE, Dim.ONE);
            centre.add(n.expand(n.reshape(c, shape), List.of(x.dim(2), x.dim(3), Dim.ONE, Dim.ONE)));
        }
        Value both = n.concat(List.of(centre.get(0), centre.get(1), centre.get(0), centre.get(1)), 3);
        n.out("Anchors", n.op("add", both, around));
        double[] v = n.reals("variances");
        Value each = n.b().constant(Tensor.ofFloats(new int[] {4}, (float) v[0], (float) v[1], (float) v[2], (float) v[3]));
        n.out("Variances", n.expand(each, dims));
    }

    /** Element [row, at[row, i]] of each row's elements. */
    static Value pick(PaddleNode n, Value x, Value at) {
        return n.op("gather_nd", Attrs.of("batch", 1), x, n.reshape(at, at.dim(0), at.dim(1), Dim.ONE));
    }

    /** The best boxes of each image that don't overlap. @param offset boxes cover the pixels at both their ends */
    private static void propose(PaddleNode n, boolean offset) {
        double one = offset ? 1 : 0;
        Value scores = n.need("Scores");
        Value deltas = n.need("BboxDeltas");
        Dim images = scores.dim(0);
        Dim all = scores.dim(1).times(scores.dim(2)).times(scores.dim(3));
        Dim count = n.integer("pre_nms_topN", 6000) > 0 ? all.min(Dim.of(n.integer("pre_nms_topN", 6000))) : all;
        Dim four = Dim.of(4);
        List<Value> best = n.sorted(n.reshape(n.transpose(scores, 0, 2, 3, 1), images, all), count, true);
        Dim h = deltas.dim(2);
        Dim w = deltas.dim(3);
        Value each = n.transpose(n.reshape(deltas, images, deltas.dim(1).floorDiv(4), four, h, w), 0, 3, 4, 1, 2);
        Value d = pick(n, n.reshape(each, images, all, four), best.get(1));
        Value anchor = n.gather(n.reshape(n.need("Anchors"), all, four), best.get(1), 0);
        Value variance = n.has("Variances") ? n.gather(n.reshape(n.need("Variances"), all, four), best.get(1), 0) : null;
        d = variance == null ? d : n.op("mul", d, variance);
        // version 1 gives (height, width, scale) of each image, version 2 (height, width)
        boolean scaled = n.has("ImInfo");
        Value info = scaled ? n.need("ImInfo") : n.need("ImShape");
        Value inside = null;
        List<Value> corners = new ArrayList<>();
        List<Value> far = new ArrayList<>();
        double least = Math.max(n.real("min_size", 0.1), 1);
        for (int i = 0; i < 2; i++) {
            Value size = extent(n, anchor, i, one);
            Value centre = n.op("add", column(n, anchor, i), n.op("mul", size, 0.5));
            Value c = n.op("add", n.op("mul", column(n, d, i), size), centre);
            Value half = n.op("mul", n.op("mul", n.op("exp", n.op("min", column(n, d, 2 + i), Math.log(1000.0 / 16))), size), 0.5);
            Value limit = n.reshape(n.op("sub", column(n, info, 1 - i), one), images, Dim.ONE, Dim.ONE);
            Value low = within(n, n.op("sub", c, half), limit);
            Value high = within(n, n.op("sub", n.op("add", c, half), one), limit);
            corners.add(low);
            far.add(high);
            Value found = n.op("sub", high, low);
            if (scaled) {
                Value scale = n.reshape(column(n, info, 2), images, Dim.ONE, Dim.ONE);
                found = n.op("div", found, scale);
            }
            found = one == 0 ? found : n.op("add", found, one);
            Value middle = n.op("add", low, n.op("mul", one == 0 ? n.op("sub", high, low) : n.op("add", n.op("sub", high, low), one), 0.5));
            Value ok = n.op("and", n.op("ge", found, n.like(found, least)),
                    n.op("le", middle, n.reshape(column(n, info, 1 - i), images, Dim.ONE, Dim.ONE)));
            inside = inside == null ? ok : n.op("and", inside, ok);
        }
        corners.addAll(far);
        Value boxes = n.concat(corners, 2);
        Value score = n.op("where", n.reshape(inside, images, count), best.get(0), n.like(scores, Double.NEGATIVE_INFINITY));
        keep(n, boxes, n.reshape(score, images, Dim.ONE, count), one);
    }

    private static Value within(PaddleNode n, Value v, Value limit) {
        return n.op("max", n.op("min", v, limit), 0);
    }

    private static void keep(PaddleNode n, Value boxes, Value score, double one) {
        if (n.real("eta", 1) != 1) {
            throw n.unsupported("a threshold that changes (eta)");
        }
        Dim images = boxes.dim(0);
        Value measured = one == 0 ? boxes : n.op("add", boxes, n.b().constant(Tensor.ofFloats(new int[] {4}, 0, 0, 1, 1)));
        float threshold = n.real("nms_thresh", 0.5);
        long top = n.integer("post_nms_topN", 1000);
        Dim most = top > 0 ? boxes.dim(1).min(Dim.of(top)) : boxes.dim(1);
        // without a threshold boxes only have to be valid
        Value limit = n.like(score, threshold > 0 ? threshold : 2);
        Value chosen = n.binding("nms", Attrs.of("center", false), measured, score, n.b().dim(threshold > 0 ? most : boxes.dim(1)), limit,
                n.like(score, -Float.MAX_VALUE)).get(0);
        Dim count = chosen.dim(0);
        Value image = n.reshape(column(n, chosen, 0), count);
        Value where = n.concat(List.of(column(n, chosen, 0), column(n, chosen, 2)), 1);
        n.out("RpnRois", n.op("gather_nd", Attrs.of("batch", 0), boxes, where));
        n.out("RpnRoiProbs", n.reshape(n.op("gather_nd", Attrs.of("batch", 0), score, chosen), count, Dim.ONE));
        Value each = DetectionRows.counts(n, image, images);
        Value ends = n.runningSum(each, 0, false);
        n.out("RpnRoisNum", n.cast(each, ElementType.I32));
        n.out("RpnRoisLod", ends);
        Value lod = n.concat(List.of(n.b().longs(0), ends), 0);
        n.outLod("RpnRois", lod);
        n.outLod("RpnRoiProbs", lod);
    }

    /** Where each image's rows begin, from the numbers of rows or from a LoD; null: there is one image. */
    static Value lodOf(PaddleNode n, Value numbers, Value lod) {
        if (numbers == null) {
            return lod;
        }
        Value flat = n.reshape(n.cast(numbers, ElementType.I64), numbers.tensor().size());
        return n.concat(List.of(n.b().longs(0), n.runningSum(flat, 0, false)), 0);
    }

    /** The image of each row: i64 [rows]. */
    static Value images(PaddleNode n, Value lod, Dim rows) {
        return lod == null ? n.expand(n.number(0), List.of(rows)) : Sequences.of(n, lod).owner(rows);
    }

    private static void distribute(PaddleNode n) {
        Value rois = n.need("FpnRois");
        Dim rows = rois.dim(0);
        double least = n.integer("min_level", 2);
        double most = n.integer("max_level", 5);
        Value lod = lodOf(n, n.in("RoisNum"), n.lod("FpnRois"));
        Value image = images(n, lod, rows);
        Dim batch = lod == null ? Dim.ONE : lod.dim(0).minus(1);
        Value scale = n.op("sqrt", n.reshape(area(n, rois, n.flag("pixel_offset", true) ? 1 : 0), rows));
        Value ratio = n.op("add", n.op("div", scale, n.like(scale, n.integer("refer_scale", 224))), 1e-6);
        Value level = n.op("floor", n.op("add", n.op("mul", n.op("log", ratio), 1 / Math.log(2)), n.integer("refer_level", 4)));
        level = n.op("min", n.op("max", level, least), most);
        List<Value> parts = new ArrayList<>();
        List<Value> numbers = new ArrayList<>();
        List<Value> order = new ArrayList<>();
        for (int i = 0; i < n.outs("MultiFpnRois").size(); i++) {
            Value at = n.places(n.op("eq", level, n.like(level, least + i)));
            parts.add(n.gather(rois, at, 0));
            Value each = DetectionRows.counts(n, n.gather(image, at, 0), batch);
            numbers.add(n.cast(each, ElementType.I32));
            n.putLod(n.outs("MultiFpnRois").get(i), n.concat(List.of(n.b().longs(0), n.runningSum(each, 0, false)), 0));
            order.add(at);
        }
        n.outs("MultiFpnRois", parts);
        n.outs("MultiLevelRoIsNum", numbers);
        // where each row went: the inverse of the order in which they were taken
        Value taken = n.reshape(n.concat(order, 0), rows);
        Value back = n.op("scatter_elements", Attrs.of("axis", 0, "reduction", "none"), taken, taken, Sequences.iota(n, rows));
        n.out("RestoreIndex", n.reshape(n.cast(back, ElementType.I32), rows, Dim.ONE));
    }

    private static void collect(PaddleNode n) {
        List<Value> rois = n.ins("MultiLevelRois");
        List<Value> scores = n.ins("MultiLevelScores");
        List<Value> image = new ArrayList<>();
        Dim batch = Dim.ONE;
        for (int i = 0; i < rois.size(); i++) {
            Value numbers = n.has("MultiLevelRoIsNum") ? n.ins("MultiLevelRoIsNum", i) : null;
            Value lod = lodOf(n, numbers, n.findLod(n.names("MultiLevelRois").get(i)));
            image.add(images(n, lod, rois.get(i).dim(0)));
            batch = lod == null ? Dim.ONE : lod.dim(0).minus(1);
        }
        Value all = n.concat(rois, 0);
        Value score = n.concat(scores.stream().map(v -> n.reshape(v, v.tensor().size())).toList(), 0);
        Dim count = all.dim(0).min(Dim.of(n.integer("post_nms_topN", 1000)));
        Value best = n.sorted(score, count, true).get(1);
        Value owner = n.gather(n.concat(image, 0), best, 0);
        Value at = n.gather(best, n.sorted(owner, count, false).get(1), 0);
        n.out("FpnRois", n.gather(all, at, 0));
        Value each = DetectionRows.counts(n, owner, batch);
        n.out("RoisNum", n.cast(each, ElementType.I32));
        n.outLod("FpnRois", n.concat(List.of(n.b().longs(0), n.runningSum(each, 0, false)), 0));
    }

    private static void clip(PaddleNode n) {
        Value x = n.need("Input");
        Value info = n.need("ImInfo");
        boolean rows = x.rank() == 2;
        Value image = images(n, rows ? n.lod("Input") : null, x.dim(0));
        // one (height, width, scale) an image
        Value each = rows ? n.gather(info, image, 0) : n.reshape(info, x.dim(0), Dim.ONE, Dim.of(3));
        List<Value> limits = new ArrayList<>();
        for (int i : new int[] {1, 0, 1, 0}) {
            Value q = n.op("floor", n.op("add", n.op("div", column(n, each, i), column(n, each, 2)), 0.5));
            limits.add(n.op("sub", q, 1));
        }
        n.out("Output", n.op("max", n.op("min", x, n.concat(limits, each.rank() - 1)), 0));
    }
}
