package dev.lathe.compiler.onnx.proto;

/** Which of an attribute's fields holds its value; the ordinal is ONNX's number. */
public enum AttributeType {
    UNDEFINED, FLOAT, INT, STRING, TENSOR, GRAPH, FLOATS, INTS, STRINGS, TENSORS, GRAPHS, SPARSE_TENSOR,
    SPARSE_TENSORS, TYPE_PROTO, TYPE_PROTOS;

    private static final AttributeType[] ALL = values();

    /** Null where ONNX has no such number. */
    static AttributeType of(int number) {
        return number < 0 || number >= ALL.length ? null : ALL[number];
    }
}
