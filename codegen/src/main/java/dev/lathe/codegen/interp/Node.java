package dev.lathe.codegen.interp;

/**
 * An expression made ready to run. Expressions have no effects, so a vector is evaluated lane by lane. Values are raw
 * bits: floats by their pattern, 32-bit values sign-extended, bools 0 or 1.
 */
abstract class Node {
    abstract long at(Frame f, int lane);

    /** The value of an expression whose type is a reference. */
    Object ref(Frame f) {
        throw new IllegalStateException("not a reference");
    }
}
