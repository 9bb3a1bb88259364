package dev.lathe.codegen.emit;

import dev.lathe.codegen.asm.ClassBuilder;
import dev.lathe.codegen.asm.Code;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Stmt;
import dev.lathe.codegen.transform.Walk;
import java.util.Map;

/** The bytes that a kernel becomes, found out by writing it. */
public final class KernelSize {
    /** What the code around a body may take that is added to kernels that are tried before the first run. */
    private static final int GUARD = 60;

    private KernelSize() {}

    /** Whether the JIT compiles a kernel that is ready to be emitted. */
    public static boolean fits(Kernel k) {
        return !isUnsure(k) || of(k, VectorOps.of(k) <= VectorOps.LIMIT) <= MethodBudget.LIMIT;
    }

    /** True of the few that are worth writing to find out: conversions of vectors are written out, for several lengths of vectors in several places. */
    static boolean isUnsure(Kernel k) {
        boolean[] seen = new boolean[2];
        Walk.statements(k.body(), s -> seen[0] |= s instanceof Stmt.Invoke);
        Walk.expressions(k.body(), e -> seen[1] |= e instanceof Expr.Convert && e.type().isVector());
        return seen[1] && !seen[0];
    }

    /** @param saysClasses whether it says of vectors of which class they are */
    static int of(Kernel k, boolean saysClasses) {
        Code c = new ClassBuilder("Measured", "java/lang/Object", null).staticMethod("kernel", Arguments.descriptor(k), Arguments.names(k));
        KernelEmitter.write(k, Lines.NONE, c, Map.of(), Trials.NONE, saysClasses);
        return c.end() + GUARD;
    }
}
