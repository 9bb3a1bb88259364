package dev.lathe.compiler.onnx.ops;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.ir.op.Shapes;
import dev.lathe.compiler.onnx.NodeImport;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** Slice, with starts, ends, axes and steps known or found while running. */
final class SliceImport {
    private SliceImport() {}

    /** ONNX's start and end of one dimension: negative counts from the end, both are clamped. */
    private static Dim clamp(Dim v, Dim size, boolean backwards, boolean end) {
        if (v.isConst()) {
            long x = v.value();
            // INT_MAX and its like mean "to the end"
            if (x >= Integer.MAX_VALUE) {
                return backwards ? size.minus(1) : size;
            }
            if (x <= Integer.MIN_VALUE) {
                return backwards ? Dim.of(-1) : Dim.ZERO;
            }
            Dim at = x < 0 ? size.plus(x) : v;
            Dim low = backwards && end ? Dim.of(-1) : Dim.ZERO;
            Dim high = backwards ? size.minus(1) : size;
            if (x == 0 && !backwards) {
                return Dim.ZERO;
            }
            // what counts from the end doesn't go beyond it
            return x < 0 && !backwards ? Shapes.atLeastZero(at) : between(at, low, high);
        }
        // a symbol that is a dimension, or an expression of them, is taken as not negative unless it was found while running
        boolean late = v.symbols().stream().anyMatch(s -> s.matches("u\\d+"));
        Dim at = v;
        if (late) {
            // v < 0 ? v + size : v, by way of floordiv(v, 2^31) which is -1 for negatives
            at = v.minus(v.floorDiv(1L << 31).times(size));
        }
        Dim low = backwards && end ? Dim.of(-1) : Dim.ZERO;
        Dim high = backwards ? size.minus(1) : size;
        return at.equals(size) && !backwards ? size : between(at, low, high);
    }

    // what is certain of dimensions needs no comparing
    private static Dim between(Dim at, Dim low, Dim high) {
        Dim a = low.is(0) ? Shapes.atLeastZero(at) : at.max(low);
        return Shapes.neverNegative(high.minus(a)) ? a : a.min(high);
    }

    static void slice(NodeImport n) {
        int rank = n.rank(0);
        if (inputs(n) && late(n)) {
            n.out(lateSlice(n, n.need(0)));
            return;
        }
        List<Dim> starts;
        List<Dim> ends;
        long[] axes;
        long[] steps = null;
        if (!inputs(n)) {
            starts = TensorImport.longs(n.needIntegers("starts"));
            ends = TensorImport.longs(n.needIntegers("ends"));
            axes = n.integers("axes");
        } else {
            starts = n.dims(1);
            ends = n.dims(2);
            axes = n.numbers(3);
            steps = n.numbers(4);
        }
        List<Dim> from = new ArrayList<>(Collections.nCopies(rank, Dim.ZERO));
        List<Dim> sizes = new ArrayList<>(n.need(0).tensor().dims());
        int[] step = new int[rank];
        Arrays.fill(step, 1);
        for (int i = 0; i < starts.size(); i++) {
            int a = n.axis(axes == null ? i : axes[i], rank);
            long s = steps == null ? 1 : Math.max(-Integer.MAX_VALUE, Math.min(Integer.MAX_VALUE, steps[i]));
            if (s == 0) {
                throw new LatheException("", "a step is 0");
            }
            Dim size = n.need(0).dim(a);
            Dim lo = clamp(starts.get(i), size, s < 0, false);
            Dim hi = clamp(ends.get(i), size, s < 0, true);
            Dim span = s > 0 ? hi.minus(lo) : lo.minus(hi);
            Dim count = s == 1 ? span : span.plus(Math.abs(s) - 1).floorDiv(Math.abs(s));
            from.set(a, lo);
            // both ends lie from 0 to size: where one of them is an end of the dimension, nothing is negative
            boolean sure = s > 0 && (lo.is(0) || hi.equals(size)) || count.isConst() && count.value() >= 0;
            sizes.set(a, sure ? count : Shapes.atLeastZero(count));
            step[a] = (int) s;
        }
        n.out(n.op("slice", Attrs.of("starts", from, "sizes", sizes, "steps", step), n.need(0)));
    }

    // starts and ends were attributes before opset 10
    private static boolean inputs(NodeImport n) {
        return n.opset() >= 10 || n.op().equals("DynamicSlice");
    }

    // true when axes, steps, or how many there are, are found while running
    private static boolean late(NodeImport n) {
        return n.has(3) && n.numbers(3) == null || n.has(4) && n.numbers(4) == null || !n.need(1).tensor().isStatic();
    }

    // the same rules as vectors of one element a dimension
    private static Value lateSlice(NodeImport n, Value x) {
        Calc c = new Calc(n);
        int rank = x.rank();
        LateAxes late = new LateAxes(n);
        Value zero = n.b().scalar(ElementType.I64, 0);
        Value one = n.b().scalar(ElementType.I64, 1);
        Value shape = n.b().dims(x.tensor().dims());
        Value axes = n.has(3) ? n.in(3) : c.iota(n.need(1).dim(0), ElementType.I64);
        Value step = n.has(4) ? late.spread(axes, n.in(4), rank, one) : one;
        Value back = n.op("lt", step, zero);
        Value low = c.cast(back, ElementType.I64);
        low = n.op("neg", low);
        Value high = c.where(back, c.add(shape, -1), shape);
        Value start = late.spread(axes, n.need(1), rank, zero);
        // starts don't go below 0 even when walking down
        start = c.max(c.min(c.where(c.lt(start, 0), c.add(start, shape), start), high), 0);
        Value end = late.spread(axes, n.need(2), rank, shape);
        end = c.max(c.min(c.where(c.lt(end, 0), c.add(end, shape), end), high), low);
        Value span = c.where(back, c.sub(start, end), c.sub(end, start));
        Value width = n.op("abs", step);
        Value count = c.max(c.div(c.add(c.sub(span, one), width), width), 0);
        step = c.max(c.min(step, c.num(step, Integer.MAX_VALUE)), -Integer.MAX_VALUE);
        List<Dim> starts = c.dims(c.expand(start, Dim.list(rank)));
        List<Dim> steps = c.dims(c.expand(step, Dim.list(rank)));
        Dim offset = Dim.ZERO;
        List<Dim> strides = new ArrayList<>();
        List<Dim> packed = LateAxes.strides(x.tensor().dims());
        for (int i = 0; i < rank; i++) {
            offset = offset.plus(starts.get(i).times(packed.get(i)));
            strides.add(packed.get(i).times(steps.get(i)));
        }
        return n.op("strided", Attrs.of("offset", offset, "dims", c.dims(c.expand(count, Dim.list(rank))), "strides", strides), x);
    }
}
