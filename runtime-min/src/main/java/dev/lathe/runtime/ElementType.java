package dev.lathe.runtime;

import java.util.Locale;

/**
 * The type of a tensor's elements, with the array that holds them while a model runs.
 *
 * <p>Narrow floating-point types live in {@code float[]} and always hold a value that the narrow type can
 * represent; narrow integers and booleans (0 or 1) live sign- or zero-extended in {@code int[]}; {@code U32} lives
 * zero-extended in {@code long[]}; {@code U64} is its bit pattern in {@code long[]}. A complex element takes two
 * consecutive floats (or doubles), real part first.
 */
public enum ElementType {
    F32(Storage.F32, 32), F64(Storage.F64, 64), F16(Storage.F32, 16), BF16(Storage.F32, 16),
    F8E4M3FN(Storage.F32, 8), F8E4M3FNUZ(Storage.F32, 8), F8E5M2(Storage.F32, 8), F8E5M2FNUZ(Storage.F32, 8),
    F8E8M0(Storage.F32, 8), F4E2M1(Storage.F32, 4),
    I8(Storage.I32, 8), I16(Storage.I32, 16), I32(Storage.I32, 32), I64(Storage.I64, 64),
    U8(Storage.I32, 8), U16(Storage.I32, 16), U32(Storage.I64, 32), U64(Storage.I64, 64),
    I4(Storage.I32, 4), U4(Storage.I32, 4), I2(Storage.I32, 2), U2(Storage.I32, 2),
    BOOL(Storage.I32, 8), STR(Storage.REF, 0), C64(Storage.F32, 64), C128(Storage.F64, 128);

    private final Storage storage;
    private final int bits;

    ElementType(Storage storage, int bits) {
        this.storage = storage;
        this.bits = bits;
    }

    public Storage storage() {
        return storage;
    }

    /** Bits of one element in a file; 0 for strings. */
    public int bits() {
        return bits;
    }

    /** The name in the textual IR: {@code f32}, {@code u8}, {@code bool}, ... */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The type with this textual name, or null. */
    public static ElementType ofText(String text) {
        for (ElementType t : values()) {
            if (t.text().equals(text)) {
                return t;
            }
        }
        return null;
    }

    public boolean isFloat() {
        return ordinal() <= F4E2M1.ordinal();
    }

    public boolean isComplex() {
        return this == C64 || this == C128;
    }

    /** True for the signed and unsigned integers; false for bool. */
    public boolean isInteger() {
        return ordinal() >= I8.ordinal() && ordinal() <= U2.ordinal();
    }

    public boolean isUnsigned() {
        return this == U8 || this == U16 || this == U32 || this == U64 || this == U4 || this == U2;
    }
}
