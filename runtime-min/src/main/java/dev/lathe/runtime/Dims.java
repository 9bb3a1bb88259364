package dev.lathe.runtime;

/** Arithmetic on dimensions that generated code calls. */
public final class Dims {
    private Dims() {}

    /** The common extent of two dimensions under broadcasting. */
    public static long broadcast(long a, long b) {
        if (a != b && a != 1 && b != 1) {
            throw new ArithmeticException("dimensions " + a + " and " + b + " don't broadcast");
        }
        return a == 1 ? b : a;
    }

    public static int broadcast(int a, int b) {
        return (int) broadcast((long) a, (long) b);
    }
}
