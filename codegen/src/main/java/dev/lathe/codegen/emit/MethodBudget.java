package dev.lathe.codegen.emit;

/** How large methods may be: HotSpot never compiles one of more than 8,000 bytes. */
public final class MethodBudget {
    /** Over this a method is not emitted. */
    public static final int LIMIT = 8000;

    /** What code that we can split is split at. */
    public static final int AIM = 4000;

    private MethodBudget() {}

    static void check(Object what, int bytes) {
        if (bytes > LIMIT) {
            throw new IllegalStateException(what + " has " + bytes + " bytes of bytecode; the JIT compiles none over " + LIMIT);
        }
    }
}
