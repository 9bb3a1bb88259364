package dev.lathe.compiler.tflite;

import static dev.lathe.compiler.tflite.TfliteTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Images made larger, and space moved into batches or channels and back. */
final class TfliteSpace {
    private static final int SAME = 0;

    private TfliteSpace() {}

    static void register() {
        add(23, n -> resize(n, "linear", n.flag(2), n.flag(3)));
        add(97, n -> resize(n, "nearest", n.flag(0), n.flag(1)));
        add(5, n -> n.toLast(n.onnx("DepthToSpace", new Object[] {"blocksize", (long) n.option(0, 1), "mode", "DCR"}, n.toFirst(n.need(0)))));
        add(26, n -> n.toLast(n.onnx("SpaceToDepth", new Object[] {"blocksize", (long) n.option(0, 1)}, n.toFirst(n.need(0)))));
        add(37, TfliteSpace::fromBatches);
        add(38, TfliteSpace::toBatches);
        add(67, n -> n.activate(transposed(n, n.need(2), n.need(1), n.has(3) ? n.need(3) : null, n.dims(n.need(0)), n.small(0), new int[] {n.option(2, 1), n.option(1, 1)}), 3));
        add(132, TfliteSpace::volume);
        add(141, n -> n.activate(transposed(n, n.need(2), n.transpose(n.need(1), 3, 0, 1, 2, 4), n.has(3) ? n.need(3) : null, n.dims(n.need(0)), n.small(0),
                new int[] {n.option(1, 1), n.option(3, 1), n.option(2, 1)}), 4));
        // MediaPipe's, whose attributes are three integers: padding (1: same), strides across and down
        TfliteTable.custom("Convolution2DTransposeBias", n -> {
            ByteBuffer a = n.custom();
            if (a.remaining() < 12) {
                throw new LatheException("", "its attributes have " + a.remaining() + " bytes, not 12");
            }
            int mode = a.getInt(0) == 1 ? SAME : 1;
            int[] strides = {a.getInt(8), a.getInt(4)};
            Value x = n.need(0);
            List<Dim> shape = new ArrayList<>(List.of(x.dim(0)));
            for (int i = 0; i < 2; i++) {
                Dim steps = x.dim(1 + i).minus(1);
                Dim full = steps.times(strides[i]).plus(n.need(1).dim(1 + i));
                Dim over = n.need(1).dim(1 + i).minus(1).minus(steps.mod(Dim.of(strides[i]))).max(Dim.ZERO);
                shape.add(mode == SAME ? full.minus(over) : full);
            }
            return transposed(n, x, n.need(1), n.has(2) ? n.need(2) : null, shape, mode, strides);
        });
    }

    private static Value resize(TfliteNode n, String mode, boolean align, boolean half) {
        Value x = n.toFirst(n.need(0));
        List<Dim> size = n.dims(n.need(1));
        // nearest: with half pixels the place below, with aligned corners the nearest one, the later of two
        Object[] attrs = {"mode", mode, "coordinate_transformation_mode", align ? "align_corners" : half ? "half_pixel" : "asymmetric",
            "nearest_mode", align || half ? "round_prefer_ceil" : "floor"};
        return n.toLast(n.onnx("Resize", attrs, x, null, null, n.b().dims(List.of(x.dim(0), x.dim(1), size.get(0), size.get(1)))));
    }

    /** @param w [O, H, W, C], or with more axes of space; @param shape of the result, channels last */
    private static Value transposed(TfliteNode n, Value operand, Value w, Value bias, List<Dim> shape, int mode, int[] strides) {
        Value x = n.toFirst(operand);
        int d = strides.length;
        // input channels stand first
        Value turned = d == 2 ? n.transpose(w, 3, 0, 1, 2) : n.transpose(w, 4, 0, 1, 2, 3);
        int[] pads = new int[2 * d];
        int[] more = new int[d];
        for (int i = 0; i < d; i++) {
            Dim full = x.dim(2 + i).minus(1).times(strides[i]).plus(turned.dim(2 + i));
            Dim over = full.minus(shape.get(1 + i));
            // the operand may only come with the call; what the model declares of the result is what its interpreters for small devices go by
            if (!over.isConst() && full.isConst() && n.shape().length == d + 2) {
                over = full.minus(n.shape()[1 + i]);
            }
            if (!over.isConst()) {
                throw new LatheException("", "how much larger the result is than the operand must be known", "give static shapes with --shape");
            }
            int o = Math.toIntExact(over.value());
            pads[i] = mode == SAME ? Math.max(0, o / 2) : 0;
            pads[d + i] = Math.max(0, o - pads[i]);
            more[i] = Math.max(0, pads[i] - o);
        }
        return n.toLast(n.onnx("ConvTranspose", new Object[] {"strides", strides, "pads", pads, "output_padding", more}, x, turned, bias));
    }

