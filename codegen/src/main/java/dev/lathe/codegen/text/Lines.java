package dev.lathe.codegen.text;

/** Writes indented lines and knows the number of the line it stands on. */
public final class Lines {
    private final StringBuilder text = new StringBuilder();
    private int number = 1;
    private int depth;

    /** The number of the line that is written next or now, from 1. */
    public int number() {
        return number;
    }

    public StringBuilder text() {
        return text;
    }

    /** Starts a line; what is appended before {@link #end} belongs to it. */
    public StringBuilder begin() {
        return text.append("  ".repeat(depth));
    }

    /** Ends a line. */
    public void end() {
        text.append('\n');
        number++;
    }

    public void line(String content) {
        begin().append(content);
        end();
    }

    /** Ends the line that was begun; what follows stands deeper. */
    public void indent() {
        end();
        depth++;
    }

    /** What follows stands less deep. */
    public void dedent() {
        depth--;
    }

    /** A line after which everything stands deeper. */
    public void open(String content) {
        line(content);
        depth++;
    }

    public void close(String content) {
        depth--;
        line(content);
    }

    /** A line that ends one block and opens the next. */
    public void between(String content) {
        depth--;
        open(content);
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
