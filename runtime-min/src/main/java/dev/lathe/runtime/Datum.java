package dev.lathe.runtime;

/** What an input or output can hold. */
public sealed interface Datum permits Tensor, SequenceValue, OptionalValue, MapValue {}
