package dev.lathe.compiler.tflite;

import dev.lathe.compiler.flat.FlatWriter;
import dev.lathe.compiler.flat.FlatWriter.Table;
import java.util.Arrays;
import java.util.List;

/** Small models in TensorFlow Lite's format. */
public final class TfliteModels {
    static final byte F32 = 0;
    static final byte I8 = 9;

    private TfliteModels() {}

    /** Sound models, for those that damage them. */
    public static List<byte[]> all() {
        byte[] depthwise = model(4, new Table((byte) 1, 1, 1, 1), FlatWriter.bytes(1, 10, 2, 20), tensor("x", F32, 0, null, 1, 1, 2, 2),
                tensor("w", F32, 1, null, 1, 1, 2, 2), tensor("y", F32, 0, null, 1, 1, 1, 2));
        byte[] quantised = model(9, new Table(), new byte[] {2, -4, 6, 8}, tensor("x", I8, 0, quant(0.5f, 1), 1, 2), tensor("w", I8, 1, quant(0.25f, 0), 2, 2),
                tensor("y", I8, 0, quant(0.1f, -3), 1, 2));
        byte[] mean = model(40, new Table(true), new byte[] {1, 0, 0, 0, 2, 0, 0, 0}, tensor("x", F32, 0, null, 1, 2, 2, 1), tensor("a", (byte) 2, 1, null, 2),
                tensor("y", F32, 0, null, 1, 1, 1, 1));
        return List.of(convolution(), depthwise, quantised, mean);
    }

    static Table tensor(String name, byte type, int buffer, Table quant, int... shape) {
        return new Table(shape, type, buffer, name, quant);
    }

    static Table quant(float scale, long zero) {
        return new Table(null, null, new float[] {scale}, new long[] {zero});
    }

    /** A model of one operator; tensor 0 is the input, the last the output. */
    static byte[] model(int code, Table options, byte[] weights, Table... tensors) {
        int[] in = new int[tensors.length - 1];
        Arrays.setAll(in, i -> i);
        Table op = new Table(0, in, new int[] {tensors.length - 1}, (byte) 1, options);
        Table graph = new Table(List.of(tensors), new int[] {0}, new int[] {tensors.length - 1}, List.of(op));
        Table codes = new Table((byte) Math.min(code, 127), null, null, code);
        return FlatWriter.model(new Table(3, List.of(codes), List.of(graph), null, List.of(new Table(), new Table((Object) weights))));
    }

    static byte[] convolution() {
        // SAME, strides 2, relu6; two output channels: sum of the window, and its middle
        float[] w = new float[18];
        Arrays.fill(w, 0, 9, 1);
        w[13] = 1;
        return model(3, new Table((byte) 0, 2, 2, (byte) 3), FlatWriter.bytes(w), tensor("x", F32, 0, null, 1, 3, 3, 1), tensor("w", F32, 1, null, 2, 3, 3, 1),
                tensor("y", F32, 0, null, 1, 2, 2, 2));
    }
}
