package dev.lathe.codegen.lib;

import dev.lathe.runtime.Datum;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.LatheRuntimeException;
import dev.lathe.runtime.OptionalValue;
import dev.lathe.runtime.SequenceValue;
import dev.lathe.runtime.State;
import dev.lathe.runtime.Tensor;
import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Sequences and optionals: one object in one element of an array of objects. Tensors go in and out as copies. Shapes
 * are given as {@code long}s; in what is expected -1 stands for any extent.
 */
public final class Sequences {
    private Sequences() {}

    private static SequenceValue sequence(Object[] a, int at) {
        if (a[at] instanceof SequenceValue v) {
            return v;
        }
        throw new LatheRuntimeException("a sequence is needed where there is " + a[at]);
    }

    private static int number(Object a, int at) {
        return a instanceof int[] i ? i[at] : Math.toIntExact(((long[]) a)[at]);
    }

    /** A position, negative ones counted from the end, that must be below {@code limit}. */
    private static int position(Object a, int at, int size, int limit) {
        int p = number(a, at);
        int q = p < 0 ? p + size : p;
        if (q < 0 || q >= limit) {
            throw new LatheRuntimeException("position " + p + " is out of range for a sequence of " + size);
        }
        return q;
    }

    private static Tensor tensor(Object x, int from, long[] shape, int s, int rank, String type) {
        ElementType t = ElementType.valueOf(type);
        int[] dims = new int[rank];
        int n = t.isComplex() ? 2 : 1;
        for (int i = 0; i < rank; i++) {
            dims[i] = Math.toIntExact(shape[s + i]);
            n *= dims[i];
        }
        Object copy = t.storage().allocate(n);
        System.arraycopy(x, from, copy, 0, n);
        return Tensor.owning(t, copy, dims);
    }

    private static int[] put(State s, Datum d, long[] expected, int e, int rank, int out, String type) {
        if (!(d instanceof Tensor t) || t.type() != ElementType.valueOf(type)) {
            throw new LatheRuntimeException("an element is " + d + ", but the model takes tensors of " + ElementType.valueOf(type).text());
        }
        int[] shape = t.shape();
        boolean fits = shape.length == rank;
        for (int i = 0; fits && i < rank; i++) {
            fits = expected[e + i] < 0 || expected[e + i] == shape[i];
        }
        if (!fits) {
            throw new LatheRuntimeException("an element has shape " + Arrays.toString(shape) + ", but the model takes "
                    + Arrays.toString(Arrays.copyOfRange(expected, e, e + rank)).replace("-1", "?"));
        }
        int n = Array.getLength(t.array());
        System.arraycopy(t.array(), 0, s.reserve(out, t.type().storage().ordinal(), n, false), 0, n);
        return shape;
    }

    public static void empty(State s, Object[] out, int to) {
        out[to] = SequenceValue.EMPTY;
    }

    /** Puts a tensor into a sequence. @param given 0: at the end, whatever the position says */
    public static void insert(State s, Object[] in, int at, Object x, int from, long[] shape, int sh, Object position, int p, Object[] out, int to,
            int rank, int given, String type) {
        SequenceValue v = sequence(in, at);
        List<Datum> items = new ArrayList<>(v.size() + 1);
        items.addAll(v.items());
        items.add(given == 0 ? v.size() : position(position, p, v.size(), v.size() + 1), tensor(x, from, shape, sh, rank, type));
        out[to] = new SequenceValue(items);
    }

    /** Puts a tensor in the place of an element, or behind the last one. */
    public static void write(State s, Object[] in, int at, Object x, int from, long[] shape, int sh, Object position, int p, Object[] out, int to,
            int rank, String type) {
        SequenceValue v = sequence(in, at);
        int place = position(position, p, v.size(), v.size() + 1);
        List<Datum> items = new ArrayList<>(v.size() + 1);
        items.addAll(v.items());
        Tensor t = tensor(x, from, shape, sh, rank, type);
        if (place < v.size()) {
            items.set(place, t);
        } else {
            items.add(t);
        }
        out[to] = new SequenceValue(items);
    }

    /** Takes an element out of a sequence. @param given 0: the last */
    public static void erase(State s, Object[] in, int at, Object position, int p, Object[] out, int to, int given) {
        SequenceValue v = sequence(in, at);
        List<Datum> items = new ArrayList<>(v.items());
        if (items.isEmpty()) {
            throw new LatheRuntimeException("an element of an empty sequence is to be erased");
        }
        items.remove(given == 0 ? v.size() - 1 : position(position, p, v.size(), v.size()));
        out[to] = new SequenceValue(items);
    }

    /** Copies an element to an OWN buffer; returns its shape. */
    public static int[] at(State s, Object[] in, int at, Object position, int p, long[] expected, int e, int rank, int out, String type) {
        SequenceValue v = sequence(in, at);
        return put(s, v.items().get(position(position, p, v.size(), v.size())), expected, e, rank, out, type);
    }

    public static void length(State s, Object[] in, int at, long[] out, int to) {
        out[to] = sequence(in, at).size();
    }