    private static Value volume(TfliteNode n) {
        Value x = n.toFirst(n.need(0));
        // [D, H, W, I, O]
        Value w = n.transpose(n.need(1), 4, 3, 0, 1, 2);
        Object[] attrs = {"auto_pad", TfliteTable.padding(n), "strides", new int[] {n.option(1, 1), n.option(3, 1), n.option(2, 1)},
            "dilations", new int[] {n.option(5, 1), n.option(7, 1), n.option(6, 1)}, "group", x.dim(1).floorDiv(w.dim(1)).value()};
        return n.activate(n.toLast(n.onnx("Conv", attrs, x, w, n.has(2) ? n.need(2) : null)), 4);
    }

    private static int[] perm(int rank) {
        int[] r = new int[rank];
        Arrays.setAll(r, i -> i);
        return r;
    }

    /** Every block's positions become images of their own, in front of the batch. */
    private static Value toBatches(TfliteNode n) {
        long[] block = n.numbers(1, "the blocks");
        List<Dim> p = n.dims(n.reshape(n.need(2), n.need(2).tensor().size()));
        Value x = n.need(0);
        int m = block.length;
        List<Dim> before = new ArrayList<>();
        List<Dim> after = new ArrayList<>();
        for (int i = 0; i < x.rank(); i++) {
            boolean space = i > 0 && i <= m;
            before.add(space ? p.get(2 * i - 2) : Dim.ZERO);
            after.add(space ? p.get(2 * i - 1) : Dim.ZERO);
        }
        x = n.op("pad", Attrs.of("before", before, "after", after, "mode", "constant"), x);
        List<Dim> apart = new ArrayList<>(List.of(x.dim(0)));
        List<Dim> dims = new ArrayList<>(List.of(x.dim(0).times(Arrays.stream(block).reduce(1, Math::multiplyExact))));
        for (int i = 0; i < m; i++) {
            Dim blocks = exact(x.dim(1 + i), block[i]);
            apart.add(blocks);
            apart.add(Dim.of(block[i]));
            dims.add(blocks);
        }
        for (int i = 1 + m; i < x.rank(); i++) {
            apart.add(x.dim(i));
            dims.add(x.dim(i));
        }
        int[] perm = perm(apart.size());
        perm[m] = 0;
        for (int i = 0; i < m; i++) {
            perm[i] = 2 + 2 * i;
            perm[m + 1 + i] = 1 + 2 * i;
        }
        return n.reshape(n.transpose(n.reshape(x, apart), perm), dims);
    }

    private static Value fromBatches(TfliteNode n) {
        long[] block = n.numbers(1, "the blocks");
        List<Dim> crops = n.dims(n.reshape(n.need(2), n.need(2).tensor().size()));
        Value x = n.need(0);
        int m = block.length;
        Dim images = exact(x.dim(0), Arrays.stream(block).reduce(1, Math::multiplyExact));
        List<Dim> apart = new ArrayList<>();
        Arrays.stream(block).forEach(k -> apart.add(Dim.of(k)));
        apart.add(images);
        List<Dim> dims = new ArrayList<>(List.of(images));
        for (int i = 1; i < x.rank(); i++) {
            apart.add(x.dim(i));
            dims.add(i <= m ? x.dim(i).times(block[i - 1]) : x.dim(i));
        }
        int[] perm = perm(apart.size());
        perm[0] = m;
        for (int i = 0; i < m; i++) {
            perm[1 + 2 * i] = m + 1 + i;
            perm[2 + 2 * i] = i;
        }
        Value y = n.reshape(n.transpose(n.reshape(x, apart), perm), dims);
        for (int i = 0; i < m; i++) {
            Dim size = y.dim(1 + i).minus(crops.get(2 * i)).minus(crops.get(2 * i + 1));
            y = size.equals(y.dim(1 + i)) ? y : n.part(y, 1 + i, crops.get(2 * i), size);
        }
        return y;
    }

    private static Dim exact(Dim d, long by) {
        Dim r = d.divideExact(Dim.of(by));
        return r == null ? d.floorDiv(by) : r;
    }
}
