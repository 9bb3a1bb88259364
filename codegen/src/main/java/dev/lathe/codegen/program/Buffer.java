package dev.lathe.codegen.program;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.runtime.Storage;

/**
 * A flat buffer of a program.
 *
 * @param id index in {@link Program#buffers()}; {@code @b<id>} is the symbol of its offset
 * @param name for people: the value it holds
 * @param size elements; of an {@code OWN} buffer the size last reserved
 * @param first step that writes it first, in the program's flat step numbering; -1 for inputs
 * @param last step that reads it last; the number of steps for outputs
 */
public record Buffer(int id, String name, Storage storage, Dim size, Kind kind, int first, int last) {
    public enum Kind {
        /** a region of the session's arena of its storage; shares memory with buffers that are not live at the same time */
        ARENA,
        /** a region of the model's constants of its storage, filled once; its offset is a constant */
        CONST,
        /** an array of its own that grows when reserved: its extent is found while running */
        OWN
    }

    /** The symbol that stands for this buffer's offset in its array. */
    public Dim offset() {
        return Dim.sym("@b" + id);
    }

    public Buffer withLife(int newFirst, int newLast) {
        return new Buffer(id, name, storage, size, kind, newFirst, newLast);
    }
}
