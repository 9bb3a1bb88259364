package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ImportTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Type.TensorType;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.NodeImport;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.List;

/** Fourier transforms and what goes with them. */
public final class SignalImport {
    private SignalImport() {}

    public static void register() {
        add("DFT", SignalImport::dft);
        add("STFT", SignalImport::stft);
        add("com.microsoft.Rfft", n -> halves(n, false));
        add("com.microsoft.Irfft", n -> halves(n, true));
        window("HannWindow", 0.5, -0.5, 0);
        window("HammingWindow", 25.0 / 46, -(1 - 25.0 / 46), 0);
        window("BlackmanWindow", 0.42, -0.5, 0.08);
        add("MelWeightMatrix", SignalImport::mel);
    }

    private static Value transform(NodeImport n, Value x, Dim length, boolean inverse, boolean onesided) {
        return n.op("dft", Attrs.of("length", length, "inverse", inverse, "onesided", onesided), x);
    }

    private static void dft(NodeImport n) {
        Calc c = new Calc(n);
        Value x = n.need(0);
        boolean inverse = n.flag("inverse", false);
        boolean onesided = n.flag("onesided", false);
        List<Dim> d = x.tensor().dims();
        int r = x.rank();
        long[] given = n.opset() < 20 ? new long[] {n.integer("axis", 1)} : n.has(2) ? n.numbers(2) : new long[] {-2};
        Dim wanted = n.has(1) ? c.dimOf(n.in(1)) : null;
        if (given != null) {
            int axis = n.axis(given[0], r);
            Value v = c.reshape(x, Dim.product(d.subList(0, axis)), d.get(axis), Dim.product(d.subList(axis + 1, r - 1)), d.get(r - 1));
            Value y = transform(n, v, length(wanted, d.get(axis), inverse && onesided), inverse, onesided);
            List<Dim> dims = new ArrayList<>(d);
            dims.set(axis, y.dim(1));
            dims.set(r - 1, y.dim(3));
            n.out(c.reshape(y, dims));
            return;
        }
        // an axis that is found while running; the last dimension holds the parts and is none
        Value flat = new LateAxes(n).around(c.reshape(x, d), n.in(2));
        Dim parts = d.get(r - 1);
        Value v = c.reshape(flat, flat.dim(0), flat.dim(1), flat.dim(2).floorDiv(parts), parts);
        Value y = transform(n, v, length(wanted, flat.dim(1), inverse && onesided), inverse, onesided);
        List<Dim> dims;
        if (n.declared(0) instanceof TensorType t && t.isStatic()) {
            dims = t.dims();
        } else {
            Value axis = c.wrap(c.reshape(c.cast(n.in(2), ElementType.I64), Dim.ONE), Dim.of(r));
            Value here = n.op("eq", c.iota(Dim.of(r), ElementType.I64), axis);
            dims = new ArrayList<>(c.dims(c.where(here, c.dim(y.dim(1)), n.b().dims(d))));
            dims.set(r - 1, y.dim(3));
        }
        n.out(c.reshape(y, dims));
    }

    /** A real signal in the last dimension and half its spectrum, whose parts have a dimension of their own behind it. */
    private static void halves(NodeImport n, boolean inverse) {
        if (n.integer("signal_ndim", 1) != 1 || n.flag("normalized", false) || !n.flag("onesided", true)) {
            throw n.unsupported("signal_ndim other than 1, or normalized, or both sides");
        }
        Calc c = new Calc(n);
        Value x = n.need(0);
        int at = x.rank() - (inverse ? 2 : 1);
        List<Dim> outer = x.tensor().dims().subList(0, at);
        Dim size = x.dim(at);
        Value y = transform(n, c.reshape(x, Dim.product(outer), size, Dim.ONE, Dim.of(inverse ? 2 : 1)), length(null, size, inverse), inverse, true);
        List<Dim> dims = new ArrayList<>(outer);
        dims.add(y.dim(1));
        if (!inverse) {
            dims.add(Dim.of(2));
        }
        n.out(c.reshape(y, dims));
    }

    private static Dim length(Dim wanted, Dim given, boolean half) {
        return wanted != null ? wanted : half ? given.minus(1).times(2) : given;
    }

