package dev.lathe.compiler.tflite;

import dev.lathe.compiler.formats.TwinWeights;
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

    /** The network of {@link TwinWeights}; images have their channels last. */
    public static byte[] twin(TwinWeights w) {
        List<Table> t = List.of(tensor("x", F32, 0, null, 1, 8, 8, 3), tensor("pads", I32, 1, null, 4, 2), tensor("z", F32, 0, null, 1, 10, 10, 3),
                tensor("w", F32, 2, null, 8, 3, 3, 3), tensor("b", F32, 3, null, 8), tensor("r", F32, 0, null, 1, 4, 4, 8), tensor("d", F32, 4, null, 1, 3, 3, 8),
                tensor("e", F32, 5, null, 8), tensor("q", F32, 0, null, 1, 4, 4, 8), tensor("m", F32, 0, null, 1, 2, 2, 8), tensor("size", I32, 6, null, 2),
                tensor("u", F32, 0, null, 1, 4, 4, 8), tensor("k", F32, 0, null, 1, 4, 4, 16), tensor("axes", I32, 7, null, 2), tensor("a", F32, 0, null, 1, 16),
                tensor("f", F32, 8, null, 5, 16), tensor("g", F32, 9, null, 5), tensor("l", F32, 0, null, 1, 5), tensor("y", F32, 0, null, 1, 5));
        return TfliteMoreTest.graphs(List.of(34, 3, 4, 17, 97, 2, 40, 9, 25), List.of(ints(0, 0, 1, 1, 1, 1, 0, 0), FlatWriter.bytes(TwinWeights.channelsLast(w.conv(), 8, 3, 9)),
                FlatWriter.bytes(w.convBias()), FlatWriter.bytes(TwinWeights.channelsLast(w.depth(), 1, 8, 9)), FlatWriter.bytes(w.depthBias()), ints(4, 4), ints(1, 2),
                FlatWriter.bytes(w.full()), FlatWriter.bytes(w.fullBias())), TfliteMoreTest.graph(t, new int[] {0}, new int[] {18},
                        TfliteMoreTest.op(0, null, new int[] {0, 1}, 2), TfliteMoreTest.op(1, new Table((byte) 1, 2, 2, (byte) 1), new int[] {2, 3, 4}, 5),
                        TfliteMoreTest.op(2, new Table((byte) 0, 1, 1, 1, (byte) 3), new int[] {5, 6, 7}, 8), TfliteMoreTest.op(3, new Table((byte) 1, 2, 2, 2, 2), new int[] {8}, 9),
                        TfliteMoreTest.op(4, new Table(false, false), new int[] {9, 10}, 11), TfliteMoreTest.op(5, new Table(3), new int[] {8, 11}, 12),
                        TfliteMoreTest.op(6, new Table(false), new int[] {12, 13}, 14), TfliteMoreTest.op(7, new Table(), new int[] {14, 15, 16}, 17),
                        TfliteMoreTest.op(8, new Table(1f), new int[] {17}, 18)));
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

    /** Floats that become bytes and floats again. */
    public static byte[] narrow() {
        return TfliteMoreTest.graphs(List.of(114, 6), List.of(), TfliteMoreTest.graph(List.of(tensor("x", F32, 0, null, 1, 2), tensor("q", I8, 0, quant(0.5f, 0), 1, 2),
                tensor("y", F32, 0, null, 1, 2)), new int[] {0}, new int[] {2}, TfliteMoreTest.op(0, null, new int[] {0}, 1), TfliteMoreTest.op(1, null, new int[] {1}, 2)));
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
