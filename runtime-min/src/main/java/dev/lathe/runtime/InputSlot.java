package dev.lathe.runtime;

import java.util.Arrays;

/** One input of a session: the shape given for the next run, and its elements until they can be put in their place. */
final class InputSlot {
    final TensorSpec spec;
    final int index;
    /** True when the value is one object: a sequence, an optional, a tensor of unknown extent. */
    final boolean whole;
    /** The shape given. */
    final int[] shape;
    /** Array elements given. */
    int count;
    boolean given;

    // elements that wait for the run, when they could not be put in place at once
    private Object staged;
    private boolean waiting;
    private Datum object;

    InputSlot(TensorSpec spec, int index, boolean whole) {
        this.spec = spec;
        this.whole = whole;
        this.index = index;
        // fixed extents stand here even before anything is given
        this.shape = new int[spec.dims().size()];
        for (int i = 0; i < shape.length; i++) {
            shape[i] = spec.dims().get(i).isStatic() ? (int) spec.dims().get(i).min() : 0;
        }
    }

    /** Checks element type, rank, dimensions and number of elements of what is given and keeps the shape. */
    void check(Object from, int[] dims) {
        kind(TensorSpec.Kind.TENSOR);
        long n = Source.count(from, spec.type());
        if (n < 0) {
            throw bad("has elements of " + spec.type().text() + " and takes " + Source.wanted(spec.type()) + ", not " + kindOf(from));
        }
        int[] given0 = dims.length == 0 && shape.length > 0 ? derived(n) : dims;
        checkShape(given0);
        long want = Tensor.count(given0) * (spec.type().isComplex() ? 2 : 1);
        // packed elements may leave bits of the last byte unused
        boolean fits = from instanceof java.nio.ByteBuffer b ? b.remaining() == RawData.bytes(spec.type(), want) : n == want;
        if (!fits) {
            throw bad("of shape " + text(given0) + " takes " + want + " elements, but " + n + " were given");
        }
        System.arraycopy(given0, 0, shape, 0, shape.length);
        count = (int) want;
    }

    private void kind(TensorSpec.Kind kind) {
        if (kind != spec.kind()) {
            throw bad("can't be set from a " + kind.name().toLowerCase(java.util.Locale.ROOT));
        }
    }

    /** Checks kind, element type and dimensions. */
    void check(Datum d) {
        kind(d instanceof Tensor ? TensorSpec.Kind.TENSOR : d instanceof SequenceValue ? TensorSpec.Kind.SEQUENCE : TensorSpec.Kind.OPTIONAL);
        if (!(d instanceof Tensor t)) {
            return;
        }
        if (t.type() != spec.type()) {
            throw bad("has elements of " + spec.type().text() + ", but a tensor of " + t.type().text() + " was given");
        }
        checkShape(t.dims());
        System.arraycopy(t.dims(), 0, shape, 0, shape.length);
        count = java.lang.reflect.Array.getLength(t.array());
    }

    private static String kindOf(Object from) {
        // a buffer's class is an internal one; its parent or grandparent is FloatBuffer or the like
        Class<?> c = from.getClass();
        while (from instanceof java.nio.Buffer && c.getSuperclass() != java.nio.Buffer.class) {
            c = c.getSuperclass();
        }
        return c.getSimpleName();
    }

    private BadInputException bad(String why) {
        return new BadInputException("input '" + spec.name() + "' " + why + "; expected " + spec);
    }

    /** The shape when none was given: all dimensions are known, or all but one. */
    private int[] derived(long n) {
        int open = -1;
        long known = spec.type().isComplex() ? 2 : 1;
        for (int i = 0; i < shape.length; i++) {
            if (spec.dims().get(i).isStatic()) {
                shape[i] = (int) spec.dims().get(i).min();
                known *= shape[i];
            } else if (open >= 0) {
                throw bad("has several open dimensions: say which shape is meant");
            } else {
                open = i;
            }
        }
        if (open >= 0) {
            if (known == 0 || n % known != 0 || n / known > Integer.MAX_VALUE) {
                throw bad("can't have " + n + " elements");
            }
            shape[open] = (int) (n / known);
        } else if (n != known) {
            throw bad("takes " + known + " elements, but " + n + " were given");
        }
        return shape;
    }

