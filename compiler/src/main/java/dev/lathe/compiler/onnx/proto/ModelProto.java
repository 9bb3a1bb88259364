package dev.lathe.compiler.onnx.proto;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A whole model file. Training information and device configurations are ignored. */
public record ModelProto(long irVersion, List<OperatorSetId> opsetImports, String producerName,
    String producerVersion, String domain, long modelVersion, String docString, GraphProto graph,
    List<FunctionProto> functions, Map<String, String> metadata) {

    /** The version of a domain's operators, or 0 where the model doesn't import that domain. */
    public long opset(String ofDomain) {
        for (OperatorSetId id : opsetImports) {
            if (normal(id.domain()).equals(normal(ofDomain))) {
                return id.version();
            }
        }
        return 0;
    }

    private static String normal(String domain) {
        return domain.equals("ai.onnx") ? "" : domain;
    }

    static ModelProto read(WireReader r) {
        long irVersion = 0;
        long modelVersion = 0;
        String producerName = "";
        String producerVersion = "";
        String domain = "";
        String docString = "";
        GraphProto graph = null;
        List<OperatorSetId> opsets = new ArrayList<>();
        List<FunctionProto> functions = new ArrayList<>();
        StringEntries metadata = new StringEntries();
        while (r.next()) {
            switch (r.field()) {
                case 1 -> irVersion = r.int64("ir_version");
                case 2 -> producerName = r.string("producer_name");
                case 3 -> producerVersion = r.string("producer_version");
                case 4 -> domain = r.string("domain");
                case 5 -> modelVersion = r.int64("model_version");
                case 6 -> docString = r.string("doc_string");
                case 7 -> graph = GraphProto.read(r.only(graph, "graph", "GraphProto"));
                case 8 -> opsets.add(OperatorSetId.read(r.message("opset_import", "OperatorSetIdProto")));
                case 14 -> metadata.read(r.message("metadata_props", "StringStringEntryProto"));
                case 25 -> functions.add(FunctionProto.read(r.message("functions", "FunctionProto")));
                default -> r.skip();
            }
        }
        return new ModelProto(irVersion, List.copyOf(opsets), producerName, producerVersion, domain, modelVersion,
            docString, graph, List.copyOf(functions), metadata.map());
    }
}