    // signal [B, L] or [B, L, 1 or 2], step, window, frame length
    private static void stft(NodeImport n) {
        Calc c = new Calc(n);
        Value x = n.need(0);
        x = x.rank() == 2 ? c.reshape(x, x.dim(0), x.dim(1), Dim.ONE) : x;
        Dim step = c.dimOf(n.need(1));
        if (!n.has(2) && !n.has(3)) {
            throw new LatheException("", "it needs a window or a frame length");
        }
        Dim length = n.has(3) ? c.dimOf(n.in(3)) : n.in(2).dim(0);
        boolean onesided = n.flag("onesided", true) && !x.dim(2).is(2);
        Dim frames = x.dim(1).minus(length).floorDiv(step).plus(1);
        Dim parts = x.dim(2);
        Value v = n.op("strided", Attrs.of("offset", Dim.ZERO, "dims", List.of(x.dim(0), frames, length, parts),
                "strides", List.of(x.dim(1).times(parts), step.times(parts), parts, Dim.ONE)), x);
        if (n.has(2)) {
            v = c.mul(v, c.reshape(c.cast(n.in(2), x.elem()), n.in(2).dim(0), Dim.ONE));
        }
        Value y = transform(n, c.reshape(v, x.dim(0).times(frames), length, Dim.ONE, parts), length, false, onesided);
        n.out(c.reshape(y, x.dim(0), frames, y.dim(1), Dim.of(2)));
    }

    /** a + b cos(2 pi k / N) + c cos(4 pi k / N), N one less for a symmetric window. */
    private static void window(String name, double a, double b, double twice) {
        add(name, n -> {
            Calc c = new Calc(n);
            Dim size = c.dimOf(n.need(0));
            ElementType to = n.type("output_datatype", ElementType.F32);
            boolean periodic = n.flag("periodic", true);
            Value k = c.iota(size, ElementType.F64);
            Value angle = c.div(c.mul(k, 2 * Math.PI), c.dim(periodic ? size : size.minus(1), ElementType.F64));
            Value y = c.add(c.mul(n.op("cos", angle), b), a);
            y = twice == 0 ? y : c.add(y, c.mul(n.op("cos", c.mul(angle, 2)), twice));
            n.out(c.cast(y, to));
        });
    }

    private static void mel(NodeImport n) {
        Calc c = new Calc(n);
        Dim bins = c.dimOf(n.need(0));
        Dim length = c.dimOf(n.need(1));
        ElementType t = ElementType.F64;
        Value rate = scalar(c, n.need(2));
        Value low = toMel(n, c, scalar(c, n.need(3)));
        Value high = toMel(n, c, scalar(c, n.need(4)));
        // edges of the triangles in mel, evenly spaced, as places in the spectrum
        Value step = c.div(c.sub(high, low), c.dim(bins.plus(2), t));
        Value mels = c.add(c.mul(c.iota(bins.plus(2), t), step), low);
        Value hertz = c.mul(c.sub(n.op("exp", c.mul(mels, Math.log(10) / 2595)), c.num(mels, 1)), 700);
        Value edges = n.op("floor", c.div(c.mul(hertz, c.dim(length.plus(1), t)), rate));
        Value lower = TensorImport.part(n, edges, 0, Dim.ZERO, bins);
        Value center = TensorImport.part(n, edges, 0, Dim.ONE, bins);
        Value upper = TensorImport.part(n, edges, 0, Dim.of(2), bins);
        Value j = c.iota(length.floorDiv(2).plus(1), t, 0, 2);
        Value zero = n.b().scalar(t, 0);
        Value rise = c.sub(center, lower);
        Value up = c.where(c.eq(rise, 0), n.b().scalar(t, 1), c.div(c.sub(j, lower), rise));
        Value rising = n.op("and", n.op("ge", j, lower), n.op("le", j, center));
        Value falling = n.op("and", n.op("ge", j, center), n.op("lt", j, upper));
        Value down = c.div(c.sub(upper, j), c.sub(upper, center));
        n.out(c.cast(c.where(falling, down, c.where(rising, up, zero)), n.type("output_datatype", ElementType.F32)));
    }

    private static Value scalar(Calc c, Value v) {
        return c.cast(c.reshape(v, List.of()), ElementType.F64);
    }

    private static Value toMel(NodeImport n, Calc c, Value hertz) {
        return c.mul(n.op("log", c.add(c.div(hertz, c.num(hertz, 700)), 1)), 2595 / Math.log(10));
    }
}
