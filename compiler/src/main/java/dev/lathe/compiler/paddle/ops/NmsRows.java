package dev.lathe.compiler.paddle.ops;

import static dev.lathe.compiler.paddle.PaddleTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.ops.LoopImport;
import dev.lathe.compiler.paddle.PaddleNode;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.List;

/** Other ways to choose among boxes that overlap. */
public final class NmsRows {
    private static final Dim FOUR = Dim.of(4);
    /** So many boxes of a class are compared each with each without a look at how many there are. */
    private static final int FEW = 200;

    private NmsRows() {}

    public static void register() {
        add("matrix_nms", NmsRows::matrix);
        add("bipartite_match", NmsRows::match);
        add("retinanet_detection_output", NmsRows::retina);
    }

    /** Scores fall with how much a box overlaps better ones of its class; nothing is chosen one by one. */
    private static void matrix(PaddleNode n) {
        Value boxes = n.need("BBoxes");
        Value scores = n.need("Scores");
        Dim images = scores.dim(0);
        Dim classes = scores.dim(1);
        Dim m = scores.dim(2);
        long top = n.integer("nms_top_k", -1);
        Value threshold = n.like(scores, n.real("score_threshold", 0));
        Dim k = top > 0 && top <= FEW ? m.min(Dim.of(top)) : above(n, scores, threshold);
        k = top > FEW ? k.min(Dim.of(top)) : k;
        List<Value> best = n.sorted(scores, k, true);
        Value valid = n.op("gt", best.get(0), threshold);
        long background = n.integer("background_label", 0);
        if (background >= 0) {
            Value which = n.reshape(Sequences.iota(n, classes), classes, Dim.ONE);
            valid = n.op("and", valid, n.op("ne", which, n.number(background)));
        }
        Value flat = n.reshape(best.get(1), images, classes.times(k));
        Value chosen = ProposalRows.pick(n, boxes, flat);
        Value a = n.reshape(chosen, images.times(classes), k, Dim.ONE, FOUR);
        Value c = n.reshape(chosen, images.times(classes), Dim.ONE, k, FOUR);
        // [.., i, j]: how much box j overlaps box i, which is better where i < j
        Value iou = ProposalRows.overlap(n, a, c, n.flag("normalized", true) ? 0 : 1, List.of(images.times(classes), k, k));
        Value better = n.op("lt", n.reshape(Sequences.iota(n, k), k, Dim.ONE), Sequences.iota(n, k));
        iou = n.op("where", better, iou, n.like(iou, 0));
        Value most = n.reshape(n.reduce("max", iou, false, 1), images.times(classes), k, Dim.ONE);
        Value decay = n.flag("use_gaussian", false)
                ? n.op("exp", n.op("mul", n.op("sub", n.op("mul", most, most), n.op("mul", iou, iou)), n.real("gaussian_sigma", 2)))
                : n.op("div", n.op("sub", n.like(iou, 1), iou), n.op("sub", n.like(iou, 1), most));
        decay = n.reduce("min", n.op("where", better, decay, n.like(iou, 1)), false, 1);
        Value score = n.op("mul", best.get(0), n.reshape(decay, images, classes, k));
        Value keep = n.op("and", valid, n.op("gt", score, n.like(score, n.real("post_threshold", 0))));
        score = n.op("where", keep, score, n.like(score, Double.NEGATIVE_INFINITY));
        long limit = n.integer("keep_top_k", -1);
        Dim all = classes.times(k);
        List<Value> order = n.sorted(n.reshape(score, images, all), limit > 0 ? all.min(Dim.of(limit)) : all, true);
        Value there = n.op("gt", order.get(0), n.like(score, Double.NEGATIVE_INFINITY));
        Value at = n.binding("nonzero", Attrs.NONE, there).get(0);
        Dim rows = at.dim(1);
        Value image = n.reshape(n.part(at, 0, Dim.ZERO, Dim.ONE), rows);
        Value places = n.transpose(at, 1, 0);
        Value place = n.op("gather_nd", Attrs.of("batch", 0), order.get(1), places);
        Value box = n.op("gather_nd", Attrs.of("batch", 0), flat, pair(n, image, place));
        Value label = n.cast(n.op("div", place, n.b().dim(k)), scores.elem());
        Value value = n.op("gather_nd", Attrs.of("batch", 0), order.get(0), places);
        n.out(n.concat(List.of(n.reshape(label, rows, Dim.ONE), n.reshape(value, rows, Dim.ONE),
                n.op("gather_nd", Attrs.of("batch", 0), boxes, pair(n, image, box))), 1));
        n.out("Index", n.reshape(n.cast(n.op("add", n.op("mul", image, n.b().dim(m)), box), ElementType.I32), rows, Dim.ONE));
        counted(n, image, images, "RoisNum");
    }

