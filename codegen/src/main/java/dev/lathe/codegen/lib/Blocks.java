package dev.lathe.codegen.lib;

import java.util.Arrays;

/**
 * Contractions without the Vector API, in loops that the JIT turns into vector instructions by itself. It does so for long loops over
 * arrays that all are read and written at the plain index, so what is multiplied is laid out as such arrays first: either a block
 * of pixels, for each element of the reduction (its pixels then lie side by side), or, where there are more columns than pixels,
 * rows of the weights. What each element is, its order of operations included, {@code BlockProduct} of the back end says; lanes of a
 * vector are different elements, so how many there are changes nothing.
 *
 * <p>An instance is scratch memory. Each call takes one that no other thread has.
 */
public final class Blocks {
    /** Pixels in a block at most: loops below a few hundred are mostly their own beginning and end. */
    private static final int PIXELS = 512;

    /** Columns in a block of pixels at most, so that their sums stay in the second cache. */
    private static final int COLUMNS = 128;

    /** Elements of the reduction that are laid out at a time. */
    private static final int DEPTH = 36;

    /** Pixels that get their sums at a time where rows of weights are laid out. */
    private static final int ROWS = 72;

    /** Columns from which rows of weights are long enough. */
    private static final int WIDE = 128;

    private static final Spare<Blocks> SPARE = new Spare<>();

    private final float[][] laid = new float[DEPTH][PIXELS];
    private final float[][] sums = new float[COLUMNS][PIXELS];
    private final int[] input = new int[PIXELS];
    private final int[] result = new int[PIXELS];
    // where the factors of a row of sums begin, and how far on those of an element laid out stand
    private final int[] begin = new int[COLUMNS];
    private final int[] place = new int[DEPTH];

    private Blocks() {}

    /**
     * The kernel. For buffers an array and where it begins; then the numbers as {@code BlockProduct} names them.
     */
    public static void run(float[] a, int a0, float[] w, int w0, float[] b, int b0, float[] o, int o0, int from, int to, int d1, int d2,
            int as0, int as1, int as2, int os0, int os1, int os2, int r0, int r1, int rs0, int rs1, int rs2, int length, int columns, int width,
            int panels, int panel, int last) {
        Blocks spare = SPARE.take();
        Blocks s = spare == null ? new Blocks() : spare;
        boolean wide = columns >= WIDE || columns > to - from;
        int pixels = even(to - from, wide ? ROWS : PIXELS);
        // a block of columns begins with a panel, but for the last, which may begin before its panel does
        int step = even((columns + width - 1) / width, (wide ? PIXELS : COLUMNS) / width) * width;
        for (int m = from; m < to; m += pixels) {
            int n = Math.min(pixels, to - m);
            place(s.input, m, n, d1, d2, a0, as0, as1, as2);
            place(s.result, m, n, d1, d2, o0, os0, os1, os2);
            for (int c = 0; c < columns; c += step) {
                int end = Math.min(columns, c + step);
                if (wide) {
                    s.byColumns(a, w, w0, b, b0, o, n, c, end, r0, r1, rs0, rs1, rs2, length, width, panels, panel, last);
                } else {
                    s.byPixels(a, w, w0, b, b0, o, n, c, end, r0, r1, rs0, rs1, rs2, length, width, panels, panel, last);
                }
            }
        }
        SPARE.give(s);
    }

    /** How large parts are, as few as there can be and nearly of one size, so that none is short. */
    private static int even(int count, int most) {
        int parts = (count + most - 1) / most;
        return parts == 0 ? 1 : (count + parts - 1) / parts;
    }

    /** Where pixels {@code m} to {@code m + n} begin. */
    private static void place(int[] to, int m, int n, int d1, int d2, int base, int s0, int s1, int s2) {
        int i2 = m % d2;
        int i1 = m / d2 % d1;
        int i0 = m / d2 / d1;
        for (int p = 0; p < n; p++) {
            to[p] = base + i0 * s0 + i1 * s1 + i2 * s2;
            if (++i2 == d2) {
                i2 = 0;
                if (++i1 == d1) {
                    i1 = 0;
                    i0++;
                }
            }
        }
    }

    /** Notes where {@code n} elements of the reduction from number {@code k} on stand from the first. */
    private void elements(int k, int n, int r1, int rs0, int rs1, int rs2, int length) {
        for (int i = 0; i < n; i++) {
            int run = (k + i) / length;
            place[i] = run / r1 * rs0 + run % r1 * rs1 + (k + i) % length * rs2;
        }
    }

    /** Where the weights of a column stand: the last panel may share columns with the one before it. */
    private static int weights(int w0, int c, int width, int panels, int panel, int last) {
        int p = c / width;
        return p >= panels - 1 ? w0 + (panels - 1) * panel + c - last : w0 + p * panel + c % width;
    }

    private void byPixels(float[] a, float[] w, int w0, float[] b, int b0, float[] o, int n, int first, int end, int r0, int r1, int rs0,
            int rs1, int rs2, int length, int width, int panels, int panel, int last) {
        int columns = end - first;
        for (int c = 0; c < columns; c++) {
            Arrays.fill(sums[c], 0, n, b[b0 + first + c]);
            begin[c] = weights(w0, first + c, width, panels, panel, last);
        }
        int depth = r0 * r1 * length;
        for (int k = 0; k < depth; k += DEPTH) {
            int run = Math.min(DEPTH, depth - k);
            elements(k, run, r1, rs0, rs1, rs2, length);
            int i = 0;
            for (; i + 3 < run; i += 4) {
                gather(laid[i], laid[i + 1], laid[i + 2], laid[i + 3], a, input, place[i], place[i + 1], place[i + 2], place[i + 3], n);
            }
            for (; i < run; i++) {
                gather(laid[i], a, input, place[i], n);
            }
            for (i = 0; i < run; i++) {
                place[i] = (k + i) * width;
            }
            accumulate(columns, run, w, n);
        }
        int c = 0;
        for (; c + 3 < columns; c += 4) {
            scatter(o, result, first + c, sums[c], sums[c + 1], sums[c + 2], sums[c + 3], n);
        }
        for (; c < columns; c++) {
            scatter(o, result, first + c, sums[c], n);
        }
    }

