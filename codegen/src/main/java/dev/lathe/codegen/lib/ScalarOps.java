package dev.lathe.codegen.lib;

import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.NarrowFloats;

/** Scalar functions that generated code calls where bytecode has no instruction with the meaning that ONNX gives. */
public final class ScalarOps {
    private ScalarOps() {}

    /** Integer division towards zero; 0 where the divisor is 0. */
    public static int divide(int a, int b) {
        return b == 0 ? 0 : a / b;
    }

    public static long divide(long a, long b) {
        return b == 0 ? 0 : a / b;
    }

    public static long divideUnsigned(long a, long b) {
        return b == 0 ? 0 : Long.divideUnsigned(a, b);
    }

    public static long remainderUnsigned(long a, long b) {
        return b == 0 ? 0 : Long.remainderUnsigned(a, b);
    }

    /** The remainder with the sign of the dividend; 0 where the divisor is 0. */
    public static int remainder(int a, int b) {
        return b == 0 ? 0 : a % b;
    }

    public static long remainder(long a, long b) {
        return b == 0 ? 0 : a % b;
    }

    /** The remainder with the sign of the divisor; 0 where the divisor is 0. */
    public static int floorMod(int a, int b) {
        return b == 0 ? 0 : Math.floorMod(a, b);
    }

    public static long floorMod(long a, long b) {
        return b == 0 ? 0 : Math.floorMod(a, b);
    }

    public static float floorMod(float a, float b) {
        float r = a % b;
        return r == 0 ? Math.copySign(r, b) : (r < 0) != (b < 0) ? r + b : r;
    }

    public static double floorMod(double a, double b) {
        double r = a % b;
        return r == 0 ? Math.copySign(r, b) : (r < 0) != (b < 0) ? r + b : r;
    }

    /** Integer power; a negative exponent gives 0 but for bases 1 and -1. */
    public static long power(long a, long n) {
        if (n < 0) {
            return a == 1 ? 1 : a == -1 ? (n & 1) == 0 ? 1 : -1 : 0;
        }
        long r = 1;
        for (; n > 0; n >>= 1) {
            r = (n & 1) == 1 ? r * a : r;
            a *= a;
        }
        return r;
    }

    public static int power(int a, int n) {
        return (int) power((long) a, (long) n);
    }

    /** Shifts by amounts of the width or more give 0. */
    public static int shiftLeft(int a, int n) {
        return n < 0 || n > 31 ? 0 : a << n;
    }

    public static long shiftLeft(long a, long n) {
        return n < 0 || n > 63 ? 0 : a << n;
    }

    public static int shiftRight(int a, int n) {
        return n < 0 || n > 31 ? 0 : a >>> n;
    }

    public static long shiftRight(long a, long n) {
        return n < 0 || n > 63 ? 0 : a >>> n;
    }

    /** Copies of the sign come in; nothing else is left where {@code n} is negative or all bits. */
    public static int shiftRightSigned(int a, int n) {
        return a >> (n < 0 || n > 31 ? 31 : n);
    }

    public static long shiftRightSigned(long a, long n) {
        return a >> (n < 0 || n > 63 ? 63 : n);
    }

    public static double u64ToF64(long a) {
        // the low bit is kept sticky so that the one rounding is right
        return a >= 0 ? (double) a : (double) (a >>> 1 | a & 1) * 2;
    }

    public static float u64ToF32(long a) {
        return a >= 0 ? (float) a : (float) (a >>> 1 | a & 1) * 2;
    }

    public static long f64ToU64(double a) {
        return a < 0x1p63 ? (long) a : a < 0x1p64 ? (long) (a - 0x1p63) ^ Long.MIN_VALUE : -1L;
    }

    public static boolean sameString(Object a, Object b) {
        return java.util.Objects.equals(a, b);
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

    // ---- storage types that generated code rounds to -------------------------------------------------------------

    public static float roundF8e4m3fn(float a) {
        return NarrowFloats.round(ElementType.F8E4M3FN, a, true);
    }

    public static float roundF8e4m3fnNoSat(float a) {
        return NarrowFloats.round(ElementType.F8E4M3FN, a, false);
    }

    public static float roundF8e4m3fnuz(float a) {
        return NarrowFloats.round(ElementType.F8E4M3FNUZ, a, true);
    }

    public static float roundF8e4m3fnuzNoSat(float a) {
        return NarrowFloats.round(ElementType.F8E4M3FNUZ, a, false);
    }

    public static float roundF8e5m2(float a) {
        return NarrowFloats.round(ElementType.F8E5M2, a, true);
    }

    public static float roundF8e5m2NoSat(float a) {
        return NarrowFloats.round(ElementType.F8E5M2, a, false);
    }

    public static float roundF8e5m2fnuz(float a) {
        return NarrowFloats.round(ElementType.F8E5M2FNUZ, a, true);
    }

    public static float roundF8e5m2fnuzNoSat(float a) {
        return NarrowFloats.round(ElementType.F8E5M2FNUZ, a, false);
    }

    public static float roundF8e8m0(float a) {
        return NarrowFloats.round(ElementType.F8E8M0, a, true);
    }

    public static float roundF4e2m1(float a) {
        return NarrowFloats.round(ElementType.F4E2M1, a, true);
    }

    public static int floatToF8e4m3fn(float a) {
        return NarrowFloats.encode(ElementType.F8E4M3FN, a, true);
    }

    public static float f8e4m3fnToFloat(int code) {
        return NarrowFloats.decode(ElementType.F8E4M3FN, code);
    }

    public static int floatToF8e4m3fnuz(float a) {
        return NarrowFloats.encode(ElementType.F8E4M3FNUZ, a, true);
    }

    public static float f8e4m3fnuzToFloat(int code) {
        return NarrowFloats.decode(ElementType.F8E4M3FNUZ, code);
    }

    public static int floatToF8e5m2(float a) {
        return NarrowFloats.encode(ElementType.F8E5M2, a, true);
    }

    public static float f8e5m2ToFloat(int code) {
        return NarrowFloats.decode(ElementType.F8E5M2, code);
    }

    public static int floatToF8e5m2fnuz(float a) {
        return NarrowFloats.encode(ElementType.F8E5M2FNUZ, a, true);
    }

    public static float f8e5m2fnuzToFloat(int code) {
        return NarrowFloats.decode(ElementType.F8E5M2FNUZ, code);
    }

    public static int floatToF8e8m0(float a) {
        return NarrowFloats.encode(ElementType.F8E8M0, a, true);
    }

    public static float f8e8m0ToFloat(int code) {
        return NarrowFloats.decode(ElementType.F8E8M0, code);
    }

    public static int floatToF4e2m1(float a) {
        return NarrowFloats.encode(ElementType.F4E2M1, a, true);
    }

    public static float f4e2m1ToFloat(int code) {
        return NarrowFloats.decode(ElementType.F4E2M1, code);
    }
}
