package dev.lathe.runtime;

/**
 * Conversions between {@code float} and the narrow floating-point formats, bit-exact on every machine.
 *
 * <p>Encoding rounds to the nearest value, ties to even. Where a method takes {@code saturate}, true follows ONNX's
 * default (too large, infinity included, becomes the largest finite value) and false gives the format's infinity, or
 * its NaN where it has none. A NaN stays a NaN where the format has one.
 *
 * <p>Decoding is exact. The codes are the low bits of an {@code int}; higher bits are ignored.
 */
public final class NarrowFloats {
    private static final int FLOAT_INFINITY = 0x7f800000;
    // of F8E4M3FN, F8E4M3FNUZ, F8E5M2, F8E5M2FNUZ
    private static final int F8 = ElementType.F8E4M3FN.ordinal();
    private static final int[] MANTISSA = {3, 3, 2, 2};
    private static final int[] BIAS = {7, 8, 15, 16};
    private static final int[] LARGEST = {0x7e, 0x7f, 0x7b, 0x7f};
    private static final int[] OVERFLOW = {0x7f, 0x80, 0x7c, 0x80};
    private static final float[][] VALUES = new float[4][];
    private static final float[] E2M1 = table(2, 1, 1);

    static {
        for (int t = 0; t < 4; t++) {
            VALUES[t] = table(7 - MANTISSA[t], MANTISSA[t], BIAS[t]);
        }
        // the codes that are not numbers
        VALUES[0][0x7f] = Float.NaN;
        VALUES[0][0xff] = Float.intBitsToFloat(0xffc00000);
        VALUES[1][0x80] = Float.NaN;
        VALUES[3][0x80] = Float.NaN;
        for (int code = 0x7c; code < 0x100; code = code == 0x7f ? 0xfc : code + 1) {
            int payload = code & 3;
            VALUES[2][code] = Float.intBitsToFloat(code >>> 7 << 31 | FLOAT_INFINITY | (payload == 0 ? 0 : 0x400000 | payload << 21));
        }
    }

    private NarrowFloats() {
    }

    // ---- by element type: a switch over another class's enum would cost a class ----

    /** The value of a code of a floating-point type of at most 16 bits. */
    public static float decode(ElementType type, int code) {
        if (type == ElementType.F16) {
            return f16ToFloat(code);
        }
        if (type == ElementType.BF16) {
            return bf16ToFloat(code);
        }
        int t = type.ordinal() - F8;
        if (t >= 0 && t < 4) {
            return VALUES[t][code & 0xff];
        }
        if (type == ElementType.F8E8M0) {
            return e8m0ToFloat(code);
        }
        if (type == ElementType.F4E2M1) {
            return E2M1[code & 7 | code << 4 & 128];
        }
        throw new IllegalArgumentException(type + " is not a narrow float");
    }

    /** The code of the nearest value; {@code saturate} matters to the 8-bit types only, and E8M0 rounds up. */
    public static int encode(ElementType type, float value, boolean saturate) {
        if (type == ElementType.F16) {
            return floatToF16(value);
        }
        if (type == ElementType.BF16) {
            return floatToBf16(value);
        }
        int t = type.ordinal() - F8;
        if (t >= 0 && t < 4) {
            return floatToF8(t, Float.floatToRawIntBits(value), saturate);
        }
        if (type == ElementType.F8E8M0) {
            return floatToE8m0(value, saturate);
        }
        if (type == ElementType.F4E2M1) {
            return floatToE2m1(value);
        }
        throw new IllegalArgumentException(type + " is not a narrow float");
    }

    /** The nearest value that the type can represent; {@code F32} gives the value itself. */
    public static float round(ElementType type, float value, boolean saturate) {
        return type == ElementType.F32 ? value : decode(type, encode(type, value, saturate));
    }

    // ---- 16 bits ----

    public static float roundF16(float value) {
        return f16ToFloat(floatToF16(value));
    }

    public static float roundBf16(float value) {
        return bf16ToFloat(floatToBf16(value));
    }

    public static float f16ToFloat(int code) {
        int sign = (code & 0x8000) << 16;
        int magnitude = code & 0x7fff;
        if (magnitude >= 0x7c00) {
            int payload = (magnitude & 0x3ff) << 13;
            return Float.intBitsToFloat(sign | FLOAT_INFINITY | payload | (payload == 0 ? 0 : 0x400000));
        }
        if (magnitude < 0x400) {
            float f = magnitude * 0x1p-24f;
            return sign == 0 ? f : -f;
        }
        return Float.intBitsToFloat(sign | (magnitude << 13) + (112 << 23));
    }

