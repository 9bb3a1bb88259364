package dev.lathe.compiler.cli;

/** Bilinear resizing; when an image shrinks, all pixels count. */
final class Resize {
    private Resize() {}

    static float[] bilinear(float[] in, int w, int h, int toW, int toH) {
        float[] rows = w == toW ? in : along(in, h, w, toW, 1, w, toW);
        return h == toH ? rows : along(rows, toW, h, toH, toW, 1, toW);
    }

    /**
     * Resizes {@code lines} lines of {@code n} pixels to {@code m}; pixels of a line are {@code step} apart.
     */
    private static float[] along(float[] in, int lines, int n, int m, int step, int lineIn, int width) {
        boolean rows = step == 1;
        float[] out = new float[lines * m];
        double ratio = (double) n / m;
        double support = Math.max(1, ratio);
        for (int i = 0; i < m; i++) {
            double center = (i + 0.5) * ratio;
            int from = (int) Math.max(0, Math.floor(center - support + 0.5));
            int to = (int) Math.min(n, Math.floor(center + support + 0.5));
            for (int line = 0; line < lines; line++) {
                double sum = 0;
                double weights = 0;
                for (int k = from; k < to; k++) {
                    double weight = Math.max(0, 1 - Math.abs((k + 0.5 - center) / support));
                    sum += weight * in[line * lineIn + k * step];
                    weights += weight;
                }
                out[rows ? line * m + i : i * width + line] = (float) (sum / weights);
            }
        }
        return out;
    }
}
