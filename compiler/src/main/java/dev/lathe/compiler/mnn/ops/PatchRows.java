package dev.lathe.compiler.mnn.ops;

import static dev.lathe.compiler.mnn.MnnTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.flat.FlatTable;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.mnn.Layout;
import dev.lathe.compiler.mnn.MnnNode;
import dev.lathe.compiler.mnn.MnnTable;
import dev.lathe.compiler.onnx.Detections;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Windows as columns and what is done with them, regions of features, and copies from place to place. */
public final class PatchRows {
    /** Numbers that a region has: where it begins and its three steps, of the source and of the result, and its three extents. */
    private static final int REGION = 11;

    private PatchRows() {}

    public static void register() {
        add("Im2Col", PatchRows::columns);
        add("Col2Im", PatchRows::image);
        add("Dilation2D", PatchRows::dilation);
        add("CosineSimilarity", PatchRows::cosine);
        add("ROIPooling", PatchRows::pool);
        add("Raster", PatchRows::copy);
        MnnTable.all("DetectionPostProcess", PatchRows::detections);
    }

    /** The elements of each window: [N, C, window's elements, rows, columns]; what lies beside the image is a number. */
    private static Value windows(MnnNode n, ConvRows.Window w, double beside) {
        Value x = n.as(0, Layout.FIRST);
        List<Dim> before = new ArrayList<>(List.of(Dim.ZERO, Dim.ZERO));
        List<Dim> after = new ArrayList<>(before);
        Dim[] places = new Dim[2];
        for (int i = 0; i < 2; i++) {
            Dim in = x.dim(2 + i);
            long reach = (long) (w.kernel()[i] - 1) * w.dilations()[i] + 1;
            int step = w.strides()[i];
            if (w.padMode() == 2) {
                places[i] = in.plus(step - 1).floorDiv(step);
                Dim more = places[i].minus(1).times(step).plus(reach).minus(in).max(Dim.ZERO);
                before.add(more.floorDiv(2));
                after.add(more.minus(more.floorDiv(2)));
            } else {
                int front = w.padMode() == 0 ? w.pads()[i] : 0;
                int back = w.padMode() == 0 ? w.pads()[2 + i] : 0;
                places[i] = in.plus(front + back - reach).floorDiv(step).plus(1);
                before.add(Dim.of(front));
                after.add(Dim.of(back));
            }
        }
        Value wide = n.op("pad", Attrs.of("before", before, "after", after, "mode", "constant"), x, n.like(x, beside));
        List<Value> cells = new ArrayList<>();
        for (int i = 0; i < w.area(); i++) {
            List<Dim> starts = List.of(Dim.ZERO, Dim.ZERO, Dim.of((long) i / w.kernel()[1] * w.dilations()[0]), Dim.of((long) i % w.kernel()[1] * w.dilations()[1]));
            Value cell = n.op("slice", Attrs.of("starts", starts, "sizes", List.of(x.dim(0), x.dim(1), places[0], places[1]),
                    "steps", new int[] {1, 1, w.strides()[0], w.strides()[1]}), wide);
            cells.add(n.unsqueeze(cell, 2));
        }
        return n.concat(cells, 2);
    }

    /** [channels * window, places of all images]. */
    private static Value columns(MnnNode n) {
        Value all = n.transpose(windows(n, ConvRows.Window.of(n), 0), 1, 2, 0, 3, 4);
        n.layout(Layout.FIRST);
        return n.reshape(all, all.dim(0).times(all.dim(1)), Dim.product(all.tensor().dims().subList(2, 5)));
    }

    /** An image of which the elements of windows are the sums. */
    private static Value image(MnnNode n) {
        ConvRows.Window w = ConvRows.Window.of(n);
        Value x = n.need(0);
        x = x.rank() == 2 ? n.unsqueeze(x, 0) : x;
        n.layout(Layout.FIRST);
        long[] size = n.known(n.need(1), "the extents of the image");
        Value kernel = n.b().longs(w.kernel()[0], w.kernel()[1]);
        return n.onnx("Col2Im", new Object[] {"strides", w.strides(), "dilations", w.dilations(), "pads", w.pads()}, x, n.b().longs(size), kernel);
    }

    /** The largest of each window's elements with a number of its own added to each. */
    private static Value dilation(MnnNode n) {
        ConvRows.Window w = ConvRows.Window.of(n);
        Value all = windows(n, w, Double.NEGATIVE_INFINITY);
        float[] weights = n.needMain().floats(1);
        if (!all.dim(1).isConst() || weights.length != all.dim(1).value() * w.area()) {
            throw new LatheException("", weights.length + " weights don't fit windows of " + w.area() + " elements and " + all.dim(1) + " channels: the file is damaged");
        }
        Value more = ConvRows.constant(n, weights, all.dim(1).intValue(), w.area(), 1, 1);
        return n.likeInput(n.reduce("max", n.op("add", all, more), false, 2));
    }

