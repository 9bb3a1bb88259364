package dev.lathe.runtime;

import java.util.List;

/**
 * An input or output of a model, as declared.
 *
 * @param dims of a tensor; empty for sequences and optionals
 */
public record TensorSpec(String name, Kind kind, ElementType type, List<Dim> dims) {
    public TensorSpec {
        dims = List.copyOf(dims);
    }

    public enum Kind {
        TENSOR, SEQUENCE, OPTIONAL
    }

    /**
     * One dimension.
     *
     * @param text a number, a symbol ({@code N}) or an expression over symbols
     * @param min the smallest extent; of an input it is checked
     * @param max the largest extent
     */
    public record Dim(String text, long min, long max) {
        public boolean isStatic() {
            return min == max;
        }

        boolean fits(int extent) {
            return min <= extent && extent <= max;
        }

        @Override
        public String toString() {
            return isStatic() || min <= 0 && max >= Integer.MAX_VALUE ? text
                    : text + " in " + min + ".." + (max >= Integer.MAX_VALUE ? "" : max);
        }
    }

    /** {@code input: f32[N in 1..64, 3, 224, 224]} */
    @Override
    public String toString() {
        // a list prints as its elements in brackets
        return name + ": " + (kind == Kind.TENSOR ? type.text() + dims : kind.name().toLowerCase(java.util.Locale.ROOT));
    }
}
