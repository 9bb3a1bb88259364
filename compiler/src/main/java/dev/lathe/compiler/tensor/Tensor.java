package dev.lathe.compiler.tensor;

import dev.lathe.runtime.ElementType;
import java.util.Arrays;

/**
 * A constant or recorded tensor inside the compiler: element type, dimensions (row major) and the array that
 * {@link ElementType#storage()} names. Never changed after construction.
 *
 * @param data {@code float[]}, {@code double[]}, {@code int[]}, {@code long[]} or {@code String[]}; its length is the
 *     product of the dimensions (twice that for complex types)
 */
public record Tensor(ElementType type, int[] dims, Object data) {
    public Tensor {
        int want = Math.multiplyExact(count(dims), type.isComplex() ? 2 : 1);
        int have = java.lang.reflect.Array.getLength(data);
        if (want != have) {
            throw new IllegalArgumentException("a tensor " + type.text() + Arrays.toString(dims) + " has " + want + " elements, not " + have);
        }
    }

    /** The product of the dimensions. */
    public static int count(int[] dims) {
        int n = 1;
        for (int d : dims) {
            n = Math.multiplyExact(n, d);
        }
        return n;
    }

    public int size() {
        return count(dims);
    }

    public int rank() {
        return dims.length;
    }

    public float[] floats() {
        return (float[]) data;
    }

    public double[] doubles() {
        return (double[]) data;
    }

    public int[] ints() {
        return (int[]) data;
    }

    public long[] longs() {
        return (long[]) data;
    }

    public String[] strings() {
        return (String[]) data;
    }

    /** Element {@code i} of an integer or boolean tensor. */
    public long integer(int i) {
        return switch (type.storage()) {
            case I32 -> ints()[i];
            case I64 -> longs()[i];
            default -> throw new IllegalArgumentException(type.text() + " is not an integer type");
        };
    }

    /** Element {@code i} of a numeric tensor. */
    public double number(int i) {
        return switch (type.storage()) {
            case F32 -> floats()[i];
            case F64 -> doubles()[i];
            case I32 -> ints()[i];
            case I64 -> longs()[i];
            case REF -> throw new IllegalArgumentException("a string is not a number");
        };
    }

    /** All elements of an integer or boolean tensor. */
    public long[] integers() {
        long[] r = new long[size()];
        for (int i = 0; i < r.length; i++) {
            r[i] = integer(i);
        }
        return r;
    }

    public Tensor reshaped(int... newDims) {
        return new Tensor(type, newDims, data);
    }

    public static Tensor ofFloats(int[] dims, float... data) {
        return new Tensor(ElementType.F32, dims, data);
    }

    public static Tensor ofLongs(int[] dims, long... data) {
        return new Tensor(ElementType.I64, dims, data);
    }

    public static Tensor ofInts(int[] dims, int... data) {
        return new Tensor(ElementType.I32, dims, data);
    }

    @Override
    public String toString() {
        return type.text() + Arrays.toString(dims);
    }
}
