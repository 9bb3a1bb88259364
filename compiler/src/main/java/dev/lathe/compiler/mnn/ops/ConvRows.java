package dev.lathe.compiler.mnn.ops;

import static dev.lathe.compiler.mnn.MnnTable.add;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.flat.FlatTable;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.mnn.Layout;
import dev.lathe.compiler.mnn.MnnNode;
import dev.lathe.compiler.mnn.MnnWeights;
import dev.lathe.compiler.tensor.Tensor;
import java.util.Arrays;

/** Convolutions and their transposes. */
public final class ConvRows {
    private ConvRows() {}

    public static void register() {
        add("Convolution", n -> convolution(n, false));
        add("ConvolutionDepthwise", n -> convolution(n, true));
        add("Convolution3D", n -> convolution(n, false));
        add("Deconvolution", n -> transposed(n, false));
        add("DeconvolutionDepthwise", n -> transposed(n, true));
        add("ConvTranspose3D", n -> transposed(n, false));
    }

    /** What both kinds of convolution say of themselves, space from the outermost axis on. */
    record Window(int[] kernel, int[] strides, int[] dilations, int[] pads, int padMode, int group, int outputs, boolean relu, boolean relu6, int[] outPads,
            boolean shaped) {
        static Window of(MnnNode n) {
            FlatTable c = n.needMain().table(0);
            if (c == null) {
                throw new LatheException("", "its attributes are missing");
            }
            if (n.type().endsWith("3D")) {
                return new Window(c.ints(2), c.ints(1), c.ints(0), c.ints(3), c.int8(4, 0), c.int32(9, 1), c.int32(6, 0), c.flag(7), c.flag(8), c.ints(10), c.flag(11));
            }
            int[] both = {c.int32(1, 0), c.int32(0, 0), c.int32(1, 0), c.int32(0, 0)};
            int[] pads = c.ints(14).length >= 4 ? Arrays.copyOf(c.ints(14), 4) : both;
            return new Window(new int[] {c.int32(3, 1), c.int32(2, 1)}, new int[] {c.int32(5, 1), c.int32(4, 1)}, new int[] {c.int32(7, 1), c.int32(6, 1)}, pads,
                    c.int8(8, 0), c.int32(9, 1), c.int32(10, 0), c.flag(12), c.flag(13), c.ints(15), c.flag(16));
        }

        int area() {
            long r = 1;
            for (int k : kernel) {
                r = Math.multiplyExact(r, k);
            }
            if (kernel.length == 0 || r <= 0) {
                throw new LatheException("", "a window of " + Arrays.toString(kernel) + ": the file is damaged");
            }
            return Math.toIntExact(r);
        }

        Object[] attributes(int group) {
            Object pads = padMode == 0 ? this.pads : padMode == 2 ? "SAME_UPPER" : "VALID";
            return new Object[] {"kernel_shape", kernel, "strides", strides, "dilations", dilations, padMode == 0 ? "pads" : "auto_pad", pads, "group", (long) group};
        }

        Value activate(MnnNode n, Value y) {
            return relu6 ? n.between(y, 0, 6) : relu ? n.op("relu", y) : y;
        }
    }

    static MnnWeights.Layer layer(MnnNode n) {
        boolean space = n.type().endsWith("3D");
        return n.weights().layer(n.needMain(), 1, 2, space ? -1 : 3, space ? 3 : 6);
    }

    static Value constant(MnnNode n, float[] data, int... dims) {
        return n.b().constant(Tensor.ofFloats(dims, data));
    }

    private static Value convolution(MnnNode n, boolean depthwise) {
        Window w = Window.of(n);
        Value x = n.as(0, Layout.FIRST);
        if (n.in().size() > 1) {
            Value weights = n.as(1, Layout.FIRST);
            int[] kernel = new int[weights.rank() - 2];
            Arrays.setAll(kernel, i -> weights.dim(2 + i).intValue());
            w = new Window(kernel, w.strides, w.dilations, w.pads, w.padMode, w.group, w.outputs, w.relu, w.relu6, w.outPads, w.shaped);
            long group = depthwise ? x.dim(1).value() : x.dim(1).isConst() ? x.dim(1).value() / weights.dim(1).value() : w.group;
            Value y = n.onnx("Conv", w.attributes((int) group), x, weights, n.has(2) ? n.reshape(n.need(2), weights.dim(0)) : null);
            return n.likeInput(w.activate(n, y));
        }
        MnnWeights.Layer layer = layer(n);
        return n.likeInput(w.activate(n, apply(n, w, x, layer, depthwise)));
    }

