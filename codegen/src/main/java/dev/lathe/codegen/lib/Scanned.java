package dev.lathe.codegen.lib;

import dev.lathe.runtime.LatheRuntimeException;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A text that a pattern is looked for in. Java's patterns go back and try again, for some of them exponentially often, or as deep as the text is long, where RE2,
 * whose patterns ONNX takes, would not: so only so many characters are looked at, over and over.
 */
final class Scanned implements CharSequence {
    /** Looks at characters: about a second, and more for each character of a text. */
    private static final long LOOKS = 50_000_000;
    private static final long EACH = 2_000;

    private final String text;
    private final Pattern pattern;
    private long left;

    private Scanned(String text, Pattern pattern) {
        this.text = text;
        this.pattern = pattern;
        this.left = LOOKS + EACH * text.length();
    }

    /**
     * What {@code f} finds of a pattern in a text.
     *
     * @throws LatheRuntimeException when that takes too long or goes too deep
     */
    static <R> R look(Pattern pattern, String text, Function<Matcher, R> f) {
        Scanned s = new Scanned(text, pattern);
        try {
            return f.apply(pattern.matcher(s));
        } catch (StackOverflowError e) {
            throw s.refusal("goes too deep");
        }
    }

    private LatheRuntimeException refusal(String why) {
        return new LatheRuntimeException("the pattern \"" + pattern + "\" " + why + " on a text of " + text.length()
                + " characters; write it so that no part matches the same characters in several ways, or give shorter texts");
    }

    @Override
    public char charAt(int i) {
        if (--left < 0) {
            throw refusal("takes too long");
        }
        return text.charAt(i);
    }

    @Override
    public int length() {
        return text.length();
    }

    @Override
    public CharSequence subSequence(int from, int to) {
        return text.substring(from, to);
    }

    @Override
    public String toString() {
        return text;
    }
}
