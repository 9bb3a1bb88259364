package dev.lathe.compiler.paddle.ops;

import static dev.lathe.compiler.paddle.PaddleTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.paddle.PaddleNode;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** Shapes and the order of elements. */
public final class ShapeRows {
    private ShapeRows() {}

    public static void register() {
        for (String v : new String[] {"", "2"}) {
            add("reshape" + v, n -> n.out(n.reshape(n.need("X"), newShape(n))));
            add("transpose" + v, n -> n.out(n.op("transpose", Attrs.of("perm", n.ints("axis")), n.need("X"))));
            add("flatten" + v, n -> {
                Value x = n.need("X");
                int axis = (int) n.integer("axis", 1);
                n.out(n.reshape(x, Dim.product(x.tensor().dims().subList(0, axis)), Dim.product(x.tensor().dims().subList(axis, x.rank()))));
            });
            add("squeeze" + v, ShapeRows::squeeze);
            add("unsqueeze" + v, ShapeRows::unsqueeze);
        }
        add("flatten_contiguous_range", ShapeRows::flattenRange);
        add("shape", n -> {
            Value x = n.need("Input");
            Value s = n.b().dims(x.tensor().dims());
            // dimensions stay known through the narrower type
            Value r = n.cast(s, n.flag("wide", false) ? ElementType.I64 : ElementType.I32);
            n.b().symbolic(r, x.tensor().dims());
            n.out(r);
        });
        add("size", n -> n.out(n.b().dim(n.need("Input").tensor().size())));
        add("shuffle_channel", ShapeRows::shuffle);
        add("channel_shuffle", ShapeRows::shuffle);
        add("pixel_shuffle", ShapeRows::pixelShuffle);
        add("space_to_depth", n -> n.out(n.onnx("SpaceToDepth", new Object[] {"blocksize", n.integer("blocksize", 2)}, n.need("X"))));
        add("im2sequence", ShapeRows::imageToSequence);
    }

    private static List<Dim> newShape(PaddleNode n) {
        Value x = n.need("X");
        List<Dim> want = new ArrayList<>(n.has("ShapeTensor") ? n.dims("", "ShapeTensor", "") : n.dims("Shape", "", "shape"));
        int open = -1;
        Dim known = Dim.ONE;
        for (int i = 0; i < want.size(); i++) {
            if (want.get(i).is(-1)) {
                open = i;
            } else {
                want.set(i, want.get(i).is(0) ? x.dim(i) : want.get(i));
                known = known.times(want.get(i));
            }
        }
        if (open >= 0) {
            Dim rest = x.tensor().size().divideExact(known);
            want.set(open, rest != null ? rest : x.tensor().size().floorDiv(known));
        }
        return want;
    }

    private static long[] axes(PaddleNode n) {
        if (n.has("AxesTensor")) {
            return n.known(n.need("AxesTensor"), "the axes");
        }
        return n.integers("axes");
    }

    private static void squeeze(PaddleNode n) {
        Value x = n.need("X");
        boolean[] gone = new boolean[x.rank()];
        long[] axes = axes(n);
        for (long a : axes) {
            int i = n.axis(a, x.rank());
            gone[i] = !x.dim(i).isConst() || x.dim(i).is(1);
        }
        List<Dim> dims = new ArrayList<>();
        for (int i = 0; i < x.rank(); i++) {
            if (axes.length == 0 ? !x.dim(i).is(1) : !gone[i]) {
                dims.add(x.dim(i));
            }
        }
        n.out(n.reshape(x, dims));
    }

    private static void unsqueeze(PaddleNode n) {
        Value x = n.need("X");
        List<Dim> dims = new ArrayList<>(x.tensor().dims());
        for (long a : axes(n)) {
            dims.add(n.axis(a, dims.size() + 1), Dim.ONE);
        }
        n.out(n.reshape(x, dims));
    }

    private static void flattenRange(PaddleNode n) {
        Value x = n.need("X");
        int from = n.axis(n.integer("start_axis", 1), x.rank());
        int to = n.axis(n.integer("stop_axis", -1), x.rank());
        if (x.rank() == 0) {
            n.out(n.reshape(x, Dim.ONE));
            return;
        }
        List<Dim> dims = new ArrayList<>(x.tensor().dims().subList(0, from));
        dims.add(Dim.product(x.tensor().dims().subList(from, to + 1)));
        dims.addAll(x.tensor().dims().subList(to + 1, x.rank()));
        n.out(n.reshape(x, dims));
    }

    private static void shuffle(PaddleNode n) {
        Value x = n.need("X");
        long groups = n.hasAttr("group") ? n.integer("group", 1) : n.integer("groups", 1);
        List<Dim> d = x.tensor().dims();
        Value apart = n.reshape(x, d.get(0), Dim.of(groups), d.get(1).floorDiv(groups), d.get(2), d.get(3));
        n.out(n.reshape(n.transpose(apart, 0, 2, 1, 3, 4), d));
    }

    private static void pixelShuffle(PaddleNode n) {
        boolean last = ConvRows.channelsLast(n, "data_format");
        Value x = last ? n.toFirst(n.need("X")) : n.need("X");
        Value y = n.onnx("DepthToSpace", new Object[] {"blocksize", n.integer("upscale_factor", 1), "mode", "CRD"}, x);
        n.out(last ? n.toLast(y) : y);
    }

    /** Windows become rows, those of one image a sequence. */
    private static void imageToSequence(PaddleNode n) {
        Value x = n.need("X");
        int[] k = n.ints("kernels");
        int[] s = n.ints("strides", 1, 1);
        int[] p = n.ints("paddings", 0, 0, 0, 0);
        if (n.has("Y")) {
            throw n.unsupported("input Y");
        }
        List<Dim> none = Collections.nCopies(2, Dim.ZERO);
        List<Dim> before = new ArrayList<>(none);
        List<Dim> after = new ArrayList<>(none);
        before.addAll(List.of(Dim.of(p[0]), Dim.of(p[1])));
        after.addAll(List.of(Dim.of(p[2]), Dim.of(p[3])));
        Value wide = n.op("pad", Attrs.of("before", before, "after", after, "mode", "constant"), x);
        Dim oh = wide.dim(2).minus(k[0]).floorDiv(s[0]).plus(1);
        Dim ow = wide.dim(3).minus(k[1]).floorDiv(s[1]).plus(1);
        List<Value> cells = new ArrayList<>();
        for (int i = 0; i < k[0] * k[1]; i++) {
            List<Dim> starts = List.of(Dim.ZERO, Dim.ZERO, Dim.of(i / k[1]), Dim.of(i % k[1]));
            Value cell = n.op("slice", Attrs.of("starts", starts, "sizes", List.of(x.dim(0), x.dim(1), oh, ow), "steps", new int[] {1, 1, s[0], s[1]}), wide);
            cells.add(n.reshape(cell, x.dim(0), x.dim(1), Dim.ONE, oh, ow));
        }
        Value all = n.transpose(n.concat(cells, 2), 0, 3, 4, 1, 2);
        n.out(n.reshape(all, x.dim(0).times(oh).times(ow), x.dim(1).times(k[0] * k[1])));
        Value starts = n.op("mul", n.op("iota", Attrs.of("size", x.dim(0).plus(1), "to", ElementType.I64)), n.b().dim(oh.times(ow)));
        n.outLod("Out", starts);
    }

    /** All axes of a value of this rank. */
    static int[] all(int rank) {
        int[] r = new int[rank];
        Arrays.setAll(r, i -> i);
        return r;
    }
}
