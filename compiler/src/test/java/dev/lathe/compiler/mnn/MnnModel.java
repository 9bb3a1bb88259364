package dev.lathe.compiler.mnn;

import dev.lathe.compiler.formats.TwinWeights;
import dev.lathe.codegen.jar.JarContents;
import dev.lathe.codegen.jar.JarWriter;
import dev.lathe.compiler.CompilerOptions;
import dev.lathe.compiler.Lathe;
import dev.lathe.compiler.flat.FlatWriter;
import dev.lathe.compiler.flat.FlatWriter.Table;
import dev.lathe.runtime.Model;
import dev.lathe.runtime.ModelOptions;
import dev.lathe.runtime.Session;
import dev.lathe.runtime.Target;
import dev.lathe.runtime.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Writes small models as MNN does, operation by operation, and runs them. */
public final class MnnModel {
    private static final int AXIS = 4;
    private static final int BLOB = 7;
    private static final int CONVOLUTION = 9;
    private static final int INPUT = 21;
    private static final int RESHAPE = 55;

    private final List<String> names = new ArrayList<>();
    private final List<Table> ops = new ArrayList<>();

    /** Sound models, for those that damage them. */
    public static List<byte[]> all() {
        MnnModel floats = new MnnModel();
        int x = floats.input("x", 1, 1, 4, 4, 2);
        int y = floats.conv("c", common(2, 1, 2, 2, 2, true), new float[] {1, 1, 1, 1, -1, 0, 0, 1}, new float[2], floats.op("ConvertTensor", "f", new Table((byte) 1, (byte) 2), x));
        y = floats.op("Pooling", "p", new Table(1, 1, null, 2, 2, 2, 2, (byte) 1), y);
        floats.op("BinaryOp", "b", new Table(2), y, floats.op("Scale", "s", new Table(2, new float[] {2, 1}, new float[] {1, 0}), y));
        MnnModel small = new MnnModel();
        int v = small.quantised("q", common(1, 1, 1, 2, 2, false), quant(1, dense(new byte[] {-2, 0, 2, 5}, new int[] {2, 0, 2, 1}, 2, 2), new float[] {0.5f, 1}, false),
                small.input("x", 2, 1, 2, 2, 2));
        small.quantised("z", common(1, 1, 1, 2, 2, false), quant(2, sparse(new byte[] {-2, 2}, new int[] {0, 1, 1}, 3, new int[] {1, 0, 1}, 2, 2), new float[] {0.5f, 1}, false), v);
        MnnModel parts = new MnnModel();
        int w = parts.input("x", 0, 1, 2, 2, 2);
        w = parts.op("StridedSlice", "s", new Table(null, null, 4, 4, 1, 0, 2), w, parts.ints("b", 0, 1, 0), parts.ints("e", 0, 2, 0), parts.ints("t", 1, 1, -1));
        parts.axis("Softmax", "y", 1, parts.reshape("r", 0, w, 1, -1));
        MnnModel patches = new MnnModel();
        int p = patches.op("Im2Col", "c", new Table(common(2, 1, 1, 1, 1, false)), patches.input("x", 0, 1, 1, 3, 3));
        p = patches.op("Raster", "r", new Table(null, null, null, List.of(list("shape", 4, 4), list("region", 0, 0, 4, 1, 0, 0, 1, 4, 1, 4, 4))), p);
        patches.op("Col2Im", "y", new Table(common(2, 1, 1, 1, 1, false)), p, patches.ints("s", 3, 3));
        MnnModel boxes = new MnnModel();
        int scores = boxes.floats("s", new int[] {1, 2, 2}, 0, 0.9f, 0.3f, 0.8f);
        int anchors = boxes.floats("a", new int[] {2, 4}, 1, 1, 2, 2, 5, 5, 2, 2);
        boxes.several("DetectionPostProcess", "y", 4, new Table(2, 1, 1, 0.1f, 0.5f, 1, false, new float[] {1, 1, 1, 1}), boxes.input("x", 1, 1, 2, 4), scores, anchors);
        return List.of(floats.bytes(), small.bytes("z"), parts.bytes(), patches.bytes(), boxes.bytes());
    }

    /** An attribute of an operation that has them by name. */
    static Table list(String key, int... values) {
        return new Table(null, null, null, key, null, null, null, new Table(null, values));
    }

    /** The network of {@link TwinWeights}. */
    public static byte[] twin(TwinWeights w) {
        MnnModel m = new MnnModel();
        int r = m.conv("c", new Table(1, 1, 3, 3, 2, 2, 1, 1, (byte) 0, 1, 8, 3, true), w.conv(), w.convBias(), m.input("x", 2, 1, 3, 8, 8));
        Table depth = new Table(1, 1, 3, 3, 1, 1, 1, 1, (byte) 0, 8, 8, 8, false, true);
        int q = m.operation("ConvolutionDepthwise", CONVOLUTION, new Table(depth, w.depth(), w.depthBias()), "q", r);
        int u = m.op("Interp", "u", new Table(2f, 2f, null, null, 1), m.op("Pooling", "m", new Table(0, 0, null, 2, 2, 2, 2, (byte) 0), q));
        int a = m.op("Pooling", "a", new Table(null, null, true, null, null, null, null, (byte) 1), m.axis("Concat", "k", 1, q, u));
        m.axis("Softmax", "y", 1, m.op("InnerProduct", "l", new Table(5, 1, 80, w.full(), w.fullBias(), 1), a));
        return m.bytes("y");
    }

