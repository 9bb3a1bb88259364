package dev.lathe.compiler.onnx.proto;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A graph: the model's own, or the body of an If, Loop or Scan. Quantization annotations are ignored. */
public record GraphProto(String name, List<NodeProto> nodes, List<TensorProto> initializers,
    List<SparseTensorProto> sparseInitializers, List<ValueInfoProto> inputs, List<ValueInfoProto> outputs,
    List<ValueInfoProto> valueInfo, String docString, Map<String, String> metadata) {

    static GraphProto read(WireReader r) {
        String name = "";
        String docString = "";
        List<NodeProto> nodes = new ArrayList<>();
        List<TensorProto> initializers = new ArrayList<>();
        List<SparseTensorProto> sparse = new ArrayList<>();
        List<ValueInfoProto> inputs = new ArrayList<>();
        List<ValueInfoProto> outputs = new ArrayList<>();
        List<ValueInfoProto> valueInfo = new ArrayList<>();
        StringEntries metadata = new StringEntries();
        while (r.next()) {
            switch (r.field()) {
                case 1 -> nodes.add(NodeProto.read(r.message("node", "NodeProto")));
                case 2 -> name = r.string("name");
                case 5 -> initializers.add(TensorProto.read(r.message("initializer", "TensorProto")));
                case 10 -> docString = r.string("doc_string");
                case 11 -> inputs.add(ValueInfoProto.read(r.message("input", "ValueInfoProto")));
                case 12 -> outputs.add(ValueInfoProto.read(r.message("output", "ValueInfoProto")));
                case 13 -> valueInfo.add(ValueInfoProto.read(r.message("value_info", "ValueInfoProto")));
                case 15 -> sparse.add(SparseTensorProto.read(r.message("sparse_initializer", "SparseTensorProto")));
                case 16 -> metadata.read(r.message("metadata_props", "StringStringEntryProto"));
                default -> r.skip();
            }
        }
        return new GraphProto(name, List.copyOf(nodes), List.copyOf(initializers), List.copyOf(sparse),
            List.copyOf(inputs), List.copyOf(outputs), List.copyOf(valueInfo), docString, metadata.map());
    }
}
