package dev.lathe.compiler.onnx.proto;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** Repeated key-value pairs of text ({@code StringStringEntryProto}), in file order. */
final class StringEntries {
    private final Map<String, String> entries = new LinkedHashMap<>();

    void read(WireReader r) {
        String key = "";
        String value = "";
        while (r.next()) {
            switch (r.field()) {
                case 1 -> key = r.string("key");
                case 2 -> value = r.string("value");
                default -> r.skip();
            }
        }
        entries.put(key, value);
    }

    Map<String, String> map() {
        return entries.isEmpty() ? Map.of() : Collections.unmodifiableMap(entries);
    }
}
