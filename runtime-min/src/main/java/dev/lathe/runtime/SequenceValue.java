package dev.lathe.runtime;

import java.util.List;

/** An ordered list of values. */
public record SequenceValue(List<Datum> items) implements Datum {
    public static final SequenceValue EMPTY = new SequenceValue(List.of());

    public SequenceValue {
        items = List.copyOf(items);
    }

    public static SequenceValue of(Datum... items) {
        return new SequenceValue(List.of(items));
    }

    public int size() {
        return items.size();
    }

    /** Element {@code i} of a sequence of tensors. */
    public Tensor tensor(int i) {
        return (Tensor) items.get(i);
    }
}
