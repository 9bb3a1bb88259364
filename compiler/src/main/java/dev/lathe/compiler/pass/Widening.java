package dev.lathe.compiler.pass;

import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.Storage;

/** Which conversions between element types keep every value. */
final class Widening {
    private Widening() {}

    private static boolean isInt(ElementType t) {
        return t.isInteger() || t == ElementType.BOOL;
    }

    private static boolean unsigned(ElementType t) {
        return t.isUnsigned() || t == ElementType.BOOL;
    }

    /** Whether {@code to} holds every value of {@code from}. */
    static boolean exact(ElementType from, ElementType to) {
        if (from == to) {
            return true;
        }
        if (from.isFloat() && to.isFloat() && !from.isComplex() && !to.isComplex()) {
            // narrow floats live in f32 arrays
            return to == ElementType.F64 || to == ElementType.F32 && from.storage() == Storage.F32;
        }
        if (isInt(from) && isInt(to) && to != ElementType.BOOL) {
            int more = to.bits() - (from == ElementType.BOOL ? 1 : from.bits());
            return unsigned(from) ? more > 0 : !unsigned(to) && more > 0;
        }
        return false;
    }

    /** Whether conversions from {@code a} to {@code b} are of the simple kind: float to float or integer to integer. */
    static boolean comparable(ElementType a, ElementType b) {
        return a.isFloat() && b.isFloat() || isInt(a) && isInt(b);
    }
}
