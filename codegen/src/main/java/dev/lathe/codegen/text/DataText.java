package dev.lathe.codegen.text;

import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.NarrowFloats;
import dev.lathe.runtime.Storage;
import java.lang.reflect.Array;
import java.util.Arrays;

/** The text of constant arrays: {@code dense[1.0, 2.0]}, or {@code splat(1.0)} when all elements are the same. */
public final class DataText {
    private static final int SPLAT_FROM = 5;

    private DataText() {}

    /**
     * @param data the array that the type's storage names
     * @param counted whether a splat says how many elements it stands for
     */
    public static String of(ElementType type, Object data, boolean counted) {
        int n = Array.getLength(data);
        if (isSplat(type, data)) {
            return "splat(" + element(type, data, 0) + (counted ? ", " + n : "") + ")";
        }
        StringBuilder s = new StringBuilder("dense[");
        for (int i = 0; i < n; i++) {
            s.append(i == 0 ? "" : ", ").append(element(type, data, i));
        }
        return s.append(']').toString();
    }

    /** True when the array is printed as one value. */
    public static boolean isSplat(ElementType type, Object data) {
        int n = Array.getLength(data);
        if (n < SPLAT_FROM || type.isComplex()) {
            return false;
        }
        for (int i = 1; i < n; i++) {
            if (!same(data, 0, i)) {
                return false;
            }
        }
        return true;
    }

    private static boolean same(Object data, int i, int j) {
        if (data instanceof float[] f) {
            return Float.floatToIntBits(f[i]) == Float.floatToIntBits(f[j]);
        }
        if (data instanceof double[] d) {
            return Double.doubleToLongBits(d[i]) == Double.doubleToLongBits(d[j]);
        }
        return Array.get(data, i).equals(Array.get(data, j));
    }

    private static String element(ElementType type, Object data, int i) {
        if (data instanceof float[] f) {
            return Numbers.text(f[i]);
        }
        if (data instanceof double[] d) {
            return Numbers.text(d[i]);
        }
        if (data instanceof int[] v) {
            boolean flag = type == ElementType.BOOL && (v[i] == 0 || v[i] == 1);
            return flag ? Boolean.toString(v[i] == 1) : Integer.toString(v[i]);
        }
        if (data instanceof long[] v) {
            return type == ElementType.U64 ? Long.toUnsignedString(v[i]) : Long.toString(v[i]);
        }
        return Words.quote((String) ((Object[]) data)[i]);
    }

    /** Equality of two arrays of one kind; floats by bits, every NaN equal. */
    public static boolean same(Object a, Object b) {
        if (a instanceof float[] x && b instanceof float[] y) {
            return Arrays.equals(x, y);
        }
        if (a instanceof double[] x && b instanceof double[] y) {
            return Arrays.equals(x, y);
        }
        if (a instanceof int[] x && b instanceof int[] y) {
            return Arrays.equals(x, y);
        }
        if (a instanceof long[] x && b instanceof long[] y) {
            return Arrays.equals(x, y);
        }
        return a instanceof Object[] x && b instanceof Object[] y && Arrays.equals(x, y);
    }

    /** A new array for {@code n} elements; strings in a {@code String[]}. */
    public static Object allocate(ElementType type, int n) {
        return type.storage() == Storage.REF ? new String[n] : type.storage().allocate(n);
    }

    /**
     * Writes one element.
     *
     * @param text without sign; of a string the string itself
     * @throws IllegalArgumentException when the text is no value of the type
     */
    static void set(ElementType type, Object data, int i, boolean negative, String text, boolean isString) {
        if (isString != (type == ElementType.STR)) {
            throw new IllegalArgumentException(isString ? "a string in a tensor of " + type.text() : "a quoted string is needed");
        }
        switch (type.storage()) {
            case F32 -> {
                float v = number(Numbers.parseFloat(text), text);
                v = negative ? -v : v;
                // a narrow type holds only what it can represent
                boolean narrow = type != ElementType.F32 && !type.isComplex();
                ((float[]) data)[i] = narrow ? NarrowFloats.round(type, v, false) : v;
            }
            case F64 -> {
                double v = number(Numbers.parseDouble(text), text);
                ((double[]) data)[i] = negative ? -v : v;
            }
            case I32 -> ((int[]) data)[i] = (int) integer(type, negative, text);
            case I64 -> ((long[]) data)[i] = integer(type, negative, text);
            case REF -> ((String[]) data)[i] = text;
        }
    }

    private static <T> T number(T parsed, String text) {
        if (parsed == null) {
            throw new IllegalArgumentException("a number is needed, not " + text);
        }
        return parsed;
    }

    private static long integer(ElementType type, boolean negative, String text) {
        if (type == ElementType.BOOL && (text.equals("true") || text.equals("false"))) {
            return text.equals("true") ? 1 : 0;
        }
        for (int i = 0; i < text.length(); i++) {
            if (!Character.isDigit(text.charAt(i))) {
                throw new IllegalArgumentException("an integer is needed, not " + text);
            }
        }
        try {
            if (type == ElementType.U64 && !negative) {
                return Long.parseUnsignedLong(text);
            }
            long v = Long.parseLong(negative ? "-" + text : text);
            int bits = type == ElementType.BOOL ? 1 : type.bits();
            boolean unsigned = type.isUnsigned() || type == ElementType.BOOL;
            long max = bits == 64 ? Long.MAX_VALUE : (1L << (unsigned ? bits : bits - 1)) - 1;
            if (v <= max && v >= (unsigned ? 0 : -max - 1)) {
                return v;
            }
        } catch (NumberFormatException tooLong) {
            // said below
        }
        throw new IllegalArgumentException((negative ? "-" : "") + text + " is out of the range of " + type.text());
    }
}
