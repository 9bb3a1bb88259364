package dev.lathe.compiler.onnx.proto;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** One operation of a graph; an input or output {@code ""} is absent. */
public record NodeProto(List<String> inputs, List<String> outputs, String name, String opType, String domain,
    String overload, List<AttributeProto> attributes, String docString, Map<String, String> metadata) {

    /** The attribute with this name, or null. */
    public AttributeProto attribute(String attributeName) {
        for (AttributeProto a : attributes) {
            if (a.name().equals(attributeName)) {
                return a;
            }
        }
        return null;
    }

    static NodeProto read(WireReader r) {
        List<String> inputs = new ArrayList<>();
        List<String> outputs = new ArrayList<>();
        List<AttributeProto> attributes = new ArrayList<>();
        Set<String> given = new HashSet<>();
        String name = "";
        String opType = "";
        String domain = "";
        String overload = "";
        String docString = "";
        StringEntries metadata = new StringEntries();
        while (r.next()) {
            switch (r.field()) {
                case 1 -> inputs.add(r.string("input"));
                case 2 -> outputs.add(r.string("output"));
                case 3 -> name = r.string("name");
                case 4 -> opType = r.string("op_type");
                case 5 -> {
                    AttributeProto a = AttributeProto.read(r.message("attribute", "AttributeProto"));
                    if (!given.add(a.name())) {
                        throw r.damaged("attribute", "\"" + a.name() + "\" is given twice");
                    }
                    attributes.add(a);
                }
                case 6 -> docString = r.string("doc_string");
                case 7 -> domain = r.string("domain");
                case 8 -> overload = r.string("overload");
                case 9 -> metadata.read(r.message("metadata_props", "StringStringEntryProto"));
                default -> r.skip();
            }
        }
        return new NodeProto(List.copyOf(inputs), List.copyOf(outputs), name, opType, domain, overload,
            List.copyOf(attributes), docString, metadata.map());
    }
}
