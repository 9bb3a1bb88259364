package dev.lathe.compiler.mnn;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.flat.FlatTable;
import dev.lathe.compiler.tensor.FileBytes;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.NarrowFloats;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** An operator's weights as floats: stored as they are, as halves, or quantised; in the model or in a file beside it. */
public final class MnnWeights {
    private static final int CODES = 1;
    private static final int SPARSE = 2;
    private static final int HALF = 3;
    private static final int BYTES = 4;

    private final Path model;
    private final String externalPath;

    MnnWeights(Path model, String externalPath) {
        this.model = model;
        this.externalPath = externalPath;
    }

    /** Weights and bias of a layer; each empty when the model has none. */
    public record Layer(float[] weight, float[] bias) {}

    /** @param quant the position of the table of quantisation, -1 for none; @param external that of the places in another file, or -1 */
    public Layer layer(FlatTable t, int weight, int bias, int quant, int external) {
        float[] w = t.floats(weight);
        float[] b = t.floats(bias);
        FlatTable q = quant < 0 ? null : t.table(quant);
        long[] places = external < 0 ? new long[0] : t.longs(external);
        if (q != null) {
            return quantised(q, w, b, places);
        }
        if (places.length >= 2 && w.length == 0) {
            w = floats(external(places[0], places[1]));
            b = b.length == 0 && places.length > 2 ? floats(external(places[0] + places[1], places[2])) : b;
        }
        return new Layer(w, b);
    }

    private Layer quantised(FlatTable q, float[] plain, float[] bias, long[] places) {
        boolean halves = q.int8(15, 0) == 1;
        ByteBuffer data = q.bytes(0);
        float[] scales = halves ? halves(q.bytes(14, 2)) : q.floats(1);
        float[] b = bias;
        if (places.length >= 3 && !data.hasRemaining()) {
            long at = places[0];
            data = external(at, places[1]);
            ByteBuffer s = external(at + places[1], places[2]);
            scales = halves ? halves(s) : floats(s);
            if (b.length == 0 && places.length > 3) {
                b = floats(external(at + places[1] + places[2], places[3]));
            }
        }
        int kind = q.int32(2, 0);
        if (kind == HALF) {
            return new Layer(halves(data), b);
        }
        if (q.ints(13).length > 0) {
            return new Layer(scattered(q, scales), b);
        }
        if (!data.hasRemaining()) {
            return new Layer(plain, b);
        }
        boolean wide = q.flag(11);
        byte[] codes = switch (kind) {
            case CODES -> WeightCodes.dense(data, wide);
            case SPARSE -> WeightCodes.sparse(data, wide, scales);
            case BYTES -> {
                byte[] r = new byte[data.remaining()];
                data.get(r);
                yield r;
            }
            default -> throw new LatheException("", "weights are stored in form " + kind + ", which is not known");
        };
        return new Layer(dequantised(q, kind, codes, scales), b);
    }

    private static float[] scattered(FlatTable q, float[] values) {
        int[] index = q.ints(13);
        int size = q.int32(12, 0);
        if (size < 0 || size > WeightCodes.MOST || index.length != values.length) {
            throw new LatheException("", index.length + " places for " + values.length + " weights");
        }
        float[] r = new float[size];
        for (int i = 0; i < index.length; i++) {
            r[index[i]] = values[i];
        }
        return r;
    }

    // each scale (and least value) belongs to a run of weights of the same length
    private static float[] dequantised(FlatTable q, int kind, byte[] codes, float[] scales) {
        float factor = q.real(4, 0);
        boolean early = kind == BYTES && q.int32(8, 0) == 0 && Math.abs(factor) < 1e-6;
        boolean shifted = q.int32(9, 0) != 0 || early;
        factor = factor == 0 || q.flag(10) ? 1 : factor;
        int runs = shifted ? scales.length / 2 : scales.length;
        if (runs == 0 || codes.length % runs != 0) {
            throw new LatheException("", scales.length + " scales don't fit " + codes.length + " quantised weights");
        }
        float least = q.int32(8, 0) == 0 ? -128 : Math.min(q.int32(8, 0), 0);
        int length = codes.length / runs;
        float[] r = new float[codes.length];
        for (int i = 0; i < r.length; i++) {
            int run = i / length;
            float scale = shifted ? scales[2 * run + 1] : scales[run];
            float from = shifted ? scales[2 * run] - least * scale : 0;
            r[i] = codes[i] * (scale * factor) + from * factor;
        }
        return r;
    }

    // ---- bytes --------------------------------------------------------------------------------------------------

    ByteBuffer external(long at, long size) {
        Path file = model.resolveSibling(model.getFileName() + ".weight");
        if (!Files.isRegularFile(file) && !externalPath.isEmpty()) {
            // a name only: a model leads to no files elsewhere
            file = model.resolveSibling(externalPath.substring(1 + Math.max(externalPath.lastIndexOf('/'), externalPath.lastIndexOf('\\'))));
        }
        if (!Files.isRegularFile(file)) {
            throw new LatheException("", "its weights stand in another file, " + file.getFileName() + ", which is not beside the model",
                    "put it into the model's folder");
        }
        long all = FileBytes.size(file);
        if (at < 0 || size < 0 || at > all || size > all - at) {
            throw new LatheException(file.toString(), "the file is truncated or another model's: it has " + all + " bytes, and " + size + " are wanted from byte " + at);
        }
        return FileBytes.region(file, at, size);
    }

    static float[] floats(ByteBuffer bytes) {
        float[] r = new float[bytes.remaining() / 4];
        bytes.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(r);
        return r;
    }

    static float[] halves(ByteBuffer bytes) {
        ByteBuffer b = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        float[] r = new float[b.remaining() / 2];
        for (int i = 0; i < r.length; i++) {
            r[i] = NarrowFloats.decode(ElementType.F16, b.getShort() & 0xffff);
        }
        return r;
    }

    /** {@code data}, which must have {@code size} elements; zeros when it is empty and {@code optional}. */
    public static float[] sized(float[] data, int size, String what, boolean optional) {
        if (data.length == 0 && optional) {
            return new float[size];
        }
        if (data.length == 0) {
            throw new LatheException("", "the file holds no " + what, "convert the model again with its weights (a model for benchmarks has none)");
        }
        if (data.length != size) {
            throw new LatheException("", data.length + " numbers of " + what + " where there should be " + size + ": the file is damaged");
        }
        return Arrays.copyOf(data, size);
    }
}