    /** The most boxes of one class that are above the threshold: each is compared with each, a network's thousands would fill the memory. */
    private static Dim above(PaddleNode n, Value scores, Value threshold) {
        Value count = n.reduce("sum", n.cast(n.op("gt", scores, threshold), ElementType.I64), false, 2);
        // none but for classes without any image
        Value most = n.reduce("max", n.concat(List.of(n.reshape(count, count.tensor().size()), n.b().longs(0)), 0), true, 0);
        return n.dims(most).get(0);
    }

    private static Value pair(PaddleNode n, Value a, Value b) {
        return n.concat(List.of(n.reshape(a, a.dim(0), Dim.ONE), n.reshape(b, b.dim(0), Dim.ONE)), 1);
    }

    private static void counted(PaddleNode n, Value image, Dim images, String slot) {
        Value each = DetectionRows.counts(n, image, images);
        n.out(slot, n.cast(each, ElementType.I32));
        n.outLod("Out", n.concat(List.of(n.b().longs(0), n.runningSum(each, 0, false)), 0));
    }

    /** The second stage's boxes: rows [m, classes, 4] with a box for each class, scores [m, classes], of one image or more. */
    static void rows(PaddleNode n, Value boxes, Value scores) {
        Value lod = ProposalRows.lodOf(n, n.in("RoisNum"), n.lod("BBoxes") != null ? n.lod("BBoxes") : n.lod("Scores"));
        Dim m = boxes.dim(0);
        Dim classes = scores.dim(1);
        Dim images = lod == null ? Dim.ONE : lod.dim(0).minus(1);
        Value owner = ProposalRows.images(n, lod, m);
        Value lowest = n.like(scores, Double.NEGATIVE_INFINITY);
        // a batch of its own for each image and class: other images' boxes have no score there
        Value mine = n.op("eq", n.reshape(owner, Dim.ONE, m), n.reshape(Sequences.iota(n, images), images, Dim.ONE));
        Value each = n.op("where", n.reshape(mine, images, Dim.ONE, m), n.reshape(n.transpose(scores, 1, 0), Dim.ONE, classes, m), lowest);
        long background = n.integer("background_label", 0);
        if (background >= 0) {
            Value which = n.reshape(Sequences.iota(n, classes), classes, Dim.ONE);
            each = n.op("where", n.op("eq", which, n.number(background)), lowest, each);
        }
        long top = n.integer("nms_top_k", -1);
        if (top > 0) {
            Dim k = m.min(Dim.of(top));
            Value best = n.sorted(each, k, true).get(0);
            each = n.op("where", n.op("lt", each, n.part(best, 2, k.minus(1), Dim.ONE)), lowest, each);
        }
        Value all = n.expand(n.reshape(n.transpose(boxes, 1, 0, 2), Dim.ONE, classes, m, FOUR), List.of(images, classes, m, FOUR));
        Value chosen = n.binding("nms", Attrs.of("center", false), DetectionRows.measured(n, n.reshape(all, images.times(classes), m, FOUR)),
                n.reshape(each, images.times(classes), Dim.ONE, m), n.b().dim(m), n.like(scores, n.real("nms_threshold", 0.3)),
                n.like(scores, n.real("score_threshold", 0))).get(0);
        Dim count = chosen.dim(0);
        Value batch = n.reshape(n.part(chosen, 1, Dim.ZERO, Dim.ONE), count);
        Value row = n.reshape(n.part(chosen, 1, Dim.of(2), Dim.ONE), count);
        Value of = n.b().dim(classes);
        // (image, class, row), as where boxes come in batches
        Value image = n.op("div", batch, of);
        Value label = n.op("sub", batch, n.op("mul", image, of));
        Value triple = n.concat(List.of(n.reshape(image, count, Dim.ONE), n.reshape(label, count, Dim.ONE), n.reshape(row, count, Dim.ONE)), 1);
        long keep = n.integer("keep_top_k", -1);
        triple = keep > 0 ? DetectionRows.best(n, triple, each, images, keep) : triple;
        Dim left = triple.dim(0);
        image = n.reshape(n.part(triple, 1, Dim.ZERO, Dim.ONE), left);
        label = n.reshape(n.part(triple, 1, Dim.ONE, Dim.ONE), left);
        row = n.reshape(n.part(triple, 1, Dim.of(2), Dim.ONE), left);
        Value score = n.op("gather_nd", Attrs.of("batch", 0), scores, pair(n, row, label));
        n.out(n.concat(List.of(n.reshape(n.cast(label, scores.elem()), left, Dim.ONE), n.reshape(score, left, Dim.ONE),
                n.op("gather_nd", Attrs.of("batch", 0), boxes, pair(n, row, label))), 1));
        n.out("Index", n.reshape(n.cast(n.op("add", n.op("mul", row, of), label), ElementType.I32), left, Dim.ONE));
        counted(n, image, images, "NmsRoisNum");
    }