    private int operation(String type, int mainType, Table main, String name, int... in) {
        names.add(name);
        int out = names.size() - 1;
        ops.add(new Table(in.length == 0 ? null : in, main == null ? null : (byte) mainType, main, name, new int[] {out}, OpNames.number(type), (byte) 1));
        return out;
    }

    /** An operation of several results, the first of this name. */
    int several(String type, String name, int count, Table main, int... in) {
        int first = names.size();
        int[] out = new int[count];
        for (int i = 0; i < count; i++) {
            names.add(i == 0 ? name : name + i);
            out[i] = first + i;
        }
        ops.add(new Table(in, (byte) 100, main, name, out, OpNames.number(type), (byte) 1));
        return first;
    }

    /** @param layout 0: channels first, 1: last, 2: in fours */
    int input(String name, int layout, int... dims) {
        return operation("Input", INPUT, new Table(dims, 1, (byte) layout), name);
    }

    int ints(String name, int... values) {
        return operation("Const", BLOB, new Table(new int[] {values.length}, (byte) 0, 3, null, null, values), name);
    }

    int floats(String name, int[] dims, float... values) {
        return operation("Const", BLOB, new Table(dims, (byte) 0, 1, null, null, null, null, values), name);
    }

    /** Any operation; its attributes are of a kind that nobody asks for. */
    int op(String type, String name, Table main, int... in) {
        return operation(type, 100, main, name, in);
    }

    int axis(String type, String name, int axis, int... in) {
        return operation(type, AXIS, new Table(axis), name, in);
    }

    int reshape(String name, int layout, int x, int... dims) {
        return operation("Reshape", RESHAPE, new Table(dims, (byte) layout), name, x);
    }

    /** A square window without borders. */
    static Table common(int kernel, int stride, int group, int in, int out, boolean relu) {
        return new Table(0, 0, kernel, kernel, stride, stride, 1, 1, (byte) 0, group, out, in, relu);
    }

    int conv(String name, Table common, float[] weight, float[] bias, int x) {
        return operation("Convolution", CONVOLUTION, new Table(common, weight, bias), name, x);
    }

    /** A convolution whose weights are a table of quantisation. */
    int quantised(String name, Table common, Table quant, int x) {
        return operation("Convolution", CONVOLUTION, new Table(common, null, null, quant), name, x);
    }

    /** A convolution whose weights stand in a file beside the model. */
    int external(String name, Table common, long[] places, int x) {
        return operation("Convolution", CONVOLUTION, new Table(common, null, null, null, null, null, places), name, x);
    }

    byte[] bytes(String... outputs) {
        return FlatWriter.model(new Table("test", null, null, ops, outputs.length == 0 ? null : List.of(outputs), null, null, names), "");
    }

    Tensor run(Path dir, Tensor x) throws IOException {
        return runAll(dir, x).get(0);
    }

    /** All outputs, in the model's order. */
    List<Tensor> runAll(Path dir, Tensor x) throws IOException {
        Path file = Files.write(dir.resolve("m.bin"), bytes());
        JarContents jar = Lathe.compile(file, CompilerOptions.DEFAULT.withTargets(List.of(Target.PORTABLE)));
        try (Model m = Model.of(JarWriter.image(jar), jar.id(), ModelOptions.DEFAULT.withTarget(Target.PORTABLE)); Session s = m.newSession()) {
            s.set("x", x).run();
            return m.outputs().stream().map(o -> s.output(o.name())).toList();
        }
    }

    // ---- weights ------------------------------------------------------------------------------------------------

    /** Positions among {@code values}, which rise, in as few bits as will do. */
    static byte[] dense(byte[] values, int[] at, int... shape) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        shape(out, shape);
        out.write(values.length);
        out.writeBytes(values);
        pack(out, at, Math.max(1, 32 - Integer.numberOfLeadingZeros(values.length - 1)));
        return out.toByteArray();
    }

    /** Only some weights: how far each is from the one before, and its position among {@code values}. */
    static byte[] sparse(byte[] values, int[] steps, int stepBits, int[] at, int... shape) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        shape(out, shape);
        out.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(steps.length).array());
        out.write(stepBits);
        pack(out, steps, stepBits);
        out.write(values.length);
        out.writeBytes(values);
        pack(out, at, Math.max(1, 32 - Integer.numberOfLeadingZeros(values.length - 1)));
        return out.toByteArray();
    }

    private static void shape(ByteArrayOutputStream out, int... shape) {
        out.write(shape.length);
        Arrays.stream(shape).forEach(d -> out.writeBytes(new byte[] {(byte) d, (byte) (d >> 8)}));
    }

    private static void pack(ByteArrayOutputStream out, int[] values, int bits) {
        byte[] r = new byte[(values.length * bits + 7) / 8];
        int bit = 0;
        for (int v : values) {
            for (int k = bits - 1; k >= 0; k--, bit++) {
                r[bit / 8] |= (byte) ((v >> k & 1) << (7 - bit % 8));
            }
        }
        out.writeBytes(r);
    }

    /** @param kind 1: dense, 2: sparse, 3: halves, 4: bytes; @param shifted scales come with what stands for the least byte */
    static Table quant(int kind, byte[] data, float[] scales, boolean shifted) {
        return new Table(data, scales, kind, null, 1f, null, null, null, shifted ? -128 : 0, shifted ? 1 : 0);
    }
}
