package dev.lathe.codegen.lib;

/** Scratch memory that no thread uses at the moment. */
final class Spare<T> {
    private final Object[] free = new Object[64];
    private int count;

    /** One that nobody else has; null when there is none. */
    @SuppressWarnings("unchecked")
    synchronized T take() {
        return count > 0 ? (T) free[--count] : null;
    }

    /** Takes one back; what there is no room for is left to the collector. */
    synchronized void give(T t) {
        if (count < free.length) {
            free[count++] = t;
        }
    }
}