    /** The largest distance first: its row and column are then taken. One matrix, as of one image. */
    private static void match(PaddleNode n) {
        Value d = n.need("DistMat");
        Dim rows = d.dim(0);
        Dim columns = d.dim(1);
        Value gone = n.like(d, Double.NEGATIVE_INFINITY);
        Value none = n.expand(n.b().scalar(ElementType.I64, -1), List.of(columns));
        List<Value> r = LoopImport.loop(n.b(), rows.min(columns), null, List.of(d, none), (b, turn, carried) -> {
            Value open = carried.get(0);
            Value flat = b.op("reshape", Attrs.of("dims", List.of(rows.times(columns))), open);
            Value at = b.op("arg_reduce", Attrs.of("kind", "max", "axis", 0, "keep", false, "last", false), flat);
            Value best = b.op("gather", Attrs.of("axis", 0), flat, at);
            Value row = b.op("div", at, b.dim(columns));
            Value column = b.op("sub", at, b.op("mul", row, b.dim(columns)));
            Attrs iota = Attrs.of("size", columns, "to", ElementType.I64);
            Value here = b.op("eq", b.op("iota", iota), column);
            Value there = b.op("reshape", Attrs.of("dims", List.of(rows, Dim.ONE)), b.op("eq", b.op("iota", iota.with("size", rows)), row));
            // a distance of 0 is no match
            Value ok = b.op("gt", best, b.scalar(d.elem(), 1e-6));
            Value next = b.op("where", b.op("or", here, there), gone, open);
            return new LoopImport.Turn(null, List.of(next, b.op("where", b.op("and", here, ok), row, carried.get(1))), List.of());
        });
        Value index = r.get(1);
        if (n.text("match_type", "bipartite").equals("per_prediction")) {
            Value most = n.reduce("max", d, false, 0);
            Value at = n.op("arg_reduce", Attrs.of("kind", "max", "axis", 0, "keep", false, "last", false), d);
            Value late = n.op("and", n.op("lt", index, n.number(0)), n.op("ge", most, n.like(d, n.real("dist_threshold", 0.5))));
            index = n.op("where", late, at, index);
        }
        Value taken = n.op("max", index, n.number(0));
        Value distance = n.op("gather_elements", Attrs.of("axis", 0), d, n.reshape(taken, Dim.ONE, columns));
        Value matched = n.reshape(n.op("ge", index, n.number(0)), Dim.ONE, columns);
        n.out("ColToRowMatchIndices", n.reshape(n.cast(index, ElementType.I32), Dim.ONE, columns));
        n.out("ColToRowMatchDist", n.op("where", matched, distance, n.like(d, 0)));
    }

