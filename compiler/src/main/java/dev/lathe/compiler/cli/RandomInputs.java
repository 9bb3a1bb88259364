package dev.lathe.compiler.cli;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.runtime.Datum;
import dev.lathe.runtime.NarrowFloats;
import dev.lathe.runtime.OptionalValue;
import dev.lathe.runtime.SequenceValue;
import dev.lathe.runtime.Tensor;
import dev.lathe.runtime.TensorSpec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Inputs for measurements: floats from -1 to 1, the same in every run; integers are 0, which is in range as an index. */
final class RandomInputs {
    private RandomInputs() {}

    static Map<String, Datum> of(List<TensorSpec> specs, Map<String, int[]> shapes) {
        for (String name : shapes.keySet()) {
            if (specs.stream().noneMatch(s -> s.name().equals(name))) {
                throw LatheException.wrongUse("", "there is no input \"" + name + "\" to give a shape to", "the inputs are " + specs);
            }
        }
        Map<String, Datum> values = new LinkedHashMap<>();
        Random random = new Random(1);
        for (TensorSpec s : specs) {
            values.put(s.name(), switch (s.kind()) {
                case TENSOR -> tensor(s, shapes.get(s.name()), random);
                case SEQUENCE -> SequenceValue.EMPTY;
                case OPTIONAL -> OptionalValue.EMPTY;
            });
        }
        return values;
    }

    /** Open dimensions get their smallest extent, at least 1. */
    private static Tensor tensor(TensorSpec s, int[] given, Random random) {
        int[] shape = given != null ? given : s.dims().stream().mapToInt(d -> (int) Math.max(d.isStatic() ? 0 : 1, d.min())).toArray();
        Tensor t = Tensor.zeros(s.type(), shape);
        if (t.array() instanceof float[] a) {
            for (int i = 0; i < a.length; i++) {
                float v = 2 * random.nextFloat() - 1;
                a[i] = s.type().isFloat() && s.type().bits() < 32 ? NarrowFloats.round(s.type(), v, true) : v;
            }
        } else if (t.array() instanceof double[] a) {
            for (int i = 0; i < a.length; i++) {
                a[i] = 2 * random.nextDouble() - 1;
            }
        }
        return t;
    }
}
