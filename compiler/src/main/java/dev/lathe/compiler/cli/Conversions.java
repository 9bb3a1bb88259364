package dev.lathe.compiler.cli;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.interp.InDoubles;
import dev.lathe.compiler.tensor.Datum;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.NarrowFloats;
import dev.lathe.runtime.OptionalValue;
import dev.lathe.runtime.SequenceValue;
import dev.lathe.runtime.TensorSpec;
import java.util.ArrayList;
import java.util.List;

/** Converts recorded values to those of the run time, and element types where nothing is lost. */
final class Conversions {
    private Conversions() {}

    static dev.lathe.runtime.Datum toRuntime(Datum d, String source) {
        if (d == null) {
            return OptionalValue.EMPTY;
        } else if (d instanceof Datum.TensorDatum t) {
            return InputFiles.toRuntime(t.tensor());
        } else if (d instanceof Datum.SequenceDatum s) {
            List<dev.lathe.runtime.Datum> items = new ArrayList<>();
            s.elements().forEach(e -> items.add(toRuntime(e, source)));
            return new SequenceValue(items);
        } else if (d instanceof Datum.OptionalDatum o) {
            return new OptionalValue(o.value() == null ? null : toRuntime(o.value(), source));
        }
        throw new LatheException(source, "maps can't be given to a model");
    }

    /** A recorded tensor as the type that the model declares: files of ONNX up to 1.18 hold bf16 as u16, bit by bit. */
    static Tensor declared(Tensor t, ElementType type) {
        if (t.type() != ElementType.U16 || type != ElementType.BF16) {
            return t;
        }
        float[] f = new float[t.size()];
        for (int i = 0; i < f.length; i++) {
            f[i] = Float.intBitsToFloat(t.ints()[i] << 16);
        }
        return new Tensor(type, t.dims(), f);
    }

    /** A recorded tensor for an input of a model in f64. @param type that the input has there */
    static Tensor wide(Tensor t, ElementType type) {
        return InDoubles.widened(type == ElementType.F64 ? declared(t, ElementType.BF16) : t);
    }

    /** The same value with f64 in the place of f32, f16 and bf16. */
    static Datum wide(Datum d) {
        if (d instanceof Datum.TensorDatum t) {
            return new Datum.TensorDatum(InDoubles.widened(t.tensor()));
        } else if (d instanceof Datum.SequenceDatum s) {
            return new Datum.SequenceDatum(s.elements().stream().map(Conversions::wide).toList());
        }
        return d instanceof Datum.OptionalDatum o ? new Datum.OptionalDatum(o.value() == null ? null : wide(o.value())) : d;
    }

    /** The tensor in the element type of an input. */
    static dev.lathe.runtime.Tensor fit(Tensor t, TensorSpec spec, String source) {
        if (t.type() == spec.type()) {
            return InputFiles.toRuntime(t);
        }
        String pair = "elements are " + t.type().text() + " and input \"" + spec.name() + "\" takes " + spec.type().text();
        if (t.type() == ElementType.STR || spec.type() == ElementType.STR || t.type().isComplex() || spec.type().isComplex()) {
            throw new LatheException(source, pair);
        }
        Object data = spec.type().storage().allocate(t.size());
        for (int i = 0; i < t.size(); i++) {
            if (!put(t, i, spec.type(), data)) {
                throw new LatheException(source, pair + ", which can't hold element " + i + ", " + text(t, i) + ", exactly",
                        "convert the array first, for example with numpy's astype");
            }
        }
        return dev.lathe.runtime.Tensor.owning(spec.type(), data, t.dims());
    }

    private static String text(Tensor t, int i) {
        return t.type().isFloat() ? "" + t.number(i) : t.type() == ElementType.U64 ? Long.toUnsignedString(t.integer(i)) : "" + t.integer(i);
    }

    /** Puts element {@code i} into the array of another type; false when it isn't the same number there. */
    private static boolean put(Tensor t, int i, ElementType to, Object data) {
        if (t.type().isFloat()) {
            double v = t.number(i);
            if (to.isFloat()) {
                return putFloat(v, to, data, i);
            }
            long n = (long) v;
            return n == v && Math.abs(v) < 0x1p63 && putInteger(n, to, data, i);
        }
        long v = t.integer(i);
        if (t.type() == ElementType.U64 && v < 0) {
            return false;
        }
        if (to.isFloat()) {
            // the double is exact up to 2^53, and back means the same
            return (long) (double) v == v && v != Long.MAX_VALUE && putFloat(v, to, data, i);
        }
        return putInteger(v, to, data, i);
    }

    private static boolean putFloat(double v, ElementType to, Object data, int i) {
        if (to == ElementType.F64) {
            ((double[]) data)[i] = v;
            return true;
        }
        float f = (float) v;
        float narrow = to == ElementType.F32 ? f : NarrowFloats.round(to, f, false);
        ((float[]) data)[i] = narrow;
        return narrow == v || v != v && narrow != narrow;
    }

    private static boolean putInteger(long v, ElementType to, Object data, int i) {
        int bits = to == ElementType.BOOL ? 1 : to.bits();
        boolean unsigned = to.isUnsigned() || to == ElementType.BOOL;
        long min = unsigned ? 0 : -1L << (bits - 1);
        long max = unsigned ? bits >= 63 ? Long.MAX_VALUE : (1L << bits) - 1 : ~(-1L << (bits - 1));
        if (v < min || v > max) {
            return false;
        }
        if (data instanceof int[] a) {
            a[i] = (int) v;
        } else {
            ((long[]) data)[i] = v;
        }
        return true;
    }
}
