package dev.lathe.compiler.lower;

import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.X;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.Storage;

/** Conversions between element types, on the storage that each lives in. */
public final class Casts {
    private Casts() {}

    /** Brings a value computed in the storage type back into the range or precision of {@code t}. */
    public static Expr narrow(ElementType t, Expr e) {
        return switch (t) {
            case F16 -> round("roundF16", e);
            case BF16 -> round("roundBf16", e);
            case F8E4M3FN -> round("roundF8e4m3fn", e);
            case F8E4M3FNUZ -> round("roundF8e4m3fnuz", e);
            case F8E5M2 -> round("roundF8e5m2", e);
            case F8E5M2FNUZ -> round("roundF8e5m2fnuz", e);
            case F8E8M0 -> round("roundF8e8m0", e);
            case F4E2M1 -> round("roundF4e2m1", e);
            case I8 -> signed(e, 24);
            case I16 -> signed(e, 16);
            case I4 -> signed(e, 28);
            case I2 -> signed(e, 30);
            case U8 -> X.and(e, X.i(0xFF));
            case U16 -> X.and(e, X.i(0xFFFF));
            case U4 -> X.and(e, X.i(0xF));
            case U2 -> X.and(e, X.i(3));
            case U32 -> X.and(e, X.l(0xFFFFFFFFL));
            case F32, F64, I32, I64, U64, BOOL, STR, C64, C128 -> e;
        };
    }

    private static Expr signed(Expr e, int bits) {
        return X.shr(X.shl(e, X.i(bits)), X.i(bits));
    }

    private static Expr round(String f, Expr e) {
        return X.call(f.startsWith("roundF8") || f.startsWith("roundF4") ? "ScalarOps" : "NarrowFloats", f, e);
    }

    /** ONNX's Cast between numeric types and bool. @param saturate for the float8 types */
    public static Expr cast(ElementType from, ElementType to, boolean saturate, Expr x) {
        if (from == to) {
            return x;
        }
        if (to == ElementType.STR) {
            return text(from, x);
        }
        if (from == ElementType.STR) {
            return number(to, saturate, x);
        }
        if (to == ElementType.BOOL) {
            return X.convert(Scalar.I32, X.ne(x, zero(x)));
        }
        Scalar s = Scalar.of(to.storage());
        Expr wide;
        if (from == ElementType.U64 && to.isFloat()) {
            wide = X.call("ScalarOps", s == Scalar.F64 ? "u64ToF64" : "u64ToF32", x);
        } else if (to == ElementType.U64 && from.isFloat()) {
            wide = X.call("ScalarOps", "f64ToU64", X.convert(Scalar.F64, x));
        } else if (from.isFloat() && !to.isFloat() && to.storage() == Storage.I32) {
            // through i64, so that what is out of range wraps as it does for numpy
            wide = to == ElementType.I32 ? X.convert(Scalar.I32, x) : X.convert(Scalar.I32, X.convert(Scalar.I64, x));
        } else if (from == ElementType.F64 && s == Scalar.F32 && to != ElementType.F32) {
            // rounded to odd first, so that the narrow type rounds once
            wide = X.call("ScalarOps", "roundToOdd", x);
        } else {
            wide = X.convert(s, x);
        }
        if (!saturate && (to == ElementType.F8E4M3FN || to == ElementType.F8E5M2 || to == ElementType.F8E4M3FNUZ || to == ElementType.F8E5M2FNUZ)) {
            return round("round" + to.text().substring(0, 1).toUpperCase(java.util.Locale.ROOT) + to.text().substring(1) + "NoSat", wide);
        }
        return narrow(to, wide);
    }

    private static Expr text(ElementType from, Expr x) {
        String f = switch (from) {
            case BOOL -> "ofBool";
            case F64 -> "ofF64";
            case U64 -> "ofUnsigned";
            case F16 -> "ofF16";
            default -> from.isFloat() ? "ofF32" : "ofInt";
        };
        return X.call("StringOps", f, x);
    }

    private static Expr number(ElementType to, boolean saturate, Expr x) {
        return switch (to) {
            case BOOL -> X.call("StringOps", "toBool", x);
            case F64 -> X.call("StringOps", "toF64", x);
            case U64 -> X.call("StringOps", "toU64", x);
            case F32 -> X.call("StringOps", "toF32", x);
            default -> to.isFloat()
                    ? cast(ElementType.F64, to, saturate, X.call("StringOps", "toF64", x))
                    : cast(ElementType.I64, to, saturate, X.call("StringOps", "toI64", x));
        };
    }

    private static Expr zero(Expr x) {
        return switch (x.type().scalar()) {
            case F32 -> X.f(0);
            case F64 -> X.d(0);
            case I64 -> X.l(0);
            default -> X.i(0);
        };
    }

    /** The same bits seen as another type of the same width. */
    static Expr bitcast(ElementType from, ElementType to, Expr x) {
        Expr bits = switch (from) {
            case F32 -> X.bitcast(Scalar.I32, x);
            case F64 -> X.bitcast(Scalar.I64, x);
            case F16, BF16 -> X.call("NarrowFloats", "floatTo" + name(from), x);
            case F8E4M3FN, F8E4M3FNUZ, F8E5M2, F8E5M2FNUZ, F8E8M0, F4E2M1 -> X.call("ScalarOps", "floatTo" + name(from), x);
            default -> x;
        };
        return switch (to) {
            case F32 -> X.bitcast(Scalar.F32, X.convert(Scalar.I32, bits));
            case F64 -> X.bitcast(Scalar.F64, bits);
            case F16, BF16, F8E4M3FN, F8E4M3FNUZ, F8E5M2, F8E5M2FNUZ, F8E8M0, F4E2M1 -> {
                String n = name(to);
                Expr code = X.and(bits, X.i((1 << to.bits()) - 1));
                yield X.call(to.bits() == 16 ? "NarrowFloats" : "ScalarOps", n.substring(0, 1).toLowerCase(java.util.Locale.ROOT) + n.substring(1) + "ToFloat", code);
            }
            case BOOL -> X.and(bits, X.i(1));
            default -> narrow(to, X.convert(Scalar.of(to.storage()), bits));
        };
    }

    private static String name(ElementType t) {
        return t.text().substring(0, 1).toUpperCase(java.util.Locale.ROOT) + t.text().substring(1);
    }
}
