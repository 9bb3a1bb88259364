package dev.lathe.runtime;

import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.Objects;

/**
 * A dense tensor that owns its elements, row major. What goes in is copied and what {@code toXxx} methods return is a
 * copy; only {@link #array()} gives the elements themselves.
 *
 * <p>The elements lie in the array that {@link ElementType#storage()} names: {@code float[]} for the floating-point
 * types up to 32 bits, {@code int[]} for integers up to 32 bits and bool (0 or 1), {@code long[]}, {@code double[]},
 * {@code String[]}. A complex element takes two.
 */
public final class Tensor implements Datum {
    private final ElementType type;
    private final int[] shape;
    private final Object array;

    private Tensor(ElementType type, int[] shape, Object array) {
        this.type = Objects.requireNonNull(type, "type");
        this.shape = shape;
        this.array = Objects.requireNonNull(array, "array");
        if (!type.storage().holds(array)) {
            throw new IllegalArgumentException("a tensor of " + type.text() + " holds " + type.storage().text()
                    + ", not " + array.getClass().getSimpleName());
        }
        long want = count(shape) * (type.isComplex() ? 2 : 1);
        int have = java.lang.reflect.Array.getLength(array);
        if (want != have) {
            throw new IllegalArgumentException("a tensor " + type.text() + Arrays.toString(shape) + " has " + want + " elements, not " + have);
        }
    }

    /** A tensor that takes over {@code array}, which nobody may write any more; for those who make a new array anyway. */
    public static Tensor owning(ElementType type, Object array, int... shape) {
        return new Tensor(type, shape.clone(), array);
    }

    /** A tensor of any type from a copy of the array that its storage names. */
    public static Tensor of(ElementType type, Object array, int... shape) {
        return new Tensor(type, shape.clone(), copy(array, 0, java.lang.reflect.Array.getLength(array)));
    }

    /** A zeroed tensor. */
    public static Tensor zeros(ElementType type, int... shape) {
        int n = Math.toIntExact(count(shape) * (type.isComplex() ? 2 : 1));
        Object a = type == ElementType.STR ? new String[n] : type.storage().allocate(n);
        if (a instanceof String[] s) {
            Arrays.fill(s, "");
        }
        return new Tensor(type, shape.clone(), a);
    }

    /** An f32 tensor. */
    public static Tensor ofFloats(float[] values, int... shape) {
        return of(ElementType.F32, values, shape);
    }

    /** An f64 tensor. */
    public static Tensor ofDoubles(double[] values, int... shape) {
        return of(ElementType.F64, values, shape);
    }

    /** An i32 tensor. */
    public static Tensor ofInts(int[] values, int... shape) {
        return of(ElementType.I32, values, shape);
    }

    /** An i64 tensor. */
    public static Tensor ofLongs(long[] values, int... shape) {
        return of(ElementType.I64, values, shape);
    }

    /** A bool tensor. */
    public static Tensor ofBooleans(boolean[] values, int... shape) {
        int[] a = new int[values.length];
        for (int i = 0; i < a.length; i++) {
            a[i] = values[i] ? 1 : 0;
        }
        return owning(ElementType.BOOL, a, shape);
    }

    /** An i8 tensor, or with {@code unsigned} a u8 tensor (images). */
    public static Tensor ofBytes(byte[] values, boolean unsigned, int... shape) {
        int[] a = new int[values.length];
        for (int i = 0; i < a.length; i++) {
            a[i] = unsigned ? values[i] & 255 : values[i];
        }
        return owning(unsigned ? ElementType.U8 : ElementType.I8, a, shape);
    }

    /** A tensor of strings. */
    public static Tensor ofStrings(String[] values, int... shape) {
        return of(ElementType.STR, values, shape);
    }

    /** An f32 tensor from what remains in a heap or direct buffer, whose position stays. */
    public static Tensor of(FloatBuffer values, int... shape) {
        return of(values, ElementType.F32, shape);
    }

    /** An f64 tensor from what remains in a buffer, whose position stays. */
    public static Tensor of(DoubleBuffer values, int... shape) {
        return of(values, ElementType.F64, shape);
    }

    /** An i32 tensor from what remains in a buffer, whose position stays. */
    public static Tensor of(IntBuffer values, int... shape) {
        return of(values, ElementType.I32, shape);
    }

    /** An i64 tensor from what remains in a buffer, whose position stays. */
    public static Tensor of(LongBuffer values, int... shape) {
        return of(values, ElementType.I64, shape);
    }

