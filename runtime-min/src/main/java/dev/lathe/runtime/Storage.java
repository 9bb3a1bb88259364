package dev.lathe.runtime;

/** The Java array that holds a tensor's elements. */
public enum Storage {
    /** {@code float[]} */
    F32(float.class),
    /** {@code double[]} */
    F64(double.class),
    /** {@code int[]} */
    I32(int.class),
    /** {@code long[]} */
    I64(long.class),
    /** {@code Object[]}: strings, or a whole sequence, optional or tensor of unknown extent in one element. */
    REF(Object.class);

    private final Class<?> component;

    Storage(Class<?> component) {
        this.component = component;
    }

    /** True when {@code array} is of this storage. */
    boolean holds(Object array) {
        return this == REF ? array instanceof Object[] : array.getClass().getComponentType() == component;
    }

    /** What holds the elements, for messages: {@code float[]}. */
    String text() {
        return component.getSimpleName() + "[]";
    }

    /** A new zeroed array of {@code n} elements. */
    public Object allocate(int n) {
        return java.lang.reflect.Array.newInstance(component, n);
    }

    /** Bytes of one element in the heap. */
    public int bytes() {
        return this == F64 || this == I64 ? 8 : 4;
    }
}
