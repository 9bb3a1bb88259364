package dev.lathe.bench;

import dev.lathe.runtime.Tensor;
import java.util.Map;

/** A loaded model with its inputs, ready to be run again and again. */
interface Engine extends AutoCloseable {
    /** One inference: inputs go in, outputs are ready to be read. */
    void infer();

    /** Copies of the outputs of the last inference, in the model's order. */
    Map<String, Tensor> outputs();

    @Override
    void close();
}
