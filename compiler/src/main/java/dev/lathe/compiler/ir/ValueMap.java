package dev.lathe.compiler.ir;

/**
 * Something for each of many values, found by their numbers: values that were made one after the other stand side by side, so that
 * going through a very long graph goes through the table. Of an absent operand, null, nothing is kept.
 */
public final class ValueMap<T> {
    /** Values of neighbouring numbers that stay neighbours. */
    private static final int BLOCK_BITS = 3;

    private static final int LEAST_BITS = 5;
    private static final int SPREAD = 0x9E3779B9;

    private Value[] keys;
    private Object[] values;
    private int shift;
    private int size;

    public ValueMap() {
        this(0);
    }

    /** @param expected about how many there will be */
    public ValueMap(int expected) {
        int bits = LEAST_BITS;
        while (bits < 30 && 1L << bits < 2L * expected) {
            bits++;
        }
        allocate(bits);
    }

    private void allocate(int bits) {
        keys = new Value[1 << bits];
        values = new Object[1 << bits];
        shift = 32 - bits + BLOCK_BITS;
    }

    private int home(Value v) {
        int n = v.number();
        return (n >>> BLOCK_BITS) * SPREAD >>> shift << BLOCK_BITS | n & (1 << BLOCK_BITS) - 1;
    }

    // where it is, or where it would be put
    private int place(Value v) {
        int at = home(v);
        while (keys[at] != null && keys[at] != v) {
            at = at + 1 & keys.length - 1;
        }
        return at;
    }

    /** What is kept for {@code v}, or null. */
    @SuppressWarnings("unchecked")
    public T get(Value v) {
        return v == null ? null : (T) values[place(v)];
    }

    public boolean has(Value v) {
        return v != null && keys[place(v)] != null;
    }

    /** Keeps {@code what}, which is not null, in place of what there was; returns that. */
    @SuppressWarnings("unchecked")
    public T put(Value v, T what) {
        if (v == null) {
            return null;
        }
        int at = place(v);
        T before = (T) values[at];
        values[at] = what;
        if (keys[at] == null) {
            keys[at] = v;
            if (2 * ++size > keys.length) {
                grow();
            }
        }
        return before;
    }

    private void grow() {
        Value[] oldKeys = keys;
        Object[] oldValues = values;
        allocate(Integer.numberOfTrailingZeros(keys.length) + 1);
        for (int i = 0; i < oldKeys.length; i++) {
            if (oldKeys[i] != null) {
                int at = place(oldKeys[i]);
                keys[at] = oldKeys[i];
                values[at] = oldValues[i];
            }
        }
    }

    /** Forgets {@code v}; returns what was kept for it, or null. */
    @SuppressWarnings("unchecked")
    public T remove(Value v) {
        if (!has(v)) {
            return null;
        }
        int gap = place(v);
        T before = (T) values[gap];
        size--;
        // those behind that stand there only because this place was taken move up
        int mask = keys.length - 1;
        for (int i = gap + 1 & mask; keys[i] != null; i = i + 1 & mask) {
            if ((i - home(keys[i]) & mask) >= (i - gap & mask)) {
                keys[gap] = keys[i];
                values[gap] = values[i];
                gap = i;
            }
        }
        keys[gap] = null;
        values[gap] = null;
        return before;
    }

    public boolean isEmpty() {
        return size == 0;
    }

    public int size() {
        return size;
    }
}
