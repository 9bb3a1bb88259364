package dev.lathe.compiler.cli;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.runtime.Datum;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.NarrowFloats;
import dev.lathe.runtime.OptionalValue;
import dev.lathe.runtime.SequenceValue;
import dev.lathe.runtime.Tensor;
import dev.lathe.runtime.TensorSpec;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Inputs for measurements: floats from -1 to 1, the same in every run; integers are 0, which is in range as an index. Where
 * sequences begin (LoD), they are as long as each other.
 */
final class RandomInputs {
    private RandomInputs() {}

    static Map<String, Datum> of(List<TensorSpec> specs, Map<String, int[]> shapes) {
        for (String name : shapes.keySet()) {
            if (specs.stream().noneMatch(s -> s.name().equals(name))) {
                throw LatheException.wrongUse("", "there is no input \"" + name + "\" to give a shape to", "the inputs are " + specs);
            }
        }
        Map<String, Integer> known = named(specs, shapes);
        Map<String, Datum> values = new LinkedHashMap<>();
        Random random = new Random(1);
        for (TensorSpec s : specs) {
            values.put(s.name(), switch (s.kind()) {
                case TENSOR -> tensor(s, shapes.get(s.name()), known, random);
                case SEQUENCE -> SequenceValue.EMPTY;
                case OPTIONAL -> OptionalValue.EMPTY;
            });
        }
        sequences(specs, shapes, values);
        return values;
    }

    /** The rows where sequences begin that another input holds, and their number at the end. */
    private static void sequences(List<TensorSpec> specs, Map<String, int[]> shapes, Map<String, Datum> values) {
        // those whose steps are rows first: others' steps are these
        for (String ending : new String[] {".lod", ".lod1"}) {
            for (TensorSpec s : specs) {
                String name = s.name();
                if (!name.endsWith(ending) || s.kind() != TensorSpec.Kind.TENSOR || s.type() != ElementType.I64 || s.dims().size() != 1) {
                    continue;
                }
                boolean rows = ending.equals(".lod");
                String of = rows ? name.substring(0, name.length() - ending.length()) : name.substring(0, name.length() - 1);
                if (values.get(of) instanceof Tensor t && t.shape().length > 0) {
                    int steps = rows ? t.shape()[0] : t.shape()[0] - 1;
                    int count = shapes.containsKey(name) ? shapes.get(name)[0] : s.dims().get(0).isStatic() ? (int) s.dims().get(0).min() : 2;
                    long[] begin = new long[Math.max(1, count)];
                    for (int i = 0; i < begin.length; i++) {
                        begin[i] = begin.length == 1 ? 0 : (long) steps * i / (begin.length - 1);
                    }
                    values.put(name, Tensor.ofLongs(begin, begin.length));
                }
            }
        }
    }

    /** What the shapes that are given say of open dimensions by name: the same name has the same extent in other inputs. */
    private static Map<String, Integer> named(List<TensorSpec> specs, Map<String, int[]> shapes) {
        Map<String, Integer> known = new HashMap<>();
        for (TensorSpec s : specs) {
            int[] shape = shapes.get(s.name());
            for (int i = 0; shape != null && i < Math.min(shape.length, s.dims().size()); i++) {
                known.putIfAbsent(s.dims().get(i).text(), shape[i]);
            }
        }
        return known;
    }

    /** Open dimensions that no other input says have their smallest extent, at least 1. */
    private static Tensor tensor(TensorSpec s, int[] given, Map<String, Integer> known, Random random) {
        int[] shape = given != null ? given : s.dims().stream()
                .mapToInt(d -> d.isStatic() ? (int) d.min() : known.getOrDefault(d.text(), (int) Math.max(1, d.min()))).toArray();
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
