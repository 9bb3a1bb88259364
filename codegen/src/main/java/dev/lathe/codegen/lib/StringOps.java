package dev.lathe.codegen.lib;

import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.LatheRuntimeException;
import dev.lathe.runtime.NarrowFloats;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;

/** Functions of single strings that generated code calls. Numbers are written as numpy writes them, the same on every JVM. */
public final class StringOps {
    private StringOps() {}

    public static Object concat(Object a, Object b) {
        return a.toString().concat(b.toString());
    }

    public static boolean isEmpty(Object a) {
        return a == null || a.toString().isEmpty();
    }

    /** Below 0, 0 or above 0, by UTF-16 code units. */
    public static int compare(Object a, Object b) {
        return a.toString().compareTo(b.toString());
    }

    // ---- numbers to text ----------------------------------------------------------------------------------------

    public static Object ofBool(int a) {
        return a != 0 ? "True" : "False";
    }

    public static Object ofInt(int a) {
        return Integer.toString(a);
    }

    public static Object ofInt(long a) {
        return Long.toString(a);
    }

    public static Object ofUnsigned(long a) {
        return Long.toUnsignedString(a);
    }

    public static Object ofF32(float a) {
        return shortest(a, ElementType.F32);
    }

    public static Object ofF16(float a) {
        return shortest(a, ElementType.F16);
    }

    public static Object ofF64(double a) {
        return shortest(a, ElementType.F64);
    }

    // the fewest digits that read back as the same number of this type
    private static String shortest(double a, ElementType t) {
        if (Double.isNaN(a)) {
            return "nan";
        }
        if (Double.isInfinite(a)) {
            return a > 0 ? "inf" : "-inf";
        }
        if (a == 0) {
            return 1 / a < 0 ? "-0.0" : "0.0";
        }
        BigDecimal exact = new BigDecimal(a);
        BigDecimal d = exact;
        for (int p = 1; p <= 17; p++) {
            d = exact.round(new MathContext(p, RoundingMode.HALF_EVEN));
            if (same(d, a, t)) {
                break;
            }
        }
        d = d.stripTrailingZeros();
        double size = Math.abs(a);
        if (size >= 1e-4 && size < 1e16) {
            String s = d.toPlainString();
            return s.indexOf('.') < 0 ? s + ".0" : s;
        }
        String digits = d.unscaledValue().abs().toString();
        int exponent = digits.length() - 1 - d.scale();
        String point = digits.length() > 1 ? digits.charAt(0) + "." + digits.substring(1) : digits;
        String e = Integer.toString(Math.abs(exponent));
        return (a < 0 ? "-" : "") + point + (exponent < 0 ? "e-" : "e+") + (e.length() < 2 ? "0" + e : e);
    }

    private static boolean same(BigDecimal d, double a, ElementType t) {
        return switch (t) {
            case F64 -> d.doubleValue() == a;
            case F16 -> NarrowFloats.roundF16(Float.parseFloat(d.toString())) == (float) a;
            default -> Float.parseFloat(d.toString()) == (float) a;
        };
    }

    // ---- text to numbers ----------------------------------------------------------------------------------------

    public static double toF64(Object a) {
        String s = a.toString().trim();
        String l = s.toLowerCase(Locale.ROOT);
        boolean signed = !l.isEmpty() && (l.charAt(0) == '+' || l.charAt(0) == '-');
        switch (signed ? l.substring(1) : l) {
            case "nan":
                return Double.NaN;
            case "inf", "infinity":
                return l.charAt(0) == '-' ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
            default:
                break;
        }
        // Java's own suffixes are no numbers here
        if (!l.isEmpty() && "0123456789.".indexOf(l.charAt(l.length() - 1)) >= 0) {
            try {
                return Double.parseDouble(s);
            } catch (NumberFormatException e) {
                // said below
            }
        }
        throw new LatheRuntimeException("the text \"" + a + "\" is no number");
    }

    /** Rounded once: not by way of a double. */
    public static float toF32(Object a) {
        double d = toF64(a);
        return Double.isNaN(d) || Double.isInfinite(d) ? (float) d : Float.parseFloat(a.toString().trim());
    }

    /** An integer; of a number with a fraction the integer part. */
    public static long toI64(Object a) {
        String s = a.toString().trim();
        try {
            return Long.parseLong(s);
        } catch (NumberFormatException e) {
            return (long) toF64(a);
        }
    }

    public static long toU64(Object a) {
        String s = a.toString().trim();
        try {
            return s.startsWith("-") ? Long.parseLong(s) : Long.parseUnsignedLong(s);
        } catch (NumberFormatException e) {
            return ScalarOps.f64ToU64(toF64(a));
        }
    }

    public static int toBool(Object a) {
        String s = a.toString().trim().toLowerCase(Locale.ROOT);
        return s.equals("true") || !s.equals("false") && toF64(a) != 0 ? 1 : 0;
    }
}
