package dev.lathe.codegen.text;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.antlr.v4.runtime.ParserRuleContext;
import org.antlr.v4.runtime.Token;

/** Collects the errors of one text, so that all are reported together. */
public final class SourceErrors {
    /** Errors shown; more are counted. */
    public static final int SHOWN = 20;

    private static final int WIDTH = 160;

    private final Source source;
    private final List<Error> errors = new ArrayList<>();
    private final TreeSet<Integer> lines = new TreeSet<>();

    public SourceErrors(Source source) {
        this.source = source;
    }

    /** One error; line and column count from 1, the column in code points. */
    public record Error(int line, int column, int width, String what, String help) {}

    public void at(int line, int column, int width, String what, String help) {
        for (Error e : errors) {
            if (e.line == line && e.column == column) {
                return;
            }
        }
        lines.add(line);
        errors.add(new Error(line, column, width, what, help));
    }

    public void at(Token t, String what, String help) {
        boolean end = t.getType() == Token.EOF;
        String text = end ? "" : t.getText();
        at(t.getLine(), t.getCharPositionInLine() + 1, text.codePointCount(0, text.length()), what, help);
    }

    public void at(Token t, String what) {
        at(t, what, "");
    }

    public void at(ParserRuleContext c, String what) {
        at(c.getStart(), what, "");
    }

    public boolean any() {
        return !errors.isEmpty();
    }

    public boolean isFull() {
        return errors.size() > 5 * SHOWN;
    }

    /** The lines on which errors have been found so far. */
    public NavigableSet<Integer> lines() {
        return new TreeSet<>(lines);
    }

    /** In the order of the text. */
    public List<Error> list() {
        return errors.stream().sorted(Comparator.comparing(Error::line).thenComparing(Error::column)).toList();
    }

    /** Throws when there was any. */
    public void check() {
        if (any()) {
            throw new TextException(block());
        }
    }

    /** All errors, each with its place, its line and a caret. */
    public String block() {
        StringBuilder s = new StringBuilder();
        List<Error> all = list();
        for (Error e : all.subList(0, Math.min(SHOWN, all.size()))) {
            s.append(s.length() == 0 ? "" : "\n").append(show(e));
        }
        if (all.size() > SHOWN) {
            s.append("\n... and ").append(isFull() ? "many" : all.size() - SHOWN).append(" more");
        }
        return s.toString();
    }

    private String show(Error e) {
        int[] line = source.line(e.line).codePoints().toArray();
        // a window of a very long line, with the column in it
        int from = line.length <= WIDTH ? 0 : Math.max(0, Math.min(e.column - 1, line.length) - WIDTH / 2);
        int to = Math.min(line.length, from + WIDTH);
        StringBuilder s = new StringBuilder(source.name());
        s.append(':').append(e.line).append(':').append(e.column).append(": ").append(e.what);
        s.append("\n  ").append(from > 0 ? "..." : "");
        s.append(new String(line, from, to - from)).append(to < line.length ? "..." : "");
        s.append("\n  ").append(from > 0 ? "   " : "");
        int caret = Math.min(e.column - 1, to);
        for (int i = from; i < caret; i++) {
            s.append(line[i] == '\t' ? '\t' : ' ');
        }
        s.append('^').append("~".repeat(Math.max(0, Math.min(e.width - 1, to - caret - 1))));
        if (!e.help.isEmpty()) {
            s.append("\n  help: ").append(e.help.replace("\n", "\n        "));
        }
        return s.toString();
    }
}
