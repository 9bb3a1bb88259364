package dev.lathe.compiler.onnx.proto;

import java.util.Map;

/** A value's name and type; the type is {@link TypeProto.Unknown} where the file gives none. */
public record ValueInfoProto(String name, TypeProto type, String docString, Map<String, String> metadata) {
    static ValueInfoProto read(WireReader r) {
        String name = "";
        String docString = "";
        TypeProto type = null;
        StringEntries metadata = new StringEntries();
        while (r.next()) {
            switch (r.field()) {
                case 1 -> name = r.string("name");
                case 2 -> type = TypeProto.read(r.only(type, "type", "TypeProto"));
                case 3 -> docString = r.string("doc_string");
                case 4 -> metadata.read(r.message("metadata_props", "StringStringEntryProto"));
                default -> r.skip();
            }
        }
        return new ValueInfoProto(name, type == null ? new TypeProto.Unknown() : type, docString, metadata.map());
    }
}
