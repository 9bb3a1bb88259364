package dev.lathe.compiler.onnx.proto;

/** A recorded value that may be absent: all fields null, or only the one that {@link #kind} names is not. */
public record OptionalProto(String name, ValueKind kind, TensorProto tensor, SparseTensorProto sparseTensor,
    SequenceProto sequence, MapProto map, OptionalProto optional) {

    static OptionalProto read(WireReader r) {
        String name = "";
        ValueKind kind = ValueKind.UNDEFINED;
        TensorProto tensor = null;
        SparseTensorProto sparse = null;
        SequenceProto sequence = null;
        MapProto map = null;
        OptionalProto optional = null;
        while (r.next()) {
            switch (r.field()) {
                case 1 -> name = r.string("name");
                case 2 -> kind = ValueKind.read(r);
                case 3 -> tensor = TensorProto.read(r.only(tensor, "tensor_value", "TensorProto"));
                case 4 -> sparse = SparseTensorProto.read(r.only(sparse, "sparse_tensor_value", "SparseTensorProto"));
                case 5 -> sequence = SequenceProto.read(r.only(sequence, "sequence_value", "SequenceProto"));
                case 6 -> map = MapProto.read(r.only(map, "map_value", "MapProto"));
                case 7 -> optional = read(r.only(optional, "optional_value", "OptionalProto"));
                default -> r.skip();
            }
        }
        return new OptionalProto(name, kind, tensor, sparse, sequence, map, optional);
    }
}
