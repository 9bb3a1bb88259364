package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.program.Step.Ref;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.List;

/**
 * Where a tensor's elements stand: element (i0, i1, ...) is at {@code offset + i0*strides[0] + i1*strides[1] + ...} of a buffer.
 *
 * @param offset elements from the buffer's start
 * @param strides elements; 0 repeats, negative walks down
 */
public record View(int buffer, ElementType type, Dim offset, List<Dim> dims, List<Dim> strides) {
    public View {
        dims = List.copyOf(dims);
        strides = List.copyOf(strides);
    }

    public int rank() {
        return dims.size();
    }

    public Ref ref() {
        return new Ref(buffer, offset);
    }

    public Dim size() {
        return Dim.product(dims);
    }

    /** Row-major strides of a packed tensor. */
    public static List<Dim> rowMajor(List<Dim> dims) {
        List<Dim> r = new ArrayList<>(dims);
        Dim s = Dim.ONE;
        for (int i = dims.size() - 1; i >= 0; i--) {
            r.set(i, s);
            s = s.times(dims.get(i));
        }
        return r;
    }

    /** True when elements stand one after the other in row-major order (dimensions of 1 don't matter). */
    public boolean contiguous() {
        List<Dim> want = rowMajor(dims);
        for (int i = 0; i < dims.size(); i++) {
            if (!dims.get(i).is(1) && !strides.get(i).equals(want.get(i))) {
                return false;
            }
        }
        return true;
    }

    /** True when the elements of the last {@code n} dimensions are packed. */
    public boolean packed(int n) {
        int r = rank();
        return new View(buffer, type, offset, dims.subList(r - n, r), strides.subList(r - n, r)).contiguous();
    }

    public View transposed(int[] perm) {
        List<Dim> d = new ArrayList<>();
        List<Dim> s = new ArrayList<>();
        for (int p : perm) {
            d.add(dims.get(p));
            s.add(strides.get(p));
        }
        return new View(buffer, type, offset, d, s);
    }

    /** The part from {@code starts} on, {@code sizes} long, with these steps. */
    public View slice(List<Dim> starts, List<Dim> sizes, int[] steps) {
        Dim o = offset;
        List<Dim> s = new ArrayList<>();
        for (int i = 0; i < rank(); i++) {
            o = o.plus(starts.get(i).times(strides.get(i)));
            s.add(strides.get(i).times(steps[i]));
        }
        return new View(buffer, type, o, sizes, s);
    }

    /** The part [start, start+size) of one axis. */
    public View part(int axis, Dim start, Dim size) {
        List<Dim> d = new ArrayList<>(dims);
        d.set(axis, size);
        return new View(buffer, type, offset.plus(start.times(strides.get(axis))), d, strides);
    }

    /** Broadcast to {@code to} by numpy's rule; a dimension that may or may not be 1 gets a stride that is found out while running. */
    public View expanded(List<Dim> to) {
        List<Dim> s = new ArrayList<>();
        int lead = to.size() - rank();
        for (int i = 0; i < to.size(); i++) {
            if (i < lead) {
                s.add(Dim.ZERO);
                continue;
            }
            Dim d = dims.get(i - lead);
            Dim st = strides.get(i - lead);
            s.add(d.equals(to.get(i)) ? st : d.isConst() && !d.is(1) ? st : d.ifOne(Dim.ZERO, st));
        }
        return new View(buffer, type, offset, to, s);
    }

    /** The same elements in row-major order under new dimensions, or null when that needs a copy. */
    public View reshaped(List<Dim> to) {
        if (contiguous()) {
            return new View(buffer, type, offset, to, rowMajor(to));
        }
        return withoutOnes().splitOrJoin(to);
    }

    private View withoutOnes() {
        List<Dim> d = new ArrayList<>();
        List<Dim> s = new ArrayList<>();
        for (int i = 0; i < rank(); i++) {
            if (!dims.get(i).is(1)) {
                d.add(dims.get(i));
                s.add(strides.get(i));
            }
        }
        return new View(buffer, type, offset, d, s);
    }

    // matches groups of old dimensions with groups of new ones of the same extent
    private View splitOrJoin(List<Dim> to) {
        List<Dim> result = new ArrayList<>();
        int i = 0;
        int k = 0;
        while (k < to.size()) {
            if (to.get(k).is(1)) {
                result.add(Dim.ZERO);
                k++;
                continue;
            }
            if (i >= rank()) {
                return null;
            }
            int i0 = i;
            int k0 = k;
            Dim old = dims.get(i++);
            Dim now = to.get(k++);
            while (!old.equals(now)) {
                // grow the side that divides the other
                if (now.divideExact(old) != null && i < rank()) {
                    old = old.times(dims.get(i++));
                } else if (k < to.size()) {
                    now = now.times(to.get(k++));
                } else {
                    return null;
                }
            }
            // the old group must be packed within itself
            for (int g = i0; g + 1 < i; g++) {
                if (!strides.get(g).equals(strides.get(g + 1).times(dims.get(g + 1)))) {
                    return null;
                }
            }
            Dim s = strides.get(i - 1);
            Dim[] group = new Dim[k - k0];
            for (int g = k - 1; g >= k0; g--) {
                group[g - k0] = s;
                s = s.times(to.get(g));
            }
            result.addAll(List.of(group));
        }
        return i == rank() ? new View(buffer, type, offset, to, result) : null;
    }
}