    private void byColumns(float[] a, float[] w, int w0, float[] b, int b0, float[] o, int n, int first, int end, int r0, int r1, int rs0,
            int rs1, int rs2, int length, int width, int panels, int panel, int last) {
        int columns = end - first;
        for (int m = 0; m < n; m++) {
            System.arraycopy(b, b0 + first, sums[m], 0, columns);
            begin[m] = input[m];
        }
        int depth = r0 * r1 * length;
        for (int k = 0; k < depth; k += DEPTH) {
            int run = Math.min(DEPTH, depth - k);
            elements(k, run, r1, rs0, rs1, rs2, length);
            for (int i = 0; i < run; i++) {
                // whole panels; what of the last one lies before this block or behind the columns is left out
                for (int p = first / width; p < panels && p * width < end; p++) {
                    int at = p == panels - 1 ? last : p * width;
                    int skip = Math.max(0, first - at);
                    System.arraycopy(w, w0 + p * panel + (k + i) * width + skip, laid[i], at + skip - first, width - skip);
                }
            }
            accumulate(n, run, a, columns);
        }
        for (int m = 0; m < n; m++) {
            System.arraycopy(sums[m], 0, o, result[m] + first, columns);
        }
    }

    /** Goes on with {@code count} rows of sums by {@code run} elements laid out, whose factors stand {@code place} from where the row's begin. */
    private void accumulate(int count, int run, float[] f, int n) {
        int r = 0;
        for (; r + 2 < count; r += 3) {
            three(sums[r], sums[r + 1], sums[r + 2], begin[r], begin[r + 1], begin[r + 2], run, f, n);
        }
        for (; r < count; r++) {
            one(sums[r], begin[r], run, f, n);
        }
    }

    // three rows by two elements: more is faster, but not always taken as vectors by C2 of JDK 17
    private void three(float[] s, float[] t, float[] u, int sf, int tf, int uf, int run, float[] f, int n) {
        int i = 0;
        for (; i + 1 < run; i += 2) {
            int a = place[i];
            int b = place[i + 1];
            six(s, t, u, laid[i], laid[i + 1], f[sf + a], f[sf + b], f[tf + a], f[tf + b], f[uf + a], f[uf + b], n);
        }
        if (i < run) {
            add(s, laid[i], f[sf + place[i]], n);
            add(t, laid[i], f[tf + place[i]], n);
            add(u, laid[i], f[uf + place[i]], n);
        }
    }

    private void one(float[] s, int sf, int run, float[] f, int n) {
        int i = 0;
        for (; i + 1 < run; i += 2) {
            add(s, laid[i], laid[i + 1], f[sf + place[i]], f[sf + place[i + 1]], n);
        }
        if (i < run) {
            add(s, laid[i], f[sf + place[i]], n);
        }
    }

    private static void six(float[] s, float[] t, float[] u, float[] a, float[] b, float sa, float sb, float ta, float tb, float ua, float ub, int n) {
        for (int i = 0; i < n; i++) {
            float x = a[i];
            float y = b[i];
            s[i] = Math.fma(sb, y, Math.fma(sa, x, s[i]));
            t[i] = Math.fma(tb, y, Math.fma(ta, x, t[i]));
            u[i] = Math.fma(ub, y, Math.fma(ua, x, u[i]));
        }
    }

    private static void add(float[] s, float[] a, float[] b, float fa, float fb, int n) {
        for (int i = 0; i < n; i++) {
            s[i] = Math.fma(fb, b[i], Math.fma(fa, a[i], s[i]));
        }
    }

    private static void add(float[] s, float[] a, float f, int n) {
        for (int i = 0; i < n; i++) {
            s[i] = Math.fma(f, a[i], s[i]);
        }
    }

    private static void gather(float[] to, float[] a, int[] at, int from, int n) {
        for (int p = 0; p < n; p++) {
            to[p] = a[at[p] + from];
        }
    }

    // four at a time: what is far apart is fetched once
    private static void gather(float[] ta, float[] tb, float[] tc, float[] td, float[] a, int[] at, int fa, int fb, int fc, int fd, int n) {
        for (int p = 0; p < n; p++) {
            int from = at[p];
            ta[p] = a[from + fa];
            tb[p] = a[from + fb];
            tc[p] = a[from + fc];
            td[p] = a[from + fd];
        }
    }

    private static void scatter(float[] to, int[] at, int from, float[] sa, float[] sb, float[] sc, float[] sd, int n) {
        for (int p = 0; p < n; p++) {
            int q = at[p] + from;
            to[q] = sa[p];
            to[q + 1] = sb[p];
            to[q + 2] = sc[p];
            to[q + 3] = sd[p];
        }
    }

    private static void scatter(float[] to, int[] at, int from, float[] s, int n) {
        for (int p = 0; p < n; p++) {
            to[at[p] + from] = s[p];
        }
    }
}