    private static Tensor of(Buffer values, ElementType type, int[] shape) {
        int n = values.remaining();
        Object a = type.storage().allocate(n);
        Source.copy(values, type, a, 0, n);
        return owning(type, a, shape);
    }

    /**
     * A tensor of any type but str from its elements' bytes as files hold them, in the buffer's byte order; elements
     * of fewer than 8 bits are packed, the first one lowest. The buffer's position stays.
     */
    public static Tensor ofBytes(ElementType type, ByteBuffer bytes, int... shape) {
        int n = Math.toIntExact(count(shape) * (type.isComplex() ? 2 : 1));
        if (bytes.remaining() != RawData.bytes(type, n)) {
            throw new IllegalArgumentException("a tensor " + type.text() + Arrays.toString(shape) + " takes " + RawData.bytes(type, n)
                    + " bytes, not " + bytes.remaining());
        }
        Object a = type.storage().allocate(n);
        RawData.decode(type, bytes, bytes.position(), a, 0, n);
        return owning(type, a, shape);
    }

    /** The elements' bytes as files hold them, little-endian; the inverse of {@link #ofBytes(ElementType, ByteBuffer, int...)}. */
    public ByteBuffer toBytes() {
        int n = java.lang.reflect.Array.getLength(array);
        ByteBuffer b = ByteBuffer.allocate(Math.toIntExact(RawData.bytes(type, n))).order(ByteOrder.LITTLE_ENDIAN);
        RawData.encode(type, array, 0, n, b);
        return b.flip();
    }

    public ElementType type() {
        return type;
    }

    /** A copy of the dimensions. */
    public int[] shape() {
        return shape.clone();
    }

    /** The dimensions themselves, not to be changed: setting an input allocates nothing. */
    int[] dims() {
        return shape;
    }

    public int rank() {
        return shape.length;
    }

    /** Dimension {@code axis}. */
    public int dim(int axis) {
        return shape[axis];
    }

    /** Number of elements, the product of the dimensions. */
    public int size() {
        return (int) count(shape);
    }

    /** The elements themselves, not a copy: write only to a tensor that nobody else has. */
    public Object array() {
        return array;
    }

    /** A copy of the elements; of a type held as {@code float[]}. */
    public float[] toFloats() {
        return as(float[].class).clone();
    }

    /** A copy of the elements; of a type held as {@code double[]}. */
    public double[] toDoubles() {
        return as(double[].class).clone();
    }

    /** A copy of the elements; of a type held as {@code int[]}. */
    public int[] toInts() {
        return as(int[].class).clone();
    }

    /** A copy of the elements; of a type held as {@code long[]}. */
    public long[] toLongs() {
        return as(long[].class).clone();
    }

    /** A copy of the elements of a str tensor. */
    public String[] toStrings() {
        Object[] a = as(Object[].class);
        return Arrays.copyOf(a, a.length, String[].class);
    }

    /** Element {@code i} of a real tensor, counted row major. */
    public double number(int i) {
        if (type == ElementType.STR) {
            throw new IllegalStateException("a string is not a number");
        }
        return java.lang.reflect.Array.getDouble(array, i);
    }

    /** The same elements under another shape. */
    public Tensor reshaped(int... newShape) {
        return new Tensor(type, newShape.clone(), array);
    }

    private <T> T as(Class<T> c) {
        if (!c.isInstance(array)) {
            throw new IllegalStateException("a tensor of " + type.text() + " holds " + array.getClass().getSimpleName() + ", not " + c.getSimpleName());
        }
        return c.cast(array);
    }

    /** The product of dimensions, none of them negative. */
    static long count(int[] dims) {
        long n = 1;
        for (int d : dims) {
            if (d < 0) {
                throw new IllegalArgumentException("a dimension is negative: " + Arrays.toString(dims));
            }
            n = Math.multiplyExact(n, (long) d);
        }
        return n;
    }

    /** A copy of part of an array of elements. */
    static Object copy(Object array, int from, int n) {
        Object a = java.lang.reflect.Array.newInstance(array.getClass().getComponentType(), n);
        System.arraycopy(array, from, a, 0, n);
        return a;
    }

    /** Same type, shape and elements; NaN equals NaN. */
    @Override
    public boolean equals(Object other) {
        return other instanceof Tensor t && type == t.type && Arrays.equals(shape, t.shape)
                && Arrays.deepEquals(new Object[] {array}, new Object[] {t.array});
    }

    @Override
    public int hashCode() {
        return 31 * type.hashCode() + Arrays.hashCode(shape);
    }

    @Override
    public String toString() {
        return type.text() + Arrays.toString(shape);
    }
}
