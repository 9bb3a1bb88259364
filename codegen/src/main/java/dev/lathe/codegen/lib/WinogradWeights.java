package dev.lathe.codegen.lib;

/**
 * The weights of Winograd's F(m x m, 3 x 3), m = 2 or 4, t = m + 2: for each place of a t x t tile the matrix [channels][columns] of a
 * product, packed in panels as contractions read it. They take t * t / 9 times the space of the weights that they stand for, so a jar
 * holds those, and this is run when a model is loaded.
 */
public final class WinogradWeights {
    private WinogradWeights() {}

    /** The points of the interpolation but for infinity: 0 and pairs of a number and its negative. */
    private static double[] points(int m) {
        return m == 2 ? new double[] {0, 1, -1} : new double[] {0, 0.75, -0.75, 1.5, -1.5};
    }

    /** Elements of the result. */
    public static int size(int columns, int channels, int m) {
        return (m + 2) * (m + 2) * matrix(columns, channels);
    }

    /** Panels of a width of 16, or 8, 4, 1 where there are fewer columns. */
    private static int width(int columns) {
        return columns >= 16 ? 16 : columns >= 8 ? 8 : columns >= 4 ? 4 : 1;
    }

    private static int matrix(int columns, int channels) {
        int width = width(columns);
        return (columns + width - 1) / width * width * channels;
    }

    /**
     * Computes them.
     *
     * @param from weights [columns][channels][3][3] from {@code at} on
     * @param to the result, from {@code first} on
     */
    public static void pack(float[] from, int at, float[] to, int first, int columns, int channels, int m) {
        int t = m + 2;
        int width = width(columns);
        int matrix = matrix(columns, channels);
        double[] points = points(m);
        double[] divisors = new double[points.length];
        for (int i = 0; i < points.length; i++) {
            divisors[i] = 1;
            for (int j = 0; j < points.length; j++) {
                divisors[i] *= j == i ? 1 : points[i] - points[j];
            }
        }
        double[] part = new double[3 * t];
        double[] all = new double[t * t];
        for (int column = 0; column < columns; column++) {
            for (int c = 0; c < channels; c++) {
                int w = at + (column * channels + c) * 9;
                for (int j = 0; j < 3; j++) {
                    line(from[w + j], from[w + 3 + j], from[w + 6 + j], points, divisors, part, j, 3);
                }
                for (int i = 0; i < t; i++) {
                    line(part[3 * i], part[3 * i + 1], part[3 * i + 2], points, divisors, all, t * i, 1);
                }
                // columns that the last two panels share stand in both
                int p = column / width;
                int last = columns - width;
                put(all, to, first + (p * channels + c) * width + (column - Math.min(p * width, last)), matrix);
                if (column >= last && p * width < last) {
                    put(all, to, first + ((p + 1) * channels + c) * width + column - last, matrix);
                }
            }
        }
    }

    private static void put(double[] all, float[] to, int at, int matrix) {
        for (int i = 0; i < all.length; i++) {
            to[at + i * matrix] = (float) all[i];
        }
    }

    // the numbers that stand for three weights
    private static void line(double a, double b, double c, double[] p, double[] divisors, double[] to, int at, int step) {
        for (int i = 0; i < p.length; i++) {
            to[at + i * step] = (a + p[i] * b + p[i] * p[i] * c) / divisors[i];
        }
        to[at + p.length * step] = c;
    }
}
