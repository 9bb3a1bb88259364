package dev.lathe.compiler.cli;

import dev.lathe.compiler.tensor.Tensor;
import java.util.Arrays;
import java.util.Locale;

/** How far one tensor lies from another. */
final class Departure {
    private static final long[] BOUNDS = {0, 1, 3, 15, 255, 65535, Long.MAX_VALUE};
    private static final String[] NAMES = {"0", "1", "2-3", "4-15", "16-255", "256-65535", "more"};

    /** Why the tensors differ by more than is allowed; null when they don't. */
    final String wrong;
    double maxAbs;
    double maxRel;
    private final int size;
    private final long[] ulps = new long[BOUNDS.length];
    private final int[] nans = new int[2];
    private final int[] infinite = new int[2];
    private double dot;
    private final double[] squares = new double[2];

    Departure(dev.lathe.runtime.Tensor got, Tensor want, Tolerance tolerance) {
        size = want.size();
        // the sum first: numbers of tensors that differ in shape can't be compared
        String first = new Comparison(tolerance).check(got, new dev.lathe.compiler.tensor.Datum.TensorDatum(want));
        wrong = first;
        if (got.type() == want.type() && Arrays.equals(got.shape(), want.dims()) && want.type().isFloat()) {
            for (int i = 0; i < size; i++) {
                add(got.number(i), want.number(i), want.data() instanceof double[]);
            }
        }
    }

    private void add(double g, double w, boolean wide) {
        nans[0] += g != g ? 1 : 0;
        nans[1] += w != w ? 1 : 0;
        infinite[0] += Double.isInfinite(g) ? 1 : 0;
        infinite[1] += Double.isInfinite(w) ? 1 : 0;
        if (Double.isFinite(g) && Double.isFinite(w)) {
            dot += g * w;
            squares[0] += g * g;
            squares[1] += w * w;
            maxAbs = Math.max(maxAbs, Math.abs(g - w));
            maxRel = Math.max(maxRel, g == w ? 0 : w == 0 ? Double.POSITIVE_INFINITY : Math.abs((g - w) / w));
        }
        long apart = g == w || g != g && w != w ? 0 : g != g || w != w ? Long.MAX_VALUE : distance(g, w, wide);
        for (int b = 0; b < BOUNDS.length; b++) {
            if (apart <= BOUNDS[b]) {
                ulps[b]++;
                return;
            }
        }
    }

    /** How many floating-point numbers lie between two. */
    private static long distance(double a, double b, boolean wide) {
        long x = wide ? ordered(Double.doubleToRawLongBits(a), Long.MIN_VALUE) : ordered(Float.floatToRawIntBits((float) a), Integer.MIN_VALUE);
        long y = wide ? ordered(Double.doubleToRawLongBits(b), Long.MIN_VALUE) : ordered(Float.floatToRawIntBits((float) b), Integer.MIN_VALUE);
        long d = Math.abs(x - y);
        // of different signs and far apart
        return wide && (x ^ y) < 0 && (d < 0 || d < Math.abs(x)) ? Long.MAX_VALUE : d;
    }

    private static long ordered(long bits, long sign) {
        return bits < 0 ? sign - bits : bits;
    }

    /** Cosine of the angle between the tensors as vectors. */
    double cosine() {
        return squares[0] == 0 && squares[1] == 0 ? 1 : dot / Math.sqrt(squares[0] * squares[1]);
    }

    /** Several lines, indented. */
    String report() {
        StringBuilder s = new StringBuilder();
        s.append(String.format(Locale.ROOT, "  largest error %.3g, relative %.3g; cosine %.9f; %d elements%n", maxAbs, maxRel, cosine(), size));
        s.append(String.format("  NaN: %d compiled, %d in the source; infinite: %d compiled, %d in the source%n", nans[0], nans[1], infinite[0], infinite[1]));
        s.append("  units in the last place apart:");
        for (int b = 0; b < BOUNDS.length; b++) {
            s.append(' ').append(NAMES[b]).append(": ").append(ulps[b]).append(b + 1 < BOUNDS.length ? "," : "");
        }
        return s.toString();
    }
}
