package dev.lathe.compiler.cli;

import dev.lathe.compiler.tensor.Datum;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.MapValue;
import dev.lathe.runtime.OptionalValue;
import dev.lathe.runtime.SequenceValue;
import java.util.Arrays;

/** Compares results with what was recorded and keeps the largest errors seen. */
final class Comparison {
    private final Tolerance tolerance;
    private double maxAbs;
    private double maxRel;

    Comparison(Tolerance tolerance) {
        this.tolerance = tolerance;
    }

    double maxAbs() {
        return maxAbs;
    }

    /** The largest error relative to the largest element of its tensor. */
    double maxRel() {
        return maxRel;
    }

    /** What is wrong with a result, or null when it is right. */
    String check(dev.lathe.runtime.Datum got, Datum want) {
        if (want instanceof Datum.TensorDatum t) {
            return got instanceof dev.lathe.runtime.Tensor g ? tensor(g, t.tensor())
                    : got instanceof OptionalValue o && o.isPresent() ? check(o.value(), want) : "is no tensor";
        } else if (want instanceof Datum.SequenceDatum s) {
            if (!(got instanceof SequenceValue g)) {
                return got instanceof OptionalValue o && o.isPresent() ? check(o.value(), want) : "is no sequence";
            }
            if (g.size() != s.elements().size()) {
                return "has " + g.size() + " elements, not " + s.elements().size();
            }
            for (int i = 0; i < g.size(); i++) {
                String wrong = check(g.items().get(i), s.elements().get(i));
                if (wrong != null) {
                    return "element " + i + " " + wrong;
                }
            }
            return null;
        } else if (want instanceof Datum.OptionalDatum o) {
            boolean present = !(got instanceof OptionalValue v) || v.isPresent();
            if (present != (o.value() != null)) {
                return present ? "is there, but should be absent" : "is absent";
            }
            return present ? check(got instanceof OptionalValue v ? v.value() : got, o.value()) : null;
        }
        return got instanceof MapValue m ? map(m, (Datum.MapDatum) want) : "is no map";
    }

    private String map(MapValue got, Datum.MapDatum want) {
        String wrong = tensor(got.keys(), want.keys());
        if (wrong != null) {
            return "has other keys: " + wrong;
        }
        for (int i = 0; i < got.size(); i++) {
            // each value is recorded by itself
            Object one = got.values().type().storage().allocate(1);
            System.arraycopy(got.values().array(), i, one, 0, 1);
            int[] shape = want.values().get(i) instanceof Datum.TensorDatum t ? t.tensor().dims() : new int[0];
            String bad = Tensor.count(shape) != 1 ? "is no single element" : check(dev.lathe.runtime.Tensor.owning(got.values().type(), one, shape), want.values().get(i));
            if (bad != null) {
                return "value " + i + " " + bad;
            }
        }
        return null;
    }

    private String tensor(dev.lathe.runtime.Tensor got, Tensor recorded) {
        Tensor want = Conversions.declared(recorded, got.type());
        if (got.type() != want.type()) {
            return "has elements of " + got.type().text() + ", not " + want.type().text();
        }
        if (!Arrays.equals(got.shape(), want.dims())) {
            return "has shape " + Arrays.toString(got.shape()) + ", not " + Arrays.toString(want.dims());
        }
        if (want.type() == ElementType.STR) {
            String[] have = got.toStrings();
            for (int i = 0; i < have.length; i++) {
                if (!have[i].equals(want.strings()[i])) {
                    return "element " + i + " is \"" + have[i] + "\", not \"" + want.strings()[i] + "\"";
                }
            }
            return null;
        }
        return want.type().isFloat() || want.type().isComplex() ? numbers(got, want) : integers(got, want);
    }

    private String integers(dev.lathe.runtime.Tensor got, Tensor want) {
        Object a = got.array();
        // numbers of few bits stand for others, and who allows a whole step asks for it
        double allowed = want.type() != ElementType.BOOL && want.type().bits() <= 16 && tolerance.atol() >= 1 ? tolerance.atol() : 0;
        for (int i = 0; i < want.size(); i++) {
            long have = a instanceof int[] x ? x[i] : ((long[]) a)[i];
            maxAbs = Math.max(maxAbs, Math.abs((double) have - want.integer(i)));
            if (have != want.integer(i) && Math.abs((double) have - want.integer(i)) > allowed) {
                return "element " + i + " is " + have + ", not " + want.integer(i);
            }
        }
        return null;
    }

    private String numbers(dev.lathe.runtime.Tensor got, Tensor want) {
        int n = java.lang.reflect.Array.getLength(want.data());
        Tolerance tolerance = this.tolerance.of(want.type());
        double largest = 0;
        for (int i = 0; i < n; i++) {
            double w = Math.abs(want.number(i));
            largest = w > largest && w != Double.POSITIVE_INFINITY ? w : largest;
        }
        int worst = -1;
        double worstBy = 0;
        double off = 0;
        for (int i = 0; i < n; i++) {
            double w = want.number(i);
            double g = got.number(i);
            if (g == w || w != w && g != g) {
                continue;
            }
            double e = Math.abs(g - w);
            e = e == e ? e : Double.POSITIVE_INFINITY;
            off = Math.max(off, e);
            double by = e - tolerance.allowed(Double.isInfinite(w) ? 0 : w, largest);
            if (by > 0 && (worst < 0 || by > worstBy)) {
                worst = i;
                worstBy = by;
            }
        }
        maxAbs = Math.max(maxAbs, off);
        maxRel = Math.max(maxRel, largest == 0 ? off == 0 ? 0 : Double.POSITIVE_INFINITY : off / largest);
        return worst < 0 ? null : "element " + worst + " is " + got.number(worst) + ", not " + want.number(worst) + "; allowed: " + tolerance;
    }
}
