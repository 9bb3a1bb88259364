package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.X;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * What stands around the interior of a padded tensor, filled by one kernel. In a packed tensor the border after a line and
 * the one before the next line are one run of elements, as are the first lines with what is before the first line of the
 * interior.
 */
final class Border {
    /** Elements below which a thread is not worth waking. */
    private static final int GRAIN = 16_384;

    /** A dimension as it lies in memory: elements from one place to the next, and places of the border and the interior. */
    private record Axis(Dim stride, Dim before, Dim inside, Dim after) {
        Dim extent() {
            return before.plus(inside).plus(after);
        }

        boolean padded() {
            return !before.is(0) || !after.is(0);
        }
    }

    private final KernelBuilder k;
    // from the first dimension that has a border to the last, in the order of memory; each is one place of the one before
    private final List<Axis> axes;
    private final Function<KernelBuilder, Expr> value;
    private KernelBuilder.Buf to;
    private Expr fill;

    private Border(KernelBuilder k, List<Axis> axes, Function<KernelBuilder, Expr> value) {
        this.k = k;
        this.axes = axes;
        this.value = value;
    }

    /**
     * Fills all of {@code out} but its interior.
     *
     * @param before places in front of the interior in each dimension, not negative
     * @param after places behind it
     */
    static void fill(Lower cx, View out, List<Dim> before, List<Dim> after, Function<KernelBuilder, Expr> value) {
        List<View> sides = sides(out, before, after);
        if (sides.size() < 2) {
            sides.forEach(v -> side(cx, v, value));
            return;
        }
        List<Axis> rest = new ArrayList<>();
        for (int i = 0; i < out.rank(); i++) {
            Dim b = before.get(i);
            Dim a = after.get(i);
            Axis axis = new Axis(out.strides().get(i), b, out.dims().get(i).minus(a).minus(b), a);
            if (!axis.extent().is(1) || axis.padded()) {
                rest.add(axis);
            }
        }
        List<Axis> packed = packed(rest);
        if (rest.stream().anyMatch(Axis::padded)) {
            sides.forEach(v -> side(cx, v, value));
            return;
        }
        int from = 0;
        while (!packed.get(from).padded()) {
            from++;
        }
        int end = packed.size();
        while (!packed.get(end - 1).padded()) {
            end--;
        }
        if (from > 0) {
            Dim times = Dim.product(packed.subList(0, from).stream().map(Axis::extent).toList());
            rest.add(new Axis(packed.get(from - 1).stride(), Dim.ZERO, times, Dim.ZERO));
        }
        new Border(cx.kernel("border"), packed.subList(from, end), value).run(out, rest);
    }

    // what has no elements is left out
    private static List<View> sides(View out, List<Dim> before, List<Dim> after) {
        List<View> sides = new ArrayList<>();
        View place = out;
        for (int i = 0; i < out.rank(); i++) {
            Dim b = before.get(i);
            Dim a = after.get(i);
            Dim d = out.dims().get(i);
            sides.add(place.part(i, Dim.ZERO, b));
            sides.add(place.part(i, d.minus(a), a));
            place = place.part(i, b, d.minus(b).minus(a));
        }
        sides.removeIf(v -> v.dims().stream().anyMatch(d -> d.is(0)));
        return sides;
    }

    private static void side(Lower cx, View v, Function<KernelBuilder, Expr> value) {
        MapKernel.run(cx, "fill", List.of(v), List.of(), (k, a) -> List.of(value.apply(k)));
    }

    /** Takes those dimensions out that lie within each other without gaps, from single elements on; the outermost comes first. */
    private static List<Axis> packed(List<Axis> rest) {
        List<Axis> packed = new ArrayList<>();
        Dim unit = Dim.ONE;
        for (int i = rest.size() - 1; i >= 0; i--) {
            if (rest.get(i).stride().equals(unit)) {
                Axis next = rest.remove(i);
                packed.add(0, next);
                unit = unit.times(next.extent());
                i = rest.size();
            }
        }
        return packed;
    }

