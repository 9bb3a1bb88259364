package dev.lathe.compiler.onnx.proto;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * An operator that the model itself defines.
 *
 * @param attributes the names of attributes without a default
 * @param attributeDefaults attributes with their defaults
 */
public record FunctionProto(String domain, String name, String overload, List<String> inputs, List<String> outputs,
    List<String> attributes, List<AttributeProto> attributeDefaults, List<NodeProto> nodes,
    List<OperatorSetId> opsetImports, List<ValueInfoProto> valueInfo, String docString,
    Map<String, String> metadata) {

    static FunctionProto read(WireReader r) {
        String domain = "";
        String name = "";
        String overload = "";
        String docString = "";
        List<String> inputs = new ArrayList<>();
        List<String> outputs = new ArrayList<>();
        List<String> attributes = new ArrayList<>();
        List<AttributeProto> defaults = new ArrayList<>();
        List<NodeProto> nodes = new ArrayList<>();
        List<OperatorSetId> opsets = new ArrayList<>();
        List<ValueInfoProto> valueInfo = new ArrayList<>();
        StringEntries metadata = new StringEntries();
        while (r.next()) {
            switch (r.field()) {
                case 1 -> name = r.string("name");
                case 4 -> inputs.add(r.string("input"));
                case 5 -> outputs.add(r.string("output"));
                case 6 -> attributes.add(r.string("attribute"));
                case 7 -> nodes.add(NodeProto.read(r.message("node", "NodeProto")));
                case 8 -> docString = r.string("doc_string");
                case 9 -> opsets.add(OperatorSetId.read(r.message("opset_import", "OperatorSetIdProto")));
                case 10 -> domain = r.string("domain");
                case 11 -> defaults.add(AttributeProto.read(r.message("attribute_proto", "AttributeProto")));
                case 12 -> valueInfo.add(ValueInfoProto.read(r.message("value_info", "ValueInfoProto")));
                case 13 -> overload = r.string("overload");
                case 14 -> metadata.read(r.message("metadata_props", "StringStringEntryProto"));
                default -> r.skip();
            }
        }
        return new FunctionProto(domain, name, overload, List.copyOf(inputs), List.copyOf(outputs),
            List.copyOf(attributes), List.copyOf(defaults), List.copyOf(nodes), List.copyOf(opsets),
            List.copyOf(valueInfo), docString, metadata.map());
    }
}
