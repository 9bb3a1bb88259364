package dev.lathe.compiler.onnx.proto;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * A recorded map: the n-th key belongs to the n-th value.
 *
 * @param keyType ONNX's element type number
 * @param keys where the keys are integers
 * @param stringKeys where they are strings
 */
public record MapProto(String name, int keyType, long[] keys, List<ByteBuffer> stringKeys, SequenceProto values) {
    static MapProto read(WireReader r) {
        String name = "";
        int keyType = 0;
        boolean hasKeys = false;
        List<ByteBuffer> stringKeys = new ArrayList<>();
        SequenceProto values = null;
        while (r.next()) {
            switch (r.field()) {
                case 1 -> name = r.string("name");
                case 2 -> keyType = r.int32("key_type");
                case 3 -> {
                    r.skip();
                    hasKeys = true;
                }
                case 4 -> stringKeys.add(r.bytes("string_keys"));
                case 5 -> values = SequenceProto.read(r.only(values, "values", "SequenceProto"));
                default -> r.skip();
            }
        }
        if (values == null) {
            throw r.damaged("values", "the field is missing");
        }
        long[] keys = hasKeys ? RepeatedNumbers.longs(r, 3, "keys") : new long[0];
        return new MapProto(name, keyType, keys, List.copyOf(stringKeys), values);
    }
}
