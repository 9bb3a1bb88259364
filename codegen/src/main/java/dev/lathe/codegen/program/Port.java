package dev.lathe.codegen.program;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.runtime.ElementType;
import java.util.List;

/**
 * An input or output.
 *
 * @param kind {@code TENSOR}, or a whole sequence or optional held as one object in element 0 of a REF buffer
 * @param dims for tensors; an input's symbols are bound from what is given
 */
public record Port(String name, Kind kind, ElementType type, List<Dim> dims, Step.Ref at) {
    public Port {
        dims = List.copyOf(dims);
    }

    public enum Kind {
        TENSOR, SEQUENCE, OPTIONAL
    }
}
