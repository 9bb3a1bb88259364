package dev.lathe.runtime;

/** One output of a session: where the last run left it. */
final class OutputSlot {
    final TensorSpec spec;
    final int index;
    final int[] shape;
    Object array;
    int offset;
    /** Array elements. */
    int count;
    /** True when the value is one object: a sequence, an optional, a tensor of unknown extent. */
    boolean whole;

    OutputSlot(TensorSpec spec, int index) {
        this.spec = spec;
        this.index = index;
        this.shape = new int[spec.dims().size()];
    }

    /** Notes where the output is. */
    void capture(Plan.Port port, Object holder, int start, int[] d) {
        array = holder;
        offset = Math.toIntExact(start + port.offset.eval(d));
        whole = port.whole;
        if (whole) {
            count = 1;
        } else {
            long n = port.type.isComplex() ? 2 : 1;
            for (int i = 0; i < shape.length; i++) {
                long extent = port.dims[i].eval(d);
                if (extent < 0 || extent > Integer.MAX_VALUE) {
                    throw new LatheRuntimeException("output '" + spec.name() + "': dimension " + i + " is " + extent);
                }
                shape[i] = (int) extent;
                n = Math.multiplyExact(n, extent);
            }
            count = Math.toIntExact(n);
        }
        int have = array == null ? 0 : java.lang.reflect.Array.getLength(array);
        if (offset < 0 || count > have - offset) {
            if (count == 0) {
                array = port.type.storage().allocate(0);
                offset = 0;
            } else {
                throw new LatheRuntimeException("output '" + spec.name() + "' of shape " + InputSlot.text(shape) + " lies outside its buffer");
            }
        }
    }

    /** The value, which the caller owns. */
    Datum datum() {
        if (whole) {
            return (Datum) ((Object[]) array)[offset];
        }
        return Tensor.owning(spec.type(), Tensor.copy(array, offset, count), shape);
    }

    /** The value of an output that is a tensor. */
    Tensor tensor() {
        if (spec.kind() != TensorSpec.Kind.TENSOR) {
            throw new IllegalArgumentException("output '" + spec.name() + "' is no tensor: " + spec);
        }
        return (Tensor) datum();
    }
}
