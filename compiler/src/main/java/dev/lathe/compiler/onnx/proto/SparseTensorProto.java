package dev.lathe.compiler.onnx.proto;

/**
 * A constant of which only some elements are not zero.
 *
 * @param indices [n, rank] or, linear, [n]
 */
public record SparseTensorProto(TensorProto values, TensorProto indices, long[] dims) {
    static SparseTensorProto read(WireReader r) {
        TensorProto values = null;
        TensorProto indices = null;
        boolean hasDims = false;
        while (r.next()) {
            switch (r.field()) {
                case 1 -> values = TensorProto.read(r.only(values, "values", "TensorProto"));
                case 2 -> indices = TensorProto.read(r.only(indices, "indices", "TensorProto"));
                case 3 -> {
                    r.skip();
                    hasDims = true;
                }
                default -> r.skip();
            }
        }
        if (values == null || indices == null) {
            throw r.damaged(values == null ? "values" : "indices", "the field is missing");
        }
        return new SparseTensorProto(values, indices, hasDims ? RepeatedNumbers.longs(r, 3, "dims") : new long[0]);
    }
}
