package dev.lathe.compiler.cli;

/** The angle between two tensors as vectors; what isn't finite in either is left out. */
final class Angle {
    private double dot;
    private double first;
    private double second;

    void add(double a, double b) {
        if (Double.isFinite(a) && Double.isFinite(b)) {
            dot += a * b;
            first += a * a;
            second += b * b;
        }
    }

    /** 1 for the same direction, and for two vectors of zeros. */
    double cosine() {
        return first == 0 && second == 0 ? 1 : dot / (Math.sqrt(first) * Math.sqrt(second));
    }
}
