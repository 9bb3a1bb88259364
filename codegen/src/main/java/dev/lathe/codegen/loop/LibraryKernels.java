package dev.lathe.codegen.loop;

/** The kernels that class emission does not write code for, because the library holds methods that do the same. */
public final class LibraryKernels {
    private LibraryKernels() {}

    /** True for one of them, under whatever name. */
    public static boolean contains(Kernel k) {
        return BlockProduct.is(k) || DepthwiseProduct.is(k);
    }
}
