package dev.lathe.compiler.tensor;

import dev.lathe.runtime.ElementType;

/** One tensor of a safetensors file; its bytes are from {@code begin} to before {@code end} of the data. */
record SafetensorsEntry(ElementType type, int[] dims, long begin, long end) {
    /** The metadata entry {@code lathe.type:NAME} holds the real type of tensor NAME, as {@code f4e2m1[2,3]}. */
    static final String TYPE_KEY = "lathe.type:";

    /** The format's name of a type, or null. */
    static String dtype(ElementType type) {
        return switch (type) {
            case F32, F64, F16, BF16, I8, I16, I32, I64, U8, U16, U32, U64, BOOL -> type.name();
            case F8E4M3FN -> "F8_E4M3";
            case F8E5M2 -> "F8_E5M2";
            case F8E4M3FNUZ, F8E5M2FNUZ, F8E8M0, F4E2M1, I4, U4, I2, U2, STR, C64, C128 -> null;
        };
    }

    /** The type of that name, or null. */
    static ElementType ofDtype(Object dtype) {
        for (ElementType t : ElementType.values()) {
            String name = dtype(t);
            if (name != null && name.equals(dtype)) {
                return t;
            }
        }
        return null;
    }
}
