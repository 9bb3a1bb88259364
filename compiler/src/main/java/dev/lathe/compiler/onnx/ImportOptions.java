package dev.lathe.compiler.onnx;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.tensor.Tensor;
import java.util.Collection;
import java.util.Map;
import java.util.Set;

/**
 * How a model is read.
 *
 * @param shapes input names to the shape that the input shall have, in place of the declared one
 * @param dynamic every dimension of every input becomes a symbol
 * @param constants input names to contents: these inputs become constants of the model
 * @param recorded the shapes are those of recorded data: they hold even where the model declares others
 * @param numbers quantised inputs and outputs by their names that are given as the numbers that they stand for, in f32
 * @param steps what a quantised TensorFlow Lite model computes is rounded to the steps of its types, as its interpreter does
 * @param signature which of a TensorFlow Lite model's signatures is read; null: its first graph
 */
public record ImportOptions(Map<String, int[]> shapes, boolean dynamic, Map<String, Tensor> constants, boolean recorded, Set<String> numbers, boolean steps,
        String signature) {
    public static final ImportOptions NONE = new ImportOptions(Map.of(), false, Map.of());

    public ImportOptions(Map<String, int[]> shapes, boolean dynamic, Map<String, Tensor> constants) {
        this(shapes, dynamic, constants, false, Set.of(), false, null);
    }

    /** Of recorded data. */
    public ImportOptions(Map<String, int[]> shapes, boolean dynamic, Set<String> numbers) {
        this(shapes, dynamic, Map.of(), true, numbers, false, null);
    }

    public ImportOptions withConstants(Map<String, Tensor> c) {
        return new ImportOptions(shapes, dynamic, c, false, numbers, steps, signature);
    }

    public ImportOptions withSteps(boolean s) {
        return new ImportOptions(shapes, dynamic, constants, recorded, numbers, s, signature);
    }

    public ImportOptions withSignature(String s) {
        return new ImportOptions(shapes, dynamic, constants, recorded, numbers, steps, s);
    }

    /** The shape given for an input that the model declares with {@code rank} dimensions; null when none is. */
    public int[] shape(String input, int rank) {
        int[] given = shapes.get(input);
        if (given != null && given.length != rank) {
            throw LatheException.wrongUse("input \"" + input + "\"", "the shape given has " + given.length + " dimensions, the model declares " + rank, allOf(rank));
        }
        return given;
    }

    /** What to do where the shape given has another number of dimensions. */
    static String allOf(int rank) {
        return rank == 0 ? "it is a single number: leave its shape out" : "give a number for each of its " + rank + (rank == 1 ? " dimension" : " dimensions, with x between them");
    }

    /** Refuses shapes for what is no input. */
    public void checkNames(Collection<String> inputs) {
        for (String given : shapes.keySet()) {
            if (!inputs.contains(given)) {
                throw LatheException.wrongUse("", "there is no input \"" + given + "\" to give a shape to", "the model's inputs are " + String.join(", ", inputs));
            }
        }
    }
}