    private static Value cosine(MnnNode n) {
        Value x = n.as(0, Layout.FIRST);
        Value y = n.as(1, Layout.FIRST);
        long axis = n.known(n.need(2), "the axis")[0];
        int a = n.axis(axis, x.rank());
        n.layout(Layout.FIRST);
        Value lengths = n.op("mul", n.reduce("sum", n.op("mul", x, x), false, a), n.reduce("sum", n.op("mul", y, y), false, a));
        return n.op("div", n.reduce("sum", n.op("mul", x, y), false, a), n.op("sqrt", n.op("add", lengths, n.like(lengths, 1e-8))));
    }

    /** Rows of a region name its image, then its corners. */
    private static Value pool(MnnNode n) {
        if (n.in().size() > 2) {
            throw n.unsupported("a derivative");
        }
        Value rois = n.as(1, Layout.FIRST);
        Attrs a = Attrs.of("height", n.integer(1, 1), "width", n.integer(0, 1), "scale", n.real(2, 1));
        return n.likeInput(n.op("roi_pool", a, n.as(0, Layout.FIRST), n.reshape(rois, rois.dim(0), Dim.of(5))));
    }

    private static List<Value> detections(MnnNode n) {
        float[] scales = n.needMain().floats(7);
        if (scales.length != 4) {
            throw new LatheException("", "it has " + scales.length + " scales, not 4: the file is damaged");
        }
        double[] each = {scales[0], scales[1], scales[2], scales[3]};
        n.layout(Layout.LAST);
        return Detections.of(n, new Detections.Settings(n.integer(5, 0), n.integer(0, 0), n.integer(1, 0), n.integer(2, 0), n.flag(6), n.real(3, 0), n.real(4, 0), each),
                n.need(0), n.need(1), n.need(2));
    }

    // ---- copies -------------------------------------------------------------------------------------------------

    private static int[] numbers(List<FlatTable> attributes, String key) {
        for (FlatTable a : attributes) {
            if (a.string(3).equals(key)) {
                return a.table(7) == null ? new int[0] : a.table(7).ints(1);
            }
        }
        return null;
    }

    /** Elements of operands at places of the result; what no region names is 0. Places are known before the model runs. */
    private static Value copy(MnnNode n) {
        List<FlatTable> attributes = n.needMain().tables(3);
        int[] shape = numbers(attributes, "shape");
        int[] regions = numbers(attributes, "region");
        if (shape == null || regions == null || regions.length != REGION * n.in().size()) {
            throw new LatheException("", "its regions don't fit its " + n.in().size() + " operands: the file is damaged");
        }
        int count = 1;
        for (int d : shape) {
            if (d < 0) {
                throw new LatheException("", "an extent of " + d + ": the file is damaged");
            }
            count = Math.multiplyExact(count, d);
        }
        List<Value> flat = new ArrayList<>();
        long[] from = new long[count];
        Arrays.fill(from, -1);
        long base = 0;
        for (int i = 0; i < n.in().size(); i++) {
            Value x = n.need(i);
            if (!x.tensor().size().isConst()) {
                throw new LatheException("", "copies from place to place need known extents", "give the model's inputs static shapes with --shape");
            }
            long size = x.tensor().size().value();
            flat.add(n.reshape(x, x.tensor().size()));
            region(Arrays.copyOfRange(regions, REGION * i, REGION * (i + 1)), base, size, from);
            base += size;
        }
        // one more element, the 0 of places that nothing is copied to
        for (int i = 0; i < count; i++) {
            from[i] = from[i] < 0 ? base : from[i];
        }
        flat.add(n.reshape(n.like(flat.get(0), 0), Dim.ONE));
        for (FlatTable a : attributes) {
            if (a.string(3).equals("format")) {
                n.layout(Layout.of(a.int32(1, 0)));
            }
        }
        return n.reshape(n.gather(n.concat(flat, 0), n.b().longs(from), 0), Arrays.stream(shape).mapToObj(Dim::of).toList());
    }

    private static void region(int[] r, long base, long size, long[] from) {
        long elements = (long) r[8] * r[9];
        if (r[8] < 0 || r[9] < 0 || r[10] < 0 || elements > from.length || elements * r[10] > from.length) {
            throw new LatheException("", "a region of " + r[8] + " by " + r[9] + " by " + r[10] + " elements: the file is damaged");
        }
        for (int i = 0; i < r[8]; i++) {
            for (int j = 0; j < r[9]; j++) {
                for (int k = 0; k < r[10]; k++) {
                    long source = r[0] + (long) i * r[1] + (long) j * r[2] + (long) k * r[3];
                    long target = r[4] + (long) i * r[5] + (long) j * r[6] + (long) k * r[7];
                    if (source < 0 || source >= size || target < 0 || target >= from.length) {
                        throw new LatheException("", "a region reaches beyond its tensor: the file is damaged");
                    }
                    from[(int) target] = base + source;
                }
            }
        }
    }
}
