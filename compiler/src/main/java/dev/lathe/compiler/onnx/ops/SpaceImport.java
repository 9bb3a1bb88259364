package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ImportTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.NodeImport;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** Rearrangement between channels, columns and space; bits and determinants. */
public final class SpaceImport {
    private SpaceImport() {}

    public static void register() {
        add("DepthToSpace", SpaceImport::depthToSpace);
        add("SpaceToDepth", SpaceImport::spaceToDepth);
        add("Col2Im", SpaceImport::columnsToImage);
        add("CenterCropPad", SpaceImport::centre);
        add("Det", n -> n.out(n.op("det", n.need(0))));
        add("BitCast", n -> {
            ElementType to = n.type("to", n.elem(0));
            n.out(to == n.elem(0) ? n.op("identity", n.need(0)) : n.op("bitcast", Attrs.of("to", to), n.need(0)));
        });
    }

    private static void depthToSpace(NodeImport n) {
        Calc c = new Calc(n);
        Value x = n.need(0);
        Dim b = Dim.of(n.integer("blocksize", 1));
        Dim rest = x.dim(1).floorDiv(b.times(b));
        boolean blocksFirst = n.text("mode", "DCR").equals("DCR");
        Value y = blocksFirst
                ? c.transpose(c.reshape(x, x.dim(0), b, b, rest, x.dim(2), x.dim(3)), 0, 3, 4, 1, 5, 2)
                : c.transpose(c.reshape(x, x.dim(0), rest, b, b, x.dim(2), x.dim(3)), 0, 1, 4, 2, 5, 3);
        n.out(c.reshape(y, x.dim(0), rest, x.dim(2).times(b), x.dim(3).times(b)));
    }

    private static void spaceToDepth(NodeImport n) {
        Calc c = new Calc(n);
        Value x = n.need(0);
        Dim b = Dim.of(n.integer("blocksize", 1));
        Dim h = x.dim(2).floorDiv(b);
        Dim w = x.dim(3).floorDiv(b);
        boolean blocksFirst = n.opset() < 28 || n.text("mode", "DCR").equals("DCR");
        Value blocks = c.reshape(x, x.dim(0), x.dim(1), h, b, w, b);
        Value y = blocksFirst ? c.transpose(blocks, 0, 3, 5, 1, 2, 4) : c.transpose(blocks, 0, 1, 3, 5, 2, 4);
        n.out(c.reshape(y, x.dim(0), x.dim(1).times(b).times(b), h, w));
    }

    // each element of a column is added to the place in the padded image that it was taken from
    private static void columnsToImage(NodeImport n) {
        Calc c = new Calc(n);
        Value x = n.need(0);
        int d = n.need(1).tensor().size().isConst() ? n.need(1).tensor().size().intValue() : new LateAxes(n).declaredRank() - 2;
        List<Dim> image = c.dims(n.need(1), d);
        List<Dim> block = c.dims(n.need(2), d);
        int[] dil = NeuralImport.orOnes(n, "dilations", d);
        int[] strides = NeuralImport.orOnes(n, "strides", d);
        int[] pads = n.hasAttr("pads") ? n.ints("pads") : new int[2 * d];
        List<Dim> padded = new ArrayList<>();
        for (int i = 0; i < d; i++) {
            padded.add(image.get(i).plus(pads[i] + pads[d + i]));
        }
        List<Dim> step = LateAxes.strides(padded);
        List<Dim> places = new ArrayList<>(block);
        Value at = null;
        for (int i = 0; i < d; i++) {
            Dim windows = padded.get(i).minus(block.get(i).minus(1).times(dil[i])).minus(1).floorDiv(strides[i]).plus(1);
            places.add(windows);
            Value tap = c.mul(c.iota(block.get(i), ElementType.I64, i, 2 * d), dil[i]);
            Value first = c.mul(c.iota(windows, ElementType.I64, d + i, 2 * d), strides[i]);
            Value here = c.mul(c.add(tap, first), c.dim(step.get(i)));
            at = at == null ? here : c.add(at, here);
        }
        Dim count = Dim.product(places);
        Dim channels = x.dim(1).floorDiv(Dim.product(block));
        Dim rows = x.dim(0).times(channels);
        Value index = c.expand(c.reshape(at, Dim.ONE, count), List.of(rows, count));
        Value zeros = n.op("expand", Attrs.of("dims", List.of(rows, Dim.product(padded))), n.like(0, 0));
        Value sum = n.op("scatter_elements", Attrs.of("axis", 1, "reduction", "add"), zeros, index, c.reshape(x, rows, count));
        List<Dim> dims = new ArrayList<>(List.of(x.dim(0), channels));
        dims.addAll(padded);
        Value y = c.reshape(sum, dims);
        for (int i = 0; i < d; i++) {
            y = pads[i] + pads[d + i] == 0 ? y : TensorImport.part(n, y, 2 + i, Dim.of(pads[i]), image.get(i));
        }
        n.out(y);
    }

    private static void centre(NodeImport n) {
        Calc c = new Calc(n);
        Value x = n.need(0);
        int rank = x.rank();
        int[] axes = new int[rank];
        Arrays.setAll(axes, i -> i);
        axes = n.hasAttr("axes") ? Arrays.stream(n.ints("axes")).map(a -> n.axis(a, rank)).toArray() : axes;
        List<Dim> want = c.dims(n.need(1), axes.length);
        List<Dim> before = new ArrayList<>(Collections.nCopies(rank, Dim.ZERO));
        List<Dim> after = new ArrayList<>(before);
        for (int i = 0; i < axes.length; i++) {
            Dim more = want.get(i).minus(x.dim(axes[i]));
            // half of what is missing or too much, rounded down, comes before
            Dim first = more.max(Dim.ZERO).floorDiv(2).minus(more.times(-1).max(Dim.ZERO).floorDiv(2));
            before.set(axes[i], first);
            after.set(axes[i], more.minus(first));
        }
        Value y = n.op("pad", Attrs.of("before", before, "after", after, "mode", "constant"), x);
        n.out(y);
    }

}
