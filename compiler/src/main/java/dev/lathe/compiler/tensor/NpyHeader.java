package dev.lathe.compiler.tensor;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The header of an {@code .npy} file.
 *
 * @param unicode strings of 4-byte characters, not bytes
 * @param fortran the first dimension is the fastest
 */
record NpyHeader(ElementType type, boolean unicode, int itemBytes, boolean bigEndian, boolean fortran, int[] dims) {
    private static final Pattern ENTRY = Pattern.compile(
        "\\s*'(\\w+)'\\s*:\\s*(?:'([^']*)'|(True|False)|\\(([^()]*)\\)|(\\[.*?\\]))\\s*(?:,|(?=\\}))",
        Pattern.DOTALL);
    private static final Pattern DESCR = Pattern.compile("([<>|=])([a-zA-Z])([1-9]\\d{0,7})");

    /** Parses the Python dictionary that the header is. */
    static NpyHeader parse(String text, String source) {
        String dict = text.strip();
        if (!dict.startsWith("{") || !dict.endsWith("}")) {
            throw damaged(source, text);
        }
        String descr = null;
        Boolean fortran = null;
        String shape = null;
        Matcher m = ENTRY.matcher(dict);
        int at = 1;
        while (m.find(at) && m.start() == at) {
            switch (m.group(1)) {
                case "descr" -> {
                    if (m.group(5) != null) {
                        throw new LatheException(source, "arrays of records are not supported",
                            "save one plain array a file");
                    }
                    descr = m.group(2);
                }
                case "fortran_order" -> fortran = m.group(3) == null ? null : m.group(3).equals("True");
                case "shape" -> shape = m.group(4);
                default -> throw damaged(source, text);
            }
            at = m.end();
        }
        if (descr == null || fortran == null || shape == null || !dict.substring(at).strip().equals("}")) {
            throw damaged(source, text);
        }
        return of(descr, fortran, dims(shape, source, text), source);
    }

    private static NpyHeader of(String descr, boolean fortran, int[] dims, String source) {
        Matcher m = DESCR.matcher(descr);
        if (!m.matches()) {
            throw unsupported(descr, source);
        }
        boolean big = m.group(1).equals(">");
        int bytes = Integer.parseInt(m.group(3));
        String kind = m.group(2);
        if (kind.equals("U") || kind.equals("S")) {
            boolean unicode = kind.equals("U");
            return new NpyHeader(ElementType.STR, unicode, unicode ? 4 * bytes : bytes, big, fortran, dims);
        }
        ElementType type = switch (kind + bytes) {
            case "f2" -> ElementType.F16;
            case "f4" -> ElementType.F32;
            case "f8" -> ElementType.F64;
            case "i1" -> ElementType.I8;
            case "i2" -> ElementType.I16;
            case "i4" -> ElementType.I32;
            case "i8" -> ElementType.I64;
            case "u1" -> ElementType.U8;
            case "u2" -> ElementType.U16;
            case "u4" -> ElementType.U32;
            case "u8" -> ElementType.U64;
            case "b1" -> ElementType.BOOL;
            case "c8" -> ElementType.C64;
            case "c16" -> ElementType.C128;
            default -> throw unsupported(descr, source);
        };
        return new NpyHeader(type, false, bytes, big, fortran, dims);
    }

    private static int[] dims(String shape, String source, String text) {
        List<Integer> dims = new ArrayList<>();
        String[] parts = shape.split(",", -1);
        for (int i = 0; i < parts.length; i++) {
            String part = parts[i].strip();
            if (part.isEmpty() && i == parts.length - 1) {
                continue;
            }
            if (!part.matches("\\d{1,10}L?") || Long.parseLong(part.replace("L", "")) > Integer.MAX_VALUE) {
                throw damaged(source, text);
            }
            dims.add((int) Long.parseLong(part.replace("L", "")));
        }
        return dims.stream().mapToInt(Integer::intValue).toArray();
    }

    private static LatheException unsupported(String descr, String source) {
        String what = descr.contains("O") ? "Python objects can't be read" : "NumPy type \"" + descr + "\" is not supported";
        return new LatheException(source, what, "convert the array with astype before saving it");
    }

    private static LatheException damaged(String source, String text) {
        String shown = text.length() > 100 ? text.substring(0, 100) + "..." : text;
        return new LatheException(source, "the .npy file is truncated or damaged: its header is \""
            + shown.strip().replaceAll("\\p{Cntrl}", "?") + "\"", "save the array again");
    }
}
