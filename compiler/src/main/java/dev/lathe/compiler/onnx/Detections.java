package dev.lathe.compiler.onnx;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** From what an SSD computes to boxes, as TensorFlow's detectors end; several formats have it as one operator. */
public final class Detections {
    private final Building n;
    private final Settings s;

    private Detections(Building n, Settings s) {
        this.n = n;
        this.s = s;
    }

    /**
     * @param most how many boxes are found at most
     * @param each how many classes each of them has
     * @param byClass how many boxes each class has, where all classes of a box count
     * @param all true: all classes of a box count, not only its best ones
     * @param scales of y, x, height and width: differences to the anchors are divided by these
     */
    public record Settings(long classes, long most, long each, long byClass, boolean all, double least, double overlap, double[] scales) {}

    /** Boxes, classes, scores and their number: each anchor counts for its best class, with some of its other ones behind it, or for all of them. */
    public static List<Value> of(Building n, Settings s, Value raw, Value scores, Value anchors) {
        if (!raw.dim(0).is(1)) {
            throw n.unsupported("a batch of " + raw.dim(0));
        }
        return new Detections(n, s).found(raw, scores, anchors);
    }

    private List<Value> found(Value raw, Value scores, Value anchors) {
        Dim count = raw.dim(1);
        Value boxes = boxes(n.reshape(raw, count, raw.dim(2)), anchors);
        // the first may stand for the background
        Value of = n.reshape(scores, count, scores.dim(2));
        of = n.part(of, 1, scores.dim(2).minus(s.classes), Dim.of(s.classes));
        Value at;
        if (s.all) {
            Value chosen = chosen(boxes, n.transpose(of, 1, 0), s.byClass);
            Value where = n.concat(List.of(n.part(chosen, 1, Dim.of(2), Dim.ONE), n.part(chosen, 1, Dim.ONE, Dim.ONE)), 1);
            Attrs best = Attrs.of("count", chosen.dim(0).min(Dim.of(s.most)), "largest", true);
            List<Value> order = n.b().add("topk", List.of(n.op("gather_nd", Attrs.of("batch", 0), of, where)), best, List.of(), (String[]) null);
            at = n.gather(column(chosen, 2), order.get(1), 0);
            Value label = n.gather(column(chosen, 1), order.get(1), 0);
            return results(at, n.gather(boxes, at, 0), label, order.get(0), s.most);
        }
        Value best = n.reduce("max", of, false, 1);
        at = column(chosen(boxes, n.reshape(best, Dim.ONE, count), s.most), 2);
        long each = Math.max(1, s.each);
        Attrs first = Attrs.of("count", Dim.of(Math.min(each, s.classes)), "largest", true);
        List<Value> order = n.b().add("topk", List.of(n.gather(of, at, 0)), first, List.of(), (String[]) null);
        Value corners = n.expand(n.unsqueeze(n.gather(boxes, at, 0), 1), List.of(at.dim(0), Dim.of(each), Dim.of(4)));
        return results(at, n.reshape(corners, at.dim(0).times(each), Dim.of(4)), spread(order.get(1), each), spread(order.get(0), each), s.most * each);
    }

    /** A row for each class of a box, those that it has no class for with zeros. */
    private Value spread(Value x, long each) {
        Value f = n.cast(x, ElementType.F32);
        Attrs a = Attrs.of("before", List.of(Dim.ZERO, Dim.ZERO), "after", List.of(Dim.ZERO, Dim.of(each).minus(x.dim(1))), "mode", "constant");
        return n.reshape(n.op("pad", a, f), x.dim(0).times(each));
    }

    private List<Value> results(Value at, Value boxes, Value label, Value score, long most) {
        Value count = n.reshape(n.cast(n.b().dim(at.dim(0)), ElementType.F32), Dim.ONE);
        return List.of(filled(boxes, most), filled(n.cast(label, ElementType.F32), most), filled(score, most), count);
    }

    /** Corners [anchors, 4] from differences to the anchors. */
    private Value boxes(Value raw, Value anchors) {
        List<Value> low = new ArrayList<>();
        List<Value> high = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            Value extent = n.part(anchors, 1, Dim.of(2 + i), Dim.ONE);
            Value centre = n.op("add", n.op("mul", scaled(raw, i), extent), n.part(anchors, 1, Dim.of(i), Dim.ONE));
            Value half = n.op("mul", n.op("mul", n.op("exp", scaled(raw, 2 + i)), extent), n.like(raw, 0.5));
            low.add(n.op("sub", centre, half));
            high.add(n.op("add", centre, half));
        }
        low.addAll(high);
        return n.concat(low, 1);
    }

    /** Rows (0, class, box) of boxes that don't overlap a better one. @param scores [classes, boxes] */
    private Value chosen(Value boxes, Value scores, long most) {
        return n.onnx("NonMaxSuppression", n.unsqueeze(boxes, 0), n.unsqueeze(scores, 0), n.b().longs(most), n.like(scores, s.overlap), n.like(scores, s.least));
    }

    private Value column(Value rows, int i) {
        return n.reshape(n.part(rows, 1, Dim.of(i), Dim.ONE), rows.dim(0));
    }

    private Value scaled(Value raw, int column) {
        return n.op("div", n.part(raw, 1, Dim.of(column), Dim.ONE), n.like(raw, s.scales[column]));
    }

    /** One image's rows, zeros behind them. */
    private Value filled(Value rows, long most) {
        List<Dim> after = new ArrayList<>(Collections.nCopies(rows.rank(), Dim.ZERO));
        List<Dim> before = List.copyOf(after);
        after.set(0, Dim.of(most).minus(rows.dim(0)));
        return n.unsqueeze(n.op("pad", Attrs.of("before", before, "after", after, "mode", "constant"), rows), 0);
    }
}
