package dev.lathe.compiler.ir;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Type.TensorType;
import dev.lathe.runtime.ArenaPlanner;

/** Whether a tensor can exist at all: nothing is built from dimensions that can't be. */
final class Extents {
    /** More than anyone uses; expressions over the extents of tens of thousands would take minutes. */
    private static final int MOST_DIMENSIONS = 255;

    private Extents() {}

    /** @param what the tensor and {@code more}, for the message: put together where there is something to say */
    static void check(Type type, String what, String more) {
        if (!(type instanceof TensorType t)) {
            return;
        }
        if (t.rank() > MOST_DIMENSIONS) {
            throw new LatheException("", what + more + " would have " + t.rank() + " dimensions; a tensor has at most " + MOST_DIMENSIONS);
        }
        boolean empty = t.dims().contains(Dim.ZERO);
        long size = t.elem().isComplex() ? 2 : 1;
        for (Dim d : t.dims()) {
            long n = d.isConst() ? d.value() : 1;
            if (n < 0) {
                throw new LatheException("", what + more + " would have the shape " + t + ", and no dimension can be negative");
            }
            // a dimension of 2^31 is too long even beside one that is 0
            if (n > ArenaPlanner.MAX_LENGTH || !empty && n > ArenaPlanner.MAX_LENGTH / size) {
                throw new LatheException("", what + more + " would have the shape " + t + "; a tensor holds at most " + ArenaPlanner.MAX_LENGTH + " elements",
                        "make the model smaller, or give its inputs smaller shapes");
            }
            size *= Math.max(1, n);
            size = empty ? 1 : size;
        }
    }
}
