package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.op.ContractionOps;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.List;

/**
 * Transposed convolution by phases: outputs whose position has the same remainder by the stride see the same taps, so
 * each phase is an ordinary convolution of stride 1 that writes every stride-th position of the result.
 */
final class TransposedConv {
    /**
     * One phase of one dimension.
     *
     * @param first first output position
     * @param count outputs: the input's extent plus this
     * @param taps how many
     * @param tap0 the first tap; the others follow at the stride
     * @param from input position of the first output's window; negative: in the border before
     */
    private record Phase(int first, int count, int taps, int tap0, int from) {}

    private TransposedConv() {}

    static boolean takes(Node n, Lower cx) {
        Tensor w = cx.constant(n.in(1));
        if (w == null || w.type() != ElementType.F32 || n.out().elem() != ElementType.F32 || !ContractionOps.channelsLast(n.attrs())
                || n.attrs().integer("groups") != 1) {
            return false;
        }
        int[] dil = n.attrs().ints("dilations");
        int[] strides = n.attrs().ints("strides");
        for (int i = 0; i < dil.length; i++) {
            if (dil[i] != 1 || w.dims()[2 + i] < strides[i]) {
                return false;
            }
        }
        return true;
    }

    static void run(Node n, Lower cx) {
        Tensor w = cx.constant(n.in(1));
        int[] wd = w.dims();
        int d = wd.length - 2;
        int[] s = n.attrs().ints("strides");
        int[] pads = n.attrs().ints("pads");
        int[] more = n.attrs().ints("output_pads");
        View in = cx.view(n.in(0));
        List<List<Phase>> phases = new ArrayList<>();
        int[] before = new int[d];
        int[] after = new int[d];
        for (int i = 0; i < d; i++) {
            List<Phase> p = phases(s[i], wd[2 + i], pads[i], wd[2 + i] - pads[i] - pads[d + i] + more[i]);
            phases.add(p);
            for (Phase q : p) {
                before[i] = Math.max(before[i], -q.from());
                after[i] = Math.max(after[i], q.from() + q.count() + q.taps() - 1);
            }
        }
        View x = ConvInput.bordered(cx, in, before, after);
        View out = cx.result(n.out());
        Epilogue e = new Epilogue(n, cx, out, 3);
        List<View> extras = e.walkable(cx);
        View bias = ContractionLowering.bias(n, cx, wd[1]);
        each(phases, new ArrayList<>(), chosen -> phase(n, cx, w, x, in, out, s, before, chosen, bias, e, extras));
    }

    private static List<Phase> phases(int s, int k, int pad, int extra) {
        List<Phase> r = new ArrayList<>();
        for (int tap0 = 0; tap0 < s; tap0++) {
            int first = Math.floorMod(tap0 - pad, s);
            int q0 = (first + pad - tap0) / s;
            int taps = (k - tap0 + s - 1) / s;
            // outputs first, first + s, ... below (in - 1) * s + extra
            int count = -1 + Math.floorDiv(extra - first + s - 1, s);
            r.add(new Phase(first, count, taps, tap0, q0 - (taps - 1)));
        }
        return r;
    }

    private static void each(List<List<Phase>> all, List<Phase> chosen, java.util.function.Consumer<List<Phase>> body) {
        if (chosen.size() == all.size()) {
            body.accept(chosen);
            return;
        }
        for (Phase p : all.get(chosen.size())) {
            List<Phase> c = new ArrayList<>(chosen);
            c.add(p);
            each(all, c, body);
        }
    }

    private static void phase(Node n, Lower cx, Tensor w, View x, View in, View out, int[] s, int[] before, List<Phase> ph, View bias, Epilogue e,
            List<View> extras) {
        int d = s.length;
        int[] wd = w.dims();
        int cin = wd[0];
        int columns = wd[1];
        int[] kernel = ph.stream().mapToInt(Phase::taps).toArray();
        int taps = Tensor.count(kernel);
        Panels p = Panels.of(columns);
        int kk = taps * cin;
        View weights = cx.pack(List.of("phase", n.in(1), ph), n.in(1).name(), ElementType.F32, List.of(Dim.of(p.packedSize(kk))), () -> {
            float[] to = new float[p.packedSize(kk)];
            p.pack(kk, (row, col) -> w.floats()[((row % cin) * columns + col) * (w.size() / cin / columns) + tap(row / cin, ph, s, wd)], to, 0);
            return to;
        });
        // the part of the input that this phase sees, and the places that it writes
        View from = x;
        View to = out;
        List<View> more = new ArrayList<>(extras);
        for (int i = 0; i < d; i++) {
            Phase q = ph.get(i);
            Dim count = in.dims().get(1 + i).plus(q.count());
            from = from.part(1 + i, Dim.of(before[i] + q.from()), count.plus(q.taps() - 1));
            to = every(to, 1 + i, q.first(), count, s[i]);
            for (int j = 0; j < more.size(); j++) {
                more.set(j, every(more.get(j), 1 + i, q.first(), count, s[i]));
            }
        }
        int[] one = new int[d];
        java.util.Arrays.fill(one, 1);
        int[] shape = new int[d + 2];
        System.arraycopy(kernel, 0, shape, 2, d);
        View a = ContractionLowering.windows(from, to, one, one, shape, cin);
        Tile.run(cx, new Tile.Spec(a, to, d + 1, weights, bias, e, more), p);
    }

    // the source tap of the n-th tap of a phase: windows run forwards, taps backwards
    private static int tap(int n, List<Phase> ph, int[] s, int[] wd) {
        int rest = n;
        int place = 0;
        int scale = 1;
        for (int i = ph.size() - 1; i >= 0; i--) {
            Phase q = ph.get(i);
            int j = q.taps() - 1 - rest % q.taps();
            rest /= q.taps();
            place += (q.tap0() + j * s[i]) * scale;
            scale *= wd[2 + i];
        }
        return place;
    }

    private static View every(View v, int axis, int first, Dim count, int step) {
        View w = v.part(axis, Dim.of(first), count);
        List<Dim> strides = new ArrayList<>(w.strides());
        strides.set(axis, strides.get(axis).times(step));
        return new View(w.buffer(), w.type(), w.offset(), w.dims(), strides);
    }
}
