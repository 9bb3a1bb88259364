package dev.lathe.runtime;

import java.nio.FloatBuffer;

/**
 * A look at an output without copying it. Read-only, and valid until its session runs again or is closed: every later
 * read throws {@link StaleViewException}.
 */
public final class TensorView {
    private final Session session;
    private final long epoch;
    private final ElementType type;
    private final int[] shape;
    private final Object array;
    private final int offset;
    private final int count;
    private final String name;

    TensorView(Session session, long epoch, OutputSlot out) {
        this.session = session;
        this.epoch = epoch;
        this.type = out.spec.type();
        this.name = out.spec.name();
        if (out.whole) {
            Tensor t = out.tensor();
            this.shape = t.shape();
            this.array = t.array();
            this.offset = 0;
            this.count = java.lang.reflect.Array.getLength(array);
        } else {
            this.shape = out.shape.clone();
            this.array = out.array;
            this.offset = out.offset;
            this.count = out.count;
        }
    }

    private void check() {
        if (session.epoch() != epoch) {
            throw new StaleViewException("the view of output '" + name + "' is no longer valid: its session has run again or was closed;"
                    + " read views before that, or take a copy with output()");
        }
    }

    private int at(int i) {
        check();
        if (i < 0 || i >= count) {
            throw new IndexOutOfBoundsException("element " + i + " of output '" + name + "', which has " + count);
        }
        return offset + i;
    }

    public ElementType type() {
        return type;
    }

    /** A copy of the dimensions. */
    public int[] shape() {
        return shape.clone();
    }

    /** Number of array elements: the product of the dimensions, twice that for complex types. */
    public int size() {
        return count;
    }

    /** Element {@code i}, counted row major, of a type held as float. */
    public float getFloat(int i) {
        return ((float[]) array)[at(i)];
    }

    /** Element {@code i} of a type held as double. */
    public double getDouble(int i) {
        return ((double[]) array)[at(i)];
    }

    /** Element {@code i} of a type held as int. */
    public int getInt(int i) {
        return ((int[]) array)[at(i)];
    }

    /** Element {@code i} of a type held as long. */
    public long getLong(int i) {
        return ((long[]) array)[at(i)];
    }

    /** Element {@code i} of a str tensor. */
    public String getString(int i) {
        return (String) ((Object[]) array)[at(i)];
    }

    /** Copies all elements to the beginning of an array of the type's storage and returns how many. */
    public int copyTo(Object to) {
        check();
        System.arraycopy(array, offset, to, 0, count);
        // a run that began meanwhile may have overwritten some
        check();
        return count;
    }

    /** Puts all elements of a type held as float. */
    public void copyTo(FloatBuffer to) {
        check();
        to.put((float[]) array, offset, count);
        check();
    }

    /** A copy. */
    public Tensor toTensor() {
        check();
        Tensor t = Tensor.owning(type, Tensor.copy(array, offset, count), shape);
        check();
        return t;
    }

    @Override
    public String toString() {
        return "view of " + name + ": " + type.text() + java.util.Arrays.toString(shape);
    }
}
