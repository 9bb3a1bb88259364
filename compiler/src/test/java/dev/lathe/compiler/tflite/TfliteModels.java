package dev.lathe.compiler.tflite;

import dev.lathe.compiler.flat.FlatWriter;
import dev.lathe.compiler.flat.FlatWriter.Table;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Small models in TensorFlow Lite's format. */
public final class TfliteModels {
    static final byte F32 = 0;
    static final byte I8 = 9;
    static final byte I32 = 2;

    private TfliteModels() {}

    /** Sound models, for those that damage them. */
    public static List<byte[]> all() {
        byte[] depthwise = model(4, new Table((byte) 1, 1, 1, 1), FlatWriter.bytes(1, 10, 2, 20), tensor("x", F32, 0, null, 1, 1, 2, 2),
                tensor("w", F32, 1, null, 1, 1, 2, 2), tensor("y", F32, 0, null, 1, 1, 1, 2));
        byte[] mean = model(40, new Table(true), new byte[] {1, 0, 0, 0, 2, 0, 0, 0}, tensor("x", F32, 0, null, 1, 2, 2, 1), tensor("a", (byte) 2, 1, null, 2),
                tensor("y", F32, 0, null, 1, 1, 1, 1));
        byte[] part = model(45, new Table(0, 0, 1, 2, 4), List.of(ints(0, 0, 1), ints(0, 0, 2), ints(1, 1, 1)), tensor("x", F32, 0, null, 1, 2, 3),
                tensor("b", I32, 1, null, 3), tensor("e", I32, 2, null, 3), tensor("s", I32, 3, null, 3), tensor("y", F32, 0, null, 1, 2, 1));
        byte[] blocks = model(38, null, List.of(ints(2, 2), ints(0, 0, 0, 1)), tensor("x", F32, 0, null, 1, 2, 3, 1), tensor("b", I32, 1, null, 2),
                tensor("p", I32, 2, null, 2, 2), tensor("y", F32, 0, null, 4, 1, 2, 1));
        return List.of(convolution(), depthwise, quantised(), mean, part, blocks, TfliteMoreTest.control(), TfliteMoreTest.sparse());
    }

    static byte[] ints(int... values) {
        ByteBuffer b = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        Arrays.stream(values).forEach(b::putInt);
        return b.array();
    }

    static Table tensor(String name, byte type, int buffer, Table quant, int... shape) {
        return new Table(shape, type, buffer, name, quant);
    }

    static Table quant(float scale, long zero) {
        return new Table(null, null, new float[] {scale}, new long[] {zero});
    }

    /** A model of one operator; tensor 0 is the input, the last the output. */
    static byte[] model(int code, Table options, byte[] weights, Table... tensors) {
        return model(code, options, List.of(weights), tensors);
    }

    /** As the other; buffer 0 is empty, buffer i + 1 is {@code weights.get(i)}. */
    static byte[] model(int code, Table options, List<byte[]> weights, Table... tensors) {
        int[] in = new int[tensors.length - 1];
        Arrays.setAll(in, i -> i);
        Table op = new Table(0, in, new int[] {tensors.length - 1}, (byte) 1, options);
        Table graph = new Table(List.of(tensors), new int[] {0}, new int[] {tensors.length - 1}, List.of(op));
        Table codes = new Table((byte) Math.min(code, 127), null, null, code);
        List<Table> buffers = new ArrayList<>(List.of(new Table()));
        weights.forEach(w -> buffers.add(new Table((Object) w)));
        return FlatWriter.model(new Table(3, List.of(codes), List.of(graph), null, buffers));
    }

    /** A matrix of bytes. */
    public static byte[] quantised() {
        return model(9, new Table(), new byte[] {2, -4, 6, 8}, tensor("x", I8, 0, quant(0.5f, 1), 1, 2), tensor("w", I8, 1, quant(0.25f, 0), 2, 2),
                tensor("y", I8, 0, quant(0.1f, -3), 1, 2));
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
