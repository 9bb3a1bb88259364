package dev.lathe.compiler.cli;

import dev.lathe.runtime.Datum;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.MapValue;
import dev.lathe.runtime.OptionalValue;
import dev.lathe.runtime.SequenceValue;
import dev.lathe.runtime.Tensor;
import java.util.Arrays;
import java.util.Locale;
import java.util.StringJoiner;

/** A value in one line. */
final class Summary {
    private static final int SHOWN = 6;

    private Summary() {}

    static String of(Datum d) {
        if (d instanceof Tensor t) {
            return tensor(t);
        } else if (d instanceof SequenceValue s) {
            return "sequence of " + s.size() + (s.size() == 0 ? "" : ", first " + of(s.items().get(0)));
        }
        if (d instanceof MapValue m) {
            return "map from " + tensor(m.keys()) + " to " + tensor(m.values());
        }
        OptionalValue o = (OptionalValue) d;
        return o.isPresent() ? "optional " + of(o.value()) : "absent";
    }

    private static String tensor(Tensor t) {
        StringBuilder s = new StringBuilder(t.type().text() + Arrays.toString(t.shape()).replace(" ", ""));
        StringJoiner values = new StringJoiner(", ", " = ", t.size() > SHOWN ? ", ..." : "");
        for (int i = 0; i < Math.min(t.size(), SHOWN); i++) {
            values.add(element(t, i));
        }
        s.append(t.size() == 0 ? " (no elements)" : values);
        if (t.type().isFloat() && t.size() > SHOWN) {
            double min = Double.POSITIVE_INFINITY;
            double max = Double.NEGATIVE_INFINITY;
            double sum = 0;
            int odd = 0;
            for (int i = 0; i < t.size(); i++) {
                double v = t.number(i);
                if (Double.isFinite(v)) {
                    min = Math.min(min, v);
                    max = Math.max(max, v);
                    sum += v;
                } else {
                    odd++;
                }
            }
            s.append(String.format(Locale.ROOT, "; min %.6g, max %.6g, mean %.6g", min, max, sum / (t.size() - odd)));
            s.append(odd == 0 ? "" : ", " + odd + " not finite");
        }
        return s.toString();
    }

    private static String element(Tensor t, int i) {
        if (t.type() == ElementType.STR) {
            return '"' + t.toStrings()[i] + '"';
        } else if (t.type().isComplex()) {
            Object a = t.array();
            return java.lang.reflect.Array.get(a, 2 * i) + "+" + java.lang.reflect.Array.get(a, 2 * i + 1) + "i";
        } else if (t.type() == ElementType.U64) {
            return Long.toUnsignedString(((long[]) t.array())[i]);
        }
        return t.type().isFloat() ? String.format(Locale.ROOT, "%.6g", t.number(i)) : Long.toString((long) t.number(i));
    }
}
