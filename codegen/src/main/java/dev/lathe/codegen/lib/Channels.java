package dev.lathe.codegen.lib;

import java.util.Arrays;

/**
 * Depthwise convolutions without the Vector API, in loops that the JIT turns into vector instructions by itself: over channels, and over pixels of a line
 * one after the other, laid out as arrays that are read and written at the plain index (as {@link Blocks} does). What each element is, its order of operations
 * included, {@code DepthwiseProduct} of the back end says.
 *
 * <p>An instance is scratch memory. Each call takes one that no other thread has.
 */
public final class Channels {
    /** Elements that are computed at a time at most: what is laid out for three taps of the window stays in the first cache. */
    private static final int LENGTH = 1024;

    private static final Spare<Channels> SPARE = new Spare<>();

    private final float[] sums = new float[LENGTH];
    private final float[] start = new float[LENGTH];
    private final float[] first = new float[LENGTH];
    private final float[] second = new float[LENGTH];
    private final float[] third = new float[LENGTH];
    // the weights of each tap, again and again for the pixels
    private float[][] weights = new float[0][];

    private Channels() {}

    /**
     * The kernel. For buffers an array and where it begins; then the numbers as {@code DepthwiseProduct} names them.
     */
    public static void run(float[] a, int a0, float[] w, int w0, float[] b, int b0, float[] o, int o0, int from, int to, int lines, int columns, int channels,
            int tap, int as0, int as1, int as2, int os0, int os1, int os2, int r0, int r1, int rs0, int rs1) {
        Channels spare = SPARE.take();
        Channels s = spare == null ? new Channels() : spare;
        int parts = (channels + LENGTH - 1) / LENGTH;
        for (int part = 0; part < parts && from < to; part++) {
            int c = (int) ((long) channels * part / parts);
            int n = (int) ((long) channels * (part + 1) / parts) - c;
            int most = Math.min(columns, LENGTH / n);
            s.layOut(w, w0 + c, b, b0 + c, tap, r0 * r1, n, most);
            for (int l = from; l < to; l++) {
                int in = a0 + c + l / lines * as0 + l % lines * as1;
                int out = o0 + c + l / lines * os0 + l % lines * os1;
                for (int x = 0; x < columns; x += most) {
                    int pixels = Math.min(most, columns - x);
                    s.window(a, in + x * as2, as2, pixels, n, r0, r1, rs0, rs1);
                    copy(s.sums, 0, n, o, out + x * os2, os2, pixels, n);
                }
            }
        }
        SPARE.give(s);
    }

    private void layOut(float[] w, int w0, float[] b, int b0, int tap, int taps, int n, int pixels) {
        if (weights.length < taps) {
            int had = weights.length;
            weights = Arrays.copyOf(weights, taps);
            for (int t = had; t < taps; t++) {
                weights[t] = new float[LENGTH];
            }
        }
        copy(b, b0, 0, start, 0, n, pixels, n);
        for (int t = 0; t < taps; t++) {
            copy(w, w0 + t * tap, 0, weights[t], 0, n, pixels, n);
        }
    }

    private void window(float[] a, int at, int step, int pixels, int n, int r0, int r1, int rs0, int rs1) {
        int length = pixels * n;
        int taps = r0 * r1;
        System.arraycopy(start, 0, sums, 0, length);
        int t = 0;
        for (; t + 2 < taps; t += 3) {
            copy(a, at + t / r1 * rs0 + t % r1 * rs1, step, first, 0, n, pixels, n);
            copy(a, at + (t + 1) / r1 * rs0 + (t + 1) % r1 * rs1, step, second, 0, n, pixels, n);
            copy(a, at + (t + 2) / r1 * rs0 + (t + 2) % r1 * rs1, step, third, 0, n, pixels, n);
            three(sums, first, second, third, weights[t], weights[t + 1], weights[t + 2], length);
        }
        for (; t < taps; t++) {
            copy(a, at + t / r1 * rs0 + t % r1 * rs1, step, first, 0, n, pixels, n);
            one(sums, first, weights[t], length);
        }
    }

    // n elements of each pixel; in one go where both stand pixel beside pixel
    private static void copy(float[] a, int from, int step, float[] o, int to, int steps, int pixels, int n) {
        if (step == n && steps == n) {
            System.arraycopy(a, from, o, to, pixels * n);
            return;
        }
        for (int p = 0; p < pixels; p++) {
            System.arraycopy(a, from + p * step, o, to + p * steps, n);
        }
    }

    private static void three(float[] s, float[] a, float[] b, float[] c, float[] u, float[] v, float[] w, int n) {
        for (int i = 0; i < n; i++) {
            s[i] = Math.fma(c[i], w[i], Math.fma(b[i], v[i], Math.fma(a[i], u[i], s[i])));
        }
    }

    private static void one(float[] s, float[] a, float[] u, int n) {
        for (int i = 0; i < n; i++) {
            s[i] = Math.fma(a[i], u[i], s[i]);
        }
    }
}
