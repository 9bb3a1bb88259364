package dev.lathe.compiler.formats;

import java.util.Random;

/**
 * The weights of a small network that every format can say: a 3x3 convolution from 3 to 8 channels in steps of 2 and relu; a depthwise
 * one and relu6; the largest of 2x2, made larger again and put beside what it came of; the mean of each channel; a matrix; softmax.
 *
 * @param conv [8, 3, 3, 3] @param depth [8, 1, 3, 3] @param full [5, 16]
 */
public record TwinWeights(float[] conv, float[] convBias, float[] depth, float[] depthBias, float[] full, float[] fullBias) {
    public static TwinWeights seeded() {
        Random r = new Random(11);
        return new TwinWeights(floats(r, 8 * 27), floats(r, 8), floats(r, 72), floats(r, 8), floats(r, 80), floats(r, 5));
    }

    static float[] floats(Random r, int n) {
        float[] v = new float[n];
        for (int i = 0; i < n; i++) {
            v[i] = (float) r.nextGaussian() / 2;
        }
        return v;
    }

    /** Elements of [n, c, h, w] in the order of [n, h, w, c]. */
    public static float[] channelsLast(float[] x, int n, int c, int area) {
        float[] r = new float[x.length];
        for (int i = 0; i < x.length; i++) {
            r[(i / (c * area) * area + i % area) * c + i / area % c] = x[i];
        }
        return r;
    }

    /** A matrix [rows, columns] turned round. */
    public static float[] turned(float[] x, int rows, int columns) {
        return channelsLast(x, 1, rows, columns);
    }
}