    /** Joins all elements along an axis, a new one where {@code stack}; returns the shape. */
    public static int[] concat(State s, Object[] in, int at, long[] expected, int e, int rank, int axis, int stack, int out, String type) {
        SequenceValue v = sequence(in, at);
        if (v.size() == 0) {
            throw new LatheRuntimeException("an empty sequence can't be concatenated");
        }
        int[] first = v.tensor(0).shape();
        int total = 0;
        for (int i = 0; i < v.size(); i++) {
            int[] shape = v.tensor(i).shape();
            boolean fits = v.tensor(i).type() == ElementType.valueOf(type) && shape.length == rank - stack;
            for (int k = 0; fits && k < shape.length; k++) {
                fits = shape[k] == first[k] || k == axis && stack == 0;
            }
            if (!fits) {
                throw new LatheRuntimeException("elements " + v.tensor(0) + " and " + v.tensor(i) + " of a sequence can't be joined along axis " + axis);
            }
            total += stack != 0 ? 1 : shape[axis];
        }
        int[] shape = new int[rank];
        for (int k = 0; k < rank; k++) {
            shape[k] = k == axis ? total : first[k > axis && stack != 0 ? k - 1 : k];
            if (expected[e + k] >= 0 && expected[e + k] != shape[k]) {
                throw new LatheRuntimeException("a sequence joins to " + Arrays.toString(shape) + ", but the model takes "
                        + Arrays.toString(Arrays.copyOfRange(expected, e, e + rank)).replace("-1", "?"));
            }
        }
        join(s, v, shape, axis, stack != 0, out);
        return shape;
    }

    private static void join(State s, SequenceValue v, int[] shape, int axis, boolean stack, int out) {
        int unit = v.tensor(0).type().isComplex() ? 2 : 1;
        int outer = 1;
        int inner = unit;
        for (int k = 0; k < shape.length; k++) {
            outer *= k < axis ? shape[k] : 1;
            inner *= k > axis ? shape[k] : 1;
        }
        Object to = s.reserve(out, v.tensor(0).type().storage().ordinal(), outer * shape[axis] * inner, false);
        int place = 0;
        for (int i = 0; i < v.size(); i++) {
            int run = (stack ? 1 : v.tensor(i).dim(axis)) * inner;
            for (int o = 0; o < outer; o++) {
                System.arraycopy(v.tensor(i).array(), o * run, to, o * shape[axis] * inner + place, run);
            }
            place += run;
        }
    }

    /**
     * Cuts a tensor along an axis.
     *
     * @param parts how many extents are given; 0: one extent for all parts; -1: none, each part is 1
     * @param keep 0: parts of extent 1 lose the axis
     */
    public static void split(State s, Object x, int from, long[] shape, int sh, Object extents, int at, Object[] out, int to,
            int rank, int axis, int parts, int keep, String type) {
        ElementType t = ElementType.valueOf(type);
        int outer = 1;
        int inner = t.isComplex() ? 2 : 1;
        List<Integer> dims = new ArrayList<>();
        for (int k = 0; k < rank; k++) {
            outer *= k < axis ? (int) shape[sh + k] : 1;
            inner *= k > axis ? (int) shape[sh + k] : 1;
            dims.add((int) shape[sh + k]);
        }
        int n = dims.get(axis);
        int each = parts < 0 ? 1 : parts == 0 ? number(extents, at) : 0;
        List<Datum> items = new ArrayList<>();
        int begin = 0;
        for (int i = 0; parts > 0 ? i < parts : begin < n; i++) {
            int size = parts > 0 ? number(extents, at + i) : Math.min(each, n - begin);
            if (size < 0 || size == 0 && parts <= 0 || begin + size > n) {
                throw new LatheRuntimeException("an axis of " + n + " can't be split: part " + i + " of " + size + " begins at " + begin);
            }
            Object copy = t.storage().allocate(outer * size * inner);
            for (int o = 0; o < outer; o++) {
                System.arraycopy(x, from + (o * n + begin) * inner, copy, o * size * inner, size * inner);
            }
            List<Integer> d = new ArrayList<>(dims);
            if (parts < 0 && keep == 0) {
                d.remove(axis);
            } else {
                d.set(axis, size);
            }
            items.add(Tensor.owning(t, copy, d.stream().mapToInt(k -> k).toArray()));
            begin += size;
        }
        if (begin != n) {
            throw new LatheRuntimeException("an axis of " + n + " is split into parts of " + begin + " in all");
        }
        out[to] = new SequenceValue(items);
    }

    // ---- optionals ----------------------------------------------------------------------------------------------

    private static Datum given(Object[] a, int at) {
        if (a[at] instanceof OptionalValue v && v.isPresent()) {
            return v.value();
        }
        throw new LatheRuntimeException("the value of an optional is needed, but it is absent");
    }

    public static void none(State s, Object[] out, int to) {
        out[to] = OptionalValue.EMPTY;
    }

    public static void some(State s, Object x, int from, long[] shape, int sh, Object[] out, int to, int rank, String type) {
        out[to] = new OptionalValue(tensor(x, from, shape, sh, rank, type));
    }

    public static void someObject(State s, Object[] in, int at, Object[] out, int to) {
        out[to] = new OptionalValue((Datum) in[at]);
    }

    public static void has(State s, Object[] in, int at, int[] out, int to) {
        out[to] = in[at] instanceof OptionalValue v && v.isPresent() ? 1 : 0;
    }

    public static int[] get(State s, Object[] in, int at, long[] expected, int e, int rank, int out, String type) {
        return put(s, given(in, at), expected, e, rank, out, type);
    }

    public static void getObject(State s, Object[] in, int at, Object[] out, int to) {
        out[to] = given(in, at);
    }
}
