package dev.lathe.codegen.emit;

import dev.lathe.codegen.asm.Code;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Kernel;

/** Expressions of one kernel, scalar and vector, and places in its buffers. */
final class Exprs {
    private final Code c;
    private final ScalarExprs scalars;
    private final VectorExprs vectors;
    private final IndexExprs indices;

    Exprs(Code c, Locals locals, Kernel kernel) {
        this.c = c;
        this.scalars = new ScalarExprs(c, this);
        this.vectors = new VectorExprs(c, locals, this, kernel);
        this.indices = new IndexExprs(c, locals, scalars);
    }

    /** Pushes the value of {@code e}. */
    void emit(Expr e) {
        if (e.type().isVector()) {
            vectors.emit(e);
        } else {
            scalars.emit(e);
        }
    }

    ScalarExprs scalars() {
        return scalars;
    }

    VectorExprs vectors() {
        return vectors;
    }

    /** Pushes the array of a buffer parameter and the place of element {@code index} in it. */
    void place(String buf, Expr index) {
        c.load(buf);
        indices.emit(offset(buf), index);
    }

    /** The name of the parameter that holds a buffer's offset. */
    static String offset(String buf) {
        return buf + ".off";
    }
}
