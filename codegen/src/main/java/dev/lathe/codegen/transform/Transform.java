package dev.lathe.codegen.transform;

import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.LibraryKernels;
import java.util.List;
import java.util.function.Predicate;

/** All passes from a kernel for any machine to the kernel that is emitted for one target. */
public final class Transform {
    /** Expression nodes of a body that is not repeated for narrower vectors; a call counts for 30. */
    private static final int LONG = 28;

    private Transform() {
    }

    /**
     * With one native lane (the portable target) lanes loops stay plain loops, for the JIT to vectorise, and calls
     * stay calls; vectors written by hand become scalars.
     */
    public static Kernel forTarget(Kernel k, int nativeLanes) {
        return forTarget(k, nativeLanes, LONG);
    }

    /** As {@link #forTarget(Kernel, int)}, but with vectors of one length alone where what stands for several does not {@code fit} a method. */
    public static Kernel forTarget(Kernel k, int nativeLanes, Predicate<Kernel> fits) {
        Kernel r = forTarget(k, nativeLanes);
        return nativeLanes == 1 || fits.test(r) ? r : forTarget(k, nativeLanes, 0);
    }

    private static Kernel forTarget(Kernel k, int nativeLanes, int big) {
        if (LibraryKernels.contains(k)) {
            // what it stands for is no concern of a target
            return k;
        }
        Kernel r = Simplify.apply(k);
        if (nativeLanes > 1) {
            // a long body stands once: C1 of JDK 17 has no room for many vector operations in a method, and what it
            // can't compile may never come to C2
            Vectorize.Options o = new Vectorize.Options(Vectorize.Options.DEFAULT.widths(), big, List.of(nativeLanes));
            r = Bounds.comparisons(VectorMath.expand(Vectorize.apply(r, o)));
        } else {
            r = Bounds.operations(r);
        }
        r = Legalize.apply(r, nativeLanes);
        return Simplify.apply(Hoist.apply(Simplify.apply(r)));
    }
}