    private void run(View out, List<Axis> outer) {
        Axis first = axes.get(0);
        Dim around = first.stride().times(first.extent()).minus(inside());
        Dim parts = Dim.product(outer.stream().map(Axis::inside).toList());
        // a view without dimensions has no strides, which would be parameters
        to = k.write(new View(out.buffer(), out.type(), out.offset(), List.of(), List.of()));
        k.touches(to, around.times(parts));
        if (outer.isEmpty()) {
            // one more than what is inside: there may be nothing
            Dim runs = axes.size() == 1 ? Dim.of(2) : first.inside().plus(1);
            k.range(runs, runs.isConst() ? least(around, runs) : least(gap(0), Dim.ONE), (lo, hi) -> {
                fill = k.let("fill", value.apply(k));
                level(0, X.i(0), lo, hi);
            });
        } else {
            Axis each = outer.get(0);
            k.parallel("n", each.inside(), least(around.times(parts), each.inside()), false, n -> {
                fill = k.let("fill", value.apply(k));
                nest(outer, 1, X.mul(n, k.dim(each.stride())));
            });
        }
        k.run();
    }

    private Dim inside() {
        Axis last = axes.get(axes.size() - 1);
        return Dim.product(axes.stream().map(Axis::inside).toList()).times(last.stride());
    }

    private static int least(Dim elements, Dim items) {
        boolean known = elements.isConst() && items.isConst() && elements.value() > 0;
        return known ? (int) Math.max(1, GRAIN / Math.max(1, elements.value() / Math.max(1, items.value()))) : 8;
    }

    /** Elements between neighbours of one dimension whose places are lines; 0 for other dimensions. */
    private Dim gap(int i) {
        Axis line = i + 2 == axes.size() ? axes.get(i + 1) : null;
        return line == null ? Dim.ZERO : line.before().plus(line.after()).times(line.stride());
    }

    private void nest(List<Axis> outer, int i, Expr at) {
        if (i == outer.size()) {
            level(0, at, null, null);
            return;
        }
        k.loop("n", X.i(0), k.dim(outer.get(i).inside()), n -> nest(outer, i + 1, X.add(at, X.mul(n, k.dim(outer.get(i).stride())))));
    }

    /**
     * The border of one dimension and all within it.
     *
     * @param lo the first run to fill of this dimension's: those between its places follow the one before them all; null for all
     */
    private void level(int i, Expr at, Expr lo, Expr hi) {
        Axis axis = axes.get(i);
        // the next dimension is the last: what is behind one line and before the next is one run
        Axis line = i + 2 == axes.size() ? axes.get(i + 1) : null;
        Dim all = axis.extent().times(axis.stride());
        Dim begin = axis.before().times(axis.stride());
        Dim end = axis.after().times(axis.stride());
        Dim gap = gap(i);
        if (line != null) {
            begin = begin.plus(line.before().times(line.stride()));
            end = end.plus(line.after().times(line.stride()));
        }
        // where no line is inside and the border has none on the other side, what is beside the line stands out
        Dim head = line == null || some(axis.inside()) || some(axis.after()) ? begin : begin.min(all);
        Dim tail = line == null || some(axis.inside()) || some(axis.before()) ? end : end.min(all);
        boolean alone = i + 1 == axes.size();
        Dim inside = alone ? Dim.ONE : axis.inside();
        when(lo == null ? null : X.eq(lo, X.i(0)), head, () -> elements(at, head));
        if (!alone) {
            Expr from = X.i(line == null ? 0 : 1);
            Expr stride = k.dim(axis.stride());
            Expr base = k.let("base", X.add(at, k.dim(begin.minus(gap))));
            k.loop("i", lo == null ? from : X.max(lo, from), lo == null ? k.dim(inside) : X.min(hi, k.dim(inside)), n -> {
                Expr place = X.add(base, X.mul(n, stride));
                if (line != null) {
                    elements(place, gap);
                } else {
                    level(i + 1, k.let("at", place), null, null);
                }
            });
        }
        when(lo == null ? null : X.gt(hi, k.dim(inside)), tail, () -> elements(X.add(at, k.dim(all.minus(tail))), tail));
    }

    private static boolean some(Dim d) {
        return d.isConst() && d.value() > 0;
    }

    private void when(Expr cond, Dim elements, Runnable then) {
        if (cond == null) {
            then.run();
        } else if (!elements.is(0)) {
            k.when(cond, then);
        }
    }

    private void elements(Expr start, Dim count) {
        if (!count.is(0)) {
            Expr from = k.let("from", start);
            k.lanes("c", X.i(0), k.dim(count), c -> to.storeFlat(X.add(from, c), fill));
        }
    }
}
