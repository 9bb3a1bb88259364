package dev.lathe.compiler.onnx.proto;

/** What the elements of a recorded sequence or optional are; the ordinal is ONNX's number. */
public enum ValueKind {
    UNDEFINED, TENSOR, SPARSE_TENSOR, SEQUENCE, MAP, OPTIONAL;

    private static final ValueKind[] ALL = values();

    static ValueKind read(WireReader r) {
        int number = r.int32("elem_type");
        if (number < 0 || number >= ALL.length) {
            throw r.damaged("elem_type", "there is no element type " + number);
        }
        return ALL[number];
    }
}
