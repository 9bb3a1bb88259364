package dev.lathe.runtime;

/**
 * A dictionary.
 *
 * @param keys i64 or str, of rank 1, each once
 * @param values of rank 1; the n-th belongs to the n-th key
 */
public record MapValue(Tensor keys, Tensor values) implements Datum {
    public MapValue {
        if (keys.rank() != 1 || values.rank() != 1 || keys.size() != values.size()) {
            throw new IllegalArgumentException("a map of keys " + keys + " and values " + values);
        }
    }

    public int size() {
        return keys.size();
    }
}
