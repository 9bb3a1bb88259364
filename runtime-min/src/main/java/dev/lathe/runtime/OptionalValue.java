package dev.lathe.runtime;

/**
 * A value that may be absent.
 *
 * @param value null when absent
 */
public record OptionalValue(Datum value) implements Datum {
    public static final OptionalValue EMPTY = new OptionalValue(null);

    public boolean isPresent() {
        return value != null;
    }
}
