package dev.lathe.compiler.mnn.ops;

import static dev.lathe.compiler.mnn.MnnTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.flat.FlatTable;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.mnn.Layout;
import dev.lathe.compiler.mnn.MnnNode;
import dev.lathe.compiler.mnn.MnnWeights;
import java.nio.ByteBuffer;

/** Layers of models that compute with bytes; the bytes are whole numbers of f32 here. */
public final class Int8Rows {
    private static final double LEAST = -127;
    private static final double MOST = 127;

    private Int8Rows() {}

    public static void register() {
        add("FloatToInt8", n -> {
            Value y = n.op("round", n.op("mul", n.need(0), scales(n, n.needMain())));
            return n.between(y, Math.max(LEAST, n.small(8, -128)), n.small(9, 127));
        });
        add("Int8ToFloat", n -> n.op("mul", n.need(0), scales(n, n.needMain())));
        add("ConvInt8", n -> convolution(n, false));
        add("DepthwiseConvInt8", n -> convolution(n, true));
        // a sum, whatever its attributes say
        add("EltwiseInt8", n -> {
            FlatTable[] of = {n.needMain().table(1), n.needMain().table(2), n.needMain().table(3)};
            if (of[0] == null || of[1] == null || of[2] == null) {
                throw n.unsupported("a sum without scales");
            }
            Value sum = n.op("add", n.op("mul", n.need(0), scales(n, of[0])), n.op("mul", n.as(1, n.layout(0)), scales(n, of[1])));
            Value y = n.between(n.op("mul", sum, scales(n, of[2])), LEAST, MOST);
            // towards zero
            return n.op("mul", n.op("sign", y), n.op("floor", n.op("abs", y)));
        });
    }

    private static Value scales(MnnNode n, FlatTable quant) {
        float[] s = quant.floats(3);
        if (s.length == 0 || quant.int8(6, 0) != 0 || quant.int8(7, 0) != 0) {
            throw n.unsupported("quantisation without scales, or whose zero is another number,");
        }
        return ElementRows.byChannel(n, s, s.length == 1);
    }

    private static Value convolution(MnnNode n, boolean depthwise) {
        FlatTable q = n.needMain().table(4);
        if (q == null || q.floats(2).length == 0) {
            throw n.unsupported("this kind of quantisation");
        }
        ConvRows.Window w = ConvRows.Window.of(n);
        ByteBuffer bytes = q.bytes(0);
        float[] weights = new float[bytes.remaining()];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = bytes.get();
        }
        int[] bias = q.ints(1);
        float[] b = new float[bias.length];
        for (int i = 0; i < b.length; i++) {
            b[i] = bias[i];
        }
        float[] scale = MnnWeights.sized(q.floats(2), w.outputs(), "scales", false);
        if (q.int8(6, 0) != 0 || q.int8(7, 0) != 0) {
            throw new LatheException("", "quantisation whose zero is another number is not supported");
        }
        Value x = n.as(0, Layout.FIRST);
        Value sum = ConvRows.apply(n, w, x, new MnnWeights.Layer(weights, b), depthwise);
        Value by = n.reshape(ConvRows.constant(n, scale, scale.length), Dim.ONE, Dim.of(scale.length), Dim.ONE, Dim.ONE);
        Value y = n.between(n.op("round", n.op("mul", sum, by)), LEAST, MOST);
        return n.likeInput(w.relu() || w.relu6() ? n.op("relu", y) : y);
    }
}
