package dev.lathe.codegen.text;

import dev.lathe.grammar.LatheParser;
import java.util.HashSet;
import java.util.Set;
import org.antlr.v4.runtime.Vocabulary;

/** Names and strings: quoted where the grammar needs it, plain elsewhere. */
public final class Words {
    private static final Set<String> KEYWORDS = keywords();

    private Words() {}

    private static Set<String> keywords() {
        Vocabulary v = LatheParser.VOCABULARY;
        Set<String> words = new HashSet<>();
        for (int i = 1; i <= v.getMaxTokenType(); i++) {
            String literal = v.getLiteralName(i);
            if (literal != null) {
                words.add(literal.substring(1, literal.length() - 1));
            }
        }
        return words;
    }

    /** {@code %name} or {@code %"any text"} */
    public static String local(String name) {
        return isParts(name, 0) ? "%" + name : "%" + quote(name);
    }

    /** {@code @name} or {@code @"any text"} */
    public static String global(String name) {
        return isParts(name, 0) ? "@" + name : "@" + quote(name);
    }

    /** A name of an operation or attribute: a word, or quoted. */
    public static String word(String name) {
        return isId(name) ? name : quote(name);
    }

    /** A symbol of a dimension. Quoted when it is a keyword, so that it never runs into what follows. */
    public static String symbol(String name) {
        boolean plain = isId(name) && !KEYWORDS.contains(name)
                || name.startsWith("?") && (name.length() == 1 || isPart(name, 1, name.length()))
                || name.startsWith("@") && isParts(name, 1);
        return plain ? name : quote(name);
    }

    private static boolean isId(String s) {
        return isParts(s, 0) && !Character.isDigit(s.charAt(0)) && s.charAt(0) != '$' && !s.equals("_");
    }

    /** True for runs of letters, digits, _ and $ joined by single dots. */
    private static boolean isParts(String s, int from) {
        int start = from;
        for (int dot = s.indexOf('.', start); dot >= 0; dot = s.indexOf('.', start)) {
            if (!isPart(s, start, dot)) {
                return false;
            }
            start = dot + 1;
        }
        return isPart(s, start, s.length());
    }

    private static boolean isPart(String s, int from, int to) {
        for (int i = from; i < to; i++) {
            char c = s.charAt(i);
            if (!(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '$')) {
                return false;
            }
        }
        return from < to;
    }

    public static String quote(String s) {
        if (isPlain(s)) {
            return '"' + s + '"';
        }
        StringBuilder b = new StringBuilder(s.length() + 2).append('"');
        for (int i = 0; i < s.length(); i++) {
            char c = s.charAt(i);
            switch (c) {
                case '"' -> b.append("\\\"");
                case '\\' -> b.append("\\\\");
                case '\n' -> b.append("\\n");
                case '\r' -> b.append("\\r");
                case '\t' -> b.append("\\t");
                default -> {
                    boolean pair = Character.isHighSurrogate(c) && i + 1 < s.length() && Character.isLowSurrogate(s.charAt(i + 1));
                    if (pair) {
                        b.append(c).append(s.charAt(++i));
                    } else if (Character.isISOControl(c) || Character.isSurrogate(c) || c == '\u2028' || c == '\u2029') {
                        b.append(String.format("\\u%04x", (int) c));
                    } else {
                        b.append(c);
                    }
                }
            }
        }
        return b.append('"').toString();
    }

    private static boolean isPlain(String s) {
        for (int i = 0; i < s.length(); i++) {
            char c = s.charAt(i);
            if (c < ' ' || c > '~' || c == '"' || c == '\\') {
                return false;
            }
        }
        return true;
    }

    /**
     * The text that a quoted string stands for.
     *
     * @throws IllegalArgumentException when an escape is unknown
     */
    public static String unquote(String quoted) {
        if (quoted.indexOf('\\') < 0) {
            return quoted.substring(1, quoted.length() - 1);
        }
        StringBuilder b = new StringBuilder(quoted.length());
        for (int i = 1; i < quoted.length() - 1; i++) {
            char c = quoted.charAt(i);
            if (c != '\\') {
                b.append(c);
                continue;
            }
            c = quoted.charAt(++i);
            switch (c) {
                case '"', '\\', '\'', '/' -> b.append(c);
                case 'n' -> b.append('\n');
                case 'r' -> b.append('\r');
                case 't' -> b.append('\t');
                case 'u' -> {
                    if (i + 5 > quoted.length() - 1) {
                        throw new IllegalArgumentException("\\u needs four hexadecimal digits");
                    }
                    b.append((char) hex(quoted.substring(i + 1, i + 5)));
                    i += 4;
                }
                default -> throw new IllegalArgumentException("unknown escape \\" + c + "; known are \\\" \\\\ \\n \\r \\t \\u0000");
            }
        }
        return b.toString();
    }

    private static int hex(String digits) {
        for (int i = 0; i < digits.length(); i++) {
            if (Character.digit(digits.charAt(i), 16) < 0) {
                throw new IllegalArgumentException("\\u" + digits + " is not four hexadecimal digits");
            }
        }
        return Integer.parseInt(digits, 16);
    }
}
