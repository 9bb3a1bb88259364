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
    private static final float[] E4M3FN = table(4, 3, 7);
    private static final float[] E4M3FNUZ = table(4, 3, 8);
    private static final float[] E5M2 = table(5, 2, 15);
    private static final float[] E5M2FNUZ = table(5, 2, 16);
    private static final float[] E2M1 = {0, 0.5f, 1, 1.5f, 2, 3, 4, 6, -0f, -0.5f, -1, -1.5f, -2, -3, -4, -6};

    static {
        // the codes that are not numbers
        E4M3FN[0x7f] = Float.NaN;
        E4M3FN[0xff] = Float.intBitsToFloat(0xffc00000);
        E4M3FNUZ[0x80] = Float.NaN;
        E5M2FNUZ[0x80] = Float.NaN;
        for (int sign = 0; sign <= 0x80; sign += 0x80) {
            E5M2[sign | 0x7c] = Float.intBitsToFloat(sign << 24 | FLOAT_INFINITY);
            for (int payload = 1; payload < 4; payload++) {
                E5M2[sign | 0x7c | payload] = Float.intBitsToFloat(sign << 24 | FLOAT_INFINITY | 0x400000 | payload << 21);
            }
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
        if (type == ElementType.F8E4M3FN) {
            return f8e4m3fnToFloat(code);
        }
        if (type == ElementType.F8E4M3FNUZ) {
            return f8e4m3fnuzToFloat(code);
        }
        if (type == ElementType.F8E5M2) {
            return f8e5m2ToFloat(code);
        }
        if (type == ElementType.F8E5M2FNUZ) {
            return f8e5m2fnuzToFloat(code);
        }
        if (type == ElementType.F8E8M0) {
            return f8e8m0ToFloat(code);
        }
        if (type == ElementType.F4E2M1) {
            return f4e2m1ToFloat(code);
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
        if (type == ElementType.F8E4M3FN) {
            return floatToF8e4m3fn(value, saturate);
        }
        if (type == ElementType.F8E4M3FNUZ) {
            return floatToF8e4m3fnuz(value, saturate);
        }
        if (type == ElementType.F8E5M2) {
            return floatToF8e5m2(value, saturate);
        }
        if (type == ElementType.F8E5M2FNUZ) {
            return floatToF8e5m2fnuz(value, saturate);
        }
        if (type == ElementType.F8E8M0) {
            return floatToF8e8m0(value, saturate);
        }
        if (type == ElementType.F4E2M1) {
            return floatToF4e2m1(value);
        }
        throw new IllegalArgumentException(type + " is not a narrow float");
    }

    /** The nearest value that the type can represent; {@code F32} gives the value itself. */
    public static float round(ElementType type, float value, boolean saturate) {
        return type == ElementType.F32 ? value : decode(type, encode(type, value, saturate));
    }

    /**
     * A double as a float, rounded to odd: rounding the result to any narrow type gives what rounding the double
     * directly would, which rounding to the nearest float first does not.
     */
    public static float roundToOdd(double value) {
        float f = (float) value;
        if (f == value || Float.isNaN(f)) {
            return f;
        }
        int bits = Float.floatToRawIntBits(f);
        if (Math.abs((double) f) > Math.abs(value)) {
            // rounded away from zero; one step back gives the truncated value (infinity steps to the largest float)
            bits--;
        }
        return Float.intBitsToFloat(bits | 1);
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

    public static float f8e4m3fnToFloat(int code) {
        return E4M3FN[code & 0xff];
    }

    public static int floatToF8e4m3fn(float value, boolean saturate) {
        int bits = Float.floatToRawIntBits(value);
        int sign = bits >>> 24 & 0x80;
        return sign | clamp(bits, magnitude(bits & 0x7fffffff, 3, 7), 0x7e, saturate, 0x7f, 0x7f);
    }

    public static float f8e4m3fnuzToFloat(int code) {
        return E4M3FNUZ[code & 0xff];
    }

    public static int floatToF8e4m3fnuz(float value, boolean saturate) {
        int bits = Float.floatToRawIntBits(value);
        return unsignedZero(bits, clamp(bits, magnitude(bits & 0x7fffffff, 3, 8), 0x7f, saturate, 0x80, 0x80));
    }

    public static float f8e5m2ToFloat(int code) {
        return E5M2[code & 0xff];
    }

    public static int floatToF8e5m2(float value, boolean saturate) {
        int bits = Float.floatToRawIntBits(value);
        int sign = bits >>> 24 & 0x80;
        int nan = 0x7e | bits >>> 21 & 1;
        return sign | clamp(bits, magnitude(bits & 0x7fffffff, 2, 15), 0x7b, saturate, 0x7c, nan);
    }

    public static float f8e5m2fnuzToFloat(int code) {
        return E5M2FNUZ[code & 0xff];
    }

    public static int floatToF8e5m2fnuz(float value, boolean saturate) {
        int bits = Float.floatToRawIntBits(value);
        return unsignedZero(bits, clamp(bits, magnitude(bits & 0x7fffffff, 2, 16), 0x7f, saturate, 0x80, 0x80));
    }

    /** 2^(code - 127); 255 is NaN. */
    public static float f8e8m0ToFloat(int code) {
        int exponent = code & 0xff;
        if (exponent == 0xff) {
            return Float.NaN;
        }
        return Float.intBitsToFloat(exponent == 0 ? 0x400000 : exponent << 23);
    }

    /** The power of two for the value's magnitude, rounded up: the sign is dropped, zero gives the smallest, infinity gives NaN. */
    public static int floatToF8e8m0(float value, boolean saturate) {
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

    public static float f4e2m1ToFloat(int code) {
        return E2M1[code & 0xf];
    }

    /** Always saturates: the format has neither infinity nor NaN, so NaN becomes -0, as in ONNX's tests. */
    public static int floatToF4e2m1(float value) {
        int bits = Float.floatToRawIntBits(value);
        int abs = bits & 0x7fffffff;
        if (abs > FLOAT_INFINITY) {
            return 8;
        }
        return bits >>> 28 & 8 | Math.min(magnitude(abs, 1, 1), 7);
    }

    // ---- shared ----

    private static int clamp(int bits, int magnitude, int max, boolean saturate, int overflow, int nan) {
        if ((bits & 0x7fffffff) > FLOAT_INFINITY) {
            return nan;
        }
        if (magnitude <= max) {
            return magnitude;
        }
        return saturate ? max : overflow;
    }

    /** Adds the sign where the only zero is positive and code 0x80 is the NaN. */
    private static int unsignedZero(int bits, int code) {
        return code == 0 || code == 0x80 ? code : bits >>> 24 & 0x80 | code;
    }

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
            float value = significand * power(Math.max(exponent, 1) - bias - mantissaBits);
            values[code] = code < 128 ? value : -value;
        }
        return values;
    }

    private static float power(int exponent) {
        return Float.intBitsToFloat(exponent + 127 << 23);
    }
}
