package dev.lathe.compiler.cli.html;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes JSON that may stand inside a {@code <script>} of a page whatever the names in it are: {@code <}, {@code >} and
 * {@code &} are escaped, so that no name can end the element or begin another one.
 */
final class Json {
    private final StringBuilder out = new StringBuilder();

    private Json() {}

    /** Of maps, lists, numbers, strings, booleans and nulls. */
    static String of(Object value) {
        Json j = new Json();
        j.value(value);
        return j.out.toString();
    }

    /** {@code object("a", 1, "b", null)} in this order; what is null is left out. */
    static Map<String, Object> object(Object... pairs) {
        Map<String, Object> m = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            if (pairs[i + 1] != null) {
                m.put((String) pairs[i], pairs[i + 1]);
            }
        }
        return m;
    }

    private void value(Object v) {
        if (v instanceof Map<?, ?> m) {
            char separator = '{';
            for (Map.Entry<?, ?> e : m.entrySet()) {
                out.append(separator);
                string(e.getKey().toString());
                out.append(':');
                value(e.getValue());
                separator = ',';
            }
            out.append(m.isEmpty() ? "{}" : "}");
        } else if (v instanceof List<?> l) {
            char separator = '[';
            for (Object e : l) {
                out.append(separator);
                value(e);
                separator = ',';
            }
            out.append(l.isEmpty() ? "[]" : "]");
        } else if (v instanceof Double d && !Double.isFinite(d)) {
            out.append("null");
        } else if (v == null || v instanceof Number || v instanceof Boolean) {
            out.append(v);
        } else if (v instanceof String s) {
            string(s);
        } else {
            throw new IllegalArgumentException("no JSON for " + v.getClass().getName());
        }
    }

    private void string(String s) {
        out.append('"');
        for (int i = 0; i < s.length(); i++) {
            char c = s.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < ' ' || c == '<' || c == '>' || c == '&' || c == '\'' || c >= 0x7f && (c < 0xa0 || c >= 0x2028 && c <= 0x202e || c >= 0xd800)) {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }
}
