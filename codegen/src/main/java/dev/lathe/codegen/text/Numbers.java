package dev.lathe.codegen.text;

/** Floating-point numbers that read back as the same bits (every NaN as the canonical one). */
public final class Numbers {
    private Numbers() {}

    public static String text(double v) {
        return tidy(v, Double.toString(v));
    }

    public static String text(float v) {
        return tidy(v, Float.toString(v));
    }

    private static String tidy(double v, String text) {
        if (Double.isNaN(v)) {
            return "nan";
        }
        if (Double.isInfinite(v)) {
            return v < 0 ? "-inf" : "inf";
        }
        return text.replace('E', 'e');
    }

    /** The number of a text without its sign: decimal, hexadecimal, {@code inf}, {@code nan}; null when it is none. */
    static Double parseDouble(String text) {
        return switch (text) {
            case "inf" -> Double.POSITIVE_INFINITY;
            case "nan" -> Double.NaN;
            default -> startsNumber(text) ? Double.valueOf(text) : null;
        };
    }

    static Float parseFloat(String text) {
        return switch (text) {
            case "inf" -> Float.POSITIVE_INFINITY;
            case "nan" -> Float.NaN;
            default -> startsNumber(text) ? Float.valueOf(text) : null;
        };
    }

    private static boolean startsNumber(String text) {
        return Character.isDigit(text.charAt(0));
    }
}
