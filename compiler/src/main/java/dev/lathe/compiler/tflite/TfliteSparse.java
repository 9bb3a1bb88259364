package dev.lathe.compiler.tflite;

import dev.lathe.compiler.flat.FlatTable;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.compiler.tensor.TensorBytes;
import dev.lathe.runtime.ElementType;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Weights of which only some elements stand in the file. Dimensions, and those of blocks within them, are walked in an order that
 * the file gives; at each a level is dense, or lists the places that are there.
 */
final class TfliteSparse {
    private static final int DENSE = 0;

    private final int[] order;
    private final int[] blocked;
    private final List<FlatTable> levels;
    private final int[] dims;
    private final int[] sizes;
    private final Tensor stored;
    private final float[] out;
    private final int[] at;

    private TfliteSparse(FlatTable sparsity, int[] dims, Tensor stored, float[] out) {
        this.order = sparsity.ints(0);
        this.blocked = sparsity.ints(1);
        this.levels = sparsity.tables(2);
        this.dims = dims;
        this.stored = stored;
        this.out = out;
        this.at = new int[dims.length + blocked.length];
        this.sizes = new int[at.length];
        if (order.length != at.length || levels.size() != at.length) {
            throw new IllegalArgumentException("its sparse form has " + levels.size() + " levels for " + at.length + " dimensions");
        }
        for (int i = 0; i < order.length; i++) {
            sizes[order[i]] = levels.get(i).int32(1, 0);
        }
    }

    /** All elements; those that don't stand in the file are 0. */
    static Tensor dense(FlatTable sparsity, ElementType type, int[] dims, ByteBuffer data) {
        int bytes = Math.toIntExact(TensorBytes.size(type, 1));
        Tensor stored = TensorBytes.decode(type, new int[] {data.remaining() / Math.max(1, bytes)}, data);
        int size = 1;
        for (int d : dims) {
            size = Math.multiplyExact(size, d);
        }
        float[] all = new float[size];
        new TfliteSparse(sparsity, dims, stored, all).walk(0, 0);
        if (type.isFloat()) {
            return new Tensor(type, dims, all);
        }
        int[] whole = new int[size];
        for (int i = 0; i < size; i++) {
            whole[i] = (int) all[i];
        }
        return new Tensor(type, dims, whole);
    }

    private void walk(int level, int position) {
        if (level == order.length) {
            put(position);
            return;
        }
        FlatTable l = levels.get(level);
        if (l.int8(0, 0) == DENSE) {
            int n = l.int32(1, 0);
            for (int i = 0; i < n; i++) {
                at[order[level]] = i;
                walk(level + 1, Math.addExact(Math.multiplyExact(position, n), i));
            }
            return;
        }
        int[] segments = numbers(l, 2);
        int[] indices = numbers(l, 4);
        for (int i = segments[position]; i < segments[position + 1]; i++) {
            at[order[level]] = indices[i];
            walk(level + 1, i);
        }
    }

    /** A list of numbers of 4, 2 or 1 bytes: its kind stands in one field, the list in the next. */
    private static int[] numbers(FlatTable level, int field) {
        int kind = level.int8(field, 0);
        FlatTable list = level.table(field + 1);
        if (list == null) {
            return new int[0];
        }
        if (kind == 1) {
            return list.ints(0);
        }
        int width = kind == 2 ? 2 : 1;
        ByteBuffer b = list.bytes(0, width);
        int[] r = new int[b.remaining() / width];
        for (int i = 0; i < r.length; i++) {
            r[i] = width == 2 ? b.getShort(2 * i) & 0xffff : b.get(i) & 0xff;
        }
        return r;
    }

    private void put(int position) {
        int flat = 0;
        for (int k = 0; k < dims.length; k++) {
            int place = at[k];
            for (int i = 0; i < blocked.length; i++) {
                if (blocked[i] == k) {
                    place = place * sizes[dims.length + i] + at[dims.length + i];
                }
            }
            if (place >= dims[k]) {
                throw new IllegalArgumentException("an element stands outside of it");
            }
            flat = flat * dims[k] + place;
        }
        out[flat] = (float) stored.number(position);
    }
}
