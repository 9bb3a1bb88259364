package dev.lathe.codegen.transform;

import dev.lathe.codegen.loop.Kernel;
import java.util.List;

/** All passes from a kernel for any machine to the kernel that is emitted for one target. */
public final class Transform {
    private Transform() {
    }

    /**
     * With one native lane (the portable target) lanes loops stay plain loops, for the JIT to vectorise, and calls
     * stay calls; vectors written by hand become scalars.
     */
    public static Kernel forTarget(Kernel k, int nativeLanes) {
        Kernel r = Simplify.apply(k);
        if (nativeLanes > 1) {
            // a long body is not repeated for the parts of a wider vector
            List<Integer> big = nativeLanes >= 16 ? List.of(16, 8) : List.of(nativeLanes);
            Vectorize.Options o = Vectorize.Options.DEFAULT;
            r = VectorMath.expand(Vectorize.apply(r, new Vectorize.Options(o.widths(), o.big(), big)));
        }
        r = Legalize.apply(r, nativeLanes);
        return Simplify.apply(Hoist.apply(Simplify.apply(r)));
    }
}