    private void checkShape(int[] got) {
        boolean ok = got.length == shape.length;
        for (int i = 0; ok && i < got.length; i++) {
            ok = got[i] >= 0 && spec.dims().get(i).fits(got[i]);
        }
        if (!ok) {
            throw bad("has shape " + text(got) + hint(got));
        }
        try {
            ok = Tensor.count(got) <= ArenaPlanner.MAX_LENGTH;
        } catch (ArithmeticException e) {
            ok = false;
        }
        if (!ok) {
            throw bad("of shape " + text(got) + " has more elements than a Java array can hold");
        }
    }

    static String text(int[] shape) {
        StringBuilder s = new StringBuilder();
        for (int d : shape) {
            s.append(s.length() == 0 ? "" : "x").append(d);
        }
        return s.length() == 0 ? "scalar" : s.toString();
    }

    private String hint(int[] got) {
        int r = shape.length;
        if (got.length == r && r >= 3) {
            int[] first = new int[r];
            int[] last = new int[r];
            boolean batch = r > 3;
            int c = batch ? 1 : 0;
            // channels to the front, channels to the end
            for (int i = 0; i < r; i++) {
                first[i] = i < c ? got[i] : i == c ? got[r - 1] : got[i - 1];
                last[i] = i < c ? got[i] : i == r - 1 ? got[c] : got[i + 1];
            }
            if (fits(first)) {
                return ", which looks like " + (batch ? "NHWC given for NCHW" : "HWC given for CHW") + ": transpose it to " + text(first);
            }
            if (fits(last)) {
                return ", which looks like " + (batch ? "NCHW given for NHWC" : "CHW given for HWC") + ": transpose it to " + text(last);
            }
        }
        if (got.length == r - 1) {
            int[] batched = new int[r];
            batched[0] = 1;
            System.arraycopy(got, 0, batched, 1, r - 1);
            if (fits(batched)) {
                return ": the first dimension, 1, is missing";
            }
        }
        return "";
    }

    private boolean fits(int[] dims) {
        for (int i = 0; i < dims.length; i++) {
            if (!spec.dims().get(i).fits(dims[i])) {
                return false;
            }
        }
        return true;
    }

    /** Copies what was checked to where it stays for the run. */
    void put(Object from, Object array, int offset) {
        object = null;
        waiting = false;
        copy(from, array, offset);
        given = true;
    }

    /** Copies what was checked to memory of its own until the run. */
    void stage(Object from) {
        object = null;
        waiting = false;
        if (staged == null || java.lang.reflect.Array.getLength(staged) < count) {
            staged = spec.type().storage().allocate(count);
        }
        copy(from, staged, 0);
        waiting = true;
        given = true;
    }

    private void copy(Object from, Object array, int offset) {
        try {
            Source.copy(from, spec.type(), array, offset, count);
        } catch (BadInputException e) {
            throw bad(e.getMessage());
        }
    }

    /** Keeps a sequence, optional or tensor of unknown extent until the run. */
    void stageWhole(Datum d) {
        object = d;
        waiting = true;
        given = true;
    }

    /** Makes a tensor of what was checked and keeps it until the run. */
    void stageTensor(Object from) {
        Object a = spec.type().storage().allocate(count);
        copy(from, a, 0);
        stageWhole(Tensor.owning(spec.type(), a, shape));
    }

    /** Puts what waits in its place. */
    void place(Object array, int offset) {
        if (!waiting) {
            return;
        }
        if (object != null) {
            ((Object[]) array)[offset] = object;
        } else {
            System.arraycopy(staged, 0, array, offset, count);
        }
    }

    /** Forgets what was given. */
    void clear() {
        if (waiting && spec.type().storage() == Storage.REF && staged != null) {
            Arrays.fill((Object[]) staged, null);
        }
        object = null;
        waiting = false;
        given = false;
    }
}
