package dev.lathe.compiler.mnn;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.flat.FlatTable;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.compiler.tensor.TensorBytes;
import dev.lathe.runtime.ElementType;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Constants of a model. */
public final class Blobs {
    private Blobs() {}

    static Tensor read(FlatTable blob, MnnWeights files) {
        int[] dims = blob.ints(0);
        int type = blob.int32(2, 1);
        ElementType t = DataTypes.of(type);
        long count = Arrays.stream(dims).asLongStream().reduce(1, Math::multiplyExact);
        if (Arrays.stream(dims).anyMatch(d -> d < 0) || count > Integer.MAX_VALUE) {
            throw new LatheException("", "it is " + Arrays.toString(dims) + ": the file is damaged");
        }
        long[] places = blob.longs(8);
        if (type == DataTypes.HALF) {
            ByteBuffer bytes = places.length > 1 ? files.external(places[0], places[1]) : blob.bytes(3);
            return floats(dims, MnnWeights.halves(bytes), (int) count);
        }
        if (type == DataTypes.INT64 && blob.has(6)) {
            int[] r = Arrays.stream(blob.longs(6)).mapToInt(x -> (int) Math.max(Integer.MIN_VALUE, Math.min(Integer.MAX_VALUE, x))).toArray();
            return new Tensor(ElementType.I32, dims, sized(r, (int) count));
        }
        if (t == ElementType.F32) {
            return floats(dims, places.length > 1 ? MnnWeights.floats(files.external(places[0], places[1])) : blob.floats(7), (int) count);
        }
        if (t == ElementType.I32 && places.length < 2) {
            return new Tensor(t, dims, sized(blob.ints(5), (int) count));
        }
        ByteBuffer bytes = places.length > 1 ? files.external(places[0], places[1]) : blob.bytes(t == ElementType.I8 ? 4 : 3);
        return TensorBytes.decode(t, dims, bytes);
    }

    private static Tensor floats(int[] dims, float[] data, int count) {
        return new Tensor(ElementType.F32, dims, MnnWeights.sized(data, count, "values", count == 0));
    }

    private static int[] sized(int[] data, int count) {
        if (data.length != count) {
            throw new LatheException("", "it has " + data.length + " values where there should be " + count + ": the file is damaged");
        }
        return data;
    }
}
