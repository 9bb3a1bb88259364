package dev.lathe.codegen.text;

/** A text to parse, with the name under which errors mention it. */
public final class Source {
    private final String name;
    private final String text;
    private final int[] starts;

    public Source(String name, String text) {
        this.name = name;
        // a byte order mark is no part of the text
        this.text = text.startsWith("\uFEFF") ? text.substring(1) : text;
        this.starts = this.text.chars().filter(c -> c == '\n').count() == 0 ? new int[] {0} : starts(this.text);
    }

    private static int[] starts(String text) {
        int[] s = new int[(int) text.chars().filter(c -> c == '\n').count() + 1];
        int n = 1;
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) == '\n') {
                s[n++] = i + 1;
            }
        }
        return s;
    }

    public String name() {
        return name;
    }

    public String text() {
        return text;
    }

    /** Line {@code number} (from 1) without its end; empty beyond the last. */
    public String line(int number) {
        if (number < 1 || number > starts.length) {
            return "";
        }
        int end = number < starts.length ? starts[number] - 1 : text.length();
        if (end > starts[number - 1] && text.charAt(end - 1) == '\r') {
            end--;
        }
        return text.substring(starts[number - 1], end);
    }
}
