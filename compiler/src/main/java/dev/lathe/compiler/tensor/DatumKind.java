package dev.lathe.compiler.tensor;

import dev.lathe.compiler.onnx.proto.TypeProto;

/** Which message a data file holds; the file itself doesn't say. */
public enum DatumKind {
    TENSOR, SPARSE_TENSOR, SEQUENCE, OPTIONAL, MAP;

    /** The kind that values of a type are recorded as; unknown types count as tensors. */
    public static DatumKind of(TypeProto type) {
        if (type instanceof TypeProto.SequenceType) {
            return SEQUENCE;
        }
        if (type instanceof TypeProto.OptionalType) {
            return OPTIONAL;
        }
        if (type instanceof TypeProto.MapType) {
            return MAP;
        }
        return type instanceof TypeProto.SparseTensorType ? SPARSE_TENSOR : TENSOR;
    }
}
