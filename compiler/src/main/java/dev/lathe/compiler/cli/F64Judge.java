package dev.lathe.compiler.cli;

import dev.lathe.compiler.interp.InDoubles;
import dev.lathe.compiler.tensor.DataSet;
import dev.lathe.compiler.tensor.Datum;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Tells whether results or their recording are off, where they differ by more than is allowed: by the same model computed in f64.
 *
 * @param tolerance what is allowed between results and recording, and between either and the model in f64
 */
record F64Judge(Tolerance tolerance) {
    /**
     * How far a recording may lie off beside what rounding to the model's own types does: an engine that adds in another order is off by
     * as much again. What lies farther off computes something else, and f64 does not make it wrong: both would share what is misread of a model.
     */
    private static final int ROUNDINGS = 4;

    /**
     * An output as it came and as it was recorded.
     *
     * @param wrong how they differ; null where they don't
     */
    record Output(String name, dev.lathe.runtime.Datum got, DataSet.Item recorded, String wrong) {
        private boolean isFloat() {
            return got instanceof dev.lathe.runtime.Tensor t && t.type().isFloat() && recorded.datum() instanceof Datum.TensorDatum;
        }
    }

    /**
     * What was found of an output of floats.
     *
     * @param largest element of it in f64
     * @param recording largest distance of the recording from f64
     * @param result largest distance of the result from f64
     * @param rounding the same of the model in its own types, with sigmoids as engines compute them
     * @param resultHolds whether the result lies as near as is allowed
     * @param recordingHolds whether the recording does
     */
    record Distances(String name, double largest, double recording, double result, double rounding, boolean resultHolds, boolean recordingHolds) {
        /** Whether rounding alone puts the recording where it is. */
        boolean isRounding() {
            return recording <= ROUNDINGS * rounding && rounding <= Double.MAX_VALUE;
        }

        boolean good() {
            return resultHolds && !recordingHolds && isRounding();
        }

        String text() {
            return String.format(Locale.ROOT, "output \"%s\": the recording lies %.1e from the same model computed in f64, the result %.1e", name, recording, result);
        }

        /** A line that says all. */
        String line() {
            return text() + String.format(Locale.ROOT, "; rounding moves it by %.1e, its largest element is %.2g", rounding, largest);
        }
    }

    /**
     * @param good whether every output that departs from its recording does because that is off
     * @param text what was found, of those that depart
     * @param lines what was found, of all
     */
    record Verdict(boolean good, String text, List<String> lines) {}

    /** @param all outputs of one data set */
    Verdict of(List<Output> all, F64Runs.Results f64) {
        List<String> lines = new ArrayList<>();
        List<String> found = new ArrayList<>();
        boolean good = true;
        for (Output o : all) {
            if (!o.isFloat()) {
                // what is counted or chosen must be the same in f64: else it went another way
                good &= o.wrong() == null && same(o, f64);
                continue;
            }
            Distances d = distances(o, f64);
            if (d == null) {
                good &= o.wrong() == null;
                continue;
            }
            lines.add(d.line());
            if (o.wrong() != null) {
                good &= d.good();
                found.add(d.text() + (d.resultHolds() && !d.recordingHolds() && !d.isRounding() ? String.format(Locale.ROOT, ", where rounding moves it by %.1e", d.rounding()) : ""));
            }
        }
        return new Verdict(good, String.join("; ", found), lines);
    }

    private static boolean same(Output o, F64Runs.Results f64) {
        return o.got() instanceof dev.lathe.runtime.Tensor t && !t.type().isComplex() && f64.exact().get(o.name()) instanceof dev.lathe.runtime.Tensor w
                && new Comparison(new Tolerance(0, 0, false)).check(t, new Datum.TensorDatum(tensor(w))) == null;
    }

    /** Null where what f64 gives is of another shape. */
    private Distances distances(Output o, F64Runs.Results f64) {
        dev.lathe.runtime.Tensor got = (dev.lathe.runtime.Tensor) o.got();
        if (!(f64.exact().get(o.name()) instanceof dev.lathe.runtime.Tensor e) || !(f64.coarse().get(o.name()) instanceof dev.lathe.runtime.Tensor r)
                || e.type() != ElementType.F64 || !java.util.Arrays.equals(e.shape(), got.shape())) {
            return null;
        }
        Tensor exact = tensor(e);
        Tensor recorded = Conversions.declared(((Datum.TensorDatum) o.recorded().datum()).tensor(), got.type());
        Tolerance allowed = tolerance.of(got.type());
        double largest = 0;
        for (double x : exact.doubles()) {
            largest = Math.max(largest, Math.abs(x));
        }
        Comparison result = new Comparison(allowed);
        boolean resultHolds = result.check(wide(tensor(got)), new Datum.TensorDatum(exact)) == null;
        Comparison recording = new Comparison(allowed);
        boolean recordingHolds = recording.check(wide(recorded), new Datum.TensorDatum(exact)) == null;
        Comparison rounding = new Comparison(allowed);
        boolean comparable = java.util.Arrays.equals(r.shape(), e.shape()) && java.util.Arrays.equals(recorded.dims(), e.shape());
        rounding.check(wide(tensor(r)), new Datum.TensorDatum(exact));
        return comparable ? new Distances(o.name(), largest, recording.maxAbs(), result.maxAbs(), rounding.maxAbs(), resultHolds, recordingHolds) : null;
    }

    private static Tensor tensor(dev.lathe.runtime.Tensor t) {
        return new Tensor(t.type(), t.shape(), t.array());
    }

    private static dev.lathe.runtime.Tensor wide(Tensor t) {
        return InputFiles.toRuntime(InDoubles.widened(t));
    }
}
