package dev.lathe.compiler.onnx;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Value;
import java.util.ArrayList;
import java.util.List;

/**
 * A part of a tensor as TensorFlow's StridedSlice describes it: bits say which begins and ends don't count, and which
 * positions are new dimensions, dimensions that go, or one that stands for all that aren't named.
 *
 * @param step null for steps of 1
 */
public record MaskedSlice(List<Dim> begin, List<Dim> end, long[] step, int beginMask, int endMask, int ellipsisMask, int newMask, int shrinkMask) {
    private static boolean bit(int mask, int i) {
        return (mask >> i & 1) != 0;
    }

    public Value of(Building n, Value x) {
        List<Value> starts = new ArrayList<>();
        List<Value> stops = new ArrayList<>();
        List<Long> axes = new ArrayList<>();
        List<Long> steps = new ArrayList<>();
        // for each dimension of the result: the operand's, -1 for a new one; those that go are left out
        List<Integer> kept = new ArrayList<>();
        int axis = 0;
        for (int i = 0; i < begin.size(); i++) {
            if (bit(ellipsisMask, i)) {
                int later = 0;
                for (int k = i + 1; k < begin.size(); k++) {
                    later += bit(newMask, k) ? 0 : 1;
                }
                for (; axis < x.rank() - later; axis++) {
                    kept.add(axis);
                }
                continue;
            }
            if (bit(newMask, i)) {
                kept.add(-1);
                continue;
            }
            if (axis >= x.rank()) {
                throw new LatheException("", "it takes parts of " + begin.size() + " dimensions of " + x.type());
            }
            boolean single = bit(shrinkMask, i);
            long by = single || step == null ? 1 : step[i];
            Dim from = begin.get(i);
            starts.add(bit(beginMask, i) && !single ? n.b().longs(by > 0 ? 0 : Long.MAX_VALUE) : n.b().dims(List.of(from)));
            stops.add(single ? from.is(-1) ? n.b().longs(Long.MAX_VALUE) : n.b().dims(List.of(from.plus(1)))
                    : bit(endMask, i) ? n.b().longs(by > 0 ? Long.MAX_VALUE : Long.MIN_VALUE) : n.b().dims(List.of(end.get(i))));
            axes.add((long) axis);
            steps.add(by);
            if (!single) {
                kept.add(axis);
            }
            axis++;
        }
        for (; axis < x.rank(); axis++) {
            kept.add(axis);
        }
        Value y = axes.isEmpty() ? x : n.onnx("Slice", x, n.concat(starts, 0), n.concat(stops, 0), n.b().longs(longs(axes)), n.b().longs(longs(steps)));
        return n.reshape(y, kept.stream().map(k -> k < 0 ? Dim.ONE : y.dim(k)).toList());
    }

    private static long[] longs(List<Long> l) {
        return l.stream().mapToLong(Long::longValue).toArray();
    }
}
