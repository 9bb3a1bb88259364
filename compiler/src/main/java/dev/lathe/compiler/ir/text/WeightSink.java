package dev.lathe.compiler.ir.text;

import dev.lathe.compiler.tensor.Tensor;

/** Takes the constants that are too big for the text. */
@FunctionalInterface
public interface WeightSink {
    /**
     * @param wish what the tensor would best be called
     * @return the name under which it stands in the side file; null when it is to stand in the text
     */
    String put(String wish, Tensor t);
}
