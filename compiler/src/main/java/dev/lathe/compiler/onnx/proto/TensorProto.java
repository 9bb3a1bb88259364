package dev.lathe.compiler.onnx.proto;

import dev.lathe.runtime.ElementType;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A constant's header and a view of its bytes; numbers in typed fields are read from the file when asked for.
 *
 * @param dataType ONNX's number, see {@link #elementType}
 * @param raw the bytes of {@code raw_data}; empty where the data stand elsewhere
 * @param segmented the tensor is only a part of a larger one
 * @param externalData where {@code external}: keys {@code location}, {@code offset}, {@code length}, {@code checksum}
 * @param typed the message itself, for its typed fields
 */
public record TensorProto(String name, long[] dims, int dataType, ByteBuffer raw, boolean segmented,
    boolean external, Map<String, String> externalData, String docString, Map<String, String> metadata,
    TypedData typed) {

    private static final ElementType[] TYPES = {
        null, ElementType.F32, ElementType.U8, ElementType.I8, ElementType.U16, ElementType.I16, ElementType.I32,
        ElementType.I64, ElementType.STR, ElementType.BOOL, ElementType.F16, ElementType.F64, ElementType.U32,
        ElementType.U64, ElementType.C64, ElementType.C128, ElementType.BF16, ElementType.F8E4M3FN,
        ElementType.F8E4M3FNUZ, ElementType.F8E5M2, ElementType.F8E5M2FNUZ, ElementType.U4, ElementType.I4,
        ElementType.F4E2M1, ElementType.F8E8M0, ElementType.U2, ElementType.I2
    };

    /** The element type with ONNX's number {@code dataType}, or null. */
    public static ElementType elementType(int dataType) {
        return dataType < 0 || dataType >= TYPES.length ? null : TYPES[dataType];
    }

    /** ONNX's number of an element type. */
    public static int dataType(ElementType type) {
        for (int i = 1; i < TYPES.length; i++) {
            if (TYPES[i] == type) {
                return i;
            }
        }
        throw new IllegalArgumentException("ONNX has no " + type.text());
    }

    /** The fields in which numbers and strings stand outside {@code raw_data}. */
    public static final class TypedData {
        private final WireReader message;

        private TypedData(WireReader message) {
            this.message = message;
        }

        /** A reader's place in the file, for messages. */
        public String where() {
            return message.source() + ": byte " + message.start();
        }

        public float[] floats() {
            return RepeatedNumbers.floats(message, 4, "float_data");
        }

        /** {@code int32_data}, sign-extended. */
        public long[] int32s() {
            return RepeatedNumbers.longs(message, 5, "int32_data");
        }

        public List<ByteBuffer> strings() {
            List<ByteBuffer> strings = new ArrayList<>();
            for (WireReader r = message.restarted(); r.next();) {
                if (r.field() == 6) {
                    strings.add(r.bytes("string_data"));
                } else {
                    r.skip();
                }
            }
            return strings;
        }

        public long[] int64s() {
            return RepeatedNumbers.longs(message, 7, "int64_data");
        }

        public double[] doubles() {
            return RepeatedNumbers.doubles(message, 10, "double_data");
        }

        public long[] uint64s() {
            return RepeatedNumbers.longs(message, 11, "uint64_data");
        }

        @Override
        public String toString() {
            return where();
        }
    }

    static TensorProto read(WireReader r) {
        String name = "";
        String docString = "";
        int dataType = 0;
        int location = 0;
        boolean hasDims = false;
        boolean segmented = false;
        ByteBuffer raw = ByteBuffer.allocate(0);
        StringEntries external = new StringEntries();
        StringEntries metadata = new StringEntries();
        while (r.next()) {
            switch (r.field()) {
                case 1 -> {
                    r.skip();
                    hasDims = true;
                }
                case 2 -> dataType = r.int32("data_type");
                case 3 -> {
                    r.skip();
                    segmented = true;
                }
                case 8 -> name = r.string("name");
                case 9 -> raw = r.bytes("raw_data");
                case 12 -> docString = r.string("doc_string");
                case 13 -> external.read(r.message("external_data", "StringStringEntryProto"));
                case 14 -> location = r.int32("data_location");
                case 16 -> metadata.read(r.message("metadata_props", "StringStringEntryProto"));
                default -> r.skip();
            }
        }
        if (location != 0 && location != 1) {
            throw r.damaged("data_location", "there is no location " + location);
        }
        long[] dims = hasDims ? RepeatedNumbers.longs(r, 1, "dims") : new long[0];
        return new TensorProto(name, dims, dataType, raw, segmented, location == 1, external.map(), docString,
            metadata.map(), new TypedData(r));
    }
}
