package dev.lathe.compiler.tensor;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A strict JSON reader for headers and other small files. Objects become {@link LinkedHashMap}s, arrays lists, whole numbers
 * {@link Long}s, other numbers {@link Double}s. A key that stands twice is a fault.
 */
public final class JsonReader {
    /** The text is not what it should be. */
    public static final class JsonException extends Exception {
        private static final long serialVersionUID = 1L;

        JsonException(String message) {
            super(message);
        }
    }

    private static final int MAX_DEPTH = 50;

    private final String text;
    private int at;
    private int depth;

    private JsonReader(String text) {
        this.text = text;
    }

    /** The one value that the text holds; only white space may follow. */
    public static Object parse(String text) throws JsonException {
        JsonReader r = new JsonReader(text);
        Object value = r.value();
        r.space();
        if (r.at < text.length()) {
            throw r.fault("something follows the end");
        }
        return value;
    }

    private Object value() throws JsonException {
        space();
        return switch (peek()) {
            case '{' -> object();
            case '[' -> array();
            case '"' -> string();
            case 't' -> word("true", Boolean.TRUE);
            case 'f' -> word("false", Boolean.FALSE);
            case 'n' -> word("null", null);
            default -> number();
        };
    }

    private Map<String, Object> object() throws JsonException {
        enter();
        Map<String, Object> map = new LinkedHashMap<>();
        at++;
        space();
        if (peek() == '}') {
            at++;
            depth--;
            return map;
        }
        while (true) {
            space();
            String key = string();
            space();
            expect(':');
            Object value = value();
            if (map.containsKey(key)) {
                throw fault("\"" + key + "\" stands twice");
            }
            map.put(key, value);
            space();
            if (peek() == '}') {
                at++;
                depth--;
                return map;
            }
            expect(',');
        }
    }

    private List<Object> array() throws JsonException {
        enter();
        List<Object> list = new ArrayList<>();
        at++;
        space();
        if (peek() == ']') {
            at++;
            depth--;
            return list;
        }
        while (true) {
            list.add(value());
            space();
            if (peek() == ']') {
                at++;
                depth--;
                return list;
            }
            expect(',');
        }
    }

    private String string() throws JsonException {
        expect('"');
        StringBuilder s = new StringBuilder();
        while (true) {
            char c = peek();
            at++;
            if (c == '"') {
                return s.toString();
            }
            if (c < 0x20) {
                throw fault("a control character in a string");
            }
            s.append(c == '\\' ? escaped() : c);
        }
    }

    private char escaped() throws JsonException {
        char c = peek();
        at++;
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> {
                int code = 0;
                for (int i = 0; i < 4; i++) {
                    char h = peek();
                    int digit = h < 128 ? Character.digit(h, 16) : -1;
                    if (digit < 0) {
                        throw fault("\\u without four hexadecimal digits");
                    }
                    code = code << 4 | digit;
                    at++;
                }
                yield (char) code;
            }
            default -> throw fault("there is no escape \\" + c);
        };
    }

    private Object word(String word, Object value) throws JsonException {
        if (!text.startsWith(word, at)) {
            throw fault("a value is missing");
        }
        at += word.length();
        return value;
    }

    private Object number() throws JsonException {
        int from = at;
        while (at < text.length() && "+-.eE0123456789".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        String number = text.substring(from, at);
        if (!number.matches("-?(0|[1-9]\\d*)(\\.\\d+)?([eE][+-]?\\d+)?")) {
            at = from;
            throw fault("a value is missing");
        }
        try {
            return Long.parseLong(number);
        } catch (NumberFormatException e) {
            return Double.parseDouble(number);
        }
    }

    private void enter() throws JsonException {
        if (++depth > MAX_DEPTH) {
            throw fault("it is nested more than " + MAX_DEPTH + " deep");
        }
    }

    private void space() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private void expect(char c) throws JsonException {
        if (peek() != c) {
            throw fault("'" + c + "' is missing");
        }
        at++;
    }

    private char peek() throws JsonException {
        if (at >= text.length()) {
            throw fault("it ends early");
        }
        return text.charAt(at);
    }

    private JsonException fault(String why) {
        return new JsonException(why + " at character " + at);
    }

    /** The text as a JSON string, with quotes. */
    static String quote(String s) {
        StringBuilder out = new StringBuilder("\"");
        for (int i = 0; i < s.length(); i++) {
            char c = s.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < 0x20 || Character.isSurrogate(c)) {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.append('"').toString();
    }
}
