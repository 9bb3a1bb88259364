package dev.lathe.bench;

import dev.lathe.runtime.Tensor;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;

/** Whether two engines computed the same. */
final class Agreement {
    /** Of the largest element of a tensor. */
    static final double ALLOWED = 1e-4;

    private Agreement() {}

    /** What differs, or null when nothing does. Outputs are compared by position. */
    static String difference(Map<String, Tensor> got, Map<String, Tensor> want) {
        if (got.size() != want.size()) {
            return "one engine gives " + got.size() + " outputs, the other " + want.size();
        }
        Iterator<Tensor> others = got.values().iterator();
        for (Map.Entry<String, Tensor> e : want.entrySet()) {
            String d = difference(others.next(), e.getValue());
            if (d != null) {
                return "output \"" + e.getKey() + "\" " + d;
            }
        }
        return null;
    }

    private static String difference(Tensor got, Tensor want) {
        if (got.type() != want.type() || !Arrays.equals(got.shape(), want.shape())) {
            return "is " + got.type().text() + Arrays.toString(got.shape()) + " and " + want.type().text() + Arrays.toString(want.shape());
        }
        int n = java.lang.reflect.Array.getLength(want.array());
        double largest = 0;
        for (int i = 0; i < n; i++) {
            double w = Math.abs(want.number(i));
            largest = w > largest && w != Double.POSITIVE_INFINITY ? w : largest;
        }
        double allowed = want.type().isFloat() ? ALLOWED * largest : 0;
        for (int i = 0; i < n; i++) {
            double g = got.number(i);
            double w = want.number(i);
            // NaN on one side only is a difference: a comparison with it is never true
            boolean same = g == w || g != g && w != w || Math.abs(g - w) <= allowed;
            if (!same) {
                return "differs at element " + i + ": " + g + " and " + w + ", the largest being " + largest;
            }
        }
        return null;
    }
}
