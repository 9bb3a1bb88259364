package dev.lathe.compiler.tensor;

import java.util.List;

/** A recorded input or output of a model. */
public sealed interface Datum {
    record TensorDatum(Tensor tensor) implements Datum {
    }

    record SequenceDatum(List<Datum> elements) implements Datum {
    }

    /** @param value null where it is absent */
    record OptionalDatum(Datum value) implements Datum {
    }

    /**
     * @param keys of rank 1; the n-th key belongs to the n-th value
     */
    record MapDatum(Tensor keys, List<Datum> values) implements Datum {
    }
}