    /** The best of every level, decoded from its anchors; then those of all levels that don't overlap a better one of their class. */
    private static void retina(PaddleNode n) {
        if (n.real("nms_eta", 1) != 1) {
            throw n.unsupported("a threshold that changes (nms_eta)");
        }
        Value info = n.need("ImInfo");
        Dim images = info.dim(0);
        int levels = n.names("Scores").size();
        Dim classes = n.ins("Scores", 0).dim(2);
        List<Value> boxes = new ArrayList<>();
        List<Value> scores = new ArrayList<>();
        List<Value> labels = new ArrayList<>();
        for (int l = 0; l < levels; l++) {
            Value s = n.ins("Scores", l);
            Dim all = s.dim(1).times(classes);
            long top = n.integer("nms_top_k", -1);
            List<Value> best = n.sorted(n.reshape(s, images, all), top > 0 ? all.min(Dim.of(top)) : all, true);
            Value anchor = n.op("div", best.get(1), n.b().dim(classes));
            labels.add(n.op("sub", best.get(1), n.op("mul", anchor, n.b().dim(classes))));
            // the highest level has no threshold
            float least = l < levels - 1 ? n.real("score_threshold", 0) : 0;
            scores.add(n.op("where", n.op("gt", best.get(0), n.like(s, least)), best.get(0), n.like(s, Double.NEGATIVE_INFINITY)));
            boxes.add(decoded(n, ProposalRows.pick(n, n.ins("BBoxes", l), anchor), n.gather(n.reshape(n.ins("Anchors", l), s.dim(1), FOUR), anchor, 0), info));
        }
        Value box = n.concat(boxes, 1);
        Value score = n.concat(scores, 1);
        Value label = n.concat(labels, 1);
        Dim k = score.dim(1);
        Value which = n.reshape(Sequences.iota(n, classes), classes, Dim.ONE);
        Value mine = n.op("eq", n.reshape(label, images, Dim.ONE, k), which);
        Value open = n.op("where", mine, n.reshape(score, images, Dim.ONE, k), n.like(score, Double.NEGATIVE_INFINITY));
        Value measured = n.op("add", box, n.b().constant(Tensor.ofFloats(new int[] {4}, 0, 0, 1, 1)));
        Value chosen = n.binding("nms", Attrs.of("center", false), measured, open, n.b().dim(k), n.like(score, n.real("nms_threshold", 0.3)),
                n.like(score, -Float.MAX_VALUE)).get(0);
        long keep = n.integer("keep_top_k", -1);
        chosen = DetectionRows.best(n, chosen, open, images, keep > 0 ? keep : Integer.MAX_VALUE);
        Dim rows = chosen.dim(0);
        Value image = n.reshape(n.part(chosen, 1, Dim.ZERO, Dim.ONE), rows);
        Value value = n.op("gather_nd", Attrs.of("batch", 0), open, chosen);
        // each image's rows by their scores
        Value apart = n.op("sub", n.cast(value, ElementType.F64), n.op("mul", n.cast(image, ElementType.F64), 1e4));
        Value order = n.sorted(apart, rows, true).get(1);
        Value at = n.gather(chosen, order, 0);
        Value where = n.concat(List.of(n.part(at, 1, Dim.ZERO, Dim.ONE), n.part(at, 1, Dim.of(2), Dim.ONE)), 1);
        // the first class is 1
        Value named = n.op("add", n.cast(n.part(at, 1, Dim.ONE, Dim.ONE), score.elem()), 1);
        n.out(n.concat(List.of(named, n.reshape(n.gather(value, order, 0), rows, Dim.ONE), n.op("gather_nd", Attrs.of("batch", 0), box, where)), 1));
        counted(n, n.gather(image, order, 0), images, "");
    }

    /** In pixels of the image before it was scaled, within its borders. @param info height, width, scale of each image */
    private static Value decoded(PaddleNode n, Value d, Value anchor, Value info) {
        Dim images = info.dim(0);
        Value scale = n.reshape(ProposalRows.column(n, info, 2), images, Dim.ONE, Dim.ONE);
        List<Value> low = new ArrayList<>();
        List<Value> high = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            Value extent = n.op("add", n.op("sub", ProposalRows.column(n, anchor, 2 + i), ProposalRows.column(n, anchor, i)), 1);
            Value centre = n.op("add", ProposalRows.column(n, anchor, i), n.op("mul", extent, 0.5));
            centre = n.op("add", centre, n.op("mul", ProposalRows.column(n, d, i), extent));
            Value half = n.op("mul", n.op("mul", n.op("exp", ProposalRows.column(n, d, 2 + i)), extent), 0.5);
            Value size = n.op("floor", n.op("add", n.op("div", n.reshape(ProposalRows.column(n, info, 1 - i), images, Dim.ONE, Dim.ONE), scale), 0.5));
            Value limit = n.op("sub", size, 1);
            low.add(n.op("max", n.op("min", n.op("div", n.op("sub", centre, half), scale), limit), 0));
            high.add(n.op("max", n.op("min", n.op("div", n.op("sub", n.op("add", centre, half), 1), scale), limit), 0));
        }
        low.addAll(high);
        return n.concat(low, 2);
    }
}
