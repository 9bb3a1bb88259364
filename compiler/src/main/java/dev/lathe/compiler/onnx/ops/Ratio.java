package dev.lathe.compiler.onnx.ops;

/**
 * The simple fraction that a rounded scale stands for: 1.3333334 is 4/3. Extents and positions calculated from the
 * fraction are those that the model's author meant, and the same whether the extent is known or not.
 */
final class Ratio {
    private static final long LARGEST = 1 << 13;

    private Ratio() {}

    /** Numerator and denominator of the simplest fraction that rounds to {@code scale}; null when there is no simple one. */
    static long[] of(float scale) {
        if (!(scale > 0) || scale > LARGEST) {
            return null;
        }
        // convergents of the continued fraction
        long p0 = 1;
        long q0 = 0;
        long p1 = (long) Math.floor(scale);
        long q1 = 1;
        double rest = scale - Math.floor(scale);
        while ((float) ((double) p1 / q1) != scale) {
            if (rest == 0) {
                return null;
            }
            double inverse = 1 / rest;
            long a = (long) Math.floor(inverse);
            rest = inverse - a;
            long p = a * p1 + p0;
            long q = a * q1 + q0;
            if (p > LARGEST || q > LARGEST || p < 0 || q < 0) {
                return null;
            }
            p0 = p1;
            q0 = q1;
            p1 = p;
            q1 = q;
        }
        return new long[] {p1, q1};
    }
}
