package dev.lathe.runtime;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the class that each compiled model gets, with its own name and typed methods, has from here. It may be shared
 * among threads: as many runs as {@link ModelOptions#sessions} go on at once, the others wait.
 */
public abstract class TypedModel implements AutoCloseable {
    private final Model model;

    /** Loads the model of the generated class {@code generated}. */
    protected TypedModel(Class<?> generated, ModelOptions options) {
        model = Model.load(generated, options);
    }

    /** The model behind the typed methods: sessions, stamp, target. */
    public final Model model() {
        return model;
    }

    /** Runs the model a few times, until its code is compiled. */
    public final void warmUp() {
        model.warmUp();
    }

    @Override
    public void close() {
        model.close();
    }

    /**
     * The tensor of input number {@code input}.
     *
     * @param shape at most one extent is -1: it follows from the length of {@code array}
     */
    protected final Tensor tensor(int input, Object array, int... shape) {
        TensorSpec spec = model.inputs().get(input);
        present(array, spec);
        long length = java.lang.reflect.Array.getLength(array) / (spec.type().isComplex() ? 2 : 1);
        long known = 1;
        int open = -1;
        for (int i = 0; i < shape.length; i++) {
            if (shape[i] == -1) {
                open = i;
            } else if (shape[i] < 0) {
                throw new BadInputException("input '" + spec.name() + "': dimension " + i + " (" + spec.dims().get(i).text() + ") is " + shape[i]);
            } else {
                known *= shape[i];
            }
        }
        if (open >= 0) {
            if (known == 0 || length % known != 0) {
                throw new BadInputException("input " + spec + ": an array of " + length + " elements is no multiple of " + known);
            }
            shape[open] = (int) (length / known);
        } else if (known != length) {
            throw new BadInputException("input " + spec + " takes " + known + " elements here, and the array has " + length);
        }
        return Tensor.owning(spec.type(), array, shape);
    }

    private static void present(Object given, TensorSpec spec) {
        if (given == null) {
            throw new NullPointerException("input '" + spec.name() + "' is null");
        }
    }

    /** Pictures of one size, one after another, as the tensor of input number {@code input}. */
    protected final Tensor picture(int input, byte[] rgb, int width, int height) {
        TensorSpec spec = model.inputs().get(input);
        present(rgb, spec);
        long each = 3L * width * height;
        if (width < 1 || height < 1 || rgb.length == 0 || rgb.length % each != 0) {
            throw new BadInputException("input " + spec + ": " + rgb.length + " bytes are no pictures of " + width + " x " + height
                    + " pixels, which take 3 bytes each: red, green, blue");
        }
        int n = (int) (rgb.length / each);
        return Tensor.ofBytes(rgb, true, spec.dims().size() == 3 && n == 1 ? new int[] {height, width, 3} : new int[] {n, height, width, 3});
    }

    /** Runs the model on all inputs, in order; the outputs, in order. */
    protected final Datum[] runAll(Datum... inputs) {
        List<TensorSpec> specs = model.inputs();
        Map<String, Datum> given = new LinkedHashMap<>();
        for (int i = 0; i < inputs.length; i++) {
            TensorSpec spec = specs.get(i);
            present(inputs[i], spec);
            given.put(spec.name(), inputs[i]);
        }
        Map<String, Datum> results = model.runAny(given);
        List<Datum> all = new ArrayList<>();
        for (TensorSpec out : model.outputs()) {
            all.add(results.get(out.name()));
        }
        return all.toArray(new Datum[0]);
    }

    /** The elements of a result, which belongs to the caller. */
    protected static Object elements(Datum result) {
        return ((Tensor) result).array();
    }

    /** The elements of a result of strings, which belong to the caller. */
    protected static String[] strings(Datum result) {
        return ((Tensor) result).toStrings();
    }

    /** The lines of some texts. */
    protected static List<String> lines(String... parts) {
        return List.of(String.join("", parts).split("\n", -1));
    }

    @Override
    public String toString() {
        return model.toString();
    }

    /** The outputs of one run of a model that has several. */
    public abstract static class Outputs {
        private final Datum[] all;

        /** Takes over {@code all}. */
        protected Outputs(Datum[] all) {
            this.all = all;
        }

        /** Output number {@code i}. */
        protected final Datum get(int i) {
            return all[i];
        }

        /** The elements of output number {@code i}: the same array at each call, and the caller's own. */
        protected final Object array(int i) {
            return ((Tensor) all[i]).array();
        }

        /** The strings of output number {@code i}. */
        protected final String[] text(int i) {
            return ((Tensor) all[i]).toStrings();
        }

        /** The dimensions of output number {@code i}. */
        protected final int[] shape(int i) {
            return ((Tensor) all[i]).shape();
        }
    }
}
