package dev.lathe.codegen.transform;

import dev.lathe.codegen.loop.Kernel;

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
            r = VectorMath.expand(Vectorize.apply(r));
        }
        r = Legalize.apply(r, nativeLanes);
        return Simplify.apply(Hoist.apply(Simplify.apply(r)));
    }
}