    public static int floatToF16(float value) {
        int bits = Float.floatToRawIntBits(value);
        int sign = bits >>> 16 & 0x8000;
        int abs = bits & 0x7fffffff;
        if (abs > FLOAT_INFINITY) {
            return sign | 0x7e00 | abs >>> 13 & 0x1ff;
        }
        return sign | Math.min(magnitude(abs, 10, 15), 0x7c00);
    }

    public static float bf16ToFloat(int code) {
        int bits = code << 16;
        return Float.intBitsToFloat((bits & 0x7fffffff) > FLOAT_INFINITY ? bits | 0x400000 : bits);
    }

    public static int floatToBf16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if ((bits & 0x7fffffff) > FLOAT_INFINITY) {
            return bits >>> 16 | 0x40;
        }
        return shiftRounding(bits & 0x7fffffff, 16) | bits >>> 16 & 0x8000;
    }

    // ---- 8 bits ----

    private static int floatToF8(int t, int bits, boolean saturate) {
        int sign = bits >>> 24 & 0x80;
        int abs = bits & 0x7fffffff;
        int code;
        if (abs > FLOAT_INFINITY) {
            code = t == 2 ? 0x7e | bits >>> 21 & 1 : OVERFLOW[t];
        } else {
            code = magnitude(abs, MANTISSA[t], BIAS[t]);
            code = code <= LARGEST[t] ? code : saturate ? LARGEST[t] : OVERFLOW[t];
        }
        // where the only zero is positive, code 0x80 is the NaN
        return (t & 1) == 1 && (code & 0x7f) == 0 ? code : sign | code;
    }

    /** 2^(code - 127); 255 is NaN. */
    private static float e8m0ToFloat(int code) {
        int exponent = code & 0xff;
        if (exponent == 0xff) {
            return Float.NaN;
        }
        return Float.intBitsToFloat(exponent == 0 ? 0x400000 : exponent << 23);
    }

    /** The power of two for the value's magnitude, rounded up: the sign is dropped, zero gives the smallest, infinity gives NaN. */
    private static int floatToE8m0(float value, boolean saturate) {
        int abs = Float.floatToRawIntBits(value) & 0x7fffffff;
        if (abs >= FLOAT_INFINITY) {
            return 0xff;
        }
        int exponent = abs >>> 23;
        int fraction = abs & 0x7fffff;
        // 2^-127 is the subnormal float 0x400000
        int exact = exponent == 0 ? 0x400000 : 0;
        if (fraction <= exact || saturate && exponent == 0xfe) {
            return exponent;
        }
        return exponent + 1;
    }

    // ---- 4 bits ----

    /** Always saturates: the format has neither infinity nor NaN, so NaN becomes -0, as in ONNX's tests. */
    private static int floatToE2m1(float value) {
        int bits = Float.floatToRawIntBits(value);
        int abs = bits & 0x7fffffff;
        if (abs > FLOAT_INFINITY) {
            return 8;
        }
        return bits >>> 28 & 8 | Math.min(magnitude(abs, 1, 1), 7);
    }

    // ---- shared ----

    /**
     * The code without sign of a magnitude (a float's bits without sign, infinity allowed), as if exponents had no
     * upper end: what overflows is larger than the format's largest code.
     */
    private static int magnitude(int abs, int mantissaBits, int bias) {
        int exponent = (abs >>> 23) - 127 + bias;
        int shift = 23 - mantissaBits;
        if (exponent >= 1) {
            return shiftRounding(abs - (127 - bias << 23), shift);
        }
        // subnormal in the format; float subnormals are far below half of the smallest value of all these formats
        shift += 1 - exponent;
        return shift > 24 ? 0 : shiftRounding(abs & 0x7fffff | 0x800000, shift);
    }

    private static int shiftRounding(int value, int shift) {
        return value + (1 << shift - 1) - 1 + (value >>> shift & 1) >>> shift;
    }

    private static float[] table(int exponentBits, int mantissaBits, int bias) {
        float[] values = new float[256];
        for (int code = 0; code < 256; code++) {
            int exponent = code >>> mantissaBits & (1 << exponentBits) - 1;
            int mantissa = code & (1 << mantissaBits) - 1;
            float significand = exponent == 0 ? mantissa : mantissa | 1 << mantissaBits;
            float value = significand * Float.intBitsToFloat(Math.max(exponent, 1) - bias - mantissaBits + 127 << 23);
            values[code] = code < 128 ? value : -value;
        }
        return values;
    }
}