    /** The convolution with weights [O, I / groups, kernel...]. */
    static Value apply(MnnNode n, Window w, Value x, MnnWeights.Layer layer, boolean depthwise) {
        int out = w.outputs;
        if (out <= 0) {
            throw new LatheException("", "it has " + out + " output channels: the file is damaged");
        }
        float[] data = layer.weight();
        int inner = Math.max(1, data.length / out / w.area());
        int group = depthwise ? out / inner : x.dim(1).isConst() ? (int) Math.max(1, x.dim(1).value() / inner) : w.group;
        int[] dims = dims(out, inner, w.kernel);
        MnnWeights.sized(data, Math.multiplyExact(Math.multiplyExact(out, inner), w.area()), "weights", false);
        Value bias = layer.bias().length == 0 ? null : constant(n, MnnWeights.sized(layer.bias(), out, "bias", true), out);
        return n.onnx("Conv", w.attributes(group), x, constant(n, data, dims), bias);
    }

    private static int[] dims(int a, int b, int[] kernel) {
        int[] r = new int[2 + kernel.length];
        r[0] = a;
        r[1] = b;
        System.arraycopy(kernel, 0, r, 2, kernel.length);
        return r;
    }

    private static Value transposed(MnnNode n, boolean depthwise) {
        Window w = Window.of(n);
        Value x = n.as(0, Layout.FIRST);
        int d = w.kernel.length;
        Value weights;
        Value bias = null;
        int group;
        boolean given = n.in().size() > (w.shaped ? 2 : 1);
        if (given) {
            weights = n.as(1, Layout.FIRST);
            group = depthwise ? weights.dim(0).intValue() : w.group;
            bias = n.in().size() > (w.shaped ? 3 : 2) ? n.reshape(n.need(2), n.need(2).tensor().size()) : null;
        } else {
            MnnWeights.Layer layer = layer(n);
            int out = w.outputs;
            group = depthwise ? out : Math.max(1, w.group);
            int inner = Math.max(1, out / group);
            int in = Math.max(1, layer.weight().length / inner / w.area());
            MnnWeights.sized(layer.weight(), Math.multiplyExact(Math.multiplyExact(in, inner), w.area()), "weights", false);
            weights = constant(n, layer.weight(), dims(in, inner, w.kernel));
            bias = layer.bias().length == 0 ? null : constant(n, MnnWeights.sized(layer.bias(), out, "bias", true), out);
        }
        int[] pads = w.pads.clone();
        int[] more = new int[d];
        for (int i = 0; i < d; i++) {
            long reach = (long) w.dilations[i] * (weights.dim(2 + i).intValue() - 1) + 1;
            if (w.shaped) {
                long want = n.known(n.in().get(n.in().size() - 1), "the result's shape")[1 + i];
                long full = (x.dim(2 + i).value() - 1) * w.strides[i] + reach;
                cut(pads, more, i, d, full - want, w.padMode == 2 || w.padMode == 1);
            } else if (w.padMode == 2) {
                cut(pads, more, i, d, reach - w.strides[i], true);
            } else {
                more[i] = w.outPads.length > i ? w.outPads[i] : 0;
            }
        }
        Value y = n.onnx("ConvTranspose", new Object[] {"strides", w.strides, "dilations", w.dilations, "pads", pads, "output_padding", more, "group", (long) group},
                x, weights, bias);
        return n.likeInput(w.activate(n, y));
    }

    /** Takes {@code over} away from an axis of the result: half at its beginning, unless the model says how much. */
    private static void cut(int[] pads, int[] more, int axis, int d, long over, boolean half) {
        int o = Math.toIntExact(over);
        pads[axis] = half ? Math.max(0, o / 2) : pads[axis];
        int end = o - pads[axis];
        pads[d + axis] = Math.max(0, end);
        more[axis] = Math.max(0, -end);
    }
}
