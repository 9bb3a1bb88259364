package dev.lathe.compiler.onnx.proto;

import java.util.ArrayList;
import java.util.List;

/** A recorded sequence; its elements are in the list that {@link #kind} names. */
public record SequenceProto(String name, ValueKind kind, List<TensorProto> tensors,
    List<SparseTensorProto> sparseTensors, List<SequenceProto> sequences, List<MapProto> maps,
    List<OptionalProto> optionals) {

    static SequenceProto read(WireReader r) {
        String name = "";
        ValueKind kind = ValueKind.UNDEFINED;
        List<TensorProto> tensors = new ArrayList<>();
        List<SparseTensorProto> sparse = new ArrayList<>();
        List<SequenceProto> sequences = new ArrayList<>();
        List<MapProto> maps = new ArrayList<>();
        List<OptionalProto> optionals = new ArrayList<>();
        while (r.next()) {
            switch (r.field()) {
                case 1 -> name = r.string("name");
                case 2 -> kind = ValueKind.read(r);
                case 3 -> tensors.add(TensorProto.read(r.message("tensor_values", "TensorProto")));
                case 4 -> sparse.add(SparseTensorProto.read(r.message("sparse_tensor_values", "SparseTensorProto")));
                case 5 -> sequences.add(read(r.message("sequence_values", "SequenceProto")));
                case 6 -> maps.add(MapProto.read(r.message("map_values", "MapProto")));
                case 7 -> optionals.add(OptionalProto.read(r.message("optional_values", "OptionalProto")));
                default -> r.skip();
            }
        }
        return new SequenceProto(name, kind, List.copyOf(tensors), List.copyOf(sparse), List.copyOf(sequences),
            List.copyOf(maps), List.copyOf(optionals));
    }
}
